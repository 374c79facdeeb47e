/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sign.h - the only user of private keys.
 */
#ifndef TOKEN_SIGN_H
#define TOKEN_SIGN_H

#include "token/key.h"

/* A compact JWS over claims with the realm's active key of `alg`; typ is the
 * header's ("JWT", "at+jwt"). HS512 uses the realm's HMAC key. */
enum ab_err token_sign(struct ctx *c, const struct realm *realm,
    const char *alg, const char *typ, const json_t *claims,
    const char **ret_token);

/* Verify one of our own asymmetric tokens: signature by an enabled key of
 * the realm, issuer, exp, nbf, iat, payload typ. New reference in c.
 * flags: TOKEN_EXPIRED_OK accepts a passed exp (id_token_hint). */
#define TOKEN_EXPIRED_OK  1
enum ab_err token_verify(struct ctx *c, const struct realm *realm,
    const char *token, const char *typ, int flags,
    const json_t **ret_claims);
/* The same for HS512 tokens of ours (refresh tokens, KEYCLOAK_IDENTITY). */
enum ab_err token_verify_hmac(struct ctx *c, const struct realm *realm,
    const char *token, const char *typ, int flags,
    const json_t **ret_claims);

/* left half of the hash of `text` that belongs to alg, base64url (at_hash). */
const char *token_half_hash(struct ctx *c, const char *alg,
    struct ab_slice text);

#endif
