/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ab_jwk.c - tests of ab_jwk.
 */
#include "ab_jwk.h"
#include "ab_claims.h"
#include "ab_limits.h"
#include "test_alloc.h"
#include "test_jose.h"
#include "test_rows.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#define BIT(alg)  AB_ALG_BIT(AB_ALG_##alg)
#define RS_PS     (BIT(RS256) | BIT(RS384) | BIT(RS512) \
                   | BIT(PS256) | BIT(PS384) | BIT(PS512))

#define RSA   "\"kty\":\"RSA\",\"n\":\"" RFC7515_A2_N "\",\"e\":\"AQAB\""
#define P256  "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" RFC7515_A3_X \
              "\",\"y\":\"" RFC7515_A3_Y "\""
#define P521  "\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":\"" RFC7515_A4_X \
              "\",\"y\":\"" RFC7515_A4_Y "\""
#define ED    "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" RFC8037_A_X "\""

/* Algorithms a JWK may serve; 0: it is refused. */
static const struct {
    const char  *jwk;
    uint32_t     algs;
} keys[] = {
    { "{" RSA "}", RS_PS },
    { "{" RSA ",\"alg\":\"RS256\",\"use\":\"sig\",\"kid\":\"k\"}",
      BIT(RS256) },
    { "{" RSA ",\"alg\":\"PS512\"}", BIT(PS512) },
    { "{" RSA ",\"key_ops\":[\"verify\"]}", RS_PS },
    { "{" RSA ",\"x5c\":[\"ignored\"],\"x5u\":\"http://evil/\"}", RS_PS },
    { "{" P256 "}", BIT(ES256) },
    { "{" P256 ",\"alg\":\"ES256\"}", BIT(ES256) },
    { "{" P521 "}", BIT(ES512) },
    { "{" ED "}", BIT(EDDSA) },
    { "{" ED ",\"alg\":\"EdDSA\"}", BIT(EDDSA) },
    /* alg: foreign, of another kind, of another type */
    { "{" RSA ",\"alg\":\"ES256\"}", 0 },
    { "{" RSA ",\"alg\":\"HS256\"}", 0 },
    { "{" RSA ",\"alg\":\"none\"}", 0 },
    { "{" RSA ",\"alg\":\"rs256\"}", 0 },
    { "{" RSA ",\"alg\":\"\"}", 0 },
    { "{" RSA ",\"alg\":null}", 0 },
    { "{" RSA ",\"alg\":[\"RS256\"]}", 0 },
    { "{" P256 ",\"alg\":\"ES512\"}", 0 },
    { "{" ED ",\"alg\":\"ES256\"}", 0 },
    /* use, key_ops */
    { "{" RSA ",\"use\":\"enc\"}", 0 },
    { "{" RSA ",\"use\":\"SIG\"}", 0 },
    { "{" RSA ",\"use\":[\"sig\"]}", 0 },
    { "{" RSA ",\"key_ops\":[\"encrypt\"]}", 0 },
    { "{" RSA ",\"key_ops\":[]}", 0 },
    { "{" RSA ",\"key_ops\":\"verify\"}", 0 },
    { "{" RSA ",\"key_ops\":[\"verify\",1]}", 0 },
    /* symmetric and private */
    { "{\"kty\":\"oct\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ\"}", 0 },
    { "{\"kty\":\"oct\",\"k\":\"\"}", 0 },
    { "{" RSA ",\"d\":\"AQAB\"}", 0 },
    { "{" RSA ",\"k\":\"\"}", 0 },
    { "{" P256 ",\"d\":\"AQAB\"}", 0 },
    { "{" ED ",\"d\":null}", 0 },
    /* kinds */
    { "{}", 0 },
    { "{\"kty\":\"RSA\"}", 0 },
    { "{\"kty\":\"rsa\",\"n\":\"" RFC7515_A2_N "\",\"e\":\"AQAB\"}", 0 },
    { "{\"kty\":1}", 0 },
    { "{\"kty\":\"EC\",\"crv\":\"P-224\",\"x\":\"AA\",\"y\":\"AA\"}", 0 },
    { "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"" RFC8037_A_X "\"}", 0 },
    { "{\"kty\":\"EC\",\"x\":\"" RFC7515_A3_X "\",\"y\":\"" RFC7515_A3_Y
      "\"}", 0 },
    { "{\"kty\":\"OKP\",\"crv\":\"P-256\",\"x\":\"" RFC7515_A3_X "\",\"y\":\""
      RFC7515_A3_Y "\"}", 0 },
    /* RSA numbers: none, zero, one, even, leading zero, 512 bits */
    { "{\"kty\":\"RSA\",\"n\":\"" RFC7515_A2_N "\",\"e\":\"\"}", 0 },
    { "{\"kty\":\"RSA\",\"n\":\"" RFC7515_A2_N "\",\"e\":\"AA\"}", 0 },
    { "{\"kty\":\"RSA\",\"n\":\"" RFC7515_A2_N "\",\"e\":\"AQ\"}", 0 },
    { "{\"kty\":\"RSA\",\"n\":\"" RFC7515_A2_N "\",\"e\":\"AQAA\"}", 0 },
    { "{\"kty\":\"RSA\",\"n\":\"" RFC7515_A2_N "\",\"e\":\"AAEAAQ\"}", 0 },
    { "{\"kty\":\"RSA\",\"n\":\"" RFC7515_A2_N "\",\"e\":\"AQAB=\"}", 0 },
    { "{\"kty\":\"RSA\",\"n\":\"" RFC7515_A2_N
      "\",\"e\":\"AQEBAQEBAQEBAQ\"}", 0 },
    { "{\"kty\":\"RSA\",\"n\":\"\",\"e\":\"AQAB\"}", 0 },
    { "{\"kty\":\"RSA\",\"n\":\"" RFC7515_A2_N "A\",\"e\":\"AQAB\"}", 0 },
    { "{\"kty\":\"RSA\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9"
      "k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzPw\",\"e\":\"AQAB\"}", 0 },
    /* points: width, not on the curve, the other curve */
    { "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" RFC7515_A3_X
      "\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a4\"}", 0 },
    { "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" RFC7515_A3_X
      "\",\"y\":\"8UTNG72bfocs3-257rn0s2ldbqkLJK2KRiMohYjlrQ\"}", 0 },
    { "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" RFC7515_A3_X
      "\",\"y\":\"AMfxRM0bvZt-hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt\"}", 0 },
    { "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" RFC7515_A3_X "\"}", 0 },
    { "{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"" RFC7515_A3_X
      "\",\"y\":\"" RFC7515_A3_Y "\"}", 0 },
    { "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcv"
      "PapiMlrwIaaPcHUQ\"}", 0 },
    { "{\"kty\":\"OKP\",\"crv\":\"Ed448\",\"x\":\"" RFC8037_A_X "\"}", 0 },
    /* kid */
    { "{" RSA ",\"kid\":1}", 0 },
    { "{" RSA ",\"kid\":null}", 0 },
    { "{" RSA ",\"kid\":\"\"}", RS_PS },
};


