/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_sign.c - what we sign verifies, here and with the verifier the
 * workers use; nothing else does.
 */
#include "alg.h"
#include "hmac.h"
#include "sign.h"
#include "token_fixture.h"

#include "ab_base64.h"
#include "ab_jws.h"

static struct session_fixture  fx;

#define C    (&fx.st.c)
#define ISS  "https://id.example.com/realms/acme"

static const char *const  algs[] = {
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
    "ES256", "ES384", "ES512", "EdDSA", "HS256", "HS384", "HS512"
};


static void
renew(void)
{
    fixture_renew(&fx.st);
}


static void
unref(void *json)
{
    json_decref(json);
}


/* Claims that pass; extra ones or replacements as JSON text. */
static json_t *
claims(const char *more)
{
    json_t  *o = json_pack("{s:s, s:s, s:I, s:I}", "iss", ISS, "typ", "T",
                           "iat", (json_int_t) clock_now_s(), "exp",
                           (json_int_t) clock_now_s() + 60);
    json_t  *m = more == NULL ? NULL : json_loads(more, JSON_ALLOW_NUL,
                                                     NULL);

    if (m != NULL) {
        json_object_update(o, m);
        json_decref(m);
    }
    assert_true(arena_own(C->a, o, unref));
    return o;
}


static const char *
sign(const char *alg, const json_t *o)
{
    const char  *token;

    if (token_sign(C, &fx.realm, alg, "JWT", o, &token) != AB_OK) {
        fail_msg("%s: %s", alg, C->f.detail);
    }
    return token;
}


static bool
is_hmac(const char *alg)
{
    return alg[0] == 'H';
}


static enum ab_err
verify(const char *alg, const char *token)
{
    const json_t  *o = NULL;

    return (is_hmac(alg) ? token_verify_hmac : token_verify)(C, &fx.realm,
        token, "T", 0, &o);
}


static void
every_algorithm_signs_and_verifies(void **state)
{
    const json_t  *back;
    const char    *token;
    size_t         i;

    (void) state;
    for (i = 0; i < ROWS(algs); i++) {
        renew();
        token = sign(algs[i], claims("{\"x\":\"\\u00e9 \\\" y\"}"));
        CHECK_ROW(i, verify(algs[i], token) == AB_OK);
        CHECK_ROW(i, (is_hmac(algs[i]) ? token_verify_hmac : token_verify)(C,
                     &fx.realm, token, "T", 0, &back) == AB_OK);
        assert_string_equal(json_string_value(json_object_get(back, "x")),
                            "\xc3\xa9 \" y");
        /* And never under the other family's verifier. */
        CHECK_ROW(i, (is_hmac(algs[i]) ? token_verify : token_verify_hmac)(C,
                     &fx.realm, token, "T", 0, &back) == AB_E_TOKEN_ALG);
    }
}


/* The verifier of shared/, with the keys as we publish them. */
static void
the_workers_verifier_agrees(void **state)
{
    struct ab_jwk_set   set;
    struct ab_jws       jws;
    json_t             *jwks;
    char               *dump;
    const char         *token;
    size_t              i;

    (void) state;
    renew();
    for (i = 0; i < ROWS(algs); i++) {
        sign(algs[i], claims(NULL));        /* all keys exist */
    }
    assert_int_equal(realm_jwks(C, &fx.realm, &jwks), AB_OK);
    dump = json_dumps(jwks, 0);
    assert_int_equal(ab_jwk_set_parse(ab_slice_str(dump), &set, NULL), AB_OK);
    for (i = 0; i < ROWS(algs); i++) {
        token = sign(algs[i], claims(NULL));
        if (is_hmac(algs[i])) {
            CHECK_ROW(i, ab_jws_split(ab_slice_str(token), &jws)
                         == AB_E_TOKEN_ALG);
            continue;
        }
        CHECK_ROW(i, ab_jws_split(ab_slice_str(token), &jws) == AB_OK);
        CHECK_ROW(i, ab_jws_verify(&jws, &set, AB_ALGS_ALL) == AB_OK);
        CHECK_ROW(i, strcmp(jws.typ, "jwt") == 0);
    }
    ab_jwk_set_clear(&set);
    free(dump);
    json_decref(jwks);
}


