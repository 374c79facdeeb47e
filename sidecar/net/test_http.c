/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_http.c - T-BR15: outbound calls over real sockets, against servers
 * that are slow, huge, cut, redirecting or where they must not be.
 */
#include "http.h"
#include "test_server.h"

#include "ab_limits.h"
#include "base/clock.h"

#include <openssl/x509.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct options      opt;
static struct app          app = { .opt = &opt };
static struct test_server  server, tls_server, v6_server;
static bool                has_v6;

static void serve(struct ts_conn *conn);


static void
ctx_make(struct ctx *c, int64_t ms)
{
    *c = (struct ctx) { .app = &app };
    c->a = arena_new(8 * 1024 * 1024);
    c->deadline_ms = clock_mono_ms() + ms;
    assert_non_null(c->a);
}


/* A client under a base URL and an allow-list of one entry or none. */
static void
client(const char *base_url, char *allow)
{
    static char  *list[1];
    struct fail   f = { .code = AB_OK };

    http_client_free(app.http);
    list[0] = allow;
    opt.outbound_allow.n = allow == NULL ? 0 : 1;
    opt.outbound_allow.v = list;
    app.base_url = base_url;
    assert_int_equal(http_client_new(&f, &app, &app.http), AB_OK);
}


static const char *
url(const char *host, int port, const char *path)
{
    static char  text[512];

    snprintf(text, sizeof(text), "%s:%d%s", host, port, path);
    return text;
}


/* path: behaviour of serve(); err wanted; status; body it starts with */
static const struct {
    const char   *path;
    enum ab_err   err;
    int           status;
    const char   *type;
    size_t        body_len;
} behaviours[] = {
    { "/hello",        AB_OK,            200, "application/json", 5 },
    { "/status/404",   AB_OK,            404, "text/html",        4 },
    { "/status/500",   AB_OK,            500, "text/html",        4 },
    { "/redirect",     AB_OK,            302, "text/plain",       0 },
    { "/chunked",      AB_OK,            200, "text/plain",       6 },
    { "/exact",        AB_OK,            200, "text/plain",       4096 },
    { "/one-more",     AB_E_IDP_REPLY,   0, NULL, 0 },
    { "/endless",      AB_E_IDP_REPLY,   0, NULL, 0 },
    { "/lying-length", AB_E_IDP_REPLY,   0, NULL, 0 },
    { "/big-header",   AB_E_IDP_REPLY,   0, NULL, 0 },
    { "/many-headers", AB_E_IDP_REPLY,   0, NULL, 0 },
    { "/continues",    AB_E_IDP_REPLY,   0, NULL, 0 },
    { "/cut",          AB_E_IDP_DOWN,    0, NULL, 0 },
    { "/cut-chunk",    AB_E_IDP_DOWN,    0, NULL, 0 },
    { "/cut-header",   AB_E_IDP_DOWN,    0, NULL, 0 },
    { "/nothing",      AB_E_IDP_DOWN,    0, NULL, 0 },
    { "/garbage",      AB_E_IDP_DOWN,    0, NULL, 0 },
    { "/drip-body",    AB_E_IDP_TIMEOUT, 0, NULL, 0 },
    { "/drip-header",  AB_E_IDP_TIMEOUT, 0, NULL, 0 },
    { "/silent",       AB_E_IDP_TIMEOUT, 0, NULL, 0 },
};


static void
serve_headers(struct ts_conn *conn)
{
    static const char  line[] = "X-Y: 0123456789012345678901234567890\r\n";
    int                i;

    (void) ts_send(conn, "HTTP/1.1 200 OK\r\n", 17);
    for (i = 0; i < AB_MAX_HTTP_HEADERS / 30; i++) {
        if (!ts_send(conn, line, sizeof(line) - 1)) {
            return;
        }
    }
    (void) ts_send(conn, "Content-Length: 0\r\n\r\n", 21);
}


static void
serve_drip(struct ts_conn *conn, const char *head)
{
    int  i;

    (void) ts_send(conn, head, strlen(head));
    for (i = 0; i < 1000 && ts_send(conn, "x", 1); i++) {
        ts_sleep_ms(conn, 20);
    }
}


