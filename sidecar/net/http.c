/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * http.c - calls to other HTTP servers, over libcurl.
 *
 * The address policy is asked for the very address that is about to be
 * connected to, so a name that resolves differently a moment later gains
 * nothing. Idle handles are kept for their connections; one lock guards that
 * list and is never held across I/O.
 */
#include "http.h"

#include "resolve_policy.h"
#include "base/autofree.h"
#include "base/clock.h"
#include "base/metric.h"

#include "ab_buf.h"
#include "ab_ct.h"
#include "ab_limits.h"
#include "ab_uri.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#define IDLE_MAX  64        /* handles kept with their open connections */
#define IDLE_S    30L       /* a kept connection is used again that long */

struct http_client {
    const struct app       *app;
    struct resolve_policy  *policy;
    pthread_mutex_t         lock;       /* guards idle and n */
    CURL                   *idle[IDLE_MAX];
    size_t                  n;
};

/* One call under way. */
struct call {
    struct http_client         *h;
    const struct http_request  *req;
    bool                        plain;          /* http, not https */
    struct ab_buf               body;
    size_t                      headers_len;
    bool                        has_headers;    /* up to the empty line */
    bool                        was_refused;    /* an address, by policy */
    bool                        is_too_large;
};

static pthread_once_t  curl_once = PTHREAD_ONCE_INIT;

static void curl_start(void);
static enum ab_err call_check(struct ctx *c, struct call *call);
static enum ab_err call_run(struct ctx *c, struct call *call, CURL *e,
    struct http_reply *ret_reply);
static bool call_set(struct call *call, CURL *e, struct curl_slist *headers,
    long timeout_ms);
static bool call_headers(const struct http_request *req,
    struct curl_slist **headers);
static bool header_add(struct curl_slist **list, const char *name,
    const char *value);
static enum ab_err call_error(struct ctx *c, const struct call *call,
    CURLcode code);
static enum ab_err call_reply(struct ctx *c, const struct call *call,
    CURL *e, struct http_reply *ret_reply);
static const char *media_type(struct ctx *c, const char *value);
static curl_socket_t on_socket(void *arg, curlsocktype purpose,
    struct curl_sockaddr *addr);
static size_t on_header(char *p, size_t size, size_t n, void *arg);
static size_t on_body(char *p, size_t size, size_t n, void *arg);
static CURL *handle_take(struct http_client *h);
static void handle_put(struct http_client *h, CURL *e);

static void slist_freep(struct curl_slist **list);


enum ab_err
http_client_new(struct fail *f, const struct app *app,
    struct http_client **ret_client)
{
    struct http_client  *h = calloc(1, sizeof(*h));
    enum ab_err          err;

    if (h == NULL) {
        return fail(f, AB_E_NOMEM, "out of memory");
    }
    pthread_once(&curl_once, curl_start);
    pthread_mutex_init(&h->lock, NULL);
    h->app = app;
    err = resolve_policy_new(f, app, &h->policy);
    if (err != AB_OK) {
        http_client_free(h);
        return err;
    }
    *ret_client = h;
    return AB_OK;
}


static void
curl_start(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}


void
http_client_free(struct http_client *h)
{
    size_t  i;

    if (h == NULL) {
        return;
    }
    for (i = 0; i < h->n; i++) {
        curl_easy_cleanup(h->idle[i]);
    }
    pthread_mutex_destroy(&h->lock);
    resolve_policy_free(h->policy);
    free(h);
}


enum ab_err
http_call(struct ctx *c, const struct http_request *req,
    struct http_reply *ret_reply)
{
    struct call  call = { .h = c->app->http, .req = req };
    CURL        *e;
    enum ab_err  err;

    err = call_check(c, &call);
    if (err != AB_OK) {
        return err;
    }
    e = handle_take(call.h);
    if (e == NULL) {
        return ctx_nomem(c);
    }
    ab_buf_init(&call.body, req->reply_max == 0 ? AB_MAX_HTTP_REPLY
                                                : req->reply_max);
    err = call_run(c, &call, e, ret_reply);
    ab_buf_clear(&call.body);
    handle_put(call.h, e);
    metric_add(METRIC_IDP_CALLS, 1);    /* so far nobody else is called */
    metric_add(METRIC_IDP_FAILURES, err != AB_OK);
    return err;
}


