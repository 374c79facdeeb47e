/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ab_attempt.c - tests of ab_attempt.
 */
#include "ab_attempt.h"
#include "ab_base64.h"
#include "ab_limits.h"
#include "test_rows.h"

#define NOW  1700000000

static const struct ab_seal_ring  ring = {
    .n = 2, .keys = { { 1, { 1 } }, { 2, { 2 } } },
};
static const struct ab_seal_ring  rotated = {
    .n = 2, .keys = { { 3, { 3 } }, { 1, { 1 } } },
};
static const struct ab_seal_ring  foreign = {
    .n = 1, .keys = { { 1, { 9 } } },
};


static struct ab_attempt
sample(void)
{
    struct ab_attempt  a = {
        .return_path = AB_S("/page?a=1&b=https://x/"),
        .nonce = AB_S("nonce-0123456789"),
        .verifier = AB_S("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        .realm_id = AB_S("r-1"), .client = AB_S("wiki"),
        .time = NOW, .is_retry = true,
    };

    assert_true(ab_attempt_browser(a.browser, AB_S("cookie")));
    return a;
}


static enum ab_err
open_at(const struct ab_seal_ring *r, struct ab_slice state_text,
    const char *origin, uint64_t now, struct ab_buf *plain,
    struct ab_attempt *ret_a)
{
    ab_buf_reset(plain);
    return ab_attempt_open(r, ab_slice_str(origin), state_text, now, plain,
                           ret_a);
}


static void
goes_round(void **state)
{
    struct ab_attempt  a = sample(), got;
    struct ab_buf      text, plain;

    (void) state;
    ab_buf_init(&text, AB_MAX_STATE);
    ab_buf_init(&plain, AB_MAX_STATE);
    assert_int_equal(ab_attempt_seal(&ring, AB_S("https://a"), &a, &text),
                     AB_OK);
    assert_int_equal(open_at(&ring, ab_buf_slice(&text), "https://a",
                             NOW + 5, &plain, &got), AB_OK);
    assert_true(ab_slice_eq(got.return_path, a.return_path));
    assert_true(ab_slice_eq(got.nonce, a.nonce));
    assert_true(ab_slice_eq(got.verifier, a.verifier));
    assert_true(ab_slice_eq(got.realm_id, a.realm_id));
    assert_true(ab_slice_eq(got.client, a.client));
    assert_true(got.is_retry && got.time == NOW);
    assert_memory_equal(got.browser, a.browser, AB_SHA256_LEN);
    ab_buf_clear(&text);
    ab_buf_clear(&plain);
}


static void
nothing_else_opens(void **state)
{
    struct ab_attempt  a = sample(), got;
    struct ab_buf      text, plain;
    struct ab_slice    s;
    char               was;
    size_t             i;
    enum ab_err        e;

    (void) state;
    ab_buf_init(&text, AB_MAX_STATE);
    ab_buf_init(&plain, AB_MAX_STATE);
    assert_int_equal(ab_attempt_seal(&ring, AB_S("https://a"), &a, &text),
                     AB_OK);
    s = ab_buf_slice(&text);
    assert_int_equal(open_at(&ring, s, "https://b", NOW, &plain, &got),
                     AB_E_ATTEMPT_SEAL);
    assert_int_equal(open_at(&foreign, s, "https://a", NOW, &plain, &got),
                     AB_E_ATTEMPT_SEAL);
    assert_int_equal(open_at(&rotated, s, "https://a", NOW, &plain, &got),
                     AB_OK);
    for (i = 0; i < s.len; i++) {
        was = text.p[i];
        text.p[i] = was == 'A' ? 'B' : 'A';
        e = open_at(&ring, s, "https://a", NOW, &plain, &got);
        CHECK_ROW(i, e == AB_E_ATTEMPT_SEAL || e == AB_E_ATTEMPT_FORMAT);
        text.p[i] = '.';
        CHECK_ROW(i, open_at(&ring, s, "https://a", NOW, &plain, &got)
                     == AB_E_ATTEMPT_FORMAT);
        text.p[i] = was;
        e = open_at(&ring, ab_slice(s.p, i), "https://a", NOW, &plain, &got);
        CHECK_ROW(i, e == AB_E_ATTEMPT_SEAL || e == AB_E_ATTEMPT_FORMAT);
        CHECK_ROW(i, plain.len == 0);
    }
    ab_buf_clear(&text);
    ab_buf_clear(&plain);
}


static void
ages(void **state)
{
    static const struct {
        uint64_t     time, now;
        enum ab_err  want;
    } rows[] = {
        { NOW, NOW, AB_OK },
        { NOW, NOW + AB_ATTEMPT_TTL_S, AB_OK },
        { NOW, NOW + AB_ATTEMPT_TTL_S + 1, AB_E_ATTEMPT_EXPIRED },
        { NOW, NOW - AB_SKEW_S, AB_OK },
        { NOW, NOW - AB_SKEW_S - 1, AB_E_ATTEMPT_EXPIRED },
        { 0, UINT64_MAX, AB_E_ATTEMPT_EXPIRED },
        { UINT64_MAX, 0, AB_E_ATTEMPT_EXPIRED },
        { UINT64_MAX, NOW, AB_E_ATTEMPT_EXPIRED },
        { UINT64_MAX, UINT64_MAX, AB_OK },
        { INT32_MAX, (uint64_t) INT32_MAX + 600, AB_OK },
    };
    struct ab_attempt  a = sample(), got;
    struct ab_buf      text, plain;
    size_t             i;

    (void) state;
    ab_buf_init(&text, AB_MAX_STATE);
    ab_buf_init(&plain, AB_MAX_STATE);
    for (i = 0; i < ROWS(rows); i++) {
        a.time = rows[i].time;
        ab_buf_reset(&text);
        CHECK_ROW(i, ab_attempt_seal(&ring, AB_S("o"), &a, &text) == AB_OK);
        CHECK_ROW(i, open_at(&ring, ab_buf_slice(&text), "o", rows[i].now,
                             &plain, &got) == rows[i].want);
    }
    ab_buf_clear(&text);
    ab_buf_clear(&plain);
}


static void
limits(void **state)
{
    struct ab_attempt  a = sample(), got;
    struct ab_buf      text, plain;
    char               path[AB_MAX_RETURN_PATH + 1], client[3000];

    (void) state;
    ab_buf_init(&text, AB_MAX_STATE);
    ab_buf_init(&plain, AB_MAX_STATE);
    memset(path, 'a', sizeof(path));
    memset(client, 'c', sizeof(client));
    path[0] = '/';
    a.return_path = ab_slice(path, AB_MAX_RETURN_PATH + 1);
    assert_int_equal(ab_attempt_seal(&ring, AB_S("o"), &a, &text),
                     AB_E_TOO_LARGE);
    a.return_path = ab_slice(path, AB_MAX_RETURN_PATH);
    assert_int_equal(ab_attempt_seal(&ring, AB_S("o"), &a, &text), AB_OK);
    assert_int_equal(open_at(&ring, ab_buf_slice(&text), "o", NOW, &plain,
                             &got), AB_OK);
    a.client = ab_slice(client, sizeof(client));
    ab_buf_reset(&text);
    assert_int_equal(ab_attempt_seal(&ring, AB_S("o"), &a, &text),
                     AB_E_TOO_LARGE);
    assert_int_equal(text.len, 0);
    ab_buf_clear(&text);
    ab_buf_clear(&plain);
}


static void
return_paths_are_checked_again(void **state)
{
    static const char *const  rows[] = {
        "", "//evil", "/\\evil", "https://evil", "/.auth/logout", "/a#f",
    };
    struct ab_attempt  a = sample(), got;
    struct ab_buf      text, plain;
    size_t             i;

    (void) state;
    ab_buf_init(&text, AB_MAX_STATE);
    ab_buf_init(&plain, AB_MAX_STATE);
    for (i = 0; i < ROWS(rows); i++) {
        a.return_path = ab_slice_str(rows[i]);
        ab_buf_reset(&text);
        CHECK_ROW(i, ab_attempt_seal(&ring, AB_S("o"), &a, &text) == AB_OK);
        CHECK_ROW(i, open_at(&ring, ab_buf_slice(&text), "o", NOW, &plain,
                             &got) == AB_E_ATTEMPT_FORMAT);
    }
    ab_buf_clear(&text);
    ab_buf_clear(&plain);
}


/* Sealed with our key, but not an attempt: another version's, or cut. */
static void
sealed_nonsense_is_refused(void **state)
{
    struct ab_slice    aad[2] = { AB_S("attempt"), AB_S("o") };
    struct ab_attempt  got;
    struct ab_buf      sealed, text, plain;
    char               raw[120];
    size_t             i;

    (void) state;
    memset(raw, 0, sizeof(raw));
    ab_buf_init(&sealed, 1000);
    ab_buf_init(&text, 1000);
    ab_buf_init(&plain, 1000);
    for (i = 0; i < sizeof(raw) * 2; i++) {
        raw[0] = (char) (i % 2 ? 1 : 2);
        raw[1] = (char) (i % 7 == 6 ? 2 : 0);
        raw[42] = (char) (i % 5 ? 200 : 0);
        ab_buf_reset(&sealed);
        ab_buf_reset(&text);
        CHECK_ROW(i, ab_seal(&ring, aad, 2, ab_slice(raw, i / 2), &sealed)
                     == AB_OK);
        ab_b64url_add(&text, ab_buf_slice(&sealed));
        CHECK_ROW(i, open_at(&ring, ab_buf_slice(&text), "o", NOW, &plain,
                             &got) == AB_E_ATTEMPT_FORMAT);
    }
    ab_buf_clear(&sealed);
    ab_buf_clear(&text);
    ab_buf_clear(&plain);
}


static void
browsers_differ(void **state)
{
    uint8_t  a[AB_SHA256_LEN], b[AB_SHA256_LEN];

    (void) state;
    assert_true(ab_attempt_browser(a, AB_S("one")));
    assert_true(ab_attempt_browser(b, AB_S("two")));
    assert_memory_not_equal(a, b, sizeof(a));
    assert_true(ab_sha256(b, AB_S("one")));
    assert_memory_not_equal(a, b, sizeof(a));
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("an attempt comes back whole", goes_round),
        TEST("T-LG14: another host's, forged or cut state does not open",
             nothing_else_opens),
        TEST("T-SE11: an attempt lives ten minutes, whatever the clock",
             ages),
        TEST("state and return path have a limit", limits),
        TEST("T-RD9: a return path is checked again when opened",
             return_paths_are_checked_again),
        TEST("sealed bytes that are no attempt are refused",
             sealed_nonsense_is_refused),
        TEST("T-LG7: a browser's hash is of its cookie alone",
             browsers_differ),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
