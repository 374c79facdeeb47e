/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_authorize.c - authorization requests: which mistakes end on a page,
 * which go back to the client, and with what members (tokens.md 2.3).
 */
#include "realm_fixture.h"

#include "oidc/authorize.h"
#include "oidc/claims.h"

static struct realm_fixture  fx;

#define C      (&fx.st.c)
#define CB     "https://app.test/cb"
#define CLIENT "client_id=app"
#define GOOD   CLIENT "&response_type=code&redirect_uri=" CB "&state=s"
#define ISS    "&iss=https%3A%2F%2Fid.example.com%2Frealms%2Facme"
/* how a refusal looks at the client */
#define BACK(error)        CB "?error=" error "&state=s" ISS
#define BACK_D(error, d)   CB "?error=" error "&error_description=" d        \
                           "&state=s" ISS


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


static enum ab_err
check(const char *query, struct auth_params *p,
    const struct client **ret_client, struct authorize_answer *ret_answer)
{
    struct ab_param  *list = arena_array(C->a, 60, sizeof(*list));
    char             *mem = arena_alloc(C->a, strlen(query) + 1);
    size_t            n;

    fail_clear(&C->f);
    assert_int_equal(ab_form_parse(ab_slice_str(query), mem, list, 60, &n),
                     AB_OK);
    assert_int_equal(auth_params_parse(C, list, n, p), AB_OK);
    return authorize_check(C, fx.realm, p, ret_client, ret_answer);
}


