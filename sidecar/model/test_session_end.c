/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_session_end.c - what ended stays ended, whoever dies on the way.
 */
#include "session_fixture.h"
#include "session_int.h"

#include "base/fault.h"

static struct session_fixture  fx;

#define C           (&fx.st.c)
#define ENTRIES_MAX 1000


static void
renew(void)
{
    fixture_renew(&fx.st);
    fault_store_at(-1);
    fault_alloc_at(-1);
}


/* Entries of the stream after a position, as marks. */
static size_t
marks_after(struct ab_slice position, struct mark **ret_marks)
{
    struct stream_entry  *e;
    size_t                n, i;

    assert_int_equal(stream_read(C, position, ENTRIES_MAX, 0, &e, &n), AB_OK);
    *ret_marks = arena_array(C->a, n + 1, sizeof(**ret_marks));
    for (i = 0; i < n; i++) {
        assert_int_equal(mark_read(&e[i], &(*ret_marks)[i]), AB_OK);
    }
    return n;
}


static struct ab_slice
position(void)
{
    struct ab_slice  id;

    assert_int_equal(stream_last(C, &id), AB_OK);
    return id;
}


static void
an_end_writes_ending_tombstone_and_mark(void **state)
{
    struct sign_in         in = session_fixture_in(&fx);
    struct ab_slice        from;
    struct session_x       x;
    const struct session  *s;
    struct signed_in       out;
    struct mark           *m;

    (void) state;
    renew();
    from = position();
    in.idp = "github";
    in.upstream_id_token = "upstream.id.token";
    assert_int_equal(session_sign_in(C, &in, &out), AB_OK);
    assert_int_equal(session_x_load(C, out.sid, &x), AB_E_STORE_ABSENT);
    assert_int_equal(session_end(C, &fx.realm, out.sid, "https://wiki/bye",
                                 "wiki"), AB_OK);
    assert_int_equal(session_load(C, &fx.realm, out.sid, &s),
                     AB_E_SESSION_ENDED);
    assert_int_equal(marks_after(from, &m), 2);
    assert_true(m[0].is_ending && !m[1].is_ending);
    assert_int_equal(m[0].kind, AB_MARK_SID);
    assert_int_equal(m[1].kind, AB_MARK_SID);
    assert_true(ab_slice_eq_str(m[1].id, out.sid));
    assert_true(ab_slice_eq_str(m[1].realm_id, "realm-1"));
    assert_true(m[1].time > 1700000000);
    assert_true(ab_position_cmp(m[0].position, m[1].position) < 0);
    assert_int_equal(session_x_load(C, out.sid, &x), AB_OK);
    assert_string_equal(x.idp, "github");
    assert_string_equal(x.id_token, "upstream.id.token");
    assert_string_equal(x.landing, "https://wiki/bye");
    assert_string_equal(x.client_id, "wiki");
    assert_string_equal(x.realm_id, "realm-1");
    assert_string_equal(x.user_id, fx.user.id);
    assert_int_equal(session_x_load(C, out.sid, &x), AB_OK);    /* kept */
}


static void
a_second_end_changes_nothing_and_writes_nothing(void **state)
{
    struct session_x  x;
    struct ab_slice   from;
    struct mark      *m;
    struct signed_in  out;

    (void) state;
    renew();
    out = session_fixture_sign_in(&fx);
    assert_int_equal(session_end(C, &fx.realm, out.sid, "https://a/", NULL),
                     AB_OK);
    from = position();
    assert_int_equal(session_end(C, &fx.realm, out.sid, "https://b/", NULL),
                     AB_OK);
    assert_int_equal(marks_after(from, &m), 0);
    assert_int_equal(session_x_load(C, out.sid, &x), AB_OK);
    assert_string_equal(x.landing, "https://a/");
}


