/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_router.c - the table of routes, and what the router itself answers,
 * over an imported realm.
 */
#include "router.h"

#include "oidc/realm_fixture.h"
#include "request.h"

#include "test_rows.h"

static struct realm_fixture  fx;
static struct req            r;
static struct req_header     headers[8];


static int
start(void **state)
{
    (void) state;
    realm_fixture_start(&fx);
    realm_fixture_import(&fx,
        "{\"realm\":\"shut\",\"enabled\":false,\"sslRequired\":\"none\"}");
    realm_fixture_import(&fx,
        "{\"realm\":\"strict\",\"enabled\":true,\"sslRequired\":\"all\"}");
    fx.app.has_hostname = true;
    return 0;
}


static int
stop(void **state)
{
    (void) state;
    realm_fixture_stop(&fx);
    return 0;
}


static void
new_request(const char *method, const char *target)
{
    realm_fixture_renew(&fx);
    memset(&r, 0, sizeof(r));
    r.c = fx.st.c;
    r.method = method;
    r.target = target;
    r.headers = headers;
}


static void
with(const char *name, const char *value)
{
    headers[r.n_headers].name = name;
    headers[r.n_headers].value = value;
    r.n_headers++;
}


static void
run(void)
{
    fx.app.is_https = true;
    if (request_prepare(&r, ab_slice("", 0))) {
        router_run(&r);
    }
    fx.st.c.f = r.c.f;
}


static bool
body_is(const char *text)
{
    return ab_slice_eq_str(r.reply.body, text);
}


static bool
header_is(const char *name, const char *value)
{
    const char  *got = reply_header(&r, name);

    return value == NULL ? got == NULL
                         : got != NULL && strcmp(got, value) == 0;
}


/* ---- the table ------------------------------------------------------------ */

static void
each_row_is_whole(void **state)
{
    const struct route  *a, *b;

    (void) state;
    for (a = routes; a->pattern != NULL; a++) {
        if (a->run == NULL || a->pattern[0] != '/' || a->methods == 0
            || (a->methods & M_OPTIONS) != 0
            || a->pattern[strlen(a->pattern) - 1] == '/')
        {
            fail_msg("%s: not whole", a->pattern);
        }
        if (((a->flags & R_REALM) != 0) != (strstr(a->pattern, "{}") != NULL))
        {
            fail_msg("%s: a realm's route says so", a->pattern);
        }
        if ((a->flags & (R_ENABLED | R_TLS)) != 0
            && (a->flags & R_REALM) == 0)
        {
            fail_msg("%s: a realm's rules without a realm", a->pattern);
        }
        for (b = a + 1; b->pattern != NULL; b++) {
            if (strcmp(a->pattern, b->pattern) == 0) {
                fail_msg("%s: twice", a->pattern);
            }
        }
    }
}


/* The pattern as the page writes it: {} is {realm} first, then {alias} or
 * {client}. */
static const char *
documented(const char *pattern)
{
    static char  text[256];
    const char  *names[] = {
        "{realm}", strstr(pattern, "/clients/") != NULL ? "{client}"
                                                        : "{alias}"
    };
    size_t       n = 0, arg = 0;

    for (; *pattern != '\0' && n < sizeof(text) - 16; pattern++) {
        if (strncmp(pattern, "{}", 2) == 0) {
            n += (size_t) snprintf(text + n, sizeof(text) - n, "%s",
                                   names[arg++]);
            pattern++;
        } else {
            text[n++] = *pattern;
        }
    }
    text[n] = '\0';
    return text;
}


static void
each_route_is_documented(void **state)
{
    char                *page = test_read_page("docs/endpoints.md"), *p;
    char                 row[320];
    const struct route  *a;
    size_t               rows = 0, n = 0;

    (void) state;
    for (a = routes; a->pattern != NULL; a++, n++) {
        snprintf(row, sizeof(row), "\n| `%s` | %s |", documented(a->pattern),
                 a->methods == M_GET ? "GET" : a->methods == M_POST ? "POST"
                 : "GET, POST");
        if (strstr(page, row) == NULL) {
            fail_msg("docs/endpoints.md lacks%s", row);
        }
    }
    for (p = strstr(page, "\n| `/"); p != NULL; p = strstr(p + 1, "\n| `/")) {
        rows++;
    }
    assert_int_equal(rows, n);
    free(page);
}