/* T-BE7: one changed bit of any part of the signature, or a missing one. */
static void
a_changed_signature_fails_for_every_algorithm(void **state)
{
    const char  *token;
    uint8_t      raw[1024];
    char        *bad, *sig;
    size_t       i, k, len, step;

    (void) state;
    for (i = 0; i < ROWS(algs); i++) {
        renew();
        token = sign(algs[i], claims(NULL));
        bad = arena_str(C->a, token);
        sig = strrchr(bad, '.') + 1;
        assert_int_equal(ab_b64url_decode(raw, sizeof(raw),
                                          ab_slice_str(sig), &len), AB_OK);
        step = len / 9 + 1;
        for (k = 0; k < len; k += step) {
            raw[k] ^= 0x10;
            sig[ab_b64url_encode(sig, ab_slice(raw, len))] = '\0';
            CHECK_ROW(i, verify(algs[i], bad) == AB_E_TOKEN_SIG);
            raw[k] ^= 0x10;
        }
        sig[ab_b64url_encode(sig, ab_slice(raw, len - 1))] = '\0';
        CHECK_ROW(i, verify(algs[i], bad) == AB_E_TOKEN_SIG);
        sig[0] = '\0';
        CHECK_ROW(i, verify(algs[i], bad) == AB_E_TOKEN_SIG);
        sig[-1] = '\0';
        CHECK_ROW(i, verify(algs[i], bad) == AB_E_TOKEN_FORMAT);
        /* Another payload under the same signature. */
        bad = arena_str(C->a, token);
        sig = strchr(bad, '.') + 12;
        *sig = *sig == 'A' ? 'B' : 'A';
        CHECK_ROW(i, verify(algs[i], bad) == AB_E_TOKEN_SIG);
    }
}


/* Header → what both verifiers must say; %s is the kid of an ES256 key. */
static const struct {
    const char   *header;
    enum ab_err   asym, hmac;
} headers[] = {
    { "{\"alg\":\"none\",\"kid\":\"%s\"}",  AB_E_TOKEN_ALG, AB_E_TOKEN_ALG },
    { "{\"alg\":\"nOnE\",\"kid\":\"%s\"}",  AB_E_TOKEN_ALG, AB_E_TOKEN_ALG },
    { "{\"alg\":\"HS256\",\"kid\":\"%s\"}", AB_E_TOKEN_ALG, AB_E_TOKEN_ALG },
    { "{\"alg\":\"RS256\",\"kid\":\"%s\"}", AB_E_TOKEN_ALG, AB_E_TOKEN_ALG },
    { "{\"alg\":\"ES384\",\"kid\":\"%s\"}", AB_E_TOKEN_ALG, AB_E_TOKEN_ALG },
    { "{\"alg\":\"ES256\",\"kid\":\"x%s\"}", AB_E_TOKEN_KEY, AB_E_TOKEN_KEY },
    { "{\"alg\":\"ES256\",\"kid\":\"%s\",\"crit\":[]}", AB_E_TOKEN_FORMAT, AB_E_TOKEN_FORMAT },
    { "{\"alg\":\"ES256\",\"kid\":\"%s\",\"kid\":\"b\"}", AB_E_TOKEN_FORMAT, AB_E_TOKEN_FORMAT },
    { "{\"kid\":\"%s\"}", AB_E_TOKEN_ALG, AB_E_TOKEN_FORMAT },
    { "[\"%s\"]", AB_E_TOKEN_FORMAT, AB_E_TOKEN_FORMAT },
};


/* T-BE3: the algorithm is the key's, whatever the header says. */
static void
a_header_cannot_choose_the_algorithm(void **state)
{
    const struct realm_key  *key;
    const char              *token, *header;
    char                    *bad, *text;
    const json_t            *o;
    size_t                   i;

    (void) state;
    for (i = 0; i < ROWS(headers); i++) {
        renew();
        assert_int_equal(realm_key_active(C, &fx.realm, "ES256", "sig", &key),
                         AB_OK);
        token = sign("ES256", claims(NULL));
        header = arena_printf(C->a, headers[i].header, key->kid);
        text = arena_alloc(C->a, AB_B64URL_LEN(strlen(header)) + 1);
        ab_b64url_encode(text, ab_slice_str(header));
        bad = arena_printf(C->a, "%s%s", text, strchr(token, '.'));
        CHECK_ROW(i, token_verify(C, &fx.realm, bad, "T", 0, &o)
                     == headers[i].asym);
        CHECK_ROW(i, token_verify_hmac(C, &fx.realm, bad, "T", 0, &o)
                     == headers[i].hmac);
    }
}


