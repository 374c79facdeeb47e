/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_logout.c - each row of the logout table (tokens.md 6.5).
 */
#include "realm_fixture.h"

#include "oidc/claims.h"
#include "oidc/logout.h"

static struct realm_fixture  fx;

#define C     (&fx.st.c)
#define BYE   "https://app.test/bye"
#define CRED  "client_id=app&client_secret=app-secret&"


static int
set_up(void **state)
{
    (void) state;
    realm_fixture_start(&fx);
    return 0;
}


static int
tear_down(void **state)
{
    (void) state;
    realm_fixture_stop(&fx);
    return 0;
}


static const char *
member(const json_t *o, const char *name)
{
    const char  *v = json_string_value(json_object_get(o, name));

    return v == NULL ? "" : v;
}


/* Tokens of a fresh session of alice. */
static const json_t *
tokens(void)
{
    return realm_fixture_post(&fx, CRED "grant_type=password&scope=openid"
                              "&username=alice&password=alice-pw", NULL,
                              NULL).body;
}


static enum ab_err
plan(const char *query, const struct session *sso, struct logout_plan *p)
{
    struct ab_param  list[20];
    char            *mem = arena_alloc(C->a, strlen(query) + 1);
    size_t           n;

    fail_clear(&C->f);
    assert_int_equal(ab_form_parse(ab_slice_str(query), mem, list, 20, &n),
                     AB_OK);
    return logout_plan(C, fx.realm, list, n, sso, p);
}


/* %H: an ID token of the session at hand, %O: of another one. sso: the
 * browser has the session, has none, or has another one. */
enum browser { HAS, NONE, OTHER };

static const struct {
    const char        *query;
    enum browser       browser;
    enum ab_err        want;
    enum logout_next   next;
    const char        *landing;
} rows[] = {
    { "", NONE, AB_OK, LOGOUT_ASK, NULL },
    { "", HAS, AB_OK, LOGOUT_ASK, NULL },
    { "state=s", HAS, AB_OK, LOGOUT_ASK, NULL },
    { "id_token_hint=", HAS, AB_OK, LOGOUT_ASK, NULL },
    { "redirect_uri=" BYE, HAS, AB_OK, LOGOUT_ASK, NULL },
    { "client_id=app", HAS, AB_OK, LOGOUT_ASK, NULL },
    { "client_id=nobody", HAS, AB_OK, LOGOUT_ASK, NULL },
    { "client_id=app&post_logout_redirect_uri=" BYE, HAS, AB_OK, LOGOUT_ASK,
      BYE },
    { "client_id=app&post_logout_redirect_uri=" BYE "&state=a+b", NONE,
      AB_OK, LOGOUT_LAND, BYE "?state=a%20b" },
    { "client_id=app&post_logout_redirect_uri=", NONE, AB_OK, LOGOUT_ASK,
      NULL },
    { "id_token_hint=%H", HAS, AB_OK, LOGOUT_NOW, NULL },
    { "id_token_hint=%H", NONE, AB_OK, LOGOUT_NOW, NULL },
    { "id_token_hint=%H", OTHER, AB_OK, LOGOUT_ASK, NULL },
    { "id_token_hint=%H&client_id=app&post_logout_redirect_uri=" BYE, HAS,
      AB_OK, LOGOUT_NOW, BYE },
    { "id_token_hint=%H&post_logout_redirect_uri=" BYE "%3Fx=1%23f&state=s",
      HAS, AB_OK, LOGOUT_NOW, BYE "?x=1&state=s#f" },
    { "id_token_hint=%H&post_logout_redirect_uri=" BYE, OTHER, AB_OK,
      LOGOUT_ASK, BYE },
    { "post_logout_redirect_uri=" BYE, HAS, AB_E_LOGOUT_HINT, 0, NULL },
    { "id_token_hint=junk", HAS, AB_E_LOGOUT_HINT, 0, NULL },
    { "id_token_hint=%A", HAS, AB_E_LOGOUT_HINT, 0, NULL },
    { "id_token_hint=%R", HAS, AB_E_LOGOUT_HINT, 0, NULL },
    { "id_token_hint=%Hx", HAS, AB_E_LOGOUT_HINT, 0, NULL },
    { "id_token_hint=%H&client_id=other", HAS, AB_E_LOGOUT_HINT, 0, NULL },
    { "id_token_hint=%H&client_id=nobody", HAS, AB_E_LOGOUT_HINT, 0, NULL },
    { "client_id=nobody&post_logout_redirect_uri=" BYE, NONE,
      AB_E_REDIRECT_URI, 0, NULL },
    { "client_id=app&post_logout_redirect_uri=https://evil.test/", NONE,
      AB_E_REDIRECT_URI, 0, NULL },
    { "id_token_hint=%H&post_logout_redirect_uri=https://evil.test/", HAS,
      AB_E_REDIRECT_URI, 0, NULL },
    { "id_token_hint=%H&post_logout_redirect_uri=/bye", HAS,
      AB_E_REDIRECT_URI, 0, NULL },
    { "client_id=app&client_id=app", HAS, AB_E_DUPLICATE, 0, NULL },
    { "state=1&state=2", HAS, AB_E_DUPLICATE, 0, NULL },
};


