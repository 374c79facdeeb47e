/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verify.c - check tokens of our own.
 *
 * The key is found by kid and admits exactly one algorithm; the header's
 * only has to agree. What an asymmetric key signed is never taken for what
 * an HMAC key should have, nor the other way round.
 */
#include "sign.h"
#include "alg.h"
#include "hmac.h"

#include "ab_base64.h"
#include "ab_claims.h"
#include "ab_ct.h"
#include "ab_jws.h"
#include "ab_limits.h"
#include "ab_time.h"
#include "base/clock.h"
#include "model/doc.h"

static enum ab_err find_key(struct ctx *c, const struct realm *realm,
    struct ab_slice kid, const struct realm_key **ret_key);
static enum ab_err hmac_open(struct ctx *c, const struct realm *realm,
    struct ab_slice raw, json_t **ret_claims);
static enum ab_err check_claims(struct ctx *c, const struct realm *realm,
    const json_t *claims, const char *typ, int flags);
static enum ab_err accept(struct ctx *c, const struct realm *realm,
    json_t *claims, const char *typ, int flags, const json_t **ret_claims);


enum ab_err
token_verify(struct ctx *c, const struct realm *realm, const char *token,
    const char *typ, int flags, const json_t **ret_claims)
{
    const struct realm_key  *key;
    struct ab_jwk            jwk;
    struct ab_jws            jws;
    json_t                  *claims;
    enum ab_err              e = ab_jws_split(ab_slice_str(token), &jws);

    if (e == AB_OK) {
        e = find_key(c, realm, ab_slice(jws.kid, jws.kid_len), &key);
    }
    if (e != AB_OK) {
        return e;
    }
    if (key->pkey == NULL || strcmp(key->use, "sig") != 0) {
        return AB_E_TOKEN_ALG;
    }
    jwk = (struct ab_jwk) {
        .pkey = key->pkey,
        .algs = AB_ALG_BIT(ab_alg_by_name(ab_slice_str(key->alg))),
    };
    e = ab_jws_verify_key(&jws, &jwk, AB_ALGS_ALL);
    if (e == AB_OK) {
        e = ab_jws_claims(&jws, &claims);
    }
    return e == AB_OK
           ? accept(c, realm, claims, typ, flags, ret_claims) : e;
}


static enum ab_err
find_key(struct ctx *c, const struct realm *realm, struct ab_slice kid,
    const struct realm_key **ret_key)
{
    const struct realm_keys  *keys;
    size_t                    i;
    enum ab_err               e = realm_keys_get(c, realm, &keys);

    if (e != AB_OK) {
        return e;
    }
    for (i = 0; i < keys->n; i++) {
        if (keys->v[i].status != KEY_DISABLED
            && ab_slice_eq_str(kid, keys->v[i].kid))
        {
            *ret_key = &keys->v[i];
            return AB_OK;
        }
    }
    return AB_E_TOKEN_KEY;
}


static void
claims_free(void *claims)
{
    json_decref(claims);
}


/* Takes claims. */
static enum ab_err
accept(struct ctx *c, const struct realm *realm, json_t *claims,
    const char *typ, int flags, const json_t **ret_claims)
{
    enum ab_err  e;

    if (!arena_own(c->a, claims, claims_free)) {
        return ctx_nomem(c);
    }
    e = check_claims(c, realm, claims, typ, flags);
    if (e == AB_OK) {
        *ret_claims = claims;
    }
    return e;
}


static enum ab_err
check_claims(struct ctx *c, const struct realm *realm, const json_t *claims,
    const char *typ, int flags)
{
    const char       *issuer = realm_issuer(c, realm);
    struct ab_slice   text;
    int64_t           now = clock_now_s(), t;

    if (issuer == NULL) {
        return ctx_nomem(c);
    }
    if (ab_claims_text(claims, "iss", &text) != AB_OK
        || !ab_slice_eq_str(text, issuer))
    {
        return AB_E_TOKEN_ISSUER;
    }
    if (ab_claims_text(claims, "typ", &text) != AB_OK
        || !ab_slice_eq_str(text, typ))
    {
        return AB_E_TOKEN_TYPE;
    }
    if (ab_claims_time(claims, "iat", &t) != AB_OK) {
        return AB_E_TOKEN_CLAIM;
    }
    if (t > ab_time_add(now, AB_SKEW_S)) {
        return AB_E_TOKEN_EARLY;
    }
    if (ab_claims_has(claims, "nbf")) {
        if (ab_claims_time(claims, "nbf", &t) != AB_OK) {
            return AB_E_TOKEN_CLAIM;
        }
        if (t > ab_time_add(now, AB_SKEW_S)) {
            return AB_E_TOKEN_EARLY;
        }
    }
    if (ab_claims_time(claims, "exp", &t) != AB_OK) {
        return AB_E_TOKEN_CLAIM;
    }
    return t <= now && (flags & TOKEN_EXPIRED_OK) == 0 ? AB_E_TOKEN_EXPIRED
                                                       : AB_OK;
}