static const struct {
    const char   *query;
    enum ab_err   want;         /* AB_OK: passes */
    const char   *url;          /* back to the client; NULL: a page */
} rows[] = {
    { GOOD, AB_OK, NULL },
    { GOOD "&scope=openid+phone", AB_OK, NULL },
    { GOOD "&prompt=none", AB_OK, NULL },
    { GOOD "&max_age=-1", AB_OK, NULL },
    { GOOD "&claims=junk", AB_OK, NULL },
    { CLIENT "&response_type=code+code&redirect_uri=" CB, AB_OK, NULL },
    { CLIENT "&response_type=none&redirect_uri=" CB, AB_OK, NULL },
    /* pages */
    { "", AB_E_AUTH_PARAM, NULL },
    { "client_id=", AB_E_AUTH_PARAM, NULL },
    { GOOD "&client_id=app", AB_E_AUTH_PARAM, NULL },
    { "client_id=nobody&redirect_uri=" CB, AB_E_CLIENT_ABSENT, NULL },
    { "client_id=off&redirect_uri=https://off.test/cb", AB_E_CLIENT_DISABLED,
      NULL },
    { "client_id=api&redirect_uri=" CB, AB_E_CLIENT_BEARER, NULL },
    { "client_id=sp&redirect_uri=" CB, AB_E_CLIENT_PROTOCOL, NULL },
    { GOOD "&max_age=x", AB_E_AUTH_PARAM, NULL },
    { GOOD "&max_age=", AB_E_AUTH_PARAM, NULL },
    { GOOD "&request=", AB_E_AUTH_PARAM, NULL },
    { GOOD "&request_uri=urn:x", AB_E_AUTH_PARAM, NULL },
    { GOOD "&claims={\"id_token\":{\"acr\":{\"essential\":true,\"values\":"
      "[\"nope\"]}}}", AB_E_AUTH_PARAM, NULL },
    { GOOD "&claims={\"id_token\":{\"acr\":{\"essential\":true,\"values\":"
      "[\"1\"]}}}", AB_OK, NULL },
    { GOOD "&prompt=create", AB_E_FLOW_UNSUPPORTED, NULL },
    /* T-RD6, T-RD7: the address, compared as text */
    { CLIENT "&response_type=code&scope=openid", AB_E_REDIRECT_URI, NULL },
    { CLIENT "&response_type=code&redirect_uri=", AB_E_REDIRECT_URI, NULL },
    { CLIENT "&response_type=code&redirect_uri=https://evil.test/cb",
      AB_E_REDIRECT_URI, NULL },
    { CLIENT "&response_type=code&redirect_uri=https://app.test.evil.test/",
      AB_E_REDIRECT_URI, NULL },
    { CLIENT "&response_type=code&redirect_uri=https://APP.test/cb",
      AB_E_REDIRECT_URI, NULL },
    { CLIENT "&response_type=code&redirect_uri=https://app.test@evil.test/",
      AB_E_REDIRECT_URI, NULL },
    { CLIENT "&response_type=code&redirect_uri=https://app.test/x/../../y",
      AB_E_REDIRECT_URI, NULL },
    { CLIENT "&response_type=code&redirect_uri=https://app.test/cb%3Fcode=x",
      AB_E_REDIRECT_URI, NULL },
    { CLIENT "&response_type=code&redirect_uri=/cb", AB_E_REDIRECT_URI,
      NULL },
    { CLIENT "&response_type=code&redirect_uri=javascript:alert(1)",
      AB_E_REDIRECT_URI, NULL },
    { "client_id=pub&response_type=code&redirect_uri=http://localhost.evil/cb"
      "&code_challenge_method=S256", AB_E_REDIRECT_URI, NULL },
    /* a pure OAuth 2 request may leave the only address out */
    { "client_id=pub&response_type=code&state=s", AB_E_BAD_REQUEST,
      "http://localhost/cb?error=invalid_request&error_description="
      "Missing%20parameter%3A%20code_challenge_method&state=s" ISS },
    /* back to the client */
    { CLIENT "&redirect_uri=" CB "&state=s", AB_E_BAD_REQUEST,
      BACK_D("invalid_request", "Missing%20parameter%3A%20response_type") },
    { CLIENT "&redirect_uri=" CB "&state=s&response_mode=fragment",
      AB_E_BAD_REQUEST, CB "#error=invalid_request&error_description="
      "Missing%20parameter%3A%20response_type&state=s" ISS },
    { CLIENT "&redirect_uri=" CB "&state=s&response_type=", AB_E_BAD_REQUEST,
      BACK("unsupported_response_type") },
    { CLIENT "&redirect_uri=" CB "&state=s&response_type=CODE",
      AB_E_BAD_REQUEST, BACK("unsupported_response_type") },
    { CLIENT "&redirect_uri=" CB "&state=s&response_type=none+code",
      AB_E_BAD_REQUEST, BACK("unsupported_response_type") },
    { GOOD "&response_mode=banana", AB_E_BAD_REQUEST,
      BACK_D("invalid_request", "Invalid%20parameter%3A%20response_mode") },
    { GOOD "&response_mode=", AB_E_BAD_REQUEST,
      BACK_D("invalid_request", "Invalid%20parameter%3A%20response_mode") },
    { CLIENT "&redirect_uri=" CB "&state=s&response_type=id_token&nonce=n",
      AB_E_GRANT_CLIENT, CB "#error=unauthorized_client&error_description="
      "Client%20is%20not%20allowed%20to%20initiate%20browser%20login%20with"
      "%20given%20response_type.%20Implicit%20flow%20is%20disabled%20for"
      "%20the%20client.&state=s" ISS },
    { "client_id=implicit&response_type=code&state=s"
      "&redirect_uri=https://implicit.test/cb", AB_E_GRANT_CLIENT,
      "https://implicit.test/cb?error=unauthorized_client&error_description="
      "Client%20is%20not%20allowed%20to%20initiate%20browser%20login%20with"
      "%20given%20response_type.%20Standard%20flow%20is%20disabled%20for"
      "%20the%20client.&state=s" ISS },
    { "client_id=hybrid&response_type=id_token&state=s&response_mode=query"
      "&redirect_uri=https://hybrid.test/cb", AB_E_BAD_REQUEST,
      "https://hybrid.test/cb?error=invalid_request&error_description="
      "Response_mode%20%27query%27%20not%20allowed%20for%20implicit%20or"
      "%20hybrid%20flow&state=s" ISS },
    { "client_id=hybrid&response_type=id_token&state=s"
      "&redirect_uri=https://hybrid.test/cb", AB_E_BAD_REQUEST,
      "https://hybrid.test/cb#error=invalid_request&error_description="
      "Missing%20parameter%3A%20nonce&state=s" ISS },
    { "client_id=hybrid&response_type=token&state=s"
      "&redirect_uri=https://hybrid.test/cb", AB_E_UNSUPPORTED,
      "https://hybrid.test/cb#error=unsupported_response_type&state=s" ISS },
    { "client_id=parked&response_type=code&state=s"
      "&redirect_uri=https://parked.test/cb", AB_E_GRANT_CLIENT,
      "https://parked.test/cb?error=invalid_request&error_description="
      "Pushed%20Authorization%20Request%20is%20only%20allowed.&state=s" ISS },
    /* T-LG10: one occurrence of each parameter */
    { GOOD "&state=t", AB_E_DUPLICATE,
      BACK_D("invalid_request", "duplicated%20parameter") },
    { GOOD "&foo=1&foo=2", AB_E_DUPLICATE,
      BACK_D("invalid_request", "duplicated%20parameter") },
    { GOOD "&redirect_uri=https://evil.test/", AB_E_DUPLICATE,
      BACK_D("invalid_request", "duplicated%20parameter") },
    { GOOD "&kc_idp_hint=a&kc_idp_hint=b", AB_E_DUPLICATE,
      BACK_D("invalid_request", "duplicated%20parameter") },
    { GOOD "&scope=openid+nothing", AB_E_INVALID_SCOPE,
      BACK_D("invalid_scope", "Invalid%20scopes%3A%20openid%20nothing") },
    { GOOD "&scope=", AB_E_INVALID_SCOPE,
      BACK_D("invalid_scope", "Invalid%20scopes%3A%20") },
    { GOOD "&scope=openid,email", AB_E_INVALID_SCOPE,
      BACK_D("invalid_scope", "Invalid%20scopes%3A%20openid%2Cemail") },
    { GOOD "&code_challenge_method=S256", AB_E_BAD_REQUEST,
      BACK_D("invalid_request", "Missing%20parameter%3A%20code_challenge") },
    /* a client that hides the issuer */
    { "client_id=quiet&response_type=code&state=s&scope="
      "&redirect_uri=https://quiet.test/cb", AB_E_INVALID_SCOPE,
      "https://quiet.test/cb?error=invalid_scope&error_description="
      "Invalid%20scopes%3A%20&state=s" },
};


