/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_login.c - start a login: seal the attempt into
 * `state`, send the browser to the realm.
 *
 * Nothing is kept here: a million starts cost no memory (T-SE9). The browser
 * carries one small cookie, whatever number of attempts it has open.
 */
#include "ngx_http_auth_broker_intake.h"
#include "ngx_http_auth_broker_login.h"
#include "ngx_http_auth_broker_marks.h"
#include "ab_attempt.h"
#include "ab_base64.h"
#include "ab_cookie.h"
#include "ab_ct.h"
#include "ab_uri.h"

#include <openssl/rand.h>

#define SCOPE       "openid profile email"
#define ASKS_MAX    2048    /* hints and prompt, escaped */
#define ASKS_KEPT   300     /* of them inside the state, whose size counts */
#define RANDOM_LEN  32
#define RANDOM_TEXT AB_B64URL_LEN(RANDOM_LEN)   /* 43: RFC 7636 section 4.1 */

typedef struct {
    ngx_http_request_t               *request;
    ngx_http_auth_broker_rec_t       *rec;
    ngx_http_auth_broker_loc_conf_t  *lcf;
    ngx_http_auth_broker_origin_t     origin;
    ngx_http_auth_broker_realm_t      realm;
    ngx_str_t                         client;
    struct ab_attempt                 attempt;
    char                              nonce[RANDOM_TEXT];
    char                              verifier[RANDOM_TEXT];
    char                              binding[RANDOM_TEXT];
    unsigned                          is_new_binding:1;
    const struct ab_attempt          *before;   /* the one this replaces */
    struct ab_slice                   asks;
    ngx_str_t                         state;
    ngx_str_t                         location;
} start_t;


static enum ab_err start_where(start_t *s);
static enum ab_err start_asks(start_t *s);
static enum ab_err start_random(start_t *s);
static enum ab_err start_binding(start_t *s);
static enum ab_err start_seal(start_t *s);
static enum ab_err start_location(start_t *s);
static enum ab_err start_cookie(start_t *s);


/* What may come back: a path of this origin that fits into the state. */
static struct ab_slice
return_path_of(ngx_http_request_t *r, ngx_str_t *path)
{
    struct ab_slice  p = ngx_http_auth_broker_slice(path);

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return AB_S("/");
    }
    if (p.len > AB_MAX_RETURN_PATH) {
        p.len = ab_slice_find(p, '?');
    }
    if (p.len > AB_MAX_RETURN_PATH || !ab_return_path_ok(p)) {
        return AB_S("/");
    }
    return p;
}


ngx_int_t
ngx_http_auth_broker_login(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec, ngx_str_t *return_path,
    const struct ab_attempt *before)
{
    static enum ab_err (*const steps[])(start_t *) = {
        start_where, start_asks, start_random, start_binding, start_seal,
        start_location, start_cookie,
    };
    start_t      s;
    enum ab_err  err = AB_OK;
    ngx_uint_t   i;

    ngx_memzero(&s, sizeof(s));
    s.request = r;
    s.rec = rec;
    s.attempt.return_path = return_path_of(r, return_path);
    s.attempt.is_retry = before != NULL;
    s.before = before;
    s.attempt.time = (uint64_t) ngx_time();
    for (i = 0; err == AB_OK && i < sizeof(steps) / sizeof(steps[0]); i++) {
        err = steps[i](&s);
    }
    ab_wipe(s.verifier, sizeof(s.verifier));
    if (err != AB_OK) {
        return ngx_http_auth_broker_deny(r, rec, err);
    }
    return ngx_http_auth_broker_redirect(r, &s.location);
}


/* Under /.auth/ no location has been chosen: the server's own page settings
 * stand in. */
static ngx_http_auth_broker_loc_conf_t *
settings(ngx_http_request_t *r)
{
    ngx_http_auth_broker_srv_conf_t  *scf;
    ngx_http_auth_broker_loc_conf_t  *lcf;

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_auth_broker_module);
    scf = ngx_http_get_module_srv_conf(r, ngx_http_auth_broker_module);
    return lcf->enable == 1 || scf->page == NULL ? lcf : scf->page;
}


static enum ab_err
start_where(start_t *s)
{
    ngx_http_auth_broker_main_conf_t  *mcf;
    ngx_http_auth_broker_srv_conf_t   *scf;
    enum ab_err                        err;

    mcf = ngx_http_get_module_main_conf(s->request,
                                        ngx_http_auth_broker_module);
    scf = ngx_http_get_module_srv_conf(s->request,
                                       ngx_http_auth_broker_module);
    s->lcf = settings(s->request);
    s->client = s->lcf->client.len != 0 ? s->lcf->client : scf->client;
    if (s->client.len == 0) {
        return AB_E_NO_CREDENTIAL;      /* an API: nobody signs in here */
    }
    err = ngx_http_auth_broker_origin(s->request, &s->origin);
    if (err != AB_OK) {
        return err;
    }
    err = ngx_http_auth_broker_realm(mcf, &s->lcf->realm, s->request->pool,
                                     &s->realm);
    if (err == AB_OK && s->realm.auth_url.len == 0) {
        return AB_E_REALM_UNKNOWN;
    }
    return err;
}


