/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_grant.c - the token endpoint over a realm in a real Redis: every
 * refusal with its words, tokens with their claims.
 */
#include "realm_fixture.h"

#include "model/doc.h"
#include "oidc/claims.h"
#include "token/access_token.h"
#include "token/refresh_token.h"

#include <pthread.h>

static struct realm_fixture  fx;

#define C         (&fx.st.c)
#define REDIRECT  "https://app.test/cb"
#define CRED      "client_id=app&client_secret=app-secret&"
#define VERIFIER  "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


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
text(const json_t *o, const char *name)
{
    const char  *v = json_string_value(json_object_get(o, name));

    return v == NULL ? "" : v;
}


static struct token_answer
post(const char *form)
{
    return realm_fixture_post(&fx, form, NULL, NULL);
}


/* A code as the authorization endpoint makes it. */
static const char *
code_of(const char *client, const char *scope, const char *challenge)
{
    const char        *granted;
    struct signed_in   out;
    struct sign_in     in = {
        .realm = fx.realm, .user = realm_fixture_user(&fx, "alice"),
        .client = realm_fixture_client(&fx, client),
        .auth_time = 1700000000, .redirect_uri = REDIRECT, .acr = "1",
        .nonce = "n-1", .challenge = challenge,
        .challenge_method = challenge == NULL ? NULL : "S256"
    };

    assert_int_equal(scope_grant(C, fx.realm, in.client, scope, &granted),
                     AB_OK);
    in.scope = granted;
    assert_int_equal(session_sign_in(C, &in, &out), AB_OK);
    return out.code;
}


static struct token_answer
redeem(const char *code, const char *more)
{
    return post(arena_printf(C->a, CRED "grant_type=authorization_code"
                             "&redirect_uri=%s&code=%s%s", REDIRECT, code,
                             more));
}


/* T-BE16: at an app host nobody authenticates the client first. */
static void
a_disabled_client_redeems_nothing(void **state)
{
    struct client          off;
    struct grant_code_out  out;
    struct grant_code_in   in = { .redirect_uri = REDIRECT };

    (void) state;
    realm_fixture_renew(&fx);
    off = *realm_fixture_client(&fx, "app");
    off.enabled = false;
    in.realm = fx.realm;
    in.client = &off;
    in.code = code_of("app", "openid", NULL);
    assert_int_equal(grant_code_check(C, &in, &out), AB_E_CLIENT_DISABLED);
}


/* Old adapters add a parameter to the address they repeat. */
static void
an_added_session_state_is_overlooked(void **state)
{
    static const struct {
        const char  *uri;
        int          status;
    } rows[] = {
        { "https%3A//app.test/cb%3Fsession_state%3Dx", 200 },
        { "https%3A//app.test/cb%3Fsession_state%3Dx%26y%3D1", 400 },
        { "https%3A//app.test/cb%3Fy%3D1", 400 },
        { "https%3A//app.test/cbsession_state%3Dx", 400 },
        { "https%3A//app.test/cb/", 400 },
    };
    struct token_answer  a;
    size_t               i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        realm_fixture_renew(&fx);
        a = post(arena_printf(C->a, CRED "grant_type=authorization_code"
                              "&redirect_uri=%s&code=%s", rows[i].uri,
                              code_of("app", "openid", NULL)));
        CHECK_ROW(i, a.status == rows[i].status);
    }
}


/* ---- refusals ---------------------------------------------------------- */

