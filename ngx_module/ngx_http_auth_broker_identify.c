/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_identify.c - find out who asks, by cookie or bearer:
 * from the zone, from the token itself, or from the daemon.
 *
 * A state machine over rec->state. NGINX may call a phase handler at any
 * time (any write event does), so a call while WAITING changes nothing.
 */
#include "ngx_http_auth_broker_identify.h"
#include "ngx_http_auth_broker_ask.h"
#include "ngx_http_auth_broker_bearer.h"
#include "ngx_http_auth_broker_pages.h"
#include "ngx_http_auth_broker_worker.h"
#include "ngx_http_auth_broker_zone.h"
#include "ab_session_cookie.h"


typedef ngx_http_auth_broker_who_t  who_t;


static struct ab_slice
slice_of(const ngx_str_t *s)
{
    return ab_slice(s->data, s->len);
}


/* Final: who cannot be told is nobody, what cannot be decided is failed. */
ngx_int_t
ngx_http_auth_broker_settle(ngx_http_auth_broker_rec_t *rec, enum ab_err why)
{
    ngx_int_t  status;

    status = ab_err_row(why)->status;
    rec->why = why;
    rec->err = why;
    rec->state = status == 401 || status == 400 ? NGX_HTTP_AUTH_BROKER_NOBODY
                                                : NGX_HTTP_AUTH_BROKER_FAILED;
    return NGX_OK;
}


/* As settle, for what the next moment may change: a variable read before
 * ACCESS leaves it open. */
static ngx_int_t
settle_asked(who_t *w, enum ab_err why)
{
    return w->may_ask ? settle(w->rec, why) : NGX_OK;
}


/* rec->id is this credential's, of this realm. */
static ngx_int_t
accept_identity(ngx_http_auth_broker_rec_t *rec, uint64_t expiry)
{
    if (!ab_slice_eq(rec->id.key, ab_slice(rec->key, sizeof(rec->key)))
        || !ab_slice_eq(rec->id.realm_id, slice_of(&rec->realm_id)))
    {
        return settle(rec, AB_E_EDGE_MISMATCH);
    }
    rec->expiry = expiry;
    rec->by_bearer = rec->asked_bearer;
    rec->why = AB_OK;
    rec->err = AB_OK;
    rec->state = NGX_HTTP_AUTH_BROKER_KNOWN;
    return NGX_OK;
}


ngx_int_t
ngx_http_auth_broker_known(ngx_http_auth_broker_rec_t *rec,
    struct ab_slice raw, uint64_t expiry)
{
    if (ab_identity_read(raw, &rec->id) != AB_OK) {
        return settle(rec, AB_E_EDGE_MISMATCH);
    }
    return accept_identity(rec, expiry);
}


/* ---- the zone ---- */

static void
find_realm(who_t *w)
{
    w->realm_err = ngx_http_auth_broker_realm(w->mcf, &w->lcf->realm,
                                              w->r->pool, &w->realm);
    if (w->realm_err == AB_OK) {
        w->rec->realm_id = w->realm.id;
        w->rec->issuer = w->realm.issuer;
    }
}


/* The zone key without a SHA-256, where this worker knew it lately. */
static ngx_uint_t
recall_key(who_t *w, ngx_http_auth_broker_memo_kind_e kind,
    const ngx_str_t *text)
{
    w->recalled = w->realm_err == AB_OK && w->mcf->worker != NULL
                  && ngx_http_auth_broker_memo_find(w->mcf->worker->memo,
                         kind, slice_of(&w->realm.id), slice_of(text),
                         w->tag, w->rec->key)
                     == NGX_OK;
    return w->recalled;
}


static enum ab_err
find_key(who_t *w, const char *kind, struct ab_slice credential)
{
    if (w->realm_err != AB_OK) {
        return w->realm_err;
    }
    return ab_credential_key(w->rec->key, kind, slice_of(&w->realm.id),
                             credential) ? AB_OK : AB_E_INTERNAL;
}


static ngx_int_t
look_up(who_t *w)
{
    ngx_http_auth_broker_hit_t  hit;

    if (ngx_http_auth_broker_zone_lookup(w->mcf, w->rec->key, w->r->pool,
                                         w->lcf->fresh, &w->rec->id, &hit)
        != AB_OK)
    {
        return NGX_DECLINED;
    }
    if (accept_identity(w->rec, hit.expiry) != NGX_OK
        || w->rec->state != NGX_HTTP_AUTH_BROKER_KNOWN)
    {
        return NGX_OK;
    }
    w->rec->is_hit = w->rec->asked == 0;
    if (!w->recalled && w->mcf->worker != NULL) {
        /* only what is known: strangers must not push others out */
        ngx_http_auth_broker_memo_add(w->mcf->worker->memo, w->tag,
                                      w->rec->key);
    }

    /* streams do not extend a session's idle time, requests do */
    if (!w->rec->by_bearer
        && ngx_time() - hit.touched >= AB_TOUCH_EVERY_S
        && ngx_http_auth_broker_zone_touch_due(w->mcf, w->rec->key))
    {
        ngx_http_auth_broker_touch(w->mcf, w->rec->key, w->rec->id.sid,
                                   w->rec->id.realm_id);
    }
    return NGX_OK;
}


