/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ab_return_path.c - tests of ab_return_path.
 */
#include "ab_uri.h"
#include "test_rows.h"


static void
paths_of_apps_are_kept(void **state)
{
    static const char *const  rows[] = {
        "/", "/a", "/a/b/", "/a//b", "/?", "/?q", "/a?u=https://b.example/",
        "/a?u=//evil", "/?return=/.auth/login", "/a?x=\\", "/a/.auth/",
        "/.authx", "/.aut", "/.well-known/x", "/...", "/.a", "/a..b",
        "/a/...", "/%41", "/a%20b", "/a%2fb", "/%e4", "/a?%", "/a?x=%zz",
        "/~u/;v=1", "/.auth.html", "/*", "/a%5cb", "/.AUTH/x", "/.auth%41",
    };
    size_t  i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        CHECK_ROW(i, ab_return_path_ok(ab_slice_str(rows[i])));
    }
}


static void
paths_to_elsewhere_are_refused(void **state)
{
    static const char *const  rows[] = {
        "/\\evil", "\\\\evil", "/%5cevil", "/%5Cevil", "/\t/evil",
        "/a\\b", "/a/\\evil", "//evil", "///evil", "/%2fevil", "/%2Fevil",
        "/%2f%2fevil", "\\/evil", "%2f/evil", "", "a", "evil.example",
        "https://evil", "http:evil", "http:/evil", "javascript:x", "?q", "#f",
        "/#f", "/a#f", "/a?b#f", "/%", "/%4", "/a%", "/%zz", "/%00",
        "/a%00b", "/%09/evil", "/%0a/evil", "/%20/evil", "/a%0d%0aX:y",
        "/%7f", "/%c0%afevil?", NULL,
    };
    size_t  i;

    (void) state;
    for (i = 0; rows[i] != NULL; i++) {
        /* An overlong '/' is no '/' to anybody who matters; kept. */
        bool  is_kept = strcmp(rows[i], "/%c0%afevil?") == 0;

        CHECK_ROW(i, ab_return_path_ok(ab_slice_str(rows[i])) == is_kept);
    }
    assert_false(ab_return_path_ok(ab_slice("/a\0b", 4)));
}


static void
bytes_a_browser_skips_are_refused(void **state)
{
    static const char  base[] = "/path?query";
    char               mem[32];
    size_t             len = strlen(base), at;
    unsigned           c;
    bool               ok;

    (void) state;
    for (c = 0; c < 256; c++) {
        for (at = 0; at <= len; at++) {
            memcpy(mem, base, at);
            mem[at] = (char) c;
            memcpy(mem + at + 1, base + at, len - at);
            ok = ab_return_path_ok(ab_slice(mem, len + 1));
            if (c <= 0x20 || c >= 0x7f || c == '#') {
                CHECK_ROW(c << 8 | at, !ok);
            }
        }
    }
    assert_false(ab_return_path_ok(AB_S("/\xc2\xa0")));
    assert_false(ab_return_path_ok(AB_S("/\xe2\x80\xa8/evil")));
}


static void
the_reserved_prefix_is_refused(void **state)
{
    static const char *const  rows[] = {
        "/.auth", "/.auth/", "/.auth/logout", "/.auth/login?return=/",
        "/.auth?x", "/%2eauth/logout", "/%2Eauth", "/.%61uth/logout",
        "/%2e%61%75%74%68/x", "/.auth%2flogout", "/./.auth/logout",
        "/x/../.auth/logout", "/x/%2e%2e/.auth/logout", "/.", "/..", "/x/.",
        "/x/..", "/x/../", "/x/%2e%2e", "/x%2f..%2f.auth/logout",
        "/%2e/.auth/", "/x/.%2e/.auth/logout",
    };
    size_t  i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        CHECK_ROW(i, !ab_return_path_ok(ab_slice_str(rows[i])));
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("T-RD8: legal paths pass, addresses in a query too",
             paths_of_apps_are_kept),
        TEST("T-RD1: what a browser reads as another host is refused",
             paths_to_elsewhere_are_refused),
        TEST("T-RD2: bytes a browser skips are refused at every place",
             bytes_a_browser_skips_are_refused),
        TEST("T-RD9: nothing leads under the reserved prefix",
             the_reserved_prefix_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
