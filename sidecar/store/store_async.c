/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store_async.c - questions to Redis from an event loop.
 *
 * Redis answers in order, so the questions form a queue whose head is the
 * oldest. A question that ran out of time has its callback called at once
 * and stays in the queue, mute, until its answer or the connection's end.
 */
#include "store_async.h"
#include "address.h"
#include "reply.h"
#include "slots.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/metric.h"
#include "conf/redis_url.h"

#include <event2/event.h>
#include <hiredis/adapters/libevent.h>
#include <sys/queue.h>
#include <unistd.h>

#define INFLIGHT_MAX    100000
#define SILENT_MS       2000
#define QUESTION_MS     4000        /* less than a worker waits for us */
#define TICK_US         50000
#define BACKOFF_MIN_MS  50
#define BACKOFF_MAX_MS  1000
#define REPLY_MAX       (4 * 1024 * 1024)

/* STATE_DOWN: nothing under way; RESOLVING: a name is being looked up;
 * GREETING: connecting, logging in, PING sent; UP: PING was answered. */
enum state { STATE_DOWN, STATE_RESOLVING, STATE_GREETING, STATE_UP };

struct question {
    TAILQ_ENTRY(question)   link;
    struct store_async     *s;
    store_async_cb          cb;
    void                   *arg;
    int64_t                 asked_ms;
    bool                    is_mute;    /* its callback was called */
};

struct store_async {
    struct event_base        *base;
    const struct store_conf  *conf;
    redisAsyncContext        *ac;           /* NULL unless GREETING or UP */
    struct event             *tick;
    struct event             *resolved;     /* while RESOLVING */
    enum state                state;
    bool                      must_drop;
    bool                      takes_early;  /* questions while GREETING */
    TAILQ_HEAD(, question)    queue;
    size_t                    inflight;
    size_t                    attempts;     /* picks among the addresses */
    int64_t                   heard_ms;     /* last reply, or connect */
    int64_t                   retry_ms;
    int64_t                   backoff_ms;
};

static void on_tick(evutil_socket_t fd, short what, void *arg);
static void arm_tick(struct store_async *s);
static void mute_late(struct store_async *s, int64_t now);
static void start(struct store_async *s);
static void start_lookup(struct store_async *s, const struct redis_url *u);
static void on_resolved(evutil_socket_t fd, short what, void *arg);
static void start_connection(struct store_async *s, redisAsyncContext *ac);
static bool greet(struct store_async *s);
static void on_auth(redisAsyncContext *ac, void *r, void *arg);
static void on_pong(redisAsyncContext *ac, void *r, void *arg);
static void on_connect(const redisAsyncContext *ac, int status);
static void on_disconnect(const redisAsyncContext *ac, int status);
static void drop(struct store_async *s);
static void went_down(struct store_async *s);
static enum ab_err send_question(struct store_async *s, struct question *q,
    const struct ab_slice *argv, size_t argc);
static void on_reply(redisAsyncContext *ac, void *r, void *arg);
static void answer(struct question *q, const redisReply *r);


struct store_async *
store_async_new(struct event_base *base, const struct store_conf *conf)
{
    struct store_async  *s = calloc(1, sizeof(*s));

    if (s == NULL) {
        return NULL;
    }
    TAILQ_INIT(&s->queue);
    s->base = base;
    s->conf = conf;
    s->takes_early = true;
    s->tick = event_new(base, -1, 0, on_tick, s);
    if (s->tick == NULL) {
        free(s);
        return NULL;
    }
    start(s);
    arm_tick(s);
    return s;
}


void
store_async_free(struct store_async *s)
{
    if (s == NULL) {
        return;
    }
    drop(s);
    if (s->resolved != NULL) {
        close(event_get_fd(s->resolved));
        event_free(s->resolved);
    }
    event_free(s->tick);
    free(s);
}


bool
store_async_is_up(const struct store_async *s)
{
    return s->state == STATE_UP;
}


/* Ticks only while something may be late: an idle loop sleeps. */
static void
arm_tick(struct store_async *s)
{
    static const struct timeval  after = { .tv_usec = TICK_US };

    if ((s->inflight > 0 || s->state != STATE_UP)
        && !event_pending(s->tick, EV_TIMEOUT, NULL))
    {
        event_add(s->tick, &after);
    }
}


static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct store_async  *s = arg;
    struct question     *head = TAILQ_FIRST(&s->queue);
    int64_t              now = clock_mono_ms(), since = s->heard_ms;

    (void) fd;
    (void) what;
    if (head != NULL && head->asked_ms > since) {
        since = head->asked_ms;
    }
    if (s->must_drop
        || (s->ac != NULL && (head != NULL || s->state == STATE_GREETING)
            && now - since >= SILENT_MS))
    {
        drop(s);
        went_down(s);
    }
    mute_late(s, now);
    if (s->state == STATE_DOWN && now >= s->retry_ms) {
        start(s);
    }
    arm_tick(s);
}


