/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_session.c - a session from its sign-in to its idle end.
 */
#include "session_fixture.h"
#include "session_int.h"

#include "ab_identity.h"

static struct session_fixture  fx;

#define C  (&fx.st.c)


static void
renew(void)
{
    fixture_renew(&fx.st);
    fx.realm.revoke_refresh_token = false;
    fx.realm.client_idle = fx.realm.client_max = 0;
    fx.realm.remember_me = true;
    fx.realm.sso_idle = 1800;
    fx.realm.sso_max = 36000;
}


static const struct client_session *
redeem(const char *code)
{
    struct redeem                 in = { .code = code };
    const struct client_session  *cs;

    assert_int_equal(session_redeem(C, &fx.realm, &fx.client, &in, &cs),
                     AB_OK);
    return cs;
}


static void
a_sign_in_can_be_loaded(void **state)
{
    struct sign_in         in = session_fixture_in(&fx);
    const struct session  *s;
    struct signed_in       out;

    (void) state;
    renew();
    in.idp = "github";
    in.idp_id = "idp-1";
    in.broker_user = "4711";
    in.broker_sid = "up:1";
    in.upstream_id_token = "planted-id-token";
    in.notes = json_pack("{s:s}", "note", "planted-note");
    assert_int_equal(session_sign_in(C, &in, &out), AB_OK);
    json_decref((json_t *) (uintptr_t) in.notes);
    assert_int_equal(strlen(out.sid), 24);
    assert_int_equal(strlen(out.code), 36 + 1 + 24 + 1 + 36);
    assert_int_equal(out.auth_time, 1700000000);
    assert_int_equal(out.max_until - out.started, 36000);
    assert_int_equal(out.idle_until - out.started, 1800);
    assert_int_equal(session_load(C, &fx.realm, out.sid, &s), AB_OK);
    assert_string_equal(s->sid, out.sid);
    assert_string_equal(s->user_id, fx.user.id);
    assert_string_equal(s->username, "alice");
    assert_string_equal(s->idp, "github");
    assert_string_equal(s->broker_sid, "up:1");
    assert_string_equal(s->ip, "192.0.2.7");
    assert_string_equal(s->state_checker, out.state_checker);
    assert_string_equal(json_string_value(json_object_get(s->notes, "note")),
                        "planted-note");
    assert_int_equal(s->user_version, 3);
    assert_false(s->remember);
}


/* T-RE1: who only reads Redis gains no code, checker, token or note. */
static void
no_secret_of_a_session_is_readable_in_the_store(void **state)
{
    struct sign_in     in = session_fixture_in(&fx);
    struct signed_in   out;
    struct reply      *r;
    size_t             i, k;

    (void) state;
    renew();
    in.upstream_id_token = "planted-id-token";
    in.notes = json_pack("{s:s}", "note", "planted-note");
    assert_int_equal(session_sign_in(C, &in, &out), AB_OK);
    json_decref((json_t *) (uintptr_t) in.notes);
    assert_int_equal(store_hgetall(C, key1(C, KEY_SESSION, out.sid), &r),
                     AB_OK);
    for (i = 0; i < r->n; i++) {
        const char  *secret[] = {
            "planted-id-token", "planted-note", out.state_checker, out.code,
            "alice"
        };

        for (k = 0; k < ROWS(secret); k++) {
            assert_null(memmem(r->list[i].s.p, r->list[i].s.len, secret[k],
                               strlen(secret[k])));
        }
        assert_null(memmem(r->list[i].s.p, r->list[i].s.len, out.code, 36));
    }
}


static void
a_malformed_unknown_or_foreign_session_is_refused(void **state)
{
    static const char *const  ids[] = {
        "", "x", "AAAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAAAAA\n", "AAAAAAAAAAAAAAAAAAAAAAA}",
        "AAAAAAAAAAAAAAAAAAAAAAAA",
    };
    struct realm              other = fx.realm;
    struct signed_in          out;
    const struct session     *s;
    int64_t                   idle;
    size_t                    i;

    (void) state;
    renew();
    for (i = 0; i < ROWS(ids); i++) {
        assert_int_equal(session_load(C, &fx.realm, ids[i], &s),
                         AB_E_SESSION_UNKNOWN);
        assert_int_equal(session_touch(C, &fx.realm, ids[i], &idle),
                         AB_E_SESSION_UNKNOWN);
        assert_int_equal(C->f.code, AB_OK);
    }
    out = session_fixture_sign_in(&fx);
    other.id = "realm-2";
    assert_int_equal(session_load(C, &other, out.sid, &s),
                     AB_E_SESSION_OTHER);
}


