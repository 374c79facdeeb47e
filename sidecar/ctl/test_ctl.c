/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ctl.c - ctl.sock over a real Redis: questions good and bad, sessions
 * listed and ended, strangers kept out.
 */
#include "model/session_fixture.h"
#include "conf/listen.h"
#include "ctl.h"
#include "tool_ask.h"

#include "base/version.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

static struct session_fixture  fx;
static struct app              app;
static struct ctl             *ctl;
static struct ctl_facts        facts;
static const struct realm     *realm;
static const struct user      *user;
static char                    path[128];

#define C  (&fx.st.c)


static void
tell_facts(void *arg, struct ctl_facts *ret_facts)
{
    (void) arg;
    *ret_facts = facts;
}


/* Gives the answer to one question, already checked to be ok or not. */
static json_t *
ask(bool ok, json_t *question)
{
    struct fail   f = { .code = AB_OK };
    json_t       *answer = NULL;

    assert_non_null(question);
    if (tool_ask(&f, path, question, &answer) != AB_OK) {
        fail_msg("%s", f.detail);
    }
    json_decref(question);
    if (json_is_true(json_object_get(answer, "ok")) != ok) {
        fail_msg("%s", json_dumps(answer, 0));
    }
    return answer;
}


static json_int_t
revoked(json_t *answer)
{
    json_int_t  n = json_integer_value(json_object_get(
                        json_object_get(answer, "result"), "revoked"));

    json_decref(answer);
    return n;
}


static struct signed_in
sign_in(void)
{
    struct sign_in    in = session_fixture_in(&fx);
    struct signed_in  out;

    in.realm = realm;
    in.user = user;
    in.idp = "github";
    assert_int_equal(session_sign_in(C, &in, &out), AB_OK);
    return out;
}


/* The fixture's realm as the store has it, and a user of it. */
static void
put_realm(void)
{
    struct user_new  alice = { .username = "alice", .enabled = true };

    assert_int_equal(store_hset(C, key0(C, KEY_REALMS), AB_S("acme"),
                                AB_S("realm-1")), AB_OK);
    assert_int_equal(store_hset(C, key1(C, KEY_REALM, "realm-1"), AB_S("v"),
                                AB_S("1")), AB_OK);
    assert_int_equal(store_hset(C, key1(C, KEY_REALM, "realm-1"), AB_S("doc"),
                                AB_S("{\"realm\":\"acme\",\"enabled\":true}")),
                     AB_OK);
    assert_int_equal(realm_by_name(C, "acme", &realm), AB_OK);
    assert_int_equal(user_create(C, realm, &alice, &user), AB_OK);
}


/* Anew in each test, as a fixture's arena lives as long. */
static void
find_alice(void)
{
    assert_int_equal(realm_by_name(C, "acme", &realm), AB_OK);
    assert_int_equal(user_by_username(C, realm, "alice", &user), AB_OK);
}


static void
status_tells_that_all_is_well(void **state)
{
    json_t  *answer, *r;

    (void) state;
    answer = ask(true, json_pack("{s:s}", "command", "status"));
    r = json_object_get(answer, "result");
    assert_true(json_is_true(json_object_get(r, "ready")));
    assert_int_equal(json_array_size(json_object_get(r, "reasons")), 0);
    assert_string_equal(json_string_value(json_object_get(r, "version")),
                        AB_VERSION);
    assert_int_equal(json_integer_value(json_object_get(r, "workers")), 2);
    r = json_object_get(r, "redis");
    assert_true(json_is_true(json_object_get(r, "answers")));
    assert_int_equal(json_integer_value(json_object_get(r, "realms")), 1);
    json_decref(answer);
}


static void
status_tells_what_is_wrong(void **state)
{
    json_t  *answer, *r;

    (void) state;
    facts.is_confirmed = false;
    facts.redis_warning = "a warning";
    kill(private_redis_pid(fx.st.redis), SIGSTOP);
    answer = ask(true, json_pack("{s:s}", "command", "status"));
    kill(private_redis_pid(fx.st.redis), SIGCONT);
    facts.is_confirmed = true;
    facts.redis_warning = NULL;
    r = json_object_get(answer, "result");
    assert_true(json_is_false(json_object_get(r, "ready")));
    assert_int_equal(json_array_size(json_object_get(r, "reasons")), 2);
    assert_int_equal(json_array_size(json_object_get(r, "warnings")), 1);
    json_decref(answer);
}


