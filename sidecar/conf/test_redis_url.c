/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_redis_url.c - addresses of Redis, good and bad.
 */
#include "test_rows.h"
#include "redis_url.h"


static void
good_addresses_are_taken_apart(void **state)
{
    static const struct {
        const char  *in, *path, *host, *user, *password;
        unsigned     port;
        bool         has_tls;
    } rows[] = {
        { "unix:/run/r.sock", "/run/r.sock", "", "", "", 6379, false },
        { "redis://h", "", "h", "", "", 6379, false },
        { "redis://h/", "", "h", "", "", 6379, false },
        { "redis://h:1/0", "", "h", "", "", 1, false },
        { "redis://127.0.0.1:65535", "", "127.0.0.1", "", "", 65535, false },
        { "redis://[::1]", "", "::1", "", "", 6379, false },
        { "redis://[::1]:7", "", "::1", "", "", 7, false },
        { "redis://u:p@h:7", "", "h", "u", "p", 7, false },
        { "redis://:p@h", "", "h", "", "p", 6379, false },
        { "redis://u%40x:p%3a%2F%25@h", "", "h", "u@x", "p:/%", 6379, false },
        { "rediss://h", "", "h", "", "", 6379, true },
    };
    struct redis_url  u;
    struct fail       f = { .code = AB_OK };
    size_t            i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        CHECK_ROW(i, redis_url_parse(&f, rows[i].in, &u) == AB_OK);
        CHECK_ROW(i, strcmp(u.path, rows[i].path) == 0);
        CHECK_ROW(i, strcmp(u.host, rows[i].host) == 0);
        CHECK_ROW(i, strcmp(u.user, rows[i].user) == 0);
        CHECK_ROW(i, strcmp(u.password, rows[i].password) == 0);
        CHECK_ROW(i, u.port == rows[i].port && u.has_tls == rows[i].has_tls);
        CHECK_ROW(i, u.is_unix == (rows[i].path[0] != '\0'));
    }
}


static void
bad_addresses_are_refused(void **state)
{
    static const char *const  rows[] = {
        "", "h", "unix:", "unix:relative", "http://h", "redis:h", "redis://",
        "redis:///0", "redis://h/1", "redis://h/0/", "redis://h?x=1",
        "redis://h:", "redis://h:0", "redis://h:65536", "redis://h:+1",
        "redis://h:01", "redis://h:1x", "redis://[::1", "redis://[]",
        "redis://[::1]7", "redis://u@h", "redis://u:@h", "redis://u:%zz@h",
        "redis://u:%00@h", "redis://a:b@c@h", "redis://h h", "redis://h\n",
        "redis://h%20", "redis://::1", "redis://h:1:2", "REDIS://h",
        "unix:/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    };
    struct redis_url  u = { .port = 1 };
    struct fail       f;
    size_t            i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        fail_clear(&f);
        CHECK_ROW(i, redis_url_parse(&f, rows[i], &u) == AB_E_OPTION);
        CHECK_ROW(i, f.code == AB_E_OPTION && u.port == 1);
    }
}


static void
a_password_is_not_told(void **state)
{
    struct redis_url  u;
    struct fail       f = { .code = AB_OK };

    (void) state;
    assert_int_equal(redis_url_parse(&f, "redis://u:hunter2@h:bad", &u),
                     AB_E_OPTION);
    assert_null(strstr(f.detail, "hunter2"));
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("good addresses are taken apart", good_addresses_are_taken_apart),
        TEST("bad addresses are refused", bad_addresses_are_refused),
        TEST("a password is not told", a_password_is_not_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