/* ---- no route, no method, no realm --------------------------------------- */

#define JSON(text)  "{\"error\":\"" text "\"}"

static void
what_has_no_route_is_told_apart(void **state)
{
    static const struct {
        const char  *method, *target;
        int          status;
        const char  *body;
    } rows[] = {
        { "GET", "/nothing", 404,
          JSON("Unable to find matching target resource method") },
        { "GET", "/realms", 404,
          JSON("Unable to find matching target resource method") },
        { "GET", "/realms/", 404,
          JSON("Unable to find matching target resource method") },
        { "GET", "/realms/nosuch", 404, JSON("Realm does not exist") },
        { "GET", "/realms/ACME", 404, JSON("Realm does not exist") },
        { "GET", "/realms/nosuch/x/y", 404, JSON("Realm does not exist") },
        { "GET", "/realms/acme%2fprotocol/openid-connect/certs", 404,
          JSON("Realm does not exist") },
        { "GET", "/realms/acme%00", 404, JSON("Realm does not exist") },
        { "GET", "/realms/acme%2e", 404, JSON("Realm does not exist") },
        { "GET", "/realms/acme%ff", 404, JSON("Realm does not exist") },
        { "GET", "/realms/acme\xff", 404, JSON("Realm does not exist") },
        { "GET", "/realms/acme/broker/%ff/endpoint", 404,
          JSON("HTTP 404 Not Found") },
        { "GET", "/realms/acme/nothing", 404, JSON("HTTP 404 Not Found") },
        { "GET", "/realms/acme/protocol/saml", 404,
          JSON("Protocol not found") },
        { "GET", "/realms/acme/protocol/openid-connect/nothing", 404,
          JSON("HTTP 404 Not Found") },
        { "GET", "/realms/acme/protocol/openid-connect/%63erts", 404,
          JSON("HTTP 404 Not Found") },
        { "GET", "/.well-known/openid-configuration/realms/acme", 404,
          JSON("HTTP 404 Not Found") },
        { "POST", "/realms/acme/protocol/openid-connect/certs", 405,
          JSON("HTTP 405 Method Not Allowed") },
        { "GET", "/realms/acme/protocol/openid-connect/token", 405,
          JSON("HTTP 405 Method Not Allowed") },
        { "HEAD", "/realms/acme/protocol/openid-connect/token", 405,
          JSON("HTTP 405 Method Not Allowed") },
        { "PUT", "/realms/acme/protocol/openid-connect/auth", 405,
          JSON("HTTP 405 Method Not Allowed") },
        { "TRACE", "/realms/acme", 405,
          JSON("HTTP 405 Method Not Allowed") },
        { "get", "/realms/acme", 405, JSON("HTTP 405 Method Not Allowed") },
        { "POST", "/realms/acme/.well-known/openid-configuration", 404,
          JSON("HTTP 404 Not Found") },
    };
    size_t  i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        new_request(rows[i].method, rows[i].target);
        run();
        CHECK_ROW(i, r.reply.status == rows[i].status);
        CHECK_ROW(i, body_is(rows[i].body));
    }
}


static void
a_browser_gets_a_page_that_says_so(void **state)
{
    (void) state;
    new_request("GET", "/realms/acme/nothing");
    with("Accept", "text/html,*/*;q=0.1");
    run();
    assert_int_equal(r.reply.status, 404);
    assert_true(header_is("Content-Type", "text/html;charset=utf-8"));
}


static void
disabled_realms_keep_their_documents(void **state)
{
    static const struct {
        const char  *target;
        int          status;
    } rows[] = {
        { "/realms/shut", 200 },
        { "/realms/shut/.well-known/openid-configuration", 200 },
        { "/realms/shut/protocol/openid-connect/certs", 200 },
        { "/realms/shut/protocol/openid-connect/auth", 400 },
        { "/realms/shut/protocol/openid-connect/userinfo", 403 },
        { "/realms/shut/login-actions/authenticate", 400 },
        { "/realms/shut/broker/x/endpoint", 400 },
    };
    size_t  i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        new_request("GET", rows[i].target);
        run();
        CHECK_ROW(i, r.reply.status == rows[i].status);
    }
}


