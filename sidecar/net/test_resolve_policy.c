/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_resolve_policy.c - T-BR15: which addresses may be called.
 */
#include "resolve_policy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define NOTHING   "1.1.1.1"     /* an allow-list that opens nothing special */

static struct resolve_policy *
policy(const char *base_url, const char *allow)
{
    static char            text[128];
    static char           *entries[8];
    static struct options  opt;
    struct app             app = { .opt = &opt, .base_url = base_url };
    struct resolve_policy *p = NULL;
    struct fail            f = { .code = AB_OK };
    char                  *at, *rest;

    opt.outbound_allow.n = 0;
    opt.outbound_allow.v = entries;
    snprintf(text, sizeof(text), "%s", allow);
    for (at = strtok_r(text, ",", &rest); at != NULL;
         at = strtok_r(NULL, ",", &rest)) {
        entries[opt.outbound_allow.n++] = at;
    }
    return resolve_policy_new(&f, &app, &p) == AB_OK ? p : NULL;
}


static void
address(const char *text, struct sockaddr_storage *ret)
{
    struct sockaddr_in   *a4 = (void *) ret;
    struct sockaddr_in6  *a6 = (void *) ret;

    memset(ret, 0, sizeof(*ret));
    if (inet_pton(AF_INET, text, &a4->sin_addr) == 1) {
        a4->sin_family = AF_INET;
        return;
    }
    memset(ret, 0, sizeof(*ret));
    assert_int_equal(inet_pton(AF_INET6, text, &a6->sin6_addr), 1);
    a6->sin6_family = AF_INET6;
}


/* base: of the daemon; allow: --outbound-allow */
static const struct {
    const char  *base;
    const char  *allow;
    const char  *address;
    bool         wanted;
} rows[] = {
    { "https://id.example.com", "", "93.184.216.34",           true },
    { "https://id.example.com", "", "2606:2800:220:1::1",      true },
    { "https://id.example.com", "", "127.0.0.1",               false },
    { "https://id.example.com", "", "127.255.255.255",         false },
    { "https://id.example.com", "", "128.0.0.1",               true },
    { "https://id.example.com", "", "::1",                     false },
    { "https://id.example.com", "", "::",                      false },
    { "https://id.example.com", "", "0.0.0.0",                 false },
    { "https://id.example.com", "", "0.1.2.3",                 false },
    { "https://id.example.com", "", "10.0.0.1",                false },
    { "https://id.example.com", "", "11.0.0.1",                true },
    { "https://id.example.com", "", "172.15.255.255",          true },
    { "https://id.example.com", "", "172.16.0.1",              false },
    { "https://id.example.com", "", "172.31.255.255",          false },
    { "https://id.example.com", "", "172.32.0.1",              true },
    { "https://id.example.com", "", "192.168.1.1",             false },
    { "https://id.example.com", "", "169.254.1.1",             false },
    { "https://id.example.com", "", "169.254.169.254",         false },
    { "https://id.example.com", "", "100.64.0.1",              false },
    { "https://id.example.com", "", "100.127.255.255",         false },
    { "https://id.example.com", "", "100.128.0.1",             true },
    { "https://id.example.com", "", "224.0.0.1",               false },
    { "https://id.example.com", "", "255.255.255.255",         false },
    { "https://id.example.com", "", "198.18.0.1",              false },
    { "https://id.example.com", "", "fe80::1",                 false },
    { "https://id.example.com", "", "fc00::1",                 false },
    { "https://id.example.com", "", "fdff::1",                 false },
    { "https://id.example.com", "", "ff02::1",                 false },
    { "https://id.example.com", "", "::ffff:127.0.0.1",        false },
    { "https://id.example.com", "", "::ffff:10.0.0.1",         false },
    { "https://id.example.com", "", "::ffff:93.184.216.34",    true },
    { "https://id.example.com", "", "::127.0.0.1",             false },
    { "https://id.example.com", "", "2002:7f00:1::1",          false },
    { "https://id.example.com", "", "2002:5db8:d822::1",       true },
    { "https://id.example.com", "", "64:ff9b::127.0.0.1",      false },
    { "https://id.example.com", "", "64:ff9b::10.0.0.1",       false },
    { "https://id.example.com", "", "64:ff9b::93.184.216.34",  true },
    { "https://id.example.com", "", "64:ff9b::169.254.169.254", false },
    /* loopback is open by default for a loopback hostname only */
    { "http://localhost:8080",  "", "127.0.0.1",               true },
    { "http://id.localhost",    "", "::1",                     true },
    { "http://127.0.0.1:8080",  "", "::ffff:127.0.0.1",        true },
    { "http://localhost:8080",  "", "10.0.0.1",                false },
    { "http://localhost:8080",  "", "169.254.169.254",         false },
    { "http://localhost.evil.example", "", "127.0.0.1",        false },
    { "http://localhost:8080",  NOTHING, "127.0.0.1",          false },
    /* the list */
    { "https://id.example.com", "loopback", "127.0.0.1",       true },
    { "https://id.example.com", "loopback", "::1",             true },
    { "https://id.example.com", "loopback", "10.0.0.1",        false },
    { "https://id.example.com", "10.1.0.0/16", "10.1.255.1",   true },
    { "https://id.example.com", "10.1.0.0/16", "10.2.0.1",     false },
    { "https://id.example.com", "10.1.0.0/16", "::ffff:10.1.0.1", true },
    { "https://id.example.com", "10.0.0.0/9", "10.127.0.1",    true },
    { "https://id.example.com", "10.0.0.0/9", "10.128.0.1",    false },
    { "https://id.example.com", "10.0.0.7", "10.0.0.7",        true },
    { "https://id.example.com", "10.0.0.7", "10.0.0.8",        false },
    { "https://id.example.com", "fc00::/7,10.0.0.0/8", "fd12::1", true },
    { "https://id.example.com", "fc00::/7,10.0.0.0/8", "10.9.9.9", true },
    /* metadata stays shut whatever the list says */
    { "https://id.example.com", "0.0.0.0/0,::/0", "10.0.0.1",  true },
    { "https://id.example.com", "0.0.0.0/0,::/0", "169.254.169.254", false },
    { "https://id.example.com", "169.254.169.254", "169.254.169.254", false },
    { "https://id.example.com", "::/0", "::ffff:169.254.169.254", false },
    { "https://id.example.com", "::/0", "fd00:ec2::254",       false },
    { "https://id.example.com", "::/0", "64:ff9b::169.254.169.254", false },
    { "https://id.example.com", "0.0.0.0/0", "100.100.100.200", false },
};


