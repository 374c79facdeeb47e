/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * edge.h - the daemon's side of the edge protocol (docs/edge-protocol.md).
 *
 * One loop thread speaks with all workers and asks Redis without blocking;
 * what may block runs on a small pool; a follower thread reads the stream of
 * ends and tells the loop.
 */
#ifndef EDGE_EDGE_H
#define EDGE_EDGE_H

#include "conf/peer.h"
#include "model/app.h"
#include "store/store.h"

struct edge;

struct edge_conf {
    const struct app         *app;
    const struct store_conf  *store;
    const struct peer_list   *peers;        /* users that may connect */
    size_t                    threads;      /* of the pool */
};

/* Start loop, pool and follower; returns once the stream was read to its end
 * and the catalogue is built, so that the first worker finds all (15 s). */
enum ab_err edge_start(struct fail *f, const struct edge_conf *conf,
    struct edge **ret_edge);
/* Take connections at a listening Unix socket. Takes fd. */
enum ab_err edge_listen(struct fail *f, struct edge *e, int fd);
/* Says GOAWAY, ends threads, closes. NULL does nothing. */
void edge_stop(struct edge *e);

/* For status: any thread. */
struct edge_status {
    char     position[48];
    bool     is_confirmed;      /* the follower is up to date */
    int64_t  confirmed_ago_ms;
    size_t   n_workers;
};
void edge_status(struct edge *e, struct edge_status *ret_status);

#endif