/* T-BE4: the bytes of a public key, used as an HMAC secret. */
static void
a_public_key_is_no_secret(void **state)
{
    const struct realm_key  *key;
    const json_t            *o;
    char                    *in, sig[100];
    const char              *token, *header;
    uint8_t                  mac[64];
    size_t                   n;

    (void) state;
    renew();
    assert_int_equal(realm_key_active(C, &fx.realm, "RS256", "sig", &key),
                     AB_OK);
    token = sign("RS256", claims(NULL));
    header = arena_printf(C->a, "{\"alg\":\"HS256\",\"kid\":\"%s\"}",
                          key->kid);
    in = arena_alloc(C->a, 4096);
    n = ab_b64url_encode(in, ab_slice_str(header));
    snprintf(in + n, 4096 - n, "%.*s",
             (int) (strrchr(token, '.') - strchr(token, '.')),
             strchr(token, '.'));
    assert_int_equal(token_hmac(alg_by_name("HS256"), key->spki,
                                ab_slice_str(in), mac), 32);
    sig[ab_b64url_encode(sig, ab_slice(mac, 32))] = '\0';
    token = arena_printf(C->a, "%s.%s", in, sig);
    assert_int_equal(token_verify_hmac(C, &fx.realm, token, "T", 0, &o),
                     AB_E_TOKEN_ALG);
    assert_int_equal(token_verify(C, &fx.realm, token, "T", 0, &o),
                     AB_E_TOKEN_ALG);
}


/* claims laid over good ones; seconds added to now in exp, nbf, iat (0: as
 * they are); flags; answer */
static const struct {
    const char   *more;
    int           exp, nbf, iat;
    int           flags;
    enum ab_err   want;
} facts[] = {
    { NULL,                              0,   0,  0, 0, AB_OK },
    { "{\"iss\":\"" ISS "/\"}",          0,   0,  0, 0, AB_E_TOKEN_ISSUER },
    { "{\"iss\":\"" ISS "\\u0000\"}",    0,   0,  0, 0, AB_E_TOKEN_FORMAT },
    { "{\"iss\":[\"" ISS "\"]}",         0,   0,  0, 0, AB_E_TOKEN_ISSUER },
    { "{\"iss\":null}",                  0,   0,  0, 0, AB_E_TOKEN_ISSUER },
    { "{\"typ\":\"Bearer\"}",            0,   0,  0, 0, AB_E_TOKEN_TYPE },
    { "{\"typ\":1}",                     0,   0,  0, 0, AB_E_TOKEN_TYPE },
    { NULL,                             -1,   0,  0, 0, AB_E_TOKEN_EXPIRED },
    { NULL,                             -1,   0,  0, TOKEN_EXPIRED_OK, AB_OK },
    { NULL,                             -9999999, 0, 0, TOKEN_EXPIRED_OK, AB_OK },
    { "{\"exp\":\"9999999999\"}",        0,   0,  0, 0, AB_E_TOKEN_CLAIM },
    { "{\"exp\":1e300}",                 0,   0,  0, 0, AB_E_TOKEN_CLAIM },
    { "{\"exp\":null}",                  0,   0,  0, TOKEN_EXPIRED_OK, AB_E_TOKEN_CLAIM },
    { NULL,                              0, 100,  0, 0, AB_E_TOKEN_EARLY },
    { NULL,                              0,   4,  0, 0, AB_OK },
    { "{\"nbf\":\"x\"}",                 0,   0,  0, 0, AB_E_TOKEN_CLAIM },
    { NULL,                              0,   0, 100, 0, AB_E_TOKEN_EARLY },
    { NULL,                              0,   0,   4, 0, AB_OK },
    { "{\"iat\":null}",                  0,   0,  0, 0, AB_E_TOKEN_CLAIM },
};


