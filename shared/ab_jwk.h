/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_jwk.h - public keys for verifying, each bound to the algorithms it may
 * serve (RFC 7517, 7518, 8037).
 *
 * A key's algorithm comes from the key (its "alg", or its kind), never from
 * a token. Private members, "oct" keys, "use" other than sig and "key_ops"
 * without verify are refused. RSA below 2048 or above 8192 bits is refused.
 */
#ifndef AB_JWK_H
#define AB_JWK_H

#include "ab_slice.h"
#include "ab_error.h"

#include <jansson.h>
#include <openssl/types.h>
#include <stdint.h>

enum ab_alg {
    AB_ALG_NONE = 0,
    AB_ALG_RS256, AB_ALG_RS384, AB_ALG_RS512,
    AB_ALG_PS256, AB_ALG_PS384, AB_ALG_PS512,
    AB_ALG_ES256, AB_ALG_ES384, AB_ALG_ES512,
    AB_ALG_EDDSA,
    AB_ALG_N
};

#define AB_ALG_BIT(alg)  (1u << (alg))
#define AB_ALGS_ALL      ((1u << AB_ALG_N) - 2u)

/* "RS256" … exactly; AB_ALG_NONE for anything else, "none" included. */
enum ab_alg ab_alg_by_name(struct ab_slice name);
const char *ab_alg_name(enum ab_alg alg);
/* Name of the digest for OpenSSL, NULL for EdDSA. */
const char *ab_alg_digest(enum ab_alg alg);

struct ab_jwk {
    EVP_PKEY  *pkey;
    uint32_t   algs;        /* bits of the algorithms it may verify */
    char      *kid;         /* NULL when the key has none */
    size_t     kid_len;
};

struct ab_jwk_set {
    size_t          n;
    struct ab_jwk  *keys;   /* heap */
};

/* From one parsed JWK object. Fills *ret_key, cleared by ab_jwk_clear(). */
enum ab_err ab_jwk_parse(const json_t *jwk, struct ab_jwk *ret_key);
/* From DER SubjectPublicKeyInfo and the one algorithm it is bound to. */
enum ab_err ab_jwk_from_spki(struct ab_slice der, enum ab_alg alg,
    struct ab_slice kid, struct ab_jwk *ret_key);
void ab_jwk_clear(struct ab_jwk *key);

/* From a JWKS document. Unusable entries are skipped one by one and counted
 * in *ret_skipped (may be NULL). AB_E_JSON when it is no JWKS, AB_E_TOO_LARGE
 * above AB_MAX_JWKS or AB_MAX_JWKS_KEYS_N. */
enum ab_err ab_jwk_set_parse(struct ab_slice in, struct ab_jwk_set *ret_set,
    size_t *ret_skipped);
void ab_jwk_set_clear(struct ab_jwk_set *set);

/*
 * The key for (kid, alg). With a kid: the entry of exactly that kid that may
 * serve alg. Without: the only entry that may serve alg; NULL if several.
 */
const struct ab_jwk *ab_jwk_set_find(const struct ab_jwk_set *set,
    struct ab_slice kid, enum ab_alg alg);

#endif
