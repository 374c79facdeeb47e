/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_callback.c - /.auth/callback: finish a login.
 *
 * Every refusal before LOGIN_COMPLETE leaves the code unspent. A page that
 * refuses offers to start again; a fresh attempt is made unasked once at
 * most, as the sealed retry flag tells.
 */
#include "ngx_http_auth_broker_ask.h"
#include "ngx_http_auth_broker_login.h"
#include "ngx_http_auth_broker_marks.h"
#include "ngx_http_auth_broker_zone.h"
#include "ab_attempt.h"
#include "ab_ct.h"

typedef enum {
    REDEEMING = 1,      /* LOGIN_COMPLETE is in flight */
    REDEEMED,           /* its answer is in err and cookie */
    LOOKING             /* the code was spent: is there a session? */
} step_e;

typedef struct {
    ngx_http_request_t             *request;
    ngx_http_auth_broker_rec_t     *rec;
    step_e                          step;
    ngx_http_auth_broker_origin_t   origin;
    ngx_http_auth_broker_realm_t    realm;
    ngx_http_auth_broker_query_t    query;
    ngx_http_auth_broker_loc_conf_t lcf;        /* to look for a session */
    struct ab_attempt               attempt;    /* points into the pool */
    unsigned                        is_open:1;  /* attempt was opened */
    uint8_t                         old_key[AB_SHA256_LEN];
    unsigned                        has_old:1;
    enum ab_err                     err;
    struct ab_slice                 cookie;
} callback_t;


static ngx_int_t callback_start(callback_t *cb);
static ngx_int_t callback_redeem(callback_t *cb);
static ngx_int_t callback_end(callback_t *cb);
static ngx_int_t callback_look(callback_t *cb);


