/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ab_session_cookie.c - tests of ab_session_cookie.
 */
#include "ab_session_cookie.h"
#include "ab_base64.h"
#include "test_rows.h"

#define SID  "abcdefghijklmnopqrstuvwx"

static const struct ab_mac_key  keys[2] = {
    { 1, { 1, 2, 3 } }, { 2, { 4, 5, 6 } },
};
static const uint8_t  rnd[AB_COOKIE_RAND] = { 9, 8, 7 };


static void
make(char text[AB_COOKIE_TEXT], const struct ab_mac_key *key,
    const char *realm)
{
    assert_int_equal(ab_session_cookie_make(text, key, ab_slice_str(realm),
                                            AB_S(SID), rnd), AB_OK);
}


static void
goes_round(void **state)
{
    char     text[AB_COOKIE_TEXT], sid[AB_SID_TEXT];
    uint8_t  raw[AB_COOKIE_RAW];

    (void) state;
    make(text, &keys[1], "r1");
    assert_int_equal(ab_session_cookie_decode(ab_slice(text, sizeof(text)),
                                              raw), AB_OK);
    assert_int_equal(ab_session_cookie_check(raw, AB_S("r1"), keys, 2), AB_OK);
    ab_session_cookie_sid(raw, sid);
    assert_memory_equal(sid, SID, AB_SID_TEXT);
    assert_memory_equal(raw + AB_SID_RAW, rnd, sizeof(rnd));
}


static void
known_answer(void **state)
{
    struct ab_slice  parts[4] = { AB_S("session"), AB_S("r1") };
    char             text[AB_COOKIE_TEXT];
    uint8_t          raw[AB_COOKIE_RAW], mac[AB_SHA256_LEN];

    (void) state;
    make(text, &keys[0], "r1");
    assert_int_equal(ab_session_cookie_decode(ab_slice(text, sizeof(text)),
                                              raw), AB_OK);
    parts[2] = ab_slice(raw, AB_SID_RAW);
    parts[3] = ab_slice(raw + AB_SID_RAW, AB_COOKIE_RAND);
    assert_true(ab_hmac_sha256_parts(mac, ab_slice(keys[0].key, 32), parts,
                                     4));
    assert_memory_equal(mac, raw + AB_SID_RAW + AB_COOKIE_RAND,
                        AB_COOKIE_MAC);
}


static void
any_flipped_bit_is_refused(void **state)
{
    char     text[AB_COOKIE_TEXT];
    uint8_t  raw[AB_COOKIE_RAW];
    size_t   i;

    (void) state;
    make(text, &keys[0], "r1");
    assert_int_equal(ab_session_cookie_decode(ab_slice(text, sizeof(text)),
                                              raw), AB_OK);
    for (i = 0; i < sizeof(raw) * 8; i++) {
        raw[i / 8] ^= (uint8_t) (1 << i % 8);
        CHECK_ROW(i, ab_session_cookie_check(raw, AB_S("r1"), keys, 2)
                     == AB_E_COOKIE_MAC);
        raw[i / 8] ^= (uint8_t) (1 << i % 8);
    }
    assert_int_equal(ab_session_cookie_check(raw, AB_S("r2"), keys, 2),
                     AB_E_COOKIE_MAC);
    assert_int_equal(ab_session_cookie_check(raw, AB_S("r1"), &keys[1], 1),
                     AB_E_COOKIE_MAC);
    assert_int_equal(ab_session_cookie_check(raw, AB_S("r1"), keys, 0),
                     AB_E_COOKIE_MAC);
}


static void
other_shapes_are_refused(void **state)
{
    char     text[AB_COOKIE_TEXT + 2], out[AB_COOKIE_TEXT];
    uint8_t  raw[AB_COOKIE_RAW];
    size_t   i;

    (void) state;
    make(text, &keys[0], "r1");
    text[AB_COOKIE_TEXT] = text[AB_COOKIE_TEXT + 1] = 'A';
    for (i = 0; i < sizeof(text); i++) {
        CHECK_ROW(i, i == AB_COOKIE_TEXT
                     || ab_session_cookie_decode(ab_slice(text, i), raw)
                        == AB_E_COOKIE_FORMAT);
    }
    for (i = 0; i < AB_COOKIE_TEXT; i++) {
        char  was = text[i];

        text[i] = i % 2 ? '%' : '\0';
        CHECK_ROW(i, ab_session_cookie_decode(ab_slice(text, AB_COOKIE_TEXT),
                                              raw) == AB_E_COOKIE_FORMAT);
        text[i] = was;
    }
    /* The last digit has unused bits: only one spelling counts. */
    text[AB_COOKIE_TEXT - 1]++;
    assert_int_equal(ab_session_cookie_decode(ab_slice(text, AB_COOKIE_TEXT),
                                              raw), AB_E_COOKIE_FORMAT);
    assert_int_equal(ab_session_cookie_make(out, &keys[0], AB_S("r1"),
                         AB_S("short"), rnd), AB_E_FORMAT);
    assert_int_equal(ab_session_cookie_make(out, &keys[0], AB_S("r1"),
                         AB_S("abcdefghijklmnopqrstuvw."), rnd), AB_E_FORMAT);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("a cookie we made is ours", goes_round),
        TEST("T-SE5: the MAC covers length-prefixed parts", known_answer),
        TEST("T-BE12: no flipped bit, other realm or key passes the MAC",
             any_flipped_bit_is_refused),
        TEST("T-SE2: every other shape is refused", other_shapes_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
