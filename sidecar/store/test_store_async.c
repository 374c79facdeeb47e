/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_store_async.c - pipelined questions, and a Redis that stops or dies.
 */
#include "store_fixture.h"
#include "keys.h"
#include "store_async.h"

#include "base/fault.h"

#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

static struct store_fixture   fx;
static struct event_base     *base;
static struct store_async    *as;

/* What the callbacks saw. */
struct seen {
    size_t        answered;
    size_t        wanted;
    enum ab_err   last;
    size_t        down;
    size_t        wrong;
};

struct expected {
    struct seen  *seen;
    char          value[24];
};


static void
on_reply(void *arg, enum ab_err e, const struct reply *r)
{
    struct expected  *x = arg;

    x->seen->answered++;
    x->seen->last = e;
    x->seen->down += e == AB_E_STORE_DOWN;
    if (e == AB_OK) {
        x->seen->wrong += r->type != REPLY_LIST || r->n != 2
                          || !ab_slice_eq_str(r->list[0].s, x->value)
                          || r->list[1].type != REPLY_NIL;
    }
    if (x->seen->answered == x->seen->wanted) {
        event_base_loopbreak(base);
    }
    free(x);
}


static void
on_time(evutil_socket_t fd, short what, void *arg)
{
    (void) fd;
    (void) what;
    (void) arg;
    event_base_loopbreak(base);
}


static void
run_for(int64_t ms)
{
    struct timeval   tv = { ms / 1000, ms % 1000 * 1000 };
    struct event    *timer = event_new(base, -1, 0, on_time, NULL);

    assert_non_null(timer);
    event_add(timer, &tv);
    event_base_loop(base, 0);
    event_free(timer);
}


static void
run_until_up(void)
{
    int64_t  end = clock_mono_ms() + 5000;

    while (!store_async_is_up(as) && clock_left_ms(end) > 0) {
        run_for(5);
    }
    assert_true(store_async_is_up(as));
}


static enum ab_err
ask(struct seen *seen, size_t number)
{
    struct expected  *x = malloc(sizeof(*x));
    struct ab_slice   argv[4] = { AB_S("HMGET") };
    char              field[24];
    enum ab_err       e;

    assert_non_null(x);
    x->seen = seen;
    snprintf(x->value, sizeof(x->value), "v%zu", number % 100);
    snprintf(field, sizeof(field), "f%zu", number % 100);
    argv[1] = key1(&fx.c, KEY_SESSION, "async");
    argv[2] = ab_slice_str(field);
    argv[3] = AB_S("none");
    e = store_async_call(as, 1, argv, 4, on_reply, x);
    if (e != AB_OK) {
        free(x);
    }
    return e;
}


static void
fill(void)
{
    char    field[24], value[24];
    size_t  i;

    fixture_renew(&fx);
    for (i = 0; i < 100; i++) {
        snprintf(field, sizeof(field), "f%zu", i);
        snprintf(value, sizeof(value), "v%zu", i);
        assert_int_equal(store_hset(&fx.c, key1(&fx.c, KEY_SESSION, "async"),
                                    ab_slice_str(field), ab_slice_str(value)),
                         AB_OK);
    }
}


static void
ten_thousand_in_flight_get_their_own_answers(void **state)
{
    struct seen  seen = { .wanted = 10000 };
    size_t       i;

    (void) state;
    fill();
    run_until_up();
    for (i = 0; i < seen.wanted; i++) {
        CHECK_ROW(i, ask(&seen, i) == AB_OK);
    }
    assert_int_equal(seen.answered, 0);     /* never from inside the call */
    run_for(10000);
    assert_int_equal(seen.answered, seen.wanted);
    assert_int_equal(seen.down + seen.wrong, 0);
    assert_int_equal(seen.last, AB_OK);
}


static void
questions_before_the_greeting_are_answered(void **state)
{
    struct store_async  *mine = as;
    struct seen          seen = { .wanted = 1 };

    (void) state;
    fixture_renew(&fx);
    as = store_async_new(base, &fx.conf);
    assert_non_null(as);
    assert_false(store_async_is_up(as));
    assert_int_equal(ask(&seen, 7), AB_OK);
    run_for(2000);
    assert_true(seen.answered == 1 && seen.last == AB_OK && seen.wrong == 0);
    store_async_free(as);
    as = mine;
}


