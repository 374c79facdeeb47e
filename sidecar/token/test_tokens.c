/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_tokens.c - our tokens say what they should, and none of them passes
 * for another.
 */
#include "access_token.h"
#include "id_token.h"
#include "identity_cookie.h"
#include "refresh_token.h"
#include "token_fixture.h"

#include "ab_base64.h"
#include "ab_claims.h"

static struct session_fixture  fx;

#define C    (&fx.st.c)
#define ISS  "https://id.example.com/realms/acme"
#define SID  "AAAAAAAAAAAAAAAAAAAAAAAA"


static void
renew(void)
{
    fixture_renew(&fx.st);
    json_object_clear(json_object_get(fx.client_doc, "attributes"));
}


static void
set(const char *attribute, const char *value)
{
    json_object_set_new(json_object_get(fx.client_doc, "attributes"),
                        attribute, json_string(value));
}


static void
unref(void *json)
{
    json_decref(json);
}


static json_t *
own(json_t *o)
{
    assert_non_null(o);
    assert_true(arena_own(C->a, o, unref));
    return o;
}


/* Part 0 or 1 of a token, parsed. */
static const json_t *
part(const char *token, int n)
{
    const char  *from = n == 0 ? token : strchr(token, '.') + 1;
    size_t       len = strcspn(from, "."), out;
    char        *mem = arena_alloc(C->a, AB_B64_DECODED_MAX(len));
    json_t      *o;

    assert_int_equal(ab_b64url_decode(mem, AB_B64_DECODED_MAX(len),
                                      ab_slice(from, len), &out), AB_OK);
    assert_int_equal(ab_claims_parse(ab_slice(mem, out), &o), AB_OK);
    return own(o);
}


static const char *
text(const json_t *o, const char *name)
{
    return json_string_value(json_object_get(o, name));
}


static struct access_token
access_in(void)
{
    return (struct access_token) {
        .client = &fx.client, .session = "on", .grant = "ac", .sid = SID,
        .scope = "openid email", .iat = clock_now_s(),
        .exp = clock_now_s() + 300,
    };
}


static const char *
access_token(const struct access_token *in)
{
    const char  *token;

    assert_int_equal(access_token_make(C, &fx.realm, in, &token, NULL),
                     AB_OK);
    return token;
}


static void
an_access_token_has_its_claims_and_no_mapper_replaces_them(void **state)
{
    struct access_token  in = access_in();
    const json_t        *o, *all;
    const char          *token;

    (void) state;
    renew();
    in.claims = own(json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:{s:[s]}}",
        "iss", "evil", "azp", "evil", "sid", "evil", "jti", "evil", "typ",
        "ID", "exp", 1, "sub", "user-1", "realm_access", "roles", "a"));
    assert_int_equal(access_token_make(C, &fx.realm, &in, &token, &all),
                     AB_OK);
    o = part(token, 0);
    assert_string_equal(text(o, "alg"), "RS256");
    assert_string_equal(text(o, "typ"), "JWT");
    assert_non_null(text(o, "kid"));
    o = part(token, 1);
    assert_true(json_equal((json_t *) (uintptr_t) o,
                           (json_t *) (uintptr_t) all));
    assert_string_equal(text(o, "iss"), ISS);
    assert_string_equal(text(o, "azp"), "wiki");
    assert_string_equal(text(o, "sid"), SID);
    assert_string_equal(text(o, "typ"), "Bearer");
    assert_string_equal(text(o, "sub"), "user-1");
    assert_string_equal(text(o, "scope"), "openid email");
    assert_int_equal(strncmp(text(o, "jti"), "onrtac:", 7), 0);
    assert_int_equal(strlen(text(o, "jti")), 7 + 36);
    assert_int_equal(json_integer_value(json_object_get(o, "exp")), in.exp);
    assert_int_equal(json_integer_value(json_object_get(o, "iat")), in.iat);
    assert_non_null(json_object_get(o, "realm_access"));
    assert_null(json_object_get(o, "nonce"));
    assert_int_equal(access_token_read(C, &fx.realm, token, &o), AB_OK);
}


