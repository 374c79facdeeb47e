/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_jwk.c - public keys for verifying, each bound to its algorithms.
 *
 * One table says which algorithm goes with which kind of key; nothing in a
 * token can change that (RFC 8725 section 3.1; T-BE3, T-BE4).
 */
#include "ab_jwk.h"
#include "ab_base64.h"
#include "ab_claims.h"
#include "ab_limits.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <stdlib.h>

#define RSA_BITS_MIN   2048
#define RSA_BITS_MAX   8192
#define RSA_BYTES_MAX  (RSA_BITS_MAX / 8)
#define RSA_E_MAX      8            /* bytes of the public exponent */

#define RSA_ALGS                                                            \
    (AB_ALG_BIT(AB_ALG_RS256) | AB_ALG_BIT(AB_ALG_RS384)                    \
     | AB_ALG_BIT(AB_ALG_RS512) | AB_ALG_BIT(AB_ALG_PS256)                  \
     | AB_ALG_BIT(AB_ALG_PS384) | AB_ALG_BIT(AB_ALG_PS512))

/* Algorithms by number: name (RFC 7518 section 3.1, RFC 8037 section 3.1),
 * digest as OpenSSL calls it. */
static const struct {
    const char  *name;
    const char  *digest;
} algs[AB_ALG_N] = {
    [AB_ALG_RS256] = { "RS256", "SHA256" },
    [AB_ALG_RS384] = { "RS384", "SHA384" },
    [AB_ALG_RS512] = { "RS512", "SHA512" },
    [AB_ALG_PS256] = { "PS256", "SHA256" },
    [AB_ALG_PS384] = { "PS384", "SHA384" },
    [AB_ALG_PS512] = { "PS512", "SHA512" },
    [AB_ALG_ES256] = { "ES256", "SHA256" },
    [AB_ALG_ES384] = { "ES384", "SHA384" },
    [AB_ALG_ES512] = { "ES512", "SHA512" },
    [AB_ALG_EDDSA] = { "EdDSA", NULL     },
};

/* Kinds of keys: "kty" and "crv" of the JWK, what OpenSSL calls type and
 * curve, bytes of a coordinate or of an Edwards key, algorithms it serves. */
struct key_kind {
    const char  *kty;
    const char  *crv;
    const char  *type;
    const char  *group;
    size_t       width;
    uint32_t     algs;
};

static const struct key_kind  key_kinds[] = {
    { "RSA", NULL,      "RSA",     NULL,         0,  RSA_ALGS },
    { "EC",  "P-256",   "EC",      "prime256v1", 32, AB_ALG_BIT(AB_ALG_ES256) },
    { "EC",  "P-384",   "EC",      "secp384r1",  48, AB_ALG_BIT(AB_ALG_ES384) },
    { "EC",  "P-521",   "EC",      "secp521r1",  66, AB_ALG_BIT(AB_ALG_ES512) },
    { "OKP", "Ed25519", "ED25519", NULL,         32, AB_ALG_BIT(AB_ALG_EDDSA) },
    { "OKP", "Ed448",   "ED448",   NULL,         57, AB_ALG_BIT(AB_ALG_EDDSA) },
};

#define KEY_KINDS_N  (sizeof(key_kinds) / sizeof(key_kinds[0]))

/* Members of private and of symmetric keys (RFC 7518 sections 6.2.2, 6.3.2,
 * 6.4.1): whoever publishes one has lost it. */
static const char *const  private_members[] = {
    "d", "p", "q", "dp", "dq", "qi", "oth", "k",
};


enum ab_alg
ab_alg_by_name(struct ab_slice name)
{
    int  alg;

    for (alg = AB_ALG_NONE + 1; alg < AB_ALG_N; alg++) {
        if (ab_slice_eq_str(name, algs[alg].name)) {
            return (enum ab_alg) alg;
        }
    }
    return AB_ALG_NONE;
}


const char *
ab_alg_name(enum ab_alg alg)
{
    return (unsigned) alg < AB_ALG_N ? algs[alg].name : NULL;
}


const char *
ab_alg_digest(enum ab_alg alg)
{
    return (unsigned) alg < AB_ALG_N ? algs[alg].digest : NULL;
}


