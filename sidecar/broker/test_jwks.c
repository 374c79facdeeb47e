/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_jwks.c - T-BE4, T-BE7, T-BE14: keys of a provider that rotates, breaks
 * or is asked in a storm.
 */
#include "test_side.h"

#define STORM  64

static struct test_provider  p;
static struct test_side      side;


static enum ab_err
verify(struct ctx *c, const char *kid, int flags)
{
    json_t         *header = json_pack("{s:s, s:s}", "alg", "RS256", "kid",
                                       kid);
    json_t         *claims = json_pack("{s:s}", "sub", "x");
    char           *jws = tp_sign(&p, claims, header, flags);
    struct ab_jws   split;
    enum ab_err     err;

    assert_int_equal(ab_jws_split(ab_slice_str(jws), &split), AB_OK);
    err = jwks_verify(c, &side.realm, &side.idp, &split);
    json_decref(header);
    json_decref(claims);
    free(jws);
    return err;
}


static void
begin(void)
{
    tp_reset(&p);
    side_config(&side, &p, NULL);
    side_forget(&side);
    side_renew(&side);
    p.n_jwks = 0;
}


/* Publish one key under a kid. */
static void
publish(enum tp_key k, const char *kid)
{
    json_t  *jwk = tp_jwk(&p, k);

    json_object_set_new(jwk, "kid", json_string(kid));
    json_decref(p.jwks_patch);
    p.jwks_patch = json_pack("{s:[o]}", "keys", jwk);
}


static void
keys_are_fetched_once(void **state)
{
    int  i;

    (void) state;
    begin();
    for (i = 0; i < 20; i++) {
        assert_int_equal(verify(&side.c, "rsa", 0), AB_OK);
    }
    assert_int_equal(p.n_jwks, 1);
}


static void
a_rotation_fails_no_login(void **state)
{
    (void) state;
    begin();
    assert_int_equal(verify(&side.c, "rsa", 0), AB_OK);
    publish(TP_ALIEN, "new");
    assert_int_equal(verify(&side.c, "new", TP_ALIEN_KEY), AB_OK);
    /* and a second one at once */
    publish(TP_RSA, "newer");
    assert_int_equal(verify(&side.c, "newer", 0), AB_OK);
    assert_int_equal(p.n_jwks, 3);
}


static void
a_key_replaced_under_its_kid_is_found(void **state)
{
    (void) state;
    begin();
    assert_int_equal(verify(&side.c, "rsa", 0), AB_OK);
    publish(TP_ALIEN, "rsa");
    assert_int_equal(verify(&side.c, "rsa", TP_ALIEN_KEY), AB_OK);
    assert_int_equal(p.n_jwks, 2);
}


static void
a_storm_of_bad_kids_costs_three_fetches(void **state)
{
    char  kid[16];
    int   i;

    (void) state;
    begin();
    for (i = 0; i < 200; i++) {
        side_renew(&side);
        snprintf(kid, sizeof(kid), "bad-%d", i);
        assert_int_equal(verify(&side.c, kid, 0), AB_E_IDP_REPLY);
    }
    assert_int_equal(p.n_jwks, 3);
    /* the known key goes on */
    side_renew(&side);
    assert_int_equal(verify(&side.c, "rsa", 0), AB_OK);
    assert_int_equal(p.n_jwks, 3);
}


static void
the_old_set_is_kept_when_a_fetch_fails(void **state)
{
    static const struct {
        int          status;
        const char  *body;
    } rows[] = {
        { 500, "oops" }, { 200, "<html>" }, { 200, "{\"keys\":[]}" },
        { 200, "{\"keys\":{}}" }, { 200, "[]" }, { 302, "" },
    };
    size_t  i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        begin();
        assert_int_equal(verify(&side.c, "rsa", 0), AB_OK);
        p.jwks_status = rows[i].status;
        p.raw_jwks = rows[i].body;
        CHECK_ROW(i, verify(&side.c, "who", 0) == AB_E_IDP_REPLY);
        fail_clear(&side.c.f);
        CHECK_ROW(i, verify(&side.c, "rsa", 0) == AB_OK);
    }
}


/* Without any set a broken one is an error, not an empty set. */
static void
a_broken_set_lets_nobody_in(void **state)
{
    static const char *const  bodies[] = {
        "", "{}", "{\"keys\":[]}", "{\"keys\":[{\"kty\":\"oct\",\"k\":\"\"}]}",
        "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}",
        "{\"keys\":[],\"keys\":[]}", "not json",
    };
    size_t  i;

    (void) state;
    for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        begin();
        p.raw_jwks = bodies[i];
        CHECK_ROW(i, verify(&side.c, "rsa", 0) == AB_E_IDP_REPLY);
    }
}


/* While it is down each login hears so, and few of them ask. */
static void
a_dead_address_is_asked_thrice(void **state)
{
    int  i;

    (void) state;
    begin();
    p.jwks_status = 503;
    for (i = 0; i < 20; i++) {
        side_renew(&side);
        CHECK_ROW(i, verify(&side.c, "rsa", 0) == AB_E_IDP_REPLY);
    }
    assert_int_equal(p.n_jwks, 3);
}