static void
claims_are_checked(void **state)
{
    const json_t  *out;
    json_t        *o;
    size_t         i;

    (void) state;
    for (i = 0; i < ROWS(facts); i++) {
        const struct {
            const char  *name;
            int          add;
        } times[] = {
            { "exp", facts[i].exp }, { "nbf", facts[i].nbf },
            { "iat", facts[i].iat },
        };
        size_t  k;

        renew();
        o = claims(facts[i].more);
        for (k = 0; k < ROWS(times); k++) {
            if (times[k].add != 0) {
                json_object_set_new(o, times[k].name,
                    json_integer(clock_now_s() + times[k].add));
            }
        }
        CHECK_ROW(i, token_verify(C, &fx.realm, sign("ES256", o), "T",
                                  facts[i].flags, &out) == facts[i].want);
        CHECK_ROW(i, token_verify_hmac(C, &fx.realm, sign("HS512", o), "T",
                                       facts[i].flags, &out)
                     == facts[i].want);
    }
}


static void
malformed_tokens_are_refused(void **state)
{
    static const char *const  tokens[] = {
        "", ".", "..", "...", "a.b.c", "e30.e30.", "e30.e30.AAAA",
        "e30.e30", " e30.e30.AA", "e30.e30.AA.AA.AA"
    };
    char                     *huge;
    const json_t             *o;
    enum ab_err               e;
    size_t                    i;

    (void) state;
    renew();
    for (i = 0; i < ROWS(tokens); i++) {
        e = token_verify(C, &fx.realm, tokens[i], "T", 0, &o);
        CHECK_ROW(i, e == AB_E_TOKEN_FORMAT || e == AB_E_TOKEN_ALG);
        e = token_verify_hmac(C, &fx.realm, tokens[i], "T", 0, &o);
        CHECK_ROW(i, e == AB_E_TOKEN_FORMAT);
    }
    huge = arena_alloc(C->a, AB_MAX_JWT + 2);
    memset(huge, 'A', AB_MAX_JWT + 1);
    assert_int_equal(token_verify(C, &fx.realm, huge, "T", 0, &o),
                     AB_E_TOKEN_FORMAT);
    assert_int_equal(token_verify_hmac(C, &fx.realm, huge, "T", 0, &o),
                     AB_E_TOKEN_FORMAT);
}


/* RFC 4231 test case 2; OIDC Core A.3 and A.4. */
static void
known_answers(void **state)
{
    static const uint8_t  hs256[] = {
        0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e, 0x6a, 0x04, 0x24,
        0x26, 0x08, 0x95, 0x75, 0xc7, 0x5a, 0x00, 0x3f, 0x08, 0x9d, 0x27,
        0x39, 0x83, 0x9d, 0xec, 0x58, 0xb9, 0x64, 0xec, 0x38, 0x43
    };
    static const uint8_t  hs512_head[] = {
        0x16, 0x4b, 0x7a, 0x7b, 0xfc, 0xf8, 0x19, 0xe2
    };
    uint8_t               mac[64];

    (void) state;
    renew();
    assert_int_equal(token_hmac(alg_by_name("HS256"), AB_S("Jefe"),
                     AB_S("what do ya want for nothing?"), mac), 32);
    assert_memory_equal(mac, hs256, 32);
    assert_int_equal(token_hmac(alg_by_name("HS512"), AB_S("Jefe"),
                     AB_S("what do ya want for nothing?"), mac), 64);
    assert_memory_equal(mac, hs512_head, sizeof(hs512_head));
    assert_int_equal(token_hmac(alg_by_name("HS512"), AB_S(""), AB_S("x"),
                                mac), 0);
    assert_string_equal(token_half_hash(C, "RS256",
        AB_S("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y")),
        "77QmUPtjPfzWtF2AnpK9RQ");
    assert_string_equal(token_half_hash(C, "RS256",
        AB_S("Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk")),
        "LDktKdoQak3Pk0cnXxCltA");
    assert_int_equal(strlen(token_half_hash(C, "EdDSA", AB_S("x"))), 43);
    assert_null(token_half_hash(C, "none", AB_S("x")));
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
        cmocka_unit_test(every_algorithm_signs_and_verifies),
        cmocka_unit_test(the_workers_verifier_agrees),
        TEST("T-BE7: a changed signature fails for every algorithm",
             a_changed_signature_fails_for_every_algorithm),
        TEST("T-BE3: a header cannot choose the algorithm",
             a_header_cannot_choose_the_algorithm),
        TEST("T-BE4: a public key is no secret", a_public_key_is_no_secret),
        cmocka_unit_test(claims_are_checked),
        cmocka_unit_test(malformed_tokens_are_refused),
        cmocka_unit_test(known_answers),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