/* ---- by cookie ---- */

/* A value whose MAC is not ours never leaves the worker: a million random
 * cookies cost the daemon nothing. */
static enum ab_err
check_mac(who_t *w, const uint8_t *raw)
{
    size_t                    n;
    const struct ab_mac_key  *keys;

    keys = ngx_http_auth_broker_mac_keys(w->mcf, &n);
    if (n == 0) {
        return AB_E_EDGE_DOWN;
    }
    return ab_session_cookie_check(raw, slice_of(&w->rec->realm_id), keys, n);
}


static enum ab_err
pick_cookie(who_t *w, ngx_str_t *ret_text)
{
    ngx_str_t                      *value;
    enum ab_err                     e;
    ngx_uint_t                      twice;
    ngx_http_auth_broker_origin_t   origin;

    e = ngx_http_auth_broker_origin(w->r, &origin);
    if (e != AB_OK) {
        return e;
    }
    value = origin.is_https ? &w->rec->cookie : &w->rec->cookie_http;
    twice = origin.is_https ? w->rec->cookie_twice
                            : w->rec->cookie_http_twice;
    if (value->len == 0 && !twice) {
        return AB_E_NO_CREDENTIAL;
    }
    if (twice) {
        return AB_E_COOKIE_TWICE;
    }
    *ret_text = *value;
    return AB_OK;
}


static ngx_int_t
by_session(who_t *w)
{
    uint8_t      raw[AB_COOKIE_RAW];
    ngx_str_t    text;
    enum ab_err  e;

    e = pick_cookie(w, &text);
    if (e != AB_OK) {
        return settle(w->rec, e);
    }
    if (!recall_key(w, NGX_HTTP_AUTH_BROKER_MEMO_SESSION, &text)) {
        e = ab_session_cookie_decode(slice_of(&text), raw);
        if (e != AB_OK) {
            return settle(w->rec, e);
        }
        e = find_key(w, AB_CRED_SESSION, ab_slice(raw, sizeof(raw)));
        if (e != AB_OK) {
            return settle_asked(w, e);
        }
    }
    if (look_up(w) == NGX_OK || !w->may_ask) {
        return NGX_OK;
    }
    e = ab_session_cookie_decode(slice_of(&text), raw);
    if (e == AB_OK) {
        e = check_mac(w, raw);
    }
    return e == AB_OK ? ngx_http_auth_broker_inquire_session(w, raw)
                      : settle(w->rec, e);
}


/* ---- by bearer ---- */

/* Only the daemon can tell while the position is not confirmed. */
static enum ab_err
check_marks(who_t *w, struct ab_slice jti, uint64_t iat)
{
    if (!ngx_http_auth_broker_position_fresh(w->mcf, w->lcf->fresh)) {
        return AB_E_STORE_ABSENT;
    }
    return ngx_http_auth_broker_marks_check(w->mcf, &w->rec->id, jti, iat);
}


/*
 * The position is read before the marks are: what ends in between refuses
 * the insert.
 */
static ngx_int_t
verify_bearer(who_t *w)
{
    char             position[64];
    size_t           len;
    uint64_t         expiry, iat;
    enum ab_err      e;
    struct ab_slice  raw, jti;

    e = ngx_http_auth_broker_bearer_verify(w->r, w->mcf, w->lcf, &w->realm,
                                           &w->rec->bearer, w->rec->key,
                                           &raw, &expiry, &jti, &iat);
    if (e == AB_OK) {
        e = ab_identity_read(raw, &w->rec->id);
    }
    if (e != AB_OK) {
        return settle(w->rec, e);
    }
    w->rec->expiry = expiry;

    len = ngx_http_auth_broker_position(w->mcf, position, sizeof(position));
    e = check_marks(w, jti, iat);
    if (e == AB_E_STORE_ABSENT) {
        return ngx_http_auth_broker_inquire_token(w, jti, iat);
    }
    if (e != AB_OK) {
        return settle(w->rec, e);
    }
    (void) known_anew(w->r, w->rec, raw, expiry, ab_slice(position, len));
    return w->rec->state == NGX_HTTP_AUTH_BROKER_NEW
           ? ngx_http_auth_broker_inquire_token(w, jti, iat) : NGX_OK;
}


