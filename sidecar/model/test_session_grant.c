/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_session_grant.c - codes and refresh tokens are used as often as they
 * may, whoever is first.
 */
#include "session_fixture.h"
#include "session_int.h"

#include "ab_identity.h"

#include <pthread.h>

#define ROUNDS  100

static struct session_fixture  fx;

#define C  (&fx.st.c)


static void
renew(void)
{
    fixture_renew(&fx.st);
    fx.realm.revoke_refresh_token = false;
    fx.realm.refresh_max_reuse = 0;
    fx.realm.access_code_lifespan = 60;
}


static enum ab_err
redeem(struct ctx *c, const char *code, const struct client_session **ret_cs)
{
    struct redeem  in = { .code = code };

    return session_redeem(c, &fx.realm, &fx.client, &in, ret_cs);
}


/* ---- codes --------------------------------------------------------------- */

/* text of a code → parsed; C stands for a client id, S for a session id */
static const struct {
    const char   *code;
    enum ab_err   want;
} shapes[] = {
    { "6c1f4a52-0000-4000-8000-000000000001.AAAAAAAAAAAAAAAAAAAAAAAA.c", AB_OK },
    { "6c1f4a52-0000-4000-8000-000000000001.AAAAAAAAAAAAAAAAAAAAAAAA.", AB_E_CODE_INVALID },
    { "6c1f4a52-0000-4000-8000-000000000001.AAAAAAAAAAAAAAAAAAAAAAAA", AB_E_CODE_INVALID },
    { "6C1f4a52-0000-4000-8000-000000000001.AAAAAAAAAAAAAAAAAAAAAAAA.c", AB_E_CODE_INVALID },
    { "6c1f4a5220000-4000-8000-000000000001.AAAAAAAAAAAAAAAAAAAAAAAA.c", AB_E_CODE_INVALID },
    { "6c1f4a52-0000-4000-8000-000000000001-AAAAAAAAAAAAAAAAAAAAAAAA.c", AB_E_CODE_INVALID },
    { "6c1f4a52-0000-4000-8000-000000000001.AAAAAAAAAAAA}AAAAAAAAAAA.c", AB_E_CODE_INVALID },
    { "6c1f4a52-0000-4000-8000-000000000001.AAAAAAAAAAAAAAAAAAAAAAAA.c.d", AB_E_CODE_INVALID },
    { "6c1f4a52-0000-4000-8000-000000000001.AAAAAAAAAAAAAAAAAAAAAAAA.0123456789012345678901234567890123456789012345678901234567890123", AB_OK },
    { "6c1f4a52-0000-4000-8000-000000000001.AAAAAAAAAAAAAAAAAAAAAAAA.01234567890123456789012345678901234567890123456789012345678901234", AB_E_CODE_INVALID },
    { "", AB_E_CODE_INVALID },
    { "..", AB_E_CODE_INVALID },
};


static void
only_well_formed_codes_are_taken_apart(void **state)
{
    const char       *sid, *client;
    struct ab_slice   hash;
    size_t            i;

    (void) state;
    renew();
    for (i = 0; i < ROWS(shapes); i++) {
        CHECK_ROW(i, session_code_parse(C, shapes[i].code, &sid, &client,
                                        &hash) == shapes[i].want);
    }
    assert_int_equal(session_code_parse(C, shapes[0].code, &sid, &client,
                                        &hash), AB_OK);
    assert_string_equal(sid, "AAAAAAAAAAAAAAAAAAAAAAAA");
    assert_string_equal(client, "c");
    assert_int_equal(hash.len, 43);
}


