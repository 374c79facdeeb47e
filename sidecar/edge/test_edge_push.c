/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_edge_push.c - what a worker is told unasked: marks in time, positions
 * while and only while Redis confirms them, a new start where the stream
 * cannot be followed, and the end of the daemon.
 */
#include "edge_fixture.h"

#include <pthread.h>
#include <sys/resource.h>

static struct edge_fixture  x;

#define C  (&x.fx.st.c)


static int
set_up(void **state)
{
    (void) state;
    edge_fixture_start(&x);
    return 0;
}


static int
tear_down(void **state)
{
    (void) state;
    edge_fixture_stop(&x);
    return 0;
}


/* A command to Redis as it stands; key_at 1. */
static void
redis(const char *const *words, size_t n)
{
    struct ab_slice  argv[12];
    struct reply    *r;
    size_t           i;

    for (i = 0; i < n; i++) {
        argv[i] = ab_slice_str(words[i]);
    }
    assert_int_equal(store_call(C, 1, argv, n, &r), AB_OK);
}

#define REDIS(...)                                                          \
    redis((const char *const []) { __VA_ARGS__ },                           \
          sizeof((const char *const []) { __VA_ARGS__ }) / sizeof(char *))


static void
append(const char *what, const char *kind)
{
    REDIS("XADD", "ab:{rev}", "*", "what", what, "kind", kind, "realm",
          "some-realm", "id", "some-id");
}


static void
mark_user(void)
{
    struct mark  m = {
        .kind = AB_MARK_USER, .realm_id = ab_slice_str(x.fx.realm->id),
        .id = AB_S("somebody"),
    };

    assert_int_equal(mark_append(C, &m, NULL), AB_OK);
}


/* Nothing of that type for so long. */
static bool
is_silent(struct worker *w, uint16_t type, int64_t ms)
{
    struct ab_slice  p;

    return !worker_push(w, type, ms, &p);
}


/* ---- marks --------------------------------------------------------------- */

static void
a_mark_reaches_every_worker_in_100_ms(void **state)
{
    struct worker    a = worker_new(&x), b = worker_new(&x);
    struct ab_slice  p;
    char             last[64] = "";
    int64_t          t0;
    size_t           i, in_time = 0;

    (void) state;
    realm_fixture_renew(&x.fx);
    for (i = 0; i < 20; i++) {
        t0 = clock_mono_ms();
        mark_user();
        assert_true(worker_push(&a, AB_MSG_MARK, WAIT_MS, &p));
        in_time += clock_mono_ms() - t0 <= 100;
        assert_int_equal(ab_wire_get_u64(p, AB_TAG_MARK_KIND), AB_MARK_USER);
        assert_true(ab_slice_eq_str(ab_wire_get(p, AB_TAG_MARK_ID),
                                    "somebody"));
        /* each names the one before it */
        assert_true(i == 0 || ab_slice_eq_str(ab_wire_get(p, AB_TAG_PREVIOUS),
                                              last));
        p = ab_wire_get(p, AB_TAG_POSITION);
        snprintf(last, sizeof(last), "%.*s", (int) p.len, p.p);
        assert_true(worker_push(&b, AB_MSG_MARK, WAIT_MS, &p));
    }
    assert_true(in_time >= 15);         /* the machine may be busy */
    worker_close(&a);
    worker_close(&b);
}


static void
nothing_is_pushed_before_hello(void **state)
{
    struct worker    w = worker_connect(&x);
    struct ab_frame  f;

    (void) state;
    realm_fixture_renew(&x.fx);
    mark_user();
    assert_int_equal(worker_next(&w, 1500, &f), 0);
    worker_close(&w);
}


/* A worker that comes back gets what it missed, in order. */
static void
hello_tells_marks_since(void **state)
{
    struct worker    w = worker_new(&x);
    struct ab_buf    b;
    struct ab_slice  p, a;
    char             since[64];
    size_t           i, pos = 0, n = 0;

    (void) state;
    realm_fixture_renew(&x.fx);
    mark_user();
    assert_true(worker_push(&w, AB_MSG_MARK, WAIT_MS, &p));
    p = ab_wire_get(p, AB_TAG_POSITION);
    snprintf(since, sizeof(since), "%.*s", (int) p.len, p.p);
    for (i = 0; i < 7; i++) {
        mark_user();
        assert_true(worker_push(&w, AB_MSG_MARK, WAIT_MS, &p));
    }
    worker_close(&w);
    w = worker_connect(&x);
    b = hello_fields(since);
    a = worker_ask(&w, AB_MSG_HELLO, &b);
    while (ab_wire_each(a, AB_TAG_MARK_ENTRY, &pos, &p)) {
        p = ab_wire_get(p, AB_TAG_POSITION);
        CHECK_ROW(n, ab_position_cmp(p, ab_slice_str(since)) > 0);
        snprintf(since, sizeof(since), "%.*s", (int) p.len, p.p);
        n++;
    }
    assert_int_equal(n, 7);
    worker_close(&w);
}


