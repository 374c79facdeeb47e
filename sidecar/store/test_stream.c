/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_stream.c - the stream of ends: order, waiting, trimming.
 */
#include "store_fixture.h"
#include "stream.h"

static struct store_fixture  fx;


static struct ab_slice
append(const char *value)
{
    struct ab_slice  pairs[] = { AB_S("kind"), AB_S("sid"),
                                 AB_S("id"), ab_slice_str(value) };
    struct ab_slice  id;

    assert_int_equal(stream_append(&fx.c, pairs, 2, &id), AB_OK);
    return id;
}


static void
an_absent_stream_is_empty(void **state)
{
    struct stream_entry  *e;
    struct ab_slice       id;
    size_t                n;

    (void) state;
    fixture_renew(&fx);
    assert_int_equal(stream_last(&fx.c, &id), AB_OK);
    assert_true(ab_slice_eq_str(id, "0-0"));
    assert_int_equal(stream_read(&fx.c, AB_S("0-0"), 10, 0, &e, &n), AB_OK);
    assert_int_equal(n, 0);
    assert_int_equal(stream_trim(&fx.c, 1000), AB_OK);
}


static void
entries_come_in_order_and_from_a_position(void **state)
{
    struct stream_entry  *e;
    struct ab_slice       first, second, last;
    size_t                n;

    (void) state;
    fixture_renew(&fx);
    first = append("one");
    second = append("two\r\n");
    assert_int_equal(stream_last(&fx.c, &last), AB_OK);
    assert_true(ab_slice_eq(last, second));
    assert_int_equal(stream_read(&fx.c, AB_S("0-0"), 10, 0, &e, &n), AB_OK);
    assert_int_equal(n, 2);
    assert_true(ab_slice_eq(e[0].id, first));
    assert_int_equal(e[1].n, 2);
    assert_true(ab_slice_eq_str(e[1].pairs[2], "id"));
    assert_true(ab_slice_eq_str(e[1].pairs[3], "two\r\n"));
    assert_int_equal(stream_read(&fx.c, AB_S("0-0"), 1, 0, &e, &n), AB_OK);
    assert_int_equal(n, 1);
    assert_int_equal(stream_read(&fx.c, first, 10, 1000, &e, &n), AB_OK);
    assert_true(n == 1 && ab_slice_eq(e[0].id, second));
}


static void
waiting_ends_without_an_entry(void **state)
{
    struct stream_entry  *e;
    struct ab_slice       last;
    int64_t               start = clock_mono_ms();
    size_t                n = 9;

    (void) state;
    fixture_renew(&fx);
    assert_int_equal(stream_last(&fx.c, &last), AB_OK);
    assert_int_equal(stream_read(&fx.c, last, 10, 300, &e, &n), AB_OK);
    assert_int_equal(n, 0);
    assert_true(clock_mono_ms() - start >= 290);
}


static void
a_trimmed_stream_keeps_its_position(void **state)
{
    struct stream_entry  *e;
    struct ab_slice       id, last;
    size_t                n;

    (void) state;
    fixture_renew(&fx);
    id = append("old");
    assert_int_equal(stream_trim(&fx.c, 3600000), AB_OK);
    assert_int_equal(stream_read(&fx.c, AB_S("0-0"), 10, 0, &e, &n), AB_OK);
    assert_true(n > 0);
    usleep(5000);
    assert_int_equal(stream_trim(&fx.c, 1), AB_OK);
    assert_int_equal(stream_read(&fx.c, AB_S("0-0"), 10, 0, &e, &n), AB_OK);
    assert_int_equal(n, 0);
    assert_int_equal(stream_last(&fx.c, &last), AB_OK);
    assert_true(ab_slice_eq(last, id));
}


static void
a_malformed_position_is_refused(void **state)
{
    struct stream_entry  *e;
    size_t                n;

    (void) state;
    fixture_renew(&fx);
    assert_int_equal(stream_read(&fx.c, AB_S("x-y"), 10, 0, &e, &n),
                     AB_E_STORE_REPLY);
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
        TEST("an absent stream is empty", an_absent_stream_is_empty),
        TEST("entries come in order, from a position on",
             entries_come_in_order_and_from_a_position),
        TEST("waiting ends without an entry", waiting_ends_without_an_entry),
        TEST("a stream trimmed empty keeps its position",
             a_trimmed_stream_keeps_its_position),
        TEST("a malformed position is refused",
             a_malformed_position_is_refused),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