static void
serve_repeat(struct ts_conn *conn, const char *head, const char *piece,
    size_t n)
{
    (void) ts_send(conn, head, strlen(head));
    while (n-- > 0 && ts_send(conn, piece, strlen(piece))) {
    }
}


static void
serve(struct ts_conn *conn)
{
    static char  bytes[4098];

    memset(bytes, 'y', 4097);
    if (ts_asks(conn, "GET /hello")) {
        ts_answer(conn, 200, "Application/JSON; charset=utf-8", "hello");
    } else if (ts_asks(conn, "GET /status/404")) {
        ts_answer(conn, 404, "text/html", "gone");
    } else if (ts_asks(conn, "GET /status/500")) {
        ts_answer(conn, 500, "text/html", "oops");
    } else if (ts_asks(conn, "GET /redirect")) {
        serve_repeat(conn, "HTTP/1.1 302 X\r\nLocation: /hello\r\nContent-Type"
                     ": text/plain\r\nContent-Length: 0\r\n\r\n", "", 0);
    } else if (ts_asks(conn, "GET /chunked")) {
        serve_repeat(conn, "HTTP/1.1 200 X\r\nContent-Type: text/plain\r\n"
                     "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef"
                     "\r\n0\r\n\r\n", "", 0);
    } else if (ts_asks(conn, "GET /exact")) {
        ts_answer(conn, 200, "text/plain", bytes + 1);
    } else if (ts_asks(conn, "GET /one-more")) {
        ts_answer(conn, 200, "text/plain", bytes);
    } else if (ts_asks(conn, "GET /endless")) {
        serve_repeat(conn, "HTTP/1.1 200 X\r\n\r\n", "0123456789", 10000000);
    } else if (ts_asks(conn, "GET /lying-length")) {
        serve_repeat(conn, "HTTP/1.1 200 X\r\nContent-Length: 99999999\r\n"
                     "\r\n", "0123456789", 1000);
    } else if (ts_asks(conn, "GET /big-header")) {
        serve_repeat(conn, "HTTP/1.1 200 X\r\nX: ", "0123456789", 9000);
        (void) ts_send(conn, "\r\n\r\n", 4);
    } else if (ts_asks(conn, "GET /many-headers")) {
        serve_headers(conn);
    } else if (ts_asks(conn, "GET /continues")) {
        serve_repeat(conn, "", "HTTP/1.1 103 Early Hints\r\nLink: abc\r\n"
                     "\r\n", 10000);
    } else if (ts_asks(conn, "GET /cut ")) {
        serve_repeat(conn, "HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\n",
                     "short", 1);
    } else if (ts_asks(conn, "GET /cut-chunk")) {
        serve_repeat(conn, "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n"
                     "\r\n64\r\n", "short", 1);
    } else if (ts_asks(conn, "GET /cut-header")) {
        serve_repeat(conn, "HTTP/1.1 200 X\r\nContent-Type: te", "", 0);
    } else if (ts_asks(conn, "GET /garbage")) {
        serve_repeat(conn, "SSH-2.0-OpenSSH\r\n", "", 0);
    } else if (ts_asks(conn, "GET /drip-body")) {
        serve_drip(conn, "HTTP/1.1 200 X\r\n\r\n");
    } else if (ts_asks(conn, "GET /drip-header")) {
        serve_drip(conn, "HTTP/1.1 200 X\r\nX-A: ");
    } else if (ts_asks(conn, "GET /silent")) {
        ts_sleep_ms(conn, 10000);
    } else if (ts_asks(conn, "GET /echo") || ts_asks(conn, "POST /echo")) {
        ts_answer(conn, 200, "text/plain", conn->request);
    }
}