static void
client_attributes_change_the_access_token(void **state)
{
    struct access_token  in = access_in();
    const json_t        *o;
    const char          *token;

    (void) state;
    renew();
    set("client.use.lightweight.access.token.enabled", "true");
    set("access.token.header.type.rfc9068", "true");
    set("access.token.signed.response.alg", "ES256");
    in.session = "tr";
    in.grant = "cc";
    in.sid = NULL;
    in.scope = NULL;
    in.claims = own(json_pack("{s:s}", "sid", "evil"));
    token = access_token(&in);
    assert_string_equal(text(part(token, 0), "alg"), "ES256");
    assert_string_equal(text(part(token, 0), "typ"), "at+jwt");
    o = part(token, 1);
    assert_int_equal(strncmp(text(o, "jti"), "trltcc:", 7), 0);
    assert_null(json_object_get(o, "sid"));
    assert_string_equal(text(o, "scope"), "");
    assert_int_equal(access_token_read(C, &fx.realm, token, &o), AB_OK);
    set("access.token.signed.response.alg", "HS256");
    token = access_token(&in);
    assert_string_equal(text(part(token, 0), "alg"), "HS256");
    assert_int_equal(access_token_read(C, &fx.realm, token, &o), AB_OK);
    set("access.token.signed.response.alg", "none");
    assert_string_equal(text(part(access_token(&in), 0), "alg"), "RS256");
    set("access.token.signed.response.alg", "RSA-OAEP");
    assert_string_equal(text(part(access_token(&in), 0), "alg"), "RS256");
}


/* attribute, realm's value, session's and client session's end → life; all
 * from a token issued at 1000 */
static const struct {
    const char  *attribute;
    int64_t      realm, session, client, exp;
} lives[] = {
    { NULL,  300,  9000, 0,    1300 },
    { NULL,  300,  1100, 0,    1100 },
    { NULL,  300,  9000, 1200, 1200 },
    { "60",  300,  9000, 0,    1060 },
    { "-1",  300,  9000, 0,    9000 },
    { "x",   300,  9000, 0,    1300 },
    { NULL,  -1,   9000, 0,    9000 },
    { NULL,  300,  0,    0,    1300 },
    { "-1",  300,  0,    0,    1000 + 36000 },
    { NULL,  INT64_MAX, 9000, 0, 9000 },
};


static void
an_access_token_lives_as_the_table_says(void **state)
{
    struct realm           realm = fx.realm;
    struct session         s = { .sid = SID };
    struct client_session  cs = { .client_id = "wiki" };
    size_t                 i;

    (void) state;
    for (i = 0; i < ROWS(lives); i++) {
        renew();
        if (lives[i].attribute != NULL) {
            set("access.token.lifespan", lives[i].attribute);
        }
        realm.access_token_lifespan = lives[i].realm;
        s.max_until = lives[i].session;
        cs.max_until = lives[i].client;
        CHECK_ROW(i, access_token_exp(&realm, &fx.client,
                                      s.max_until == 0 ? NULL : &s,
                                      s.max_until == 0 ? NULL : &cs, 1000)
                     == lives[i].exp);
    }
}


static const char *
id_token(const struct json_t *more)
{
    struct id_token  in = {
        .client = &fx.client, .sid = SID, .sub = "user-1", .nonce = "n",
        .access_token = "access", .iat = clock_now_s() - 100,
        .exp = clock_now_s() - 10, .claims = more,
    };
    const char      *token;

    assert_int_equal(id_token_make(C, &fx.realm, &in, &token), AB_OK);
    return token;
}


