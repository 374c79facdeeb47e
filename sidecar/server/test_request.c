/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_request.c - what becomes of received bytes before a route is looked
 * for.
 */
#include "request.h"

#include "ab_limits.h"

#include "test_rows.h"

static struct app         app;
static struct req         r;
static struct req_header  headers[8];


/* A request of this target; headers are added by with(). */
static void
new_request(const char *target)
{
    arena_free(r.c.a);
    memset(&r, 0, sizeof(r));
    r.c.a = arena_new(1 << 24);
    assert_non_null(r.c.a);
    r.c.app = &app;
    r.method = "GET";
    r.target = target;
    r.headers = headers;
}


static void
with(const char *name, const char *value)
{
    if (value != NULL) {
        headers[r.n_headers].name = name;
        headers[r.n_headers].value = value;
        r.n_headers++;
    }
}


static int
set_up(void **state)
{
    (void) state;
    app = (struct app) {
        .base_url = "https://id.example.com", .has_hostname = true,
        .is_https = true
    };
    return 0;
}


static int
tear_down(void **state)
{
    (void) state;
    arena_free(r.c.a);
    r.c.a = NULL;
    return 0;
}


/* ---- paths ---------------------------------------------------------------- */

static void
one_spelling_of_a_path_gets_through(void **state)       /* T-PM2, T-PM6 */
{
    static const struct {
        const char  *target;
        const char  *error;     /* NULL: let through */
    } rows[] = {
        { "/realms/acme", NULL },
        { "/realms/acme/", NULL },
        { "/realms/acme?x=/../;#", NULL },
        { "/realms/a..b/.hidden", NULL },
        { "/realms//acme", "missingNormalization" },
        { "//realms/acme", "missingNormalization" },
        { "/realms/../acme", "missingNormalization" },
        { "/realms/..", "missingNormalization" },
        { "/realms/..;/acme", "invalidCharacter" },
        { "/realms/...x", "missingNormalization" },
        { "/realms/./acme", "missingNormalization" },
        { "/.", "missingNormalization" },
        { "/realms/acme//", "missingNormalization" },
        { "/realms;a=b/acme", "invalidCharacter" },
        { "/realms/acme;", "invalidCharacter" },
        { "/realms#/../acme", "invalid_request" },
        { "/realms/acme#", "invalid_request" },
        { "http://id.example.com/realms/acme", "invalid_request" },
        { "id.example.com:443", "invalid_request" },
        { "*", "invalid_request" },
        { "", "invalid_request" },
        { "?a=b", "invalid_request" },
        { "realms/acme", "invalid_request" },
    };
    char    want[64];
    size_t  i;
    bool    ok;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        new_request(rows[i].target);
        ok = request_prepare(&r, ab_slice("", 0));
        CHECK_ROW(i, ok == (rows[i].error == NULL));
        if (!ok) {
            snprintf(want, sizeof(want), "{\"error\":\"%s\"", rows[i].error);
            CHECK_ROW(i, r.reply.status == 400);
            CHECK_ROW(i, ab_slice_starts(r.reply.body, ab_slice_str(want)));
        }
    }
}


static void
long_paths_are_refused(void **state)
{
    char  target[AB_MAX_URI + 3];

    (void) state;
    memset(target, 'a', sizeof(target));
    target[0] = '/';
    target[AB_MAX_URI] = '\0';
    new_request(target);
    assert_true(request_prepare(&r, ab_slice("", 0)));
    target[AB_MAX_URI] = 'a';
    target[AB_MAX_URI + 1] = '\0';
    new_request(target);
    assert_false(request_prepare(&r, ab_slice("", 0)));
}


/* ---- who we are, who asks --------------------------------------------------- */