static void
answers_and_lies(void **state)
{
    struct http_request  req = { .method = "GET", .reply_max = 4096,
                                 .timeout_ms = 400 };
    struct http_reply    reply;
    struct ctx           c;
    int64_t              start;
    enum ab_err          err;
    size_t               i;

    (void) state;
    client("http://localhost", NULL);
    for (i = 0; i < sizeof(behaviours) / sizeof(behaviours[0]); i++) {
        ctx_make(&c, 5000);
        req.url = url("http://127.0.0.1", server.port, behaviours[i].path);
        start = clock_mono_ms();
        err = http_call(&c, &req, &reply);
        if (err != behaviours[i].err || clock_mono_ms() - start > 3000) {
            fail_msg("row %zu %s: %s (%s)", i, behaviours[i].path,
                     ab_err_reason(err), c.f.detail);
        }
        if (err == AB_OK) {
            assert_int_equal(reply.status, behaviours[i].status);
            assert_string_equal(reply.content_type, behaviours[i].type);
            assert_int_equal(reply.body.len, behaviours[i].body_len);
            assert_int_equal(reply.body.p[reply.body.len], '\0');
        }
        arena_free(c.a);
    }
}


/* Every spelling of a loopback address; none may be reached. */
static const char *const  loopbacks[] = {
    "http://127.0.0.1", "http://localhost", "http://LOCALHOST",
    "http://a.localhost", "http://2130706433", "http://0x7f000001",
    "http://0177.0.0.1", "http://127.1", "http://127.0.1", "http://0x7f.1",
    "http://0.0.0.0", "http://0", "http://[::1]", "http://[::]",
    "http://[::ffff:127.0.0.1]", "http://[::ffff:7f00:1]",
    "http://[::127.0.0.1]", "http://[64:ff9b::7f00:1]",
    "http://[2002:7f00:1::1]", "http://localhost.", "http://127.0.0.1.",
    "http://%31%32%37.0.0.1",
};


static void
loopback_is_refused_in_every_spelling(void **state)
{
    struct http_request  req = { .method = "GET", .timeout_ms = 1000 };
    struct http_reply    reply;
    struct ctx           c;
    enum ab_err          err;
    size_t               i;
    int                  hits = atomic_load(&server.hits);

    (void) state;
    client("https://id.example.com", NULL);
    for (i = 0; i < sizeof(loopbacks) / sizeof(loopbacks[0]); i++) {
        ctx_make(&c, 5000);
        req.url = url(loopbacks[i], server.port, "/hello");
        err = http_call(&c, &req, &reply);
        /* A machine without IPv6, or a resolver that does not know the
         * name, says "down"; what counts is that nobody got through. */
        if (err != AB_E_OUTBOUND && err != AB_E_IDP_DOWN) {
            fail_msg("row %zu %s: %s", i, loopbacks[i], ab_err_reason(err));
        }
        if (i < 2) {
            assert_int_equal(err, AB_E_OUTBOUND);
        }
        arena_free(c.a);
    }
    assert_int_equal(atomic_load(&server.hits), hits);
}


static const char *const  bad_urls[] = {
    "", "file:///etc/passwd", "gopher://127.0.0.1/", "ftp://127.0.0.1/",
    "dict://127.0.0.1/", "unix:///run/x", "http:/127.0.0.1/",
    "http://user:pw@127.0.0.1/", "http://127.0.0.1/#x", "//127.0.0.1/",
    "http://127.0.0.1\\@evil/", "http://127.0.0.1/ x", "http://127.0.0.1:0/",
    "http://127.0.0.1:99999/", "http://127.0.0.1/\r\nX: y", "http://",
};


static void
other_schemes_and_forms_are_refused(void **state)
{
    struct http_request  req = { .method = "GET", .timeout_ms = 1000 };
    struct http_reply    reply;
    struct ctx           c;
    size_t               i;

    (void) state;
    client("http://localhost", NULL);
    for (i = 0; i < sizeof(bad_urls) / sizeof(bad_urls[0]); i++) {
        ctx_make(&c, 5000);
        req.url = bad_urls[i];
        if (http_call(&c, &req, &reply) != AB_E_OUTBOUND) {
            fail_msg("row %zu: %s", i, bad_urls[i]);
        }
        arena_free(c.a);
    }
}


