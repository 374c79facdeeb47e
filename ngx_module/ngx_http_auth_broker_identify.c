/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_identify.c - find out who asks, by cookie or bearer:
 * from the zone, from the token itself, or from the daemon.
 *
 * A state machine over rec->state. NGINX may call a phase handler at any
 * time (any write event does), so a call while WAITING changes nothing.
 */
#include "ngx_http_auth_broker_ask.h"
#include "ngx_http_auth_broker_bearer.h"
#include "ngx_http_auth_broker_marks.h"
#include "ngx_http_auth_broker_pages.h"
#include "ngx_http_auth_broker_zone.h"
#include "ab_session_cookie.h"


/* An answer older than a mark is asked again, this often at most. */
#define ASK_MAX  3

/* What one identification works with. */
typedef struct {
    ngx_http_request_t                *r;
    ngx_http_auth_broker_rec_t        *rec;
    ngx_http_auth_broker_loc_conf_t   *lcf;
    ngx_http_auth_broker_main_conf_t  *mcf;
    ngx_uint_t                         may_ask;
    ngx_http_auth_broker_realm_t       realm;
} who_t;


static struct ab_slice
slice_of(const ngx_str_t *s)
{
    return ab_slice(s->data, s->len);
}


/* Final: who cannot be told is nobody, what cannot be decided is failed. */
static ngx_int_t
settle(ngx_http_auth_broker_rec_t *rec, enum ab_err why)
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


