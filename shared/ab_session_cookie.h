/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_session_cookie.h - the value of an app host's session cookie.
 *
 * base64url(SID, 18 raw bytes ‖ 24 random bytes ‖ 16 bytes of MAC): 78
 * characters. MAC = first 16 bytes of HMAC-SHA256 over length-prefixed
 * ("session", realm id, SID, random). The SID's text form (24 characters of
 * base64url) is the SSO session's id everywhere else.
 */
#ifndef AB_SESSION_COOKIE_H
#define AB_SESSION_COOKIE_H

#include "ab_digest.h"
#include "ab_error.h"

#define AB_SID_RAW      18
#define AB_SID_TEXT     24
#define AB_COOKIE_RAND  24
#define AB_COOKIE_MAC   16
#define AB_COOKIE_RAW   (AB_SID_RAW + AB_COOKIE_RAND + AB_COOKIE_MAC)
#define AB_COOKIE_TEXT  78

struct ab_mac_key {
    uint32_t  id;
    uint8_t   key[32];
};

/* sid: 24 characters; rnd: 24 random bytes. Writes 78 characters, no NUL. */
enum ab_err ab_session_cookie_make(char out[AB_COOKIE_TEXT],
    const struct ab_mac_key *key, struct ab_slice realm_id,
    struct ab_slice sid, const uint8_t rnd[AB_COOKIE_RAND]);

/* Decode; AB_E_COOKIE_FORMAT. The MAC is not looked at. */
enum ab_err ab_session_cookie_decode(struct ab_slice value,
    uint8_t ret_raw[AB_COOKIE_RAW]);
/* One of the n keys made it for this realm: AB_OK, else AB_E_COOKIE_MAC. */
enum ab_err ab_session_cookie_check(const uint8_t raw[AB_COOKIE_RAW],
    struct ab_slice realm_id, const struct ab_mac_key *keys, size_t n);
/* The text SID inside raw: 24 characters, no NUL. */
void ab_session_cookie_sid(const uint8_t raw[AB_COOKIE_RAW],
    char ret_sid[AB_SID_TEXT]);

#endif