static void
ssl_required_is_kept(void **state)
{
    struct http_request  req = { .method = "GET", .timeout_ms = 1000 };
    struct http_reply    reply;
    struct ctx           c;

    (void) state;
    client("http://localhost", NULL);
    req.url = url("http://127.0.0.1", server.port, "/hello");
    ctx_make(&c, 5000);
    req.ssl = SSL_EXTERNAL;
    assert_int_equal(http_call(&c, &req, &reply), AB_OK);
    req.ssl = SSL_ALL;
    assert_int_equal(http_call(&c, &req, &reply), AB_E_OUTBOUND);
    fail_clear(&c.f);
    /* TEST-NET-1 stands for the internet; it is allowed here, but is plain */
    client("http://localhost", (char *) "192.0.2.0/24");
    req.url = "http://192.0.2.1/";
    req.ssl = SSL_EXTERNAL;
    assert_int_equal(http_call(&c, &req, &reply), AB_E_OUTBOUND);
    arena_free(c.a);
}


static void
a_proxy_of_the_environment_is_not_used(void **state)
{
    struct http_request  req = { .method = "GET", .timeout_ms = 1000 };
    struct http_reply    reply;
    struct ctx           c;
    char                 target[128];

    (void) state;
    client("http://localhost", NULL);
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    snprintf(target, sizeof(target), "http://127.0.0.1:%d/hello",
             server.port);
    req.url = target;
    ctx_make(&c, 5000);
    assert_int_equal(http_call(&c, &req, &reply), AB_OK);
    arena_free(c.a);
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
}


static void
a_certificate_nobody_vouches_for_is_refused(void **state)
{
    struct http_request  req = { .method = "GET", .timeout_ms = 2000 };
    struct http_reply    reply;
    struct ctx           c;
    int                  hits = atomic_load(&tls_server.hits);

    (void) state;
    client("http://localhost", NULL);
    req.url = url("https://localhost", tls_server.port, "/hello");
    ctx_make(&c, 5000);
    assert_int_equal(http_call(&c, &req, &reply), AB_E_IDP_DOWN);
    assert_int_equal(atomic_load(&tls_server.hits), hits);
    arena_free(c.a);
}


static void
ipv6_loopback_follows_the_policy(void **state)
{
    struct http_request  req = { .method = "GET", .timeout_ms = 1000 };
    struct http_reply    reply;
    struct ctx           c;

    (void) state;
    if (!has_v6) {
        skip();
    }
    req.url = url("http://[::1]", v6_server.port, "/hello");
    client("http://localhost", NULL);
    ctx_make(&c, 5000);
    assert_int_equal(http_call(&c, &req, &reply), AB_OK);
    client("https://id.example.com", NULL);
    assert_int_equal(http_call(&c, &req, &reply), AB_E_OUTBOUND);
    arena_free(c.a);
}


static void
a_post_carries_body_and_headers(void **state)
{
    const struct http_header  headers[] = {
        { "Authorization", "Bearer abc" }, { "Accept", "application/json" },
    };
    struct http_request  req = {
        .method = "POST", .headers = headers, .n_headers = 2,
        .content_type = "application/x-www-form-urlencoded",
        .body = AB_S("a=1&b=2"), .timeout_ms = 1000,
    };
    struct http_reply    reply;
    struct ctx           c;

    (void) state;
    client("http://localhost", NULL);
    req.url = url("http://127.0.0.1", server.port, "/echo?x=y");
    ctx_make(&c, 5000);
    assert_int_equal(http_call(&c, &req, &reply), AB_OK);
    assert_non_null(strstr(reply.body.p, "POST /echo?x=y HTTP/1.1\r\n"));
    assert_non_null(strstr(reply.body.p, "\r\nAuthorization: Bearer abc\r\n"));
    assert_non_null(strstr(reply.body.p, "\r\nContent-Type: application/"
                           "x-www-form-urlencoded\r\n"));
    assert_non_null(strstr(reply.body.p, "\r\n\r\na=1&b=2"));
    assert_null(strcasestr(reply.body.p, "Expect:"));
    arena_free(c.a);
}


