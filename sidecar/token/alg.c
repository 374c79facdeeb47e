/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * alg.c - the algorithms our own keys serve.
 */
#include "alg.h"

/* name, use, family, digest, width, provider, curve: as in struct alg */
static const struct alg  algs[] = {
    { "RS256", "sig", ALG_PKCS1, "SHA256", 0,   "rsa-generated",   NULL },
    { "RS384", "sig", ALG_PKCS1, "SHA384", 0,   "rsa-generated",   NULL },
    { "RS512", "sig", ALG_PKCS1, "SHA512", 0,   "rsa-generated",   NULL },
    { "PS256", "sig", ALG_PSS,   "SHA256", 0,   "rsa-generated",   NULL },
    { "PS384", "sig", ALG_PSS,   "SHA384", 0,   "rsa-generated",   NULL },
    { "PS512", "sig", ALG_PSS,   "SHA512", 0,   "rsa-generated",   NULL },
    { "ES256", "sig", ALG_ECDSA, "SHA256", 32,  "ecdsa-generated", "P-256" },
    { "ES384", "sig", ALG_ECDSA, "SHA384", 48,  "ecdsa-generated", "P-384" },
    { "ES512", "sig", ALG_ECDSA, "SHA512", 66,  "ecdsa-generated", "P-521" },
    { "EdDSA", "sig", ALG_EDDSA, NULL,     0,   "eddsa-generated", "Ed25519" },
    { "HS256", "sig", ALG_HMAC,  "SHA256", 32,  "hmac-generated",  NULL },
    { "HS384", "sig", ALG_HMAC,  "SHA384", 48,  "hmac-generated",  NULL },
    { "HS512", "sig", ALG_HMAC,  "SHA512", 64,  "hmac-generated",  NULL },
    { "RSA-OAEP",     "enc", ALG_OTHER, NULL, 0, "rsa-enc-generated", NULL },
    { "RSA-OAEP-256", "enc", ALG_OTHER, NULL, 0, "rsa-enc-generated", NULL },
    { "RSA1_5",       "enc", ALG_OTHER, NULL, 0, "rsa-enc-generated", NULL },
    { "ECDH-ES",      "enc", ALG_OTHER, NULL, 0, "ecdh-generated", "P-256" },
    { "ECDH-ES+A128KW", "enc", ALG_OTHER, NULL, 0, "ecdh-generated", "P-256" },
    { "ECDH-ES+A192KW", "enc", ALG_OTHER, NULL, 0, "ecdh-generated", "P-256" },
    { "ECDH-ES+A256KW", "enc", ALG_OTHER, NULL, 0, "ecdh-generated", "P-256" },
    { "AES",          "enc", ALG_OTHER, NULL, 0, "aes-generated",  NULL },
};

#define ALGS_N  (sizeof(algs) / sizeof(*algs))


const struct alg *
alg_by_name(const char *name)
{
    size_t  i;

    for (i = 0; name != NULL && i < ALGS_N; i++) {
        if (strcmp(algs[i].name, name) == 0) {
            return &algs[i];
        }
    }
    return NULL;
}


const struct alg *
alg_by_curve(const char *curve)
{
    size_t  i;

    for (i = 0; curve != NULL && i < ALGS_N; i++) {
        if (algs[i].family == ALG_ECDSA && strcmp(algs[i].curve, curve) == 0) {
            return &algs[i];
        }
    }
    return NULL;
}
