/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ab_buf.c - tests of ab_buf.
 */
#include "ab_buf.h"
#include "ab_ct.h"
#include "test_alloc.h"
#include "test_rows.h"

#include <stdint.h>


static void
grows_to_its_maximum(void **state)
{
    struct ab_buf  b;
    size_t         i;

    (void) state;
    ab_buf_init(&b, 1000);
    for (i = 0; i < 1000; i++) {
        ab_buf_add_byte(&b, (uint8_t) i);
        CHECK_ROW(i, !b.failed && b.len == i + 1);
        CHECK_ROW(i, b.len <= b.cap && b.cap <= b.max);
    }
    ab_buf_add_byte(&b, 0);
    assert_true(b.failed);
    assert_int_equal(b.len, 1000);
    for (i = 0; i < 1000; i++) {
        CHECK_ROW(i, (uint8_t) b.p[i] == (uint8_t) i);
    }
    ab_buf_clear(&b);
}


static void
fails_once_and_for_all(void **state)
{
    struct ab_buf  b;
    char           mem[4];

    (void) state;
    ab_buf_init_fixed(&b, mem, sizeof(mem));
    ab_buf_add_str(&b, "abc");
    ab_buf_add_str(&b, "de");           /* writes nothing */
    assert_true(b.failed);
    assert_int_equal(b.len, 3);
    ab_buf_add_byte(&b, 'x');           /* would fit, and does nothing */
    assert_int_equal(b.len, 3);
    ab_buf_reset(&b);
    assert_false(b.failed);
    assert_memory_equal(mem, "\0\0\0", 3);
    ab_buf_add_str(&b, "abcd");
    assert_false(b.failed);
    assert_null(ab_buf_room(&b, SIZE_MAX));
    ab_buf_clear(&b);
    assert_memory_equal(mem, "\0\0\0\0", 4);
}


static void
is_unusable_when_cleared(void **state)
{
    struct ab_buf  b;

    (void) state;
    ab_buf_init(&b, 100);
    ab_buf_add_str(&b, "abc");
    ab_buf_clear(&b);
    ab_buf_clear(&b);
    ab_buf_add_str(&b, "abc");
    assert_true(b.failed);
    assert_null(b.p);
}


static void
takes_an_empty_write(void **state)
{
    struct ab_buf  b;

    (void) state;
    ab_buf_init(&b, 0);
    ab_buf_add(&b, ab_slice(NULL, 0));
    assert_false(b.failed);
    ab_buf_add_byte(&b, 1);
    assert_true(b.failed);
    ab_buf_clear(&b);
}


static void
writes_numbers(void **state)
{
    static const struct {
        int64_t      v;
        const char  *want;
    } rows[] = {
        { 0, "0" }, { 7, "7" }, { -1, "-1" }, { 1234567890, "1234567890" },
        { INT64_MAX, "9223372036854775807" },
        { INT64_MIN, "-9223372036854775808" },
    };
    struct ab_buf  b;
    size_t         i;

    (void) state;
    ab_buf_init(&b, 100);
    for (i = 0; i < ROWS(rows); i++) {
        ab_buf_reset(&b);
        ab_buf_add_dec(&b, rows[i].v);
        CHECK_ROW(i, ab_slice_eq_str(ab_buf_slice(&b), rows[i].want));
    }
    ab_buf_reset(&b);
    ab_buf_addf(&b, "%s-%d", "a", 5);
    assert_true(ab_slice_eq_str(ab_buf_slice(&b), "a-5"));
    ab_buf_addf(&b, "%0120d", 1);
    assert_true(b.failed);
    assert_int_equal(b.len, 3);
    ab_buf_clear(&b);
}


static void
consumes_from_the_front(void **state)
{
    struct ab_buf  b;

    (void) state;
    ab_buf_init(&b, 100);
    ab_buf_add_str(&b, "abcdef");
    ab_buf_consume(&b, 2);
    assert_true(ab_slice_eq_str(ab_buf_slice(&b), "cdef"));
    assert_memory_equal(b.p + 4, "\0\0", 2);
    ab_buf_consume(&b, 0);
    ab_buf_consume(&b, 100);
    assert_int_equal(b.len, 0);
    ab_buf_clear(&b);
}


static void
compares_whole_secrets(void **state)
{
    (void) state;
    assert_true(ab_ct_equal("abc", 3, "abc", 3));
    assert_true(ab_ct_equal(NULL, 0, NULL, 0));
    assert_false(ab_ct_equal("abc", 3, "abd", 3));
    assert_false(ab_ct_equal("abc", 3, "ab", 2));
    assert_false(ab_ct_equal("a\0b", 3, "a\0c", 3));
    ab_wipe(NULL, 0);
}


static void
runs_out_of_memory(void **state)
{
    struct ab_buf  b;
    int            n, i;

    (void) state;
    if (!TEST_ALLOC_MALLOC) {
        skip();
    }
    for (n = 1; n < 6; n++) {
        ab_buf_init(&b, 10000);
        test_alloc_fail_at(n);
        for (i = 0; i < 3000; i++) {
            ab_buf_add_byte(&b, (uint8_t) i);
        }
        test_alloc_fail_at(0);
        /* It grows at 256, 512, 1024 and 2048 bytes. */
        CHECK_ROW(n, b.failed && b.len == (n == 1 ? 0 : 128u << n >> 1));
        ab_buf_clear(&b);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("a buffer grows to its maximum", grows_to_its_maximum),
        TEST("a write that does not fit writes nothing", fails_once_and_for_all),
        TEST("a cleared buffer takes nothing", is_unusable_when_cleared),
        TEST("an empty write is no failure", takes_an_empty_write),
        TEST("numbers are written whole", writes_numbers),
        TEST("what is consumed is gone", consumes_from_the_front),
        TEST("without memory a write fails and the rest stays",
             runs_out_of_memory),
        TEST("T-BE12: secrets are compared whole, NUL and length included",
             compares_whole_secrets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