/* From a position that cannot be continued it starts anew, before the
 * answer. */
static void
hello_from_an_unknown_position_resets(void **state)
{
    static const char *const  rows[] = {
        "9999999999999-0", "18446744073709551615-18446744073709551615",
    };
    struct worker    w;
    struct ab_buf    b;
    struct ab_frame  f;
    size_t           i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        w = worker_connect(&x);
        b = hello_fields(rows[i]);
        assert_true(worker_put(&w, AB_MSG_HELLO, &b));
        CHECK_ROW(i, worker_next(&w, WAIT_MS, &f) == 1
                     && f.type == AB_MSG_RESET);
        CHECK_ROW(i, worker_next(&w, WAIT_MS, &f) == 1
                     && f.type == (AB_MSG_HELLO | AB_WIRE_ANSWER)
                     && status_in(f.payload) == AB_OK);
        worker_close(&w);
    }
}


/* More marks than a frame holds: a new start instead of a refusal. */
static void
hello_after_a_flood_resets(void **state)
{
    struct worker    w;
    struct ab_buf    b;
    struct ab_frame  f;
    struct ab_slice  p;
    size_t           i;

    (void) state;
    realm_fixture_renew(&x.fx);
    w = worker_new(&x);
    for (i = 0; i < 4000; i++) {
        if (i % 500 == 0) {
            realm_fixture_renew(&x.fx);
        }
        append("mark", "5");
    }
    for (i = 0; i < 4000; i++) {
        CHECK_ROW(i, worker_push(&w, AB_MSG_MARK, WAIT_MS, &p));
    }
    worker_close(&w);
    w = worker_connect(&x);
    b = hello_fields("0-0");
    assert_true(worker_put(&w, AB_MSG_HELLO, &b));
    assert_int_equal(worker_next(&w, WAIT_MS, &f), 1);
    assert_int_equal(f.type, AB_MSG_RESET);
    assert_int_equal(worker_next(&w, WAIT_MS, &f), 1);
    assert_int_equal(f.type, AB_MSG_HELLO | AB_WIRE_ANSWER);
    assert_int_equal(status_in(f.payload), AB_OK);
    assert_null(ab_wire_get(f.payload, AB_TAG_MARK_ENTRY).p);
    worker_close(&w);
}


/* ---- endings ------------------------------------------------------------- */

/* Who began an end died: the follower completes it. */
static void
an_ending_without_its_mark_is_completed(void **state)
{
    struct worker    w = worker_new(&x);
    struct seat      s;
    struct ab_slice  p;
    struct mark      m = { .kind = AB_MARK_SID };
    int64_t          t0;

    (void) state;
    realm_fixture_renew(&x.fx);
    s = sign_in(&x, &w);
    m.realm_id = ab_slice_str(x.fx.realm->id);
    m.id = ab_slice_str(s.sid);
    t0 = clock_mono_ms();
    assert_int_equal(mark_ending(C, &m), AB_OK);
    assert_true(worker_push(&w, AB_MSG_MARK, WAIT_MS, &p));
    assert_in_range(clock_mono_ms() - t0, 900, 4000);
    assert_int_equal(ab_wire_get_u64(p, AB_TAG_MARK_KIND), AB_MARK_SID);
    assert_true(ab_slice_eq_str(ab_wire_get(p, AB_TAG_MARK_ID), s.sid));
    assert_int_equal(status_in(seat_ask(&x, &w, AB_MSG_SESSION_GET, &s)),
                     AB_E_SESSION_ENDED);
    assert_true(is_silent(&w, AB_MSG_MARK, 2500));      /* once */
    worker_close(&w);
}


/* What can never be completed takes no place from what can. */
static void
malformed_endings_are_given_up(void **state)
{
    struct worker    w = worker_new(&x);
    struct seat      s;
    struct ab_slice  p;
    struct mark      m = { .kind = AB_MARK_SID };
    size_t           i;

    (void) state;
    realm_fixture_renew(&x.fx);
    for (i = 0; i < 300; i++) {
        append("ending", i % 2 ? "1" : "2");
    }
    usleep(2500 * 1000);
    s = sign_in(&x, &w);
    m.realm_id = ab_slice_str(x.fx.realm->id);
    m.id = ab_slice_str(s.sid);
    assert_int_equal(mark_ending(C, &m), AB_OK);
    assert_true(worker_push(&w, AB_MSG_MARK, WAIT_MS, &p));
    assert_true(ab_slice_eq_str(ab_wire_get(p, AB_TAG_MARK_ID), s.sid));
    worker_close(&w);
}


