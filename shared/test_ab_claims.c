/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ab_claims.c - tests of ab_claims.
 */
#include "ab_claims.h"
#include "ab_limits.h"
#include "test_rows.h"
#include "test_alloc.h"

/* Accepted as any value, as an object. */
static const struct {
    struct ab_slice  in;
    bool             value;
    bool             object;
} documents[] = {
    { S("{}"), true, true },
    { S(" {\"a\":1} "), true, true },
    { S("{\"a\":{\"b\":[1,2,{}]}}"), true, true },
    { S("{\"a\":\"]}[{\\\"\"}"), true, true },
    { S("[]"), true, false },
    { S("\"a\""), true, false },
    { S("1"), true, false },
    { S("null"), true, false },
    { S(""), false, false },
    { S(" "), false, false },
    { S("{"), false, false },
    { S("{}x"), false, false },
    { S("{}{}"), false, false },
    { S("{}\0"), false, false },
    { S("{\"a\":1,\"a\":1}"), false, false },
    { S("{\"a\":{\"b\":1,\"b\":2}}"), false, false },
    { S("[{\"b\":1,\"\\u0062\":2}]"), false, false },
    { S("{\"a\":\"x\0y\"}"), false, false },
    { S("{\"a\":\"x\\u0000y\"}"), false, false },
    { S("{\"a\\u0000\":1}"), false, false },
    { S("{\"a\":\"\xff\"}"), false, false },
    { S("{\"a\":\"\xc0\xaf\"}"), false, false },
    { S("{\"a\":\"\xed\xa0\x80\"}"), false, false },
    { S("{\"a\":\"\\ud800\"}"), false, false },
    { S("\xef\xbb\xbf{}"), false, false },
    { S("{\"a\":01}"), false, false },
    { S("{\"a\":1e999}"), false, false },
    { S("{\"a\":99999999999999999999}"), false, false },
    { S("{\"a\":NaN}"), false, false },
    { S("{'a':1}"), false, false },
    { S("{a:1}"), false, false },
    { S("{\"a\":1,}"), false, false },
    { S("{\"a\":1}//"), false, false },
};


static void
parses_strictly(void **state)
{
    json_t       *doc;
    size_t        i;
    enum ab_err   e;

    (void) state;
    for (i = 0; i < ROWS(documents); i++) {
        e = ab_json_parse(documents[i].in, &doc);
        CHECK_ROW(i, e == (documents[i].value ? AB_OK : AB_E_JSON));
        if (e == AB_OK) {
            json_decref(doc);
        }
        e = ab_claims_parse(documents[i].in, &doc);
        CHECK_ROW(i, e == (documents[i].object ? AB_OK : AB_E_JSON));
        if (e == AB_OK) {
            json_decref(doc);
        }
    }
}


static void
has_limits(void **state)
{
    char     mem[4 * AB_MAX_JSON_DEPTH];
    char    *large = malloc(AB_MAX_JSON + 1);
    json_t  *doc;
    size_t   depth;

    (void) state;
    for (depth = 1; depth <= AB_MAX_JSON_DEPTH + 1; depth++) {
        memset(mem, '[', depth);
        memset(mem + depth, ']', depth);
        CHECK_ROW(depth, ab_json_parse(ab_slice(mem, 2 * depth), &doc)
                         == (depth <= AB_MAX_JSON_DEPTH ? AB_OK : AB_E_JSON));
        if (depth <= AB_MAX_JSON_DEPTH) {
            json_decref(doc);
        }
    }
    assert_non_null(large);
    memset(large, ' ', AB_MAX_JSON + 1);
    memcpy(large, "{}", 2);
    assert_int_equal(ab_claims_parse(ab_slice(large, AB_MAX_JSON), &doc),
                     AB_OK);
    json_decref(doc);
    assert_int_equal(ab_claims_parse(ab_slice(large, AB_MAX_JSON + 1), &doc),
                     AB_E_JSON);
    memset(large, '[', AB_MAX_JSON);
    assert_int_equal(ab_json_parse(ab_slice(large, AB_MAX_JSON), &doc),
                     AB_E_JSON);
    free(large);
}


static json_t *
parse(const char *text)
{
    json_t  *doc = NULL;

    assert_int_equal(ab_claims_parse(ab_slice_str(text), &doc), AB_OK);
    return doc;
}


static void
reads_texts(void **state)
{
    json_t           *o = parse("{\"t\":\"x\",\"e\":\"\",\"n\":1,\"z\":null,"
                                "\"a\":[\"x\"]}");
    struct ab_slice   v = AB_S("kept");

    (void) state;
    assert_int_equal(ab_claims_text(o, "n", &v), AB_E_TOKEN_CLAIM);
    assert_int_equal(ab_claims_text(o, "z", &v), AB_E_TOKEN_CLAIM);
    assert_int_equal(ab_claims_text(o, "a", &v), AB_E_TOKEN_CLAIM);
    assert_int_equal(ab_claims_text(o, "q", &v), AB_E_TOKEN_CLAIM);
    assert_true(ab_slice_eq_str(v, "kept"));
    assert_int_equal(ab_claims_text(o, "t", &v), AB_OK);
    assert_true(ab_slice_eq_str(v, "x"));
    assert_int_equal(ab_claims_text(o, "e", &v), AB_OK);
    assert_int_equal(v.len, 0);
    assert_true(ab_claims_has(o, "z"));
    assert_false(ab_claims_has(o, "q"));
    assert_false(ab_claims_has(NULL, "q"));
    json_decref(o);
}


