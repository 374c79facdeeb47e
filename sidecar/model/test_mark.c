/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_mark.c - marks read back as they were written; take-once actions are
 * taken once.
 */
#include "act.h"
#include "session_fixture.h"

static struct session_fixture  fx;

#define C  (&fx.st.c)


static void
renew(void)
{
    fixture_renew(&fx.st);
}


static void
a_mark_reads_back_as_it_was_written(void **state)
{
    static const char     key[] = "0123456789abcdef\0\r\n9abcdef%s%s%n1";
    struct mark           in = {
        .kind = AB_MARK_EDGE, .realm_id = AB_S("realm-1"),
        .id = ab_slice(key, 32), .sid = AB_S("AAAAAAAAAAAAAAAAAAAAAAAA"),
        .client = AB_S("wiki"), .time = 1234,
    };
    struct stream_entry  *e;
    struct ab_slice       position;
    struct mark           out;
    size_t                n;

    (void) state;
    renew();
    assert_int_equal(mark_append(C, &in, &position), AB_OK);
    assert_int_equal(stream_read(C, AB_S("0-0"), 10, 0, &e, &n), AB_OK);
    assert_int_equal(n, 1);
    assert_int_equal(mark_read(&e[0], &out), AB_OK);
    assert_false(out.is_ending);
    assert_int_equal(out.kind, AB_MARK_EDGE);
    assert_true(ab_slice_eq(out.id, in.id));
    assert_true(ab_slice_eq(out.sid, in.sid));
    assert_true(ab_slice_eq(out.client, in.client));
    assert_int_equal(out.time, 1234);
    assert_true(ab_slice_eq(out.position, position));
    assert_int_equal(mark_realm_epoch(C, "realm-1"), AB_OK);
    assert_int_equal(stream_read(C, position, 10, 0, &e, &n), AB_OK);
    assert_int_equal(mark_read(&e[0], &out), AB_OK);
    assert_int_equal(out.kind, AB_MARK_REALM_EPOCH);
    assert_in_range(out.time, clock_now_s() - 5, clock_now_s() + 5);
}


/* what, kind, realm, time, id of the entry → whether it is a mark */
static const struct {
    const char   *what, *kind, *realm, *time, *id;
    enum ab_err   want;
} entries[] = {
    { "mark",    "1",  "r", "5",  "1-1", AB_OK },
    { "ending",  "9",  "r", "5",  "1-1", AB_OK },
    { "mark",    "1",  "r", "",   "7000-1", AB_OK },
    { "marks",   "1",  "r", "5",  "1-1", AB_E_FORMAT },
    { "",        "1",  "r", "5",  "1-1", AB_E_FORMAT },
    { "mark",    "0",  "r", "5",  "1-1", AB_E_FORMAT },
    { "mark",    "10", "r", "5",  "1-1", AB_E_FORMAT },
    { "mark",    "x",  "r", "5",  "1-1", AB_E_FORMAT },
    { "mark",    "1",  "",  "5",  "1-1", AB_E_FORMAT },
    { "mark",    "1",  "r", "5x", "1-1", AB_E_FORMAT },
    { "mark",    "1",  "r", "",   "x",   AB_E_FORMAT },
};


static void
foreign_entries_are_no_marks(void **state)
{
    struct stream_entry  e;
    struct mark          m;
    size_t               i;

    (void) state;
    for (i = 0; i < ROWS(entries); i++) {
        struct ab_slice  pairs[] = {
            AB_S("what"), ab_slice_str(entries[i].what),
            AB_S("kind"), ab_slice_str(entries[i].kind),
            AB_S("realm"), ab_slice_str(entries[i].realm),
            AB_S("time"), ab_slice_str(entries[i].time),
        };

        e = (struct stream_entry) { ab_slice_str(entries[i].id), 4, pairs };
        CHECK_ROW(i, mark_read(&e, &m) == entries[i].want);
    }
    e = (struct stream_entry) { AB_S("1-1"), 0, NULL };
    assert_int_equal(mark_read(&e, &m), AB_E_FORMAT);
}


static void
an_action_is_taken_once_and_by_its_kind_only(void **state)
{
    struct ab_slice  value, in = AB_S("planted\0value");
    char             handle[44];

    (void) state;
    renew();
    assert_int_equal(act_put(C, "logout", in, 60, handle), AB_OK);
    assert_int_equal(strlen(handle), 43);
    assert_int_equal(act_take(C, "link", handle, &value), AB_E_STORE_ABSENT);
    assert_int_equal(act_take(C, "logout", "", &value), AB_E_STORE_ABSENT);
    assert_int_equal(act_take(C, "logout", "x", &value), AB_E_STORE_ABSENT);
    assert_int_equal(act_take(C, "logout", handle, &value), AB_OK);
    assert_true(ab_slice_eq(value, in));
    assert_int_equal(act_take(C, "logout", handle, &value),
                     AB_E_STORE_ABSENT);
    assert_int_equal(act_put(C, "logout", in, 1, handle), AB_OK);
    usleep(1200 * 1000);
    assert_int_equal(act_take(C, "logout", handle, &value),
                     AB_E_STORE_ABSENT);
    assert_int_equal(C->f.code, AB_OK);
}


static int
setup(void **state)
{
    (void) state;
    session_fixture_start(&fx);
    return 0;
}


static int
teardown(void **state)
{
    (void) state;
    session_fixture_stop(&fx);
    return 0;
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(a_mark_reads_back_as_it_was_written),
        cmocka_unit_test(foreign_entries_are_no_marks),
        cmocka_unit_test(an_action_is_taken_once_and_by_its_kind_only),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
