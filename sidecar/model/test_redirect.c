/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_redirect.c - which redirect addresses and origins a client allows.
 *
 * The first table holds the questions of the compatibility suite's
 * redirect-uri.case with the reference's answers.
 */
#include "client.h"

#include "test_rows.h"

#define BASE  "http://127.0.0.1:9"

static const char *const  app[] = {
    BASE "/app/*", BASE "/exact?x=1", "http://rp.example.test/cb",
};
static const char *const  pub[] = {
    "http://localhost/native", "custom.app:/cb",
};
static const char *const  root[] = { BASE "/root/cb/*" };
static const char *const  star[] = { "*" };
static const char *const  hosts[] = {
    "https://a.example*", "https://*.host.example/*", "https://b.example/x*y",
    "https://c.example/q?*", "https://d.example/app*", "app.example:/x/*",
    "http://127.0.0.1/n/*", "http://[::1]/six", "http://localhost:7/p/*",
};
static const char *const  any_https[] = { "https://*" };
static const char *const  mad[] = { "javascript:alert(1)", "data:text/html,x" };

#define LIST(a)  { ROWS(a), (const char **) (a) }

static const struct row {
    struct text_list   list;
    const char        *uri;
    bool               allowed;
} rows[] = {
    /* redirect-uri.case */
    { LIST(app), "", false },
    { LIST(app), BASE "/app/deep/er?x=1", true },
    { LIST(app), BASE "/app", true },
    { LIST(app), BASE "/app/", true },
    { LIST(app), BASE "/apple", false },
    { LIST(app), BASE "/app/cb#frag", true },
    { LIST(app), "http://evil.example.test/app/cb", false },
    { LIST(app), "https://127.0.0.1:9/app/cb", false },
    { LIST(app), "http://127.0.0.1/app/cb", false },
    { LIST(app), "http://127.0.0.1:10/app/cb", false },
    { LIST(app), BASE "/exact?x=1", true },
    { LIST(app), BASE "/exact?x=2", false },
    { LIST(app), BASE "/exact", false },
    { LIST(app), BASE "/exact?x=1&y=2", false },
    { LIST(app), "http://rp.example.test/cb", true },
    { LIST(app), "http://rp.example.test/cb/", false },
    { LIST(app), "http://rp.example.test/cb?a=1", false },
    { LIST(app), "http://RP.example.test/cb", false },
    { LIST(app), "http://rp.example.test/CB", false },
    { LIST(app), "http://rp.example.test:80/cb", false },
    { LIST(app), BASE "/app/../other", false },
    { LIST(app), BASE "/app/%2e%2e/other", false },
    { LIST(app), BASE "/app/%252e%252e/other", false },
    { LIST(app), BASE "/app/..\\other", false },
    { LIST(app), BASE "/app/..%2fother", false },
    { LIST(app), "http://user@127.0.0.1:9/app/cb", false },
    { LIST(app), BASE "@evil.example.test/app/cb", false },
    { LIST(app), BASE "\\app/cb", false },
    { LIST(app), "javascript:alert(1)", false },
    { LIST(app), "data:text/html,x", false },
    { LIST(app), "/app/cb", false },
    { LIST(app), "http://[bad", false },
    { LIST(app), BASE "/app/c b", false },
    { LIST(app), BASE "/app/cb\r\nX: y", false },
    { LIST(app), BASE "/app/cb?code=1", false },
    { LIST(app), BASE "/app/cb?state=1", false },
    { LIST(app), BASE "/app/cb?error=x", false },
    { LIST(app), BASE "/app/cb?iss=x", false },
    { LIST(app), BASE "/app/cb?id_token=x", false },
    { LIST(app), BASE "/app/cb#access_token=x", false },
    { LIST(app), BASE "/app/cb?tab=1", true },
    { LIST(pub), "http://localhost:45001/native", true },
    { LIST(pub), "http://localhost/native", true },
    { LIST(pub), "http://127.0.0.1:45001/native", false },
    { LIST(pub), "http://localhost:45001/other", false },
    { LIST(pub), "http://localhost.evil.example.test/native", false },
    { LIST(pub), "https://localhost:45001/native", false },
    { LIST(pub), "custom.app:/cb", true },
    { LIST(pub), "custom.app:/other", false },
    { LIST(pub), "custom.app://cb", false },
    { LIST(pub), "other.app:/cb", false },
    { LIST(pub), "urn:ietf:wg:oauth:2.0:oob", false },
    { LIST(root), BASE "/root/cb/x", true },
    { LIST(root), "/cb/x", false },
    { LIST(root), BASE "/cb/x", false },
    { { 0, NULL }, BASE "/svc/cb", false },
    /* reserved parameters in other spellings */
    { LIST(app), BASE "/app/cb?CODE=1", false },
    { LIST(app), BASE "/app/cb?c%6fde=1", false },
    { LIST(app), BASE "/app/cb?a=1&session_state=2", false },
    { LIST(app), BASE "/app/cb?a#state", false },
    { LIST(app), BASE "/app/cb?a=b;response=1", false },
    { LIST(app), BASE "/app/cb?barcode=1&xstate=2", true },
    { LIST(app), BASE "/app/cb?next=https://x.example/?code=1", true },
    { LIST(app), BASE "/app/cb?next=http://x.example/a", true },
    /* steps upwards, more */
    { LIST(app), BASE "/app/..", false },
    { LIST(app), BASE "/app/..;/other", false },
    { LIST(app), BASE "/app/%2E./other", false },
    { LIST(app), BASE "/app/x/../y", false },
    { LIST(app), BASE "/app/..%255cother", false },
    { LIST(app), BASE "/app/a..b/..c/d..", true },
    { LIST(app), BASE "/app/x?y=/../z", true },
    /* a wildcard does not widen the host; elsewhere it is none */
    { LIST(hosts), "https://a.example/x", true },
    { LIST(hosts), "https://a.example", true },
    { LIST(hosts), "https://a.example.evil.test/x", false },
    { LIST(hosts), "https://a.example:8443/x", false },
    { LIST(hosts), "https://a.example@evil.test/x", false },
    { LIST(hosts), "https://www.host.example/x", false },
    { LIST(hosts), "https://*.host.example/x", false },
    { LIST(hosts), "https://b.example/xzy", false },
    { LIST(hosts), "https://c.example/q?z", false },
    { LIST(hosts), "https://d.example/apple", true },
    { LIST(hosts), "https://d.example/ap", false },
    { LIST(hosts), "app.example:/x/y", true },
    { LIST(hosts), "app.example:/y", false },
    { LIST(hosts), "http://127.0.0.1:3000/n/x", true },
    { LIST(hosts), "http://127.0.0.1:3000/n/../x", false },
    { LIST(hosts), "http://127.0.0.1.evil.test:3000/n/x", false },
    { LIST(hosts), "http://[::1]:80/six", true },
    { LIST(hosts), "http://localhost:8/p/x", false },
    { LIST(hosts), "http://localhost:7/p/x", true },
    { LIST(any_https), "https://anything.example/x", true },
    { LIST(any_https), "http://anything.example/x", false },
    { LIST(any_https), "https://u@anything.example/x", false },
    { LIST(star), "http://anything.example/x", true },
    { LIST(star), "custom.app:/cb", false },
    { LIST(star), "javascript:alert(1)", false },
    { LIST(star), "http://anything.example/a/../b", false },
    /* never, though somebody listed them */
    { LIST(mad), "javascript:alert(1)", false },
    { LIST(mad), "data:text/html,x", false },
    /* bytes */
    { LIST(star), "http://anything.example/\t", false },
    { LIST(star), "http://anything.example/\xc3\xa9", false },
    { LIST(star), "http://anything.example/%zz", false },
    { LIST(star), "http://anything.example/%0", false },
    { LIST(star), "http:/x", false },
    { LIST(star), "http://", false },
    { LIST(star), "//anything.example/x", false },
    { LIST(star), ":x", false },
    { LIST(star), "1http://anything.example/", false },
};


