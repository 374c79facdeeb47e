/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_callback.c - the rows of a provider's answer (broker.md section 11),
 * T-LG6, T-LG10, T-BR4, T-BR5, and the bulkhead in front of a provider.
 */
#include "test_side.h"

#include "broker/bound.h"
#include "broker/bulkhead.h"
#include "broker/callback.h"

#include "ab_limits.h"

static struct test_provider  p;
static struct test_side      side;
static const struct client   app_client = { .id = "c", .client_id = "app",
                                            .enabled = true };


/* The tab as broker_begin() leaves it. */
static void
begin(const char *config)
{
    side_config(&side, &p, config);
    side_renew(&side);
    tp_patch(side.tab.client_notes, "{\"BROKER_ALIAS\":\"up\","
             "\"BROKER_IDP\":\"idp-1\"}");
}


static enum ab_err
callback_in(struct ctx *c, struct auth_tab *tab, const char *query,
    struct broker_answer *ret)
{
    struct ab_param  params[16];
    char            *mem = arena_alloc(c->a, strlen(query) + 1);
    size_t           n;

    assert_int_equal(ab_form_parse(ab_slice_str(query), mem, params, 16, &n),
                     AB_OK);
    return broker_callback(c, &side.realm, &side.idp, &app_client, tab,
                           params, n, ret);
}


static enum ab_err
callback(const char *query, struct broker_answer *ret)
{
    return callback_in(&side.c, &side.tab, query, ret);
}


/* config and notes are patches; next counts when err is AB_OK. */
static const struct {
    const char        *query, *config, *notes;
    enum ab_err        err;
    enum broker_next   next;
    const char        *error, *message;
} rows[] = {
    { "code=c1", NULL, NULL, AB_OK, BROKER_IDENTITY, NULL, NULL },
    { "state=s&code=c1&session_state=x&iss=BASE", NULL, NULL, AB_OK, BROKER_IDENTITY, NULL, NULL },
    { "", NULL, NULL, AB_E_IDP_PARAMS, 0, NULL, NULL },
    { "code=", NULL, NULL, AB_E_IDP_PARAMS, 0, NULL, NULL },
    { "error=", NULL, NULL, AB_E_IDP_PARAMS, 0, NULL, NULL },
    { "error=&code=c1", NULL, NULL, AB_OK, BROKER_IDENTITY, NULL, NULL },
    { "error=access_denied", NULL, NULL, AB_OK, BROKER_FORM, "access_denied", "You did not let Up sign you in." },
    { "error=access_denied&code=c1", NULL, NULL, AB_OK, BROKER_FORM, "access_denied", NULL },
    { "error=access_denied&error_description=no", NULL, NULL, AB_OK, BROKER_FORM, "access_denied", NULL },
    { "error=login_required", NULL, NULL, AB_OK, BROKER_CLIENT_ERROR, "login_required", NULL },
    { "error=interaction_required&error_description=x", NULL, NULL, AB_OK, BROKER_CLIENT_ERROR, "interaction_required", NULL },
    { "error=consent_required", NULL, NULL, AB_OK, BROKER_FORM, "consent_required", NULL },
    { "error=Access_Denied", NULL, NULL, AB_OK, BROKER_FORM, "Access_Denied", "Unexpected error when authenticating with identity provider" },
    { "error=temporarily_unavailable", NULL, NULL, AB_OK, BROKER_FORM, "temporarily_unavailable", NULL },
    { "error=temporarily_unavailable&error_description=authentication_expired", NULL, "{\"BROKER_RETRIES\":\"3\"}", AB_OK, BROKER_FORM, "temporarily_unavailable", NULL },
    { "error=blue", NULL, NULL, AB_OK, BROKER_FORM, "blue", NULL },
    /* one of each (T-LG10) */
    { "code=a&code=b", NULL, NULL, AB_E_DUPLICATE, 0, NULL, NULL },
    { "code=c1&state=a&state=b", NULL, NULL, AB_E_DUPLICATE, 0, NULL, NULL },
    { "error=x&error=access_denied", NULL, NULL, AB_E_DUPLICATE, 0, NULL, NULL },
    { "code=c1&iss=a&iss=a", NULL, NULL, AB_E_DUPLICATE, 0, NULL, NULL },
    /* mix-up (T-LG6) */
    { "code=c1&iss=https%3A%2F%2Fevil.example", NULL, NULL, AB_E_IDP_ISSUER, 0, NULL, NULL },
    { "error=access_denied&iss=https%3A%2F%2Fevil.example", NULL, NULL, AB_E_IDP_ISSUER, 0, NULL, NULL },
    { "error=access_denied&iss=BASE", NULL, NULL, AB_OK, BROKER_FORM, "access_denied", NULL },
    { "code=c1", NULL, "{\"BROKER_ALIAS\":\"other\"}", AB_E_IDP_STATE, 0, NULL, NULL },
    { "code=c1", NULL, "{\"BROKER_IDP\":\"idp-2\"}", AB_E_IDP_STATE, 0, NULL, NULL },
    { "code=c1", NULL, "{\"BROKER_ALIAS\":\"!\"}", AB_E_IDP_STATE, 0, NULL, NULL },
    { "error=access_denied", NULL, "{\"BROKER_ALIAS\":\"UP\"}", AB_E_IDP_STATE, 0, NULL, NULL },
    { "code=c1", NULL, "{\"BROKER_NONCE\":\"!\"}", AB_E_IDP_STATE, 0, NULL, NULL },
};


