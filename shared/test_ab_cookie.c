/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ab_cookie.c - tests of ab_cookie.
 */
#include "ab_cookie.h"
#include "ab_limits.h"
#include "test_rows.h"

static const struct ab_slice  session_name = { "auth", 4 };

static const struct {
    const char  *header;
    unsigned     count;
    bool         differ;
    const char  *value;
} found[] = {
    { "auth=x",                      1, false, "x" },
    { "a=1; auth=x; b=2",            1, false, "x" },
    { "a=1;auth=x;b=2",              1, false, "x" },
    { " \tauth=x \t",                1, false, "x" },
    { "auth=",                       1, false, "" },
    { "auth=x=y==",                  1, false, "x=y==" },
    { "auth=\"x\"",                  1, false, "\"x\"" },
    { "auth=x; auth=x",              2, false, "x" },
    { "auth=x; auth=y",              2, true,  "x" },
    { "auth=; auth=y",               2, true,  "" },
    { "",                            0, false, "" },
    { ";;; ;",                       0, false, "" },
    { "auth",                        0, false, "" },
    { "=auth",                       0, false, "" },
    { "=x",                          0, false, "" },
    { "Auth=x; AUTH=x",              0, false, "" },   /* any case in NGINX */
    { "a=1, auth=x",                 0, false, "" },   /* ',' in old NGINX */
    { "auth2=x; xauth=x; auth-=x",   0, false, "" },
    { "auth =x",                     0, false, "" },
    { "a=auth=x",                    0, false, "" },
};


static void
finds_exact_names(void **state)
{
    struct ab_cookie_hit  hit;
    size_t                i;

    (void) state;
    for (i = 0; i < ROWS(found); i++) {
        memset(&hit, 0, sizeof(hit));
        ab_cookie_find(ab_slice_str(found[i].header), &session_name, 1, &hit);
        CHECK_ROW(i, hit.count == found[i].count);
        CHECK_ROW(i, hit.differ == found[i].differ);
        CHECK_ROW(i, ab_slice_eq_str(hit.value, found[i].value));
    }
}


static void
finds_each_of_several(void **state)
{
    const struct ab_slice  names[] = { AB_S("a"), AB_S("auth"), AB_S("c") };
    struct ab_cookie_hit   hits[3] = { 0 };

    (void) state;
    ab_cookie_find(AB_S("auth=1; b=2; a=3; auth=4"), names, 3, hits);
    assert_int_equal(hits[0].count, 1);
    assert_true(ab_slice_eq_str(hits[0].value, "3"));
    assert_int_equal(hits[1].count, 2);
    assert_true(hits[1].differ);
    assert_true(ab_slice_eq_str(hits[1].value, "1"));
    assert_int_equal(hits[2].count, 0);
}


static void
sees_all_headers(void **state)
{
    struct ab_cookie_hit  hit = { { NULL, 0 }, 0, false };

    (void) state;
    ab_cookie_find(AB_S("auth=x"), &session_name, 1, &hit);
    ab_cookie_find(AB_S("b=1"), &session_name, 1, &hit);
    assert_false(hit.differ);
    ab_cookie_find(AB_S("auth=planted"), &session_name, 1, &hit);
    assert_true(hit.differ);
    assert_int_equal(hit.count, 2);
}


static void
survives_a_megabyte(void **state)
{
    struct ab_cookie_hit  hit = { { NULL, 0 }, 0, false };
    struct ab_slice       names[1] = { AB_S("auth") };
    size_t                len = 1024 * 1024, i;
    char                 *mem = malloc(len);

    (void) state;
    assert_non_null(mem);
    memset(mem, 'x', len);
    memcpy(mem, "auth=", 5);
    ab_cookie_find(ab_slice(mem, len), &session_name, 1, &hit);
    assert_int_equal(hit.count, 1);
    assert_true(hit.differ);            /* too long to be one of ours */
    assert_int_equal(hit.value.len, 0);

    memset(&hit, 0, sizeof(hit));
    ab_cookie_find(ab_slice(mem, 5 + AB_MAX_COOKIE_VALUE), &session_name, 1,
                   &hit);
    assert_false(hit.differ);
    assert_int_equal(hit.value.len, AB_MAX_COOKIE_VALUE);

    for (i = 0; i < len; i++) {
        mem[i] = "auth=1;"[i % 7];
    }
    memset(&hit, 0, sizeof(hit));
    ab_cookie_find(ab_slice(mem, len), &session_name, 1, &hit);
    assert_int_equal(hit.count, len / 7);
    assert_false(hit.differ);
    assert_true(ab_cookie_cut(mem, &len, names, 1));
    assert_true(ab_slice_eq_str(ab_slice(mem, len), "auth"));   /* no '=' */
    free(mem);
}