static void
no_header_names_the_public_address(void **state)        /* T-HD11 */
{
    static const struct {
        bool         has_hostname, is_trusted;
        const char  *host, *name, *value;
        const char  *base;      /* NULL: refused */
    } rows[] = {
        { true, true, "evil.test", NULL, NULL, "https://id.example.com" },
        { true, false, NULL, NULL, NULL, "https://id.example.com" },
        { true, true, "id.example.com", "X-Forwarded-Host", "evil.test",
          "https://id.example.com" },
        { true, true, "id.example.com", "X-Forwarded-Port", "99",
          "https://id.example.com" },
        { true, true, "id.example.com", "X-Forwarded-Proto", "http",
          "https://id.example.com" },
        { true, true, "id.example.com", "Forwarded",
          "host=evil.test;proto=http", "https://id.example.com" },
        { true, true, "id.example.com", "X-Forwarded-Prefix", "/evil",
          "https://id.example.com" },
        { false, false, "localhost:8080", NULL, NULL,
          "http://localhost:8080" },
        { false, false, "127.0.0.1:9", NULL, NULL, "http://127.0.0.1:9" },
        { false, false, "[::1]:9", NULL, NULL, "http://[::1]:9" },
        { false, false, "id.localhost", NULL, NULL, "http://id.localhost" },
        { false, false, "evil.test", NULL, NULL, NULL },
        { false, false, NULL, NULL, NULL, NULL },
        { false, false, "", NULL, NULL, NULL },
        { false, false, "localhost.evil.test", NULL, NULL, NULL },
        { false, false, "localhost@evil.test", NULL, NULL, NULL },
        { false, false, "evil.test/localhost", NULL, NULL, NULL },
        { false, false, "localhost\r\nX: y", NULL, NULL, NULL },
        { false, false, "localhost", "X-Forwarded-Host", "evil.test",
          "http://localhost" },
        { false, false, "localhost", "X-Forwarded-Proto", "https",
          "http://localhost" },
        { false, true, "localhost", "X-Forwarded-Proto", "https",
          "https://localhost" },
        { false, true, "localhost", "X-Forwarded-Proto", "https, http",
          "http://localhost" },
        { false, true, "localhost", "X-Forwarded-Proto", "javascript",
          "http://localhost" },
    };
    size_t  i;
    bool    ok;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        app.has_hostname = rows[i].has_hostname;
        new_request("/realms/acme");
        r.is_trusted = rows[i].is_trusted;
        with("Host", rows[i].host);
        with(rows[i].name, rows[i].value);
        ok = request_prepare(&r, ab_slice("", 0));
        CHECK_ROW(i, ok == (rows[i].base != NULL));
        CHECK_ROW(i, !ok || strcmp(r.c.base, rows[i].base) == 0);
        CHECK_ROW(i, ok || r.reply.status == 400);
    }
}


static void
the_client_address_is_the_proxy_s_word(void **state)    /* T-HD11 */
{
    static const struct {
        bool         is_trusted;
        const char  *value, *ip;
    } rows[] = {
        { true, "192.0.2.7", "192.0.2.7" },
        { true, "10.0.0.1, 192.0.2.7", "192.0.2.7" },
        { true, "evil, 2001:db8::1", "2001:db8::1" },
        { true, "192.0.2.7, evil", "" },
        { true, "192.0.2.7,", "" },
        { true, "", "" },
        { true, "192.0.2.7:80", "" },
        { true, NULL, "" },
        { false, "192.0.2.7", "" },
    };
    size_t  i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        new_request("/realms/acme");
        r.is_trusted = rows[i].is_trusted;
        with("X-Forwarded-For", rows[i].value);
        CHECK_ROW(i, request_prepare(&r, ab_slice("", 0)));
        CHECK_ROW(i, strcmp(r.ip, rows[i].ip) == 0);
    }
}


/* ---- parameters, cookies ---------------------------------------------------- */

