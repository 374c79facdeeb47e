/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_jwk.c - a key that is accepted is bound to algorithms of its kind.
 */
#include "ab_claims.h"
#include "ab_jwk.h"
#include "ab_limits.h"
#include "fuzz.h"

#include <openssl/err.h>
#include <openssl/evp.h>


static void
check_key(const struct ab_jwk *key)
{
    uint32_t  es = AB_ALG_BIT(AB_ALG_ES256) | AB_ALG_BIT(AB_ALG_ES384)
                   | AB_ALG_BIT(AB_ALG_ES512);

    assert(key->pkey != NULL && key->algs != 0);
    assert((key->algs & ~AB_ALGS_ALL) == 0);
    assert(key->kid_len <= AB_MAX_KID);
    if (EVP_PKEY_is_a(key->pkey, "EC")) {
        assert((key->algs & ~es) == 0 && (key->algs & (key->algs - 1)) == 0);
    } else if (EVP_PKEY_is_a(key->pkey, "RSA")) {
        assert((key->algs & (es | AB_ALG_BIT(AB_ALG_EDDSA))) == 0);
        assert(EVP_PKEY_get_bits(key->pkey) >= 2048);
    } else {
        assert(key->algs == AB_ALG_BIT(AB_ALG_EDDSA));
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ab_slice    in = ab_slice(data, len);
    struct ab_jwk_set  set;
    struct ab_jwk      key;
    json_t            *doc;
    size_t             skipped, i;
    int                alg;

    if (ab_jwk_set_parse(in, &set, &skipped) == AB_OK) {
        assert(set.n + skipped <= AB_MAX_JWKS_KEYS_N);
        for (i = 0; i < set.n; i++) {
            check_key(&set.keys[i]);
        }
        (void) ab_jwk_set_find(&set, AB_S("a"), AB_ALG_RS256);
        ab_jwk_set_clear(&set);
    }
    if (ab_claims_parse(in, &doc) == AB_OK) {
        if (ab_jwk_parse(doc, &key) == AB_OK) {
            check_key(&key);
            ab_jwk_clear(&key);
        }
        json_decref(doc);
    }
    for (alg = AB_ALG_NONE; alg <= AB_ALG_N; alg++) {
        if (ab_jwk_from_spki(in, (enum ab_alg) alg, AB_S("k"), &key) == AB_OK)
        {
            check_key(&key);
            assert(key.algs == AB_ALG_BIT(alg));
            ab_jwk_clear(&key);
        }
    }
    assert(ERR_peek_error() == 0);
    return 0;
}
