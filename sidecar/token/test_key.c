/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_key.c - a realm's keys: made once, imported as they are, published
 * without their private parts.
 */
#include "key_int.h"
#include "token_fixture.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <pthread.h>

static struct session_fixture  fx;

#define C  (&fx.st.c)

/* RFC 8037 appendix A: the private key as PKCS#8, and its public x. */
#define RFC8037_KEY  "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7" \
                     "rAMcrn9g"
#define RFC8037_X    "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"


static void
renew(void)
{
    fixture_renew(&fx.st);
    token_fixture_forget(&fx);
}


static const struct realm_keys *
keys(void)
{
    const struct realm_keys  *k;

    assert_int_equal(realm_keys_get(C, &fx.realm, &k), AB_OK);
    return k;
}


static void
unref(void *json)
{
    json_decref(json);
}


static const json_t *
published(size_t i)
{
    json_t  *jwks;

    assert_int_equal(realm_jwks(C, &fx.realm, &jwks), AB_OK);
    arena_own(C->a, jwks, unref);
    return json_array_get(json_object_get(jwks, "keys"), i);
}


static const char *
text(const json_t *o, const char *name)
{
    return json_string_value(json_object_get(o, name));
}


static void
a_new_realm_publishes_two_rsa_keys(void **state)
{
    const json_t           *sig = NULL, *enc = NULL, *k;
    struct ab_jwk_set       set;
    size_t                  i, skipped;
    struct ab_slice         doc;
    json_t                 *jwks;
    char                   *dump;

    (void) state;
    renew();
    token_fixture_defaults(&fx);
    assert_int_equal(keys()->n, 4);
    for (i = 0; (k = published(i)) != NULL; i++) {
        *(strcmp(text(k, "use"), "sig") == 0 ? &sig : &enc) = k;
    }
    assert_int_equal(i, 2);
    assert_string_equal(text(sig, "alg"), "RS256");
    assert_string_equal(text(enc, "alg"), "RSA-OAEP");
    assert_string_equal(text(sig, "kty"), "RSA");
    assert_string_equal(text(sig, "e"), "AQAB");
    assert_int_equal(strlen(text(sig, "n")), 342);
    assert_int_equal(strlen(text(sig, "kid")), 43);
    assert_int_equal(strlen(text(sig, "x5t")), 27);
    assert_int_equal(strlen(text(sig, "x5t#S256")), 43);
    assert_int_equal(json_array_size(json_object_get(sig, "x5c")), 1);
    assert_null(json_object_get(sig, "d"));

    assert_int_equal(realm_jwks(C, &fx.realm, &jwks), AB_OK);
    dump = json_dumps(jwks, 0);
    doc = ab_slice_str(dump);
    assert_int_equal(ab_jwk_set_parse(doc, &set, &skipped), AB_OK);
    assert_int_equal(set.n, 1);         /* the other is not for signatures */
    assert_int_equal(skipped, 1);
    ab_jwk_set_clear(&set);
    free(dump);
    json_decref(jwks);
}


static void
a_certificate_is_self_signed_for_ten_years(void **state)
{
    const struct realm_keys   *k;
    const unsigned char       *p;
    X509                      *cert;
    char                       cn[200];
    int                        days, seconds;
    size_t                     i;

    (void) state;
    renew();
    token_fixture_component(&fx, "k-rsa", "rsa-generated", EMPTY_CONFIG);
    for (i = 0; i < 2; i++) {
        k = keys();
        p = (const unsigned char *) k->v[0].cert.p;
        cert = d2i_X509(NULL, &p, (long) k->v[0].cert.len);
        assert_non_null(cert);
        assert_int_equal(X509_verify(cert, k->v[0].pkey), 1);
        assert_true(X509_NAME_get_text_by_NID(X509_get_subject_name(cert),
                                              NID_commonName, cn,
                                              sizeof(cn)) > 0);
        assert_int_equal(strncmp(cn, fx.realm.name, strlen(cn)), 0);
        assert_int_equal(strlen(cn), i == 0 ? 4 : 64);
        assert_int_equal(ASN1_TIME_diff(&days, &seconds,
                                        X509_get0_notBefore(cert),
                                        X509_get0_notAfter(cert)), 1);
        assert_in_range(days, 3651, 3653);
        X509_free(cert);
        renew();
        token_fixture_component(&fx, "k-rsa", "rsa-generated", EMPTY_CONFIG);
        fx.realm.name = "a realm whose name is far longer than what a "
                        "certificate's common name may hold at most";
    }
    fx.realm.name = "acme";
}