/* T-LO5: nothing revives a tombstone. */
static void
a_tombstone_refuses_every_step(void **state)
{
    struct sign_in                in = session_fixture_in(&fx);
    struct refresh_use            use = { .jti = "j" };
    const struct client_session  *cs;
    const struct session         *s;
    struct signed_in              out, again;
    uint8_t                       key[32] = { 1 };
    struct redeem                 re;
    int64_t                       idle, ttl;
    struct reply                 *r;

    (void) state;
    renew();
    out = session_fixture_sign_in(&fx);
    assert_int_equal(session_load(C, &fx.realm, out.sid, &s), AB_OK);
    assert_int_equal(session_end(C, &fx.realm, out.sid, NULL, NULL), AB_OK);
    re = (struct redeem) { .code = out.code };
    in.sid = out.sid;
    assert_int_equal(session_sign_in(C, &in, &again), AB_E_SESSION_ENDED);
    assert_int_equal(session_redeem(C, &fx.realm, &fx.client, &re, &cs),
                     AB_E_SESSION_ENDED);
    assert_int_equal(session_refresh(C, &fx.realm, s, &fx.client, &use, &cs),
                     AB_E_SESSION_ENDED);
    assert_int_equal(session_touch(C, &fx.realm, out.sid, &idle),
                     AB_E_SESSION_ENDED);
    assert_int_equal(session_edge_put(C, out.sid, key, AB_S("x"), 0),
                     AB_E_SESSION_ENDED);
    assert_int_equal(session_user_version(C, out.sid, 99), AB_OK);
    assert_int_equal(session_code_spend(C, out.code), AB_OK);
    assert_int_equal(session_end_client(C, &fx.realm, out.sid, &fx.client),
                     AB_OK);
    assert_int_equal(session_end_edge(C, &fx.realm, out.sid, key), AB_OK);
    assert_int_equal(store_hgetall(C, key1(C, KEY_SESSION, out.sid), &r),
                     AB_OK);
    assert_int_equal(r->n, 2);
    assert_true(ab_slice_eq_str(r->list[0].s, "tomb"));

    /* It lives as long as the realm's longest session could. */
    {
        struct ab_slice  argv[] = { AB_S("TTL"),
                                    key1(C, KEY_SESSION, out.sid) };

        assert_int_equal(store_call(C, 1, argv, 2, &r), AB_OK);
        ttl = r->i;
        assert_true(ttl > fx.realm.sso_max);
    }
}


static void
ends_of_other_realms_and_malformed_ids_are_refused(void **state)
{
    struct realm           other = fx.realm;
    const struct session  *s;
    struct ab_slice        from;
    struct signed_in       out;
    struct mark           *m;

    (void) state;
    renew();
    other.id = "realm-2";
    out = session_fixture_sign_in(&fx);
    from = position();
    assert_int_equal(session_end(C, &other, out.sid, NULL, NULL),
                     AB_E_SESSION_OTHER);
    assert_int_equal(session_end(C, &fx.realm, "}", NULL, NULL),
                     AB_E_SESSION_UNKNOWN);
    assert_int_equal(marks_after(from, &m), 0);
    assert_int_equal(session_load(C, &fx.realm, out.sid, &s), AB_OK);
}


static void
ending_a_client_twice_costs_the_stream_once(void **state)
{
    const struct client_session  *cs;
    struct ab_slice               from;
    struct signed_in              out;
    struct redeem                 re;
    struct mark                  *m;

    (void) state;
    renew();
    out = session_fixture_sign_in(&fx);
    re = (struct redeem) { .code = out.code };
    assert_int_equal(session_redeem(C, &fx.realm, &fx.client, &re, &cs),
                     AB_OK);
    from = position();
    assert_int_equal(session_end_client(C, &fx.realm, out.sid, &fx.client),
                     AB_OK);
    assert_int_equal(session_end_client(C, &fx.realm, out.sid, &fx.client),
                     AB_OK);
    assert_int_equal(marks_after(from, &m), 2);
    assert_int_equal(m[1].kind, AB_MARK_CLIENT_SESSION);
    assert_true(ab_slice_eq_str(m[1].id, out.sid));
    assert_true(ab_slice_eq_str(m[1].client, "wiki"));
    assert_false(session_fixture_has(&fx, out.sid, arena_printf(C->a, "c:%s",
                                                            fx.client.id)));
}


/* The last `ending` after a position that no mark follows. */
static bool
unfinished(struct ab_slice from, struct mark *ret_m)
{
    struct mark  *m;
    size_t        n = marks_after(from, &m), i;
    bool          open = false;

    for (i = 0; i < n; i++) {
        if (m[i].is_ending) {
            *ret_m = m[i];
        }
        open = m[i].is_ending;
    }
    return open;
}