/* idle end and last end in seconds from now, what loading and touching say */
static const struct {
    int           idle;
    int           max;
    enum ab_err   want;
} lives[] = {
    { 10, 10, AB_OK },
    { -1, 10, AB_E_SESSION_IDLE },
    { 10, -1, AB_E_SESSION_EXPIRED },
    { -1, -1, AB_E_SESSION_EXPIRED },
};


static void
limits_are_kept_by_load_and_touch(void **state)
{
    const struct session  *s;
    struct signed_in       out;
    char                   live[120];
    int64_t                idle, now;
    size_t                 i;

    (void) state;
    for (i = 0; i < ROWS(lives); i++) {
        renew();
        out = session_fixture_sign_in(&fx);
        now = clock_now_s();
        snprintf(live, sizeof(live), "%lld 1 3 %lld 0 1",
                 (long long) now + lives[i].idle,
                 (long long) now + lives[i].max);
        session_fixture_put(&fx, out.sid, "live", live);
        CHECK_ROW(i, session_load(C, &fx.realm, out.sid, &s)
                     == lives[i].want);
        CHECK_ROW(i, session_touch(C, &fx.realm, out.sid, &idle)
                     == lives[i].want);
        /* Used, but never past its end. */
        CHECK_ROW(i, lives[i].want != AB_OK || idle == now + lives[i].max);
    }
}


/* T-SE11: lifetimes of any size make times that still work. */
static void
huge_lifetimes_do_not_wrap(void **state)
{
    static const int64_t   lifetimes[] = {
        INT32_MAX, (int64_t) INT32_MAX + 1, INT64_MAX - 1, INT64_MAX
    };
    const struct session  *s;
    struct signed_in       out;
    int64_t                idle;
    size_t                 i;

    (void) state;
    for (i = 0; i < ROWS(lifetimes); i++) {
        renew();
        fx.realm.sso_idle = fx.realm.sso_max = lifetimes[i];
        fx.realm.client_idle = fx.realm.client_max = lifetimes[i];
        out = session_fixture_sign_in(&fx);
        assert_true(out.max_until > out.started + INT32_MAX - 1);
        assert_true(out.idle_until <= out.max_until);
        redeem(out.code);
        assert_int_equal(session_touch(C, &fx.realm, out.sid, &idle), AB_OK);
        assert_int_equal(session_load(C, &fx.realm, out.sid, &s), AB_OK);
        assert_int_equal(s->max_until, out.max_until);
        assert_int_equal(session_end(C, &fx.realm, out.sid, NULL, NULL),
                         AB_OK);
    }
    renew();
}


/* T-SE3: every sign-in that is not the same session gets a new id. */
static void
the_id_changes_at_every_sign_in(void **state)
{
    struct sign_in         in = session_fixture_in(&fx);
    struct signed_in       first, second;
    const struct session  *s;

    (void) state;
    renew();
    assert_int_equal(session_sign_in(C, &in, &first), AB_OK);
    in.old_sid = first.sid;                     /* step-up, other account */
    assert_int_equal(session_sign_in(C, &in, &second), AB_OK);
    assert_string_not_equal(first.sid, second.sid);
    assert_string_not_equal(first.state_checker, second.state_checker);
    assert_int_equal(session_load(C, &fx.realm, first.sid, &s),
                     AB_E_SESSION_ENDED);
    assert_int_equal(session_load(C, &fx.realm, second.sid, &s), AB_OK);
}


static void
a_second_client_joins_a_living_session_only(void **state)
{
    struct sign_in    in = session_fixture_in(&fx);
    struct signed_in  first, second;

    (void) state;
    renew();
    first = session_fixture_sign_in(&fx);
    in.sid = first.sid;
    assert_int_equal(session_sign_in(C, &in, &second), AB_OK);
    assert_string_equal(second.sid, first.sid);
    assert_string_equal(second.state_checker, first.state_checker);
    assert_string_not_equal(second.code, first.code);
    assert_int_equal(second.max_until, first.max_until);
    assert_int_equal(session_end(C, &fx.realm, first.sid, NULL, NULL), AB_OK);
    assert_int_equal(session_sign_in(C, &in, &second), AB_E_SESSION_ENDED);
}