static void
a_stopped_redis_ends_questions_in_two_seconds(void **state)
{
    struct seen  seen = { .wanted = 500 };
    int64_t      start, took;
    size_t       i;

    (void) state;
    fixture_renew(&fx);
    run_until_up();
    kill(private_redis_pid(fx.redis), SIGSTOP);
    start = clock_mono_ms();
    for (i = 0; i < seen.wanted; i++) {
        CHECK_ROW(i, ask(&seen, i) == AB_OK);
    }
    run_for(5000);
    took = clock_mono_ms() - start;
    assert_int_equal(seen.answered, 500);
    assert_int_equal(seen.down, 500);
    assert_true(took >= 1900 && took <= 2600);
    /* from now on at once, though the kernel still accepts connections */
    run_for(200);
    assert_false(store_async_is_up(as));
    assert_int_equal(ask(&seen, 1), AB_E_STORE_DOWN);
    kill(private_redis_pid(fx.redis), SIGCONT);
    run_until_up();
    seen = (struct seen) { .wanted = 1 };
    assert_int_equal(ask(&seen, 1), AB_OK);
    run_for(2000);
    assert_true(seen.answered == 1 && seen.last == AB_OK && seen.wrong == 0);
}


static void
a_killed_redis_ends_questions_at_once(void **state)
{
    struct seen  seen = { .wanted = 500 };
    int64_t      start;
    size_t       i;

    (void) state;
    fixture_renew(&fx);
    run_until_up();
    kill(private_redis_pid(fx.redis), SIGSTOP);
    for (i = 0; i < seen.wanted; i++) {
        CHECK_ROW(i, ask(&seen, i) == AB_OK);
    }
    start = clock_mono_ms();
    kill(private_redis_pid(fx.redis), SIGKILL);
    run_for(3000);
    assert_int_equal(seen.answered, 500);
    assert_int_equal(seen.down, 500);
    assert_true(clock_mono_ms() - start < 1000);
    while (!private_redis_tend(fx.redis)) {
        assert_true(clock_mono_ms() - start < 5000);
        usleep(1000);
    }
    run_until_up();
    seen = (struct seen) { .wanted = 1 };
    assert_int_equal(ask(&seen, 3), AB_OK);
    run_for(2000);
    assert_true(seen.answered == 1 && seen.last == AB_OK && seen.wrong == 0);
}


static void
errors_and_bad_calls_are_told(void **state)
{
    struct ab_slice   argv[2] = { AB_S("INCR") };
    struct seen       seen = { .wanted = 1 };
    struct expected  *x = calloc(1, sizeof(*x));

    (void) state;
    fixture_renew(&fx);
    argv[1] = key1(&fx.c, KEY_SESSION, "async");
    run_until_up();
    x->seen = &seen;
    assert_int_equal(store_async_call(as, 1, argv, 2, on_reply, x), AB_OK);
    run_for(2000);
    assert_true(seen.answered == 1 && seen.last == AB_E_STORE_REPLY);
    argv[1].len = 0;
    assert_int_equal(store_async_call(as, 1, argv, 2, on_reply, x),
                     AB_E_INTERNAL);
    assert_int_equal(store_async_call(as, 2, argv, 2, on_reply, x),
                     AB_E_INTERNAL);
}


static void
no_memory_is_told(void **state)
{
    struct seen  seen = { .wanted = 1 };
    long         n;
    bool         hit = true;
    enum ab_err  e;

    (void) state;
    run_until_up();
    for (n = 0; hit && n < 10; n++) {
        fixture_renew(&fx);
        fault_alloc_at(n + 1);          /* past the block of the key */
        e = ask(&seen, 1);
        hit = fault_was_hit();
        fault_alloc_at(-1);
        CHECK_ROW(n, e == (hit ? AB_E_NOMEM : AB_OK));
    }
    assert_int_equal(n, 4);
    run_for(2000);
    assert_true(seen.answered == 1 && seen.last == AB_OK);
    fault_store_at(0);
    assert_int_equal(ask(&seen, 1), AB_E_STORE_DOWN);
    fault_store_at(-1);
}


/* ---- a Redis that says more than it was asked ---------------------------- */

struct talker {
    int          fd;
    const char  *answer;
};


/* Two connections: PONG to the greeting, `answer` to what comes then. */
static void *
talk(void *arg)
{
    struct talker  *t = arg;
    char            buf[1024];
    int             fd, i;

    for (i = 0; i < 2 && (fd = accept(t->fd, NULL, NULL)) >= 0; i++) {
        if (recv(fd, buf, sizeof(buf), 0) > 0) {
            (void) !send(fd, "+PONG\r\n", 7, MSG_NOSIGNAL);
        }
        while (recv(fd, buf, sizeof(buf), 0) > 0) {
            (void) !send(fd, t->answer, strlen(t->answer), MSG_NOSIGNAL);
        }
        close(fd);
    }
    return NULL;
}


