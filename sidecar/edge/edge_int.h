/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * edge_int.h - the inside of the edge room.
 *
 * Everything in struct edge below "loop" belongs to the loop thread; others
 * hand it work with edge_post(). What stands under `lock` is shared.
 */
#ifndef EDGE_EDGE_INT_H
#define EDGE_EDGE_INT_H

#include "ab_wire.h"
#include "base/pool.h"
#include "edge.h"
#include "facts.h"
#include "model/mark.h"
#include "store/store_async.h"

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>

#define POSITION_MAX  48

/* Work for the loop thread; run() frees it. */
struct edge_task {
    STAILQ_ENTRY(edge_task)   link;
    void                    (*run)(struct edge *e, struct edge_task *t);
};

/* A worker's connection. `serial` names it after it may be gone. */
struct edge_conn {
    TAILQ_ENTRY(edge_conn)  link;
    struct edge            *edge;
    struct bufferevent     *bev;
    uint64_t                serial;
    bool                    is_greeted;     /* HELLO answered: gets pushes */
    bool                    is_over;        /* shut: nothing is sent any more */
};

/* One mark kept for workers that come back: its payload as pushed. */
struct kept_mark {
    char     position[POSITION_MAX];
    char    *payload;
    size_t   len;
    int64_t  time;
};

struct edge {
    struct edge_conf           conf;
    struct pool               *pool;
    pthread_t                  loop_thread, follower_thread;
    bool                       has_loop, has_follower;
    _Atomic bool               is_stopping;     /* the follower ends */
    _Atomic bool               is_ending;       /* then the loop */

    pthread_mutex_t            lock;
    STAILQ_HEAD(, edge_task)   tasks;
    struct edge_status         status;
    int64_t                    confirmed_ms;    /* clock_mono_ms() */
    bool                       is_caught_up;
    pthread_cond_t             caught_up;

    int                        wake_fd;         /* eventfd */

    /* loop */
    struct event_base         *base;
    struct event              *wake, *listener;
    int                        listen_fd;
    struct store_async        *store;
    TAILQ_HEAD(, edge_conn)    conns;
    uint64_t                   next_serial;
    char                       position[POSITION_MAX];
    int64_t                    position_s;      /* last confirmed, 0 never */
    struct facts              *facts;
    struct kept_mark          *marks;           /* ring, oldest at `first` */
    size_t                     marks_first, marks_n, marks_cap;
    char                       marks_before[POSITION_MAX];  /* of the oldest */
};

/* Hand t to the loop; any thread. */
void edge_post(struct edge *e, struct edge_task *t);

/* conn.c */
void conn_accept(struct edge *e, int fd);
void conn_free(struct edge_conn *conn);
struct edge_conn *conn_find(struct edge *e, uint64_t serial);
/* Send a frame; a worker that does not read (AB_MAX_UNSENT) is closed. */
void conn_send(struct edge_conn *conn, uint16_t type, uint64_t id,
    struct ab_slice payload);

/* answer.c: a checked question came. False: close the connection. */
bool answer_question(struct edge_conn *conn, const struct ab_frame *frame);
/* STATUS, KEY, POSITION and then `fields`. key may be NULL. */
void answer_send(struct edge *e, uint64_t serial, uint16_t type, uint64_t id,
    enum ab_err status, const uint8_t *key, const char *position,
    struct ab_slice fields);

/* push.c: loop thread only. */
void push_all(struct edge *e, uint16_t type, struct ab_slice payload);
void push_mark(struct edge *e, const struct mark *m, const char *previous);
void push_reset(struct edge *e, const char *position);
/* time: of the read that confirmed it. */
void push_position(struct edge *e, int64_t time);
void push_facts(struct edge *e);
/* Add MARK_ENTRY of all kept marks after `position` to out. False: some of
 * them are no longer known; the worker must start anew. */
bool push_since(struct edge *e, struct ab_slice position,
    struct ab_buf *out);

/* follower.c */
void *follower_main(void *arg);

#endif
