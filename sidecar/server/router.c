/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * router.c - from a path to a handler, by one table.
 *
 * The only matcher of paths at the realm host. Texts of refusals are the
 * reference's (tokens.md 8.5).
 */
#include "router.h"

#include "ab_limits.h"
#include "ab_uri.h"
#include "ab_utf8.h"
#include "base/clock.h"
#include "base/log.h"
#include "endpoints.h"
#include "page.h"

#define OIDC     "/realms/{}/protocol/openid-connect"
#define ACTIONS  "/realms/{}/login-actions"
#define BROKER   "/realms/{}/broker"

/* What a realm's endpoint usually wants: it exists, is enabled, TLS rule. */
#define R_USUAL  (R_REALM | R_ENABLED | R_TLS)
#define R_DOC    (R_REALM | R_TLS | R_JSON)     /* disabled realms too */
#define IDP_MS   25000      /* a call to a provider is inside */
#define M_BOTH   (M_GET | M_POST)
#define ASK      "GET, HEAD, OPTIONS"

const struct route  routes[] = {
    /* pattern                             methods  flags              cors             ms      handler */
    { OIDC "/auth",                        M_BOTH,  R_USUAL,           NULL,            0,      auth_get },
    { OIDC "/token",                       M_POST,  R_REALM | R_TLS | R_JSON,  "POST, OPTIONS", 0,      token_post },
    { OIDC "/certs",                       M_GET,   R_DOC,             "GET",           0,      certs_get },
    { OIDC "/userinfo",                    M_BOTH,  R_USUAL | R_JSON,  ASK,             0,      userinfo_any },
    { OIDC "/logout",                      M_BOTH,  R_USUAL,           ASK,             0,      logout_any },
    { OIDC "/logout/logout-confirm",       M_BOTH,  R_USUAL,           NULL,            0,      logout_confirm_post },
    { ACTIONS "/authenticate",             M_BOTH,  R_USUAL,           NULL,            0,      authenticate_step },
    { ACTIONS "/first-broker-login",       M_BOTH,  R_USUAL,           NULL,            0,      first_broker_step },
    { ACTIONS "/restart",                  M_GET,   R_USUAL,           NULL,            0,      restart_get },
    { BROKER "/after-first-broker-login",  M_GET,   R_USUAL,           NULL,            0,      after_first_broker_get },
    { BROKER "/{}/login",                  M_BOTH,  R_USUAL,           NULL,            IDP_MS, broker_login_any },
    { BROKER "/{}/endpoint",               M_GET,   R_USUAL,           NULL,            IDP_MS, broker_endpoint_get },
    { BROKER "/{}/endpoint/logout_response", M_GET, R_USUAL,           NULL,            0,      logout_response_get },
    { "/realms/{}/.well-known/openid-configuration",       M_GET, R_DOC | R_ONLY, "GET", 0,     discovery_page },
    { "/realms/{}/.well-known/oauth-authorization-server", M_GET, R_DOC | R_ONLY, "GET", 0,     discovery_page },
    { "/.well-known/oauth-authorization-server/realms/{}", M_GET, R_DOC | R_ONLY, "GET", 0,     discovery_page },
    { "/realms/{}/clients/{}/redirect",    M_GET,   R_USUAL,           NULL,            0,      client_redirect_get },
    { "/realms/{}",                        M_GET,   R_DOC,             ASK,             0,      realm_get },
    { "/resources/ab/style.css",           M_GET,   R_JSON,            NULL,            0,      page_style },
    { NULL,                                0,       0,                 NULL,            0,      NULL }
};


static struct ab_slice
next_segment(struct ab_slice *rest)
{
    size_t            at;
    struct ab_slice   segment;

    if (rest->len == 0) {
        return ab_slice(NULL, 0);
    }
    rest->p++;
    rest->len--;
    at = ab_slice_find(*rest, '/');
    segment = ab_slice(rest->p, at);
    rest->p += at;
    rest->len -= at;
    return segment;
}


/* {} takes one segment, decoded, if it is text; everything else must be
 * equal. */
