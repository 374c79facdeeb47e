/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_http.c - the web server under clients that are slow, many, or wrong.
 */
#include "http.h"

#include "conf/peer.h"
#include "oidc/realm_fixture.h"

#include "test_rows.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#define MANY       400
#define WAIT_MS    5000
#define STYLE      "GET /resources/ab/style.css HTTP/1.1\r\nHost: x\r\n"

static struct realm_fixture  fx;
static struct web_server    *web;
static struct sockaddr_un    address = { .sun_family = AF_UNIX };


static int
start(void **state)
{
    struct web_conf  conf = { .threads = 2, .queue_max = 16 };
    struct fail      f = { 0 };
    int              fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void) state;
    realm_fixture_start(&fx);
    fx.app.has_hostname = true;
    fx.app.is_https = true;
    conf.app = &fx.app;
    conf.store = &fx.st.conf;
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/w.sock",
             fx.st.dir);
    assert_int_equal(bind(fd, (struct sockaddr *) &address,
                          sizeof(address)), 0);
    assert_int_equal(listen(fd, MANY), 0);
    assert_int_equal(web_start(&f, &conf, &web), AB_OK);
    assert_int_equal(web_listen(&f, web, fd, false), AB_OK);
    return 0;
}


static int
stop(void **state)
{
    (void) state;
    web_stop(web);
    realm_fixture_stop(&fx);
    return 0;
}


static int
dial(void)
{
    int  fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *) &address,
                             sizeof(address)), 0);
    return fd;
}


/* The peer may have hung up after it answered. */
static void
say(int fd, const char *text, size_t len)
{
    ssize_t  n;

    while (len > 0) {
        n = send(fd, text, len, MSG_NOSIGNAL);
        if (n < 0 && (errno == EPIPE || errno == ECONNRESET)) {
            return;
        }
        assert_true(n > 0);
        text += n;
        len -= (size_t) n;
    }
}


/* What comes until `until` (or the end) within WAIT_MS. */
static const char *
hear(int fd, const char *until)
{
    static char    got[64 * 1024];
    size_t         n = 0;
    ssize_t        more;
    struct pollfd  p = { .fd = fd, .events = POLLIN };

    got[0] = '\0';
    while (strstr(got, until) == NULL && n < sizeof(got) - 1
           && poll(&p, 1, WAIT_MS) == 1)
    {
        more = recv(fd, got + n, sizeof(got) - 1 - n, 0);
        if (more <= 0) {
            break;
        }
        n += (size_t) more;
        got[n] = '\0';
    }
    return got;
}


static bool
answers(int fd, const char *request, const char *want)
{
    say(fd, request, strlen(request));
    return strstr(hear(fd, want), want) != NULL;
}


/* ---- tests -------------------------------------------------------------------- */

static void
requests_follow_each_other_on_a_connection(void **state)
{
    int  fd = dial(), i;

    (void) state;
    for (i = 0; i < 3; i++) {
        CHECK_ROW(i, answers(fd, "GET /realms/acme HTTP/1.1\r\nHost: x\r\n"
                             "\r\n", "\"realm\":\"acme\""));
    }
    close(fd);
}


static void
a_request_may_come_byte_by_byte(void **state)
{
    static const char  text[] =
        "POST /realms/acme/protocol/openid-connect/token HTTP/1.1\r\n"
        "Host: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        "Content-Length: 16\r\n\r\ngrant_type=nosuc";
    size_t             i;
    int                fd = dial();

    (void) state;
    for (i = 0; i < sizeof(text) - 1; i++) {
        say(fd, text + i, 1);
    }
    assert_non_null(strstr(hear(fd, "unsupported_grant_type"),
                           "unsupported_grant_type"));
    close(fd);
}


/* Whoever sends half a request holds a connection, not a thread. */
static void
slow_clients_keep_nobody_waiting(void **state)
{
    static int  slow[MANY];
    int64_t     began;
    size_t      i;
    int         fd;

    (void) state;
    for (i = 0; i < MANY; i++) {
        slow[i] = dial();
        say(slow[i], STYLE, 20 + i % 20);
    }
    began = clock_mono_ms();
    for (i = 0; i < 20; i++) {
        fd = dial();
        CHECK_ROW(i, answers(fd, STYLE "\r\n", "HTTP/1.1 200 "));
        close(fd);
    }
    assert_true(clock_mono_ms() - began < 2000);
    for (i = 0; i < MANY; i++) {
        close(slow[i]);
    }
}


