/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_jose.h - public vectors of RFC 7515 and RFC 8037, and signing for
 * tests.
 */
#ifndef AB_TEST_JOSE_H
#define AB_TEST_JOSE_H

#include "ab_base64.h"
#include "ab_jwk.h"

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <stdlib.h>

/* RFC 7515 appendix A.2: RS256 */
#define RFC7515_A2_N                                                        \
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddx"            \
    "HmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMs"            \
    "D1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSH"            \
    "SXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdV"            \
    "MTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8"            \
    "NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
#define RFC7515_PAYLOAD                                                     \
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"      \
    "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
#define RFC7515_A2_JWS                                                      \
    "eyJhbGciOiJSUzI1NiJ9." RFC7515_PAYLOAD "."                             \
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7"      \
    "AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4"      \
    "BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K"      \
    "0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqv"      \
    "hJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrB"      \
    "p0igcN_IoypGlUPQGe77Rw"

/* RFC 7515 appendix A.3: ES256 */
#define RFC7515_A3_X  "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define RFC7515_A3_Y  "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
#define RFC7515_A3_JWS                                                      \
    "eyJhbGciOiJFUzI1NiJ9." RFC7515_PAYLOAD "."                             \
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSA"      \
    "pmWQxfKTUJqPP3-Kg6NU1Q"

/* RFC 7515 appendix A.4: the key of ES512 */
#define RFC7515_A4_X                                                        \
    "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_"              \
    "NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk"
#define RFC7515_A4_Y                                                        \
    "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDl"              \
    "y79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2"

/* RFC 8037 appendix A: Ed25519 */
#define RFC8037_A_X  "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
#define RFC8037_A4_JWS                                                      \
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."             \
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5B"      \
    "hVsPt9g7sVvpAr_MuM0KAg"


/* "RSA" (2048 bits), a curve's name, "ED25519", … */
static inline EVP_PKEY *
test_keygen(const char *type)
{
    if (strcmp(type, "RSA") == 0) {
        return EVP_RSA_gen(2048);
    }
    if (type[0] == 'P' || type[0] == 's') {
        return EVP_EC_gen(type);
    }
    return EVP_PKEY_Q_keygen(NULL, NULL, type);
}


/* DER to r and s of `width` bytes each; returns their length. */
static inline size_t
test_ecdsa_raw(const unsigned char *der, size_t len, int width,
    unsigned char *out)
{
    ECDSA_SIG  *pair = d2i_ECDSA_SIG(NULL, &der, (long) len);

    BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, width);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + width, width);
    ECDSA_SIG_free(pair);
    return 2 * (size_t) width;
}


/* Raw signature over `in` as `alg` wants it; returns its length. */
static inline size_t
test_sign_raw(EVP_PKEY *pkey, enum ab_alg alg, struct ab_slice in,
    unsigned char out[1024])
{
    EVP_MD_CTX     *md = EVP_MD_CTX_new();
    EVP_PKEY_CTX   *ctx;
    unsigned char   sig[1024];
    size_t          len = sizeof(sig);

    EVP_DigestSignInit_ex(md, &ctx, ab_alg_digest(alg), NULL, NULL, pkey,
                          NULL);
    if (alg >= AB_ALG_PS256 && alg <= AB_ALG_PS512) {
        EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST);
    }
    if (EVP_DigestSign(md, sig, &len, (const unsigned char *) in.p, in.len)
        != 1)
    {
        abort();
    }
    EVP_MD_CTX_free(md);
    if (EVP_PKEY_is_a(pkey, "EC")) {
        return test_ecdsa_raw(sig, len, (EVP_PKEY_get_bits(pkey) + 7) / 8,
                              out);
    }
    memcpy(out, sig, len);
    return len;
}


/* Append a compact JWS of these two texts. */
static inline void
test_jws(struct ab_buf *out, EVP_PKEY *pkey, enum ab_alg alg,
    const char *header, const char *payload)
{
    unsigned char  sig[1024];
    size_t         start = out->len, len;

    ab_b64url_add(out, ab_slice_str(header));
    ab_buf_add_byte(out, '.');
    ab_b64url_add(out, ab_slice_str(payload));
    len = test_sign_raw(pkey, alg, ab_slice(out->p + start, out->len - start),
                        sig);
    ab_buf_add_byte(out, '.');
    ab_b64url_add(out, ab_slice(sig, len));
}

#endif