static json_t *
parse(const char *text)
{
    json_t  *doc = NULL;

    if (ab_claims_parse(ab_slice_str(text), &doc) != AB_OK) {
        fail_msg("no JSON: %s", text);
    }
    return doc;
}


static void
keys_are_bound_to_algorithms(void **state)
{
    struct ab_jwk  key;
    json_t        *jwk;
    size_t         i;
    enum ab_err    e;

    (void) state;
    for (i = 0; i < ROWS(keys); i++) {
        jwk = parse(keys[i].jwk);
        e = ab_jwk_parse(jwk, &key);
        json_decref(jwk);
        CHECK_ROW(i, e == (keys[i].algs ? AB_OK : AB_E_TOKEN_KEY));
        CHECK_ROW(i, ERR_peek_error() == 0);
        if (e == AB_OK) {
            CHECK_ROW(i, key.algs == keys[i].algs);
            ab_jwk_clear(&key);
            ab_jwk_clear(&key);
        }
    }
    assert_int_equal(ab_jwk_parse(NULL, &key), AB_E_TOKEN_KEY);
}


static void
names_are_exact(void **state)
{
    static const char *const  others[] = {
        "", "none", "None", "nOnE", "NONE", "HS256", "rs256", "RS256 ",
        "RS25", "RS2567", "ES256K", "RSA-OAEP", "A128GCM", "eddsa", "Ed25519",
    };
    int     alg;
    size_t  i;

    (void) state;
    for (alg = AB_ALG_NONE + 1; alg < AB_ALG_N; alg++) {
        CHECK_ROW(alg, ab_alg_by_name(ab_slice_str(
                           ab_alg_name((enum ab_alg) alg)))
                       == (enum ab_alg) alg);
        CHECK_ROW(alg, (ab_alg_digest((enum ab_alg) alg) == NULL)
                       == (alg == AB_ALG_EDDSA));
    }
    for (i = 0; i < ROWS(others); i++) {
        CHECK_ROW(i, ab_alg_by_name(ab_slice_str(others[i])) == AB_ALG_NONE);
    }
    assert_int_equal(ab_alg_by_name(ab_slice("RS256\0", 6)), AB_ALG_NONE);
    assert_null(ab_alg_name(AB_ALG_NONE));
    assert_null(ab_alg_name(AB_ALG_N));
    assert_null(ab_alg_digest((enum ab_alg) 99));
}


