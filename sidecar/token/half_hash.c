/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * half_hash.c - at_hash, c_hash and s_hash (OIDC Core 3.1.3.6).
 */
#include "sign.h"
#include "alg.h"

#include "ab_base64.h"

#include <openssl/evp.h>


const char *
token_half_hash(struct ctx *c, const char *alg, struct ab_slice text)
{
    const struct alg  *row = alg_by_name(alg);
    const char        *digest = row == NULL ? NULL : row->digest;
    unsigned char      hash[EVP_MAX_MD_SIZE];
    size_t             n = 0;
    char              *half;

    if (row == NULL) {
        return NULL;
    }
    /* EdDSA names no hash; Ed25519's own one is taken (tokens.md 4.2). */
    if (EVP_Q_digest(NULL, digest == NULL ? "SHA512" : digest, NULL, text.p,
                     text.len, hash, &n) != 1)
    {
        return NULL;
    }
    half = arena_alloc(c->a, AB_B64URL_LEN(n / 2) + 1);
    if (half != NULL) {
        ab_b64url_encode(half, ab_slice(hash, n / 2));
    }
    return half;
}
