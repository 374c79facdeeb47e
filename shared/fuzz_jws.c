/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_jws.c - no token passes but the ones that were signed (RFC 7515
 * A.2, A.3 and RFC 8037 A.4, whose private keys are public: the fuzzer does
 * not sign).
 */
#include "ab_claims.h"
#include "ab_jws.h"
#include "ab_limits.h"
#include "fuzz.h"
#include "test_jose.h"

#include <openssl/err.h>

static const char  jwks[] =
    "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"" RFC7515_A2_N "\",\"e\":\"AQAB\"},"
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" RFC7515_A3_X "\",\"y\":\""
    RFC7515_A3_Y "\"},{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\""
    RFC8037_A_X "\"}]}";


static bool
was_signed(struct ab_slice signed_raw)
{
    static const char *const  tokens[] = {
        RFC7515_A2_JWS, RFC7515_A3_JWS, RFC8037_A4_JWS,
    };
    size_t  i;

    for (i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
        if (strncmp(tokens[i], signed_raw.p, signed_raw.len) == 0) {
            return true;
        }
    }
    return false;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct ab_jwk_set  set;
    struct ab_slice           in = ab_slice(data, len);
    struct ab_jws             jws;
    json_t                   *claims;

    if (set.n == 0) {
        assert(ab_jwk_set_parse(ab_slice_str(jwks), &set, NULL) == AB_OK);
    }
    if (ab_jws_split(in, &jws) != AB_OK) {
        return 0;
    }
    assert(len <= AB_MAX_JWT && jws.alg > AB_ALG_NONE && jws.alg < AB_ALG_N);
    assert(jws.header_raw.len + jws.payload_raw.len + jws.signature_raw.len
           + 2 == len);
    assert(jws.kid_len <= AB_MAX_KID && jws.kid[jws.kid_len] == '\0');
    if (ab_jws_verify(&jws, &set, AB_ALGS_ALL) == AB_OK) {
        assert(was_signed(jws.signed_raw));
    }
    if (ab_jws_claims(&jws, &claims) == AB_OK) {
        assert(json_is_object(claims));
        json_decref(claims);
    }
    assert(ERR_peek_error() == 0);
    return 0;
}