static void *
other_daemon(void *arg)
{
    const struct realm_keys  *k;
    struct ctx                c = {
        .a = arena_new(FIXTURE_ARENA), .store = store_new(&fx.st.conf),
        .deadline_ms = clock_mono_ms() + FIXTURE_MS,
    };
    char                     *kid = arg;

    if (realm_keys_get(&c, &fx.realm, &k) == AB_OK) {
        snprintf(kid, 64, "%s", k->v[0].kid);
    }
    store_free(c.store);
    arena_free(c.a);
    return NULL;
}


static void
two_daemons_make_one_key(void **state)
{
    char       kids[2][64] = { "", "" };
    pthread_t  t[2];
    int        i;

    (void) state;
    renew();
    token_fixture_component(&fx, "k", "rsa-generated", EMPTY_CONFIG);
    for (i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&t[i], NULL, other_daemon, kids[i]),
                         0);
    }
    for (i = 0; i < 2; i++) {
        pthread_join(t[i], NULL);
    }
    assert_int_equal(strlen(kids[0]), 43);
    assert_string_equal(kids[0], kids[1]);
    assert_string_equal(keys()->v[0].kid, kids[0]);
}


/* T-RE1: neither a private key nor a secret can be read. */
static void
private_parts_are_sealed_in_the_store(void **state)
{
    const struct realm_keys  *k;
    struct reply             *r;
    unsigned char            *der = NULL;
    size_t                    i, j;
    int                       n;

    (void) state;
    renew();
    token_fixture_defaults(&fx);
    k = keys();
    assert_int_equal(store_hgetall(C, key1(C, KEY_COMPONENTS, fx.realm.id),
                                   &r), AB_OK);
    assert_int_equal(r->n, 16);
    for (i = 0; i < k->n; i++) {
        n = k->v[i].pkey == NULL ? 0 : i2d_PrivateKey(k->v[i].pkey, &der);
        for (j = 1; j < r->n; j += 2) {
            assert_null(memmem(r->list[j].s.p, r->list[j].s.len, "\"secret\"",
                               8));
            if (n > 0) {
                assert_null(memmem(r->list[j].s.p, r->list[j].s.len,
                                   der + n / 2, 16));
            }
        }
        OPENSSL_free(der);
        der = NULL;
    }
    /* A sealed value moved to another component does not open there. */
    for (j = 0; j < r->n; j += 2) {
        if (ab_slice_eq_str(r->list[j].s, "k-rsa:key")) {
            struct ab_slice  argv[] = {
                AB_S("HSET"), key1(C, KEY_COMPONENTS, fx.realm.id),
                AB_S("k-enc:key"), r->list[j + 1].s
            };
            struct reply    *ignored;

            assert_int_equal(store_call(C, 1, argv, 4, &ignored), AB_OK);
        }
    }
    assert_int_equal(realm_keys_get(C, &fx.realm, &k), AB_E_SEAL);
}