static void
test_redirects(void **state)
{
    struct client  cl = { .doc = NULL };
    size_t         i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        cl.redirect_uris = rows[i].list;
        if ((client_redirect_ok(&cl, rows[i].uri) == AB_OK)
            != rows[i].allowed)
        {
            fail_msg("row %zu: %s", i, rows[i].uri);
        }
    }
}


static void
test_too_long(void **state)
{
    struct client  cl = { .redirect_uris = LIST(star) };
    char           uri[9000];

    (void) state;
    memset(uri, 'a', sizeof(uri) - 1);
    uri[sizeof(uri) - 1] = '\0';
    memcpy(uri, "http://x.example/", 17);
    assert_int_equal(client_redirect_ok(&cl, uri), AB_E_REDIRECT_URI);
    uri[8192] = '\0';
    assert_int_equal(client_redirect_ok(&cl, uri), AB_OK);
}


static void
test_reserved_allowed(void **state)
{
    struct client  cl = { .redirect_uris = LIST(app) };
    json_t        *doc = json_pack("{s:{s:s}}", "attributes",
                             "allow.oidc.params.in.redirect.uris", "true");

    (void) state;
    cl.doc = doc;
    assert_int_equal(client_redirect_ok(&cl, BASE "/app/cb?code=1"), AB_OK);
    json_decref(doc);
}


