/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ab_jws.c - tests of ab_jws.
 */
#include "ab_jws.h"
#include "ab_claims.h"
#include "ab_limits.h"
#include "test_alloc.h"
#include "test_jose.h"
#include "test_rows.h"

#include <openssl/err.h>
#include <openssl/x509.h>

/* One key for each algorithm: how to make it, what it is bound to. */
static struct {
    const char    *type;
    enum ab_alg    alg;
    EVP_PKEY      *pkey;
    struct ab_jwk  key;
} signers[] = {
    { "RSA",     AB_ALG_RS256, NULL, { NULL, 0, NULL, 0 } },
    { "RSA",     AB_ALG_RS384, NULL, { NULL, 0, NULL, 0 } },
    { "RSA",     AB_ALG_RS512, NULL, { NULL, 0, NULL, 0 } },
    { "RSA",     AB_ALG_PS256, NULL, { NULL, 0, NULL, 0 } },
    { "RSA",     AB_ALG_PS384, NULL, { NULL, 0, NULL, 0 } },
    { "RSA",     AB_ALG_PS512, NULL, { NULL, 0, NULL, 0 } },
    { "P-256",   AB_ALG_ES256, NULL, { NULL, 0, NULL, 0 } },
    { "P-384",   AB_ALG_ES384, NULL, { NULL, 0, NULL, 0 } },
    { "P-521",   AB_ALG_ES512, NULL, { NULL, 0, NULL, 0 } },
    { "ED25519", AB_ALG_EDDSA, NULL, { NULL, 0, NULL, 0 } },
    { "ED448",   AB_ALG_EDDSA, NULL, { NULL, 0, NULL, 0 } },
};


static int
make_keys(void **state)
{
    unsigned char  *der;
    size_t          i;
    int             len;

    (void) state;
    for (i = 0; i < ROWS(signers); i++) {
        signers[i].pkey = test_keygen(signers[i].type);
        der = NULL;
        len = i2d_PUBKEY(signers[i].pkey, &der);
        if (ab_jwk_from_spki(ab_slice(der, (size_t) len), signers[i].alg,
                             AB_S("kid-1"), &signers[i].key) != AB_OK)
        {
            return -1;
        }
        OPENSSL_free(der);
    }
    return 0;
}


static int
free_keys(void **state)
{
    size_t  i;

    (void) state;
    for (i = 0; i < ROWS(signers); i++) {
        EVP_PKEY_free(signers[i].pkey);
        ab_jwk_clear(&signers[i].key);
    }
    return 0;
}


/* A token of signer i with {"alg":…,"kid":"kid-1"}. */
static void
make(size_t i, struct ab_buf *out, const char *payload)
{
    char  header[100];

    snprintf(header, sizeof(header), "{\"alg\":\"%s\",\"kid\":\"kid-1\"}",
             ab_alg_name(signers[i].alg));
    ab_buf_reset(out);
    test_jws(out, signers[i].pkey, signers[i].alg, header, payload);
    assert_false(out->failed);
}