static const char *
filled(const char *query, const json_t *t)
{
    const struct {
        const char  *mark, *name;
    } marks[] = {
        { "%H", "id_token" }, { "%A", "access_token" },
        { "%R", "refresh_token" },
    };
    const char  *at;
    size_t       i;

    for (i = 0; i < ROWS(marks); i++) {
        at = strstr(query, marks[i].mark);
        if (at != NULL) {
            return arena_printf(C->a, "%.*s%s%s", (int) (at - query), query,
                                member(t, marks[i].name), at + 2);
        }
    }
    return query;
}


static void
each_request_means_one_thing(void **state)
{
    const struct session  *own, *other, *sso;
    const json_t          *t;
    struct logout_plan     p;
    size_t                 i;
    enum ab_err            e;

    (void) state;
    realm_fixture_renew(&fx);
    C->deadline_ms = clock_mono_ms() + 60000;
    t = tokens();
    assert_int_equal(session_load(C, fx.realm, member(t, "session_state"),
                                  &own), AB_OK);
    assert_int_equal(session_load(C, fx.realm,
                                  member(tokens(), "session_state"), &other),
                     AB_OK);
    for (i = 0; i < ROWS(rows); i++) {
        sso = rows[i].browser == HAS ? own
              : rows[i].browser == OTHER ? other : NULL;
        p = (struct logout_plan) { 0 };
        e = plan(filled(rows[i].query, t), sso, &p);
        if (e != rows[i].want || (e == AB_OK && p.next != rows[i].next)) {
            fail_msg("row %zu (%s): %s, %d", i, rows[i].query,
                     ab_err_reason(e), (int) p.next);
        }
        if (e != AB_OK) {
            continue;
        }
        CHECK_ROW(i, rows[i].landing == NULL
                     ? p.landing == NULL
                     : p.landing != NULL
                       && strcmp(p.landing, rows[i].landing) == 0);
        CHECK_ROW(i, p.next != LOGOUT_NOW || strcmp(p.sid, own->sid) == 0);
    }
}


/* The hint stays good when the session, and even the token, ran out. */
static void
a_hint_outlives_its_session(void **state)
{
    struct logout_plan   p;
    const json_t        *t;
    const char          *query;

    (void) state;
    realm_fixture_renew(&fx);
    t = tokens();
    query = filled("id_token_hint=%H", t);
    assert_int_equal(session_end(C, fx.realm, member(t, "session_state"),
                                 NULL, NULL), AB_OK);
    assert_int_equal(plan(query, NULL, &p), AB_OK);
    assert_int_equal(p.next, LOGOUT_NOW);
    assert_int_equal(session_end(C, fx.realm, p.sid, NULL, NULL), AB_OK);
}