static void
imported_material_is_used_as_it_is(void **state)
{
    static const char *const  layouts[] = {
        RFC8037_KEY,
        "-----BEGIN PRIVATE KEY-----\n" RFC8037_KEY
        "\n-----END PRIVATE KEY-----\n",
    };
    const char               *sealed;
    const struct realm_keys  *k;
    size_t                    i;

    (void) state;
    for (i = 0; i < ROWS(layouts); i++) {
        renew();
        sealed = token_fixture_secret(&fx, "ed", "eddsaPrivateKey",
                                      layouts[i]);
        token_fixture_component(&fx, "ed", "eddsa-generated", sealed);
        assert_int_equal(keys()->n, 1);
        assert_string_equal(text(published(0), "x"), RFC8037_X);
        assert_string_equal(text(published(0), "crv"), "Ed25519");
        assert_string_equal(text(published(0), "kty"), "OKP");
        assert_null(json_object_get(published(0), "x5c"));
    }
    renew();
    sealed = token_fixture_secret(&fx, "hm", "secret",
                                  "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
    token_fixture_component(&fx, "hm", "hmac-generated",
        arena_printf(C->a, "%s,\"kid\":[\"kid-1\"],\"algorithm\":[\"HS256\"]",
                     sealed));
    k = keys();
    assert_int_equal(k->n, 1);
    assert_string_equal(k->v[0].kid, "kid-1");
    assert_string_equal(k->v[0].alg, "HS256");
    assert_int_equal(k->v[0].secret.len, 32);
    assert_null(published(0));
}


static void
a_bad_component_takes_no_other_key_away(void **state)
{
    (void) state;
    renew();
    token_fixture_component(&fx, "good", "ecdsa-generated", EMPTY_CONFIG);
    token_fixture_component(&fx, "store", "java-keystore", EMPTY_CONFIG);
    token_fixture_component(&fx, "none", "rsa", EMPTY_CONFIG);
    token_fixture_component(&fx, "junk", "rsa",
        token_fixture_secret(&fx, "junk", "privateKey", "AAAA"));
    token_fixture_component(&fx, "other", "rsa",
        token_fixture_secret(&fx, "other", "privateKey", RFC8037_KEY));
    token_fixture_component(&fx, "short", "hmac-generated",
        arena_printf(C->a, "%s,\"kid\":[\"x\"]",
                     token_fixture_secret(&fx, "short", "secret", "AAAA")));
    token_fixture_component(&fx, "alg", "rsa-generated",
                            "\"algorithm\":[\"none\"]");
    token_fixture_component(&fx, "use", "rsa-generated",
                            "\"algorithm\":[\"RSA-OAEP\"]");
    token_fixture_component(&fx, "curve", "ecdsa-generated",
                            "\"ecdsaEllipticCurveKey\":[\"P-192x\"]");
    assert_int_equal(keys()->n, 1);
    assert_string_equal(keys()->v[0].id, "good");
    assert_string_equal(keys()->v[0].alg, "ES256");
    assert_string_equal(text(published(0), "crv"), "P-256");
    assert_int_equal(strlen(text(published(0), "x")), 43);
}


static void
status_and_priority_choose_the_key_that_signs(void **state)
{
    const struct realm_key  *k;

    (void) state;
    renew();
    token_fixture_component(&fx, "a", "ecdsa-generated",
                            "\"priority\":[\"10\"]");
    token_fixture_component(&fx, "b", "ecdsa-generated",
                            "\"priority\":[\"30\"],\"active\":[\"false\"]");
    token_fixture_component(&fx, "c", "ecdsa-generated",
                            "\"priority\":[\"20\"]");
    token_fixture_component(&fx, "d", "ecdsa-generated",
                            "\"priority\":[\"90\"],\"enabled\":[\"false\"]");
    assert_int_equal(realm_key_active(C, &fx.realm, "ES256", "sig", &k),
                     AB_OK);
    assert_string_equal(k->id, "c");
    assert_int_equal(keys()->n, 4);
    assert_string_equal(keys()->v[0].id, "d");
    assert_int_equal(keys()->v[1].status, KEY_PASSIVE);
    assert_non_null(published(2));              /* passive ones verify */
    assert_null(published(3));                  /* disabled ones vanish */
    assert_null(realm_key_by_kid(keys(), keys()->v[0].kid));
    assert_non_null(realm_key_by_kid(keys(), keys()->v[1].kid));
    assert_null(realm_key_by_kid(keys(), NULL));
}


static void
an_algorithm_without_a_key_gets_one_at_first_use(void **state)
{
    static const char *const  algs[] = {
        "RS256", "PS384", "ES256", "ES384", "ES512", "EdDSA", "HS512",
        "HS256"
    };
    const struct realm_key   *k, *again;
    struct ab_slice           from;
    struct stream_entry      *e;
    size_t                    i, n;

    (void) state;
    renew();
    assert_int_equal(stream_last(C, &from), AB_OK);
    for (i = 0; i < ROWS(algs); i++) {
        CHECK_ROW(i, realm_key_active(C, &fx.realm, algs[i], "sig", &k)
                     == AB_OK);
        CHECK_ROW(i, realm_key_active(C, &fx.realm, algs[i], "sig", &again)
                     == AB_OK);
        CHECK_ROW(i, strcmp(k->kid, again->kid) == 0);
        CHECK_ROW(i, k->priority == -100);
    }
    assert_int_equal(keys()->n, ROWS(algs));
    assert_int_equal(stream_read(C, from, 100, 0, &e, &n), AB_OK);
    assert_int_equal(n, ROWS(algs));            /* others are told */
    assert_int_equal(realm_key_active(C, &fx.realm, "none", "sig", &k),
                     AB_E_TOKEN_KEY);
    fail_clear(&C->f);
    assert_int_equal(realm_key_active(C, &fx.realm, "RSA-OAEP", "sig", &k),
                     AB_E_TOKEN_KEY);
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
        cmocka_unit_test(a_new_realm_publishes_two_rsa_keys),
        cmocka_unit_test(a_certificate_is_self_signed_for_ten_years),
        cmocka_unit_test(two_daemons_make_one_key),
        TEST("T-RE1: private parts are sealed in the store",
             private_parts_are_sealed_in_the_store),
        cmocka_unit_test(imported_material_is_used_as_it_is),
        cmocka_unit_test(a_bad_component_takes_no_other_key_away),
        cmocka_unit_test(status_and_priority_choose_the_key_that_signs),
        cmocka_unit_test(an_algorithm_without_a_key_gets_one_at_first_use),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