static const struct {
    const char  *form, *authorization;
    int          status;
    const char  *error, *description;
} refusals[] = {
    { "client_id=app", NULL, 400, "invalid_request",
      "Missing form parameter: grant_type" },
    { "grant_type=", NULL, 400, "unsupported_grant_type",
      "Unsupported grant_type" },
    { "grant_type=implicit", NULL, 400, "unsupported_grant_type",
      "Unsupported grant_type" },
    /* client authentication */
    { "grant_type=password", NULL, 401, "invalid_client",
      "Invalid client or Invalid client credentials" },
    { "grant_type=password&client_id=", NULL, 401, "invalid_client",
      "Invalid client or Invalid client credentials" },
    { "grant_type=password&client_id=nobody&client_secret=x", NULL, 401,
      "invalid_client", "Invalid client or Invalid client credentials" },
    { "grant_type=password&client_id=APP&client_secret=app-secret", NULL, 401,
      "invalid_client", "Invalid client or Invalid client credentials" },
    { "grant_type=password&client_id=off&client_secret=off-secret", NULL, 401,
      "invalid_client", "Invalid client or Invalid client credentials" },
    { "grant_type=password&client_id=app", NULL, 401, "unauthorized_client",
      "Invalid client or Invalid client credentials" },
    { "grant_type=password&client_id=app&client_secret=", NULL, 401,
      "unauthorized_client", "Invalid client or Invalid client credentials" },
    { "grant_type=password&client_id=app&client_secret=wrong", NULL, 401,
      "unauthorized_client", "Invalid client or Invalid client credentials" },
    { "grant_type=password", "Bearer abc", 401, "invalid_client",
      "Invalid client or Invalid client credentials" },
    { "grant_type=password", "Basic %%%", 401, "invalid_client",
      "Invalid client or Invalid client credentials" },
    { "grant_type=password", "Basic YXBw", 401, "invalid_client",
      "Invalid client or Invalid client credentials" },
    { "grant_type=password", "Basic YXBwOndyb25n", 401,     /* app:wrong */
      "unauthorized_client", "Invalid client or Invalid client credentials" },
    { "grant_type=password&client_id=other", "Basic YXBwOmFwcC1zZWNyZXQ=",
      401, "unauthorized_client",
      "Invalid client or Invalid client credentials" },
    { "grant_type=password&client_id=app&client_secret=app-secret",
      "Basic YXBwOndyb25n", 401, "unauthorized_client",
      "Invalid client or Invalid client credentials" },
    { "grant_type=password", "Basic YXBwOiV6eg==", 400,     /* app:%zz */
      "unauthorized_client", "Unexpected error when authenticating client" },
    { "grant_type=password&client_id=jwtkind&client_secret=jwtkind-secret",
      NULL, 400, "invalid_client",
      "Parameter client_assertion_type is missing" },
    { "grant_type=password&client_id=api", NULL, 400, "invalid_client",
      "Bearer-only not allowed" },
    { "grant_type=password&client_id=app&client_id=app"
      "&client_secret=app-secret", NULL, 400, "invalid_request",
      "duplicated parameter" },
    { CRED "grant_type=password&username=a&username=b", NULL, 400,
      "invalid_request", "duplicated parameter" },
    /* password */
    { CRED "grant_type=password&scope=", NULL, 400, "invalid_scope",
      "Invalid scopes: " },
    { CRED "grant_type=password&scope=openid+nothing", NULL, 400,
      "invalid_scope", "Invalid scopes: openid nothing" },
    { CRED "grant_type=password&password=x", NULL, 401, "invalid_request",
      "Missing parameter: username" },
    { CRED "grant_type=password&username=alice", NULL, 400, "invalid_grant",
      "Invalid user credentials" },
    { CRED "grant_type=password&username=alice&password=wrong", NULL, 400,
      "invalid_grant", "Invalid user credentials" },
    { CRED "grant_type=password&username=nobody&password=wrong", NULL, 400,
      "invalid_grant", "Invalid user credentials" },
    { CRED "grant_type=password&username=&password=wrong", NULL, 400,
      "invalid_grant", "Invalid user credentials" },
    { CRED "grant_type=password&username=carol&password=wrong", NULL, 400,
      "invalid_grant", "Invalid user credentials" },
    { CRED "grant_type=password&username=carol&password=carol-pw", NULL, 400,
      "invalid_grant", "Account disabled" },                /* T-BE16 */
    { CRED "grant_type=password&username=dave&password=dave-pw", NULL, 400,
      "invalid_grant", "Account is not fully set up" },
    { CRED "grant_type=password&username=otto&password=otto-pw", NULL, 400,
      "invalid_grant", "Invalid user credentials" },
    { "client_id=consenting&client_secret=consenting-secret"
      "&grant_type=password&username=alice&password=alice-pw", NULL, 400,
      "invalid_client", "Client requires user consent" },
    /* code */
    { CRED "grant_type=authorization_code", NULL, 400, "invalid_request",
      "Missing parameter: code" },
    { CRED "grant_type=authorization_code&code=", NULL, 400, "invalid_grant",
      "Code not valid" },
    { CRED "grant_type=authorization_code&code=junk", NULL, 400,
      "invalid_grant", "Code not valid" },
    { CRED "grant_type=authorization_code&code=11111111-1111-4111-8111-"
      "111111111111.aaaaaaaaaaaaaaaaaaaaaaaa.22222222-2222-4222-8222-"
      "222222222222", NULL, 400, "invalid_grant", "Code not valid" },
    /* refresh */
    { CRED "grant_type=refresh_token", NULL, 400, "invalid_request",
      "No refresh token" },
    { CRED "grant_type=refresh_token&refresh_token=", NULL, 400,
      "invalid_grant", "Invalid refresh token" },
    { CRED "grant_type=refresh_token&refresh_token=junk", NULL, 400,
      "invalid_grant", "Invalid refresh token" },
    { CRED "grant_type=refresh_token&refresh_token=junk&scope=nothing", NULL,
      400, "invalid_scope", "Invalid scopes: nothing" },
    /* client_credentials */
    { "grant_type=client_credentials&client_id=pub", NULL, 401,
      "unauthorized_client",
      "Public client not allowed to retrieve service account" },
    { CRED "grant_type=client_credentials", NULL, 401, "unauthorized_client",
      "Client not enabled to retrieve service account" },
};