static void
knows_the_rfcs(void **state)
{
    static const struct {
        const char  *jwk;
        const char  *jws;
    } rows[] = {
        { "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"" RFC7515_A2_N
          "\",\"e\":\"AQAB\"}]}", RFC7515_A2_JWS },
        { "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\""
          RFC7515_A3_X "\",\"y\":\"" RFC7515_A3_Y "\"}]}", RFC7515_A3_JWS },
        { "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\""
          RFC8037_A_X "\"}]}", RFC8037_A4_JWS },
    };
    struct ab_jwk_set  set;
    struct ab_jws      jws;
    json_t            *claims;
    int64_t            exp;
    size_t             i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        CHECK_ROW(i, ab_jwk_set_parse(ab_slice_str(rows[i].jwk), &set, NULL)
                     == AB_OK);
        CHECK_ROW(i, ab_jws_split(ab_slice_str(rows[i].jws), &jws) == AB_OK);
        CHECK_ROW(i, !jws.has_kid && jws.typ[0] == '\0');
        CHECK_ROW(i, ab_jws_verify(&jws, &set, AB_ALGS_ALL) == AB_OK);
        CHECK_ROW(i, ab_jws_verify(&jws, &set, AB_ALG_BIT(jws.alg)) == AB_OK);
        CHECK_ROW(i, ab_jws_verify(&jws, &set,
                                   AB_ALGS_ALL & ~AB_ALG_BIT(jws.alg))
                     == AB_E_TOKEN_ALG);
        ab_jwk_set_clear(&set);
    }
    assert_int_equal(ab_jws_claims(&jws, &claims), AB_E_TOKEN_FORMAT);
    assert_int_equal(ab_jws_split(AB_S(RFC7515_A2_JWS), &jws), AB_OK);
    assert_int_equal(ab_jws_claims(&jws, &claims), AB_OK);
    assert_int_equal(ab_claims_time(claims, "exp", &exp), AB_OK);
    assert_int_equal(exp, 1300819380);
    json_decref(claims);
}


static void
each_algorithm_verifies(void **state)
{
    struct ab_buf   b;
    struct ab_jws   jws;
    json_t         *claims;
    size_t          i, j;

    (void) state;
    ab_buf_init(&b, 10000);
    for (i = 0; i < ROWS(signers); i++) {
        make(i, &b, "{\"sub\":\"s\"}");
        CHECK_ROW(i, ab_jws_split(ab_buf_slice(&b), &jws) == AB_OK);
        CHECK_ROW(i, jws.has_kid && strcmp(jws.kid, "kid-1") == 0);
        CHECK_ROW(i, ab_jws_verify_key(&jws, &signers[i].key, AB_ALGS_ALL)
                     == AB_OK);
        CHECK_ROW(i, ab_jws_claims(&jws, &claims) == AB_OK);
        json_decref(claims);
        /* Nobody else's key, and no key of another algorithm. */
        for (j = 0; j < ROWS(signers); j++) {
            if (j != i) {
                CHECK_ROW(i, ab_jws_verify_key(&jws, &signers[j].key,
                                               AB_ALGS_ALL)
                             == (signers[j].alg == signers[i].alg
                                 ? AB_E_TOKEN_SIG : AB_E_TOKEN_ALG));
            }
        }
        CHECK_ROW(i, ERR_peek_error() == 0);
    }
    ab_buf_clear(&b);
}


/* Replace the signature of the token in b by these bytes. */
static void
set_signature(struct ab_buf *b, const void *sig, size_t len)
{
    while (b->p[b->len - 1] != '.') {
        b->len--;
    }
    ab_b64url_add(b, ab_slice(sig, len));
    assert_false(b->failed);
}


static void
wrong_signatures_fail(void **state)
{
    unsigned char    sig[2048];
    struct ab_buf    b;
    struct ab_jws    jws;
    size_t           i, len, bit, n;

    (void) state;
    memset(sig, 0, sizeof(sig));
    ab_buf_init(&b, 10000);
    for (i = 0; i < ROWS(signers); i++) {
        make(i, &b, "{\"sub\":\"s\"}");
        assert_int_equal(ab_jws_split(ab_buf_slice(&b), &jws), AB_OK);
        assert_int_equal(ab_b64url_decode(sig, sizeof(sig),
                                          jws.signature_raw, &len), AB_OK);
        for (bit = 0; bit < len * 8; bit += 5) {
            sig[bit / 8] ^= (unsigned char) (1 << bit % 8);
            set_signature(&b, sig, len);
            CHECK_ROW(i, ab_jws_split(ab_buf_slice(&b), &jws) == AB_OK);
            CHECK_ROW(i, ab_jws_verify_key(&jws, &signers[i].key, AB_ALGS_ALL)
                         == AB_E_TOKEN_SIG);
            sig[bit / 8] ^= (unsigned char) (1 << bit % 8);
        }
        /* Every other width: none to too many, zero-padded on the right. */
        for (n = 0; n <= 1100; n = n < 300 ? n + 1 : n + 50) {
            memset(sig + len, 0, sizeof(sig) - len);
            set_signature(&b, sig, n);
            CHECK_ROW(i, ab_jws_split(ab_buf_slice(&b), &jws) == AB_OK);
            CHECK_ROW(i, ab_jws_verify_key(&jws, &signers[i].key, AB_ALGS_ALL)
                         == (n == len ? AB_OK : AB_E_TOKEN_SIG));
        }
        /* All zeros of the right width. */
        memset(sig, 0, sizeof(sig));
        set_signature(&b, sig, len);
        assert_int_equal(ab_jws_split(ab_buf_slice(&b), &jws), AB_OK);
        CHECK_ROW(i, ab_jws_verify_key(&jws, &signers[i].key, AB_ALGS_ALL)
                     == AB_E_TOKEN_SIG);
        CHECK_ROW(i, ERR_peek_error() == 0);
    }
    ab_buf_clear(&b);
}