/* ---- the lease ----------------------------------------------------------- */

static void
positions_stop_while_redis_is_silent(void **state)
{
    struct worker    w = worker_new(&x);
    struct ab_slice  p;
    pid_t            redis_pid = private_redis_pid(x.fx.st.redis);
    uint64_t         time;
    bool             silent;

    (void) state;
    realm_fixture_renew(&x.fx);
    assert_true(worker_push(&w, AB_MSG_POSITION, 3000, &p));
    time = ab_wire_get_u64(p, AB_TAG_TIME);
    assert_in_range(time, clock_now_s() - 3, clock_now_s());
    assert_int_equal(kill(redis_pid, SIGSTOP), 0);
    (void) worker_push(&w, AB_MSG_POSITION, 1200, &p);  /* under way */
    silent = is_silent(&w, AB_MSG_POSITION, 3500);
    assert_int_equal(kill(redis_pid, SIGCONT), 0);
    assert_true(silent);
    assert_true(worker_push(&w, AB_MSG_POSITION, WAIT_MS, &p));
    assert_true(ab_wire_get_u64(p, AB_TAG_TIME) >= time + 4);
    worker_close(&w);
}


/* ---- starting anew ------------------------------------------------------- */

/* An entry of a newer version ends nobody knows what. */
static void
an_unknown_entry_resets(void **state)
{
    static const char *const  rows[][2] = {
        { "mark", "99" }, { "mark", "0" }, { "mark", "x" }, { "mask", "1" },
    };
    struct worker    w = worker_new(&x);
    struct ab_slice  p;
    size_t           i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        realm_fixture_renew(&x.fx);
        append(rows[i][0], rows[i][1]);
        CHECK_ROW(i, worker_push(&w, AB_MSG_RESET, 3000, &p));
        CHECK_ROW(i, ab_wire_get(p, AB_TAG_POSITION).len > 0);
    }
    mark_user();
    assert_true(worker_push(&w, AB_MSG_MARK, 3000, &p));
    worker_close(&w);
}


/* A stream that lost entries, as after a failover or from a restored file. */
static void
a_stream_that_went_back_resets(void **state)
{
    struct worker    w = worker_new(&x);
    struct ab_slice  p;

    (void) state;
    realm_fixture_renew(&x.fx);
    mark_user();
    assert_true(worker_push(&w, AB_MSG_MARK, WAIT_MS, &p));
    REDIS("DEL", "ab:{rev}");
    REDIS("CLIENT", "KILL", "TYPE", "normal");
    assert_true(worker_push(&w, AB_MSG_RESET, WAIT_MS, &p));
    assert_true(ab_slice_eq_str(ab_wire_get(p, AB_TAG_POSITION), "0-0"));
    realm_fixture_renew(&x.fx);
    mark_user();
    assert_true(worker_push(&w, AB_MSG_MARK, WAIT_MS, &p));
    assert_true(worker_push(&w, AB_MSG_POSITION, WAIT_MS, &p));
    worker_close(&w);
}


/* A realm changed while its facts could not be read: they come later, and
 * until then no lease is given. */
static void
facts_that_could_not_be_read_come_later(void **state)
{
    struct worker    w = worker_new(&x);
    struct ab_slice  p;
    bool             silent;

    (void) state;
    realm_fixture_renew(&x.fx);
    REDIS("RENAME", "ab:realms", "ab:realms-away");
    REDIS("SET", "ab:realms", "no hash");
    assert_int_equal(mark_realm_epoch(C, x.fx.realm->id), AB_OK);
    assert_true(worker_push(&w, AB_MSG_MARK, WAIT_MS, &p));
    silent = is_silent(&w, AB_MSG_POSITION, 2500);
    REDIS("RENAME", "ab:realms-away", "ab:realms");
    assert_true(silent);
    assert_true(worker_push(&w, AB_MSG_CATALOG, WAIT_MS, &p));
    assert_non_null(ab_wire_get(p, AB_TAG_REALM_ENTRY).p);
    assert_true(worker_push(&w, AB_MSG_POSITION, WAIT_MS, &p));
    worker_close(&w);
}


/* ---- no descriptor left -------------------------------------------------- */