static void
every_refusal_has_its_words(void **state)
{
    struct token_answer  a;
    size_t               i;

    (void) state;
    for (i = 0; i < ROWS(refusals); i++) {
        realm_fixture_renew(&fx);
        a = realm_fixture_post(&fx, refusals[i].form,
                               refusals[i].authorization, NULL);
        if (a.status != refusals[i].status
            || strcmp(text(a.body, "error"), refusals[i].error) != 0
            || strcmp(text(a.body, "error_description"),
                      refusals[i].description) != 0)
        {
            fail_msg("row %zu (%s): %d %s '%s'", i, refusals[i].form,
                     a.status, text(a.body, "error"),
                     text(a.body, "error_description"));
        }
        assert_non_null(a.reason);
    }
}


static void
origins_are_compared_as_texts(void **state)
{
    static const struct {
        const char  *origin;
        int          status;
        bool         has_header;
    } rows[] = {
        { NULL, 400, false }, { FIXTURE_BASE, 400, false },
        { "https://app.test", 400, true }, { "https://APP.test", 403, false },
        { "https://app.test/", 403, false }, { "null", 403, false },
        { "", 403, false }, { "https://app.test:444", 403, false },
    };
    struct token_answer  a;
    size_t               i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        realm_fixture_renew(&fx);
        a = realm_fixture_post(&fx, CRED "grant_type=refresh_token"
                               "&refresh_token=x", NULL, rows[i].origin);
        CHECK_ROW(i, a.status == rows[i].status);
        CHECK_ROW(i, (a.allow_origin != NULL) == rows[i].has_header);
    }
    a = realm_fixture_post(&fx, "grant_type=password&client_id=nobody", NULL,
                           "https://evil.test");
    assert_string_equal(a.allow_origin, "https://evil.test");
}


/* ---- tokens ------------------------------------------------------------ */

static const json_t *
access_claims(const json_t *body)
{
    const json_t  *claims;

    if (access_token_read(C, fx.realm, text(body, "access_token"), &claims)
        != AB_OK)
    {
        fail_msg("access token: %s", C->f.detail);
        return NULL;
    }
    return claims;
}


static bool
list_has(const json_t *list, const char *want)
{
    size_t  i;

    if (json_is_string(list)) {
        return strcmp(json_string_value(list), want) == 0;
    }
    for (i = 0; i < json_array_size(list); i++) {
        const char  *v = json_string_value(json_array_get(list, i));

        if (v != NULL && strcmp(v, want) == 0) {
            return true;
        }
    }
    return false;
}


static const json_t *
roles_of(const json_t *claims, const char *client)
{
    if (client == NULL) {
        return json_object_get(json_object_get(claims, "realm_access"),
                               "roles");
    }
    return json_object_get(json_object_get(json_object_get(claims,
               "resource_access"), client), "roles");
}


