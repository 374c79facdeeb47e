/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_ask.h - questions to the daemon.
 *
 * A question belongs to a request and dies with it (pool clean-up); it has a
 * timer; a late answer finds nothing. While it runs the request's read
 * handler is ngx_http_test_reading, so a client that left ends it (499).
 */
#ifndef NGX_HTTP_AUTH_BROKER_ASK_H
#define NGX_HTTP_AUTH_BROKER_ASK_H

#include "ngx_http_auth_broker_rec.h"
#include "ab_wire.h"

/*
 * The answer: err is AB_OK and payload a checked payload whose STATUS is 0
 * and whose KEY is the one asked; or err says why not (the answer's STATUS,
 * AB_E_EDGE_DOWN, AB_E_EDGE_TIMEOUT, AB_E_EDGE_FULL, AB_E_EDGE_MISMATCH);
 * payload is then empty or the refusing answer's. Called once, never from
 * inside …_ask(). The payload lives until the handler returns. The handler
 * records what it learned; the request is resumed after it by
 * ngx_http_core_run_phases().
 */
typedef void (*ngx_http_auth_broker_answer_pt)(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec, enum ab_err err,
    struct ab_slice payload);

/*
 * Ask; `fields` are the question's fields including KEY. NGX_AGAIN: the
 * answer will come (the caller returns NGX_AGAIN, or NGX_DONE in
 * SERVER_REWRITE). NGX_ERROR: *ret_err says why. Before HELLO's answer, or
 * while reconnecting, it waits inside its own time. Idempotent questions
 * (SESSION_GET, TOKEN_CHECK, TOUCH) are sent again when the connection
 * breaks; others end with AB_E_EDGE_DOWN.
 */
ngx_int_t ngx_http_auth_broker_ask(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec, uint16_t type, struct ab_slice fields,
    ngx_msec_t timeout, ngx_http_auth_broker_answer_pt answer,
    enum ab_err *ret_err);

/*
 * Wait until the daemon has answered HELLO: NGX_OK, it has already; or as
 * above, `answer` being called with AB_OK or AB_E_EDGE_TIMEOUT. For what
 * cannot be asked yet: a worker whose zone has no catalogue (the very first
 * start) does not know the realm's id.
 */
ngx_int_t ngx_http_auth_broker_ask_ready(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec, ngx_msec_t timeout,
    ngx_http_auth_broker_answer_pt answer, enum ab_err *ret_err);

/* From inside an answer handler: what the answer says does not fit. The
 * connection it came by is closed after it. */
void ngx_http_auth_broker_ask_distrust(ngx_http_request_t *r);

/* A question without a request: TOUCH. Its answer only updates the zone. */
void ngx_http_auth_broker_touch(ngx_http_auth_broker_main_conf_t *mcf,
    const uint8_t *key, struct ab_slice sid, struct ab_slice realm_id);

/* init_process / exit_process of the connection. */
ngx_int_t ngx_http_auth_broker_conn_init(ngx_cycle_t *cycle);
void ngx_http_auth_broker_conn_exit(ngx_cycle_t *cycle);

#endif