static void
answers_nobody_asked_for_end_the_connection(void **state)
{
    static const char *const  rows[] = {
        "*2\r\n$2\r\nv1\r\n$-1\r\n$-1\r\n",
        "*2\r\n$2\r\nv1\r\n$-1\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n",
        "*2\r\n$2\r\nv1\r\n$-1\r\n:1\r\n",
        "*2\r\n$2\r\nv1\r\n$-1\r\n+OK\r\n",
        "*2\r\n$2\r\nv1\r\n$-1\r\n-ERR x\r\n",
        "*2\r\n$2\r\nv1\r\n$-1\r\n$3\r\nabc\r\n",
    };
    struct sockaddr_un   a = { .sun_family = AF_UNIX };
    struct store_async  *mine = as;
    struct store_conf    conf = fx.conf;
    struct talker        t;
    pthread_t            thread;
    char                 url[160];
    size_t               i;

    (void) state;
    snprintf(a.sun_path, sizeof(a.sun_path), "%s/talker", fx.dir);
    snprintf(url, sizeof(url), "unix:%s", a.sun_path);
    conf.url = url;
    for (i = 0; i < ROWS(rows); i++) {
        struct seen  seen = { .wanted = 1 };

        fixture_renew(&fx);
        t = (struct talker) { socket(AF_UNIX, SOCK_STREAM, 0), rows[i] };
        unlink(a.sun_path);
        assert_int_equal(bind(t.fd, (struct sockaddr *) &a, sizeof(a)), 0);
        assert_int_equal(listen(t.fd, 4), 0);
        assert_int_equal(pthread_create(&thread, NULL, talk, &t), 0);
        as = store_async_new(base, &conf);
        run_until_up();
        CHECK_ROW(i, ask(&seen, 1) == AB_OK);
        run_for(1000);
        CHECK_ROW(i, seen.answered == 1 && seen.wrong == 0);
        run_until_up();                 /* a new connection */
        store_async_free(as);
        shutdown(t.fd, SHUT_RDWR);
        pthread_join(thread, NULL);
        close(t.fd);
    }
    as = mine;
}


static void
freeing_ends_what_is_open(void **state)
{
    struct store_async  *mine = as;
    struct seen          seen = { .wanted = 1000 };
    size_t               i;

    (void) state;
    fixture_renew(&fx);
    as = store_async_new(base, &fx.conf);
    for (i = 0; i < 50; i++) {
        CHECK_ROW(i, ask(&seen, i) == AB_OK);
    }
    store_async_free(as);
    assert_int_equal(seen.down, 50);
    as = mine;
}


/* By name over TCP, with a password; the wrong one never comes up. */
static void
a_named_host_with_a_password(void **state)
{
    struct store_async  *mine = as;
    struct store_conf    conf = { NULL, &fx.keyring };
    struct ab_slice      argv[] = { AB_S("CONFIG"), AB_S("SET"),
                                    AB_S("port"), AB_S("0"),
                                    AB_S("requirepass"), AB_S("p w") };
    struct seen          seen = { .wanted = 1 };
    struct reply        *r;
    char                 port[8], url[64];

    (void) state;
    fixture_renew(&fx);
    snprintf(port, sizeof(port), "%d", 20000 + getpid() % 20000);
    argv[3] = ab_slice_str(port);
    assert_int_equal(store_call(&fx.c, 2, argv, 6, &r), AB_OK);

    snprintf(url, sizeof(url), "redis://:wrong@localhost:%s", port);
    conf.url = url;
    as = store_async_new(base, &conf);
    run_for(300);
    assert_false(store_async_is_up(as));
    store_async_free(as);

    snprintf(url, sizeof(url), "redis://default:p%%20w@localhost:%s/0", port);
    as = store_async_new(base, &conf);
    run_until_up();
    assert_int_equal(ask(&seen, 5), AB_OK);
    run_for(2000);
    assert_true(seen.answered == 1 && seen.last == AB_OK && seen.wrong == 0);
    store_async_free(as);
    as = mine;
    argv[3] = AB_S("0");
    argv[5] = AB_S("");
    assert_int_equal(store_call(&fx.c, 2, argv, 6, &r), AB_OK);
}


static int
start(void **state)
{
    (void) state;
    fixture_start(&fx);
    base = event_base_new();
    as = store_async_new(base, &fx.conf);
    return base == NULL || as == NULL;
}


static int
stop(void **state)
{
    (void) state;
    store_async_free(as);
    event_base_free(base);
    fixture_stop(&fx);
    return 0;
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("T-SE13: 10,000 questions in flight get their own answers",
             ten_thousand_in_flight_get_their_own_answers),
        TEST("questions before the greeting are answered",
             questions_before_the_greeting_are_answered),
        TEST("a stopped Redis ends questions in two seconds, then at once",
             a_stopped_redis_ends_questions_in_two_seconds),
        TEST("a killed Redis ends questions at once, a new one is found",
             a_killed_redis_ends_questions_at_once),
        TEST("error replies and bad calls are told",
             errors_and_bad_calls_are_told),
        TEST("no memory is told, and a failed call calls nobody back",
             no_memory_is_told),
        TEST("answers that nobody asked for end the connection",
             answers_nobody_asked_for_end_the_connection),
        TEST("freeing ends what is open", freeing_ends_what_is_open),
        TEST("a named host with a password is reached",
             a_named_host_with_a_password),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