static void
a_code_gives_tokens_with_the_claims_of_the_login(void **state)
{
    struct token_answer  a;
    const json_t        *t;

    (void) state;
    realm_fixture_renew(&fx);
    a = redeem(code_of("app", "openid", CHALLENGE),
               "&code_verifier=" VERIFIER "&scope=nothing");
    assert_int_equal(a.status, 200);
    assert_string_equal(text(a.body, "token_type"), "Bearer");
    assert_int_equal(doc_int(a.body, "expires_in", 0), 300);
    assert_int_equal(doc_int(a.body, "refresh_expires_in", 0), 1800);
    assert_int_equal(doc_int(a.body, "not-before-policy", -1), 0);
    assert_int_equal(strlen(text(a.body, "session_state")), 24);
    assert_string_equal(text(a.body, "scope"), "openid profile email");
    assert_true(json_object_get(a.body, "id_token") != NULL);
    t = access_claims(a.body);
    assert_string_equal(text(t, "iss"), FIXTURE_ISS);
    assert_string_equal(text(t, "typ"), "Bearer");
    assert_string_equal(text(t, "azp"), "app");
    assert_string_equal(text(t, "acr"), "1");
    assert_string_equal(text(t, "preferred_username"), "alice");
    assert_string_equal(text(t, "name"), "alice Test");
    assert_string_equal(text(t, "email"), "alice@example.org");
    assert_true(json_is_true(json_object_get(t, "email_verified")));
    assert_int_equal(doc_int(t, "auth_time", 0), 1700000000);
    assert_int_equal(strncmp(text(t, "jti"), "onrtac:", 7), 0);
    assert_null(json_object_get(t, "nonce"));
    assert_true(list_has(roles_of(t, NULL), "boss"));
    assert_true(list_has(roles_of(t, NULL), "reader"));
    assert_true(list_has(roles_of(t, "app"), "editor"));
    assert_true(list_has(json_object_get(t, "aud"), "account"));
    assert_true(list_has(json_object_get(t, "aud"), "narrow"));
    assert_false(list_has(json_object_get(t, "aud"), "app"));
    assert_true(list_has(json_object_get(t, "allowed-origins"),
                         "https://app.test"));
}


/* T-CD6: a client role never stands for a realm role of that name. */
static void
a_client_role_admin_is_no_realm_role_admin(void **state)
{
    struct token_answer  a;
    const json_t        *t;

    (void) state;
    realm_fixture_renew(&fx);
    a = post(CRED "grant_type=password&username=rooted&password=rooted-pw");
    t = access_claims(a.body);
    assert_true(list_has(roles_of(t, "app"), "admin"));
    assert_false(list_has(roles_of(t, NULL), "admin"));
    assert_null(json_object_get(t, "auth_time"));
    assert_int_equal(strncmp(text(t, "jti"), "onrtro:", 7), 0);
    assert_null(json_object_get(a.body, "id_token"));
    assert_string_equal(text(a.body, "scope"), "profile email");
}


static void
each_failed_attempt_spends_the_code(void **state)
{
    static const struct {
        const char  *form, *want;
    } rows[] = {
        { CRED "redirect_uri=" REDIRECT, "PKCE code verifier not specified" },
        { CRED "redirect_uri=" REDIRECT "&code_verifier=" CHALLENGE,
          "PKCE verification failed: Code mismatch" },
        { CRED "redirect_uri=https://app.test/other&code_verifier=" VERIFIER,
          "Incorrect redirect_uri" },
        { CRED "code_verifier=" VERIFIER, "Incorrect redirect_uri" },
        { "client_id=other&client_secret=other-secret&redirect_uri=" REDIRECT
          "&code_verifier=" VERIFIER,
          "Auth error: Found different client_id in clientSession" },
    };
    struct token_answer  a;
    const char          *code;
    size_t               i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        realm_fixture_renew(&fx);
        code = code_of("app", "openid", CHALLENGE);
        a = post(arena_printf(C->a, "%s&grant_type=authorization_code"
                              "&code=%s", rows[i].form, code));
        CHECK_ROW(i, a.status == 400);
        CHECK_ROW(i, strcmp(text(a.body, "error_description"), rows[i].want)
                     == 0);
        a = redeem(code, "&code_verifier=" VERIFIER);
        CHECK_ROW(i, strcmp(text(a.body, "error_description"),
                            "Code not valid") == 0);
    }
    /* what fails before the code is looked at spends nothing */
    realm_fixture_renew(&fx);
    code = code_of("app", "openid", NULL);
    a = post(arena_printf(C->a, "client_id=app&client_secret=wrong"
                          "&grant_type=authorization_code&code=%s", code));
    assert_int_equal(a.status, 401);
    a = redeem(code, "&session_state=x");
    assert_int_equal(a.status, 200);
}


static struct token_answer
refresh(const char *token, const char *more)
{
    return post(arena_printf(C->a, CRED "grant_type=refresh_token"
                             "&refresh_token=%s%s", token, more));
}