/* T-RD5: nothing goes anywhere but to an address that passed the one check;
 * every row without a proven address is a page. */
static void
mistakes_end_where_they_should(void **state)
{
    struct authorize_answer  a;
    const struct client     *client;
    struct auth_params       p;
    size_t                   i;
    enum ab_err              e;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        realm_fixture_renew(&fx);
        a = (struct authorize_answer) { 0 };
        client = NULL;
        e = check(rows[i].query, &p, &client, &a);
        if (e != rows[i].want
            || (a.url == NULL) != (rows[i].url == NULL)
            || (a.url != NULL && strcmp(a.url, rows[i].url) != 0))
        {
            fail_msg("row %zu: %s: %s, %s", i, rows[i].query,
                     ab_err_reason(e), a.url == NULL ? "a page" : a.url);
        }
        CHECK_ROW(i, e != AB_OK || client != NULL);
    }
}


static void
an_error_by_form_is_a_form(void **state)
{
    struct authorize_answer  a = { 0 };
    const struct client     *client;
    struct auth_params       p;

    (void) state;
    realm_fixture_renew(&fx);
    assert_int_equal(check(GOOD "&scope=&response_mode=form_post", &p,
                           &client, &a), AB_E_INVALID_SCOPE);
    assert_null(a.url);
    assert_string_equal(a.form_url, CB);
    assert_int_equal(json_array_size(a.form), 4);
}


/* ---- a tab, and what it asks ------------------------------------------- */