static void
a_code_is_peeked_redeemed_once_and_then_known_as_used(void **state)
{
    struct signed_in              out;
    const struct client_session  *cs;
    const struct session         *s;
    const struct code            *code;
    struct realm                  other = fx.realm;

    (void) state;
    renew();
    out = session_fixture_sign_in(&fx);
    assert_int_equal(session_code_peek(C, &fx.realm, out.code, &s, &code),
                     AB_OK);
    assert_string_equal(code->client_id, "wiki");
    assert_string_equal(code->redirect_uri, "https://wiki/cb");
    assert_string_equal(code->challenge, "abc");
    assert_string_equal(code->nonce, "n-1");
    assert_string_equal(s->sid, out.sid);
    other.id = "realm-2";
    assert_int_equal(session_code_peek(C, &other, out.code, &s, &code),
                     AB_E_CODE_INVALID);

    assert_int_equal(redeem(C, out.code, &cs), AB_OK);
    assert_string_equal(cs->scope, "openid profile");
    assert_string_equal(cs->acr, "1");
    assert_int_equal(cs->auth_time, 1700000000);
    assert_true(cs->session_idle_until >= out.idle_until);
    assert_int_equal(redeem(C, out.code, &cs), AB_E_CODE_USED);
    assert_int_equal(session_code_peek(C, &fx.realm, out.code, &s, &code),
                     AB_E_CODE_USED);
    assert_true(code->is_used);
    assert_string_equal(code->client_id, "wiki");
    assert_null(code->challenge);
}


static void
a_code_is_refused_to_another_client_late_spent_or_unknown(void **state)
{
    struct client                 other = fx.client;
    struct redeem                 in;
    struct signed_in              out;
    const struct client_session  *cs;
    const struct session         *s;
    const struct code            *code;
    char                         *unknown;

    (void) state;
    renew();
    out = session_fixture_sign_in(&fx);
    other.id = "another";
    in = (struct redeem) { .code = out.code };
    assert_int_equal(session_redeem(C, &fx.realm, &other, &in, &cs),
                     AB_E_CODE_OTHER);
    assert_int_equal(session_code_spend(C, out.code), AB_OK);
    assert_int_equal(redeem(C, out.code, &cs), AB_E_CODE_USED);

    out = session_fixture_sign_in(&fx);
    unknown = arena_str(C->a, out.code);
    unknown[0] = unknown[0] == '0' ? '1' : '0';
    assert_int_equal(redeem(C, unknown, &cs), AB_E_CODE_INVALID);
    assert_int_equal(session_code_spend(C, unknown), AB_OK);
    assert_int_equal(session_code_peek(C, &fx.realm, unknown, &s, &code),
                     AB_E_CODE_INVALID);
    assert_int_equal(redeem(C, out.code, &cs), AB_OK);

    fx.realm.access_code_lifespan = 1;
    out = session_fixture_sign_in(&fx);
    usleep(2100 * 1000);
    assert_int_equal(session_code_peek(C, &fx.realm, out.code, &s, &code),
                     AB_E_CODE_INVALID);
    assert_int_equal(redeem(C, out.code, &cs), AB_E_CODE_INVALID);
}


static void
codes_are_capped_and_used_ones_go_first(void **state)
{
    struct sign_in                in = session_fixture_in(&fx);
    struct signed_in              first, out;
    const struct client_session  *cs;
    const char                   *unused;
    struct reply                 *r;
    size_t                        i, n;

    (void) state;
    renew();
    first = session_fixture_sign_in(&fx);
    in.sid = first.sid;
    assert_int_equal(session_sign_in(C, &in, &out), AB_OK);
    unused = out.code;
    for (i = 0; i < 2 * AB_MAX_CODES_PER_SESSION_N; i++) {
        assert_int_equal(session_sign_in(C, &in, &out), AB_OK);
        assert_int_equal(redeem(C, out.code, &cs), AB_OK);
    }
    assert_int_equal(store_hgetall(C, key1(C, KEY_SESSION, first.sid), &r),
                     AB_OK);
    for (i = n = 0; i < r->n; i += 2) {
        n += ab_slice_starts(r->list[i].s, AB_S("k:"));
    }
    assert_int_equal(n, AB_MAX_CODES_PER_SESSION_N);
    assert_int_equal(redeem(C, unused, &cs), AB_OK);
}


/* ---- app-host sessions --------------------------------------------------- */

static struct ab_slice
identity_for(uint8_t key[32], uint8_t first, size_t size)
{
    struct ab_buf    b;
    struct ab_slice  raw;
    char            *filler = arena_alloc(C->a, size);

    memset(key, 0x5a, 32);
    key[0] = first;
    ab_buf_init(&b, AB_MAX_IDENTITY + 1024);
    ab_wire_add(&b, AB_TAG_ID_KEY, ab_slice(key, 32));
    ab_wire_add(&b, AB_TAG_NAME, ab_slice(filler, size));
    raw = arena_slice(C->a, ab_buf_slice(&b));
    ab_buf_clear(&b);
    return raw;
}


