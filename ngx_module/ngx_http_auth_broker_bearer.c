/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_bearer.c - verify a bearer JWT with the keys the
 * daemon pushed.
 *
 * Claims are read only after the signature held. What the token says becomes
 * an identity; which audience, role or scope a location wants is asked later
 * and for each request.
 */
#include "ngx_http_auth_broker_bearer.h"
#include "ngx_http_auth_broker_claims.h"
#include "ngx_http_auth_broker_worker.h"
#include "ab_claims.h"
#include "ab_jws.h"

typedef ngx_http_auth_broker_refused_t  refused_t;

/* What a verification needs and finds out. */
typedef struct {
    ngx_http_request_t                  *request;
    ngx_http_auth_broker_main_conf_t    *mcf;
    ngx_http_auth_broker_loc_conf_t     *lcf;
    const ngx_http_auth_broker_realm_t  *realm;
    struct ab_slice                      token;
    const uint8_t                       *key;
    json_t                              *claims;    /* owned */
    int64_t                              exp;
    int64_t                              iat;
} check_t;


static enum ab_err check_signature(check_t *c);
static enum ab_err check_claims(check_t *c);


/*
 * Refused tokens: one place for each value of some bytes of the key, so a
 * flood of them costs a verification each, and evicts no identity (T-DO3).
 */
static refused_t *
refused_place(ngx_http_auth_broker_main_conf_t *mcf, const uint8_t *key)
{
    uint32_t  h;

    if (mcf->worker == NULL) {
        return NULL;
    }
    ngx_memcpy(&h, key + 4, sizeof(h));
    return &mcf->worker->refused[h % NGX_HTTP_AUTH_BROKER_REFUSED];
}


static enum ab_err
refused_find(ngx_http_auth_broker_main_conf_t *mcf, const uint8_t *key)
{
    refused_t  *place = refused_place(mcf, key);

    if (place == NULL || place->until <= ngx_time()
        || ngx_memcmp(place->key, key, AB_SHA256_LEN) != 0)
    {
        return AB_OK;
    }
    return place->err;
}


/* Only what lies in the token itself: an unknown key may be pushed in the
 * next second, another location may admit the issuer, time passes. */
static void
refused_add(ngx_http_auth_broker_main_conf_t *mcf, const uint8_t *key,
    enum ab_err err)
{
    refused_t  *place = refused_place(mcf, key);

    if (place == NULL || err == AB_E_TOKEN_KEY || err == AB_E_TOKEN_ISSUER
        || err == AB_E_TOKEN_EARLY || ab_err_row(err)->status != 401)
    {
        return;
    }
    ngx_memcpy(place->key, key, AB_SHA256_LEN);
    place->until = ngx_time() + AB_BAD_BEARER_TTL_S;
    place->err = err;
}


/* The identity, copied into the request's pool, and what the mark check and
 * the zone want to know beside it. */
static enum ab_err
check_result(check_t *c, struct ab_slice *ret_raw)
{
    struct ab_buf       raw;
    struct ab_identity  id;
    enum ab_err         err;
    u_char             *p;

    ab_buf_init(&raw, AB_MAX_IDENTITY);
    err = ngx_http_auth_broker_claims_write(c->claims, c->realm, c->key, &raw);
    if (err == AB_OK
        && ab_identity_read(ab_buf_slice(&raw), &id) != AB_OK)
    {
        err = AB_E_TOKEN_CLAIM;
    }
    p = err == AB_OK ? ngx_pnalloc(c->request->pool, raw.len) : NULL;
    if (p != NULL) {
        ngx_memcpy(p, raw.p, raw.len);
        *ret_raw = ab_slice(p, raw.len);
    } else if (err == AB_OK) {
        err = AB_E_NOMEM;
    }
    ab_buf_clear(&raw);
    return err;
}


enum ab_err
ngx_http_auth_broker_bearer_verify(ngx_http_request_t *r,
    ngx_http_auth_broker_main_conf_t *mcf,
    ngx_http_auth_broker_loc_conf_t *lcf,
    const ngx_http_auth_broker_realm_t *realm, ngx_str_t *token,
    const uint8_t *key, struct ab_slice *ret_raw, uint64_t *ret_expiry,
    struct ab_slice *ret_jti, uint64_t *ret_iat)
{
    check_t      c = { r, mcf, lcf, realm, { NULL, 0 }, key, NULL, 0, 0 };
    enum ab_err  err;

