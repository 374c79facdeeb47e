/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store_async_int.h - what questions and their connection share.
 */
#ifndef STORE_STORE_ASYNC_INT_H
#define STORE_STORE_ASYNC_INT_H

#include "store/store_async.h"

#include <hiredis/async.h>
#include <sys/queue.h>

struct event;

#define ASYNC_SILENT_MS  2000

/* STATE_DOWN: nothing under way; RESOLVING: a name is being looked up;
 * GREETING: connecting, logging in, PING sent; UP: PING was answered. */
enum state { STATE_DOWN, STATE_RESOLVING, STATE_GREETING, STATE_UP };

struct question;

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

/* Begin to connect: state RESOLVING or GREETING, or DOWN again. */
void async_start(struct store_async *s);
/* Close the connection; all questions end now. Not from inside a callback
 * of hiredis: set must_drop there. */
void async_drop(struct store_async *s);
/* Note that there is no connection, and when to try again. */
void async_went_down(struct store_async *s);
/* Answers that nobody asked for end this connection, not the process. */
void async_guard(redisAsyncContext *ac);
/* Have the tick come, if anything may be late. */
void async_arm_tick(struct store_async *s);

#endif
