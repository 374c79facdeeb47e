/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_jws.h - verify compact JWS (RFC 7515 section 5.2).
 *
 * Header members jku, x5u, jwk, x5c are ignored, "crit" and "b64" refused,
 * "alg" counts only if both the caller's allow-list and the key admit it.
 */
#ifndef AB_JWS_H
#define AB_JWS_H

#include "ab_buf.h"
#include "ab_jwk.h"

struct ab_jws {
    struct ab_slice  header_raw;    /* base64url, as received */
    struct ab_slice  payload_raw;
    struct ab_slice  signature_raw;
    struct ab_slice  signed_raw;    /* header "." payload */
    enum ab_alg      alg;
    char             kid[257];      /* NUL-terminated; "" when absent */
    size_t           kid_len;
    bool             has_kid;
    char             typ[64];       /* lower case, without "application/" */
};

/* Split at the dots and read the header. AB_E_TOKEN_FORMAT: not three parts
 * (five: a JWE), bad base64url, header no object, crit, over AB_MAX_JWT;
 * AB_E_TOKEN_ALG: alg missing or not one of ours. Slices borrow from raw. */
enum ab_err ab_jws_split(struct ab_slice raw, struct ab_jws *ret_jws);

/* Verify with one key. AB_E_TOKEN_ALG: not in allow or not the key's;
 * AB_E_TOKEN_SIG: wrong signature or width. Never blocks. */
enum ab_err ab_jws_verify_key(const struct ab_jws *jws,
    const struct ab_jwk *key, uint32_t allow);
/* Find the key in the set, then the same. AB_E_TOKEN_KEY: none fits. */
enum ab_err ab_jws_verify(const struct ab_jws *jws,
    const struct ab_jwk_set *keys, uint32_t allow);

/* Decode the payload and parse it strictly; gives a new reference.
 * AB_E_TOKEN_FORMAT, AB_E_NOMEM. */
enum ab_err ab_jws_claims(const struct ab_jws *jws, json_t **ret_claims);

#endif