static struct auth_tab
tab_of(const char *query)
{
    struct auth_tab          tab = { 0 };
    struct authorize_answer  a = { 0 };
    const struct client     *client;
    struct auth_params       p;

    tab.client_notes = json_object();
    tab.auth_notes = json_object();
    tab.user_notes = json_object();
    tab.states = json_object();
    assert_int_equal(check(query, &p, &client, &a), AB_OK);
    assert_int_equal(authorize_tab(C, fx.realm, client, &p, &tab), AB_OK);
    return tab;
}


static void
free_tab(struct auth_tab *tab)
{
    json_decref(tab->client_notes);
    json_decref(tab->auth_notes);
    json_decref(tab->user_notes);
    json_decref(tab->states);
}


static void
a_session_is_enough_or_not(void **state)
{
    static const struct {
        const char  *more;
        bool         needs;
    } cases[] = {
        { "", false }, { "&prompt=login", true },
        { "&prompt=login+consent", true }, { "&prompt=LOGIN", false },
        { "&prompt=select_account", false }, { "&max_age=100", false },
        { "&max_age=99", true }, { "&max_age=0", true },
        { "&max_age=-1", true }, { "&max_age=2147483647", false },
    };
    struct session   sso = { .auth_time = 1000 };
    struct auth_tab  tab;
    size_t           i;

    (void) state;
    for (i = 0; i < ROWS(cases); i++) {
        realm_fixture_renew(&fx);
        tab = tab_of(arena_printf(C->a, GOOD "%s", cases[i].more));
        CHECK_ROW(i, authorize_needs_login(&tab, &sso, 1100)
                     == cases[i].needs);
        free_tab(&tab);
    }
}


static void
a_finished_login_answers_with_a_code(void **state)
{
    struct authorize_answer  a;
    struct authorize_done    done = { .acr = "1", .ip = "192.0.2.7" };
    const struct session    *s;
    const struct code       *code;
    struct auth_tab          tab;
    struct signed_in         out;

    (void) state;
    realm_fixture_renew(&fx);
    tab = tab_of(GOOD "&scope=openid&nonce=n&kc_action=WHAT");
    done.realm = fx.realm;
    done.client = realm_fixture_client(&fx, "app");
    done.user = realm_fixture_user(&fx, "alice");
    done.tab = &tab;
    assert_int_equal(auth_note_set(C, tab.user_notes, NOTE_IDP, "up"),
                     AB_OK);
    assert_int_equal(auth_note_set(C, tab.auth_notes, NOTE_IDP_ID, "idp-1"),
                     AB_OK);
    assert_int_equal(auth_note_set(C, tab.auth_notes, NOTE_BROKER_USER,
                                   "up.4711"), AB_OK);
    assert_int_equal(authorize_finish(C, &done, &out, &a), AB_OK);
    assert_string_equal(a.url, arena_printf(C->a, "%s?state=s&session_state="
        "%s%s&kc_action_status=error&code=%s", CB, out.sid, ISS, out.code));
    assert_int_equal(session_code_peek(C, fx.realm, out.code, &s, &code),
                     AB_OK);
    assert_string_equal(code->nonce, "n");
    assert_string_equal(code->redirect_uri, CB);
    assert_string_equal(s->idp, "up");
    assert_string_equal(s->idp_id, "idp-1");
    assert_string_equal(s->broker_user, "up.4711");
    assert_string_equal(auth_note(s->notes, NOTE_IDP), "up");
    assert_true(code->auth_time >= s->started - 5);
    free_tab(&tab);

    /* the same session again, by the cookie alone: the old proof counts */
    tab = tab_of(GOOD);
    done.tab = &tab;
    done.sso = s;
    done.acr = "0";
    assert_int_equal(authorize_finish(C, &done, &out, &a), AB_OK);
    assert_string_equal(out.sid, s->sid);
    assert_int_equal(session_code_peek(C, fx.realm, out.code, &s, &code),
                     AB_OK);
    assert_int_equal(code->auth_time, s->auth_time);
    free_tab(&tab);
}


