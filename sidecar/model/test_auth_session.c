/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_auth_session.c - a login under way belongs to one browser, each of its
 * steps is taken once, and strangers cannot fill the store with them.
 */
#include "auth_int.h"
#include "auth_quota.h"
#include "session_fixture.h"
#include "step.h"

static struct session_fixture  fx;

#define C  (&fx.st.c)


static void
renew(void)
{
    fixture_renew(&fx.st);
    auth_quota_clear();
}


static struct auth_root
new_root(const char *browser)
{
    struct auth_root  root;

    assert_int_equal(auth_root_new(C, &fx.realm, browser, &root), AB_OK);
    return root;
}


static struct auth_tab *
new_tab(const struct auth_root *root)
{
    struct auth_tab  *tab;

    assert_int_equal(auth_tab_new(C, &fx.realm, root, &fx.client, &tab),
                     AB_OK);
    return tab;
}


static const char *
cookie_of(const struct auth_root *root)
{
    return arena_printf(C->a, "%s.%s", root->id, root->secret);
}


static int64_t
ttl_of(const struct auth_root *root)
{
    struct ab_slice   argv[] = { AB_S("TTL"), key1(C, KEY_AUTH, root->id) };
    struct reply     *r;

    assert_int_equal(store_call(C, 1, argv, 2, &r), AB_OK);
    return r->i;
}


/* browser at the start and at the load → answer */
static const struct {
    const char   *made;
    const char   *loaded;
    enum ab_err   want;
} browsers[] = {
    { "hash-a", "hash-a", AB_OK },
    { "hash-a", "hash-b", AB_E_COOKIE_MISSING },
    { "hash-a", NULL,     AB_E_COOKIE_MISSING },
    { NULL,     NULL,     AB_OK },
    { NULL,     "hash-a", AB_E_COOKIE_MISSING },
};


static void
a_root_belongs_to_its_browser(void **state)
{
    struct auth_root  root, loaded;
    size_t            i;

    (void) state;
    renew();
    for (i = 0; i < ROWS(browsers); i++) {
        root = new_root(browsers[i].made);
        CHECK_ROW(i, auth_root_load(C, &fx.realm, cookie_of(&root),
                                    browsers[i].loaded, &loaded)
                     == browsers[i].want);
    }
}


static void
a_cookie_that_is_not_exactly_right_is_missing(void **state)
{
    struct auth_root  root, loaded;
    struct realm      other = fx.realm;
    char             *bad;
    size_t            i, n;

    (void) state;
    renew();
    other.id = "realm-2";
    root = new_root(NULL);
    n = strlen(cookie_of(&root));
    assert_int_equal(auth_root_load(C, &fx.realm, cookie_of(&root), NULL,
                                    &loaded), AB_OK);
    assert_string_equal(loaded.id, root.id);
    assert_false(loaded.is_answered);
    assert_int_equal(auth_root_load(C, &other, cookie_of(&root), NULL,
                                    &loaded), AB_E_COOKIE_MISSING);
    for (i = 0; i <= n; i++) {
        bad = arena_str(C->a, cookie_of(&root));
        bad[i] = i == n ? '\0' : bad[i] == 'A' ? 'B' : 'A';
        if (i == n) {
            bad[n - 1] = '\0';
        }
        CHECK_ROW(i, auth_root_load(C, &fx.realm, bad, NULL, &loaded)
                     == AB_E_COOKIE_MISSING);
    }
    assert_int_equal(auth_root_load(C, &fx.realm, NULL, NULL, &loaded),
                     AB_E_COOKIE_MISSING);
    assert_int_equal(auth_root_load(C, &fx.realm, "", NULL, &loaded),
                     AB_E_COOKIE_MISSING);
    assert_int_equal(C->f.code, AB_OK);
}


/* T-SE15: what a browser carried before is worthless after its login. */
static void
after_a_rekey_the_old_cookie_is_worthless_and_tabs_stay(void **state)
{
    struct auth_root   root, loaded;
    struct auth_tab   *tab, *other;
    const char        *old;

    (void) state;
    renew();
    root = new_root("b");
    tab = new_tab(&root);
    other = new_tab(&root);
    old = cookie_of(&root);
    assert_int_equal(auth_root_rekey(C, &root), AB_OK);
    assert_string_not_equal(old, cookie_of(&root));
    assert_int_equal(auth_root_load(C, &fx.realm, old, "b", &loaded),
                     AB_E_COOKIE_MISSING);
    assert_int_equal(auth_root_load(C, &fx.realm, cookie_of(&root), "b",
                                    &loaded), AB_OK);
    assert_string_equal(loaded.id, root.id);
    assert_int_equal(auth_tab_load(C, &loaded, tab->tab_id, &tab), AB_OK);
    assert_int_equal(auth_tab_load(C, &loaded, other->tab_id, &other), AB_OK);
}


