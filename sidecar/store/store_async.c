/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store_async.c - questions to Redis from an event loop.
 *
 * Redis answers in order, so the questions form a queue whose head is the
 * oldest. A question that ran out of time has its callback called at once
 * and stays in the queue, mute, until its answer or the connection's end.
 */
#include "store_async_int.h"
#include "reply.h"
#include "slots.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/metric.h"

#include <event2/event.h>
#include <unistd.h>

#define INFLIGHT_MAX  100000
#define QUESTION_MS   4000          /* less than a worker waits for us */
#define TICK_US       50000
#define REPLY_MAX     (4 * 1024 * 1024)

struct question {
    TAILQ_ENTRY(question)   link;
    struct store_async     *s;
    store_async_cb          cb;
    void                   *arg;
    int64_t                 asked_ms;
    bool                    is_mute;    /* its callback was called */
};

static void on_tick(evutil_socket_t fd, short what, void *arg);
static void mute_late(struct store_async *s, int64_t now);
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
    async_start(s);
    async_arm_tick(s);
    return s;
}


void
store_async_free(struct store_async *s)
{
    if (s == NULL) {
        return;
    }
    async_drop(s);
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
void
async_arm_tick(struct store_async *s)
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
            && now - since >= ASYNC_SILENT_MS))
    {
        async_drop(s);
        async_went_down(s);
    }
    mute_late(s, now);
    if (s->state == STATE_DOWN && now >= s->retry_ms) {
        async_start(s);
    }
    async_arm_tick(s);
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
    async_arm_tick(s);
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