static bool
edge_lives(const char *sid, const uint8_t *key)
{
    struct ab_slice  fields[] = {
        AB_S("live"), AB_S("tomb"), session_edge_field(C, key)
    };
    struct ab_slice  got[3], identity;
    uint64_t         expiry, version;

    assert_int_equal(store_hmget(C, key1(C, KEY_SESSION, sid), fields, 3,
                                 got), AB_OK);
    return session_edge_verdict(got[0], got[1], got[2], key, clock_now_s(),
                                &identity, &expiry, &version) == AB_OK;
}


static void
redeem_edge(const char *sid, uint8_t first, size_t size, uint8_t key[32])
{
    struct sign_in                in = session_fixture_in(&fx);
    const struct client_session  *cs;
    struct redeem                 re = { .edge_key = key };
    struct signed_in              out;

    in.sid = sid;
    assert_int_equal(session_sign_in(C, &in, &out), AB_OK);
    re.code = out.code;
    re.identity = identity_for(key, first, size);
    assert_int_equal(session_redeem(C, &fx.realm, &fx.client, &re, &cs),
                     AB_OK);
}


static void
an_app_host_session_lives_with_its_client_session(void **state)
{
    struct signed_in  out;
    uint8_t           key[32], other[32];

    (void) state;
    renew();
    out = session_fixture_sign_in(&fx);
    redeem_edge(out.sid, 1, 100, key);
    redeem_edge(out.sid, 2, 100, other);
    assert_true(edge_lives(out.sid, key) && edge_lives(out.sid, other));
    assert_int_equal(session_edge_put(C, out.sid, key,
                                      identity_for(key, 1, 9), 0), AB_OK);
    assert_true(edge_lives(out.sid, key));
    assert_int_equal(session_end_edge(C, &fx.realm, out.sid, key), AB_OK);
    assert_false(edge_lives(out.sid, key));
    assert_int_equal(session_edge_put(C, out.sid, key,
                                      identity_for(key, 1, 9), 0),
                     AB_E_SESSION_UNKNOWN);
    assert_false(edge_lives(out.sid, key));
    assert_true(edge_lives(out.sid, other));
    assert_int_equal(session_end_client(C, &fx.realm, out.sid, &fx.client),
                     AB_OK);
    assert_false(edge_lives(out.sid, other));
}


static void
edge_sessions_are_capped_by_bytes_and_the_newest_stay(void **state)
{
    struct signed_in  out;
    uint8_t           key[32], first[32];
    struct reply     *r;
    size_t            i, bytes = 0;

    (void) state;
    renew();
    out = session_fixture_sign_in(&fx);
    redeem_edge(out.sid, 0, 40000, first);
    usleep(1100 * 1000);                /* age counts in seconds */
    for (i = 1; i < 20; i++) {
        redeem_edge(out.sid, (uint8_t) i, 40000, key);
    }
    assert_int_equal(store_hgetall(C, key1(C, KEY_SESSION, out.sid), &r),
                     AB_OK);
    for (i = 0; i < r->n; i += 2) {
        bytes += ab_slice_starts(r->list[i].s, AB_S("e:"))
                 ? r->list[i + 1].s.len : 0;
    }
    assert_true(bytes <= AB_MAX_SESSION_HASH);
    assert_true(edge_lives(out.sid, key));
    assert_false(edge_lives(out.sid, first));
}


static void
edge_sessions_are_capped_by_number(void **state)
{
    uint8_t           key[32];
    char              sid[25];
    struct reply     *r;
    size_t            i, n = 0;

    (void) state;
    renew();
    strcpy(sid, session_fixture_sign_in(&fx).sid);
    for (i = 0; i < AB_MAX_EDGE_PER_SESSION_N + 5; i++) {
        fixture_renew(&fx.st);
        redeem_edge(sid, (uint8_t) i, 10, key);
    }
    assert_true(edge_lives(sid, key));
    assert_int_equal(store_hgetall(C, key1(C, KEY_SESSION, sid), &r),
                     AB_OK);
    for (i = 0; i < r->n; i += 2) {
        n += ab_slice_starts(r->list[i].s, AB_S("e:"));
    }
    assert_int_equal(n, AB_MAX_EDGE_PER_SESSION_N);
}