/* What can be refused without asking a resolver. */
static enum ab_err
call_check(struct ctx *c, struct call *call)
{
    struct ab_uri  u;

    if (ab_uri_parse(ab_slice_str(call->req->url), &u) != AB_OK) {
        return ctx_fail(c, AB_E_OUTBOUND, "no http or https address");
    }
    /* Userinfo would send its password along; a fragment is never sent, so
     * whoever wrote it meant another address. */
    if (u.has_userinfo || u.fragment.p != NULL) {
        return ctx_fail(c, AB_E_OUTBOUND, "userinfo or fragment in the "
                        "address of %.*s", (int) u.host.len, u.host.p);
    }
    call->plain = !u.is_https;
    if (call->plain && call->req->ssl == SSL_ALL) {
        return ctx_fail(c, AB_E_OUTBOUND, "the realm requires https for "
                        "%.*s", (int) u.host.len, u.host.p);
    }
    return AB_OK;
}


static enum ab_err
call_run(struct ctx *c, struct call *call, CURL *e,
    struct http_reply *ret_reply)
{
    autofree(slist_freep) struct curl_slist  *headers = NULL;
    int64_t   left = clock_left_ms(c->deadline_ms);
    int64_t   limit = call->req->timeout_ms > 0 ? call->req->timeout_ms
                                                : AB_HTTP_TIMEOUT_MS;
    CURLcode  code;

    if (left <= 0) {
        return ctx_fail(c, AB_E_IDP_TIMEOUT, "no time left for the call");
    }
    if (!call_headers(call->req, &headers)
        || !call_set(call, e, headers, (long) (left < limit ? left : limit)))
    {
        return ctx_nomem(c);
    }
    code = curl_easy_perform(e);
    if (code == CURLE_OK && !call->has_headers) {
        code = CURLE_GOT_NOTHING;       /* cut inside; libcurl is content */
    }
    return code == CURLE_OK ? call_reply(c, call, e, ret_reply)
                            : call_error(c, call, code);
}


static bool
call_set(struct call *call, CURL *e, struct curl_slist *headers,
    long timeout_ms)
{
    const struct http_request  *req = call->req;
    bool                        ok = true;

#define SET(opt, value)                                                     \
    (ok = ok && curl_easy_setopt(e, (opt), (value)) == CURLE_OK)
    SET(CURLOPT_URL, req->url);
    SET(CURLOPT_HTTPHEADER, headers);
    SET(CURLOPT_TIMEOUT_MS, timeout_ms);
    SET(CURLOPT_CONNECTTIMEOUT_MS, timeout_ms);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L);        /* never wait for a slow resolver */
    SET(CURLOPT_PROXY, "");             /* nor any of the environment */
    SET(CURLOPT_NOPROXY, "*");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    SET(CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_MAXAGE_CONN, IDLE_S);
    SET(CURLOPT_OPENSOCKETFUNCTION, on_socket);
    SET(CURLOPT_OPENSOCKETDATA, call);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, call);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, call);
    if (strcmp(req->method, "POST") == 0) {
        SET(CURLOPT_POST, 1L);
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) req->body.len);
        SET(CURLOPT_POSTFIELDS, req->body.len == 0 ? "" : req->body.p);
    }
    /*
     * On a kept connection that died meanwhile libcurl would send the body
     * again, and a code must not be redeemed twice. A plain one may have
     * been opened for a realm with a laxer sslRequired.
     */
    if (strcmp(req->method, "POST") == 0 || call->plain) {
        SET(CURLOPT_FRESH_CONNECT, 1L);
    }
#undef SET
    return ok;
}


static bool
call_headers(const struct http_request *req, struct curl_slist **headers)
{
    bool    ok = header_add(headers, "User-Agent", "auth-broker")
                 && header_add(headers, "Expect", NULL);
    size_t  i;

    if (ok && req->content_type != NULL) {
        ok = header_add(headers, "Content-Type", req->content_type);
    }
    for (i = 0; i < req->n_headers && ok; i++) {
        ok = header_add(headers, req->headers[i].name,
                        req->headers[i].value);
    }
    return ok;
}


/* value NULL: libcurl must not send that header. A line break in a value
 * would be a header of somebody else's: refused as if memory had run out,
 * as callers build values from checked text. */
static bool
header_add(struct curl_slist **list, const char *name, const char *value)
{
    char                line[AB_MAX_BEARER + 256];
    struct curl_slist  *longer = NULL;
    int                 n;

    if (value != NULL && strpbrk(value, "\r\n") != NULL) {
        return false;
    }
    n = snprintf(line, sizeof(line), value == NULL ? "%s:" : "%s: %s", name,
                 value);
    if (n >= 0 && (size_t) n < sizeof(line)) {
        longer = curl_slist_append(*list, line);
    }
    ab_wipe(line, sizeof(line));
    if (longer == NULL) {
        return false;
    }
    *list = longer;
    return true;
}


