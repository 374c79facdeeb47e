/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ab_time.c - tests of ab_time.
 */
#include "ab_time.h"
#include "test_rows.h"

static const struct {
    const char  *in;
    bool         is_u64;
    uint64_t     u64;
    bool         is_i64;
    int64_t      i64;
} numbers[] = {
    { "0",                    true,  0,          true,  0 },
    { "7",                    true,  7,          true,  7 },
    { "2147483648",           true,  2147483648, true,  2147483648 },
    { "9223372036854775807",  true,  INT64_MAX,  true,  INT64_MAX },
    { "9223372036854775808",  true,  (uint64_t) INT64_MAX + 1, false, 0 },
    { "-9223372036854775808", false, 0,          true,  INT64_MIN },
    { "-9223372036854775809", false, 0,          false, 0 },
    { "18446744073709551615", true,  UINT64_MAX, false, 0 },
    { "18446744073709551616", false, 0,          false, 0 },
    { "99999999999999999999", false, 0,          false, 0 },
    { "-1",                   false, 0,          true,  -1 },
    { "-0",                   false, 0,          false, 0 },
    { "",                     false, 0,          false, 0 },
    { "-",                    false, 0,          false, 0 },
    { "01",                   false, 0,          false, 0 },
    { "+1",                   false, 0,          false, 0 },
    { " 1",                   false, 0,          false, 0 },
    { "1 ",                   false, 0,          false, 0 },
    { "1x",                   false, 0,          false, 0 },
    { "0x1",                  false, 0,          false, 0 },
};


static void
reads_numbers(void **state)
{
    struct ab_slice  in;
    uint64_t         u;
    int64_t          v;
    size_t           i;

    (void) state;
    for (i = 0; i < ROWS(numbers); i++) {
        in = ab_slice_str(numbers[i].in);
        u = 1;
        v = 1;
        CHECK_ROW(i, (ab_parse_u64(in, &u) == AB_OK) == numbers[i].is_u64);
        CHECK_ROW(i, u == (numbers[i].is_u64 ? numbers[i].u64 : 1));
        CHECK_ROW(i, (ab_parse_i64(in, &v) == AB_OK) == numbers[i].is_i64);
        CHECK_ROW(i, v == (numbers[i].is_i64 ? numbers[i].i64 : 1));
    }
}


static const struct {
    const char  *in;
    int64_t      want;      /* -1: refused */
} durations[] = {
    { "0", 0 }, { "30", 30 }, { "30s", 30 }, { "5m", 300 }, { "2h", 7200 },
    { "1d", 86400 }, { "9223372036854775807", INT64_MAX },
    { "106751991167300d", 106751991167300 * 86400 },
    { "106751991167301d", -1 }, { "9223372036854775808", -1 },
    { "", -1 }, { "s", -1 }, { "5ms", -1 }, { "-5s", -1 }, { "5 s", -1 },
    { "1h30m", -1 }, { "5M", -1 }, { "05s", -1 }, { "1w", -1 },
};


static void
reads_durations(void **state)
{
    int64_t  v;
    size_t   i;

    (void) state;
    for (i = 0; i < ROWS(durations); i++) {
        v = -1;
        CHECK_ROW(i, (ab_parse_duration_s(ab_slice_str(durations[i].in), &v)
                      == AB_OK) == (durations[i].want >= 0));
        CHECK_ROW(i, v == durations[i].want);
    }
}


static void
never_wraps(void **state)
{
    static const int64_t  rows[][3] = {
        { 1, 2, 3 },
        { 1900000000, INT32_MAX, 4047483647 },
        { INT64_MAX, 1, INT64_MAX },
        { INT64_MAX - 5, 5, INT64_MAX },
        { 5, INT64_MAX, INT64_MAX },
        { INT64_MIN, -1, INT64_MIN },
    };
    size_t  i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        CHECK_ROW(i, ab_time_add(rows[i][0], rows[i][1]) == rows[i][2]);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("T-SE11: numbers are read whole or refused", reads_numbers),
        TEST("T-SE11: durations are read whole or refused", reads_durations),
        TEST("T-SE11: sums of times do not wrap", never_wraps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