/*
 * T-SE12: the daemon dies before its n-th question to Redis. Either nothing
 * was begun and the session lives, or a follower completes it; nobody was
 * told that it ended (the call failed) unless it has.
 */
static void
whoever_dies_during_an_end_leaves_it_to_be_finished(void **state)
{
    const struct session  *s;
    struct ab_slice        from;
    struct signed_in       out;
    struct mark            ending, *m;
    enum ab_err            e = AB_E_STORE_DOWN;
    bool                   began;
    long                   n;

    (void) state;
    for (n = 0; e != AB_OK; n++) {
        renew();
        out = session_fixture_sign_in(&fx);
        from = position();
        fault_store_at(n);
        e = session_end(C, &fx.realm, out.sid, "https://a/", NULL);
        CHECK_ROW(n, (e == AB_OK) == (!fault_was_hit() || e == AB_OK));
        fault_store_at(-1);
        fail_clear(&C->f);
        began = marks_after(from, &m) > 0;
        if (e != AB_OK && unfinished(from, &ending)) {
            CHECK_ROW(n, session_end_finish(C, &ending) == AB_OK);
            CHECK_ROW(n, !unfinished(from, &ending));
        }
        CHECK_ROW(n, session_load(C, &fx.realm, out.sid, &s)
                     == (began ? AB_E_SESSION_ENDED : AB_OK));
        CHECK_ROW(n, n < 40);
    }
    assert_true(n >= 5);
}


static void
a_follower_finishes_ends_of_parts_too(void **state)
{
    const struct client_session  *cs;
    const struct session         *s;
    struct signed_in              out;
    struct ab_slice               from, identity;
    uint8_t                       key[32];
    struct redeem                 re;
    struct mark                   ending, *m;
    size_t                        n;

    (void) state;
    renew();
    memset(key, 7, sizeof(key));
    identity = AB_S("any bytes");
    out = session_fixture_sign_in(&fx);
    re = (struct redeem) {
        .code = out.code, .edge_key = key, .identity = identity
    };
    assert_int_equal(session_redeem(C, &fx.realm, &fx.client, &re, &cs),
                     AB_OK);
    from = position();
    ending = (struct mark) {
        .is_ending = true, .kind = AB_MARK_EDGE, .realm_id = AB_S("realm-1"),
        .id = ab_slice(key, 32), .sid = ab_slice_str(out.sid),
    };
    assert_int_equal(mark_ending(C, &ending), AB_OK);
    assert_true(unfinished(from, &ending));
    assert_true(ab_slice_eq_str(ending.sid, out.sid));
    assert_int_equal(session_end_finish(C, &ending), AB_OK);
    assert_false(session_fixture_has(&fx, out.sid,
        arena_printf(C->a, "%.*s", (int) session_edge_field(C, key).len,
                     session_edge_field(C, key).p)));
    ending = (struct mark) {
        .is_ending = true, .kind = AB_MARK_CLIENT_SESSION,
        .realm_id = AB_S("realm-1"), .id = ab_slice_str(out.sid),
        .client = AB_S("wiki"),
    };
    assert_int_equal(session_end_finish(C, &ending), AB_OK);
    assert_int_equal(session_load(C, &fx.realm, out.sid, &s), AB_OK);
    assert_int_equal(session_client(C, s, fx.client.id, &cs),
                     AB_E_INVALID_GRANT);
    n = marks_after(from, &m);
    assert_int_equal(n, 3);
    assert_int_equal(m[2].kind, AB_MARK_CLIENT_SESSION);
    /* What is no end of a session is none of ours. */
    ending.kind = AB_MARK_USER;
    assert_int_equal(session_end_finish(C, &ending), AB_OK);
    assert_int_equal(marks_after(from, &m), 3);
}


/* ---- T-SE7: a store that fails at any question is an error, never success */

static enum ab_err
step_sign_in(struct signed_in *out)
{
    struct sign_in  in = session_fixture_in(&fx);

    in.idp_id = "idp-1";
    in.broker_user = "4711";
    in.notes = NULL;
    return session_sign_in(C, &in, out);
}