/* BASE in a query stands for the provider's own address. */
static const char *
with_base(const char *query)
{
    const char   *at = strstr(query, "BASE");
    static char   out[512];

    if (at == NULL) {
        return query;
    }
    snprintf(out, sizeof(out), "%.*shttp%%3A%%2F%%2F127.0.0.1%%3A%d%s",
             (int) (at - query), query, p.server.port, at + 4);
    return out;
}


static void
each_row_of_the_callback(void **state)
{
    struct broker_answer  a;
    enum ab_err           err;
    size_t                i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        tp_reset(&p);
        begin(rows[i].config);
        tp_patch(side.tab.client_notes, rows[i].notes);
        memset(&a, 0, sizeof(a));
        err = callback(with_base(rows[i].query), &a);
        if (err != rows[i].err
            || (err == AB_OK && a.next != rows[i].next)
            || (rows[i].error != NULL && strcmp(a.error, rows[i].error) != 0)
            || (rows[i].message != NULL
                && strcmp(a.message, rows[i].message) != 0))
        {
            fail_msg("row %zu (%s): %s %s", i, rows[i].query,
                     ab_err_reason(err), side.c.f.detail);
        }
    }
}


/* T-BR4, T-BR5: switched off, or link-only, while the person was away. */
static void
a_provider_changed_meanwhile_signs_nobody_in(void **state)
{
    static const char *const  queries[] = { "code=c1",
                                            "error=access_denied" };
    struct broker_answer      a;
    int                       hits = atomic_load(&p.server.hits);
    size_t                    i;

    (void) state;
    for (i = 0; i < 2; i++) {
        begin(NULL);
        side.idp.enabled = false;
        CHECK_ROW(i, callback(queries[i], &a) == AB_E_IDP_ABSENT);
        side.idp.enabled = true;
        begin(NULL);
        side.idp.link_only = true;
        CHECK_ROW(i, callback(queries[i], &a) == AB_E_IDP_LINK_ONLY);
        side.idp.link_only = false;
        begin(NULL);
        side.idp.provider_id = "saml";
        CHECK_ROW(i, callback(queries[i], &a)
                     == (i == 0 ? AB_E_IDP_REFUSED : AB_OK));
        side.idp.provider_id = "oidc";
    }
    assert_int_equal(atomic_load(&p.server.hits), hits);
}


static void *
login_thread(void *arg)
{
    struct ctx            c = *(const struct ctx *) arg;
    struct auth_tab       tab = side.tab;
    struct broker_answer  a;
    enum ab_err           err;

    c.a = arena_new(4 * 1024 * 1024);
    tab.client_notes = json_deep_copy(side.tab.client_notes);
    err = callback_in(&c, &tab, "code=c1", &a);
    arena_free(c.a);
    json_decref(tab.client_notes);
    return (void *) (intptr_t) err;
}


/* More logins than the bulkhead holds hang at one provider: the rest hear so
 * at once, and another provider's work on. */
static void
a_full_bulkhead_answers_at_once(void **state)
{
    pthread_t             threads[AB_MAX_IDP_CALLS_N];
    struct broker_answer  a;
    struct ctx            theirs;       /* copied by each thread */
    int64_t               start;
    void                 *result;
    int                   i;

    (void) state;
    tp_reset(&p);
    begin(NULL);
    p.delay_ms = 1500;
    theirs = side.c;
    for (i = 0; i < AB_MAX_IDP_CALLS_N; i++) {
        pthread_create(&threads[i], NULL, login_thread, &theirs);
    }
    usleep(400000);
    start = clock_mono_ms();
    for (i = 0; i < 200; i++) {
        fail_clear(&side.c.f);
        assert_int_equal(callback("code=c1", &a), AB_E_IDP_BUSY);
    }
    assert_true(clock_mono_ms() - start < 500);
    for (i = 0; i < AB_MAX_IDP_CALLS_N; i++) {
        pthread_join(threads[i], &result);
        assert_int_equal((intptr_t) result, AB_OK);
    }
    tp_reset(&p);
    begin(NULL);
    assert_int_equal(callback("code=c1", &a), AB_OK);
}