static void
a_code_used_twice_takes_back_what_it_gave(void **state)
{
    struct token_answer  first, a;
    const char          *code;

    (void) state;
    realm_fixture_renew(&fx);
    code = code_of("app", "openid", NULL);
    first = redeem(code, "");
    assert_int_equal(first.status, 200);
    a = redeem(code, "");
    assert_string_equal(text(a.body, "error_description"), "Code not valid");
    a = refresh(text(first.body, "refresh_token"), "");
    assert_string_equal(text(a.body, "error_description"),
                        "Session doesn't have required client");
}


static void
scope_narrows_for_one_answer_only(void **state)
{
    struct token_answer  a, b;

    (void) state;
    realm_fixture_renew(&fx);
    a = redeem(code_of("app", "openid phone", NULL), "");
    assert_string_equal(text(a.body, "scope"), "openid phone profile email");
    b = refresh(text(a.body, "refresh_token"), "&scope=openid");
    assert_string_equal(text(b.body, "scope"), "openid profile email");
    assert_non_null(json_object_get(b.body, "id_token"));
    b = refresh(text(b.body, "refresh_token"), "");
    assert_string_equal(text(b.body, "scope"), "openid phone profile email");
    b = refresh(text(b.body, "refresh_token"), "&scope=openid+address");
    assert_string_equal(text(b.body, "scope"), "openid profile email");
    b = refresh(text(b.body, "refresh_token"), "&scope=email");
    assert_string_equal(text(b.body, "scope"), "profile email");
    assert_int_equal(strncmp(text(access_claims(b.body), "jti"), "onrtrt:",
                             7), 0);
    /* old ones go on while the realm does not revoke them (T-LG17, off) */
    b = refresh(text(a.body, "refresh_token"), "");
    assert_int_equal(b.status, 200);
    b = post(arena_printf(C->a, "client_id=other&client_secret=other-secret"
                          "&grant_type=refresh_token&refresh_token=%s",
                          text(a.body, "refresh_token")));
    assert_string_equal(text(b.body, "error_description"), "Invalid refresh "
                        "token. Token client and authorized client don't "
                        "match");
    b = refresh(text(a.body, "access_token"), "");
    assert_string_equal(text(b.body, "error_description"),
                        "Invalid refresh token");
}


/* T-LG17: with rotation one use is good, the second ends the client session
 * and with it the tokens of whoever was first. */
static void
a_rotated_token_used_twice_ends_the_client_session(void **state)
{
    struct realm         rotating;
    const struct realm  *kept;
    struct token_answer  a, b, other;

    (void) state;
    realm_fixture_renew(&fx);
    kept = fx.realm;
    rotating = *kept;
    rotating.revoke_refresh_token = true;
    rotating.refresh_max_reuse = 0;
    fx.realm = &rotating;
    a = redeem(code_of("app", "openid", NULL), "");
    b = refresh(text(a.body, "refresh_token"), "");
    assert_int_equal(b.status, 200);
    other = refresh(text(a.body, "refresh_token"), "");
    assert_string_equal(text(other.body, "error_description"),
                        "Maximum allowed refresh token reuse exceeded");
    other = refresh(text(b.body, "refresh_token"), "");
    assert_string_equal(text(other.body, "error_description"),
                        "Session doesn't have required client");
    fx.realm = kept;
}


#define RACERS  16

/* One of many that refresh with the same token at the same time. */
struct racer {
    struct ctx    c;
    const char   *token;
    pthread_t     thread;
    int           status;
};


static void *
race(void *arg)
{
    struct racer          *r = arg;
    struct token_answer    a = { 0 };
    struct ab_param        form[] = {
        { AB_S("grant_type"), AB_S("refresh_token") },
        { AB_S("client_id"), AB_S("app") },
        { AB_S("client_secret"), AB_S("app-secret") },
        { AB_S("refresh_token"), ab_slice_str(r->token) },
    };
    struct token_request   in = {
        .realm = fx.realm, .form = form, .n_form = ROWS(form)
    };

    r->status = grant_post(&r->c, &in, &a) == AB_OK ? a.status : 0;
    return NULL;
}