static void
a_remembered_session_ends_with_the_realms_memory(void **state)
{
    struct sign_in         in = session_fixture_in(&fx);
    struct signed_in       out;
    const struct session  *s;
    int64_t                idle;

    (void) state;
    renew();
    fx.realm.sso_idle_remember = 7200;
    fx.realm.sso_max_remember = 72000;
    in.remember = true;
    assert_int_equal(session_sign_in(C, &in, &out), AB_OK);
    assert_int_equal(out.idle_until - out.started, 7200);
    assert_int_equal(out.max_until - out.started, 72000);
    fx.realm.remember_me = false;
    assert_int_equal(session_load(C, &fx.realm, out.sid, &s),
                     AB_E_SESSION_EXPIRED);
    assert_int_equal(session_touch(C, &fx.realm, out.sid, &idle),
                     AB_E_SESSION_EXPIRED);
    fx.realm.sso_idle_remember = fx.realm.sso_max_remember = 0;
}


static void
without_a_redirect_the_client_session_is_made_at_once(void **state)
{
    struct sign_in                in = session_fixture_in(&fx);
    const struct client_session  *cs;
    const struct session         *s;
    struct signed_in              out;

    (void) state;
    renew();
    in.redirect_uri = NULL;
    assert_int_equal(session_sign_in(C, &in, &out), AB_OK);
    assert_null(out.code);
    assert_int_equal(session_load(C, &fx.realm, out.sid, &s), AB_OK);
    assert_int_equal(session_client(C, s, fx.client.id, &cs), AB_OK);
    assert_string_equal(cs->client_id, "wiki");
    assert_string_equal(cs->scope, "openid profile");
    assert_null(cs->reuse_id);
    assert_int_equal(strlen(cs->refresh_jti), 36);
    assert_int_equal(session_client(C, s, "another", &cs),
                     AB_E_INVALID_GRANT);
}


static void
a_client_session_can_run_out_by_itself(void **state)
{
    struct sign_in                in = session_fixture_in(&fx);
    struct refresh_use            use = { .jti = "j" };
    const struct client_session  *cs;
    const struct session         *s;
    struct signed_in              out;

    (void) state;
    renew();
    fx.realm.client_idle = 1;
    in.redirect_uri = NULL;
    assert_int_equal(session_sign_in(C, &in, &out), AB_OK);
    assert_int_equal(session_load(C, &fx.realm, out.sid, &s), AB_OK);
    assert_int_equal(session_client(C, s, fx.client.id, &cs), AB_OK);
    usleep(2100 * 1000);
    assert_int_equal(session_client(C, s, fx.client.id, &cs),
                     AB_E_SESSION_IDLE);
    assert_int_equal(session_refresh(C, &fx.realm, s, &fx.client, &use, &cs),
                     AB_E_SESSION_IDLE);
    assert_int_equal(session_load(C, &fx.realm, out.sid, &s), AB_OK);
}


static void
the_users_version_reaches_a_living_session_forwards(void **state)
{
    const struct session  *s;
    struct signed_in       out;

    (void) state;
    renew();
    out = session_fixture_sign_in(&fx);
    assert_int_equal(mark_user_epoch(C, fx.realm.id, fx.user.id, 9), AB_OK);
    assert_int_equal(session_load(C, &fx.realm, out.sid, &s), AB_OK);
    assert_int_equal(s->user_version, 9);
    assert_int_equal(session_user_version(C, out.sid, 4), AB_OK);
    assert_int_equal(session_load(C, &fx.realm, out.sid, &s), AB_OK);
    assert_int_equal(s->user_version, 9);
    assert_int_equal(session_user_version(C, "AAAAAAAAAAAAAAAAAAAAAAAA", 1),
                     AB_OK);
}


static void
indexes_hold_a_session_while_it_lives(void **state)
{
    struct sign_in    in = session_fixture_in(&fx);
    struct ab_slice   sub[] = { AB_S("realm-1"), AB_S("idp-1"), AB_S("sub"),
                                AB_S("4711") };
    struct signed_in  out;
    struct ab_slice   keys[2];
    struct reply     *r;
    size_t            i;

    (void) state;
    renew();
    in.idp_id = "idp-1";
    in.broker_user = "4711";
    assert_int_equal(session_sign_in(C, &in, &out), AB_OK);
    keys[0] = key1(C, KEY_USER_SESSIONS, fx.user.id);
    keys[1] = key_build(C, KEY_IDP_INDEX, sub, 4);
    for (i = 0; i < 4; i++) {
        struct ab_slice  argv[] = {
            AB_S("ZSCORE"), keys[i % 2], ab_slice_str(out.sid)
        };

        assert_int_equal(store_call(C, 1, argv, 3, &r), AB_OK);
        assert_int_equal(r->type, i < 2 ? REPLY_TEXT : REPLY_NIL);
        if (i == 1) {
            assert_int_equal(session_end(C, &fx.realm, out.sid, NULL, NULL),
                             AB_OK);
        }
    }
}


