/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ab_uri.c - tests of ab_uri.
 */
#include "ab_uri.h"
#include "ab_limits.h"
#include "test_rows.h"

static const struct {
    const char  *in;
    const char  *host;
    uint16_t     port;
    const char  *path;
    const char  *query;         /* NULL: absent */
    const char  *fragment;
} good[] = {
    { "https://a.example", "a.example", 443, "", NULL, NULL },
    { "http://a.example/", "a.example", 80, "/", NULL, NULL },
    { "HTTPS://A.example:8443/p/q?x=1&y#f", "A.example", 8443, "/p/q",
      "x=1&y", "f" },
    { "https://a.example?", "a.example", 443, "", "", NULL },
    { "https://a.example#", "a.example", 443, "", NULL, "" },
    { "https://a.example/?u=https://b.example/?z", "a.example", 443, "/",
      "u=https://b.example/?z", NULL },
    { "http://[::1]:81/x", "::1", 81, "/x", NULL, NULL },
    { "http://127.0.0.1:65535/%41%zz", NULL, 0, NULL, NULL, NULL },
    { "http://127.0.0.1:65535/%41", "127.0.0.1", 65535, "/%41", NULL, NULL },
    { "http://u:p@a.example/", "a.example", 80, "/", NULL, NULL },
    { "http://a_b.example/;p=1@:", "a_b.example", 80, "/;p=1@:", NULL, NULL },
};


static bool
is(struct ab_slice got, const char *want)
{
    return want == NULL ? got.p == NULL
                        : got.p != NULL && ab_slice_eq_str(got, want);
}


static void
parses(void **state)
{
    struct ab_uri  u;
    size_t         i;
    enum ab_err    e;

    (void) state;
    for (i = 0; i < ROWS(good); i++) {
        memset(&u, 0, sizeof(u));
        e = ab_uri_parse(ab_slice_str(good[i].in), &u);
        if (good[i].host == NULL) {
            CHECK_ROW(i, e == AB_E_URI);
            continue;
        }
        CHECK_ROW(i, e == AB_OK);
        CHECK_ROW(i, is(u.host, good[i].host) && u.port == good[i].port);
        CHECK_ROW(i, is(u.path, good[i].path));
        CHECK_ROW(i, is(u.query, good[i].query));
        CHECK_ROW(i, is(u.fragment, good[i].fragment));
        CHECK_ROW(i, u.has_userinfo
                     == (strstr(good[i].in, "p@a") != NULL));
    }
}


static const struct ab_slice  bad[] = {
    /* schemes and slashes */
    S(""), S("https"), S("https:"), S("https:/"),
    S("https://"), S("http:host"), S("http:/host"),
    S("http:///host"), S("http:////host"), S("http://///host"),
    S("///host"), S("//host"), S("/path"), S("host"),
    S("ftp://a.example"), S("javascript://a.example/"),
    S(" https://a.example"), S("httpss://a.example"),
    /* hosts */
    S("http://?q"), S("http://:80/"), S("http://u@/"),
    S("http://a@b@c/"), S("http://a%2eb/"), S("http://a,b/"),
    S("http://[::1/"), S("http://[]/"), S("http://[::1]x/"),
    S("http://[::g]/"), S("http://[fe80::1%25eth0]/"),
    S("http://[v1.x]/"), S("http://::1/"), S("http://a]/"),
    /* ports */
    S("http://a:/"), S("http://a:0/"), S("http://a:65536/"),
    S("http://a:080/"), S("http://a:+80/"), S("http://a:8 /"),
    S("http://a:80:80/"), S("http://a:99999999999999999999/"),
    /* bytes */
    S("http://a/\\b"), S("http:\\\\a/"), S("http://a\\b/"),
    S("http://a/ b"), S("http://a/\tb"), S("http://a/\0b"),
    S("http://a/\x7f"), S("http://a/\xc2\xa0"),
    S("http://a/?\xe2\x80\xa8"), S("http://a/#\n"),
    S("http://a/#x\0y"), S("http://a/?x\0y"), S("http://a\0/"),
    S("http://a/#a#b"), S("http://a/<b>"), S("http://a/%"),
    S("http://a/%4"), S("http://a/%4g"), S("http://a/?%"),
};


static void
refuses(void **state)
{
    struct ab_uri  u;
    char           mem[AB_MAX_URI + 1];
    size_t         i;

    (void) state;
    for (i = 0; i < ROWS(bad); i++) {
        CHECK_ROW(i, ab_uri_parse(bad[i], &u) == AB_E_URI);
    }
    memset(mem, 'a', sizeof(mem));
    memcpy(mem, "http://a/", 9);
    assert_int_equal(ab_uri_parse(ab_slice(mem, AB_MAX_URI), &u), AB_OK);
    assert_int_equal(ab_uri_parse(ab_slice(mem, AB_MAX_URI + 1), &u),
                     AB_E_URI);
    memcpy(mem, "http://", 7);
    memset(mem + 7, 'a', AB_MAX_HOST + 1);
    assert_int_equal(ab_uri_parse(ab_slice(mem, 7 + AB_MAX_HOST), &u), AB_OK);
    assert_int_equal(ab_uri_parse(ab_slice(mem, 7 + AB_MAX_HOST + 1), &u),
                     AB_E_URI);
}