/* How many of the racers got tokens. */
static size_t
race_all(const char *token)
{
    struct racer  r[RACERS];
    size_t        i, won = 0;

    for (i = 0; i < RACERS; i++) {
        memset(&r[i], 0, sizeof(r[i]));
        r[i].token = token;
        r[i].c = *C;
        r[i].c.a = arena_new(1 << 24);
        r[i].c.store = store_new(&fx.st.conf);
        assert_int_equal(pthread_create(&r[i].thread, NULL, race, &r[i]), 0);
    }
    for (i = 0; i < RACERS; i++) {
        pthread_join(r[i].thread, NULL);
        won += r[i].status == 200;
        assert_true(r[i].status == 200 || r[i].status == 400);
        arena_free(r[i].c.a);
        store_free(r[i].c.store);
    }
    return won;
}


/* T-LG17: off, all answer and one session lives; on, one wins, the others
 * are the reuse, and the winner's tokens are worth nothing either. */
static void
many_refresh_at_once(void **state)
{
    struct realm         rotating;
    const struct realm  *kept;
    struct token_answer  a, b;

    (void) state;
    realm_fixture_renew(&fx);
    C->deadline_ms = clock_mono_ms() + 60000;
    kept = fx.realm;
    a = redeem(code_of("app", "openid", NULL), "");
    assert_int_equal(race_all(text(a.body, "refresh_token")), RACERS);
    b = refresh(text(a.body, "refresh_token"), "");
    assert_string_equal(text(b.body, "session_state"),
                        text(a.body, "session_state"));

    rotating = *kept;
    rotating.revoke_refresh_token = true;
    rotating.refresh_max_reuse = 0;
    fx.realm = &rotating;
    a = redeem(code_of("app", "openid", NULL), "");
    b = refresh(text(a.body, "refresh_token"), "");
    assert_int_equal(b.status, 200);
    assert_int_equal(race_all(text(b.body, "refresh_token")), 1);
    b = refresh(text(b.body, "refresh_token"), "");
    assert_string_equal(text(b.body, "error_description"),
                        "Session doesn't have required client");
    fx.realm = kept;
}


/* T-LO5: a refresh in flight never brings an ended session back. */
static void
an_ended_session_stays_ended(void **state)
{
    struct token_answer    a, b;
    const struct session  *s;
    const char            *sid;

    (void) state;
    realm_fixture_renew(&fx);
    a = redeem(code_of("app", "openid", NULL), "");
    sid = text(a.body, "session_state");
    assert_int_equal(session_end(C, fx.realm, sid, NULL, NULL), AB_OK);
    b = refresh(text(a.body, "refresh_token"), "");
    assert_string_equal(text(b.body, "error_description"),
                        "Session not active");
    assert_int_equal(session_load(C, fx.realm, sid, &s),
                     AB_E_SESSION_ENDED);
}


static void
a_token_older_than_a_not_before_is_stale(void **state)
{
    struct realm         moved;
    const struct realm  *kept;
    struct token_answer  a, b;

    (void) state;
    realm_fixture_renew(&fx);
    kept = fx.realm;
    a = redeem(code_of("app", "openid", NULL), "");
    moved = *kept;
    moved.not_before = clock_now_s() + 100;
    fx.realm = &moved;
    b = refresh(text(a.body, "refresh_token"), "");
    assert_string_equal(text(b.body, "error_description"), "Stale token");
    fx.realm = kept;
}


static void
clients_choose_what_they_get(void **state)
{
    struct token_answer  a;
    const json_t        *t;

    (void) state;
    realm_fixture_renew(&fx);
    a = post("client_id=noref&client_secret=noref-secret&grant_type=password"
             "&username=alice&password=alice-pw");
    assert_null(json_object_get(a.body, "refresh_token"));
    assert_int_equal(doc_int(a.body, "refresh_expires_in", -1), 0);
    a = post("client_id=light&client_secret=light-secret&grant_type=password"
             "&username=alice&password=alice-pw&scope=openid");
    t = access_claims(a.body);
    assert_int_equal(strncmp(text(t, "jti"), "onltro:", 7), 0);
    assert_null(json_object_get(t, "sub"));
    assert_null(json_object_get(t, "realm_access"));
    assert_null(json_object_get(t, "aud"));
    a = post("client_id=narrow&client_secret=narrow-secret"
             "&grant_type=password&username=alice&password=alice-pw");
    t = access_claims(a.body);
    assert_true(list_has(roles_of(t, "narrow"), "own"));
    assert_null(json_object_get(t, "realm_access"));
    assert_null(json_object_get(t, "aud"));
}