/* r ‖ s with each one byte narrower, wider or DER around them. */
static void
ecdsa_widths_are_exact(void **state)
{
    static const size_t  rows[] = { 6, 7, 8 };
    unsigned char        sig[200], other[200];
    struct ab_buf        b;
    struct ab_jws        jws;
    size_t               i, row, len, w;

    (void) state;
    ab_buf_init(&b, 10000);
    for (row = 0; row < ROWS(rows); row++) {
        i = rows[row];
        make(i, &b, "{}");
        assert_int_equal(ab_jws_split(ab_buf_slice(&b), &jws), AB_OK);
        assert_int_equal(ab_b64url_decode(sig, sizeof(sig),
                                          jws.signature_raw, &len), AB_OK);
        w = len / 2;
        memset(other, 0, sizeof(other));
        memcpy(other + 1, sig, w);
        memcpy(other + w + 2, sig + w, w);
        set_signature(&b, other, len + 2);          /* leading zeros */
        assert_int_equal(ab_jws_split(ab_buf_slice(&b), &jws), AB_OK);
        CHECK_ROW(row, ab_jws_verify_key(&jws, &signers[i].key, AB_ALGS_ALL)
                       == AB_E_TOKEN_SIG);
        memcpy(other, sig + 1, w - 1);
        memcpy(other + w - 1, sig + w + 1, w - 1);
        set_signature(&b, other, len - 2);
        assert_int_equal(ab_jws_split(ab_buf_slice(&b), &jws), AB_OK);
        CHECK_ROW(row, ab_jws_verify_key(&jws, &signers[i].key, AB_ALGS_ALL)
                       == AB_E_TOKEN_SIG);
        memset(other, 0xff, sizeof(other));         /* r, s >= n */
        set_signature(&b, other, len);
        assert_int_equal(ab_jws_split(ab_buf_slice(&b), &jws), AB_OK);
        CHECK_ROW(row, ab_jws_verify_key(&jws, &signers[i].key, AB_ALGS_ALL)
                       == AB_E_TOKEN_SIG);
    }
    ab_buf_clear(&b);
}