static void
a_handle_works_once_and_in_its_realm(void **state)
{
    struct realm             foreign;
    const struct realm      *kept;
    const struct session    *sso;
    struct logout_plan       p;
    const json_t            *t;
    const char              *sid, *query;
    char                     handle[44];

    (void) state;
    realm_fixture_renew(&fx);
    t = tokens();
    sid = member(t, "session_state");
    assert_int_equal(session_load(C, fx.realm, member(tokens(),
                                                      "session_state"),
                                  &sso), AB_OK);
    assert_int_equal(session_end(C, fx.realm, sid, BYE, "app"), AB_OK);
    assert_int_equal(logout_handle_put(C, sid, BYE, handle), AB_OK);
    query = arena_printf(C->a, "ab_handle=%s", handle);
    assert_int_equal(plan(query, sso, &p), AB_OK);
    assert_int_equal(p.next, LOGOUT_HANDLE);
    assert_string_equal(p.handle_sid, sid);
    assert_string_equal(p.landing, BYE);
    /* used up: nothing to end for who has no session, else the question */
    assert_int_equal(plan(query, NULL, &p), AB_OK);
    assert_int_equal(p.next, LOGOUT_LAND);
    assert_null(p.landing);
    assert_int_equal(plan(query, sso, &p), AB_OK);
    assert_int_equal(p.next, LOGOUT_ASK);

    assert_int_equal(logout_handle_put(C, sid, NULL, handle), AB_OK);
    kept = fx.realm;
    foreign = *kept;
    foreign.id = "another-realm";
    fx.realm = &foreign;
    assert_int_equal(plan(arena_printf(C->a, "ab_handle=%s", handle), NULL,
                          &p), AB_OK);
    assert_int_equal(p.next, LOGOUT_LAND);
    fx.realm = kept;
}


/* ---- the form of old adapters ------------------------------------------ */

static struct token_answer
post(const char *form)
{
    struct ab_param       list[20];
    char                 *mem = arena_alloc(C->a, strlen(form) + 1);
    struct token_request  in = { .realm = fx.realm, .form = list };
    struct token_answer   out;

    fail_clear(&C->f);
    assert_int_equal(ab_form_parse(ab_slice_str(form), mem, list, 20,
                                   &in.n_form), AB_OK);
    assert_int_equal(logout_refresh(C, &in, &out), AB_OK);
    return out;
}


static void
a_refresh_token_ends_its_session(void **state)
{
    const struct session  *s;
    struct token_answer    a;
    const json_t          *t;
    const char            *token;

    (void) state;
    realm_fixture_renew(&fx);
    t = tokens();
    token = member(t, "refresh_token");
    a = post(CRED "refresh_token=x");
    assert_int_equal(a.status, 400);
    assert_string_equal(member(a.body, "error_description"),
                        "Invalid refresh token");
    a = post(arena_printf(C->a, "client_id=other&client_secret=other-secret"
                          "&refresh_token=%s", token));
    assert_string_equal(member(a.body, "error_description"), "Invalid refresh "
                        "token. Token client and authorized client don't "
                        "match");
    a = post("client_id=app&client_secret=wrong&refresh_token=x");
    assert_int_equal(a.status, 401);
    a = post(arena_printf(C->a, CRED "refresh_token=%s", token));
    assert_int_equal(a.status, 204);
    assert_null(a.body);
    assert_int_equal(session_load(C, fx.realm, member(t, "session_state"),
                                  &s), AB_E_SESSION_ENDED);
    a = post(arena_printf(C->a, CRED "refresh_token=%s", token));
    assert_int_equal(a.status, 204);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("each logout request means one thing",
             each_request_means_one_thing),
        TEST("a hint outlives its session", a_hint_outlives_its_session),
        TEST("a handle works once, and in its realm",
             a_handle_works_once_and_in_its_realm),
        TEST("a refresh token ends its session",
             a_refresh_token_ends_its_session),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