static enum ab_err
step_load(struct signed_in *out)
{
    const struct session  *s;

    return session_load(C, &fx.realm, out->sid, &s);
}


static enum ab_err
step_peek(struct signed_in *out)
{
    const struct session  *s;
    const struct code     *code;

    return session_code_peek(C, &fx.realm, out->code, &s, &code);
}


static enum ab_err
step_redeem(struct signed_in *out)
{
    const struct client_session  *cs;
    uint8_t                       key[32] = { 9 };
    struct redeem                 re = {
        .code = out->code, .edge_key = key, .identity = AB_S("x")
    };

    return session_redeem(C, &fx.realm, &fx.client, &re, &cs);
}


static enum ab_err
step_touch(struct signed_in *out)
{
    int64_t  idle;

    return session_touch(C, &fx.realm, out->sid, &idle);
}


static enum ab_err
step_epoch(struct signed_in *out)
{
    (void) out;
    return mark_user_epoch(C, fx.realm.id, fx.user.id, 12);
}


static enum ab_err
step_end(struct signed_in *out)
{
    return session_end(C, &fx.realm, out->sid, NULL, NULL);
}


static const struct {
    const char    *name;
    enum ab_err  (*step)(struct signed_in *out);
} steps[] = {
    { "sign_in", step_sign_in }, { "load", step_load },
    { "peek", step_peek },       { "redeem", step_redeem },
    { "touch", step_touch },     { "epoch", step_epoch },
    { "end", step_end },
};


/* So that a user's epoch has the one session of this round to tell. */
static void
fresh_user(void)
{
    static char  id[37];

    renew();
    random_uuid(id);
    fx.user.id = id;
}


static void
every_failing_store_call_is_an_error(void **state)
{
    struct signed_in  out, result;
    enum ab_err       e;
    size_t            i;
    long              n;
    bool              hit;

    (void) state;
    for (i = 0; i < ROWS(steps); i++) {
        for (n = 0, hit = true; hit; n++) {
            fresh_user();
            result = out = session_fixture_sign_in(&fx);
            fault_store_at(n);
            e = steps[i].step(&result);
            hit = fault_was_hit();
            fault_store_at(-1);
            if (hit && e == AB_OK) {
                /* Only dropping an index may fail unseen, after the mark. */
                CHECK_ROW(n, steps[i].step == step_end);
            } else if (hit) {
                CHECK_ROW(n, e == AB_E_STORE_DOWN);
            } else {
                CHECK_ROW(n, e == AB_OK);
            }
        }
        assert_true(n > 1);
    }
}


/* Of arenas; jansson's reader aborts by itself without memory. */
static void
every_failing_allocation_is_an_error(void **state)
{
    struct signed_in  out, result;
    enum ab_err       e;
    size_t            i;
    long              n;
    bool              hit;

    (void) state;
    for (i = 0; i < ROWS(steps); i++) {
        for (n = 0, hit = true; hit; n++) {
            fresh_user();
            result = out = session_fixture_sign_in(&fx);
            fault_alloc_at(n);
            e = steps[i].step(&result);
            hit = fault_was_hit();
            fault_alloc_at(-1);
            if (hit && e != AB_OK && e != AB_E_NOMEM) {
                fail_msg("%s, allocation %ld: %s", steps[i].name, n,
                         ab_err_reason(e));
            }
        }
    }
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
        cmocka_unit_test(an_end_writes_ending_tombstone_and_mark),
        cmocka_unit_test(a_second_end_changes_nothing_and_writes_nothing),
        TEST("T-LO5: a tombstone refuses every step",
             a_tombstone_refuses_every_step),
        cmocka_unit_test(ends_of_other_realms_and_malformed_ids_are_refused),
        cmocka_unit_test(ending_a_client_twice_costs_the_stream_once),
        TEST("T-SE12: whoever dies during an end leaves it to be finished",
             whoever_dies_during_an_end_leaves_it_to_be_finished),
        cmocka_unit_test(a_follower_finishes_ends_of_parts_too),
        TEST("T-SE7: every failing store call is an error",
             every_failing_store_call_is_an_error),
        cmocka_unit_test(every_failing_allocation_is_an_error),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
