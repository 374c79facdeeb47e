/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * key_material.h - private parts: made, taken apart, put together.
 */
#ifndef TOKEN_KEY_MATERIAL_H
#define TOKEN_KEY_MATERIAL_H

#include "base/ctx.h"
#include "ab_slice.h"

#include <jansson.h>
#include <openssl/types.h>

enum material_kind {
    MATERIAL_RSA, MATERIAL_EC, MATERIAL_OKP, MATERIAL_SECRET
};

/* One key's private part. Owned by the arena it was made in. */
struct material {
    EVP_PKEY         *pkey;         /* or NULL */
    struct ab_slice   secret;       /* HMAC and AES */
    const char       *kid;          /* of a secret */
    struct ab_slice   cert;         /* DER; empty: none */
};

/* What to make. size: bits of RSA, bytes of a secret. */
struct material_spec {
    enum material_kind   kind;
    size_t               size;
    const char          *curve;     /* "P-256" …, "Ed25519", "Ed448" */
    const char          *cn;        /* certificate's name (RSA) */
};

/* Fresh random material; an RSA key gets its certificate. AB_E_INTERNAL when
 * OpenSSL refuses, AB_E_UNSUPPORTED for an unknown curve. */
enum ab_err material_make(struct ctx *c, const struct material_spec *spec,
    struct material *ret_m);
/* As JSON text for the store (sealed by the caller), and back. */
enum ab_err material_text(struct ctx *c, const struct material *m,
    struct ab_slice *ret_text);
enum ab_err material_parse(struct ctx *c, struct ab_slice text,
    struct material *ret_m);
/*
 * From a component's config: a private key as PEM or as its base64 alone
 * (PKCS#8 or PKCS#1), a certificate likewise, a secret as base64url.
 * AB_E_FORMAT when it is not that.
 */
enum ab_err material_import_key(struct ctx *c, const char *key,
    const char *cert, struct material *ret_m);
enum ab_err material_import_secret(struct ctx *c, const char *secret,
    const char *kid, struct material *ret_m);

/* A self-signed certificate of ten years, CN = cn; DER in c. */
enum ab_err material_certify(struct ctx *c, EVP_PKEY *pkey, const char *cn,
    struct ab_slice *ret_cert);

#endif