static void
client_sessions_are_capped(void **state)
{
    struct sign_in    in = session_fixture_in(&fx);
    struct client     other = fx.client;
    struct signed_in  out;
    char              sid[25];
    struct reply     *r;
    size_t            i, n = 0;

    (void) state;
    renew();
    strcpy(sid, session_fixture_sign_in(&fx).sid);
    in.sid = sid;
    in.redirect_uri = NULL;
    in.client = &other;
    for (i = 0; i < AB_MAX_CLIENTS_PER_SESSION_N + 3; i++) {
        fixture_renew(&fx.st);
        other.id = arena_printf(C->a, "client-%zu", i);
        assert_int_equal(session_sign_in(C, &in, &out), AB_OK);
    }
    assert_int_equal(store_hgetall(C, key1(C, KEY_SESSION, sid), &r),
                     AB_OK);
    for (i = 0; i < r->n; i += 2) {
        n += ab_slice_starts(r->list[i].s, AB_S("c:"));
    }
    assert_int_equal(n, AB_MAX_CLIENTS_PER_SESSION_N);
}


/* ---- refresh ------------------------------------------------------------- */

static const struct session *
with_tokens(const struct client_session **ret_cs)
{
    struct signed_in       out = session_fixture_sign_in(&fx);
    const struct session  *s;

    assert_int_equal(redeem(C, out.code, ret_cs), AB_OK);
    assert_int_equal(session_load(C, &fx.realm, out.sid, &s), AB_OK);
    return s;
}


static enum ab_err
refresh(const struct session *s, const char *jti, const char *reuse_id,
    const struct client_session **ret_cs)
{
    struct refresh_use  use = { .jti = jti, .reuse_id = reuse_id };

    return session_refresh(C, &fx.realm, s, &fx.client, &use, ret_cs);
}


static void
without_the_rule_any_refresh_token_works_again(void **state)
{
    const struct client_session  *cs;
    const struct session         *s;
    const char                   *first;

    (void) state;
    renew();
    s = with_tokens(&cs);
    first = cs->refresh_jti;
    assert_null(cs->reuse_id);
    assert_int_equal(refresh(s, first, NULL, &cs), AB_OK);
    assert_int_equal(refresh(s, first, NULL, &cs), AB_OK);
    assert_null(cs->reuse_id);
    assert_string_not_equal(cs->refresh_jti, first);
    assert_int_equal(session_end_client(C, &fx.realm, s->sid, &fx.client),
                     AB_OK);
    assert_int_equal(refresh(s, first, NULL, &cs), AB_E_INVALID_GRANT);
    assert_int_equal(session_end(C, &fx.realm, s->sid, NULL, NULL), AB_OK);
    assert_int_equal(refresh(s, first, NULL, &cs), AB_E_SESSION_ENDED);
}


/* uses allowed beyond the first; times the first token is used; the last
 * answer */
static const struct {
    int64_t       reuse;
    int           uses;
    enum ab_err   want;
} reuses[] = {
    { 0, 1, AB_OK },
    { 0, 2, AB_E_CODE_USED },
    { 1, 2, AB_OK },
    { 1, 3, AB_E_CODE_USED },
    { 5, 6, AB_OK },
    { 5, 7, AB_E_CODE_USED },
};


static void
with_the_rule_a_token_works_as_often_as_allowed(void **state)
{
    const struct client_session  *cs;
    const struct session         *s;
    const char                   *jti, *chain;
    enum ab_err                   e = AB_OK;
    size_t                        i;
    int                           k;

    (void) state;
    for (i = 0; i < ROWS(reuses); i++) {
        renew();
        fx.realm.revoke_refresh_token = true;
        fx.realm.refresh_max_reuse = reuses[i].reuse;
        s = with_tokens(&cs);
        jti = cs->refresh_jti;
        chain = cs->reuse_id;
        CHECK_ROW(i, chain != NULL);
        for (k = 0; k < reuses[i].uses; k++) {
            CHECK_ROW(i, e == AB_OK);
            e = refresh(s, jti, chain, &cs);
        }
        CHECK_ROW(i, e == reuses[i].want);
        CHECK_ROW(i, strcmp(cs->reuse_id, chain) == 0);
        e = AB_OK;
    }
}