static void
an_id_token_is_for_its_client(void **state)
{
    const json_t  *o;

    (void) state;
    renew();
    o = part(id_token(NULL), 1);
    assert_string_equal(text(o, "iss"), ISS);
    assert_string_equal(text(o, "aud"), "wiki");
    assert_string_equal(text(o, "azp"), "wiki");
    assert_string_equal(text(o, "sub"), "user-1");
    assert_string_equal(text(o, "typ"), "ID");
    assert_string_equal(text(o, "nonce"), "n");
    assert_string_equal(text(o, "sid"), SID);
    assert_string_equal(text(o, "at_hash"),
                        token_half_hash(C, "RS256", AB_S("access")));
    assert_null(json_object_get(o, "c_hash"));
    assert_int_equal(strlen(text(o, "jti")), 36);
    o = part(id_token(own(json_pack("{s:[s,s], s:s, s:s, s:s}", "aud", "wiki",
                                    "account", "sub", "pairwise", "nonce",
                                    "evil", "acr", "1"))), 1);
    assert_int_equal(json_array_size(json_object_get(o, "aud")), 2);
    assert_true(ab_claims_contains(o, "aud", AB_S("wiki")));
    assert_string_equal(text(o, "sub"), "pairwise");
    assert_string_equal(text(o, "nonce"), "n");
    assert_string_equal(text(o, "acr"), "1");
    o = part(id_token(own(json_pack("{s:s}", "aud", "other"))), 1);
    assert_int_equal(json_array_size(json_object_get(o, "aud")), 2);
}


static void
a_hint_may_be_old_but_must_be_an_id_token_of_this_realm(void **state)
{
    struct access_token  in = access_in();
    struct realm         other = fx.realm;
    const json_t        *o;

    (void) state;
    renew();
    assert_int_equal(id_token_hint_read(C, &fx.realm, id_token(NULL), &o),
                     AB_OK);
    assert_string_equal(text(o, "sid"), SID);
    assert_int_equal(id_token_hint_read(C, &fx.realm, access_token(&in), &o),
                     AB_E_TOKEN_TYPE);
    other.name = "other";
    assert_int_equal(id_token_hint_read(C, &other, id_token(NULL), &o),
                     AB_E_TOKEN_ISSUER);
    set("id.token.signed.response.alg", "HS256");
    assert_int_equal(id_token_hint_read(C, &fx.realm, id_token(NULL), &o),
                     AB_OK);
}


static const char *
refresh_token(int64_t exp, const char *reuse_id)
{
    struct refresh_token   in = {
        .client_id = "wiki", .sid = SID, .sub = "user-1",
        .scope = "openid web-origins", .iat = clock_now_s() - 100,
        .exp = exp,
    };
    struct client_session  cs = {
        .refresh_jti = "jti-1", .reuse_id = reuse_id
    };
    const char            *token;

    assert_int_equal(refresh_token_make(C, &fx.realm, &in, &cs,
                                        own(json_string("account")), &token),
                     AB_OK);
    return token;
}


static void
a_refresh_token_reads_back(void **state)
{
    struct access_token   access = access_in();
    struct refresh_token  t;
    struct realm          other = fx.realm;
    const json_t         *o;
    const char           *token;
    int64_t               exp = clock_now_s() + 1000;

    (void) state;
    renew();
    token = refresh_token(exp, "chain");
    assert_string_equal(text(part(token, 0), "alg"), "HS512");
    o = part(token, 1);
    assert_string_equal(text(o, "aud"), ISS);
    assert_string_equal(text(o, "aud_x"), "account");
    assert_string_equal(text(o, "prov"), "default");
    assert_string_equal(text(o, "typ"), "Refresh");
    assert_int_equal(refresh_token_read(C, &fx.realm, token, &t), AB_OK);
    assert_string_equal(t.client_id, "wiki");
    assert_string_equal(t.sid, SID);
    assert_string_equal(t.sub, "user-1");
    assert_string_equal(t.scope, "openid web-origins");
    assert_string_equal(t.jti, "jti-1");
    assert_string_equal(t.reuse_id, "chain");
    assert_int_equal(t.exp, exp);
    assert_int_equal(refresh_token_read(C, &fx.realm,
                                        refresh_token(exp, NULL), &t), AB_OK);
    assert_null(t.reuse_id);
    assert_int_equal(refresh_token_read(C, &fx.realm,
                     refresh_token(clock_now_s() - 1, NULL), &t),
                     AB_E_TOKEN_EXPIRED);
    assert_int_equal(refresh_token_read(C, &fx.realm, access_token(&access),
                                        &t), AB_E_TOKEN_ALG);
    other.name = "other";
    assert_int_equal(refresh_token_read(C, &other, token, &t),
                     AB_E_TOKEN_ISSUER);
    assert_int_equal(refresh_token_read(C, &fx.realm, "", &t),
                     AB_E_TOKEN_FORMAT);
    /* And it opens no door as an access token. */
    assert_int_equal(access_token_read(C, &fx.realm, token, &o),
                     AB_E_TOKEN_TYPE);
}