static void
a_line_break_in_a_header_is_refused(void **state)
{
    const struct http_header  h = { "X-A", "b\r\nX-C: d" };
    struct http_request  req = { .method = "GET", .headers = &h,
                                 .n_headers = 1, .timeout_ms = 1000 };
    struct http_reply    reply;
    struct ctx           c;

    (void) state;
    client("http://localhost", NULL);
    req.url = url("http://127.0.0.1", server.port, "/echo");
    ctx_make(&c, 5000);
    assert_int_not_equal(http_call(&c, &req, &reply), AB_OK);
    arena_free(c.a);
}


static void
the_request_deadline_wins(void **state)
{
    struct http_request  req = { .method = "GET" };
    struct http_reply    reply;
    struct ctx           c;
    int64_t              start = clock_mono_ms();

    (void) state;
    client("http://localhost", NULL);
    req.url = url("http://127.0.0.1", server.port, "/silent");
    ctx_make(&c, 150);
    assert_int_equal(http_call(&c, &req, &reply), AB_E_IDP_TIMEOUT);
    assert_true(clock_mono_ms() - start < 1500);
    fail_clear(&c.f);
    /* none left: nothing is even sent */
    assert_int_equal(http_call(&c, &req, &reply), AB_E_IDP_TIMEOUT);
    arena_free(c.a);
}


static void
nobody_listening_is_down(void **state)
{
    static const char *const  urls[] = {
        "http://127.0.0.1:1/", "http://no-such-name.invalid/",
    };
    struct http_request  req = { .method = "GET", .timeout_ms = 3000 };
    struct http_reply    reply;
    struct ctx           c;
    enum ab_err          err;
    size_t               i;

    (void) state;
    client("http://localhost", NULL);
    for (i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        ctx_make(&c, 5000);
        req.url = urls[i];
        err = http_call(&c, &req, &reply);
        /* a test machine's resolver may itself be slow */
        if (err != AB_E_IDP_DOWN && !(i == 1 && err == AB_E_IDP_TIMEOUT)) {
            fail_msg("row %zu: %s", i, ab_err_reason(err));
        }
        arena_free(c.a);
    }
}


/* A server certificate that signs itself. */
static SSL_CTX *
tls_self_signed(void)
{
    SSL_CTX   *ctx = SSL_CTX_new(TLS_server_method());
    EVP_PKEY  *key = EVP_EC_gen("P-256");
    X509      *cert = X509_new();
    X509_NAME *name = X509_get_subject_name(cert);

    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), -60);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               (const unsigned char *) "localhost", -1, -1, 0);
    X509_set_issuer_name(cert, name);
    X509_set_pubkey(cert, key);
    X509_sign(cert, key, EVP_sha256());
    SSL_CTX_use_certificate(ctx, cert);
    SSL_CTX_use_PrivateKey(ctx, key);
    X509_free(cert);
    EVP_PKEY_free(key);
    return ctx;
}


static int
start(void **state)
{
    (void) state;
    signal(SIGPIPE, SIG_IGN);
    tls_server.tls = tls_self_signed();
    has_v6 = ts_start(&v6_server, true, serve, NULL);
    return ts_start(&server, false, serve, NULL)
           && ts_start(&tls_server, false, serve, NULL) ? 0 : -1;
}


static int
stop(void **state)
{
    (void) state;
    ts_stop(&server);
    ts_stop(&tls_server);
    if (has_v6) {
        ts_stop(&v6_server);
    }
    http_client_free(app.http);
    return 0;
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(answers_and_lies),
        cmocka_unit_test(loopback_is_refused_in_every_spelling),
        cmocka_unit_test(other_schemes_and_forms_are_refused),
        cmocka_unit_test(ssl_required_is_kept),
        cmocka_unit_test(a_proxy_of_the_environment_is_not_used),
        cmocka_unit_test(a_certificate_nobody_vouches_for_is_refused),
        cmocka_unit_test(ipv6_loopback_follows_the_policy),
        cmocka_unit_test(a_post_carries_body_and_headers),
        cmocka_unit_test(a_line_break_in_a_header_is_refused),
        cmocka_unit_test(the_request_deadline_wins),
        cmocka_unit_test(nobody_listening_is_down),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
