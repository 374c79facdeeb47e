/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_worker.h - what one worker keeps in its own memory.
 *
 * Made in init_process, reached by mcf->worker; absent in the cache manager,
 * the cache loader and the master.
 */
#ifndef NGX_HTTP_AUTH_BROKER_WORKER_H
#define NGX_HTTP_AUTH_BROKER_WORKER_H

#include "ngx_http_auth_broker_memo.h"
#include "ab_error.h"

#define NGX_HTTP_AUTH_BROKER_IDS      4096      /* buckets of questions */
#define NGX_HTTP_AUTH_BROKER_REFUSED  1024      /* refused bearers kept */

typedef struct ngx_http_auth_broker_conn_s     ngx_http_auth_broker_conn_t;
typedef struct ngx_http_auth_broker_keyset_s   ngx_http_auth_broker_keyset_t;
typedef struct ngx_http_auth_broker_realms_s   ngx_http_auth_broker_realms_t;

/* A bearer that was refused lately. */
typedef struct {
    uint8_t         key[AB_SHA256_LEN];
    time_t          until;
    enum ab_err     err;
} ngx_http_auth_broker_refused_t;

struct ngx_http_auth_broker_worker_s {
    ngx_http_auth_broker_main_conf_t  *mcf;
    ngx_log_t                         *log;         /* the cycle's */

    /* conn */
    ngx_http_auth_broker_conn_t       *conn;        /* takes questions */
    ngx_queue_t                        conns;       /* with those going away */
    ngx_event_t                        reconnect;
    ngx_uint_t                         socket;      /* next one to try */
    ngx_uint_t                         failures;    /* in a row */
    ngx_uint_t                         is_exiting;

    /* ask */
    ngx_http_auth_broker_conn_t       *answering;   /* its frame is at hand */
    uint64_t                           last_id;     /* never reused */
    ngx_uint_t                         in_flight;   /* sent or waiting */
    ngx_queue_t                        waiting;     /* for HELLO's answer */
    ngx_queue_t                        ids[NGX_HTTP_AUTH_BROKER_IDS];

    /* keys, catalog: parsed, and the set before it, which a caller of this
     * turn of the loop may still hold */
    ngx_http_auth_broker_keyset_t     *keys;
    ngx_http_auth_broker_keyset_t     *old_keys;
    ngx_http_auth_broker_realms_t     *realms;

    ngx_http_auth_broker_memo_t       *memo;        /* may be NULL */

    /* bearer */
    ngx_http_auth_broker_refused_t     refused[NGX_HTTP_AUTH_BROKER_REFUSED];
};

#endif
