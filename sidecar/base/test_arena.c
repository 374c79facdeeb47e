/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_arena.c - memory that is freed all at once.
 */
#include "test_rows.h"
#include "arena.h"
#include "fault.h"

#include <stdint.h>


static void
memory_is_zeroed_and_aligned(void **state)
{
    struct arena  *a = arena_new(10 * 1024 * 1024);
    char          *p;
    size_t         n, i;

    (void) state;
    for (n = 0; n < 20000; n += 97) {
        p = arena_alloc(a, n);
        CHECK_ROW(n, p != NULL && (uintptr_t) p % _Alignof(max_align_t) == 0);
        for (i = 0; i < n; i++) {
            CHECK_ROW(n, p[i] == 0);
            p[i] = (char) 0xff;
        }
    }
    arena_free(a);
}


static void
the_maximum_holds(void **state)
{
    static const struct {
        size_t  max, ask;
        bool    fits;
    } rows[] = {
        { 0, 0, false }, { 0, 1, false }, { 16, 16, true }, { 16, 17, false },
        { 64, SIZE_MAX, false }, { SIZE_MAX, SIZE_MAX, false },
        { SIZE_MAX, SIZE_MAX - 15, false }, { 1 << 20, 1 << 20, true },
    };
    struct arena  *a;
    size_t         i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        a = arena_new(rows[i].max);
        CHECK_ROW(i, (arena_alloc(a, rows[i].ask) != NULL) == rows[i].fits);
        arena_free(a);
    }
    a = arena_new(100);
    assert_null(arena_array(a, SIZE_MAX / 2, 4));
    assert_null(arena_array(a, 3, SIZE_MAX / 2));
    assert_non_null(arena_array(a, 0, 8));
    assert_non_null(arena_array(a, 8, 0));
    arena_free(a);
}


static void
copies_end_in_nul(void **state)
{
    struct arena     *a = arena_new(1000);
    struct ab_slice   s;

    (void) state;
    assert_memory_equal(arena_dup(a, ab_slice("a\0b", 3)), "a\0b\0", 4);
    assert_string_equal(arena_dup(a, ab_slice(NULL, 0)), "");
    assert_string_equal(arena_str(a, "text"), "text");
    assert_string_equal(arena_printf(a, "%s-%d", "x", 7), "x-7");
    s = arena_slice(a, AB_S("abc"));
    assert_true(ab_slice_eq_str(s, "abc"));
    assert_null(arena_printf(a, "%2000d", 1));
    s = arena_slice(a, ab_slice(s.p, SIZE_MAX));
    assert_true(s.p == NULL && s.len == 0);
    arena_free(a);
}


static char    order[8];
static size_t  order_n;


static void
note(void *ptr)
{
    order[order_n++] = *(const char *) ptr;
}


static void
clean_ups_run_newest_first_and_once(void **state)
{
    static char    x = 'x', y = 'y', z = 'z';
    struct arena  *a = arena_new(64);

    (void) state;
    order_n = 0;
    assert_true(arena_own(a, &x, note));
    assert_true(arena_own(a, NULL, note));
    assert_true(arena_own(a, &y, note));
    assert_false(arena_own(a, &z, note));       /* full: runs at once */
    assert_int_equal(order_n, 1);
    arena_free(a);
    arena_free(NULL);
    assert_memory_equal(order, "zyx", 3);
    assert_int_equal(order_n, 3);
}


static void
every_failed_allocation_gives_null(void **state)
{
    struct arena  *a;
    long           n;
    bool           hit = true, fine;

    (void) state;
    for (n = 0; hit; n++) {
        fault_alloc_at(n);
        a = arena_new(1 << 20);
        fine = a != NULL && arena_alloc(a, 100) != NULL
               && arena_alloc(a, 9000) != NULL && arena_str(a, "x") != NULL;
        hit = fault_was_hit();
        fault_alloc_at(-1);
        arena_free(a);
        CHECK_ROW(n, fine == !hit);
    }
    assert_int_equal(n, 4);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("memory is zeroed and aligned", memory_is_zeroed_and_aligned),
        TEST("the maximum holds, sizes cannot wrap", the_maximum_holds),
        TEST("copies end in NUL", copies_end_in_nul),
        TEST("clean-ups run newest first and once",
             clean_ups_run_newest_first_and_once),
        TEST("every failed allocation gives NULL",
             every_failed_allocation_gives_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