static void
a_tab_comes_back_as_it_was_saved(void **state)
{
    struct auth_root  root;
    struct auth_tab  *tab, *back;

    (void) state;
    renew();
    root = new_root(NULL);
    tab = new_tab(&root);
    assert_int_equal(strlen(tab->tab_id), 11);
    assert_string_equal(tab->action, AUTH_ACTION_AUTHENTICATE);
    assert_string_equal(tab->flow_path, "authenticate");
    assert_null(tab->code);
    tab->redirect_uri = "https://wiki/cb?a=b";
    tab->response_type = "code";
    tab->response_mode = "query";
    tab->state = "state \" \\ \xc3\xa9";
    tab->nonce = "nonce";
    tab->scope = "openid";
    tab->challenge = "ch";
    tab->challenge_method = "S256";
    tab->execution = "exec-1";
    tab->user_id = "user-1";
    tab->is_done = true;
    assert_int_equal(auth_note_set(C, tab->client_notes, "kc_idp_hint", "gh"),
                     AB_OK);
    assert_int_equal(auth_note_set(C, tab->auth_notes, "tok", "planted-tok"),
                     AB_OK);
    assert_int_equal(auth_note_set(C, tab->user_notes, "u", "1"), AB_OK);
    assert_int_equal(auth_note_set(C, tab->states, "exec-1", "SUCCESS"),
                     AB_OK);
    assert_int_equal(auth_tab_new_code(C, tab), AB_OK);
    assert_int_equal(auth_tab_save(C, &fx.realm, tab, false), AB_OK);
    assert_int_equal(auth_tab_load(C, &root, tab->tab_id, &back), AB_OK);
    assert_string_equal(back->client_uuid, fx.client.id);
    assert_string_equal(back->redirect_uri, tab->redirect_uri);
    assert_string_equal(back->state, tab->state);
    assert_string_equal(back->challenge_method, "S256");
    assert_string_equal(back->execution, "exec-1");
    assert_string_equal(back->user_id, "user-1");
    assert_string_equal(back->code, tab->code);
    assert_true(back->is_done);
    assert_int_equal(back->version, tab->version);
    assert_int_equal(back->started, tab->started);
    assert_string_equal(auth_note(back->client_notes, "kc_idp_hint"), "gh");
    assert_string_equal(auth_note(back->auth_notes, "tok"), "planted-tok");
    assert_string_equal(auth_note(back->states, "exec-1"), "SUCCESS");
    assert_int_equal(auth_note_set(C, back->user_notes, "u", NULL), AB_OK);
    assert_null(auth_note(back->user_notes, "u"));

    auth_tab_reset(back);
    assert_null(back->user_id);
    assert_null(back->execution);
    assert_null(auth_note(back->auth_notes, "tok"));
    assert_null(auth_note(back->states, "exec-1"));
    assert_string_equal(auth_note(back->client_notes, "kc_idp_hint"), "gh");
}


/* T-RE1: neither codes nor notes nor the cookie's secret can be read. */
static void
no_secret_of_a_login_is_readable_in_the_store(void **state)
{
    struct auth_root   root;
    struct auth_tab   *tab;
    struct reply      *r;
    size_t             i, k;

    (void) state;
    renew();
    root = new_root(NULL);
    tab = new_tab(&root);
    assert_int_equal(auth_note_set(C, tab->auth_notes, "t", "planted-tok"),
                     AB_OK);
    assert_int_equal(auth_tab_new_code(C, tab), AB_OK);
    assert_int_equal(auth_tab_save(C, &fx.realm, tab, true), AB_OK);
    assert_int_equal(store_hgetall(C, key1(C, KEY_AUTH, root.id), &r), AB_OK);
    assert_int_equal(r->n, 6);
    for (i = 0; i < r->n; i++) {
        const char  *secret[] = { root.secret, tab->code, "planted-tok" };

        for (k = 0; k < ROWS(secret); k++) {
            assert_null(memmem(r->list[i].s.p, r->list[i].s.len, secret[k],
                               strlen(secret[k])));
        }
    }
}