static const struct key_kind *
kind_of_jwk(const json_t *jwk)
{
    struct ab_slice  kty, crv = { NULL, 0 };
    size_t           i;

    if (ab_claims_text(jwk, "kty", &kty) != AB_OK) {
        return NULL;
    }
    /* Absent for RSA; any other kind needs it and has it in its row. */
    (void) ab_claims_text(jwk, "crv", &crv);
    for (i = 0; i < KEY_KINDS_N; i++) {
        if (ab_slice_eq_str(kty, key_kinds[i].kty)
            && (key_kinds[i].crv == NULL
                || ab_slice_eq_str(crv, key_kinds[i].crv)))
        {
            return &key_kinds[i];
        }
    }
    return NULL;
}


/* Meant for verifying (RFC 7517 sections 4.2, 4.3) and nothing secret in
 * it. */
static bool
is_for_verifying(const json_t *jwk)
{
    size_t  i;

    for (i = 0; i < sizeof(private_members) / sizeof(char *); i++) {
        if (ab_claims_has(jwk, private_members[i])) {
            return false;
        }
    }
    if (ab_claims_has(jwk, "use")
        && !(json_is_string(json_object_get(jwk, "use"))
             && ab_claims_contains(jwk, "use", AB_S("sig"))))
    {
        return false;
    }
    return !ab_claims_has(jwk, "key_ops")
           || (json_is_array(json_object_get(jwk, "key_ops"))
               && ab_claims_contains(jwk, "key_ops", AB_S("verify")));
}


/* What the key may serve: all of its kind, or the one its "alg" names. */
static uint32_t
algs_of_jwk(const json_t *jwk, const struct key_kind *kind)
{
    struct ab_slice  name;
    enum ab_alg      alg;

    if (!ab_claims_has(jwk, "alg")) {
        return kind->algs;
    }
    if (ab_claims_text(jwk, "alg", &name) != AB_OK) {
        return 0;
    }
    alg = ab_alg_by_name(name);
    return alg == AB_ALG_NONE ? 0 : AB_ALG_BIT(alg) & kind->algs;
}


/* Base64url member of at most `size` bytes; 0 when absent or malformed. */
static size_t
member_bytes(const json_t *jwk, const char *name, uint8_t *out, size_t size)
{
    struct ab_slice  text;
    size_t           len;

    if (ab_claims_text(jwk, name, &text) != AB_OK
        || ab_b64url_decode(out, size, text, &len) != AB_OK)
    {
        return 0;
    }
    return len;
}


/* Takes bld, which may be NULL. NULL when OpenSSL refuses the numbers. */
static EVP_PKEY *
pkey_build(const char *type, OSSL_PARAM_BLD *bld)
{
    EVP_PKEY_CTX  *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    OSSL_PARAM    *params = bld == NULL ? NULL : OSSL_PARAM_BLD_to_param(bld);
    EVP_PKEY      *pkey = NULL;

    if (ctx == NULL || params == NULL || EVP_PKEY_fromdata_init(ctx) != 1
        || EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
    {
        pkey = NULL;
    }
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(bld);
    return pkey;
}


/* RFC 7518 section 6.3.1. Both numbers odd and without leading zeros. */
static EVP_PKEY *
pkey_rsa(const json_t *jwk)
{
    uint8_t          n[RSA_BYTES_MAX], e[RSA_E_MAX];
    size_t           n_len = member_bytes(jwk, "n", n, sizeof(n));
    size_t           e_len = member_bytes(jwk, "e", e, sizeof(e));
    BIGNUM          *bn_n, *bn_e;
    OSSL_PARAM_BLD  *bld = NULL;
    EVP_PKEY        *pkey = NULL;

    if (n_len == 0 || e_len == 0 || n[0] == 0 || e[0] == 0
        || (n[n_len - 1] & 1) == 0 || (e[e_len - 1] & 1) == 0
        || (e_len == 1 && e[0] == 1))
    {
        return NULL;
    }
    bn_n = BN_bin2bn(n, (int) n_len, NULL);
    bn_e = BN_bin2bn(e, (int) e_len, NULL);
    if (bn_n != NULL && bn_e != NULL
        && (bld = OSSL_PARAM_BLD_new()) != NULL
        && OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, bn_n) == 1
        && OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, bn_e) == 1)
    {
        pkey = pkey_build("RSA", bld);
    } else {
        OSSL_PARAM_BLD_free(bld);
    }
    BN_free(bn_n);
    BN_free(bn_e);
    return pkey;
}