/* Headers, as text; the token is signed by nobody. */
static const struct {
    const char   *header;
    enum ab_err   want;
} headers[] = {
    { "{\"alg\":\"RS256\"}", AB_OK },
    { "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"\"}", AB_OK },
    { "{\"alg\":\"RS256\",\"typ\":\"Application/At+JWT\"}", AB_OK },
    { "{\"alg\":\"RS256\",\"jku\":\"http://evil/\",\"x5u\":\"x\","
      "\"jwk\":{\"kty\":\"oct\"},\"x5c\":[]}", AB_OK },
    { "{\"alg\":\"RS256\",\"kid\":\"../../etc/passwd' OR 1=1\"}", AB_OK },
    { "{\"alg\":\"none\"}", AB_E_TOKEN_ALG },
    { "{\"alg\":\"None\"}", AB_E_TOKEN_ALG },
    { "{\"alg\":\"nOnE\"}", AB_E_TOKEN_ALG },
    { "{\"alg\":\"\"}", AB_E_TOKEN_ALG },
    { "{\"alg\":\"HS256\"}", AB_E_TOKEN_ALG },
    { "{\"alg\":\"RSA-OAEP\"}", AB_E_TOKEN_ALG },
    { "{\"alg\":1}", AB_E_TOKEN_ALG },
    { "{\"alg\":[\"RS256\"]}", AB_E_TOKEN_ALG },
    { "{\"Alg\":\"RS256\"}", AB_E_TOKEN_ALG },
    { "{}", AB_E_TOKEN_ALG },
    { "{\"alg\":\"RS256\",\"enc\":\"A128GCM\"}", AB_E_TOKEN_FORMAT },
    { "{\"alg\":\"none\",\"enc\":\"A128GCM\"}", AB_E_TOKEN_FORMAT },
    { "{\"alg\":\"RS256\",\"crit\":[\"exp\"],\"exp\":1}", AB_E_TOKEN_FORMAT },
    { "{\"alg\":\"RS256\",\"crit\":[]}", AB_E_TOKEN_FORMAT },
    { "{\"alg\":\"RS256\",\"b64\":false}", AB_E_TOKEN_FORMAT },
    { "{\"alg\":\"RS256\",\"b64\":true}", AB_E_TOKEN_FORMAT },
    { "{\"alg\":\"RS256\",\"alg\":\"none\"}", AB_E_TOKEN_FORMAT },
    { "{\"alg\":\"RS256\\u0000\"}", AB_E_TOKEN_FORMAT },
    { "{\"alg\":\"RS256\",\"kid\":\"a\\u0000b\"}", AB_E_TOKEN_FORMAT },
    { "{\"alg\":\"RS256\",\"kid\":1}", AB_E_TOKEN_FORMAT },
    { "{\"alg\":\"RS256\",\"typ\":1}", AB_E_TOKEN_FORMAT },
    { "{\"alg\":\"RS256\",\"typ\":\"0123456789012345678901234567890123456789"
      "0123456789012345678901234\"}", AB_E_TOKEN_FORMAT },
    { "[\"RS256\"]", AB_E_TOKEN_FORMAT },
    { "\"RS256\"", AB_E_TOKEN_FORMAT },
    { "", AB_E_TOKEN_FORMAT },
    { "{\"alg\":\"RS256\"", AB_E_TOKEN_FORMAT },
};


static void
headers_are_strict(void **state)
{
    struct ab_buf  b;
    struct ab_jws  jws;
    size_t         i;

    (void) state;
    ab_buf_init(&b, 10000);
    for (i = 0; i < ROWS(headers); i++) {
        ab_buf_reset(&b);
        ab_b64url_add(&b, ab_slice_str(headers[i].header));
        ab_buf_add_str(&b, ".e30.AA");
        CHECK_ROW(i, ab_jws_split(ab_buf_slice(&b), &jws)
                     == headers[i].want);
        if (i == 2) {
            CHECK_ROW(i, strcmp(jws.typ, "at+jwt") == 0);
        }
        if (i == 1) {
            CHECK_ROW(i, jws.has_kid && jws.kid_len == 0);
            CHECK_ROW(i, strcmp(jws.typ, "jwt") == 0);
        }
    }
    ab_buf_clear(&b);
}


