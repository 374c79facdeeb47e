/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_digest.h - SHA-2, HMAC and HKDF over OpenSSL, and hashes over lists of
 * parts that cannot be split in two ways.
 *
 * All functions return false only when OpenSSL fails; out is then zeroed.
 */
#ifndef AB_DIGEST_H
#define AB_DIGEST_H

#include "ab_slice.h"

#include <stdint.h>

#define AB_SHA256_LEN  32

bool ab_sha256(uint8_t out[AB_SHA256_LEN], struct ab_slice in);
bool ab_hmac_sha256(uint8_t out[AB_SHA256_LEN], struct ab_slice key,
    struct ab_slice in);
/* SHA-256 / HMAC over the parts, each preceded by its length as u32 LE. */
bool ab_sha256_parts(uint8_t out[AB_SHA256_LEN], const struct ab_slice *parts,
    size_t n);
bool ab_hmac_sha256_parts(uint8_t out[AB_SHA256_LEN], struct ab_slice key,
    const struct ab_slice *parts, size_t n);
/* HKDF-SHA256 (RFC 5869) without salt. */
bool ab_hkdf(uint8_t *out, size_t out_len, struct ab_slice key,
    struct ab_slice info);

#endif