static void
parameters_are_decoded_once(void **state)
{
    (void) state;
    new_request("/realms/acme?a=1%2B+%2525&b=&c&=d");
    assert_true(request_prepare(&r, ab_slice("", 0)));
    assert_string_equal(req_query(&r, "a"), "1+ %25");
    assert_string_equal(req_query(&r, "b"), "");
    assert_string_equal(req_query(&r, "c"), "");
    assert_null(req_query(&r, "d"));
    assert_null(req_form(&r, "a"));
}


static void
bad_queries_are_refused(void **state)
{
    static const char *const  rows[] = {
        "/realms/acme?a=%00", "/realms/acme?a=%", "/realms/acme?a=%zz",
        "/realms/acme?%00=a",
    };
    size_t  i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        new_request(rows[i]);
        CHECK_ROW(i, !request_prepare(&r, ab_slice("", 0)));
        CHECK_ROW(i, r.reply.status == 400);
    }
}


static void
only_a_form_is_read_as_a_form(void **state)
{
    static const struct {
        const char  *type;
        bool         is_form;
    } rows[] = {
        { "application/x-www-form-urlencoded", true },
        { "application/x-www-form-urlencoded; charset=UTF-8", true },
        { "application/x-www-form-urlencoded;x", true },
        { "application/x-www-form-urlencodedx", false },
        { "APPLICATION/X-WWW-FORM-URLENCODED", false },
        { "application/json", false },
        { "multipart/form-data; boundary=x", false },
        { "text/plain", false },
        { NULL, false },
    };
    size_t  i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        new_request("/realms/acme?a=query");
        with("Content-Type", rows[i].type);
        CHECK_ROW(i, request_prepare(&r, AB_S("a=body")));
        CHECK_ROW(i, r.has_form == rows[i].is_form);
        CHECK_ROW(i, (req_form(&r, "a") != NULL) == rows[i].is_form);
        CHECK_ROW(i, strcmp(req_query(&r, "a"), "query") == 0);
    }
}


static void
a_doubled_parameter_has_no_value(void **state)          /* T-LG10 */
{
    (void) state;
    new_request("/realms/acme?state=1&state=2");
    assert_true(request_prepare(&r, ab_slice("", 0)));
    assert_null(req_query(&r, "state"));
}


static void
cookies_are_found_by_their_whole_name(void **state)
{
    static const struct {
        const char  *header;
        size_t       n;
        const char  *first;
    } rows[] = {
        { "A=1", 1, "1" },
        { "B=2; A=1; A=3", 2, "1" },
        { "XA=1; AX=2; a=3", 0, NULL },
        { "A=", 1, "" },
        { "A", 0, NULL },
        { "; ;A=1", 1, "1" },
        { "A=x=y", 1, "x=y" },
        { "", 0, NULL },
        { "B=\"A=1\"", 0, NULL },
    };
    const char  *list[4];
    size_t       i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        new_request("/");
        with("cookie", rows[i].header);
        CHECK_ROW(i, req_cookies(&r, "A", list, 4) == rows[i].n);
        CHECK_ROW(i, rows[i].n == 0 || strcmp(list[0], rows[i].first) == 0);
    }
    new_request("/");
    with("Cookie", "A=1; A=2");
    with("Cookie", "A=3");
    assert_int_equal(req_cookies(&r, "A", list, 2), 2);
    assert_int_equal(req_cookies(&r, "A", list, 4), 3);
    assert_string_equal(list[2], "3");
    new_request("/");
    with("Cookie", "AB=1; ABC=2; A=3");
    assert_int_equal(req_cookies(&r, "AB*", list, 4), 2);
}


int
main(void)
{
#define CASE(f)  cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest  tests[] = {
        CASE(one_spelling_of_a_path_gets_through),
        CASE(long_paths_are_refused),
        CASE(no_header_names_the_public_address),
        CASE(the_client_address_is_the_proxy_s_word),
        CASE(parameters_are_decoded_once),
        CASE(bad_queries_are_refused),
        CASE(only_a_form_is_read_as_a_form),
        CASE(a_doubled_parameter_has_no_value),
        CASE(cookies_are_found_by_their_whole_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
