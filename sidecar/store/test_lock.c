/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_lock.c - a lease has one holder.
 */
#include "store_fixture.h"
#include "keys.h"
#include "lock.h"

static struct store_fixture  fx;


static void
one_holder_at_a_time(void **state)
{
    char             token[44], other[44];
    struct ab_slice  key;

    (void) state;
    fixture_renew(&fx);
    key = key1(&fx.c, KEY_IMPORT_LEASE, "acme");
    assert_int_equal(lock_take(&fx.c, key, 60, token), AB_OK);
    assert_int_equal(strlen(token), 43);
    assert_int_equal(lock_take(&fx.c, key, 60, other), AB_E_CONFLICT);
    assert_int_equal(lock_extend(&fx.c, key, 90, token), AB_OK);
    assert_int_equal(lock_extend(&fx.c, key, 90, "x"), AB_E_CONFLICT);
    assert_int_equal(lock_release(&fx.c, key, "x"), AB_E_CONFLICT);
    assert_int_equal(lock_release(&fx.c, key, token), AB_OK);
    assert_int_equal(lock_release(&fx.c, key, token), AB_E_CONFLICT);
    assert_int_equal(lock_take(&fx.c, key, 60, other), AB_OK);
    assert_string_not_equal(token, other);
    assert_int_equal(fx.c.f.code, AB_OK);
}


static void
a_lease_runs_out(void **state)
{
    char             token[44], other[44];
    struct ab_slice  key;

    (void) state;
    fixture_renew(&fx);
    key = key1(&fx.c, KEY_IMPORT_LEASE, "short");
    assert_int_equal(lock_take(&fx.c, key, 1, token), AB_OK);
    usleep(1100000);
    assert_int_equal(lock_take(&fx.c, key, 60, other), AB_OK);
    assert_int_equal(lock_extend(&fx.c, key, 60, token), AB_E_CONFLICT);
    assert_int_equal(lock_release(&fx.c, key, token), AB_E_CONFLICT);
    assert_int_equal(lock_release(&fx.c, key, other), AB_OK);
}


static int
start(void **state)
{
    (void) state;
    fixture_start(&fx);
    return 0;
}


static int
stop(void **state)
{
    (void) state;
    fixture_stop(&fx);
    return 0;
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("one holder at a time, known by its token", one_holder_at_a_time),
        TEST("a lease runs out, its late holder has lost it",
             a_lease_runs_out),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
