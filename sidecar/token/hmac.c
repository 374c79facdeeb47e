/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hmac.c - HMAC of our internal tokens (RFC 7518 section 3.2).
 */
#include "hmac.h"

#include <openssl/evp.h>


size_t
token_hmac(const struct alg *alg, struct ab_slice secret, struct ab_slice in,
    uint8_t *out)
{
    size_t  n = 0;

    if (secret.len == 0
        || EVP_Q_mac(NULL, "HMAC", NULL, alg->digest, NULL, secret.p,
                     secret.len, (const uint8_t *) in.p, in.len, out,
                     TOKEN_HMAC_MAX, &n) == NULL)
    {
        return 0;
    }
    return n == alg->width ? n : 0;
}