static void
a_code_is_taken_once(void **state)
{
    struct auth_root   root;
    struct auth_tab   *tab, *seen_before;
    const char        *code, *other;

    (void) state;
    renew();
    root = new_root(NULL);
    tab = new_tab(&root);
    other = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    assert_int_equal(auth_tab_take_code(C, tab, other), AB_E_PAGE_EXPIRED);
    assert_int_equal(auth_tab_new_code(C, tab), AB_OK);
    code = tab->code;
    assert_int_equal(auth_tab_save(C, &fx.realm, tab, false), AB_OK);
    assert_int_equal(auth_tab_load(C, &root, tab->tab_id, &seen_before),
                     AB_OK);
    assert_int_equal(auth_tab_take_code(C, tab, other), AB_E_PAGE_EXPIRED);
    assert_int_equal(auth_tab_take_code(C, tab, ""), AB_E_PAGE_EXPIRED);
    assert_int_equal(auth_tab_take_code(C, tab, NULL), AB_E_PAGE_EXPIRED);
    assert_int_equal(auth_tab_take_code(C, tab, code), AB_OK);
    assert_null(tab->code);
    assert_int_equal(auth_tab_take_code(C, tab, code), AB_E_PAGE_EXPIRED);
    /* Nobody who read it before can bring the code back. */
    assert_int_equal(auth_tab_save(C, &fx.realm, seen_before, false),
                     AB_E_CONFLICT);
    assert_int_equal(auth_tab_take_code(C, seen_before, code),
                     AB_E_PAGE_EXPIRED);
    assert_int_equal(auth_tab_save(C, &fx.realm, tab, true), AB_OK);
}


static void
of_two_writers_the_second_is_told(void **state)
{
    struct auth_root   root;
    struct auth_tab   *a, *b;

    (void) state;
    renew();
    root = new_root(NULL);
    a = new_tab(&root);
    assert_int_equal(auth_tab_load(C, &root, a->tab_id, &b), AB_OK);
    assert_int_equal(auth_tab_save(C, &fx.realm, a, false), AB_OK);
    assert_int_equal(auth_tab_save(C, &fx.realm, b, false), AB_E_CONFLICT);
    assert_int_equal(auth_tab_save(C, &fx.realm, a, false), AB_OK);
}


static void
unknown_and_malformed_tabs_are_absent(void **state)
{
    static const char *const  ids[] = {
        "", "AAAAAAAAAAA", "AAAAAAAAAA", "AAAAAAAAAAAA", "AAAAA:AAAAA", NULL
    };
    struct auth_root          root;
    struct auth_tab          *tab;
    size_t                    i;

    (void) state;
    renew();
    root = new_root(NULL);
    for (i = 0; i < ROWS(ids); i++) {
        CHECK_ROW(i, auth_tab_load(C, &root, ids[i], &tab)
                     == AB_E_STORE_ABSENT);
    }
    tab = new_tab(&root);
    assert_int_equal(store_del(C, key1(C, KEY_AUTH, root.id)), AB_OK);
    assert_int_equal(auth_tab_save(C, &fx.realm, tab, true),
                     AB_E_STORE_ABSENT);
    assert_int_equal(auth_tab_new(C, &fx.realm, &root, &fx.client, &tab),
                     AB_E_STORE_ABSENT);
    assert_int_equal(auth_root_rekey(C, &root), AB_E_STORE_ABSENT);
}


static void
the_first_answer_ends_the_short_life(void **state)
{
    struct auth_root   root, loaded;
    struct auth_tab   *tab;

    (void) state;
    renew();
    root = new_root(NULL);
    assert_in_range(ttl_of(&root), AB_AUTH_FIRST_TTL_S - 5,
                    AB_AUTH_FIRST_TTL_S);
    tab = new_tab(&root);
    assert_int_equal(auth_tab_save(C, &fx.realm, tab, false), AB_OK);
    assert_in_range(ttl_of(&root), AB_AUTH_FIRST_TTL_S - 5,
                    AB_AUTH_FIRST_TTL_S);
    assert_int_equal(auth_tab_save(C, &fx.realm, tab, true), AB_OK);
    assert_in_range(ttl_of(&root), 1795, 1800);
    assert_int_equal(auth_root_load(C, &fx.realm, cookie_of(&root), NULL,
                                    &loaded), AB_OK);
    assert_true(loaded.is_answered);
    new_tab(&loaded);
}


