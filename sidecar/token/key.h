/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * key.h - a realm's keys: components of type KeyProvider, private parts
 * sealed.
 *
 * Import writes the components without material; who first needs a
 * component's key makes it and puts it with HSETNX (field "ID:key" of the
 * components hash), so that of two daemons the first wins and both use it.
 * Imported material (config privateKey, certificate, secret …) is used as it
 * is; a secret member of a component's config is stored as secret_seal()
 * writes it, with the field "ID:NAME" ("ID:privateKey").
 */
#ifndef TOKEN_KEY_H
#define TOKEN_KEY_H

#include "ab_jwk.h"
#include "model/realm.h"

enum key_status { KEY_ACTIVE, KEY_PASSIVE, KEY_DISABLED };

struct realm_key {
    const char       *id;           /* of its component */
    const char       *kid;          /* base64url SHA-256 of the SPKI; UUID for HMAC */
    const char       *provider;     /* "rsa-generated" … */
    const char       *alg;          /* "RS256", "ES256", "EdDSA", "HS512", "RSA-OAEP" */
    const char       *use;          /* "sig" or "enc" */
    enum key_status   status;
    int64_t           priority;
    EVP_PKEY         *pkey;         /* NULL for HMAC and AES */
    struct ab_slice   secret;       /* HMAC and AES */
    struct ab_slice   spki;         /* DER, public part */
    struct ab_slice   cert;         /* DER X.509 (RSA), or empty */
};

struct realm_keys {
    size_t             n;
    struct realm_key  *v;           /* by priority, highest first */
};

enum ab_err realm_keys_get(struct ctx *c, const struct realm *realm,
    const struct realm_keys **ret_keys);
/* The active key of highest priority for (alg, use). Where there is none and
 * alg is one of ours, a component with such a key is added to the realm.
 * AB_E_TOKEN_KEY: not one of ours. */
enum ab_err realm_key_active(struct ctx *c, const struct realm *realm,
    const char *alg, const char *use, const struct realm_key **ret_key);
const struct realm_key *realm_key_by_kid(const struct realm_keys *keys,
    const char *kid);

/* {"keys":[…]} of tokens.md 1.3; new reference. */
enum ab_err realm_jwks(struct ctx *c, const struct realm *realm,
    json_t **ret_jwks);

#endif
