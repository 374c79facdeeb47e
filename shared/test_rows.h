/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_rows.h - cmocka, a check that names the row, and titled tests.
 */
#ifndef AB_TEST_ROWS_H
#define AB_TEST_ROWS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* cmocka's fail() is a macro; base/fail.h has a function of that name. */
#undef fail
#undef fail_msg
#define fail_msg(...)                                                       \
    do {                                                                    \
        print_error(__VA_ARGS__);                                           \
        print_error("\n");                                                  \
        _fail(__FILE__, __LINE__);                                          \
    } while (0)

/* Fail with the number of the table's row. */
#define CHECK_ROW(row, condition)                                           \
    do {                                                                    \
        if (!(condition)) {                                                 \
            fail_msg("row %d: %s", (int) (row), #condition);                \
        }                                                                   \
    } while (0)

/* A test under a title, a sentence that can be false. */
#define TEST(title, function)  { title, function, NULL, NULL, NULL }

/* A slice over a literal, for tables. */
#define S(literal)  { literal, sizeof(literal) - 1 }

#define ROWS(table)  (sizeof(table) / sizeof((table)[0]))


/* A page of the tree, NUL-terminated; free() it. Tests run at the top. */
static inline char *
test_read_page(const char *name)
{
    FILE    *f = fopen(name, "r");
    char    *text;
    size_t   len;

    if (f == NULL) {
        fail_msg("cannot open %s", name);
        return NULL;
    }
    text = malloc(1024 * 1024);
    assert_non_null(text);
    len = fread(text, 1, 1024 * 1024 - 1, f);
    fclose(f);
    text[len] = '\0';
    return text;
}

#endif