/* T-RD2 in full: no such byte anywhere in an address. */
static void
refuses_bytes_a_browser_skips(void **state)
{
    char            mem[64];
    struct ab_uri   u;
    unsigned        c, at;
    const char     *base = "https://a.example/p?q=1";
    size_t          len = strlen(base);

    (void) state;
    for (c = 0; c < 256; c++) {
        if (c > 0x20 && c < 0x7f && c != '\\') {
            continue;
        }
        for (at = 0; at <= len; at++) {
            memcpy(mem, base, at);
            mem[at] = (char) c;
            memcpy(mem + at + 1, base + at, len - at);
            CHECK_ROW(c << 8 | at, ab_uri_parse(ab_slice(mem, len + 1), &u)
                                   == AB_E_URI);
        }
    }
}


static void
compares_origins_by_part(void **state)
{
    static const struct {
        const char  *a, *b;
        bool         same;
    } rows[] = {
        { "https://a.example/x", "HTTPS://A.EXAMPLE:443/y", true },
        { "http://a.example", "http://a.example:80?q", true },
        { "http://[::1]/", "http://[::1]:80/", true },
        { "https://a.example", "http://a.example", false },
        { "https://a.example", "http://a.example:443", false },
        { "https://a.example", "https://a.example:444", false },
        { "https://example.com", "https://evilexample.com", false },
        { "https://example.com", "https://a.example.com", false },
        { "https://example.com", "https://example.com.", false },
        { "https://example.com", "https://example.com.evil", false },
        { "https://example.com", "https://example.com@evil", false },
    };
    struct ab_uri  a, b;
    size_t         i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        CHECK_ROW(i, ab_uri_parse(ab_slice_str(rows[i].a), &a) == AB_OK
                     && ab_uri_parse(ab_slice_str(rows[i].b), &b) == AB_OK);
        CHECK_ROW(i, ab_uri_same_origin(&a, &b) == rows[i].same);
    }
}


static void
knows_loopback(void **state)
{
    static const struct {
        const char  *host;
        bool         want;
    } rows[] = {
        { "localhost", true }, { "LocalHost", true }, { "a.localhost", true },
        { "a.b.LOCALHOST", true }, { "127.0.0.1", true },
        { "127.255.255.254", true }, { "::1", true }, { "[::1]", true },
        { "", false }, { ".localhost", false }, { "localhost.", false },
        { "localhost.evil", false }, { "notlocalhost", false },
        { "evil-localhost", false }, { "127.1", false },
        { "127.0.0.1.evil", false }, { "0127.0.0.1", false },
        { "128.0.0.1", false }, { "0.0.0.0", false }, { "::2", false },
        { "::ffff:127.0.0.1", false }, { "2130706433", false },
        { "a/.localhost", false }, { "a b.localhost", false },
        { "evil@a.localhost", false },
    };
    size_t  i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        CHECK_ROW(i, ab_host_is_loopback(ab_slice_str(rows[i].host))
                     == rows[i].want);
    }
    assert_false(ab_host_is_loopback(ab_slice("127.0.0.1\0", 10)));
}


static void
escapes(void **state)
{
    struct ab_buf  b;

    (void) state;
    ab_buf_init(&b, 300);
    ab_uri_add_escaped(&b, ab_slice("aZ09-._~ /%\xff\0&", 14));
    assert_true(ab_slice_eq_str(ab_buf_slice(&b),
                                "aZ09-._~%20%2F%25%FF%00%26"));
    ab_buf_reset(&b);
    ab_buf_add_str(&b, "https://a/p");
    ab_uri_add_param(&b, "x", AB_S("1&y=2"));
    ab_uri_add_param(&b, "z", AB_S(""));
    assert_true(ab_slice_eq_str(ab_buf_slice(&b),
                                "https://a/p?x=1%26y%3D2&z="));
    ab_buf_reset(&b);
    ab_buf_add_str(&b, "https://a/p?");
    ab_uri_add_param(&b, "x", AB_S("1"));
    assert_true(ab_slice_eq_str(ab_buf_slice(&b), "https://a/p?x=1"));
    ab_buf_reset(&b);
    ab_buf_add_str(&b, "https://a/p?w&");
    ab_uri_add_param(&b, "x", AB_S("1"));
    assert_true(ab_slice_eq_str(ab_buf_slice(&b), "https://a/p?w&x=1"));
    ab_buf_clear(&b);
}


static void
unescapes(void **state)
{
    static const char *const  bad_text[] = {
        "%", "%4", "%4g", "a%", "%00", "abc%0",
    };
    struct ab_buf  b;
    size_t         i;

    (void) state;
    ab_buf_init(&b, 100);
    assert_int_equal(ab_uri_unescape(&b, AB_S("a+%2b%41%ff")), AB_OK);
    assert_true(ab_slice_eq_str(ab_buf_slice(&b), "a++A\xff"));
    for (i = 0; i < ROWS(bad_text); i++) {
        CHECK_ROW(i, ab_uri_unescape(&b, ab_slice_str(bad_text[i]))
                     == AB_E_URI);
        CHECK_ROW(i, b.len == 5);
    }
    assert_int_equal(ab_uri_unescape(&b, ab_slice("a\0", 2)), AB_E_URI);
    ab_buf_clear(&b);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("addresses are split at their parts", parses),
        TEST("T-RD3: other slashes, hosts, ports and bytes are refused",
             refuses),
        TEST("T-RD2: bytes a browser skips are refused at every place",
             refuses_bytes_a_browser_skips),
        TEST("T-RD4: origins are compared by part, port included",
             compares_origins_by_part),
        TEST("T-RD7: only plain loopback names are loopback", knows_loopback),
        TEST("all but unreserved characters are escaped", escapes),
        TEST("T-BE6: a percent sequence of NUL is refused", unescapes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