static void
mute_late(struct store_async *s, int64_t now)
{
    struct question  *q;

    TAILQ_FOREACH(q, &s->queue, link) {
        if (now - q->asked_ms < QUESTION_MS) {
            return;
        }
        if (!q->is_mute) {
            answer(q, NULL);
        }
    }
}


static void
start(struct store_async *s)
{
    struct redis_url  u;
    struct fail       f = { .code = AB_OK };

    s->attempts++;
    if (redis_url_parse(&f, s->conf->url, &u) != AB_OK || u.has_tls) {
        went_down(s);           /* refused at start, store_check() said why */
        return;
    }
    if (u.is_unix) {
        start_connection(s, redisAsyncConnectUnix(u.path));
    } else {
        start_lookup(s, &u);
    }
    redis_url_clear(&u);
}


static void
start_lookup(struct store_async *s, const struct redis_url *u)
{
    int  fd = address_ask(u->host);

    s->resolved = fd < 0 ? NULL
                  : event_new(s->base, fd, EV_READ, on_resolved, s);
    if (s->resolved == NULL || event_add(s->resolved, NULL) != 0) {
        if (fd >= 0) {
            close(fd);
        }
        if (s->resolved != NULL) {
            event_free(s->resolved);
            s->resolved = NULL;
        }
        went_down(s);
        return;
    }
    s->state = STATE_RESOLVING;
}


static void
on_resolved(evutil_socket_t fd, short what, void *arg)
{
    struct store_async   *s = arg;
    struct address_list   list;
    struct redis_url      u;
    struct fail           f = { .code = AB_OK };

    (void) what;
    event_free(s->resolved);
    s->resolved = NULL;
    if (!address_take(fd, &list)
        || redis_url_parse(&f, s->conf->url, &u) != AB_OK)
    {
        went_down(s);
        return;
    }
    start_connection(s, redisAsyncConnect(list.ip[s->attempts % list.n],
                                          u.port));
    redis_url_clear(&u);
}


/* Takes ac. */
static void
start_connection(struct store_async *s, redisAsyncContext *ac)
{
    if (ac == NULL || ac->err != 0) {
        if (ac != NULL) {
            redisAsyncFree(ac);
        }
        went_down(s);
        return;
    }
    ac->data = s;
    s->ac = ac;
    s->state = STATE_GREETING;
    s->heard_ms = clock_mono_ms();
    if (redisLibeventAttach(ac, s->base) != REDIS_OK
        || redisAsyncSetConnectCallback(ac, on_connect) != REDIS_OK
        || redisAsyncSetDisconnectCallback(ac, on_disconnect) != REDIS_OK
        || !greet(s))
    {
        drop(s);
        went_down(s);
    }
}


static bool
greet(struct store_async *s)
{
    static const char  *ping = "PING";
    const char         *argv[3] = { "AUTH" };
    int                 argc = 1;
    struct redis_url    u;
    struct fail         f = { .code = AB_OK };
    bool                fine;

    fine = redis_url_parse(&f, s->conf->url, &u) == AB_OK;
    if (fine && u.password[0] != '\0') {
        if (u.user[0] != '\0') {
            argv[argc++] = u.user;
        }
        argv[argc++] = u.password;
        fine = redisAsyncCommandArgv(s->ac, on_auth, NULL, argc, argv, NULL)
               == REDIS_OK;
    }
    redis_url_clear(&u);
    return fine && redisAsyncCommandArgv(s->ac, on_pong, NULL, 1, &ping, NULL)
                   == REDIS_OK;
}


static void
on_auth(redisAsyncContext *ac, void *r, void *arg)
{
    struct store_async  *s = ac->data;
    const redisReply    *reply = r;

    (void) arg;
    if (reply != NULL && reply->type == REDIS_REPLY_ERROR) {
        s->must_drop = true;
    }
}


static void
on_pong(redisAsyncContext *ac, void *r, void *arg)
{
    struct store_async  *s = ac->data;
    const redisReply    *reply = r;

    (void) arg;
    if (reply == NULL || reply->type != REDIS_REPLY_STATUS) {
        s->must_drop |= reply != NULL;      /* LOADING, NOAUTH */
        return;
    }
    s->state = STATE_UP;
    s->takes_early = true;
    s->backoff_ms = 0;
    s->heard_ms = clock_mono_ms();
}