/* T-BE4: what a key says it is for counts. */
static void
a_key_serves_only_its_use(void **state)
{
    static const char *const  patches[] = {
        "{\"use\":\"enc\"}", "{\"key_ops\":[\"encrypt\"],\"use\":\"!\"}",
        "{\"alg\":\"RS512\"}", "{\"alg\":\"PS256\"}", "{\"alg\":\"HS256\"}",
        "{\"alg\":\"none\"}", "{\"kty\":\"oct\",\"k\":\"AAAA\"}",
    };
    json_t  *jwk;
    size_t   i;

    (void) state;
    for (i = 0; i < sizeof(patches) / sizeof(patches[0]); i++) {
        begin();
        jwk = tp_jwk(&p, TP_RSA);
        tp_patch(jwk, patches[i]);
        p.jwks_patch = json_pack("{s:[o, o]}", "keys", jwk,
                                 tp_jwk(&p, TP_EC));
        CHECK_ROW(i, verify(&side.c, "rsa", 0) == AB_E_IDP_REPLY);
    }
}


static void
a_configured_key_needs_no_fetch(void **state)
{
    char  *pem, *bare, *at, *out;

    (void) state;
    begin();
    pem = tp_pem(&p, TP_RSA);
    json_object_set_new(side.config, "useJwksUrl", json_string("false"));
    json_object_set_new(side.config, "publicKeySignatureVerifier",
                        json_string(pem));
    assert_int_equal(verify(&side.c, "any", 0), AB_OK);
    assert_int_equal(verify(&side.c, "any", TP_BAD_SIG), AB_E_IDP_REPLY);
    side_renew(&side);
    assert_int_equal(verify(&side.c, "any", TP_ALIEN_KEY), AB_E_IDP_REPLY);
    side_renew(&side);
    json_object_set_new(side.config, "publicKeySignatureVerifierKeyId",
                        json_string("mine"));
    assert_int_equal(verify(&side.c, "any", 0), AB_E_IDP_REPLY);
    side_renew(&side);
    assert_int_equal(verify(&side.c, "mine", 0), AB_OK);
    /* the bare base64, as the console stores it */
    bare = strdup(strchr(pem, '\n') + 1);
    *strstr(bare, "-----END") = '\0';
    for (at = out = bare; *at != '\0'; at++) {
        if (*at != '\n') {
            *out++ = *at;
        }
    }
    *out = '\0';
    json_object_set_new(side.config, "publicKeySignatureVerifier",
                        json_string(bare));
    assert_int_equal(verify(&side.c, "mine", 0), AB_OK);
    json_object_set_new(side.config, "publicKeySignatureVerifier",
                        json_string("-----BEGIN PUBLIC KEY-----"));
    assert_int_equal(verify(&side.c, "mine", 0), AB_E_IDP_CONFIG);
    assert_int_equal(p.n_jwks, 0);
    free(pem);
    free(bare);
}


static void
a_configured_set_is_read_too(void **state)
{
    char  *set;

    (void) state;
    begin();
    set = tp_jwks(&p);
    json_object_set_new(side.config, "useJwksUrl", json_string("false"));
    json_object_set_new(side.config, "publicKeySignatureVerifier",
                        json_string(set));
    assert_int_equal(verify(&side.c, "rsa", 0), AB_OK);
    assert_int_equal(verify(&side.c, "who", 0), AB_E_IDP_REPLY);
    assert_int_equal(p.n_jwks, 0);
    free(set);
}


static void
a_changed_address_is_another_document(void **state)
{
    (void) state;
    begin();
    assert_int_equal(verify(&side.c, "rsa", 0), AB_OK);
    tp_patch(side.config, "{\"jwksUrl\":\"http://127.0.0.1:1/jwks\"}");
    assert_int_equal(verify(&side.c, "rsa", 0), AB_E_IDP_DOWN);
}


static void *
storm_thread(void *arg)
{
    struct ctx   c = side.c;
    enum ab_err  err;

    c.a = arena_new(1024 * 1024);
    fail_clear(&c.f);
    err = verify(&c, arg, 0);
    arena_free(c.a);
    return (void *) (intptr_t) err;
}


static int
storm(const char *kid)
{
    pthread_t  threads[STORM];
    void      *result;
    int        i, good = 0;

    for (i = 0; i < STORM; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, storm_thread,
                                        (void *) (uintptr_t) kid), 0);
    }
    for (i = 0; i < STORM; i++) {
        pthread_join(threads[i], &result);
        good += result == (void *) (intptr_t) AB_OK;
    }
    return good;
}


static void
all_who_wait_share_one_fetch(void **state)
{
    (void) state;
    begin();
    assert_int_equal(storm("rsa"), STORM);
    assert_int_equal(p.n_jwks, 1);
    publish(TP_RSA, "turned");
    assert_int_equal(storm("turned"), STORM);
    assert_int_equal(p.n_jwks, 2);
    assert_int_equal(storm("who"), 0);
    assert_true(p.n_jwks <= 3);
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
        cmocka_unit_test(keys_are_fetched_once),
        cmocka_unit_test(a_rotation_fails_no_login),
        cmocka_unit_test(a_key_replaced_under_its_kid_is_found),
        cmocka_unit_test(a_storm_of_bad_kids_costs_three_fetches),
        cmocka_unit_test(the_old_set_is_kept_when_a_fetch_fails),
        cmocka_unit_test(a_broken_set_lets_nobody_in),
        cmocka_unit_test(a_dead_address_is_asked_thrice),
        cmocka_unit_test(a_key_serves_only_its_use),
        cmocka_unit_test(a_configured_key_needs_no_fetch),
        cmocka_unit_test(a_configured_set_is_read_too),
        cmocka_unit_test(a_changed_address_is_another_document),
        cmocka_unit_test(all_who_wait_share_one_fetch),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