static void
reads_times(void **state)
{
    static const struct {
        const char  *text;
        bool         ok;
        int64_t      want;
    } rows[] = {
        { "{\"t\":0}", true, 0 }, { "{\"t\":1700000000}", true, 1700000000 },
        { "{\"t\":2147483648}", true, 2147483648 },
        { "{\"t\":9223372036854775807}", true, INT64_MAX },
        { "{\"t\":-9223372036854775808}", true, INT64_MIN },
        { "{\"t\":-1}", true, -1 },
        { "{\"t\":1700000000.9}", true, 1700000000 },
        { "{\"t\":1.7e9}", true, 1700000000 },
        { "{\"t\":9007199254740992.0}", true, 9007199254740992 },
        { "{\"t\":9007199254740994.0}", false, 0 },
        { "{\"t\":-9007199254740994.0}", false, 0 },
        { "{\"t\":1e300}", false, 0 }, { "{\"t\":\"1\"}", false, 0 },
        { "{\"t\":null}", false, 0 }, { "{\"t\":true}", false, 0 },
        { "{\"t\":[1]}", false, 0 }, { "{}", false, 0 },
    };
    json_t   *o;
    int64_t   v;
    size_t    i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        o = parse(rows[i].text);
        v = 77;
        CHECK_ROW(i, ab_claims_time(o, "t", &v)
                     == (rows[i].ok ? AB_OK : AB_E_TOKEN_CLAIM));
        CHECK_ROW(i, v == (rows[i].ok ? rows[i].want : 77));
        json_decref(o);
    }
}


static void
finds_an_audience(void **state)
{
    static const struct {
        const char  *text;
        bool         want;
    } rows[] = {
        { "{\"aud\":\"a\"}", true }, { "{\"aud\":[\"a\"]}", true },
        { "{\"aud\":[\"b\",\"a\"]}", true }, { "{\"aud\":\"A\"}", false },
        { "{\"aud\":\"ab\"}", false }, { "{\"aud\":\"b a\"}", false },
        { "{\"aud\":[]}", false }, { "{\"aud\":[[\"a\"]]}", false },
        { "{\"aud\":[\"a\",1]}", false }, { "{\"aud\":[1,\"a\"]}", false },
        { "{\"aud\":{\"a\":\"a\"}}", false }, { "{\"aud\":null}", false },
        { "{}", false },
    };
    json_t  *o;
    size_t   i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        o = parse(rows[i].text);
        CHECK_ROW(i, ab_claims_contains(o, "aud", AB_S("a"))
                     == rows[i].want);
        json_decref(o);
    }
    o = parse("{\"aud\":\"\"}");
    assert_false(ab_claims_contains(o, "none", AB_S("")));
    json_decref(o);
}


static void
walks_paths(void **state)
{
    json_t  *o = parse("{\"a\":{\"b.c\":{\"d\":1},\"e\":2},\"\":3,"
                       "\"f\\\\\":4,\"l\":[{\"x\":5}]}");
    static const struct {
        const char  *path;
        int          want;      /* 0: absent */
    } rows[] = {
        { "a.e", 2 }, { "a.b\\.c.d", 1 }, { "", 3 }, { "f\\", 4 },
        { "a.b.c.d", 0 }, { "a.e.f", 0 }, { "x", 0 }, { "a.", 0 },
        { ".a", 0 }, { "l.0.x", 0 }, { "l.x", 0 },
    };
    char     longest[600];
    size_t   i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        CHECK_ROW(i, json_integer_value(ab_claims_path(o, rows[i].path))
                     == rows[i].want);
    }
    memset(longest, 'x', sizeof(longest));
    longest[sizeof(longest) - 1] = '\0';
    assert_null(ab_claims_path(o, longest));
    assert_null(ab_claims_path(NULL, "a"));
    json_decref(o);
}


static void
runs_out_of_memory(void **state)
{
    struct ab_slice  in = AB_S("{\"a\":[1,2.5,\"text\",{\"b\":true}],\"c\":"
                               "{\"d\":{\"e\":null,\"f\":\"\\u00e4\"}},"
                               "\"g\":1,\"h\":2,\"i\":3,\"j\":4,\"k\":5}");
    json_t          *doc;
    enum ab_err      e;
    int              n;

    (void) state;
    for (n = 1; n < 1000; n++) {
        doc = NULL;
        test_alloc_fail_at(n);
        e = ab_claims_parse(in, &doc);
        if (e == AB_OK) {
            json_decref(doc);
        }
        CHECK_ROW(n, test_alloc_live() == 0);
        if (!test_alloc_was_hit()) {
            assert_int_equal(e, AB_OK);
            break;
        }
        /* Inside a text jansson calls it an invalid token. */
        CHECK_ROW(n, (e == AB_E_NOMEM || e == AB_E_JSON) && doc == NULL);
    }
    assert_in_range(n, 20, 999);
    test_alloc_fail_at(0);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("T-LG3: one strict document, no repeated members",
             parses_strictly),
        TEST("depth and size have a limit", has_limits),
        TEST("T-BE6: texts carry their length, and are texts", reads_texts),
        TEST("T-SE11: times are whole numbers in range", reads_times),
        TEST("T-BE2: an audience is one text, or a list of texts",
             finds_an_audience),
        TEST("paths are followed through objects", walks_paths),
        TEST("each failed allocation is an error without a leak",
             runs_out_of_memory),
    };

    test_alloc_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