static void
bad_questions_are_refused(void **state)
{
    static const struct {
        const char  *question, *reason;
    } rows[] = {
        { "{}", "unsupported" },
        { "{\"command\":1}", "unsupported" },
        { "{\"command\":\"Status\"}", "unsupported" },
        { "{\"command\":\"status\",\"realm\":\"a\"}", "bad_request" },
        { "{\"command\":\"session list\"}", "bad_request" },
        { "{\"command\":\"session list\",\"realm\":\"acme\"}", "bad_request" },
        { "{\"command\":\"session list\",\"realm\":\"acme\",\"user\":\"\"}",
          "bad_request" },
        { "{\"command\":\"session list\",\"realm\":\"acme\",\"user\":5}",
          "bad_request" },
        { "{\"command\":\"session list\",\"realm\":\"no\",\"user\":\"a\"}",
          "realm_absent" },
        { "{\"command\":\"session list\",\"realm\":\"acme\",\"user\":\"bob\"}",
          "user_absent" },
        { "{\"command\":\"session list\",\"realm\":\"acme\",\"user\":"
          "\"a\\nb\\u0001{}\"}", "user_absent" },
        { "{\"command\":\"session revoke\"}", "bad_request" },
        { "{\"command\":\"session revoke\",\"realm\":\"acme\"}",
          "bad_request" },
        { "{\"command\":\"session revoke\",\"usr\":\"alice\"}",
          "bad_request" },
        { "{\"command\":\"session revoke\",\"sid\":\"a\",\"user\":\"b\"}",
          "bad_request" },
    };
    json_t  *answer;
    size_t   i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        answer = ask(false, json_loads(rows[i].question, 0, NULL));
        CHECK_ROW(i, strcmp(json_string_value(json_object_get(answer,
                            "reason")), rows[i].reason) == 0);
        CHECK_ROW(i, json_string_length(json_object_get(answer, "detail"))
                     > 0);
        json_decref(answer);
    }
}


static int
dial(void)
{
    struct sockaddr_un  a = { .sun_family = AF_UNIX };
    struct timeval      limit = { .tv_sec = 5 };
    int                 fd = socket(AF_UNIX, SOCK_STREAM, 0);

    strcpy(a.sun_path, path);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    return connect(fd, (struct sockaddr *) &a, sizeof(a)) == 0 ? fd : -1;
}


static void
odd_bytes_are_refused(void **state)
{
    static const char *const  rows[] = {
        "\n", "x\n", "[1]\n", "{\"command\":\"status\"", "\xff\xfe\n",
        "{\"command\":\"status\",\"command\":\"status\"}\n",
    };
    char     text[512];
    ssize_t  n;
    size_t   i;
    int      fd;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        fd = dial();
        CHECK_ROW(i, fd >= 0);
        CHECK_ROW(i, write(fd, rows[i], strlen(rows[i])) > 0);
        shutdown(fd, SHUT_WR);
        n = read(fd, text, sizeof(text) - 1);
        text[n > 0 ? n : 0] = '\0';
        CHECK_ROW(i, strchr(rows[i], '\n') == NULL
                     ? n == 0 : strstr(text, "\"reason\":\"json\"") != NULL);
        close(fd);
    }
}


static void
a_long_line_is_refused(void **state)
{
    char     mem[4096], text[512];
    size_t   i, used = 0;
    ssize_t  n;
    int      fd = dial();

    (void) state;
    memset(mem, 'x', sizeof(mem));
    for (i = 0; i < 5; i++) {
        send(fd, mem, sizeof(mem), MSG_NOSIGNAL);
    }
    do {                        /* the answer may come in pieces */
        n = read(fd, text + used, sizeof(text) - 1 - used);
        used += n > 0 ? (size_t) n : 0;
    } while (n > 0 && used < sizeof(text) - 1);
    text[used] = '\0';
    assert_non_null(strstr(text, "too_large"));
    assert_ptr_equal(strchr(text, '\n'), text + used - 1);
    close(fd);
}


/* The ninth connection takes the place of the one silent longest. */
static void
idle_connections_give_way(void **state)
{
    int     fds[12];
    char    one;
    size_t  i;

    (void) state;
    for (i = 0; i < ROWS(fds); i++) {
        fds[i] = dial();
        CHECK_ROW(i, fds[i] >= 0);
        usleep(2000);
    }
    json_decref(ask(true, json_pack("{s:s}", "command", "status")));
    assert_int_equal(read(fds[0], &one, 1), 0);
    for (i = 0; i < ROWS(fds); i++) {
        close(fds[i]);
    }
}


static void
sessions_are_listed(void **state)
{
    struct signed_in   a, b;
    json_t            *answer, *rows, *s;

    (void) state;
    fixture_renew(&fx.st);
    find_alice();
    a = sign_in();
    b = sign_in();
    answer = ask(true, json_pack("{s:s, s:s, s:s}", "command", "session list",
                                 "realm", "acme", "user", "alice"));
    rows = json_object_get(json_object_get(answer, "result"), "sessions");
    assert_int_equal(json_array_size(rows), 2);
    s = json_array_get(rows, 0);
    assert_true(strcmp(json_string_value(json_object_get(s, "sid")), a.sid)
                == 0
                || strcmp(json_string_value(json_object_get(s, "sid")), b.sid)
                   == 0);
    assert_string_equal(json_string_value(json_object_get(s, "idp")),
                        "github");
    json_decref(answer);
    /* by id as well */
    answer = ask(true, json_pack("{s:s, s:s, s:s}", "command", "session list",
                                 "realm", "acme", "user", user->id));
    rows = json_object_get(json_object_get(answer, "result"), "sessions");
    assert_int_equal(json_array_size(rows), 2);
    json_decref(answer);
    assert_int_equal(session_end(C, realm, a.sid, NULL, NULL), AB_OK);
    assert_int_equal(session_end(C, realm, b.sid, NULL, NULL), AB_OK);
}