/* In one draw: a call of the generator costs far more than its bytes. */
static enum ab_err
start_random(start_t *s)
{
    uint8_t  bytes[3][RANDOM_LEN];

    if (RAND_bytes(bytes[0], sizeof(bytes)) != 1) {
        return AB_E_INTERNAL;
    }
    ab_b64url_encode(s->nonce, ab_slice(bytes[0], RANDOM_LEN));
    ab_b64url_encode(s->verifier, ab_slice(bytes[1], RANDOM_LEN));
    ab_b64url_encode(s->binding, ab_slice(bytes[2], RANDOM_LEN));
    ab_wipe(bytes, sizeof(bytes));
    return AB_OK;
}


static ngx_int_t
binding_is_ours(struct ab_slice value)
{
    uint8_t  bytes[AB_B64_DECODED_MAX(RANDOM_TEXT)];
    size_t   len;

    return value.len == RANDOM_TEXT
           && ab_b64url_decode(bytes, sizeof(bytes), value, &len) == AB_OK;
}


/* The cookie a browser has is used again: one for all its attempts. */
static enum ab_err
start_binding(start_t *s)
{
    struct ab_slice  have;

    have = ngx_http_auth_broker_slice(s->origin.is_https ? &s->rec->login
                                                    : &s->rec->login_http);
    if (!binding_is_ours(have)) {
        s->is_new_binding = 1;
        have = ab_slice(s->binding, sizeof(s->binding));
    }
    return ab_attempt_browser(s->attempt.browser, have) ? AB_OK
                                                        : AB_E_INTERNAL;
}


static enum ab_err
start_seal(start_t *s)
{
    ngx_http_auth_broker_main_conf_t  *mcf;
    const struct ab_seal_ring         *ring;
    struct ab_buf                      out;
    enum ab_err                        err;
    char                              *mem;

    mcf = ngx_http_get_module_main_conf(s->request,
                                        ngx_http_auth_broker_module);
    ring = ngx_http_auth_broker_seal_ring(mcf);
    if (ring->n == 0) {
        return AB_E_EDGE_DOWN;          /* not told yet */
    }
    s->attempt.nonce = ab_slice(s->nonce, sizeof(s->nonce));
    s->attempt.verifier = ab_slice(s->verifier, sizeof(s->verifier));
    s->attempt.realm_id = ngx_http_auth_broker_slice(&s->realm.id);
    s->attempt.client = ngx_http_auth_broker_slice(&s->client);
    mem = ngx_pnalloc(s->request->pool, AB_MAX_STATE);
    if (mem == NULL) {
        return AB_E_NOMEM;
    }
    ab_buf_init_fixed(&out, mem, AB_MAX_STATE);
    err = ab_attempt_seal(ring, ngx_http_auth_broker_slice(&s->origin.text),
                          &s->attempt, &out);
    s->state.data = (u_char *) out.p;
    s->state.len = out.len;
    return err;
}


/* RFC 7636 section 4.2, method S256. */
static void
add_challenge(struct ab_buf *url, struct ab_slice verifier)
{
    uint8_t  digest[AB_SHA256_LEN];
    char     text[AB_B64URL_LEN(AB_SHA256_LEN)];

    if (!ab_sha256(digest, verifier)) {
        url->failed = true;
        return;
    }
    ab_b64url_encode(text, ab_slice(digest, sizeof(digest)));
    ab_uri_add_param(url, "code_challenge", ab_slice(text, sizeof(text)));
    ab_uri_add_param(url, "code_challenge_method", AB_S("S256"));
}


static ngx_int_t
hint_is_alias(struct ab_slice v)
{
    size_t  i;

    for (i = 0; i < v.len; i++) {
        if (!isalnum((u_char) v.p[i]) && v.p[i] != '.' && v.p[i] != '_'
            && v.p[i] != '-')
        {
            return 0;
        }
    }
    return v.len <= AB_MAX_IDP_HINT;
}


/* The value of a directive for this request; empty when it has none or is
 * longer than it may be. */
static struct ab_slice
directive(start_t *s, ngx_http_complex_value_t *value, size_t max)
{
    ngx_str_t  text;

    if (value == NULL
        || ngx_http_complex_value(s->request, value, &text) != NGX_OK
        || text.len > max)
    {
        return ab_slice(NULL, 0);
    }
    return ngx_http_auth_broker_slice(&text);
}


/* A location's own hint always wins, also over none (T-LG15). The request's
 * may be empty, which switches the realm's default provider off. */