/* RFC 7518 section 6.2.1: coordinates have the curve's full width. OpenSSL
 * refuses a point that is not on the curve. */
static EVP_PKEY *
pkey_ec(const json_t *jwk, const struct key_kind *kind)
{
    uint8_t          point[1 + 2 * 66], *x = point + 1, *y = x + kind->width;
    OSSL_PARAM_BLD  *bld;

    point[0] = 4;                   /* uncompressed (SEC 1 section 2.3.3) */
    if (member_bytes(jwk, "x", x, kind->width) != kind->width
        || member_bytes(jwk, "y", y, kind->width) != kind->width)
    {
        return NULL;
    }
    bld = OSSL_PARAM_BLD_new();
    if (bld == NULL
        || OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME,
                                           kind->group, 0) != 1
        || OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY,
                                            point, 1 + 2 * kind->width) != 1)
    {
        OSSL_PARAM_BLD_free(bld);
        return NULL;
    }
    return pkey_build("EC", bld);
}


/* RFC 8037 section 2. */
static EVP_PKEY *
pkey_edwards(const json_t *jwk, const struct key_kind *kind)
{
    uint8_t  x[57];

    if (member_bytes(jwk, "x", x, kind->width) != kind->width) {
        return NULL;
    }
    return EVP_PKEY_new_raw_public_key_ex(NULL, kind->type, NULL, x,
                                          kind->width);
}


/* The kind of a parsed key; NULL for kinds and sizes we do not take. */
static const struct key_kind *
kind_of_pkey(const EVP_PKEY *pkey)
{
    char    group[32] = "";
    size_t  i;
    int     bits;

    if (EVP_PKEY_is_a(pkey, "RSA")) {
        bits = EVP_PKEY_get_bits(pkey);
        return bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX ? &key_kinds[0]
                                                            : NULL;
    }
    (void) EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME,
                                          group, sizeof(group), NULL);
    for (i = 1; i < KEY_KINDS_N; i++) {
        if (EVP_PKEY_is_a(pkey, key_kinds[i].type)
            && (key_kinds[i].group == NULL
                || strcmp(group, key_kinds[i].group) == 0))
        {
            return &key_kinds[i];
        }
    }
    return NULL;
}


/* Takes pkey. The kind is asked of the parsed key too: what counts is what
 * OpenSSL made of the bytes. */
static enum ab_err
key_fill(EVP_PKEY *pkey, uint32_t bits, struct ab_slice kid,
    struct ab_jwk *ret_key)
{
    const struct key_kind  *kind = pkey == NULL ? NULL : kind_of_pkey(pkey);
    char                   *copy = NULL;

    if (kind == NULL || (kind->algs & bits) == 0 || kid.len > AB_MAX_KID) {
        EVP_PKEY_free(pkey);
        return AB_E_TOKEN_KEY;
    }
    if (kid.p != NULL) {
        copy = malloc(kid.len + 1);
        if (copy == NULL) {
            EVP_PKEY_free(pkey);
            return AB_E_NOMEM;
        }
        memcpy(copy, kid.p, kid.len);
        copy[kid.len] = '\0';
    }
    ret_key->pkey = pkey;
    ret_key->algs = kind->algs & bits;
    ret_key->kid = copy;
    ret_key->kid_len = kid.len;
    return AB_OK;
}


enum ab_err
ab_jwk_parse(const json_t *jwk, struct ab_jwk *ret_key)
{
    const struct key_kind  *kind = kind_of_jwk(jwk);
    struct ab_slice         kid = { NULL, 0 };
    EVP_PKEY               *pkey;
    uint32_t                bits;

    if (kind == NULL || !is_for_verifying(jwk)
        || (bits = algs_of_jwk(jwk, kind)) == 0
        || (ab_claims_has(jwk, "kid")
            && ab_claims_text(jwk, "kid", &kid) != AB_OK))
    {
        return AB_E_TOKEN_KEY;
    }
    /* OpenSSL's messages would be found, and logged, by an unlucky next. */
    ERR_set_mark();
    pkey = kind->width == 0 ? pkey_rsa(jwk)
         : kind->group != NULL ? pkey_ec(jwk, kind) : pkey_edwards(jwk, kind);
    ERR_pop_to_mark();
    return key_fill(pkey, bits, kid, ret_key);
}