static bool
take_argument(struct req *r, struct ab_slice segment)
{
    struct ab_buf  b;
    char           mem[AB_MAX_URI];

    ab_buf_init_fixed(&b, mem, sizeof(mem));
    if (r->n_args == REQ_ARGS_MAX || segment.len == 0
        || ab_uri_unescape(&b, segment) != AB_OK
        || !ab_is_utf8(ab_buf_slice(&b)))
    {
        return false;
    }
    r->args[r->n_args] = arena_dup(r->c.a, ab_buf_slice(&b));
    return r->args[r->n_args++] != NULL;
}


static bool
matches(struct req *r, const char *pattern)
{
    struct ab_slice  want = ab_slice_str(pattern), got = r->path, a, b;

    r->n_args = 0;
    if (got.len > 1 && got.p[got.len - 1] == '/') {
        got.len--;
    }
    while (want.len > 0 && got.len > 0) {
        a = next_segment(&want);
        b = next_segment(&got);
        if (ab_slice_eq(a, AB_S("{}")) ? !take_argument(r, b)
                                       : !ab_slice_eq(a, b))
        {
            return false;
        }
    }
    return want.len == 0 && got.len == 0;
}


static int
method_bit(const char *method)
{
    static const struct {
        const char  *name;
        int          bit;
    } known[] = {
        { "GET", M_GET }, { "HEAD", M_GET }, { "POST", M_POST },
        { "OPTIONS", M_OPTIONS },
    };
    size_t  i;

    for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(known[i].name, method) == 0) {
            return known[i].bit;
        }
    }
    return 0;
}


/* Below a realm, or its metadata in the RFC 8414 form. */
static bool
is_of_realm(const struct req *r)
{
    return (ab_slice_starts(r->path, AB_S("/realms/")) && r->path.len > 8)
           || ab_slice_starts(r->path, AB_S("/.well-known/"));
}


/* Why nobody serves the path: the reference tells four cases apart. */
static const char *
not_found_text(struct req *r)
{
    struct ab_slice      rest = r->path;
    const struct realm  *realm;

    if (!is_of_realm(r)) {
        return "Unable to find matching target resource method";
    }
    if (!ab_slice_eq(next_segment(&rest), AB_S("realms"))) {
        return "HTTP 404 Not Found";
    }
    r->n_args = 0;
    if (!take_argument(r, next_segment(&rest))
        || realm_by_name(&r->c, r->args[0], &realm) != AB_OK)
    {
        return ab_err_row(AB_E_REALM_ABSENT)->text;
    }
    if (ab_slice_eq(next_segment(&rest), AB_S("protocol"))
        && !ab_slice_eq(next_segment(&rest), AB_S("openid-connect")))
    {
        return "Protocol not found";
    }
    return "HTTP 404 Not Found";
}


static bool
wants_page(const struct req *r)
{
    const char  *accept = req_header(r, "Accept");

    return accept != NULL && strstr(accept, "text/html") != NULL;
}


static void
not_found(struct req *r)
{
    const char  *text = not_found_text(r);

    fail_clear(&r->c.f);
    fail(&r->c.f, AB_E_NOT_FOUND, "%s", text);
    log_fail("web_refused", &r->c.f, NULL);
    if (!wants_page(r)
        || page_error(r, NULL, NULL, AB_E_NOT_FOUND, NULL, NULL) != AB_OK)
    {
        reply_error(r, 404, text, NULL);
    }
}


/* Preflight of a path whose scripts are let in (tokens.md 8.4). */
static void
preflight(struct req *r, const struct route *route)
{
    const char  *origin = req_header(r, "Origin");

    if (origin != NULL && route->cors != NULL) {
        reply_cors(r, origin, NULL);
        reply_set(r, "Access-Control-Allow-Methods", route->cors);
        reply_set(r, "Access-Control-Allow-Headers",
                  "Origin, Accept, X-Requested-With, "
                  "Access-Control-Request-Method, "
                  "Access-Control-Request-Headers, DPoP, Content-Type, "
                  "Authorization");
        reply_set(r, "Access-Control-Max-Age", "3600");
    }
    reply_empty(r, 200);
}


/* external: plain http only from a private or loopback address; we only see
 * how the browser reached us. */
static bool
tls_is_missing(const struct req *r, const struct realm *realm)
{
    if (r->is_https || realm->ssl_required == SSL_NONE) {
        return false;
    }
    return realm->ssl_required == SSL_ALL || !r->is_local;
}