static void
add_hints(start_t *s, struct ab_buf *url)
{
    struct ab_slice  v;

    if (s->lcf->idp_hint != NULL) {
        v = directive(s, s->lcf->idp_hint, AB_MAX_IDP_HINT);
        if (v.len != 0 && hint_is_alias(v)) {
            ab_uri_add_param(url, "kc_idp_hint", v);
        }
    } else if (s->lcf->idp_hint_arg && s->rec->has_idp_hint) {
        ab_uri_add_param(url, "kc_idp_hint",
                         ngx_http_auth_broker_slice(&s->rec->idp_hint));
    }
    v = directive(s, s->lcf->login_hint, AB_MAX_LOGIN_HINT);
    if (v.len != 0) {
        ab_uri_add_param(url, "login_hint", v);
    }
    v = directive(s, s->lcf->prompt, AB_MAX_LOGIN_HINT);
    if (v.len != 0) {
        ab_uri_add_param(url, "prompt", v);
    }
}


/* A fresh attempt for one that went wrong asks what that one asked: the
 * callback is in no location of its own. */
static enum ab_err
start_asks(start_t *s)
{
    struct ab_buf  out;
    char          *mem;

    if (s->before != NULL) {
        s->asks = s->before->asks;
        s->attempt.asks = s->asks;
        return AB_OK;
    }
    mem = ngx_pnalloc(s->request->pool, ASKS_MAX);
    if (mem == NULL) {
        return AB_E_NOMEM;
    }
    ab_buf_init_fixed(&out, mem, ASKS_MAX);
    ab_buf_add_byte(&out, '?');
    add_hints(s, &out);
    if (out.failed) {
        return AB_E_INTERNAL;
    }
    if (out.len > 1) {
        out.p[0] = '&';
        s->asks = ab_buf_slice(&out);
    }
    if (s->asks.len <= ASKS_KEPT) {
        s->attempt.asks = s->asks;
    }
    return AB_OK;
}


static enum ab_err
start_location(start_t *s)
{
    struct ab_buf  url, back;
    char          *mem;

    mem = ngx_pnalloc(s->request->pool, 2 * AB_MAX_URI);
    if (mem == NULL) {
        return AB_E_NOMEM;
    }
    ab_buf_init_fixed(&url, mem, AB_MAX_URI);
    ab_buf_init_fixed(&back, mem + AB_MAX_URI, AB_MAX_URI);
    ab_buf_add(&back, ngx_http_auth_broker_slice(&s->origin.text));
    ab_buf_add_str(&back, NGX_HTTP_AUTH_BROKER_CALLBACK);
    ab_buf_add(&url, ngx_http_auth_broker_slice(&s->realm.auth_url));
    ab_uri_add_param(&url, "response_type", AB_S("code"));
    ab_uri_add_param(&url, "client_id", s->attempt.client);
    ab_uri_add_param(&url, "redirect_uri", ab_buf_slice(&back));
    ab_uri_add_param(&url, "scope", AB_S(SCOPE));
    ab_uri_add_param(&url, "state", ngx_http_auth_broker_slice(&s->state));
    ab_uri_add_param(&url, "nonce", s->attempt.nonce);
    add_challenge(&url, s->attempt.verifier);
    ab_buf_add(&url, s->asks);
    s->location.data = (u_char *) url.p;
    s->location.len = url.len;
    return url.failed || back.failed ? AB_E_INTERNAL : AB_OK;
}


/* Last, so that no other answer than the redirect carries it. */
static enum ab_err
start_cookie(start_t *s)
{
    struct ab_buf  out;
    ngx_str_t      value;
    u_char        *mem;

    if (!s->is_new_binding) {
        return AB_OK;
    }
    mem = ngx_pnalloc(s->request->pool, 256);
    if (mem == NULL) {
        return AB_E_NOMEM;
    }
    ab_buf_init_fixed(&out, mem, 256);
    ab_cookie_format(&out, ngx_http_auth_broker_slice(&s->origin.login_cookie),
                     ab_slice(s->binding, sizeof(s->binding)), "/",
                     AB_COOKIE_HTTP_ONLY | AB_COOKIE_LAX
                     | (s->origin.is_https ? AB_COOKIE_SECURE : 0), -1);
    value.data = mem;
    value.len = out.len;
    if (out.failed
        || ngx_http_auth_broker_out_header(s->request, "Set-Cookie", &value)
           != NGX_OK)
    {
        return AB_E_NOMEM;
    }
    return AB_OK;
}


/* /.auth/login?return=/path. It ends at the return path, whatever that is:
 * never here again (ab_return_path_ok). */
ngx_int_t
ngx_http_auth_broker_login_page(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec)
{
    ngx_http_auth_broker_query_t  query;
    struct ab_slice               back;
    ngx_str_t                     path = ngx_string("/");
    enum ab_err                   err;

    if (!ngx_http_auth_broker_is_navigation(r)) {
        return ngx_http_auth_broker_deny(r, rec, AB_E_NO_CREDENTIAL);
    }
    if (ngx_http_auth_broker_hint_take(r, rec) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    err = ngx_http_auth_broker_query(r, &query);
    if (err != AB_OK) {
        return ngx_http_auth_broker_error_page(r, rec, err, NULL);
    }
    back = ngx_http_auth_broker_query_get(&query, "return");
    if (back.len != 0) {
        path.data = (u_char *) back.p;
        path.len = back.len;
    }
    return ngx_http_auth_broker_login(r, rec, &path, NULL);
}
