/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * password_hash.h - one stored password hash: its parameters, and computing
 * it again.
 *
 * Parameters come from the stored credential (flows.md 8.3), within bounds
 * that keep a hostile one from costing more than a second or 256 MiB.
 */
#ifndef MODEL_PASSWORD_HASH_H
#define MODEL_PASSWORD_HASH_H

#include "ab_error.h"
#include "ab_slice.h"

#include <jansson.h>
#include <stdint.h>

#define PASSWORD_SALT_MAX   128
#define PASSWORD_VALUE_MAX  128

enum password_algorithm { PASSWORD_ARGON2, PASSWORD_PBKDF2_SHA1,
                          PASSWORD_PBKDF2_SHA256, PASSWORD_PBKDF2_SHA512 };

struct password_hash {
    enum password_algorithm  algorithm;
    uint32_t                 iterations;
    uint32_t                 memory_kib, lanes, version;    /* argon2 */
    int                      type;                          /* argon2_type */
    size_t                   salt_len, value_len;
    uint8_t                  salt[PASSWORD_SALT_MAX];
    uint8_t                  value[PASSWORD_VALUE_MAX];
};

/* From a CredentialRepresentation's secretData and credentialData (JSON
 * texts); AB_E_FORMAT. */
enum ab_err password_hash_read(const json_t *credential,
    struct password_hash *ret_h);
/* Keycloak's parameters for a new hash, with a random salt; no value yet. */
void password_hash_init(struct password_hash *h);
/* h's function over a password into out[h->value_len]. False: no memory. */
bool password_hash_compute(const struct password_hash *h,
    struct ab_slice password, uint8_t out[PASSWORD_VALUE_MAX]);
/* secretData and credentialData of an argon2 hash into credential, in the
 * reference's member order. False: no memory. */
bool password_hash_write(const struct password_hash *h, json_t *credential);

#endif
