/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_attempt.h - a login attempt, sealed into the `state` parameter.
 *
 * Everything the callback must know travels with the browser; no server
 * keeps it. Sealed by ab_seal with the associated data ("attempt", origin),
 * base64url. The browser's binding cookie is inside as a hash, compared
 * after opening, so that a cookie that does not fit is told from a forgery.
 */
#ifndef AB_ATTEMPT_H
#define AB_ATTEMPT_H

#include "ab_digest.h"
#include "ab_seal.h"

struct ab_attempt {
    struct ab_slice  return_path;   /* checked by ab_return_path_ok() */
    struct ab_slice  nonce;
    struct ab_slice  verifier;      /* PKCE, 43 characters */
    struct ab_slice  realm_id;
    struct ab_slice  client;
    struct ab_slice  asks;          /* more parameters of the authorization
                                       request, "&name=value…" escaped: what
                                       a fresh attempt must ask again */
    uint64_t         time;          /* epoch seconds of the start */
    bool             is_retry;
    uint8_t          browser[AB_SHA256_LEN];    /* of the binding cookie */
};

/* Append the state text. AB_E_TOO_LARGE over AB_MAX_STATE, AB_E_SEAL. */
enum ab_err ab_attempt_seal(const struct ab_seal_ring *ring,
    struct ab_slice origin, const struct ab_attempt *a, struct ab_buf *out);
/* Open; the slices point into `plain`, a buffer of the caller. Errors:
 * AB_E_ATTEMPT_FORMAT, AB_E_ATTEMPT_SEAL, AB_E_ATTEMPT_EXPIRED (older than
 * AB_ATTEMPT_TTL_S, or from more than AB_SKEW_S ahead of now). */
enum ab_err ab_attempt_open(const struct ab_seal_ring *ring,
    struct ab_slice origin, struct ab_slice state, uint64_t now,
    struct ab_buf *plain, struct ab_attempt *ret_a);

/* SHA-256 of the binding cookie's value under its purpose. */
bool ab_attempt_browser(uint8_t out[AB_SHA256_LEN], struct ab_slice cookie);

#endif