static void
sizes_are_bounded(void **state)
{
    static const struct {
        int   bits;
        bool  ok;
    } rows[] = {
        { 1024, false }, { 2040, false }, { 2048, true }, { 3072, true },
    };
    struct ab_jwk   key;
    EVP_PKEY       *pkey;
    unsigned char  *der;
    size_t          i;
    int             len;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        pkey = EVP_RSA_gen((unsigned) rows[i].bits);
        der = NULL;
        len = i2d_PUBKEY(pkey, &der);
        CHECK_ROW(i, ab_jwk_from_spki(ab_slice(der, (size_t) len),
                                      AB_ALG_RS256, AB_S("kid"), &key)
                     == (rows[i].ok ? AB_OK : AB_E_TOKEN_KEY));
        if (rows[i].ok) {
            CHECK_ROW(i, key.algs == BIT(RS256) && key.kid_len == 3
                         && strcmp(key.kid, "kid") == 0);
            ab_jwk_clear(&key);
        }
        OPENSSL_free(der);
        EVP_PKEY_free(pkey);
    }
}


static void
spki_is_one_key_of_its_kind(void **state)
{
    static const struct {
        const char   *type;
        enum ab_alg   alg;
        bool          ok;
    } rows[] = {
        { "P-256", AB_ALG_ES256, true }, { "P-256", AB_ALG_ES384, false },
        { "P-384", AB_ALG_ES384, true }, { "P-521", AB_ALG_ES512, true },
        { "P-256", AB_ALG_RS256, false }, { "P-224", AB_ALG_ES256, false },
        { "secp256k1", AB_ALG_ES256, false },
        { "ED25519", AB_ALG_EDDSA, true }, { "ED448", AB_ALG_EDDSA, true },
        { "ED25519", AB_ALG_ES256, false }, { "X25519", AB_ALG_EDDSA, false },
        { "P-256", AB_ALG_NONE, false }, { "P-256", AB_ALG_N, false },
    };
    struct ab_jwk   key;
    EVP_PKEY       *pkey;
    unsigned char  *der;
    size_t          i;
    int             len, cut;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        pkey = test_keygen(rows[i].type);
        der = NULL;
        len = i2d_PUBKEY(pkey, &der);
        CHECK_ROW(i, ab_jwk_from_spki(ab_slice(der, (size_t) len),
                                      rows[i].alg, ab_slice(NULL, 0), &key)
                     == (rows[i].ok ? AB_OK : AB_E_TOKEN_KEY));
        if (rows[i].ok) {
            CHECK_ROW(i, key.kid == NULL);
            ab_jwk_clear(&key);
        }
        for (cut = 0; cut < len; cut++) {
            CHECK_ROW(i, ab_jwk_from_spki(ab_slice(der, (size_t) cut),
                                          rows[i].alg, AB_S("k"), &key)
                         == AB_E_TOKEN_KEY);
        }
        der = OPENSSL_realloc(der, (size_t) len + 1);
        der[len] = 0;
        CHECK_ROW(i, ab_jwk_from_spki(ab_slice(der, (size_t) len + 1),
                                      rows[i].alg, AB_S("k"), &key)
                     == AB_E_TOKEN_KEY);
        CHECK_ROW(i, ERR_peek_error() == 0);
        OPENSSL_free(der);
        EVP_PKEY_free(pkey);
    }
}


