/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_session_cookie.c - make and check the value of the session cookie.
 */
#include "ab_session_cookie.h"
#include "ab_base64.h"
#include "ab_ct.h"


/* The MAC covers realm id, SID and random part, each with its length, so
 * that no two cookies of different parts share their input (T-SE5). */
static bool
cookie_mac(uint8_t out[AB_SHA256_LEN], const struct ab_mac_key *key,
    struct ab_slice realm_id, const uint8_t raw[AB_COOKIE_RAW])
{
    struct ab_slice  parts[4];

    parts[0] = AB_S("session");
    parts[1] = realm_id;
    parts[2] = ab_slice(raw, AB_SID_RAW);
    parts[3] = ab_slice(raw + AB_SID_RAW, AB_COOKIE_RAND);
    return ab_hmac_sha256_parts(out, ab_slice(key->key, sizeof(key->key)),
                                parts, 4);
}


enum ab_err
ab_session_cookie_make(char out[AB_COOKIE_TEXT], const struct ab_mac_key *key,
    struct ab_slice realm_id, struct ab_slice sid,
    const uint8_t rnd[AB_COOKIE_RAND])
{
    uint8_t  raw[AB_COOKIE_RAW], mac[AB_SHA256_LEN];
    size_t   len;
    bool     ok;

    if (sid.len != AB_SID_TEXT
        || ab_b64url_decode(raw, AB_SID_RAW, sid, &len) != AB_OK)
    {
        return AB_E_FORMAT;
    }
    memcpy(raw + AB_SID_RAW, rnd, AB_COOKIE_RAND);
    ok = cookie_mac(mac, key, realm_id, raw);
    if (ok) {
        memcpy(raw + AB_SID_RAW + AB_COOKIE_RAND, mac, AB_COOKIE_MAC);
        ab_b64url_encode(out, ab_slice(raw, sizeof(raw)));
    }
    ab_wipe(raw, sizeof(raw));
    ab_wipe(mac, sizeof(mac));
    return ok ? AB_OK : AB_E_INTERNAL;
}


enum ab_err
ab_session_cookie_decode(struct ab_slice value,
    uint8_t ret_raw[AB_COOKIE_RAW])
{
    uint8_t  raw[AB_COOKIE_RAW];
    size_t   len;

    if (value.len != AB_COOKIE_TEXT
        || ab_b64url_decode(raw, sizeof(raw), value, &len) != AB_OK)
    {
        return AB_E_COOKIE_FORMAT;
    }
    memcpy(ret_raw, raw, sizeof(raw));
    ab_wipe(raw, sizeof(raw));
    return AB_OK;
}


enum ab_err
ab_session_cookie_check(const uint8_t raw[AB_COOKIE_RAW],
    struct ab_slice realm_id, const struct ab_mac_key *keys, size_t n)
{
    const uint8_t  *got = raw + AB_SID_RAW + AB_COOKIE_RAND;
    uint8_t         want[AB_SHA256_LEN];
    enum ab_err     e = AB_E_COOKIE_MAC;
    size_t          i;

    for (i = 0; i < n && e != AB_OK; i++) {
        if (cookie_mac(want, &keys[i], realm_id, raw)
            && ab_ct_equal(got, AB_COOKIE_MAC, want, AB_COOKIE_MAC))
        {
            e = AB_OK;
        }
    }
    ab_wipe(want, sizeof(want));
    return e;
}


void
ab_session_cookie_sid(const uint8_t raw[AB_COOKIE_RAW],
    char ret_sid[AB_SID_TEXT])
{
    ab_b64url_encode(ret_sid, ab_slice(raw, AB_SID_RAW));
}