static void
a_refresh_token_ends_with_the_first_of_its_limits(void **state)
{
    struct session         s = { .idle_until = 500, .max_until = 900 };
    struct client_session  cs = { .client_id = "wiki" };

    (void) state;
    assert_int_equal(refresh_token_exp(&s, &cs, 100), 500);
    cs.session_idle_until = 600;
    assert_int_equal(refresh_token_exp(&s, &cs, 100), 600);
    cs.session_idle_until = 6000;
    assert_int_equal(refresh_token_exp(&s, &cs, 100), 900);
    cs.idle_until = 400;
    assert_int_equal(refresh_token_exp(&s, &cs, 100), 400);
    cs.max_until = 300;
    assert_int_equal(refresh_token_exp(&s, &cs, 100), 300);
    assert_int_equal(refresh_token_exp(&s, &cs, 350), 350);
}


/* browser it was made for, browser it comes from → answer */
static const struct {
    const char   *made, *comes;
    enum ab_err   want;
} browsers[] = {
    { "b1", "b1", AB_OK },
    { "b1", "b2", AB_E_TOKEN_BOUND },
    { "b1", NULL, AB_E_TOKEN_BOUND },
    { NULL, "b1", AB_E_TOKEN_BOUND },
    { NULL, NULL, AB_OK },
};


static void
an_identity_cookie_belongs_to_one_browser(void **state)
{
    struct identity_cookie  in, out;
    const char             *value;
    const json_t           *o;
    struct refresh_token    t;
    size_t                  i;

    (void) state;
    renew();
    in = (struct identity_cookie) {
        .user_id = "user-1", .sid = SID, .state_checker = "checker",
        .iat = clock_now_s(), .exp = clock_now_s() + 36000,
    };
    for (i = 0; i < ROWS(browsers); i++) {
        assert_int_equal(identity_cookie_make(C, &fx.realm, &in,
                                              browsers[i].made, &value),
                         AB_OK);
        CHECK_ROW(i, identity_cookie_read(C, &fx.realm, value,
                                          browsers[i].comes, &out)
                     == browsers[i].want);
    }
    assert_string_equal(out.user_id, "user-1");
    assert_string_equal(out.sid, SID);
    assert_string_equal(out.state_checker, "checker");
    assert_int_equal(out.exp - out.iat, 36000);
    assert_string_equal(text(part(value, 0), "alg"), "HS512");
    assert_string_equal(text(part(value, 1), "typ"), "Serialized-ID");
    assert_int_equal(refresh_token_read(C, &fx.realm, value, &t),
                     AB_E_TOKEN_TYPE);
    assert_int_equal(access_token_read(C, &fx.realm, value, &o),
                     AB_E_TOKEN_TYPE);
    assert_int_equal(identity_cookie_read(C, &fx.realm,
                     refresh_token(clock_now_s() + 9, NULL), NULL, &out),
                     AB_E_TOKEN_TYPE);
}


static int
setup(void **state)
{
    (void) state;
    session_fixture_start(&fx);
    token_fixture_defaults(&fx);
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
        cmocka_unit_test(an_access_token_has_its_claims_and_no_mapper_replaces_them),
        cmocka_unit_test(client_attributes_change_the_access_token),
        cmocka_unit_test(an_access_token_lives_as_the_table_says),
        cmocka_unit_test(an_id_token_is_for_its_client),
        cmocka_unit_test(a_hint_may_be_old_but_must_be_an_id_token_of_this_realm),
        cmocka_unit_test(a_refresh_token_reads_back),
        cmocka_unit_test(a_refresh_token_ends_with_the_first_of_its_limits),
        cmocka_unit_test(an_identity_cookie_belongs_to_one_browser),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