static void
shapes_are_strict(void **state)
{
    static const struct {
        struct ab_slice  raw;
        enum ab_err      want;
    } rows[] = {
        { S("eyJhbGciOiJSUzI1NiJ9.e30.AA"), AB_OK },
        { S("eyJhbGciOiJSUzI1NiJ9.e30."), AB_OK },      /* fails later */
        { S("eyJhbGciOiJSUzI1NiJ9..AA"), AB_OK },
        { S(""), AB_E_TOKEN_FORMAT },
        { S("."), AB_E_TOKEN_FORMAT },
        { S(".."), AB_E_TOKEN_FORMAT },
        { S("...."), AB_E_TOKEN_FORMAT },
        { S("garbage"), AB_E_TOKEN_FORMAT },
        { S("eyJhbGciOiJSUzI1NiJ9.e30"), AB_E_TOKEN_FORMAT },
        { S("eyJhbGciOiJSUzI1NiJ9.e30.AA."), AB_E_TOKEN_FORMAT },
        { S("eyJhbGciOiJSUzI1NiJ9.e30.AA.AA.AA"), AB_E_TOKEN_FORMAT },
        { S("eyJhbGciOiJSUzI1NiJ9.e30=.AA"), AB_E_TOKEN_FORMAT },
        { S("eyJhbGciOiJSUzI1NiJ9.e30.AA=="), AB_E_TOKEN_FORMAT },
        { S("eyJhbGciOiJSUzI1NiJ9.e30.A"), AB_E_TOKEN_FORMAT },
        { S("eyJhbGciOiJSUzI1NiJ9.e+/.AA"), AB_E_TOKEN_FORMAT },
        { S("eyJhbGciOiJSUzI1NiJ9.e30.AA\n"), AB_E_TOKEN_FORMAT },
        { S("eyJhbGciOiJSUzI1NiJ9.e30.AA\0"), AB_E_TOKEN_FORMAT },
        { S(" eyJhbGciOiJSUzI1NiJ9.e30.AA"), AB_E_TOKEN_FORMAT },
        { S("eyJhbGciOiJSUzI1NiJ9 .e30.AA"), AB_E_TOKEN_FORMAT },
    };
    struct ab_jws   jws;
    char           *large = malloc(AB_MAX_JWT + 1);
    size_t          i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        CHECK_ROW(i, ab_jws_split(rows[i].raw, &jws) == rows[i].want);
    }
    assert_non_null(large);
    memset(large, 'A', AB_MAX_JWT + 1);
    memcpy(large, "eyJhbGciOiJSUzI1NiJ9.e30.AAA", 28);
    assert_int_equal(ab_jws_split(ab_slice(large, AB_MAX_JWT), &jws), AB_OK);
    assert_int_equal(ab_jws_split(ab_slice(large, AB_MAX_JWT - 2), &jws),
                     AB_E_TOKEN_FORMAT);            /* a lone last digit */
    assert_int_equal(ab_jws_split(ab_slice(large, AB_MAX_JWT + 1), &jws),
                     AB_E_TOKEN_FORMAT);
    memset(large, 'A', AB_MAX_JWT);                 /* a long header */
    memcpy(large + AB_MAX_JWT - 3, ".A.", 3);
    assert_int_equal(ab_jws_split(ab_slice(large, AB_MAX_JWT), &jws),
                     AB_E_TOKEN_FORMAT);
    free(large);
}


static void
keys_are_found_by_kid(void **state)
{
    struct ab_jwk      keys[2];
    struct ab_jwk_set  set = { 2, keys };
    struct ab_buf      b;
    struct ab_jws      jws;

    (void) state;
    ab_buf_init(&b, 10000);
    keys[0] = signers[0].key;           /* RS256, RS384 of two RSA keys */
    keys[1] = signers[1].key;
    make(0, &b, "{}");
    assert_int_equal(ab_jws_split(ab_buf_slice(&b), &jws), AB_OK);
    assert_int_equal(ab_jws_verify(&jws, &set, AB_ALGS_ALL), AB_OK);
    strcpy(jws.kid, "kid-2");
    assert_int_equal(ab_jws_verify(&jws, &set, AB_ALGS_ALL), AB_E_TOKEN_KEY);
    jws.has_kid = false;
    assert_int_equal(ab_jws_verify(&jws, &set, AB_ALGS_ALL), AB_OK);
    set.n = 0;
    assert_int_equal(ab_jws_verify(&jws, &set, AB_ALGS_ALL), AB_E_TOKEN_KEY);
    assert_int_equal(ab_jws_verify(&jws, &set, 0), AB_E_TOKEN_ALG);
    jws.alg = AB_ALG_NONE;
    assert_int_equal(ab_jws_verify(&jws, &set, AB_ALGS_ALL), AB_E_TOKEN_ALG);
    assert_int_equal(ab_jws_verify_key(&jws, &keys[0], UINT32_MAX),
                     AB_E_TOKEN_ALG);
    ab_buf_clear(&b);
}


