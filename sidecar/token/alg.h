/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * alg.h - the algorithms our own keys serve, by their JOSE names.
 */
#ifndef TOKEN_ALG_H
#define TOKEN_ALG_H

#include "ab_slice.h"

#include <openssl/types.h>

enum alg_family {
    ALG_PKCS1, ALG_PSS, ALG_ECDSA, ALG_EDDSA, ALG_HMAC, ALG_OTHER
};

/* One row. digest: OpenSSL's name, NULL where none is named; width: bytes of
 * r and of s for ECDSA, of the MAC for HMAC; provider: the component that
 * makes such keys, with its curve where it takes one. */
struct alg {
    const char       *name;
    const char       *use;          /* "sig" or "enc" */
    enum alg_family   family;
    const char       *digest;
    size_t            width;
    const char       *provider;
    const char       *curve;
};

/* NULL for a name that is none of ours. */
const struct alg *alg_by_name(const char *name);
/* The algorithm of ECDSA for a curve ("P-256" …), or NULL. */
const struct alg *alg_by_curve(const char *curve);

#endif
