/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ab_error.c - tests of ab_error.
 */
#include "ab_error.h"
#include "test_rows.h"

#include <stdlib.h>
#include <string.h>


static void
each_row_is_whole(void **state)
{
    const struct ab_err_row  *row, *other;
    int                       e, f;

    (void) state;
    for (e = AB_OK; e < AB_ERR_N; e++) {
        row = ab_err_row((enum ab_err) e);
        CHECK_ROW(e, row->name != NULL && row->reason != NULL
                     && row->text != NULL);
        CHECK_ROW(e, row->status >= 200 && row->status < 600);
        /* No input answers 500; a fault of ours is 503 (issue 3). */
        CHECK_ROW(e, row->status != 500);
        CHECK_ROW(e, row->reason[strspn(row->reason,
                         "abcdefghijklmnopqrstuvwxyz_")] == '\0');
        for (f = AB_OK; f < e; f++) {
            other = ab_err_row((enum ab_err) f);
            CHECK_ROW(e, strcmp(row->reason, other->reason) != 0);
        }
    }
}


static void
strange_numbers_are_internal(void **state)
{
    (void) state;
    assert_string_equal(ab_err_reason(AB_OK), "ok");
    assert_int_equal(ab_err_row(AB_OK)->status, 200);
    assert_ptr_equal(ab_err_row(AB_ERR_N), ab_err_row(AB_E_INTERNAL));
    assert_ptr_equal(ab_err_row((enum ab_err) -1), ab_err_row(AB_E_INTERNAL));
    assert_string_equal(ab_err_reason(AB_E_RULE_ROLE), "rule_role");
}


/* A row "| `reason` | status |" for each, and none beside them. */
static void
the_page_has_each_row(void **state)
{
    const struct ab_err_row  *row;
    char                     *page = test_read_page("docs/reasons.md");
    char                      want[100];
    const char               *at;
    int                       e, n = 0;

    (void) state;
    for (e = AB_OK + 1; e < AB_ERR_N; e++) {
        row = ab_err_row((enum ab_err) e);
        snprintf(want, sizeof(want), "\n| `%s` | %d |", row->reason,
                 row->status);
        if (strstr(page, want) == NULL) {
            fail_msg("docs/reasons.md lacks a row%s", want);
        }
    }
    for (at = page; (at = strstr(at, "\n| `")) != NULL; at++) {
        n++;
    }
    assert_int_equal(n, AB_ERR_N - 1);
    free(page);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("each reason is whole and unique", each_row_is_whole),
        TEST("a number outside the list is an internal error",
             strange_numbers_are_internal),
        TEST("docs/reasons.md has each reason and no other",
             the_page_has_each_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