/* ---- after a logout ------------------------------------------------------ */

static const struct logout_row {
    const char  *attribute, *uri;
    bool         allowed;
} logout_rows[] = {
    { BASE "/app/bye*##+", BASE "/app/bye", true },
    { BASE "/app/bye*##+", BASE "/app/any", true },
    { BASE "/bye", BASE "/bye", true },
    { BASE "/bye", BASE "/app/any", false },
    { BASE "/bye", BASE "/bye?a=1", false },
    { BASE "/bye*", BASE "/bye?a=1&state=s", true },
    { BASE "/bye*", BASE "/bye#f", true },
    { BASE "/a##" BASE "/b##" BASE "/c", BASE "/c", true },
    { BASE "/a##" BASE "/b", BASE "/a##" BASE "/b", false },
    { "-", BASE "/app/any", false },
    { "+", BASE "/app/any", true },
    { "", BASE "/app/any", true },
    { NULL, BASE "/app/any", true },
    { NULL, BASE "/app/../x", false },
    { NULL, "http://evil.example.test/", false },
    { NULL, "/app/any", false },
    { NULL, "http://u@127.0.0.1:9/app/any", false },
    { "##", BASE "/app/any", false },
};


static void
test_post_logout(void **state)
{
    struct client  cl = { .redirect_uris = LIST(app) };
    json_t        *doc;
    size_t         i;

    (void) state;
    for (i = 0; i < ROWS(logout_rows); i++) {
        doc = json_pack("{s:{s:s*}}", "attributes",
                        "post.logout.redirect.uris",
                        logout_rows[i].attribute);
        cl.doc = doc;
        CHECK_ROW(i, (client_post_logout_ok(&cl, logout_rows[i].uri)
                      == AB_OK) == logout_rows[i].allowed);
        json_decref(doc);
    }
}


/* ---- origins ------------------------------------------------------------- */

static const struct origin_row {
    const char  *entry, *origin;
    bool         allowed;
} origin_rows[] = {
    { "+", BASE, true },
    { "+", "http://rp.example.test", true },
    { "+", "http://rp.example.test/", false },
    { "+", "http://RP.example.test", false },
    { "+", "http://rp.example.test:80", false },
    { "+", "http://rp.example", false },
    { "+", "null", false },
    { "*", "https://x.example", true },
    { "https://spa.example", "https://spa.example", true },
    { "https://spa.example", BASE, false },
};


static void
test_origins(void **state)
{
    struct client  cl = { .redirect_uris = LIST(app) };
    size_t         i;

    (void) state;
    for (i = 0; i < ROWS(origin_rows); i++) {
        cl.web_origins = (struct text_list) {
            1, (const char **) &origin_rows[i].entry
        };
        CHECK_ROW(i, client_origin_ok(&cl, origin_rows[i].origin)
                     == origin_rows[i].allowed);
    }
    cl.web_origins.n = 0;
    assert_false(client_origin_ok(&cl, BASE));
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("T-RD6 T-RD7: addresses are compared as strings, and as the "
             "reference does", test_redirects),
        TEST("an address over 8192 bytes is refused", test_too_long),
        TEST("a client may ask for reserved parameters to be let through",
             test_reserved_allowed),
        TEST("the post-logout list follows its own rules", test_post_logout),
        TEST("origins are compared as strings", test_origins),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
