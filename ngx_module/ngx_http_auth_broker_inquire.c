/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_inquire.c - ask the daemon about a credential, and
 * turn its answer into an identity.
 */
#include "ngx_http_auth_broker_identify.h"
#include "ngx_http_auth_broker_ask.h"
#include "ngx_http_auth_broker_zone.h"
#include "ab_session_cookie.h"


/* An answer older than a mark is asked again, this often at most. */
#define ASK_MAX  3

typedef ngx_http_auth_broker_who_t  who_t;


static struct ab_slice
slice_of(const ngx_str_t *s)
{
    return ab_slice(s->data, s->len);
}


/* Put it into the zone as well: a mark that came meanwhile refuses it. */
ngx_int_t
ngx_http_auth_broker_known_anew(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec, struct ab_slice raw, uint64_t expiry,
    struct ab_slice position)
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


ngx_int_t
ngx_http_auth_broker_inquire_session(who_t *w, const uint8_t *raw)
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


ngx_int_t
ngx_http_auth_broker_inquire_token(who_t *w, struct ab_slice jti, uint64_t iat)
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
    for (pos = 0; ab_identity_each(id, AB_TAG_ROLE, &pos, &role); ) {
        ab_wire_add(&fields, AB_TAG_ROLE, role);
    }
    return ask(w, AB_MSG_TOKEN_CHECK, &fields, token_answer);
}
