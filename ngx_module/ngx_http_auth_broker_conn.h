/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_conn.h - a worker's connection to the daemon, for the
 * files that put frames into it and take them out.
 */
#ifndef NGX_HTTP_AUTH_BROKER_CONN_H
#define NGX_HTTP_AUTH_BROKER_CONN_H

#include "ngx_http_auth_broker_worker.h"
#include "ngx_http_auth_broker_ask.h"

#include <ngx_event_connect.h>

#define NGX_HTTP_AUTH_BROKER_POSITION_LEN  48

struct ngx_http_auth_broker_conn_s {
    ngx_queue_t                     queue;      /* in worker->conns */
    ngx_http_auth_broker_worker_t  *worker;
    ngx_pool_t                     *pool;
    ngx_peer_connection_t           peer;
    ngx_connection_t               *connection;
    ngx_event_t                     deadline;   /* of HELLO's answer */

    ngx_buf_t                       in;
    ngx_buf_t                       out;
    ngx_queue_t                     sent;       /* questions in it */

    uint64_t                        hello_id;
    uint64_t                        born;       /* zone's at HELLO */
    char                            position[NGX_HTTP_AUTH_BROKER_POSITION_LEN];
    size_t                          position_len;

    unsigned                        ready:1;    /* HELLO was answered */
    unsigned                        goaway:1;   /* no more questions */
    unsigned                        broken:1;   /* close it after this frame */
};

/* Put a frame at the end of the output; it leaves in this turn of the loop.
 * NGX_DECLINED: too much is unsent. NGX_ERROR: no memory. */
ngx_int_t ngx_http_auth_broker_conn_put(ngx_http_auth_broker_conn_t *conn,
    uint16_t type, uint64_t id, struct ab_slice fields);

/* hello: the question, and its answer (NGX_ERROR: close the connection). */
ngx_int_t ngx_http_auth_broker_hello_ask(ngx_http_auth_broker_conn_t *conn);
ngx_int_t ngx_http_auth_broker_hello_answer(ngx_http_auth_broker_conn_t *conn,
    struct ab_slice payload);

/* push: a frame without a question. NGX_ERROR: close the connection. */
ngx_int_t ngx_http_auth_broker_push(ngx_http_auth_broker_conn_t *conn,
    const struct ab_frame *frame);
/* KEYS and CATALOG as they stand in HELLO's answer. */
void ngx_http_auth_broker_push_sets(ngx_http_auth_broker_main_conf_t *mcf,
    struct ab_slice payload);

/* conn: take no more questions, open another. */
void ngx_http_auth_broker_conn_goaway(ngx_http_auth_broker_conn_t *conn);

/* ask: an answer's frame. NGX_ERROR: close the connection. */
ngx_int_t ngx_http_auth_broker_ask_answer(ngx_http_auth_broker_conn_t *conn,
    const struct ab_frame *frame);
/* ask: the connection is ready; send what waited. */
void ngx_http_auth_broker_ask_flush(ngx_http_auth_broker_worker_t *worker);
/* ask: the connection is gone: questions that may be asked twice wait for
 * the next one, the others end. */
void ngx_http_auth_broker_ask_lost(ngx_http_auth_broker_worker_t *worker,
    ngx_queue_t *sent);

#endif