static void
a_service_account_gets_a_transient_token(void **state)
{
    struct token_answer  a;
    const json_t        *t;

    (void) state;
    realm_fixture_renew(&fx);
    a = post("client_id=worker&client_secret=worker-secret"
             "&grant_type=client_credentials");
    assert_int_equal(a.status, 200);
    assert_null(json_object_get(a.body, "refresh_token"));
    assert_null(json_object_get(a.body, "session_state"));
    assert_null(json_object_get(a.body, "id_token"));
    t = access_claims(a.body);
    assert_int_equal(strncmp(text(t, "jti"), "trrtcc:", 7), 0);
    assert_null(json_object_get(t, "sid"));
    assert_string_equal(text(t, "sub"),
                        realm_fixture_user(&fx, "service-account-worker")
                        ->id);
}


static void
mappers_write_what_they_may(void **state)
{
    struct token_answer  a;
    const json_t        *t;

    (void) state;
    realm_fixture_renew(&fx);
    a = post("client_id=mapped&client_secret=mapped-secret"
             "&grant_type=password&username=alice&password=alice-pw");
    t = access_claims(a.body);
    assert_string_equal(text(json_object_get(json_object_get(t, "org"),
                                             "unit"), "name"), "R&D");
    assert_true(json_is_true(json_object_get(t, "https://ns.test/x")));
    assert_string_equal(text(t, "iss"), FIXTURE_ISS);
    assert_int_equal(doc_int(t, "floor", 0), 3);
    assert_true(json_is_integer(json_object_get(t, "floor")));
    assert_true(list_has(json_object_get(t, "groups"), "/staff/eng"));
    assert_true(list_has(roles_of(t, "app"), "viewer"));
    assert_true(list_has(roles_of(t, "narrow"), "renamed"));
    assert_false(list_has(roles_of(t, NULL), "reader"));
    assert_true(list_has(json_object_get(t, "rroles"), "ROLE_boss"));
    assert_true(list_has(json_object_get(t, "aud"), "urn:aud"));
    assert_true(list_has(json_object_get(t, "aud"), "app"));
    assert_string_equal(text(a.body, "in_response"), "yes");
    assert_null(json_object_get(t, "in_response"));
}


/* T-BE16: a disabled realm answers no grant. */
static void
a_disabled_realm_refuses_every_grant(void **state)
{
    struct realm         off;
    const struct realm  *kept;
    struct token_answer  a;

    (void) state;
    realm_fixture_renew(&fx);
    kept = fx.realm;
    off = *kept;
    off.enabled = false;
    fx.realm = &off;
    a = realm_fixture_post(&fx, CRED "grant_type=password", NULL,
                           "https://evil.test");
    assert_int_equal(a.status, 403);
    assert_string_equal(text(a.body, "error_description"),
                        "Realm not enabled");
    assert_string_equal(a.allow_origin, "https://evil.test");
    fx.realm = kept;
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("T-BE16: a disabled client redeems nothing",
             a_disabled_client_redeems_nothing),
        TEST("an added session_state is overlooked",
             an_added_session_state_is_overlooked),
        TEST("every refusal has its words", every_refusal_has_its_words),
        TEST("origins are compared as texts", origins_are_compared_as_texts),
        TEST("a code gives tokens with the claims of the login",
             a_code_gives_tokens_with_the_claims_of_the_login),
        TEST("T-CD6: a client role admin is no realm role admin",
             a_client_role_admin_is_no_realm_role_admin),
        TEST("each failed attempt spends the code",
             each_failed_attempt_spends_the_code),
        TEST("a code used twice takes back what it gave",
             a_code_used_twice_takes_back_what_it_gave),
        TEST("scope narrows for one answer only",
             scope_narrows_for_one_answer_only),
        TEST("T-LG17: a rotated token used twice ends the client session",
             a_rotated_token_used_twice_ends_the_client_session),
        TEST("T-LG17: of many refreshes at once one wins, or all",
             many_refresh_at_once),
        TEST("T-LO5: an ended session stays ended",
             an_ended_session_stays_ended),
        TEST("a token older than a notBefore is stale",
             a_token_older_than_a_not_before_is_stale),
        TEST("clients choose what they get", clients_choose_what_they_get),
        TEST("a service account gets a transient token",
             a_service_account_gets_a_transient_token),
        TEST("mappers write what they may", mappers_write_what_they_may),
        TEST("T-BE16: a disabled realm refuses every grant",
             a_disabled_realm_refuses_every_grant),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
