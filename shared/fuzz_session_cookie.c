/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_session_cookie.c - a value that decodes has one spelling, and none but
 * the one we made has our MAC.
 */
#include "ab_session_cookie.h"
#include "ab_base64.h"
#include "fuzz.h"

static const struct ab_mac_key  key = { 1, { 1, 2, 3 } };
static const uint8_t            rnd[AB_COOKIE_RAND] = { 4, 5, 6 };


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ab_slice  in = ab_slice(data, len);
    char             text[AB_COOKIE_TEXT], sid[AB_SID_TEXT];
    uint8_t          raw[AB_COOKIE_RAW];

    if (ab_session_cookie_decode(in, raw) != AB_OK) {
        return 0;
    }
    assert(ab_b64url_encode(text, ab_slice(raw, sizeof(raw))) == len);
    assert(memcmp(text, data, len) == 0);
    ab_session_cookie_sid(raw, sid);
    assert(memcmp(sid, data, sizeof(sid)) == 0);
    if (ab_session_cookie_check(raw, AB_S("r1"), &key, 1) == AB_OK) {
        assert(ab_session_cookie_make(text, &key, AB_S("r1"),
                                      ab_slice(sid, sizeof(sid)), rnd)
               == AB_OK);
        assert(memcmp(text, data, len) == 0);
    }
    return 0;
}