enum ab_err
ab_jwk_from_spki(struct ab_slice der, enum ab_alg alg, struct ab_slice kid,
    struct ab_jwk *ret_key)
{
    const unsigned char  *p = (const unsigned char *) der.p;
    EVP_PKEY             *pkey;

    if (alg <= AB_ALG_NONE || alg >= AB_ALG_N || der.len > AB_MAX_JWKS) {
        return AB_E_TOKEN_KEY;
    }
    ERR_set_mark();
    pkey = d2i_PUBKEY(NULL, &p, (long) der.len);
    ERR_pop_to_mark();
    if (pkey != NULL && p != (const unsigned char *) der.p + der.len) {
        EVP_PKEY_free(pkey);        /* trailing bytes */
        pkey = NULL;
    }
    return key_fill(pkey, AB_ALG_BIT(alg), kid, ret_key);
}


void
ab_jwk_clear(struct ab_jwk *key)
{
    EVP_PKEY_free(key->pkey);
    free(key->kid);
    *key = (struct ab_jwk) { NULL, 0, NULL, 0 };
}


static enum ab_err
set_fill(const json_t *keys, struct ab_jwk_set *set, size_t *skipped)
{
    enum ab_err  e;
    size_t       i, n = json_array_size(keys);

    if (n > AB_MAX_JWKS_KEYS_N) {
        return AB_E_TOO_LARGE;
    }
    set->keys = calloc(n == 0 ? 1 : n, sizeof(*set->keys));
    if (set->keys == NULL) {
        return AB_E_NOMEM;
    }
    for (i = 0; i < n; i++) {
        e = ab_jwk_parse(json_array_get(keys, i), &set->keys[set->n]);
        if (e == AB_E_NOMEM) {
            return e;
        }
        if (e == AB_OK) {
            set->n++;
        } else {
            (*skipped)++;
        }
    }
    return AB_OK;
}


enum ab_err
ab_jwk_set_parse(struct ab_slice in, struct ab_jwk_set *ret_set,
    size_t *ret_skipped)
{
    struct ab_jwk_set  set = { 0, NULL };
    json_t            *doc;
    const json_t      *keys;
    enum ab_err        e;
    size_t             skipped = 0;

    if (in.len > AB_MAX_JWKS) {
        return AB_E_TOO_LARGE;
    }
    e = ab_claims_parse(in, &doc);
    if (e != AB_OK) {
        return e;
    }
    keys = json_object_get(doc, "keys");
    e = json_is_array(keys) ? set_fill(keys, &set, &skipped) : AB_E_JSON;
    json_decref(doc);
    if (e != AB_OK) {
        ab_jwk_set_clear(&set);
        return e;
    }
    *ret_set = set;
    if (ret_skipped != NULL) {
        *ret_skipped = skipped;
    }
    return AB_OK;
}


void
ab_jwk_set_clear(struct ab_jwk_set *set)
{
    size_t  i;

    for (i = 0; i < set->n; i++) {
        ab_jwk_clear(&set->keys[i]);
    }
    free(set->keys);
    *set = (struct ab_jwk_set) { 0, NULL };
}


const struct ab_jwk *
ab_jwk_set_find(const struct ab_jwk_set *set, struct ab_slice kid,
    enum ab_alg alg)
{
    const struct ab_jwk  *key, *hit = NULL;
    size_t                i;

    for (i = 0; i < set->n; i++) {
        key = &set->keys[i];
        if ((key->algs & AB_ALG_BIT(alg)) == 0) {
            continue;
        }
        if (kid.p == NULL) {
            if (hit != NULL) {
                return NULL;        /* several: which one is not said */
            }
            hit = key;
        } else if (key->kid != NULL
                   && ab_slice_eq(kid, ab_slice(key->kid, key->kid_len)))
        {
            return key;
        }
    }
    return hit;
}