static void
tabs_are_capped_and_the_oldest_go(void **state)
{
    struct auth_root   root;
    struct auth_tab   *first, *tab = NULL;
    struct reply      *r;
    size_t             i, n = 0;

    (void) state;
    renew();
    root = new_root(NULL);
    first = new_tab(&root);
    usleep(1100 * 1000);                /* age counts in seconds */
    for (i = 0; i < AB_MAX_TABS_N; i++) {
        tab = new_tab(&root);
    }
    assert_int_equal(auth_tab_load(C, &root, first->tab_id, &first),
                     AB_E_STORE_ABSENT);
    assert_int_equal(auth_tab_load(C, &root, tab->tab_id, &tab), AB_OK);
    assert_int_equal(store_hgetall(C, key1(C, KEY_AUTH, root.id), &r), AB_OK);
    for (i = 0; i < r->n; i += 2) {
        n += ab_slice_starts(r->list[i].s, AB_S("t:"));
    }
    assert_int_equal(n, AB_MAX_TABS_N);
}


/* T-DO2: a flood of starts pushes out the oldest, of its own realm, and only
 * while they may still live. */
static void
unanswered_logins_are_bounded_per_realm(void **state)
{
    int64_t  now = 1000000;
    char     id[AUTH_QUOTA_ID], gone[AUTH_QUOTA_ID];
    int      i;

    (void) state;
    for (i = 0; i < 5; i++) {
        snprintf(id, sizeof(id), "root-%d", i);
        assert_int_equal(auth_quota_push("a", id, now, 5, gone), AB_OK);
        assert_string_equal(gone, "");
    }
    assert_int_equal(auth_quota_push("b", "x", now, 5, gone), AB_OK);
    assert_string_equal(gone, "");
    assert_int_equal(auth_quota_push("a", "y", now + 10, 5, gone), AB_OK);
    assert_string_equal(gone, "root-0");
    assert_int_equal(auth_quota_push("a", "z", now + AB_AUTH_FIRST_TTL_S + 1,
                                     5, gone), AB_OK);
    assert_string_equal(gone, "");
    auth_quota_clear();
}


/* T-DO2: what is pushed out is gone, unless somebody had answered it. */
static void
an_answered_login_is_not_pushed_out(void **state)
{
    struct auth_root     roots[2], loaded;
    struct auth_tab     *tab;
    struct step          step;
    const struct reply  *r;
    size_t               i;

    (void) state;
    renew();
    for (i = 0; i < 2; i++) {
        roots[i] = new_root(NULL);
        tab = new_tab(&roots[i]);
        assert_int_equal(auth_tab_save(C, &fx.realm, tab, i == 1), AB_OK);
        step = step_new(C);
        assert_int_equal(step_run(&step, SCRIPT_auth_root_drop,
                                  key1(C, KEY_AUTH, roots[i].id), 0, &r),
                         AB_OK);
    }
    assert_int_equal(auth_root_load(C, &fx.realm, cookie_of(&roots[0]), NULL,
                                    &loaded), AB_E_COOKIE_MISSING);
    assert_int_equal(auth_root_load(C, &fx.realm, cookie_of(&roots[1]), NULL,
                                    &loaded), AB_OK);
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
    auth_quota_clear();
    session_fixture_stop(&fx);
    return 0;
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(a_root_belongs_to_its_browser),
        cmocka_unit_test(a_cookie_that_is_not_exactly_right_is_missing),
        TEST("T-SE15: after a rekey the old cookie is worthless, tabs stay",
             after_a_rekey_the_old_cookie_is_worthless_and_tabs_stay),
        cmocka_unit_test(a_tab_comes_back_as_it_was_saved),
        TEST("T-RE1: no secret of a login is readable in the store",
             no_secret_of_a_login_is_readable_in_the_store),
        cmocka_unit_test(a_code_is_taken_once),
        cmocka_unit_test(of_two_writers_the_second_is_told),
        cmocka_unit_test(unknown_and_malformed_tabs_are_absent),
        cmocka_unit_test(the_first_answer_ends_the_short_life),
        cmocka_unit_test(tabs_are_capped_and_the_oldest_go),
        TEST("T-DO2: unanswered logins are bounded per realm",
             unanswered_logins_are_bounded_per_realm),
        TEST("T-DO2: an answered login is not pushed out",
             an_answered_login_is_not_pushed_out),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