ngx_int_t
ngx_http_auth_broker_callback_page(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec)
{
    callback_t  *cb = rec->page;

    if (rec->ask != NULL) {
        return NGX_DONE;                /* called again while waiting */
    }
    if (cb != NULL) {
        return cb->step == REDEEMED ? callback_end(cb) : callback_look(cb);
    }
    cb = ngx_pcalloc(r->pool, sizeof(callback_t));
    if (cb == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    cb->request = r;
    cb->rec = rec;
    rec->page = cb;
    return callback_start(cb);
}


static ngx_int_t
refuse(callback_t *cb, enum ab_err err)
{
    struct ab_slice  path = ab_slice(NULL, 0);

    if (cb->is_open) {
        path = cb->attempt.return_path;
    }
    return ngx_http_auth_broker_error_page(cb->request, cb->rec, err,
               ngx_http_auth_broker_login_again(cb->request, path));
}


/* One fresh attempt, the second time the page. */
static ngx_int_t
retry(callback_t *cb, enum ab_err err)
{
    ngx_str_t  path;

    if (cb->attempt.is_retry) {
        return refuse(cb, err);
    }
    ngx_log_error(NGX_LOG_INFO, cb->request->connection->log, 0,
                  "auth_broker: the sign-in starts again reason=%s",
                  ab_err_reason(err));
    path.data = (u_char *) cb->attempt.return_path.p;
    path.len = cb->attempt.return_path.len;
    return ngx_http_auth_broker_login(cb->request, cb->rec, &path,
                                      &cb->attempt);
}


static enum ab_err
open_where(callback_t *cb)
{
    ngx_http_auth_broker_main_conf_t  *mcf;
    ngx_http_auth_broker_srv_conf_t   *scf;
    enum ab_err                        err;

    mcf = ngx_http_get_module_main_conf(cb->request,
                                        ngx_http_auth_broker_module);
    scf = ngx_http_get_module_srv_conf(cb->request,
                                       ngx_http_auth_broker_module);
    err = ngx_http_auth_broker_origin(cb->request, &cb->origin);
    if (err != AB_OK) {
        return err;
    }
    return ngx_http_auth_broker_realm(mcf, &scf->realm, cb->request->pool,
                                      &cb->realm);
}


/* Sealed for this origin, so host A's attempt does not open at B; realm and
 * client are compared because two servers may share an origin (T-LG14). */
static enum ab_err
open_state(callback_t *cb)
{
    ngx_http_auth_broker_main_conf_t  *mcf;
    ngx_http_auth_broker_srv_conf_t   *scf;
    const struct ab_seal_ring         *ring;
    struct ab_slice                    state;
    struct ab_buf                      plain;
    enum ab_err                        err;
    char                              *mem;

    state = ngx_http_auth_broker_query_get(&cb->query, "state");
    if (state.len == 0) {
        return AB_E_CALLBACK_PARAMS;
    }
    mcf = ngx_http_get_module_main_conf(cb->request,
                                        ngx_http_auth_broker_module);
    scf = ngx_http_get_module_srv_conf(cb->request,
                                       ngx_http_auth_broker_module);
    ring = ngx_http_auth_broker_seal_ring(mcf);
    mem = ngx_pnalloc(cb->request->pool, AB_MAX_STATE);
    if (ring->n == 0 || mem == NULL) {
        return mem == NULL ? AB_E_NOMEM : AB_E_EDGE_DOWN;
    }
    ab_buf_init_fixed(&plain, mem, AB_MAX_STATE);
    err = ab_attempt_open(ring, ngx_http_auth_broker_slice(&cb->origin.text),
                          state, (uint64_t) ngx_time(), &plain, &cb->attempt);
    if (err != AB_OK) {
        return err;
    }
    if (!ab_slice_eq(cb->attempt.realm_id,
                     ngx_http_auth_broker_slice(&cb->realm.id))
        || !ab_slice_eq(cb->attempt.client,
                        ngx_http_auth_broker_slice(&scf->client)))
    {
        return AB_E_ATTEMPT_OTHER;
    }
    cb->is_open = 1;
    return AB_OK;
}


/* AB_E_ATTEMPT_COOKIE: it sent none; AB_E_ATTEMPT_BROWSER: another one, as
 * parallel first tabs do, or somebody was sent a foreign link (T-LG7). */
static enum ab_err
check_browser(callback_t *cb)
{
    uint8_t          browser[AB_SHA256_LEN];
    struct ab_slice  cookie;

    cookie = ngx_http_auth_broker_slice(cb->origin.is_https
                                        ? &cb->rec->login
                                        : &cb->rec->login_http);
    if (cookie.len == 0) {
        return AB_E_ATTEMPT_COOKIE;
    }
    if (!ab_attempt_browser(browser, cookie)) {
        return AB_E_INTERNAL;
    }
    return ab_ct_equal(browser, sizeof(browser), cb->attempt.browser,
                       sizeof(cb->attempt.browser))
           ? AB_OK : AB_E_ATTEMPT_BROWSER;
}


/* RFC 9207 section 2.4. */
static enum ab_err
check_issuer(callback_t *cb)
{
    const struct ab_param  *iss;
    size_t                  count;

    iss = ab_form_find(cb->query.params, cb->query.n, "iss", &count);
    if (count == 0) {
        return AB_OK;
    }
    return iss != NULL          /* NULL: two of them */
           && ab_slice_eq(iss->value,
                          ngx_http_auth_broker_slice(&cb->realm.issuer))
           ? AB_OK : AB_E_CALLBACK_ISSUER;
}


/* The realm refused. What time cured may be tried again unasked: it says so
 * when the login page was left open too long (error_description
 * authentication_expired). */
static ngx_int_t
realm_error(callback_t *cb, struct ab_slice error)
{
    struct ab_slice  what;

    what = ngx_http_auth_broker_query_get(&cb->query, "error_description");
    if (ab_slice_eq_str(error, "temporarily_unavailable")
        || ab_slice_eq_str(what, "authentication_expired"))
    {
        return retry(cb, AB_E_CALLBACK_ERROR);
    }
    return refuse(cb, ab_slice_eq_str(error, "access_denied")
                      ? AB_E_ACCESS_DENIED : AB_E_CALLBACK_ERROR);
}


static ngx_int_t
callback_start(callback_t *cb)
{
    enum ab_err      err;
    struct ab_slice  error;

    err = open_where(cb);
    if (err == AB_OK) {
        err = ngx_http_auth_broker_query(cb->request, &cb->query);
    }
    if (err == AB_OK) {
        err = open_state(cb);
    }
    if (err == AB_E_ATTEMPT_EXPIRED) {
        cb->err = err;                  /* a back button after a while */
        return callback_look(cb);
    }
    if (err == AB_OK) {
        err = check_browser(cb);
    }
    if (err == AB_E_ATTEMPT_BROWSER) {
        return retry(cb, err);
    }
    if (err == AB_OK) {
        err = check_issuer(cb);
    }
    if (err != AB_OK) {
        return refuse(cb, err);
    }
    error = ngx_http_auth_broker_query_get(&cb->query, "error");
    return error.len != 0 ? realm_error(cb, error) : callback_redeem(cb);
}


/* ---- the code ---- */

static void
add_old_session(callback_t *cb, struct ab_buf *fields)
{
    uint8_t  raw[AB_COOKIE_RAW];
    char     sid[AB_SID_TEXT];

    if (ngx_http_auth_broker_own_cookie(cb->request, cb->rec, &cb->origin,
                                        cb->attempt.realm_id, raw)
        != AB_OK
        || !ab_credential_key(cb->old_key, AB_CRED_SESSION,
                              cb->attempt.realm_id,
                              ab_slice(raw, sizeof(raw))))
    {
        return;
    }
    cb->has_old = 1;
    ab_session_cookie_sid(raw, sid);
    ab_wire_add(fields, AB_TAG_OLD_KEY, ab_slice(cb->old_key, AB_SHA256_LEN));
    ab_wire_add(fields, AB_TAG_OLD_SID, ab_slice(sid, sizeof(sid)));
}


static enum ab_err
login_fields(callback_t *cb, struct ab_slice code, struct ab_buf *fields)
{
    uint8_t  key[AB_SHA256_LEN];

    if (!ab_credential_key(key, AB_CRED_CODE, cb->attempt.realm_id, code)) {
        return AB_E_INTERNAL;
    }
    ab_wire_add(fields, AB_TAG_KEY, ab_slice(key, sizeof(key)));
    ab_wire_add(fields, AB_TAG_REALM_ID, cb->attempt.realm_id);
    ab_wire_add(fields, AB_TAG_CLIENT, cb->attempt.client);
    ab_wire_add(fields, AB_TAG_ORIGIN,
                ngx_http_auth_broker_slice(&cb->origin.text));
    ab_wire_add(fields, AB_TAG_CODE, code);
    ab_wire_add(fields, AB_TAG_VERIFIER, cb->attempt.verifier);
    ab_wire_add(fields, AB_TAG_NONCE, cb->attempt.nonce);
    add_old_session(cb, fields);
    return fields->failed ? AB_E_NOMEM : AB_OK;
}


/* A cookie and an identity that belong together, and to this realm. Stored
 * by the way; a mark that is newer than the answer refuses that, and the
 * next request asks. */
static enum ab_err
take_session(callback_t *cb, struct ab_slice payload)
{
    ngx_http_auth_broker_main_conf_t  *mcf;
    const struct ab_mac_key           *keys;
    struct ab_slice                    cookie;
    uint8_t                            raw[AB_COOKIE_RAW];
    uint8_t                            key[AB_SHA256_LEN];
    enum ab_err                        err;
    size_t                             n;

    mcf = ngx_http_get_module_main_conf(cb->request,
                                        ngx_http_auth_broker_module);
    keys = ngx_http_auth_broker_mac_keys(mcf, &n);
    cookie = ab_wire_get(payload, AB_TAG_COOKIE);
    if (ab_session_cookie_decode(cookie, raw) != AB_OK
        || ab_session_cookie_check(raw, cb->attempt.realm_id, keys, n) != AB_OK
        || !ab_credential_key(key, AB_CRED_SESSION, cb->attempt.realm_id,
                              ab_slice(raw, sizeof(raw))))
    {
        return AB_E_EDGE_MISMATCH;
    }
    err = ngx_http_auth_broker_zone_insert(mcf, key,
              ab_wire_get(payload, AB_TAG_IDENTITY),
              ab_wire_get_u64(payload, AB_TAG_EXPIRY),
              ab_wire_get(payload, AB_TAG_POSITION));
    if (err != AB_OK && err != AB_E_EDGE_STALE) {
        return AB_E_EDGE_MISMATCH;
    }
    cb->cookie.p = ngx_pnalloc(cb->request->pool, cookie.len);
    if (cb->cookie.p == NULL) {
        return AB_E_NOMEM;
    }
    ngx_memcpy((u_char *) cb->cookie.p, cookie.p, cookie.len);
    cb->cookie.len = cookie.len;
    return AB_OK;
}


static void
redeemed(ngx_http_request_t *r, ngx_http_auth_broker_rec_t *rec,
    enum ab_err err, struct ab_slice payload)
{
    callback_t  *cb = rec->page;

    cb->step = REDEEMED;
    cb->err = err == AB_OK ? take_session(cb, payload) : err;
    if (cb->err == AB_E_EDGE_MISMATCH) {
        ngx_http_auth_broker_ask_distrust(r);
    }
}


static ngx_int_t
callback_redeem(callback_t *cb)
{
    struct ab_slice  code;
    struct ab_buf    fields;
    enum ab_err      err;
    ngx_int_t        rc = NGX_ERROR;

    code = ngx_http_auth_broker_query_get(&cb->query, "code");
    if (code.len == 0 || code.len > AB_MAX_PARAM) {
        return refuse(cb, AB_E_CALLBACK_PARAMS);
    }
    ab_buf_init(&fields, AB_MAX_URI + AB_MAX_STATE);
    err = login_fields(cb, code, &fields);
    if (err == AB_OK) {
        rc = ngx_http_auth_broker_ask(cb->request, cb->rec,
                                      AB_MSG_LOGIN_COMPLETE,
                                      ab_buf_slice(&fields),
                                      AB_LOGIN_TIMEOUT_MS, redeemed, &err);
    }
    ab_buf_clear(&fields);
    if (rc != NGX_AGAIN) {
        return refuse(cb, err);
    }
    cb->step = REDEEMING;
    return NGX_DONE;
}


static ngx_int_t
callback_done(callback_t *cb)
{
    ngx_http_auth_broker_main_conf_t  *mcf;
    ngx_str_t                          path;

    if (cb->has_old) {
        mcf = ngx_http_get_module_main_conf(cb->request,
                                            ngx_http_auth_broker_module);
        ngx_http_auth_broker_zone_delete(mcf, cb->old_key);
    }
    if (ngx_http_auth_broker_set_session(cb->request, &cb->origin, cb->cookie)
        != NGX_OK)
    {
        return refuse(cb, AB_E_NOMEM);
    }
    path.data = (u_char *) cb->attempt.return_path.p;
    path.len = cb->attempt.return_path.len;
    return ngx_http_auth_broker_redirect(cb->request, &path);
}


static ngx_int_t
callback_end(callback_t *cb)
{
    switch (cb->err) {
    case AB_OK:
        return callback_done(cb);
    case AB_E_CODE_USED:
    case AB_E_CODE_INVALID:
        return callback_look(cb);       /* a back button */
    case AB_E_EDGE_DOWN:
        return retry(cb, cb->err);      /* the code may be spent */
    default:
        return refuse(cb, cb->err);
    }
}


/* The answer was used before: with a session the browser goes where it
 * wanted to, without one a page says what happened. */
static ngx_int_t
callback_look(callback_t *cb)
{
    ngx_http_auth_broker_srv_conf_t  *scf;
    ngx_str_t                         path = ngx_string("/");

    if (cb->step != LOOKING) {
        scf = ngx_http_get_module_srv_conf(cb->request,
                                           ngx_http_auth_broker_module);
        if (scf->page == NULL) {
            return refuse(cb, cb->err);
        }
        cb->lcf = *scf->page;
        cb->lcf.accept = NGX_HTTP_AUTH_BROKER_SESSION;
        cb->step = LOOKING;
    }
    if (ngx_http_auth_broker_identify(cb->request, cb->rec, &cb->lcf, 1)
        == NGX_AGAIN)
    {
        return NGX_DONE;
    }
    if (cb->rec->state != NGX_HTTP_AUTH_BROKER_KNOWN) {
        return refuse(cb, cb->err);
    }
    if (cb->is_open) {
        path.data = (u_char *) cb->attempt.return_path.p;
        path.len = cb->attempt.return_path.len;
    }
    return ngx_http_auth_broker_redirect(cb->request, &path);
}