static void
a_realm_that_wants_tls_gets_it(void **state)
{
    static const struct {
        const char  *target;
        int          status;
    } rows[] = {
        { "/realms/strict", 403 },
        { "/realms/strict/protocol/openid-connect/auth", 403 },
        { "/realms/strict/protocol/openid-connect/userinfo", 403 },
        { "/realms/acme", 200 },
    };
    size_t  i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        new_request("GET", rows[i].target);
        fx.app.is_https = false;
        assert_true(request_prepare(&r, ab_slice("", 0)));
        router_run(&r);
        fx.st.c.f = r.c.f;
        CHECK_ROW(i, r.reply.status == rows[i].status);
    }
}


/* ---- headers ---------------------------------------------------------------- */

static void
answers_of_realms_carry_their_headers(void **state)
{
    static const struct {
        const char  *method, *target, *frame, *referrer;
    } rows[] = {
        { "GET", "/realms/acme", "SAMEORIGIN", "no-referrer" },
        { "HEAD", "/realms/acme", "SAMEORIGIN", "no-referrer" },
        { "GET", "/realms/nosuch", "SAMEORIGIN", "no-referrer" },
        { "OPTIONS", "/realms/acme", NULL, "no-referrer" },
        { "GET", "/realms/acme/protocol/openid-connect/userinfo", NULL,
          "no-referrer" },
        { "GET", "/resources/ab/style.css", NULL, NULL },
        { "GET", "/nothing", NULL, NULL },
    };
    size_t  i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        new_request(rows[i].method, rows[i].target);
        run();
        CHECK_ROW(i, header_is("X-Frame-Options", rows[i].frame));
        CHECK_ROW(i, header_is("Referrer-Policy", rows[i].referrer));
        CHECK_ROW(i, header_is("X-Content-Type-Options", "nosniff"));
    }
}


static void
scripts_are_let_in_where_the_table_says(void **state)
{
    static const struct {
        const char  *target, *origin, *allow_origin, *methods;
    } rows[] = {
        { "/realms/acme/protocol/openid-connect/token", "https://a.test",
          "https://a.test", "POST, OPTIONS" },
        { "/realms/acme/protocol/openid-connect/certs", "https://a.test",
          "https://a.test", "GET" },
        { "/realms/acme/protocol/openid-connect/userinfo", "https://a.test",
          "https://a.test", "GET, HEAD, OPTIONS" },
        { "/realms/acme/protocol/openid-connect/auth", "https://a.test",
          NULL, NULL },
        { "/realms/acme/login-actions/authenticate", "https://a.test",
          NULL, NULL },
        { "/realms/acme/broker/x/login", "https://a.test", NULL, NULL },
        { "/realms/acme/protocol/openid-connect/token", NULL, NULL, NULL },
    };
    size_t  i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        new_request("OPTIONS", rows[i].target);
        if (rows[i].origin != NULL) {
            with("Origin", rows[i].origin);
        }
        run();
        CHECK_ROW(i, r.reply.status == 200);
        CHECK_ROW(i, header_is("Access-Control-Allow-Origin",
                               rows[i].allow_origin));
        CHECK_ROW(i, header_is("Access-Control-Allow-Methods",
                               rows[i].methods));
    }
}


static void
the_host_of_a_request_reaches_no_document(void **state)    /* T-HD11 */
{
    (void) state;
    new_request("GET", "/realms/acme/.well-known/openid-configuration");
    with("Host", "evil.test");
    with("X-Forwarded-Host", "evil.test");
    with("X-Forwarded-Proto", "http");
    r.is_trusted = true;
    run();
    assert_int_equal(r.reply.status, 200);
    assert_null(strstr(arena_dup(r.c.a, r.reply.body), "evil"));
    assert_non_null(strstr(arena_dup(r.c.a, r.reply.body),
                           "\"issuer\":\"" FIXTURE_ISS "\""));
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(each_row_is_whole),
        cmocka_unit_test(each_route_is_documented),
        cmocka_unit_test(what_has_no_route_is_told_apart),
        cmocka_unit_test(a_browser_gets_a_page_that_says_so),
        cmocka_unit_test(disabled_realms_keep_their_documents),
        cmocka_unit_test(a_realm_that_wants_tls_gets_it),
        cmocka_unit_test(answers_of_realms_carry_their_headers),
        cmocka_unit_test(scripts_are_let_in_where_the_table_says),
        cmocka_unit_test(the_host_of_a_request_reaches_no_document),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