static void
allows(void **state)
{
    struct sockaddr_storage  a;
    struct resolve_policy   *p;
    size_t                   i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        p = policy(rows[i].base, rows[i].allow);
        if (p == NULL) {
            fail_msg("row %zu: no policy", i);
        }
        address(rows[i].address, &a);
        if (resolve_policy_allows(p, (void *) &a) != rows[i].wanted) {
            fail_msg("row %zu: %s under '%s'", i, rows[i].address,
                     rows[i].allow);
        }
        resolve_policy_free(p);
    }
}


static void
other_families_are_refused(void **state)
{
    struct sockaddr        a = { .sa_family = AF_UNIX };
    struct resolve_policy *p = policy("http://localhost", "0.0.0.0/0,::/0");

    (void) state;
    assert_false(resolve_policy_allows(p, &a));
    resolve_policy_free(p);
}


static void
bad_entries_are_refused(void **state)
{
    static const char *const  bad[] = {
        "lo", "10.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1",
        "10.0.0.0/08", "::1/129", "example.com", "10.0.0.1:80", "[::1]",
        "10.0.0.0/8/8", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    };
    size_t  i;

    (void) state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (policy("http://localhost", bad[i]) != NULL) {
            fail_msg("row %zu: '%s' passes", i, bad[i]);
        }
    }
}


static void
local_addresses_are_known(void **state)
{
    static const struct {
        const char  *address;
        bool         wanted;
    } table[] = {
        { "127.0.0.1", true }, { "::1", true }, { "10.1.1.1", true },
        { "192.168.0.1", true }, { "fe80::1", true }, { "fd00::1", true },
        { "::ffff:10.0.0.1", true }, { "93.184.216.34", false },
        { "2606:2800:220:1::1", false }, { "224.0.0.1", false },
        { "169.254.169.254", false },
    };
    struct sockaddr_storage  a;
    size_t                   i;

    (void) state;
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        address(table[i].address, &a);
        if (resolve_policy_is_local((void *) &a) != table[i].wanted) {
            fail_msg("row %zu: %s", i, table[i].address);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(allows),
        cmocka_unit_test(other_families_are_refused),
        cmocka_unit_test(bad_entries_are_refused),
        cmocka_unit_test(local_addresses_are_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