/* Each gets an answer: its document, or 503 where the queue was full. */
static void
many_at_once_are_all_answered(void **state)
{
    static int   fds[MANY];
    const char  *got;
    size_t       i, served = 0;

    (void) state;
    for (i = 0; i < MANY; i++) {
        fds[i] = dial();
        say(fds[i], STYLE "\r\n", strlen(STYLE "\r\n"));
    }
    for (i = 0; i < MANY; i++) {
        got = hear(fds[i], "\r\n\r\n");
        CHECK_ROW(i, strncmp(got, "HTTP/1.1 200 ", 13) == 0
                     || (strncmp(got, "HTTP/1.1 503 ", 13) == 0
                         && strstr(got, "Retry-After: ") != NULL));
        served += strncmp(got, "HTTP/1.1 200 ", 13) == 0;
        close(fds[i]);
    }
    assert_true(served > 0);
}


static void
what_is_wrong_is_refused_and_harms_nobody(void **state)
{
    static const struct {
        const char  *request;
        const char  *status;    /* begins the answer; "": just closed */
    } rows[] = {
        { "GET http://evil.test/realms/acme HTTP/1.1\r\nHost: x\r\n\r\n",
          "HTTP/1.1 400 " },
        { "GET /realms/acme;x HTTP/1.1\r\nHost: x\r\n\r\n",
          "HTTP/1.1 400 " },
        { "GET /realms/acme?x=%00 HTTP/1.1\r\nHost: x\r\n\r\n",
          "HTTP/1.1 400 " },
        { "BREW /realms/acme HTTP/1.1\r\nHost: x\r\n\r\n",
          "HTTP/1.1 405 " },
        { "POST /realms/acme/protocol/openid-connect/token HTTP/1.1\r\n"
          "Host: x\r\nContent-Length: 99999999999999999999\r\n\r\n", "" },
        { "POST /realms/acme HTTP/1.1\r\nHost: x\r\n"
          "Content-Length: -1\r\n\r\n", "" },
        { "\r\n\r\n\r\nnonsense\r\n\r\n", "" },
    };
    size_t  i, n;
    int     fd;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        fd = dial();
        n = strlen(rows[i].status);
        say(fd, rows[i].request, strlen(rows[i].request));
        shutdown(fd, SHUT_WR);
        CHECK_ROW(i, strncmp(hear(fd, "\r\n\r\n"), rows[i].status, n) == 0);
        CHECK_ROW(i, strstr(hear(fd, "\r\n\r\n"), " 500 ") == NULL);
        close(fd);
        fd = dial();
        CHECK_ROW(i, answers(fd, STYLE "\r\n", "HTTP/1.1 200 "));
        close(fd);
    }
}


static void
bodies_and_heads_have_limits(void **state)
{
    static char  big[2 * 1024 * 1024];
    char         head[256];
    int          fd = dial();

    (void) state;
    memset(big, 'a', sizeof(big));
    snprintf(head, sizeof(head), "POST /realms/acme/protocol/openid-connect/"
             "token HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n\r\n",
             sizeof(big));
    say(fd, head, strlen(head));
    say(fd, big, sizeof(big));
    assert_non_null(strstr(hear(fd, "\r\n\r\n"), "HTTP/1.1 413 "));
    close(fd);

    fd = dial();
    say(fd, "GET /realms/acme HTTP/1.1\r\nHost: x\r\nX: ", 40);
    say(fd, big, 128 * 1024);
    assert_null(strstr(hear(fd, "\r\n\r\n"), "HTTP/1.1 200 "));
    close(fd);
}


/* Only a listed user of a Unix socket speaks for others. */
static void
forwarded_headers_of_strangers_do_not_count(void **state)   /* T-HD11 */
{
    int  fd = dial();

    (void) state;
    assert_true(answers(fd, "GET /realms/acme/.well-known/"
                        "openid-configuration HTTP/1.1\r\nHost: evil.test\r\n"
                        "X-Forwarded-Host: evil.test\r\n\r\n",
                        "\"issuer\":\"" FIXTURE_ISS "\""));
    close(fd);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("requests follow each other on a connection",
             requests_follow_each_other_on_a_connection),
        TEST("a request may come byte by byte",
             a_request_may_come_byte_by_byte),
        TEST("slow clients keep nobody waiting",
             slow_clients_keep_nobody_waiting),
        TEST("many at once are all answered", many_at_once_are_all_answered),
        TEST("what is wrong is refused and harms nobody",
             what_is_wrong_is_refused_and_harms_nobody),
        TEST("bodies and heads have limits", bodies_and_heads_have_limits),
        TEST("forwarded headers of strangers do not count",
             forwarded_headers_of_strangers_do_not_count),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
