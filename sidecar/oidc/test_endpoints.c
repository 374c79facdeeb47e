/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_endpoints.c - discovery, the realm's own page, userinfo.
 */
#include "realm_fixture.h"

#include "oidc/endpoints.h"

static struct realm_fixture  fx;

#define C     (&fx.st.c)
#define CRED  "client_id=app&client_secret=app-secret&"
#define ALICE "grant_type=password&username=alice&password=alice-pw"


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


static bool
list_has(const json_t *list, const char *want)
{
    size_t  i;

    for (i = 0; i < json_array_size(list); i++) {
        if (strcmp(json_string_value(json_array_get(list, i)), want) == 0) {
            return true;
        }
    }
    return false;
}


static void
discovery_says_what_is_served(void **state)
{
    static const struct {
        const char  *member, *value;
    } rows[] = {
        { "issuer", FIXTURE_ISS },
        { "authorization_endpoint",
          FIXTURE_ISS "/protocol/openid-connect/auth" },
        { "token_endpoint", FIXTURE_ISS "/protocol/openid-connect/token" },
        { "userinfo_endpoint",
          FIXTURE_ISS "/protocol/openid-connect/userinfo" },
        { "end_session_endpoint",
          FIXTURE_ISS "/protocol/openid-connect/logout" },
        { "jwks_uri", FIXTURE_ISS "/protocol/openid-connect/certs" },
    };
    json_t  *doc, *scopes;
    size_t   i;

    (void) state;
    realm_fixture_renew(&fx);
    assert_int_equal(discovery_document(C, fx.realm, &doc), AB_OK);
    for (i = 0; i < ROWS(rows); i++) {
        CHECK_ROW(i, strcmp(member(doc, rows[i].member), rows[i].value) == 0);
    }
    assert_true(list_has(json_object_get(doc, "code_challenge_methods_"
                                         "supported"), "S256"));
    assert_true(json_is_true(json_object_get(doc,
                "authorization_response_iss_parameter_supported")));
    scopes = json_object_get(doc, "scopes_supported");
    assert_string_equal(json_string_value(json_array_get(scopes, 0)),
                        "openid");
    assert_true(list_has(scopes, "profile"));
    assert_true(list_has(scopes, "roles"));
    assert_true(list_has(json_object_get(doc, "acr_values_supported"), "1"));
    /* nothing that is not there */
    assert_null(json_object_get(doc, "introspection_endpoint"));
    assert_false(list_has(json_object_get(doc, "response_types_supported"),
                          "id_token"));
}


static void
the_realm_shows_its_key(void **state)
{
    json_t  *doc;

    (void) state;
    realm_fixture_renew(&fx);
    assert_int_equal(realm_info(C, fx.realm, &doc), AB_OK);
    assert_string_equal(member(doc, "realm"), "acme");
    assert_int_equal(strncmp(member(doc, "public_key"), "MIIBIjANBgkq", 12),
                     0);
    assert_string_equal(member(doc, "token-service"),
                        FIXTURE_ISS "/protocol/openid-connect");
    assert_string_equal(member(doc, "account-service"),
                        FIXTURE_ISS "/account");
}


/* ---- userinfo ---------------------------------------------------------- */

static const json_t *
tokens(const char *form)
{
    return realm_fixture_post(&fx, form, NULL, NULL).body;
}


static struct userinfo_answer
look(const char *token, const char *origin)
{
    struct userinfo_answer  a;

    fail_clear(&C->f);
    assert_int_equal(userinfo_get(C, fx.realm, token, origin, &a), AB_OK);
    return a;
}


static void
userinfo_tells_what_the_token_stands_for(void **state)
{
    struct userinfo_answer  a;
    const json_t           *t;

    (void) state;
    realm_fixture_renew(&fx);
    t = tokens(CRED ALICE "&scope=openid");
    a = look(member(t, "access_token"), NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(member(a.body, "sub"),
                        realm_fixture_user(&fx, "alice")->id);
    assert_string_equal(member(a.body, "preferred_username"), "alice");
    assert_string_equal(member(a.body, "email"), "alice@example.org");
    assert_null(json_object_get(a.body, "realm_access"));
    assert_null(a.allow_origin);
    a = look(member(t, "access_token"), "https://app.test");
    assert_string_equal(a.allow_origin, "https://app.test");
    a = look(member(t, "access_token"), "https://evil.test");
    assert_int_equal(a.status, 403);
    assert_string_equal(member(a.body, "error"), "Invalid origin");
    assert_null(a.allow_origin);
}


static void
userinfo_refuses_with_its_words(void **state)
{
    struct userinfo_answer  a;
    const json_t           *t;

    (void) state;
    realm_fixture_renew(&fx);
    C->deadline_ms = clock_mono_ms() + 60000;
    a = look("junk", "https://evil.test");
    assert_int_equal(a.status, 401);
    assert_string_equal(a.error, "invalid_token");
    assert_string_equal(a.description, "Token verification failed");

    t = tokens(CRED ALICE);
    a = look(member(t, "access_token"), NULL);
    assert_int_equal(a.status, 403);
    assert_string_equal(a.error, "insufficient_scope");
    assert_string_equal(a.description, "Missing openid scope");

    t = tokens(CRED ALICE "&scope=openid");
    a = look(member(t, "id_token"), NULL);
    assert_string_equal(a.description, "Token verification failed");
    a = look(member(t, "refresh_token"), NULL);
    assert_string_equal(a.description, "Token verification failed");
    assert_int_equal(session_end(C, fx.realm, member(t, "session_state"),
                                 NULL, NULL), AB_OK);
    a = look(member(t, "access_token"), NULL);
    assert_int_equal(a.status, 401);
    assert_string_equal(a.description, "user_session_not_found");

    t = tokens("client_id=light&client_secret=light-secret&" ALICE
               "&scope=openid");
    a = look(member(t, "access_token"), NULL);
    assert_string_equal(a.description, "Lightweight access token not allowed "
                        "for userinfo endpoint");
}


/* T-BE16: what was issued before a user or client was switched off. */
static void
userinfo_looks_at_every_switch(void **state)
{
    struct userinfo_answer   a;
    const struct realm      *kept;
    struct realm             moved;
    const json_t            *t;

    (void) state;
    realm_fixture_renew(&fx);
    t = tokens(CRED ALICE "&scope=openid");
    kept = fx.realm;
    moved = *kept;
    moved.not_before = clock_now_s() + 100;
    fx.realm = &moved;
    a = look(member(t, "access_token"), NULL);
    assert_int_equal(a.status, 401);
    assert_string_equal(a.description, "Token verification failed");
    fx.realm = kept;
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("discovery says what is served", discovery_says_what_is_served),
        TEST("the realm shows its key", the_realm_shows_its_key),
        TEST("userinfo tells what the token stands for",
             userinfo_tells_what_the_token_stands_for),
        TEST("userinfo refuses with its words",
             userinfo_refuses_with_its_words),
        TEST("T-BE16: userinfo looks at every switch",
             userinfo_looks_at_every_switch),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
