/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * request.c - from received bytes to a typed request.
 */
#include "request.h"

#include "ab_cookie.h"
#include "ab_limits.h"
#include "ab_uri.h"

#include <arpa/inet.h>
#include <strings.h>


const char *
req_header(const struct req *r, const char *name)
{
    size_t  i;

    for (i = 0; i < r->n_headers; i++) {
        if (strcasecmp(r->headers[i].name, name) == 0) {
            return r->headers[i].value;
        }
    }
    return NULL;
}


static const char *
only_param(const struct ab_param *params, size_t n, const char *name)
{
    const struct ab_param  *p = ab_form_find(params, n, name, NULL);

    /* request_prepare() put a NUL behind each value. */
    return p == NULL ? NULL : p->value.p;
}


const char *
req_query(const struct req *r, const char *name)
{
    return only_param(r->query, r->n_query, name);
}


const char *
req_form(const struct req *r, const char *name)
{
    return only_param(r->form, r->n_form, name);
}


/* One "name=value" piece of a Cookie header, blanks trimmed. */
static bool
cookie_piece(struct ab_slice piece, const char *name,
    struct ab_slice *ret_value)
{
    size_t  at, n = strlen(name);

    while (piece.len > 0 && piece.p[0] == ' ') {
        piece = ab_slice(piece.p + 1, piece.len - 1);
    }
    at = ab_slice_find(piece, '=');
    if (n > 0 && name[n - 1] == '*') {
        n--;
        if (at < n) {
            return false;
        }
    } else if (at != n) {
        return false;
    }
    if (at == piece.len || memcmp(piece.p, name, n) != 0) {
        return false;
    }
    *ret_value = ab_slice(piece.p + at + 1, piece.len - at - 1);
    return ret_value->len <= AB_MAX_COOKIE_VALUE;
}


static size_t
cookies_of(struct req *r, const char *header, const char *name,
    const char **list, size_t max)
{
    struct ab_slice  rest = ab_slice_str(header), value;
    size_t           at, n = 0;

    while (rest.len > 0 && n < max) {
        at = ab_slice_find(rest, ';');
        if (cookie_piece(ab_slice(rest.p, at), name, &value)) {
            list[n] = arena_dup(r->c.a, value);
            n += list[n] != NULL;
        }
        rest = at == rest.len ? ab_slice(NULL, 0)
                              : ab_slice(rest.p + at + 1, rest.len - at - 1);
    }
    return n;
}


size_t
req_cookies(struct req *r, const char *name, const char **list, size_t max)
{
    size_t  i, n = 0;

    for (i = 0; i < r->n_headers && n < max; i++) {
        if (strcasecmp(r->headers[i].name, "Cookie") == 0) {
            n += cookies_of(r, r->headers[i].value, name, list + n, max - n);
        }
    }
    return n;
}


static bool
refuse(struct req *r, enum ab_err e, const char *error, const char *text)
{
    fail(&r->c.f, e, "%s", text == NULL ? error : text);
    reply_error(r, 400, error, text);
    return false;
}


/* A segment that names a place, not a thing: "", ".", and what starts with
 * "..". The path's own last segment may be empty (a trailing slash). */
static bool
is_step(struct ab_slice segment, bool is_last)
{
    return (segment.len == 0 && !is_last)
           || (segment.len == 1 && segment.p[0] == '.')
           || ab_slice_starts(segment, AB_S(".."));
}


static bool
is_normal(struct ab_slice path)
{
    size_t  at;
    bool    is_last;

    do {
        path = ab_slice(path.p + 1, path.len - 1);      /* its '/' */
        at = ab_slice_find(path, '/');
        is_last = at == path.len;
        if (is_step(ab_slice(path.p, at), is_last)) {
            return false;
        }
        path = ab_slice(path.p + at, path.len - at);
    } while (!is_last);
    return true;
}


/* The reference refuses such paths before it routes (tokens.md 8.5); so no
 * second spelling of a path exists behind this point (T-PM2, T-PM6). */
static bool
check_path(struct req *r)
{
    struct ab_slice  path = r->path;

    if (path.len == 0 || path.p[0] != '/' || path.len > AB_MAX_URI
        || ab_slice_find(path, '#') < path.len)
    {
        return refuse(r, AB_E_BAD_REQUEST, "invalid_request",
                      "Request target is no path");
    }
    if (ab_slice_find(path, ';') < path.len) {
        return refuse(r, AB_E_BAD_REQUEST, "invalidCharacter",
                      "Request path contains invalid character ';'");
    }
    return is_normal(path)
           || refuse(r, AB_E_BAD_REQUEST, "missingNormalization",
                     "Request path not normalized");
}


/* Decode and put a NUL behind each value: n params of at most in.len bytes
 * need in.len + n bytes more, since a decoded value may fill its place. */