static void
sets_skip_what_they_cannot_use(void **state)
{
    struct ab_jwk_set     set;
    const struct ab_jwk  *k;
    size_t                skipped;

    (void) state;
    assert_int_equal(ab_jwk_set_parse(AB_S("{\"keys\":["
        "{" RSA ",\"kid\":\"a\"},"
        "{" RSA ",\"kid\":\"enc\",\"use\":\"enc\"},"
        "1, null, {},"
        "{\"kty\":\"oct\",\"k\":\"AA\",\"kid\":\"s\"},"
        "{" P256 ",\"kid\":\"b\"},"
        "{" P521 "}]}"), &set, &skipped), AB_OK);
    assert_int_equal(set.n, 3);
    assert_int_equal(skipped, 5);
    k = ab_jwk_set_find(&set, AB_S("a"), AB_ALG_RS256);
    assert_ptr_equal(k, &set.keys[0]);
    assert_ptr_equal(ab_jwk_set_find(&set, AB_S("a"), AB_ALG_PS384), k);
    assert_null(ab_jwk_set_find(&set, AB_S("a"), AB_ALG_ES256));
    assert_null(ab_jwk_set_find(&set, AB_S("A"), AB_ALG_RS256));
    assert_null(ab_jwk_set_find(&set, ab_slice("a\0", 2), AB_ALG_RS256));
    assert_null(ab_jwk_set_find(&set, AB_S("enc"), AB_ALG_RS256));
    assert_null(ab_jwk_set_find(&set, AB_S(""), AB_ALG_ES512));
    assert_null(ab_jwk_set_find(&set, AB_S("a"), AB_ALG_NONE));
    assert_ptr_equal(ab_jwk_set_find(&set, ab_slice(NULL, 0), AB_ALG_ES512),
                     &set.keys[2]);
    ab_jwk_set_clear(&set);
    ab_jwk_set_clear(&set);

    assert_int_equal(ab_jwk_set_parse(AB_S("{\"keys\":[{" RSA "},{" RSA
                                           "}]}"), &set, NULL), AB_OK);
    assert_null(ab_jwk_set_find(&set, ab_slice(NULL, 0), AB_ALG_RS256));
    ab_jwk_set_clear(&set);
}