static void
a_response_type_none_makes_no_code(void **state)
{
    struct authorize_answer  a;
    struct authorize_done    done = { .acr = "1" };
    struct auth_tab          tab;
    struct signed_in         out;

    (void) state;
    realm_fixture_renew(&fx);
    tab = tab_of("client_id=quiet&response_type=none&state=s"
                 "&redirect_uri=https://quiet.test/cb");
    done.realm = fx.realm;
    done.client = realm_fixture_client(&fx, "quiet");
    done.user = realm_fixture_user(&fx, "alice");
    done.tab = &tab;
    assert_int_equal(authorize_finish(C, &done, &out, &a), AB_OK);
    assert_string_equal(a.url, "https://quiet.test/cb?state=s");
    free_tab(&tab);
}


/* client_data is the browser's word: it may only name an address that the
 * client has (T-RD5). */
static void
client_data_chooses_among_the_clients_addresses(void **state)
{
    static const struct {
        const char   *data;     /* base64url */
        enum ab_err   want;
        const char   *url;
    } cases[] = {
        /* {"ru":"https://app.test/cb","rt":"code","st":"s"} */
        { "eyJydSI6Imh0dHBzOi8vYXBwLnRlc3QvY2IiLCJydCI6ImNvZGUiLCJzdCI6InMi"
          "fQ", AB_OK, BACK_D("temporarily_unavailable",
                              "authentication_expired") },
        /* {"ru":"https://evil.test/","rt":"code"} */
        { "eyJydSI6Imh0dHBzOi8vZXZpbC50ZXN0LyIsInJ0IjoiY29kZSJ9",
          AB_E_REDIRECT_URI, NULL },
        { "e30", AB_E_REDIRECT_URI, NULL },         /* {} */
        { "W10", AB_E_BAD_REQUEST, NULL },          /* [] */
        { "", AB_E_BAD_REQUEST, NULL },
        { "!!!", AB_E_BAD_REQUEST, NULL },
    };
    struct authorize_answer  a;
    size_t                   i;
    enum ab_err              e;

    (void) state;
    for (i = 0; i < ROWS(cases); i++) {
        realm_fixture_renew(&fx);
        a = (struct authorize_answer) { 0 };
        e = authorize_error_data(C, fx.realm,
                                 realm_fixture_client(&fx, "app"),
                                 cases[i].data, "temporarily_unavailable",
                                 "authentication_expired", &a);
        CHECK_ROW(i, e == cases[i].want);
        CHECK_ROW(i, cases[i].url == NULL
                     ? a.url == NULL : strcmp(a.url, cases[i].url) == 0);
    }
}


static void
scopes_are_granted_and_shown(void **state)
{
    static const struct {
        const char  *asked, *shown;
    } cases[] = {
        { NULL, "profile email" },
        { "openid", "openid profile email" },
        { "openid openid email", "openid profile email" },
        { "profile roles basic", "profile email" },
        { "phone openid", "openid phone profile email" },
        { "openid offline_access", "openid profile email" },
    };
    const char  *granted, *shown;
    size_t       i;

    (void) state;
    for (i = 0; i < ROWS(cases); i++) {
        realm_fixture_renew(&fx);
        assert_int_equal(scope_grant(C, fx.realm,
                                     realm_fixture_client(&fx, "app"),
                                     cases[i].asked, &granted), AB_OK);
        assert_int_equal(scope_visible(C, fx.realm, granted, &shown), AB_OK);
        if (strcmp(shown, cases[i].shown) != 0) {
            fail_msg("row %zu: %s", i, shown);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("T-RD5, T-RD6, T-RD7, T-LG10: mistakes end where they should",
             mistakes_end_where_they_should),
        TEST("an error by form is a form", an_error_by_form_is_a_form),
        TEST("a session is enough or not", a_session_is_enough_or_not),
        TEST("a finished login answers with a code",
             a_finished_login_answers_with_a_code),
        TEST("a response type none makes no code",
             a_response_type_none_makes_no_code),
        TEST("T-RD5: client_data chooses among the client's addresses",
             client_data_chooses_among_the_clients_addresses),
        TEST("scopes are granted and shown", scopes_are_granted_and_shown),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