    c.token = ab_slice(token->data, token->len);
    err = refused_find(mcf, key);
    if (err != AB_OK) {
        return err;
    }
    err = check_signature(&c);
    if (err == AB_OK) {
        err = check_claims(&c);
    }
    if (err == AB_OK) {
        err = check_result(&c, ret_raw);
    }
    json_decref(c.claims);
    if (err != AB_OK) {
        refused_add(mcf, key, err);
        return err;
    }
    *ret_expiry = (uint64_t) c.exp;
    *ret_iat = (uint64_t) c.iat;
    *ret_jti = ab_wire_get(*ret_raw, AB_TAG_JTI);
    return AB_OK;
}


/* An ID token, a refresh token or a logout token has another payload `typ`;
 * the header's tells our access tokens (RFC 9068 section 2.1, and "JWT" as
 * the reference writes it) from the rest (T-CD4). */
static enum ab_err
check_signature(check_t *c)
{
    struct ab_jws             jws;
    const struct ab_jwk_set  *keys;
    enum ab_err               err;

    err = ab_jws_split(c->token, &jws);
    if (err != AB_OK) {
        return err;
    }
    if (strcmp(jws.typ, "jwt") != 0 && strcmp(jws.typ, "at+jwt") != 0) {
        return AB_E_TOKEN_TYPE;
    }
    keys = ngx_http_auth_broker_public_keys(c->mcf,
                 ab_slice(c->realm->id.data, c->realm->id.len));
    err = ab_jws_verify(&jws, keys, AB_ALGS_ALL);
    return err == AB_OK ? ab_jws_claims(&jws, &c->claims) : err;
}


static ngx_int_t
issuer_is_known(check_t *c, struct ab_slice issuer)
{
    ngx_str_t   *name;
    ngx_uint_t   i;

    if (ab_slice_eq(issuer, ab_slice(c->realm->issuer.data,
                                     c->realm->issuer.len)))
    {
        return 1;
    }
    if (c->lcf->issuers == NULL || c->lcf->issuers == NGX_CONF_UNSET_PTR) {
        return 0;
    }
    name = c->lcf->issuers->elts;
    for (i = 0; i < c->lcf->issuers->nelts; i++) {
        if (ab_slice_eq(issuer, ab_slice(name[i].data, name[i].len))) {
            return 1;
        }
    }
    return 0;
}


/* RFC 7519 section 4.1: exp without skew, nbf and iat with a little. */
static enum ab_err
check_times(check_t *c)
{
    int64_t  now = (int64_t) ngx_time(), nbf;

    if (ab_claims_time(c->claims, "exp", &c->exp) != AB_OK
        || ab_claims_time(c->claims, "iat", &c->iat) != AB_OK
        || c->exp <= 0 || c->iat <= 0)
    {
        return AB_E_TOKEN_CLAIM;
    }
    if (c->exp <= now) {
        return AB_E_TOKEN_EXPIRED;
    }
    if (c->iat > now + AB_SKEW_S) {
        return AB_E_TOKEN_EARLY;
    }
    if (!ab_claims_has(c->claims, "nbf")) {
        return AB_OK;
    }
    if (ab_claims_time(c->claims, "nbf", &nbf) != AB_OK) {
        return AB_E_TOKEN_CLAIM;
    }
    return nbf > now + AB_SKEW_S ? AB_E_TOKEN_EARLY : AB_OK;
}


static enum ab_err
check_claims(check_t *c)
{
    struct ab_slice  text;

    if (ab_claims_text(c->claims, "iss", &text) != AB_OK) {
        return AB_E_TOKEN_CLAIM;
    }
    if (!issuer_is_known(c, text)) {
        return AB_E_TOKEN_ISSUER;
    }
    if (ab_claims_text(c->claims, "typ", &text) != AB_OK
        || !ab_slice_eq_str(text, "Bearer"))
    {
        return AB_E_TOKEN_TYPE;
    }
    if (ab_claims_text(c->claims, "sub", &text) != AB_OK || text.len == 0) {
        return AB_E_TOKEN_CLAIM;
    }
    /* Bound to a key or a certificate: worth nothing without the proof,
     * which is not checked here (RFC 7800 section 3.1, T-BE15). */
    if (ab_claims_has(c->claims, "cnf")) {
        return AB_E_TOKEN_BOUND;
    }
    return check_times(c);
}