/* hiredis frees ac after either of these; drop() took it away before. */
static void
on_connect(const redisAsyncContext *ac, int status)
{
    struct store_async  *s = ac->data;

    if (status != REDIS_OK && s->ac == ac) {
        s->ac = NULL;
        went_down(s);
    }
}


static void
on_disconnect(const redisAsyncContext *ac, int status)
{
    struct store_async  *s = ac->data;

    (void) status;
    if (s->ac == ac) {
        s->ac = NULL;
        went_down(s);
    }
}


/* Closes the connection; all questions end now. */
static void
drop(struct store_async *s)
{
    redisAsyncContext  *ac = s->ac;

    s->ac = NULL;
    s->state = STATE_DOWN;
    if (ac != NULL) {
        redisAsyncFree(ac);
    }
}


/* Until the next PONG questions are refused at once: a store that was just
 * silent for 2 s must not cost each asker 2 s more. */
static void
went_down(struct store_async *s)
{
    s->state = STATE_DOWN;
    s->must_drop = false;
    s->takes_early = false;
    s->retry_ms = clock_mono_ms() + s->backoff_ms;
    s->backoff_ms = s->backoff_ms * 2 < BACKOFF_MIN_MS ? BACKOFF_MIN_MS
                    : s->backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS
                    : s->backoff_ms * 2;
    arm_tick(s);
}


enum ab_err
store_async_call(struct store_async *s, size_t key_at,
    const struct ab_slice *argv, size_t argc, store_async_cb cb, void *arg)
{
    struct question  *q;
    enum ab_err       e;

    if (key_at >= argc || argv[key_at].len == 0) {
        return AB_E_INTERNAL;
    }
    if (s->inflight >= INFLIGHT_MAX) {
        return AB_E_BUSY;
    }
    metric_add(METRIC_STORE_CALLS, 1);
    if (s->ac == NULL || (s->state != STATE_UP && !s->takes_early)
        || fault_store())
    {
        metric_add(METRIC_STORE_ERRORS, 1);
        return AB_E_STORE_DOWN;
    }
    q = fault_malloc(sizeof(*q));
    if (q == NULL) {
        return AB_E_NOMEM;
    }
    *q = (struct question) {
        .s = s, .cb = cb, .arg = arg, .asked_ms = clock_mono_ms()
    };
    e = send_question(s, q, argv, argc);
    if (e != AB_OK) {
        free(q);
        return e;
    }
    TAILQ_INSERT_TAIL(&s->queue, q, link);
    s->inflight++;
    arm_tick(s);
    return AB_OK;
}


/* Lengths and bytes, never a format. hiredis copies all of it. */
static enum ab_err
send_question(struct store_async *s, struct question *q,
    const struct ab_slice *argv, size_t argc)
{
    const char  **p = fault_malloc(argc * sizeof(*p));
    size_t       *len = fault_malloc(argc * sizeof(*len)), i;
    enum ab_err   e = AB_E_NOMEM;

    if (p != NULL && len != NULL) {
        for (i = 0; i < argc; i++) {
            p[i] = argv[i].len == 0 ? "" : argv[i].p;
            len[i] = argv[i].len;
        }
        e = redisAsyncCommandArgv(s->ac, on_reply, q, (int) argc, p, len)
            == REDIS_OK ? AB_OK : AB_E_STORE_DOWN;
    }
    free(p);
    free(len);
    return e;
}


static void
on_reply(redisAsyncContext *ac, void *r, void *arg)
{
    struct question     *q = arg;
    struct store_async  *s = q->s;

    (void) ac;
    TAILQ_REMOVE(&s->queue, q, link);
    s->inflight--;
    if (r != NULL) {
        s->heard_ms = clock_mono_ms();
    }
    if (!q->is_mute) {
        answer(q, r);
    }
    free(q);
}


/* r NULL: none came. */
static void
answer(struct question *q, const redisReply *r)
{
    struct arena       *a = NULL;
    struct reply        reply;
    enum slots_action   action;
    enum ab_err         e = AB_E_STORE_DOWN;

    q->is_mute = true;
    if (r != NULL && r->type == REDIS_REPLY_ERROR) {
        action = slots_action(ab_slice(r->str, r->len));
        q->s->must_drop |= action == SLOTS_DOWN;
        e = action == SLOTS_DOWN || action == SLOTS_WAIT ? AB_E_STORE_DOWN
                                                         : AB_E_STORE_REPLY;
    } else if (r != NULL) {
        a = arena_new(REPLY_MAX);
        e = a == NULL ? AB_E_NOMEM : reply_view(a, r, &reply);
    }
    if (e != AB_OK) {
        metric_add(METRIC_STORE_ERRORS, 1);
    }
    q->cb(q->arg, e, e == AB_OK ? &reply : NULL);
    arena_free(a);
}
