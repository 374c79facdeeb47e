/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ab_utf8.c - sequences at the edges of what RFC 3629 allows.
 */
#include "ab_utf8.h"
#include "test_rows.h"


static void
sequences(void **state)
{
    static const struct {
        const char  *bytes;
        size_t       len;
    } rows[] = {
        { "", 0 }, { "a", 1 }, { "\x7f", 1 }, { "\x80", 0 }, { "\xbf", 0 },
        { "\xc0\x80", 0 }, { "\xc1\xbf", 0 }, { "\xc2\x80", 2 },
        { "\xc2", 0 }, { "\xc2\x41", 0 }, { "\xdf\xbf", 2 },
        { "\xe0\x9f\xbf", 0 }, { "\xe0\xa0\x80", 3 }, { "\xe0\xa0", 0 },
        { "\xed\x9f\xbf", 3 }, { "\xed\xa0\x80", 0 },
        { "\xef\xbf\xbf", 3 }, { "\xef\xbf\xc0", 0 },
        { "\xf0\x8f\xbf\xbf", 0 }, { "\xf0\x90\x80\x80", 4 },
        { "\xf0\x90\x80", 0 }, { "\xf4\x8f\xbf\xbf", 4 },
        { "\xf4\x90\x80\x80", 0 }, { "\xf5\x80\x80\x80", 0 },
        { "\xff", 0 }, { "ab", 1 },
    };
    size_t  i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        CHECK_ROW(i, ab_utf8_len(ab_slice_str(rows[i].bytes))
                     == rows[i].len);
    }
}


static void
whole_texts(void **state)
{
    (void) state;
    assert_true(ab_is_utf8(AB_S("")));
    assert_true(ab_is_utf8(AB_S("a\0b")));
    assert_true(ab_is_utf8(AB_S("Gr\xc3\xbc\xc3\x9f" "e \xf0\x9f\x98\x80")));
    assert_false(ab_is_utf8(AB_S("Gr\xfc\xdf" "e")));
    assert_false(ab_is_utf8(AB_S("ok\xe2\x82")));
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("sequences, row by row", sequences),
        TEST("whole texts", whole_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