static ngx_int_t
by_bearer(who_t *w)
{
    enum ab_err  e;

    if (!w->rec->has_bearer) {
        return settle(w->rec, AB_E_NO_CREDENTIAL);
    }
    if (w->rec->bearer_bad) {
        return settle(w->rec, AB_E_TOKEN_FORMAT);
    }
    if (!recall_key(w, NGX_HTTP_AUTH_BROKER_MEMO_BEARER, &w->rec->bearer)) {
        e = find_key(w, AB_CRED_BEARER, slice_of(&w->rec->bearer));
        if (e != AB_OK) {
            return settle_asked(w, e);
        }
    }
    if (look_up(w) == NGX_OK || !w->may_ask) {
        return NGX_OK;
    }

    /* no key at all: the daemon has not told them yet */
    if (ngx_http_auth_broker_public_keys(w->mcf, slice_of(&w->rec->realm_id))
        ->n == 0)
    {
        return settle(w->rec, AB_E_EDGE_DOWN);
    }
    return verify_bearer(w);
}


/* ---- the very first start ---- */

static void
ready_answer(ngx_http_request_t *r, ngx_http_auth_broker_rec_t *rec,
    enum ab_err err, struct ab_slice payload)
{
    (void) r;
    (void) err;
    (void) payload;
    rec->ask_time += ngx_current_msec - rec->ask_start;
    rec->state = NGX_HTTP_AUTH_BROKER_NEW;
}


ngx_int_t
ngx_http_auth_broker_wait_realm(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec, ngx_http_auth_broker_loc_conf_t *lcf)
{
    ngx_int_t                          rc;
    enum ab_err                        e;
    ngx_http_auth_broker_realm_t       realm;
    ngx_http_auth_broker_main_conf_t  *mcf;

    mcf = ngx_http_get_module_main_conf(r, ngx_http_auth_broker_module);
    if (rec->waited
        || ngx_http_auth_broker_realm(mcf, &lcf->realm, r->pool, &realm)
           != AB_E_REALM_UNKNOWN)
    {
        return NGX_OK;
    }
    rec->waited = 1;
    rec->ask_start = ngx_current_msec;
    rc = ngx_http_auth_broker_ask_ready(r, rec, lcf->timeout, ready_answer,
                                        &e);
    if (rc != NGX_AGAIN) {
        return NGX_OK;
    }
    rec->state = NGX_HTTP_AUTH_BROKER_WAITING;
    return NGX_AGAIN;
}


static ngx_uint_t
has_credential(ngx_http_auth_broker_rec_t *rec, ngx_uint_t bearer)
{
    return bearer ? rec->bearer.len > 0
                  : rec->cookie.len > 0 || rec->cookie_http.len > 0;
}


/* Another location may ask for another credential or another realm. */
static ngx_uint_t
is_answered(ngx_http_auth_broker_rec_t *rec,
    ngx_http_auth_broker_loc_conf_t *lcf, ngx_uint_t bearer)
{
    return rec->state != NGX_HTTP_AUTH_BROKER_NEW
           && rec->asked_bearer == bearer
           && rec->realm.len == lcf->realm.len
           && ngx_memcmp(rec->realm.data, lcf->realm.data, lcf->realm.len)
              == 0;
}


ngx_int_t
ngx_http_auth_broker_identify(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec, ngx_http_auth_broker_loc_conf_t *lcf,
    ngx_uint_t may_ask)
{
    who_t       w;
    ngx_uint_t  bearer;

    if (rec->state == NGX_HTTP_AUTH_BROKER_WAITING) {
        return may_ask ? NGX_AGAIN : NGX_OK;
    }
    bearer = (lcf->accept & NGX_HTTP_AUTH_BROKER_BEARER)
             && (rec->has_bearer
                 || lcf->accept == NGX_HTTP_AUTH_BROKER_BEARER);
    if (is_answered(rec, lcf, bearer)) {
        return NGX_OK;
    }
    if (rec->state != NGX_HTTP_AUTH_BROKER_NEW) {
        rec->asked = 0;
    }

    rec->state = NGX_HTTP_AUTH_BROKER_NEW;
    rec->fits = NULL;
    rec->asked_bearer = bearer;
    rec->realm = lcf->realm;
    w.r = r;
    w.rec = rec;
    w.lcf = lcf;
    w.mcf = ngx_http_get_module_main_conf(r, ngx_http_auth_broker_module);
    w.may_ask = may_ask;
    find_realm(&w);
    if (may_ask && w.realm_err != AB_OK && has_credential(rec, bearer)
        && ngx_http_auth_broker_wait_realm(r, rec, lcf) == NGX_AGAIN)
    {
        return NGX_AGAIN;
    }
    return bearer ? by_bearer(&w) : by_session(&w);
}