static bool
decode(struct req *r, struct ab_slice in, struct ab_param **ret_params,
    size_t *ret_n)
{
    struct ab_param  *params;
    char             *mem = arena_alloc(r->c.a, in.len + 1);
    size_t            i, n;

    params = arena_array(r->c.a, AB_MAX_PARAMS_N, sizeof(*params));
    if (mem == NULL || params == NULL
        || ab_form_parse(in, mem, params, AB_MAX_PARAMS_N, &n) != AB_OK)
    {
        return false;
    }
    for (i = 0; i < n; i++) {
        params[i].name.p = arena_dup(r->c.a, params[i].name);
        params[i].value.p = arena_dup(r->c.a, params[i].value);
        if (params[i].name.p == NULL || params[i].value.p == NULL) {
            return false;
        }
    }
    *ret_params = params;
    *ret_n = n;
    return true;
}


static bool
is_form(const struct req *r)
{
    static const char  type[] = "application/x-www-form-urlencoded";
    const char        *got = req_header(r, "Content-Type");
    char               next;

    if (got == NULL || strncmp(got, type, sizeof(type) - 1) != 0) {
        return false;
    }
    next = got[sizeof(type) - 1];
    return next == '\0' || next == ';' || next == ' ';
}


/* Host of "host", "host:port", "[v6]:port". */
static struct ab_slice
host_of(const char *text)
{
    const char  *colon = strrchr(text, ':');
    const char  *bracket = strrchr(text, ']');

    if (colon == NULL || (bracket != NULL && bracket > colon)) {
        return ab_slice_str(text);
    }
    return ab_slice_between(text, colon);
}


static bool
host_is_clean(const char *host)
{
    return strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                  "0123456789.-_:[]") == strlen(host)
           && strlen(host) <= AB_MAX_HOST + 6;
}


/*
 * The public base URL: --hostname, or without it the Host of the request as
 * long as it is a loopback name. No forwarded header takes part (T-HD11).
 */
static bool
find_base(struct req *r)
{
    const struct app  *app = r->c.app;
    const char        *host = req_header(r, "Host");
    struct ab_uri      uri;

    if (app->has_hostname) {
        r->c.base = app->base_url;
    } else if (host != NULL && host_is_clean(host)
               && ab_host_is_loopback(host_of(host)))
    {
        r->c.base = arena_printf(r->c.a, "%s://%s",
                                 r->is_https ? "https" : "http", host);
    } else {
        fail(&r->c.f, AB_E_HOST_UNKNOWN, "Host is not loopback");
        reply_error(r, 400, "invalid_request",
                    "Host is not this server's (see --hostname)");
        return false;
    }
    r->is_local = r->c.base != NULL
                  && ab_uri_parse(ab_slice_str(r->c.base), &uri) == AB_OK
                  && ab_host_is_loopback(uri.host);
    return r->c.base != NULL;
}


static bool
is_address(const char *text)
{
    struct in6_addr  raw;

    return inet_pton(AF_INET, text, &raw) == 1
           || inet_pton(AF_INET6, text, &raw) == 1;
}


/* Client address and scheme; what a proxy says counts only if trusted. */
static void
find_client(struct req *r)
{
    const char  *proto = req_header(r, "X-Forwarded-Proto");
    const char  *address = req_header(r, "X-Forwarded-For");
    const char  *comma, *last;

    r->is_https = r->c.app->has_hostname && r->c.app->is_https;
    r->ip = "";
    if (!r->is_trusted) {
        return;
    }
    if (!r->c.app->has_hostname && proto != NULL) {
        r->is_https = strcmp(proto, "https") == 0;
    }
    if (address != NULL) {
        comma = strrchr(address, ',');
        last = comma == NULL ? address : comma + 1 + (comma[1] == ' ');
        r->ip = is_address(last) ? last : "";
    }
}


bool
request_prepare(struct req *r, struct ab_slice body)
{
    struct ab_slice  target = ab_slice_str(r->target);
    size_t           at = ab_slice_find(target, '?');

    r->path = ab_slice(target.p, at);
    r->raw_query = at == target.len
                   ? ab_slice("", 0)
                   : ab_slice(target.p + at + 1, target.len - at - 1);
    r->body = body;
    find_client(r);
    if (!check_path(r)) {
        reply_set(r, "Content-Type", "application/json;charset=utf-8");
        return false;
    }
    if (!find_base(r)) {
        return false;
    }
    if (!decode(r, r->raw_query, &r->query, &r->n_query)) {
        return refuse(r, AB_E_FORMAT,
                      "Blocking invalid query parameter value", NULL);
    }
    r->has_form = is_form(r);
    if (r->has_form && !decode(r, body, &r->form, &r->n_form)) {
        return refuse(r, AB_E_FORMAT, "invalid_request",
                      "The form could not be read");
    }
    return true;
}