/* They hold bearers and client secrets. */
static void
slist_freep(struct curl_slist **list)
{
    struct curl_slist  *l;

    for (l = *list; l != NULL; l = l->next) {
        ab_wipe(l->data, strlen(l->data));
    }
    curl_slist_free_all(*list);
}


static enum ab_err
call_error(struct ctx *c, const struct call *call, CURLcode code)
{
    struct ab_uri  u = { .port = 0 };
    enum ab_err    err = AB_E_IDP_DOWN;

    (void) ab_uri_parse(ab_slice_str(call->req->url), &u);
    if (call->is_too_large) {
        err = AB_E_IDP_REPLY;
    } else if (call->was_refused) {
        err = AB_E_OUTBOUND;
    } else if (code == CURLE_OPERATION_TIMEDOUT) {
        err = AB_E_IDP_TIMEOUT;
    } else if (code == CURLE_OUT_OF_MEMORY) {
        err = AB_E_NOMEM;
    }
    return ctx_fail(c, err, "%s %.*s:%u: %s", call->req->method,
                    (int) u.host.len, u.host.p, (unsigned) u.port,
                    call->is_too_large ? "reply too large"
                    : call->was_refused ? "address refused"
                    : curl_easy_strerror(code));
}


static enum ab_err
call_reply(struct ctx *c, const struct call *call, CURL *e,
    struct http_reply *ret_reply)
{
    struct http_reply  reply = { .status = 0 };
    const char        *type = NULL;
    long               status = 0;

    curl_easy_getinfo(e, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(e, CURLINFO_CONTENT_TYPE, &type);
    reply.status = (int) status;
    reply.content_type = media_type(c, type);
    reply.body.len = call->body.len;
    reply.body.p = arena_dup(c->a, ab_buf_slice(&call->body));
    if (reply.body.p == NULL || reply.content_type == NULL) {
        return ctx_nomem(c);
    }
    *ret_reply = reply;
    return AB_OK;
}


/* Lower case, without parameters (RFC 9110 section 8.3.1). */
static const char *
media_type(struct ctx *c, const char *value)
{
    struct ab_slice  s = ab_slice_str(value);
    char            *out;
    size_t           i;

    s.len = ab_slice_find(s, ';');
    while (s.len > 0 && (s.p[s.len - 1] == ' ' || s.p[s.len - 1] == '\t')) {
        s.len--;
    }
    out = arena_dup(c->a, s);
    for (i = 0; out != NULL && i < s.len; i++) {
        out[i] = ab_lower(out[i]);
    }
    return out;
}


static curl_socket_t
on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *addr)
{
    struct call  *call = arg;

    (void) purpose;
    if (!resolve_policy_allows(call->h->policy, &addr->addr)
        || (call->plain && call->req->ssl == SSL_EXTERNAL
            && !resolve_policy_is_local(&addr->addr)))
    {
        call->was_refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(addr->family, addr->socktype | SOCK_CLOEXEC,
                  addr->protocol);
}


/* All header blocks of the call count, 1xx ones and trailers included. */
static size_t
on_header(char *p, size_t size, size_t n, void *arg)
{
    struct call  *call = arg;
    size_t        len = size * n;

    if (len > AB_MAX_HTTP_HEADERS - call->headers_len) {
        call->is_too_large = true;
        return 0;
    }
    call->headers_len += len;
    call->has_headers = len <= 2 && len > 0 && p[len - 1] == '\n';
    return len;
}


static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
    struct call  *call = arg;
    size_t        len = size * n;

    ab_buf_add(&call->body, ab_slice(p, len));
    if (call->body.failed) {
        call->is_too_large = true;
        return len == 0 ? 1 : 0;
    }
    return len;
}


static CURL *
handle_take(struct http_client *h)
{
    CURL  *e = NULL;

    pthread_mutex_lock(&h->lock);
    if (h->n > 0) {
        e = h->idle[--h->n];
    }
    pthread_mutex_unlock(&h->lock);
    return e != NULL ? e : curl_easy_init();
}


/* Options are forgotten (they hold secrets), connections are kept. */
static void
handle_put(struct http_client *h, CURL *e)
{
    curl_easy_reset(e);
    pthread_mutex_lock(&h->lock);
    if (h->n < IDLE_MAX) {
        h->idle[h->n++] = e;
        e = NULL;
    }
    pthread_mutex_unlock(&h->lock);
    curl_easy_cleanup(e);
}