static void
a_session_is_revoked_with_its_mark(void **state)
{
    struct stream_entry   *e;
    const struct session  *s;
    struct ab_slice        from;
    struct signed_in       a;
    size_t                 n;
    struct mark            m;

    (void) state;
    fixture_renew(&fx.st);
    find_alice();
    a = sign_in();
    assert_int_equal(stream_last(C, &from), AB_OK);
    assert_int_equal(revoked(ask(true, json_pack("{s:s, s:s}", "command",
                                 "session revoke", "sid", a.sid))), 1);
    assert_int_equal(session_load(C, realm, a.sid, &s), AB_E_SESSION_ENDED);
    assert_int_equal(stream_read(C, from, 10, 0, &e, &n), AB_OK);
    assert_int_equal(n, 2);
    assert_int_equal(mark_read(&e[1], &m), AB_OK);
    assert_true(!m.is_ending && ab_slice_eq_str(m.id, a.sid));
    /* twice is fine */
    assert_int_equal(revoked(ask(true, json_pack("{s:s, s:s, s:s}", "command",
                                 "session revoke", "sid", a.sid, "realm",
                                 "acme"))), 0);
    json_decref(ask(false, json_pack("{s:s, s:s}", "command",
                                     "session revoke", "sid",
                                     "AAAAAAAAAAAAAAAAAAAAAAAA")));
    json_decref(ask(false, json_pack("{s:s, s:s}", "command",
                                     "session revoke", "sid", "a}{b *")));
}


static void
all_sessions_of_a_user_are_revoked(void **state)
{
    const struct session  *s;
    struct signed_in       a, b;

    (void) state;
    fixture_renew(&fx.st);
    find_alice();
    a = sign_in();
    b = sign_in();
    assert_int_equal(revoked(ask(true, json_pack("{s:s, s:s, s:s}", "command",
                                 "session revoke", "realm", "acme", "user",
                                 "alice"))), 2);
    assert_int_equal(session_load(C, realm, a.sid, &s), AB_E_SESSION_ENDED);
    assert_int_equal(session_load(C, realm, b.sid, &s), AB_E_SESSION_ENDED);
    assert_int_equal(revoked(ask(true, json_pack("{s:s, s:s, s:s}", "command",
                                 "session revoke", "realm", "acme", "user",
                                 "alice"))), 0);
}


/* Only where the test runs as root can it be somebody else. */
static void
a_stranger_is_not_heard(void **state)
{
    char   one;
    int    fd, status;
    pid_t  child;

    (void) state;
    if (geteuid() != 0) {
        skip();
    }
    assert_int_equal(chmod(path, 0666) + chmod(fx.st.dir, 0755), 0);
    child = fork();
    if (child == 0) {
        if (setuid(65534) != 0) {
            _exit(2);
        }
        fd = dial();
        if (fd < 0 || send(fd, "{}\n", 3, MSG_NOSIGNAL) < 0) {
            _exit(0);
        }
        _exit(read(fd, &one, 1) <= 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}


static int
start(void **state)
{
    static struct ctl_conf  conf;
    struct fail             f = { .code = AB_OK };
    int                     fd;

    (void) state;
    session_fixture_start(&fx);
    app = (struct app) { .keyring = &fx.st.keyring,
                         .base_url = "https://id.example.com" };
    fx.st.c.app = &app;
    put_realm();
    facts = (struct ctl_facts) {
        .position = "1-0", .is_confirmed = true, .n_workers = 2,
        .redis_pid = (int) private_redis_pid(fx.st.redis)
    };
    conf = (struct ctl_conf) { &app, &fx.st.conf, tell_facts, NULL };
    snprintf(path, sizeof(path), "%s/ctl.sock", fx.st.dir);
    assert_int_equal(listen_unix(&f, path, 0600, NULL, &fd), AB_OK);
    assert_int_equal(ctl_start(&f, &conf, fd, &ctl), AB_OK);
    return 0;
}


static int
stop(void **state)
{
    (void) state;
    ctl_stop(ctl);
    ctl_stop(NULL);
    session_fixture_stop(&fx);
    return 0;
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("status tells that all is well", status_tells_that_all_is_well),
        TEST("status tells what is wrong, also when Redis hangs",
             status_tells_what_is_wrong),
        TEST("bad questions are refused with their reason",
             bad_questions_are_refused),
        TEST("odd bytes are refused", odd_bytes_are_refused),
        TEST("a long line is refused", a_long_line_is_refused),
        TEST("idle connections give way", idle_connections_give_way),
        TEST("a user's sessions are listed", sessions_are_listed),
        TEST("a session is revoked with its mark, twice is fine",
             a_session_is_revoked_with_its_mark),
        TEST("all sessions of a user are revoked",
             all_sessions_of_a_user_are_revoked),
        TEST("a stranger is not heard, even where the mode was opened",
             a_stranger_is_not_heard),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