static enum ab_err
find_realm(struct req *r, const struct route *route,
    const struct realm **ret_realm)
{
    const struct realm  *realm;
    enum ab_err          e = realm_by_name(&r->c, r->args[0], &realm);

    if (e != AB_OK) {
        return e;
    }
    *ret_realm = realm;
    if ((route->flags & R_TLS) && tls_is_missing(r, realm)) {
        return ctx_fail(&r->c, AB_E_HTTPS_REQUIRED, "realm %s",
                        realm->name);
    }
    if ((route->flags & R_ENABLED) && !realm->enabled) {
        return ctx_fail(&r->c, AB_E_REALM_DISABLED, "realm %s",
                        realm->name);
    }
    return AB_OK;
}


/* The reply of a fault nobody answered. */
static void
refuse(struct req *r, const struct route *route, const struct realm *realm,
    enum ab_err e)
{
    const struct ab_err_row  *row = ab_err_row(e);
    int                       status = row->status;

    if (e == AB_E_REALM_ABSENT) {
        reply_error(r, status, row->text, NULL);
    } else if (route->flags & R_JSON) {
        status = e == AB_E_REALM_DISABLED ? 403 : status;
        reply_set(r, "Cache-Control", CACHE_STORE);
        if (route->cors != NULL) {
            /* scripts may read why (tokens.md 8.4) */
            reply_cors(r, req_header(r, "Origin"), CORS_EXPOSE);
        }
        reply_error(r, status, row->oauth != NULL ? row->oauth
                               : "server_error", row->text);
    } else if (page_error(r, realm, NULL, e, NULL, NULL) != AB_OK) {
        reply_error(r, 503, "temporarily_unavailable", NULL);
    }
    if (status == 503) {
        reply_set(r, "Retry-After", "5");
    }
}


static void
run(struct req *r, const struct route *route)
{
    const struct realm  *realm = NULL;
    enum ab_err          e = AB_OK;

    if (route->deadline_ms > 0) {
        r->c.deadline_ms = clock_mono_ms() + route->deadline_ms;
    }
    if (route->flags & R_REALM) {
        e = find_realm(r, route, &realm);
    }
    if (e == AB_OK) {
        e = route->run(r, realm);
    }
    if (e != AB_OK) {
        r->c.f.code = e;        /* what says enough comes without a detail */
        log_fail("web_refused", &r->c.f, "srealm",
                 realm == NULL ? NULL : realm->name, "spath", route->pattern,
                 NULL);
        refuse(r, route, realm, e);
    }
}


static void
answer(struct req *r)
{
    const struct route  *route;
    int                  bit = method_bit(r->method);

    for (route = routes; route->pattern != NULL; route++) {
        if (matches(r, route->pattern)) {
            break;
        }
    }
    if (route->pattern == NULL) {
        not_found(r);
    } else if (bit == M_OPTIONS) {
        preflight(r, route);
    } else if (bit & route->methods) {
        run(r, route);
    } else if (route->flags & R_ONLY) {
        not_found(r);
    } else {
        fail(&r->c.f, AB_E_METHOD, "%.16s", r->method);
        log_fail("web_refused", &r->c.f, "spath", route->pattern, NULL);
        reply_error(r, 405, "HTTP 405 Method Not Allowed", NULL);
    }
}


/* A form or document, asked with or answered. */
static bool
is_shown(const char *type)
{
    return type != NULL
           && (strncmp(type, "text/html", 9) == 0
               || strncmp(type, "application/json", 16) == 0
               || strncmp(type, "application/x-www-form-urlencoded", 33)
                  == 0);
}


/* What the reference sends with the answers of a realm (tokens.md 8.5). */
static void
common_headers(struct req *r)
{
    reply_set(r, "X-Content-Type-Options", "nosniff");
    if (!is_of_realm(r)) {
        return;
    }
    reply_set(r, "Referrer-Policy", "no-referrer");
    if (is_shown(req_header(r, "Content-Type"))
        || is_shown(reply_header(r, "Content-Type")))
    {
        reply_set(r, "X-Frame-Options", "SAMEORIGIN");
    }
}


void
router_run(struct req *r)
{
    answer(r);
    common_headers(r);
}