static void
a_chain_goes_on_and_an_old_token_counts_its_own_uses(void **state)
{
    const struct client_session  *cs, *again;
    const struct session         *s;
    const char                   *first, *chain;
    int                           i;

    (void) state;
    renew();
    fx.realm.revoke_refresh_token = true;
    s = with_tokens(&cs);
    first = cs->refresh_jti;
    chain = cs->reuse_id;
    for (i = 0; i < 50; i++) {
        assert_int_equal(refresh(s, cs->refresh_jti, chain, &cs), AB_OK);
    }
    assert_int_equal(refresh(s, first, chain, &again), AB_E_CODE_USED);
    assert_int_equal(refresh(s, "made-up", chain, &again), AB_E_CODE_USED);
    assert_int_equal(refresh(s, cs->refresh_jti, "other", &again),
                     AB_E_CODE_USED);
    /* With one reuse an older token works once more, its successor used. */
    fx.realm.refresh_max_reuse = 1;
    s = with_tokens(&cs);
    first = cs->refresh_jti;
    chain = cs->reuse_id;
    assert_int_equal(refresh(s, first, chain, &cs), AB_OK);
    assert_int_equal(refresh(s, cs->refresh_jti, chain, &cs), AB_OK);
    assert_int_equal(refresh(s, first, chain, &cs), AB_OK);
    assert_int_equal(refresh(s, first, chain, &cs), AB_E_CODE_USED);
}


static void
a_token_from_before_the_rule_starts_a_chain_of_its_own(void **state)
{
    const struct client_session  *cs;
    const struct session         *s;
    const char                   *first;

    (void) state;
    renew();
    s = with_tokens(&cs);
    first = cs->refresh_jti;
    fx.realm.revoke_refresh_token = true;
    assert_int_equal(refresh(s, first, NULL, &cs), AB_OK);
    assert_string_equal(cs->reuse_id, first);
    assert_int_equal(refresh(s, cs->refresh_jti, cs->reuse_id, &cs), AB_OK);
    assert_int_equal(refresh(s, first, NULL, &cs), AB_E_CODE_USED);
}


/* ---- races: two threads, each with its own connection --------------------- */

struct racer {
    pthread_barrier_t            *start;
    const char                   *sid, *code;
    const struct session         *s;
    struct refresh_use            use;
    enum ab_err                 (*act)(struct ctx *c, struct racer *me);
    enum ab_err                   got;
};


static void *
race_one(void *arg)
{
    struct racer  *me = arg;
    struct ctx     c = {
        .a = arena_new(FIXTURE_ARENA), .store = store_new(&fx.st.conf),
        .deadline_ms = clock_mono_ms() + FIXTURE_MS,
    };
    int64_t        warm;

    store_time_ms(&c, &warm);
    pthread_barrier_wait(me->start);
    me->got = me->act(&c, me);
    store_free(c.store);
    arena_free(c.a);
    return NULL;
}


static void
race(struct racer *a, struct racer *b)
{
    pthread_barrier_t  start;
    pthread_t          t[2];

    pthread_barrier_init(&start, NULL, 2);
    a->start = b->start = &start;
    assert_int_equal(pthread_create(&t[0], NULL, race_one, a), 0);
    assert_int_equal(pthread_create(&t[1], NULL, race_one, b), 0);
    pthread_join(t[0], NULL);
    pthread_join(t[1], NULL);
    pthread_barrier_destroy(&start);
}


static enum ab_err
do_redeem(struct ctx *c, struct racer *me)
{
    const struct client_session  *cs;

    return redeem(c, me->code, &cs);
}


static enum ab_err
do_end(struct ctx *c, struct racer *me)
{
    return session_end(c, &fx.realm, me->sid, NULL, NULL);
}


static enum ab_err
do_refresh(struct ctx *c, struct racer *me)
{
    const struct client_session  *cs;

    return session_refresh(c, &fx.realm, me->s, &fx.client, &me->use, &cs);
}


static void
of_two_redeems_one_wins(void **state)
{
    struct racer      a = { .act = do_redeem }, b = { .act = do_redeem };
    struct signed_in  out;
    int               i;

    (void) state;
    for (i = 0; i < ROUNDS; i++) {
        renew();
        out = session_fixture_sign_in(&fx);
        a.code = b.code = out.code;
        race(&a, &b);
        CHECK_ROW(i, (a.got == AB_OK) != (b.got == AB_OK));
        CHECK_ROW(i, a.got == AB_E_CODE_USED || b.got == AB_E_CODE_USED);
    }
}