/* text of live, tomb, prefix and key of the value → verdict */
static const struct {
    const char   *live;
    const char   *tomb;
    uint64_t      expiry;
    char          key;
    enum ab_err   want;
} verdicts[] = {
    { "2000 1 7 3000 0 1", NULL, 1500,       'k', AB_OK },
    { "2000 1 7 3000 0 1", NULL, UINT64_MAX, 'k', AB_OK },
    { "2000 1 7 3000 0 1", "1",  1500,       'k', AB_E_SESSION_ENDED },
    { NULL,                NULL, 1500,       'k', AB_E_SESSION_UNKNOWN },
    { "2000 1 7 3000 0 1", NULL, 0,          0,   AB_E_SESSION_UNKNOWN },
    { "2000 1 7 3000 0 1", NULL, 1500,       'x', AB_E_EDGE_MISMATCH },
    { "2000 1 7 3000 0 1", NULL, 1000,       'k', AB_E_SESSION_EXPIRED },
    { "1000 1 7 3000 0 1", NULL, 1500,       'k', AB_E_SESSION_IDLE },
    { "2000 1 7 1000 0 1", NULL, 1500,       'k', AB_E_SESSION_EXPIRED },
    { "2000 1 7 3000 0",   NULL, 1500,       'k', AB_E_STORE_REPLY },
    { "2000 1 7 3000 0 1 ", NULL, 1500,      'k', AB_E_STORE_REPLY },
    { "2000 1 7 3000 0 x", NULL, 1500,       'k', AB_E_STORE_REPLY },
    { "-2000 1 7 3000 0 1", NULL, 1500,      'k', AB_E_STORE_REPLY },
    { "",                  NULL, 1500,       'k', AB_E_STORE_REPLY },
};


static void
an_edge_verdict_follows_the_table(void **state)
{
    uint8_t          want_key[32], own_key[32];
    struct ab_buf    b;
    struct ab_slice  edge, identity;
    uint64_t         expiry, version;
    size_t           i;
    enum ab_err      e;

    (void) state;
    renew();
    memset(want_key, 'k', sizeof(want_key));
    for (i = 0; i < ROWS(verdicts); i++) {
        memset(own_key, verdicts[i].key, sizeof(own_key));
        ab_buf_init(&b, 4096);
        ab_wire_add(&b, AB_TAG_ID_KEY, ab_slice(own_key, sizeof(own_key)));
        assert_int_equal(edge_value(C, ab_buf_slice(&b), verdicts[i].expiry,
                                    &edge), AB_OK);
        ab_buf_clear(&b);
        if (verdicts[i].key == 0) {
            edge = ab_slice(NULL, 0);
        }
        e = session_edge_verdict(ab_slice_str(verdicts[i].live),
                                 ab_slice_str(verdicts[i].tomb), edge,
                                 want_key, 1000, &identity, &expiry,
                                 &version);
        CHECK_ROW(i, e == verdicts[i].want);
        if (e == AB_OK) {
            assert_int_equal(expiry, i == 0 ? 1500 : 2000);
            assert_int_equal(version, 7);
            assert_int_equal(identity.len, edge.len - 8);
        }
    }
    e = session_edge_verdict(AB_S("2000 1 7 3000 0 1"), ab_slice(NULL, 0),
                             AB_S("1234567"), want_key, 1000, &identity,
                             &expiry, &version);
    assert_int_equal(e, AB_E_STORE_REPLY);
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
        cmocka_unit_test(a_sign_in_can_be_loaded),
        cmocka_unit_test(no_secret_of_a_session_is_readable_in_the_store),
        cmocka_unit_test(a_malformed_unknown_or_foreign_session_is_refused),
        cmocka_unit_test(limits_are_kept_by_load_and_touch),
        cmocka_unit_test(huge_lifetimes_do_not_wrap),
        cmocka_unit_test(the_id_changes_at_every_sign_in),
        cmocka_unit_test(a_second_client_joins_a_living_session_only),
        cmocka_unit_test(a_remembered_session_ends_with_the_realms_memory),
        cmocka_unit_test(without_a_redirect_the_client_session_is_made_at_once),
        cmocka_unit_test(a_client_session_can_run_out_by_itself),
        cmocka_unit_test(the_users_version_reaches_a_living_session_forwards),
        cmocka_unit_test(indexes_hold_a_session_while_it_lives),
        cmocka_unit_test(an_edge_verdict_follows_the_table),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
