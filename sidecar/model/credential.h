/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * credential.h - password hashes: argon2id and Keycloak's pbkdf2 family.
 */
#ifndef MODEL_CREDENTIAL_H
#define MODEL_CREDENTIAL_H

#include "model/user.h"

/*
 * Compare a password with the user's password credential. AB_OK or
 * AB_E_CREDENTIALS. user NULL (unknown name), a user without password or
 * with an unreadable credential: a hash of the same cost is computed all
 * the same, so that time tells nothing. The number of hashes computed at
 * once in the process is bounded (cores); waiting counts against
 * c->deadline_ms.
 */
enum ab_err credential_check(struct ctx *c, const struct realm *realm,
    const struct user *user, struct ab_slice password);

/* A CredentialRepresentation of a fresh argon2id hash with Keycloak's
 * parameters; new reference. */
enum ab_err credential_hash(struct ctx *c, struct ab_slice password,
    json_t **ret_credential);
/* Normalise an imported credentials array: plain `value` is hashed
 * (temporary adds UPDATE_PASSWORD to actions), hashes are kept to the byte,
 * pre-4.0 members are converted. New reference. */
enum ab_err credential_import(struct ctx *c, const json_t *credentials,
    json_t *required_actions, json_t **ret_credentials);

#endif