static void
sets_have_a_shape_and_limits(void **state)
{
    static const char *const  bad[] = {
        "", "[]", "{}", "{\"keys\":{}}", "{\"keys\":null}", "{\"keys\":[]",
        "{\"keys\":[],\"keys\":[]}", "{\"keys\":[]}x",
    };
    struct ab_jwk_set  set;
    struct ab_buf      b;
    size_t             i, n;

    (void) state;
    for (i = 0; i < ROWS(bad); i++) {
        CHECK_ROW(i, ab_jwk_set_parse(ab_slice_str(bad[i]), &set, NULL)
                     == AB_E_JSON);
    }
    assert_int_equal(ab_jwk_set_parse(AB_S("{\"keys\":[]}"), &set, NULL),
                     AB_OK);
    assert_int_equal(set.n, 0);
    assert_null(ab_jwk_set_find(&set, ab_slice(NULL, 0), AB_ALG_RS256));
    ab_jwk_set_clear(&set);

    ab_buf_init(&b, 1024 * 1024);
    for (n = AB_MAX_JWKS_KEYS_N; n <= AB_MAX_JWKS_KEYS_N + 1; n++) {
        ab_buf_reset(&b);
        ab_buf_add_str(&b, "{\"keys\":[0");
        for (i = 1; i < n; i++) {
            ab_buf_add_str(&b, ",0");
        }
        ab_buf_add_str(&b, "]}");
        CHECK_ROW(n, ab_jwk_set_parse(ab_buf_slice(&b), &set, &i)
                     == (n > AB_MAX_JWKS_KEYS_N ? AB_E_TOO_LARGE : AB_OK));
        if (n == AB_MAX_JWKS_KEYS_N) {
            CHECK_ROW(n, i == n);
            ab_jwk_set_clear(&set);
        }
    }
    while (b.len <= AB_MAX_JWKS) {
        ab_buf_add_byte(&b, ' ');
    }
    assert_int_equal(ab_jwk_set_parse(ab_buf_slice(&b), &set, NULL),
                     AB_E_TOO_LARGE);
    ab_buf_clear(&b);
}


static void
long_kids(void **state)
{
    struct ab_buf  b;
    struct ab_jwk  key;
    json_t        *jwk;
    size_t         n, i;

    (void) state;
    ab_buf_init(&b, 10000);
    for (n = AB_MAX_KID; n <= AB_MAX_KID + 1; n++) {
        ab_buf_reset(&b);
        ab_buf_add_str(&b, "{" RSA ",\"kid\":\"");
        for (i = 0; i < n; i++) {
            ab_buf_add_byte(&b, 'k');
        }
        ab_buf_add_str(&b, "\"}");
        ab_buf_add_byte(&b, 0);
        jwk = parse(b.p);
        CHECK_ROW(n, ab_jwk_parse(jwk, &key)
                     == (n > AB_MAX_KID ? AB_E_TOKEN_KEY : AB_OK));
        json_decref(jwk);
        if (n == AB_MAX_KID) {
            ab_jwk_clear(&key);
        }
    }
    ab_buf_clear(&b);
}


/* With each allocation failing once, OpenSSL's included: no leak (the
 * sanitizer's word), no half-built set. */
static void
runs_out_of_memory(void **state)
{
    struct ab_slice    in = AB_S("{\"keys\":[{" RSA ",\"kid\":\"a\"},{" P256
                                 "},{" ED "}]}");
    struct ab_jwk_set  set;
    size_t             skipped;
    enum ab_err        e;
    int                n;

    (void) state;
    assert_int_equal(ab_jwk_set_parse(in, &set, NULL), AB_OK);
    ab_jwk_set_clear(&set);
    for (n = 1; n < 5000; n++) {
        test_alloc_fail_at(n);
        e = ab_jwk_set_parse(in, &set, &skipped);
        if (e == AB_OK) {
            CHECK_ROW(n, set.n + skipped == 3);
            ab_jwk_set_clear(&set);
        }
        CHECK_ROW(n, test_alloc_live() == 0);
        if (!test_alloc_was_hit()) {
            CHECK_ROW(n, e == AB_OK && skipped == 0);
            break;
        }
    }
    test_alloc_fail_at(0);
    assert_in_range(n, 50, 4999);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("T-BE4: kty, alg, use and key_ops bind a key; RFC 7517, 8037",
             keys_are_bound_to_algorithms),
        TEST("T-BE3: algorithm names are exact, none is none",
             names_are_exact),
        TEST("T-BE4: small RSA keys are refused", sizes_are_bounded),
        TEST("T-BE4: DER is one key of the algorithm's kind",
             spki_is_one_key_of_its_kind),
        TEST("a set skips what it cannot use", sets_skip_what_they_cannot_use),
        TEST("a set has a shape and limits", sets_have_a_shape_and_limits),
        TEST("T-BE10: a kid is opaque and has a limit", long_kids),
        TEST("each failed allocation is survived", runs_out_of_memory),
    };

    test_alloc_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
