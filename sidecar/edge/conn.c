/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conn.c - one worker's connection: frames in, frames out.
 */
#include "edge_int.h"

#include "base/log.h"
#include "base/metric.h"

#include <event2/buffer.h>
#include <stdlib.h>
#include <unistd.h>


static void
count_workers(struct edge *e, int change)
{
    pthread_mutex_lock(&e->lock);
    e->status.n_workers += (size_t) change;
    pthread_mutex_unlock(&e->lock);
    metric_add(METRIC_EDGE_CONNECTIONS, change);
}


void
conn_free(struct edge_conn *conn)
{
    TAILQ_REMOVE(&conn->edge->conns, conn, link);
    count_workers(conn->edge, -1);
    bufferevent_free(conn->bev);
    free(conn);
}


struct edge_conn *
conn_find(struct edge *e, uint64_t serial)
{
    struct edge_conn  *conn;

    TAILQ_FOREACH(conn, &e->conns, link) {
        if (conn->serial == serial) {
            return conn;
        }
    }
    return NULL;
}


static void
protocol_fault(struct edge_conn *conn, enum ab_err e)
{
    log_event(AB_LOG_ERROR, "edge_protocol", "sreason", ab_err_reason(e),
              NULL);
    conn_free(conn);
}


/* All whole frames that are here. The payload is checked once, so that the
 * code behind it can trust sizes and nesting. */
static void
on_read(struct bufferevent *bev, void *arg)
{
    struct edge_conn  *conn = arg;
    struct evbuffer   *in = bufferevent_get_input(bev);
    struct ab_frame    frame;
    size_t             used, len;
    enum ab_err        e;

    while ((len = evbuffer_get_length(in)) > 0) {
        e = ab_frame_read(ab_slice(evbuffer_pullup(in, -1), len),
                          AB_MAX_FRAME_UP, &frame, &used);
        if (e == AB_E_STORE_ABSENT) {
            return;
        }
        if (e == AB_OK) {
            e = ab_wire_check(frame.payload);
        }
        if (e != AB_OK || !answer_question(conn, &frame)) {
            protocol_fault(conn, e == AB_OK ? AB_E_FORMAT : e);
            return;
        }
        evbuffer_drain(in, used);
    }
}


static void
on_event(struct bufferevent *bev, short what, void *arg)
{
    (void) bev;
    if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) {
        conn_free(arg);
    }
}


void
conn_accept(struct edge *e, int fd)
{
    struct edge_conn  *conn = calloc(1, sizeof(*conn));

    if (conn == NULL) {
        close(fd);
        return;
    }
    conn->bev = bufferevent_socket_new(e->base, fd, BEV_OPT_CLOSE_ON_FREE);
    if (conn->bev == NULL) {
        close(fd);
        free(conn);
        return;
    }
    conn->edge = e;
    conn->serial = ++e->next_serial;
    TAILQ_INSERT_TAIL(&e->conns, conn, link);
    count_workers(e, 1);
    bufferevent_setcb(conn->bev, on_read, NULL, on_event, conn);
    bufferevent_enable(conn->bev, EV_READ | EV_WRITE);
}


void
conn_send(struct edge_conn *conn, uint16_t type, uint64_t id,
    struct ab_slice payload)
{
    struct evbuffer  *out = bufferevent_get_output(conn->bev);
    struct ab_buf     frame;
    size_t            at;

    if (conn->is_over) {
        return;
    }
    if (evbuffer_get_length(out) > AB_MAX_UNSENT) {
        conn->is_over = true;
        log_event(AB_LOG_WARN, "edge_slow_worker", NULL);
        /* Not freed here: the caller may walk the list. The shut socket
         * ends in on_event(). */
        shutdown(bufferevent_getfd(conn->bev), SHUT_RDWR);
        return;
    }
    ab_buf_init(&frame, AB_WIRE_HEADER + AB_MAX_FRAME_DOWN);
    at = ab_frame_begin(&frame, type, id);
    ab_buf_add(&frame, payload);
    if (!frame.failed && ab_frame_end(&frame, at)
        && evbuffer_add(out, frame.p, frame.len) == 0)
    {
        ab_buf_clear(&frame);
        return;
    }
    /* Half an answer must not stand in the stream. */
    log_event(AB_LOG_ERROR, "edge_no_memory", NULL);
    shutdown(bufferevent_getfd(conn->bev), SHUT_RDWR);
    ab_buf_clear(&frame);
}
