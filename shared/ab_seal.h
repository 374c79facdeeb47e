/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_seal.h - AES-256-GCM under a ring of keys.
 *
 * A sealed value is: version 1, key id u32 LE, 12 random bytes of nonce,
 * ciphertext, 16 bytes of tag. The purpose and context stand in the
 * associated data, so that a value sealed for one use cannot serve another.
 * The first key of a ring seals, every key opens.
 */
#ifndef AB_SEAL_H
#define AB_SEAL_H

#include "ab_buf.h"
#include "ab_error.h"

#define AB_SEAL_KEY_LEN   32
#define AB_SEAL_OVERHEAD  (1 + 4 + 12 + 16)
#define AB_SEAL_RING_MAX  8

struct ab_seal_key {
    uint32_t  id;
    uint8_t   key[AB_SEAL_KEY_LEN];
};

struct ab_seal_ring {
    size_t              n;
    struct ab_seal_key  keys[AB_SEAL_RING_MAX];
};

/* Append the sealed form of `plain` to out. aad: n parts, length-prefixed
 * (the first is the purpose). Errors: AB_E_SEAL (empty ring, OpenSSL),
 * AB_E_TOO_LARGE (out full). */
enum ab_err ab_seal(const struct ab_seal_ring *ring,
    const struct ab_slice *aad, size_t n, struct ab_slice plain,
    struct ab_buf *out);
/* Append the opened form to out. AB_E_SEAL for anything that does not open:
 * wrong version, unknown key, short, changed, other aad; AB_E_TOO_LARGE when
 * out has no room. On failure out is as before. */
enum ab_err ab_open(const struct ab_seal_ring *ring,
    const struct ab_slice *aad, size_t n, struct ab_slice sealed,
    struct ab_buf *out);

/* A child key for one purpose: HKDF over the parent with that info text;
 * it keeps the parent's id. */
bool ab_seal_derive(const struct ab_seal_key *parent, const char *info,
    struct ab_seal_key *ret_key);

#endif