/* Five failures in a row, then nobody asks; a wrong answer is no failure. */
static void
a_dead_provider_is_left_alone(void **state)
{
    struct provider_state  *st;
    struct broker_answer    a;
    int                     i;

    (void) state;
    tp_reset(&p);
    side_forget(&side);
    for (i = 0; i < 8; i++) {
        begin(NULL);
        p.token_status = 500;
        assert_int_equal(callback("code=c1", &a), AB_E_IDP_ERROR);
    }
    for (i = 0; i < 5; i++) {
        begin("{\"tokenUrl\":\"http://127.0.0.1:1/token\"}");
        assert_int_equal(callback("code=c1", &a), AB_E_IDP_DOWN);
    }
    tp_reset(&p);
    begin(NULL);
    p.n_token = 0;
    assert_int_equal(callback("code=c1", &a), AB_E_IDP_DOWN);
    assert_int_equal(p.n_token, 0);
    /* when the time is over, one login tries; its success opens for all */
    st = provider_state_get(&side.c, &side.realm, &side.idp);
    st->open_until_ms = 0;
    fail_clear(&side.c.f);
    assert_int_equal(breaker_enter(&side.c, st), AB_OK);
    assert_int_equal(breaker_enter(&side.c, st), AB_E_IDP_DOWN);
    breaker_leave(st, AB_OK);
    begin(NULL);
    assert_int_equal(callback("code=c1", &a), AB_OK);
    /* a failing probe shuts it again */
    st = provider_state_get(&side.c, &side.realm, &side.idp);
    for (i = 0; i < 5; i++) {
        assert_int_equal(breaker_enter(&side.c, st), AB_OK);
        breaker_leave(st, AB_E_IDP_TIMEOUT);
    }
    st->open_until_ms = 0;
    assert_int_equal(breaker_enter(&side.c, st), AB_OK);
    breaker_leave(st, AB_E_IDP_TIMEOUT);
    assert_int_equal(breaker_enter(&side.c, st), AB_E_IDP_TIMEOUT);
    side_forget(&side);
}


/* However many providers hang at once, threads stay free for the rest. */
static void
all_providers_together_are_bounded(void **state)
{
    struct provider_state  *st;
    struct idp              idp = side.idp;
    char                    ids[8][8];
    int                     i, n = 0;

    (void) state;
    side_forget(&side);
    side_renew(&side);
    for (i = 0; i < 8 * AB_MAX_IDP_CALLS_N; i++) {
        snprintf(ids[i % 8], sizeof(ids[0]), "idp-%d", i % 8);
        idp.id = ids[i % 8];
        st = provider_state_get(&side.c, &side.realm, &idp);
        n += bulkhead_enter(&side.c, st) == AB_OK;
    }
    assert_int_equal(n, AB_MAX_IDP_CALLS_ALL_N);
    for (i = 0; i < n; i++) {
        idp.id = ids[i % 8];
        bulkhead_leave(provider_state_get(&side.c, &side.realm, &idp));
    }
    fail_clear(&side.c.f);
    st = provider_state_get(&side.c, &side.realm, &side.idp);
    assert_int_equal(bulkhead_enter(&side.c, st), AB_OK);
    bulkhead_leave(st);
    side_forget(&side);
}


/* One limit for token, keys and userinfo together. */
static void
all_calls_share_one_time_limit(void **state)
{
    struct broker_answer  a;
    int64_t               deadline;

    (void) state;
    tp_reset(&p);
    side_forget(&side);
    begin(NULL);
    p.delay_ms = 2000;
    deadline = side.c.deadline_ms = clock_mono_ms() + 300;
    assert_int_equal(callback("code=c1", &a), AB_E_IDP_TIMEOUT);
    assert_true(clock_mono_ms() < deadline + 500);
    assert_int_equal(side.c.deadline_ms, deadline);
}


static int
start(void **state)
{
    (void) state;
    tp_start(&p);
    side_start(&side, &p);
    return 0;
}


static int
stop(void **state)
{
    (void) state;
    side_stop(&side);
    tp_stop(&p);
    return 0;
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(each_row_of_the_callback),
        cmocka_unit_test(a_provider_changed_meanwhile_signs_nobody_in),
        cmocka_unit_test(a_full_bulkhead_answers_at_once),
        cmocka_unit_test(a_dead_provider_is_left_alone),
        cmocka_unit_test(all_providers_together_are_bounded),
        cmocka_unit_test(all_calls_share_one_time_limit),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