static int64_t
cpu_ms(void)
{
    struct rusage  r;

    getrusage(RUSAGE_SELF, &r);
    return (r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1000
           + (r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1000;
}


/* The loop does not spin meanwhile, and serves who is there. */
static void
a_connection_waits_for_a_descriptor(void **state)
{
    struct worker    here, w;
    struct ab_buf    b = hello_fields(NULL);
    struct rlimit    old, none;
    struct ab_slice  p;
    int64_t          spent;
    bool             fine;

    (void) state;
    realm_fixture_renew(&x.fx);
    here = worker_new(&x);
    w = worker_connect(&x);
    worker_close(&w);                   /* its descriptor is the next free */
    usleep(100 * 1000);
    w = worker_connect(&x);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    worker_close(&w);
    usleep(100 * 1000);
    none = old;
    none.rlim_cur = (rlim_t) w.fd + 1;  /* for the asking side alone */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    w = worker_connect(&x);
    spent = cpu_ms();
    fine = worker_push(&here, AB_MSG_POSITION, 3000, &p);
    usleep(500 * 1000);
    spent = cpu_ms() - spent;
    setrlimit(RLIMIT_NOFILE, &old);
    assert_true(fine);
    assert_true(spent < 400);
    assert_int_equal(status_in(worker_ask(&w, AB_MSG_HELLO, &b)), AB_OK);
    worker_close(&w);
    worker_close(&here);
}


/* ---- the end ------------------------------------------------------------- */

static _Atomic bool  is_over;


/* Asks until the connection is closed. */
static void *
hammer(void *arg)
{
    struct worker  *w = arg;
    struct ab_buf   b;

    while (!is_over) {
        b = hello_fields(NULL);
        if (!worker_put(w, AB_MSG_HELLO, &b)) {
            break;
        }
        usleep(200);
    }
    return NULL;
}


static void
a_stop_says_goaway(void **state)
{
    struct worker    w = worker_new(&x), busy = worker_connect(&x);
    pthread_t        thread;
    struct ab_frame  f;
    bool             told = false;
    int              rc;

    (void) state;
    assert_int_equal(pthread_create(&thread, NULL, hammer, &busy), 0);
    usleep(100 * 1000);
    edge_stop(x.edge);
    is_over = true;
    pthread_join(thread, NULL);
    while ((rc = worker_next(&w, WAIT_MS, &f)) == 1) {
        told = told || f.type == AB_MSG_GOAWAY;
    }
    assert_true(told);
    assert_int_equal(rc, -1);
    worker_close(&busy);
    worker_close(&w);
    edge_fixture_run(&x);       /* a second daemon at the same Redis */
    w = worker_new(&x);
    worker_close(&w);
}


/* Questions in flight at the end are no use after free. */
static void
a_worker_that_leaves_is_forgotten(void **state)
{
    struct worker       w;
    struct edge_status  status;
    struct seat         s;
    struct ab_buf       b;
    size_t              i;

    (void) state;
    realm_fixture_renew(&x.fx);
    w = worker_new(&x);
    s = sign_in(&x, &w);
    worker_close(&w);
    for (i = 0; i < 60; i++) {
        w = worker_new(&x);
        b = seat_fields(&x, &s);
        assert_true(worker_put(&w, i % 2 ? AB_MSG_TOUCH : AB_MSG_SESSION_GET,
                               &b));
        worker_close(&w);
    }
    usleep(300 * 1000);
    edge_status(x.edge, &status);
    assert_int_equal(status.n_workers, 0);
    assert_true(status.is_confirmed);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("a mark reaches every worker in 100 ms",
             a_mark_reaches_every_worker_in_100_ms),
        TEST("nothing is pushed before HELLO",
             nothing_is_pushed_before_hello),
        TEST("HELLO tells the marks since", hello_tells_marks_since),
        TEST("HELLO from an unknown position resets",
             hello_from_an_unknown_position_resets),
        TEST("HELLO after a flood of marks resets",
             hello_after_a_flood_resets),
        TEST("an ending without its mark is completed",
             an_ending_without_its_mark_is_completed),
        TEST("malformed endings are given up",
             malformed_endings_are_given_up),
        TEST("positions stop while Redis is silent",
             positions_stop_while_redis_is_silent),
        TEST("an unknown entry resets", an_unknown_entry_resets),
        TEST("a stream that went back resets",
             a_stream_that_went_back_resets),
        TEST("facts that could not be read come later",
             facts_that_could_not_be_read_come_later),
        TEST("a connection waits for a descriptor",
             a_connection_waits_for_a_descriptor),
        TEST("a worker that leaves is forgotten",
             a_worker_that_leaves_is_forgotten),
        TEST("a stop says GOAWAY", a_stop_says_goaway),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