static ngx_int_t
known(ngx_http_auth_broker_rec_t *rec, struct ab_slice raw, uint64_t expiry)
{
    if (ab_identity_read(raw, &rec->id) != AB_OK
        || !ab_slice_eq(rec->id.key, ab_slice(rec->key, sizeof(rec->key)))
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


/* Put it into the zone as well: a mark that came meanwhile refuses it. */
static ngx_int_t
known_anew(ngx_http_request_t *r, ngx_http_auth_broker_rec_t *rec,
    struct ab_slice raw, uint64_t expiry, struct ab_slice position)
{
    enum ab_err                        e;
    ngx_http_auth_broker_main_conf_t  *mcf;

    if (known(rec, raw, expiry) != NGX_OK
        || rec->state != NGX_HTTP_AUTH_BROKER_KNOWN)
    {
        return NGX_OK;
    }
    mcf = ngx_http_get_module_main_conf(r, ngx_http_auth_broker_module);
    e = ngx_http_auth_broker_zone_insert(mcf, rec->key, raw, expiry,
                                         position);
    if (e == AB_OK) {
        return NGX_OK;
    }
    if (e == AB_E_EDGE_STALE && rec->asked < ASK_MAX) {
        rec->state = NGX_HTTP_AUTH_BROKER_NEW;
        return NGX_OK;
    }
    return settle(rec, e == AB_E_EDGE_STALE ? e : AB_E_EDGE_MISMATCH);
}


/* ---- answers ---- */

static ngx_int_t
copy_raw(ngx_http_request_t *r, struct ab_slice in, struct ab_slice *ret)
{
    u_char  *p;

    p = ngx_pnalloc(r->pool, in.len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }
    ngx_memcpy(p, in.p, in.len);
    *ret = ab_slice(p, in.len);
    return NGX_OK;
}


/* `raw` belongs to the pool. */
static void
answered(ngx_http_request_t *r, ngx_http_auth_broker_rec_t *rec,
    struct ab_slice payload, struct ab_slice raw, uint64_t expiry)
{
    if (expiry <= (uint64_t) ngx_time()) {
        settle(rec, rec->asked_bearer ? AB_E_TOKEN_EXPIRED
                                      : AB_E_SESSION_EXPIRED);
        return;
    }
    (void) known_anew(r, rec, raw, expiry,
                      ab_wire_get(payload, AB_TAG_POSITION));
}


static void
session_answer(ngx_http_request_t *r, ngx_http_auth_broker_rec_t *rec,
    enum ab_err err, struct ab_slice payload)
{
    struct ab_slice  raw;

    rec->ask_time += ngx_current_msec - rec->ask_start;
    if (err != AB_OK) {
        settle(rec, err);
        return;
    }
    if (copy_raw(r, ab_wire_get(payload, AB_TAG_IDENTITY), &raw) != NGX_OK) {
        settle(rec, AB_E_NOMEM);
        return;
    }
    answered(r, rec, payload, raw, ab_wire_get_u64(payload, AB_TAG_EXPIRY));
}


/* Fields of the answer take the place of the token's; roles always do. */
static void
merge_identity(struct ab_slice token, struct ab_slice given,
    struct ab_buf *out)
{
    uint16_t          tag;
    struct ab_slice   v;
    struct ab_fields  f;

    for (f = ab_fields(token); ab_fields_next(&f, &tag, &v); ) {
        if (tag != AB_TAG_ROLE
            && ab_wire_get(given, (enum ab_wire_tag) tag).p == NULL)
        {
            ab_wire_add(out, (enum ab_wire_tag) tag, v);
        }
    }
    ab_buf_add(out, given);
}


/*
 * The daemon tells which of the token's roles still hold; a role it does not
 * name is gone. The token's own expiry stays the limit.
 */
static void
token_answer(ngx_http_request_t *r, ngx_http_auth_broker_rec_t *rec,
    enum ab_err err, struct ab_slice payload)
{
    u_char           *mem;
    size_t            size;
    uint64_t          expiry;
    struct ab_buf     out;
    struct ab_slice   given;

    rec->ask_time += ngx_current_msec - rec->ask_start;
    if (err != AB_OK) {
        settle(rec, err);
        return;
    }
    given = ab_wire_get(payload, AB_TAG_IDENTITY);
    size = rec->id.raw.len + given.len;
    mem = ngx_pnalloc(r->pool, size);
    if (mem == NULL) {
        settle(rec, AB_E_NOMEM);
        return;
    }
    ab_buf_init_fixed(&out, mem, size);
    merge_identity(rec->id.raw, given, &out);
    if (out.failed) {
        settle(rec, AB_E_EDGE_MISMATCH);
        return;
    }

    expiry = ab_wire_get_u64(payload, AB_TAG_EXPIRY);
    if (expiry == 0 || expiry > rec->expiry) {
        expiry = rec->expiry;
    }
    answered(r, rec, payload, ab_buf_slice(&out), expiry);
}


/* ---- questions ---- */

static ngx_int_t
ask(who_t *w, uint16_t type, struct ab_buf *fields,
    ngx_http_auth_broker_answer_pt answer)
{
    ngx_int_t    rc;
    enum ab_err  e;

    if (fields->failed) {
        return settle(w->rec, AB_E_NOMEM);
    }
    w->rec->asked++;
    w->rec->ask_start = ngx_current_msec;
    rc = ngx_http_auth_broker_ask(w->r, w->rec, type, ab_buf_slice(fields),
                                  w->lcf->timeout, answer, &e);
    if (rc != NGX_AGAIN) {
        return settle(w->rec, e);
    }
    w->rec->state = NGX_HTTP_AUTH_BROKER_WAITING;
    return NGX_AGAIN;
}


static ngx_int_t
ask_session(who_t *w, const uint8_t *raw)
{
    char           sid[AB_SID_TEXT];
    uint8_t        mem[1024];
    struct ab_buf  fields;

    ab_session_cookie_sid(raw, sid);
    ab_buf_init_fixed(&fields, mem, sizeof(mem));
    ab_wire_add(&fields, AB_TAG_KEY,
                ab_slice(w->rec->key, sizeof(w->rec->key)));
    ab_wire_add(&fields, AB_TAG_SID, ab_slice(sid, sizeof(sid)));
    ab_wire_add(&fields, AB_TAG_REALM_ID, slice_of(&w->rec->realm_id));
    return ask(w, AB_MSG_SESSION_GET, &fields, session_answer);
}


static ngx_int_t
ask_token(who_t *w, struct ab_slice jti, uint64_t iat)
{
    u_char              *mem;
    size_t               pos, size;
    struct ab_buf        fields;
    struct ab_slice      role;
    struct ab_identity  *id = &w->rec->id;

    size = id->raw.len + jti.len + 1024;
    mem = ngx_pnalloc(w->r->pool, size);
    if (mem == NULL) {
        return settle(w->rec, AB_E_NOMEM);
    }
    ab_buf_init_fixed(&fields, mem, size);
    ab_wire_add(&fields, AB_TAG_KEY,
                ab_slice(w->rec->key, sizeof(w->rec->key)));
    ab_wire_add(&fields, AB_TAG_REALM_ID, slice_of(&w->rec->realm_id));
    ab_wire_add(&fields, AB_TAG_SUB, id->sub);
    ab_wire_add_u64(&fields, AB_TAG_IAT, iat);
    if (jti.len > 0) {
        ab_wire_add(&fields, AB_TAG_JTI, jti);
    }
    if (id->sid.len > 0) {
        ab_wire_add(&fields, AB_TAG_SID, id->sid);
    }
    if (id->client.len > 0) {
        ab_wire_add(&fields, AB_TAG_CLIENT, id->client);
    }
    for (pos = 0; ab_wire_each(id->raw, AB_TAG_ROLE, &pos, &role); ) {
        ab_wire_add(&fields, AB_TAG_ROLE, role);
    }
    return ask(w, AB_MSG_TOKEN_CHECK, &fields, token_answer);
}


/* ---- the zone ---- */

/* Realm id and zone key of a credential. */
static enum ab_err
find_key(who_t *w, const char *kind, struct ab_slice credential)
{
    enum ab_err  e;

    e = ngx_http_auth_broker_realm(w->mcf, &w->lcf->realm, w->r->pool,
                                   &w->realm);
    if (e != AB_OK) {
        return e;
    }
    w->rec->realm_id = w->realm.id;
    w->rec->issuer = w->realm.issuer;
    return ab_credential_key(w->rec->key, kind, slice_of(&w->realm.id),
                             credential) ? AB_OK : AB_E_INTERNAL;
}


static ngx_int_t
look_up(who_t *w)
{
    ngx_http_auth_broker_hit_t  hit;

    if (ngx_http_auth_broker_zone_lookup(w->mcf, w->rec->key, w->r->pool,
                                         w->lcf->fresh, &hit) != AB_OK)
    {
        return NGX_DECLINED;
    }
    if (known(w->rec, hit.raw, hit.expiry) != NGX_OK
        || w->rec->state != NGX_HTTP_AUTH_BROKER_KNOWN)
    {
        return NGX_OK;
    }
    w->rec->is_hit = w->rec->asked == 0;

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
pick_cookie(who_t *w, uint8_t *ret_raw)
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
    return ab_session_cookie_decode(slice_of(value), ret_raw);
}


static ngx_int_t
by_session(who_t *w)
{
    uint8_t      raw[AB_COOKIE_RAW];
    enum ab_err  e;

    e = pick_cookie(w, raw);
    if (e != AB_OK) {
        return settle(w->rec, e);
    }
    e = find_key(w, AB_CRED_SESSION, ab_slice(raw, sizeof(raw)));
    if (e != AB_OK) {
        return settle_asked(w, e);
    }
    if (look_up(w) == NGX_OK || !w->may_ask) {
        return NGX_OK;
    }
    e = check_mac(w, raw);
    if (e != AB_OK) {
        return settle(w->rec, e);
    }
    return ask_session(w, raw);
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
        return ask_token(w, jti, iat);
    }
    if (e != AB_OK) {
        return settle(w->rec, e);
    }
    (void) known_anew(w->r, w->rec, raw, expiry, ab_slice(position, len));
    return w->rec->state == NGX_HTTP_AUTH_BROKER_NEW
           ? ask_token(w, jti, iat) : NGX_OK;
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
    e = find_key(w, AB_CRED_BEARER, slice_of(&w->rec->bearer));
    if (e != AB_OK) {
        return settle_asked(w, e);
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
    if (may_ask && has_credential(rec, bearer)
        && ngx_http_auth_broker_wait_realm(r, rec, lcf) == NGX_AGAIN)
    {
        return NGX_AGAIN;
    }
    return bearer ? by_bearer(&w) : by_session(&w);
}