/* T-SE12, T-LO5: whoever is first, after the end nothing lives. */
static void
an_end_beats_a_redeem(void **state)
{
    struct racer           a = { .act = do_redeem }, b = { .act = do_end };
    const struct session  *s;
    struct signed_in       out;
    int                    i;

    (void) state;
    for (i = 0; i < ROUNDS; i++) {
        renew();
        out = session_fixture_sign_in(&fx);
        a.code = out.code;
        b.sid = out.sid;
        race(&a, &b);
        CHECK_ROW(i, b.got == AB_OK);
        CHECK_ROW(i, a.got == AB_OK || a.got == AB_E_SESSION_ENDED);
        CHECK_ROW(i, session_load(C, &fx.realm, out.sid, &s)
                     == AB_E_SESSION_ENDED);
        CHECK_ROW(i, !session_fixture_has(&fx, out.sid, "live"));
    }
}


static void
an_end_beats_a_refresh(void **state)
{
    struct racer                  a = { .act = do_refresh };
    struct racer                  b = { .act = do_end };
    const struct client_session  *cs;
    const struct session         *s;
    int                           i;

    (void) state;
    for (i = 0; i < ROUNDS; i++) {
        renew();
        a.s = with_tokens(&cs);
        a.use = (struct refresh_use) { .jti = cs->refresh_jti };
        b.sid = a.s->sid;
        race(&a, &b);
        CHECK_ROW(i, b.got == AB_OK);
        CHECK_ROW(i, a.got == AB_OK || a.got == AB_E_SESSION_ENDED);
        CHECK_ROW(i, session_load(C, &fx.realm, b.sid, &s)
                     == AB_E_SESSION_ENDED);
        CHECK_ROW(i, !session_fixture_has(&fx, b.sid, "live"));
    }
}


/* T-LG17: one of two uses of one token wins where the realm revokes. */
static void
of_two_refreshes_one_wins_under_the_rule(void **state)
{
    struct racer                  a = { .act = do_refresh };
    struct racer                  b = { .act = do_refresh };
    const struct client_session  *cs;
    int                           i;

    (void) state;
    for (i = 0; i < ROUNDS; i++) {
        renew();
        fx.realm.revoke_refresh_token = true;
        a.s = b.s = with_tokens(&cs);
        a.use = b.use = (struct refresh_use) {
            .jti = cs->refresh_jti, .reuse_id = cs->reuse_id
        };
        race(&a, &b);
        CHECK_ROW(i, (a.got == AB_OK) != (b.got == AB_OK));
        CHECK_ROW(i, a.got == AB_E_CODE_USED || b.got == AB_E_CODE_USED);
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
        cmocka_unit_test(only_well_formed_codes_are_taken_apart),
        cmocka_unit_test(a_code_is_peeked_redeemed_once_and_then_known_as_used),
        cmocka_unit_test(a_code_is_refused_to_another_client_late_spent_or_unknown),
        cmocka_unit_test(codes_are_capped_and_used_ones_go_first),
        cmocka_unit_test(an_app_host_session_lives_with_its_client_session),
        cmocka_unit_test(edge_sessions_are_capped_by_bytes_and_the_newest_stay),
        cmocka_unit_test(edge_sessions_are_capped_by_number),
        cmocka_unit_test(client_sessions_are_capped),
        cmocka_unit_test(without_the_rule_any_refresh_token_works_again),
        cmocka_unit_test(with_the_rule_a_token_works_as_often_as_allowed),
        cmocka_unit_test(a_chain_goes_on_and_an_old_token_counts_its_own_uses),
        cmocka_unit_test(a_token_from_before_the_rule_starts_a_chain_of_its_own),
        TEST("of two redeems of one code one wins", of_two_redeems_one_wins),
        TEST("T-SE12, T-LO5: an end beats a redeem", an_end_beats_a_redeem),
        TEST("T-LO5: an end beats a refresh", an_end_beats_a_refresh),
        TEST("T-LG17: of two uses of a refresh token one wins",
             of_two_refreshes_one_wins_under_the_rule),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