static void
claims_are_strict(void **state)
{
    static const char *const  bad[] = {
        "", "[]", "1", "{}x", "{\"a\":1,\"a\":2}", "{\"sub\":\"a\\u0000b\"}",
    };
    struct ab_buf   b;
    struct ab_jws   jws;
    json_t         *claims;
    size_t          i;

    (void) state;
    ab_buf_init(&b, 10000);
    for (i = 0; i < ROWS(bad); i++) {
        make(6, &b, bad[i]);
        CHECK_ROW(i, ab_jws_split(ab_buf_slice(&b), &jws) == AB_OK);
        CHECK_ROW(i, ab_jws_verify_key(&jws, &signers[6].key, AB_ALGS_ALL)
                     == AB_OK);
        CHECK_ROW(i, ab_jws_claims(&jws, &claims) == AB_E_TOKEN_FORMAT);
    }
    ab_buf_clear(&b);
}


/* Whatever fails, a bad signature never passes, and nothing leaks. */
static void
runs_out_of_memory(void **state)
{
    struct ab_buf   b;
    struct ab_jws   jws;
    json_t         *claims;
    size_t          i;
    int             n;
    enum ab_err     e;

    (void) state;
    ab_buf_init(&b, 10000);
    for (i = 0; i < ROWS(signers); i++) {
        make(i, &b, "{\"sub\":\"s\"}");
        for (n = 1; n < 1000; n++) {
            test_alloc_fail_at(n);
            e = ab_jws_split(ab_buf_slice(&b), &jws);
            if (e == AB_OK) {
                e = ab_jws_verify_key(&jws, &signers[i].key, AB_ALGS_ALL);
            }
            if (e == AB_OK && (e = ab_jws_claims(&jws, &claims)) == AB_OK) {
                json_decref(claims);
            }
            CHECK_ROW(n, test_alloc_live() == 0);
            if (!test_alloc_was_hit()) {
                CHECK_ROW(i, e == AB_OK);
                break;
            }
        }
        test_alloc_fail_at(0);
        CHECK_ROW(i, n > 10 && n < 1000);
        b.p[b.len - 10] = b.p[b.len - 10] == 'A' ? 'B' : 'A';
        assert_int_equal(ab_jws_split(ab_buf_slice(&b), &jws), AB_OK);
        for (n = 1; n < 200; n++) {
            test_alloc_fail_at(n);
            CHECK_ROW(i, ab_jws_verify_key(&jws, &signers[i].key, AB_ALGS_ALL)
                         == AB_E_TOKEN_SIG);
        }
        test_alloc_fail_at(0);
    }
    ab_buf_clear(&b);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("RFC 7515 A.2 and A.3, RFC 8037 A.4", knows_the_rfcs),
        TEST("T-BE3: each algorithm verifies with its own key alone",
             each_algorithm_verifies),
        TEST("T-BE7: a bad signature fails for every algorithm",
             wrong_signatures_fail),
        TEST("T-BE9: ECDSA widths are exact", ecdsa_widths_are_exact),
        TEST("T-BE3, T-BE10: none, JWE, crit are refused, jku and jwk ignored",
             headers_are_strict),
        TEST("T-BE1: garbage is no token", shapes_are_strict),
        TEST("T-BE10: a key is found by its exact kid", keys_are_found_by_kid),
        TEST("T-BE6: claims are one strict object", claims_are_strict),
        TEST("without memory nothing passes and nothing leaks",
             runs_out_of_memory),
    };

    test_alloc_init();
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