static const struct {
    const char  *in;
    const char  *want;      /* NULL: nothing cut, bytes untouched */
} cut[] = {
    { "auth=x",                          "" },
    { "auth=x; auth-login=y",            "" },
    { "a=1; auth=x; b=2",                "a=1; b=2" },
    { "auth=x; a=1; b=2",                "a=1; b=2" },
    { "a=1; b=2; auth=x",                "a=1; b=2" },
    { "a=1;b=2;auth=x",                  "a=1;b=2" },
    { "a;b;c;d;auth=x",                  "a;b;c;d" },
    { "auth=x;a;b;c;d",                  "a;b;c;d" },
    { "auth=1; a=1; auth=2; b; auth=3",  "a=1; b" },
    { "auth=x; ; ;",                     "" },
    { "  auth=x  ",                      "" },
    { "auth=x;  a=\"q q\"",              "a=\"q q\"" },
    { "Auth=x",                          NULL },
    { "a=1; authx=2",                    NULL },
    { "",                                NULL },
    { " ; ; ",                           NULL },
    { " ; a=1 ; b",                      NULL },
    { " ; a=1 ;auth=x; b",               "a=1; b" },
};


static void
cuts_ours_only(void **state)
{
    const struct ab_slice  names[] = { AB_S("auth"), AB_S("auth-login") };
    char                   mem[100];
    size_t                 i, len;
    bool                   was;

    (void) state;
    for (i = 0; i < ROWS(cut); i++) {
        len = strlen(cut[i].in);
        memcpy(mem, cut[i].in, len);
        was = ab_cookie_cut(mem, &len, names, 2);
        CHECK_ROW(i, was == (cut[i].want != NULL));
        CHECK_ROW(i, ab_slice_eq_str(ab_slice(mem, len),
                                     was ? cut[i].want : cut[i].in));
    }
}


static void
names_what_comes_back(void **state)
{
    static const char *const  rows[][2] = {
        { "auth=x; Path=/", "auth" }, { " auth = x", "auth" },
        { "auth", "auth" }, { "=auth=x", "auth" }, { " = auth=x", "auth" },
        { "", "" }, { ";auth=x", "" }, { "=", "" }, { "=x; auth=y", "x" },
    };
    size_t  i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        CHECK_ROW(i, ab_slice_eq_str(
                         ab_set_cookie_name(ab_slice_str(rows[i][0])),
                         rows[i][1]));
    }
}


static void
formats(void **state)
{
    static const struct {
        int          flags;
        long         max_age;
        const char  *want;
    } rows[] = {
        { 0, -1, "n=v; Path=/" },
        { AB_COOKIE_HTTP_ONLY | AB_COOKIE_SECURE | AB_COOKIE_LAX, -1,
          "n=v; Path=/; HttpOnly; Secure; SameSite=Lax" },
        { AB_COOKIE_SECURE | AB_COOKIE_NONE, 0,
          "n=v; Path=/; Max-Age=0; Secure; SameSite=None" },
        { 0, 600, "n=v; Path=/; Max-Age=600" },
    };
    struct ab_buf  b;
    size_t         i;

    (void) state;
    ab_buf_init(&b, 200);
    for (i = 0; i < ROWS(rows); i++) {
        ab_buf_reset(&b);
        ab_cookie_format(&b, AB_S("n"), AB_S("v"), "/", rows[i].flags,
                         rows[i].max_age);
        CHECK_ROW(i, ab_slice_eq_str(ab_buf_slice(&b), rows[i].want));
    }
    ab_buf_reset(&b);
    ab_cookie_format(&b, AB_S("n"), AB_S("v; Domain=evil"), "/", 0, -1);
    assert_true(b.failed && b.len == 0);
    ab_buf_reset(&b);
    ab_cookie_format(&b, AB_S("n"), AB_S("v\r\nX: y"), "/", 0, -1);
    assert_true(b.failed && b.len == 0);
    ab_buf_clear(&b);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("T-SE2: only exact names between ';' are found",
             finds_exact_names),
        TEST("several names in one walk", finds_each_of_several),
        TEST("T-SE10: a second, different cookie of our name is noticed",
             sees_all_headers),
        TEST("T-SE2: a megabyte, or 150,000 cookies, does no harm",
             survives_a_megabyte),
        TEST("T-HD12: our cookies are cut, the others keep their bytes",
             cuts_ours_only),
        TEST("T-SE16: a Set-Cookie is named as the browser sends it back",
             names_what_comes_back),
        TEST("T-SE5: attributes are written, no value breaks out", formats),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