enum ab_err
token_verify_hmac(struct ctx *c, const struct realm *realm,
    const char *token, const char *typ, int flags, const json_t **ret_claims)
{
    struct ab_slice  raw = ab_slice_str(token);
    json_t          *claims = NULL;
    enum ab_err      e;

    if (raw.len > AB_MAX_JWT) {
        return AB_E_TOKEN_FORMAT;
    }
    e = hmac_open(c, realm, raw, &claims);
    return e == AB_OK
           ? accept(c, realm, claims, typ, flags, ret_claims) : e;
}


/* One part decoded into c and parsed; gives a new reference. */
static enum ab_err
part_parse(struct ctx *c, struct ab_slice part, json_t **ret_doc)
{
    size_t        size = AB_B64_DECODED_MAX(part.len), len;
    char         *mem = arena_alloc(c->a, size);
    enum ab_err   e;

    if (mem == NULL) {
        return ctx_nomem(c);
    }
    e = ab_b64url_decode(mem, size, part, &len);
    if (e == AB_OK) {
        e = ab_claims_parse(ab_slice(mem, len), ret_doc);
    }
    return e == AB_OK || e == AB_E_NOMEM ? e : AB_E_TOKEN_FORMAT;
}


/* The header's kid and alg must be those of one enabled HMAC key. */
static enum ab_err
hmac_key(struct ctx *c, const struct realm *realm, struct ab_slice header,
    const struct realm_key **ret_key, const struct alg **ret_alg)
{
    const struct realm_key  *key = NULL;
    struct ab_slice          kid, alg;
    json_t                  *doc;
    enum ab_err              e = part_parse(c, header, &doc);

    if (e != AB_OK) {
        return e;
    }
    if (ab_claims_has(doc, "crit")
        || ab_claims_text(doc, "kid", &kid) != AB_OK
        || ab_claims_text(doc, "alg", &alg) != AB_OK)
    {
        e = AB_E_TOKEN_FORMAT;
    } else {
        e = find_key(c, realm, kid, &key);
    }
    if (e == AB_OK
        && (key->pkey != NULL || strcmp(key->use, "sig") != 0
            || !ab_slice_eq_str(alg, key->alg)))
    {
        e = AB_E_TOKEN_ALG;
    }
    json_decref(doc);
    if (e == AB_OK) {
        *ret_key = key;
        *ret_alg = alg_by_name(key->alg);
    }
    return e;
}


static enum ab_err
hmac_open(struct ctx *c, const struct realm *realm, struct ab_slice raw,
    json_t **ret_claims)
{
    size_t                   first = ab_slice_find(raw, '.'), second, len;
    struct ab_slice          rest, sig_text;
    const struct realm_key  *key;
    const struct alg        *alg;
    uint8_t                  got[TOKEN_HMAC_MAX], want[TOKEN_HMAC_MAX];
    enum ab_err              e;

    if (first == raw.len) {
        return AB_E_TOKEN_FORMAT;
    }
    rest = ab_slice(raw.p + first + 1, raw.len - first - 1);
    second = ab_slice_find(rest, '.');
    if (second == rest.len) {
        return AB_E_TOKEN_FORMAT;
    }
    sig_text = ab_slice(rest.p + second + 1, rest.len - second - 1);
    e = hmac_key(c, realm, ab_slice(raw.p, first), &key, &alg);
    if (e != AB_OK) {
        return e;
    }
    if (ab_b64url_decode(got, sizeof(got), sig_text, &len) != AB_OK) {
        return AB_E_TOKEN_SIG;
    }
    if (token_hmac(alg, key->secret, ab_slice(raw.p, first + 1 + second), want)
        == 0)
    {
        return ctx_fail(c, AB_E_INTERNAL, "HMAC");
    }
    e = ab_ct_equal(got, len, want, alg->width) ? AB_OK : AB_E_TOKEN_SIG;
    ab_wipe(want, sizeof(want));
    return e == AB_OK ? part_parse(c, ab_slice(rest.p, second), ret_claims)
                      : e;
}
