/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_ask.c - questions in flight, their timers, and the
 * resuming of the requests they belong to.
 *
 * A question is in exactly one place: waiting (no connection is ready) or
 * sent (in one connection's queue and in the table of ids). Taking it out of
 * there is the first thing every end of it does, so none ends twice.
 */
#include "ngx_http_auth_broker_conn.h"
#include "ngx_http_auth_broker_zone.h"
#include "ab_ct.h"

typedef ngx_http_auth_broker_ask_t     ask_t;
typedef ngx_http_auth_broker_conn_t    conn_t;
typedef ngx_http_auth_broker_worker_t  worker_t;

struct ngx_http_auth_broker_ask_s {
    ngx_queue_t                     queue;      /* waiting, or a conn's sent */
    ngx_queue_t                     bucket;     /* of worker->ids, when sent */
    worker_t                       *worker;
    uint64_t                        id;         /* 0: not sent */
    uint16_t                        type;       /* 0: waits for HELLO only */
    uint8_t                         key[AB_SHA256_LEN];
    struct ab_slice                 fields;
    ngx_event_t                     timer;

    ngx_http_request_t             *request;    /* NULL: TOUCH */
    ngx_http_auth_broker_rec_t     *rec;
    ngx_http_auth_broker_answer_pt  answer;
    ngx_pool_t                     *pool;       /* a TOUCH's own */
    unsigned                        is_open:1;
};


static void ask_send(ask_t *ask);
static void ask_finish(ask_t *ask, enum ab_err err, struct ab_slice payload);


/* Asked twice they do no harm. */
static ngx_int_t
ask_is_idempotent(const ask_t *ask)
{
    return ask->type == AB_MSG_SESSION_GET || ask->type == AB_MSG_TOKEN_CHECK
           || ask->type == AB_MSG_TOUCH;
}


static void
ask_take_out(ask_t *ask)
{
    ngx_queue_remove(&ask->queue);
    if (ask->id != 0) {
        ngx_queue_remove(&ask->bucket);
        ask->id = 0;
    }
}


static void
ask_wait(ask_t *ask)
{
    ngx_queue_insert_tail(&ask->worker->waiting, &ask->queue);
}


/* Every end of a question passes here. Codes and verifiers are not left in
 * the request's memory. */
static void
ask_end(ask_t *ask)
{
    ask_take_out(ask);
    ab_wipe((void *) ask->fields.p, ask->fields.len);
    ask->is_open = 0;
    ask->worker->in_flight--;
    if (ask->timer.timer_set) {
        ngx_del_timer(&ask->timer);
    }
    if (ask->timer.posted) {
        ngx_delete_posted_event(&ask->timer);
    }
    if (ask->rec != NULL) {
        ask->rec->ask = NULL;
    }
}


/* The request is gone, and with it whom the answer is for. */
static void
ask_cleanup(void *data)
{
    ask_t  *ask = data;

    if (ask->is_open) {
        ask_end(ask);
    }
}


static void
ask_timeout(ngx_event_t *ev)
{
    ask_finish(ev->data, AB_E_EDGE_TIMEOUT, ab_slice(NULL, 0));
}


static ask_t *
ask_new(worker_t *worker, ngx_pool_t *pool, uint16_t type,
    struct ab_slice fields)
{
    struct ab_slice   key = ab_wire_get(fields, AB_TAG_KEY);
    u_char           *copy;
    ask_t            *ask;

    ask = ngx_pcalloc(pool, sizeof(ask_t));
    copy = ngx_pnalloc(pool, fields.len + 1);
    if (ask == NULL || copy == NULL) {
        return NULL;
    }
    if (fields.len != 0) {
        ngx_memcpy(copy, fields.p, fields.len);
    }
    if (key.len == AB_SHA256_LEN) {
        ngx_memcpy(ask->key, key.p, AB_SHA256_LEN);
    }
    ask->fields = ab_slice(copy, fields.len);
    ask->worker = worker;
    ask->type = type;
    ask->timer.handler = ask_timeout;
    ask->timer.data = ask;
    ask->timer.log = worker->log;
    return ask;
}


static void
ask_start(ask_t *ask, ngx_msec_t timeout)
{
    ask->is_open = 1;
    ask->worker->in_flight++;
    ngx_add_timer(&ask->timer, timeout);
    ask_wait(ask);
    ask_send(ask);
}


ngx_int_t
ngx_http_auth_broker_ask(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec, uint16_t type, struct ab_slice fields,
    ngx_msec_t timeout, ngx_http_auth_broker_answer_pt answer,
    enum ab_err *ret_err)
{
    ngx_http_auth_broker_main_conf_t  *mcf;
    ngx_pool_cleanup_t                *cln;
    worker_t                          *worker;
    ask_t                             *ask;

    mcf = ngx_http_get_module_main_conf(r, ngx_http_auth_broker_module);
    worker = mcf->worker;
    if (worker == NULL || worker->in_flight >= AB_MAX_INFLIGHT_N) {
        *ret_err = worker == NULL ? AB_E_EDGE_DOWN : AB_E_EDGE_FULL;
        return NGX_ERROR;
    }
    cln = ngx_pool_cleanup_add(r->pool, 0);
    ask = ask_new(worker, r->pool, type, fields);
    if (cln == NULL || ask == NULL) {
        *ret_err = AB_E_NOMEM;
        return NGX_ERROR;
    }
    ask->request = r;
    ask->rec = rec;
    ask->answer = answer;
    cln->handler = ask_cleanup;
    cln->data = ask;
    rec->ask = ask;
    /* A client that leaves is noticed meanwhile (499). */
    r->read_event_handler = ngx_http_test_reading;
    ask_start(ask, timeout);
    return NGX_AGAIN;
}


ngx_int_t
ngx_http_auth_broker_ask_ready(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec, ngx_msec_t timeout,
    ngx_http_auth_broker_answer_pt answer, enum ab_err *ret_err)
{
    ngx_http_auth_broker_main_conf_t  *mcf;

    mcf = ngx_http_get_module_main_conf(r, ngx_http_auth_broker_module);
    if (mcf->worker != NULL && mcf->worker->conn != NULL
        && mcf->worker->conn->ready)
    {
        return NGX_OK;
    }
    return ngx_http_auth_broker_ask(r, rec, 0, ab_slice(NULL, 0), timeout,
                                    answer, ret_err);
}


/* Its housekeeping holds up no worker that wants to leave. */
void
ngx_http_auth_broker_touch(ngx_http_auth_broker_main_conf_t *mcf,
    const uint8_t *key, struct ab_slice sid, struct ab_slice realm_id)
{
    worker_t       *worker = mcf->worker;
    ngx_pool_t     *pool;
    struct ab_buf   fields;
    char            mem[512];
    ask_t          *ask;

    if (worker == NULL || worker->in_flight >= AB_MAX_INFLIGHT_N) {
        return;
    }
    ab_buf_init_fixed(&fields, mem, sizeof(mem));
    ab_wire_add(&fields, AB_TAG_KEY, ab_slice(key, AB_SHA256_LEN));
    ab_wire_add(&fields, AB_TAG_SID, sid);
    ab_wire_add(&fields, AB_TAG_REALM_ID, realm_id);
    pool = fields.failed ? NULL : ngx_create_pool(1024, worker->log);
    if (pool == NULL) {
        return;
    }
    ask = ask_new(worker, pool, AB_MSG_TOUCH, ab_buf_slice(&fields));
    if (ask == NULL) {
        ngx_destroy_pool(pool);
        return;
    }
    ask->pool = pool;
    ask->timer.cancelable = 1;
    ask_start(ask, AB_ASK_TIMEOUT_MS);
}


/* Ends are never reported from inside …_ask(): what cannot be sent stays
 * waiting and ends by its timer. */
static void
ask_send(ask_t *ask)
{
    worker_t  *worker = ask->worker;
    conn_t    *conn = worker->conn;
    uint64_t   id;

    if (conn == NULL || !conn->ready || ask->type == 0) {
        return;
    }
    id = ++worker->last_id;
    if (ngx_http_auth_broker_conn_put(conn, ask->type, id, ask->fields)
        != NGX_OK)
    {
        return;
    }
    ask_take_out(ask);
    ask->id = id;
    ngx_queue_insert_tail(&conn->sent, &ask->queue);
    ngx_queue_insert_tail(&worker->ids[id % NGX_HTTP_AUTH_BROKER_IDS],
                          &ask->bucket);
}


/* Over a detached queue: a resumed request may ask again. */
void
ngx_http_auth_broker_ask_flush(worker_t *worker)
{
    ngx_queue_t   all, *q;
    ask_t        *ask;

    if (ngx_queue_empty(&worker->waiting)) {
        return;
    }
    ngx_queue_init(&all);
    ngx_queue_add(&all, &worker->waiting);
    ngx_queue_init(&worker->waiting);
    while (!ngx_queue_empty(&all)) {
        q = ngx_queue_head(&all);
        ask = ngx_queue_data(q, ask_t, queue);
        if (ask->type == 0) {
            ask_finish(ask, AB_OK, ab_slice(NULL, 0));
            continue;
        }
        ngx_queue_remove(q);
        ask_wait(ask);
        ask_send(ask);
    }
}


void
ngx_http_auth_broker_ask_lost(worker_t *worker, ngx_queue_t *sent)
{
    ngx_queue_t  *q;
    ask_t        *ask;

    while (!ngx_queue_empty(sent)) {
        q = ngx_queue_head(sent);
        ask = ngx_queue_data(q, ask_t, queue);
        if (!ask_is_idempotent(ask)) {
            ask_finish(ask, AB_E_EDGE_DOWN, ab_slice(NULL, 0));
            continue;
        }
        ask_take_out(ask);
        ask_wait(ask);
        ask_send(ask);          /* another connection may be ready already */
    }
}


/* ---- answers ---- */

static ask_t *
ask_find(worker_t *worker, uint64_t id)
{
    ngx_queue_t  *head = &worker->ids[id % NGX_HTTP_AUTH_BROKER_IDS], *q;
    ask_t        *ask;

    for (q = ngx_queue_head(head); q != head; q = ngx_queue_next(q)) {
        ask = ngx_queue_data(q, ask_t, bucket);
        if (ask->id == id) {
            return ask;
        }
    }
    return NULL;
}


/* The answer repeats the key it was asked about, and an identity carries the
 * key it is stored under (T-SE13). */
static ngx_int_t
ask_fits(const ask_t *ask, const struct ab_frame *frame)
{
    struct ab_slice  key = ab_wire_get(frame->payload, AB_TAG_KEY);
    struct ab_slice  id = ab_wire_get(frame->payload, AB_TAG_IDENTITY);

    if (frame->type != (ask->type | AB_WIRE_ANSWER)
        || ab_wire_get(frame->payload, AB_TAG_STATUS).len == 0
        || !ab_ct_equal(key.p, key.len, ask->key, AB_SHA256_LEN))
    {
        return 0;
    }
    if (id.p == NULL || !ask_is_idempotent(ask)) {
        return 1;
    }
    key = ab_wire_get(id, AB_TAG_ID_KEY);
    /* TOKEN_CHECK's tells only what of a token still holds. */
    return (key.p == NULL && ask->type == AB_MSG_TOKEN_CHECK)
           || ab_ct_equal(key.p, key.len, ask->key, AB_SHA256_LEN);
}


static enum ab_err
status_of(struct ab_slice payload)
{
    uint64_t  status = ab_wire_get_u64(payload, AB_TAG_STATUS);

    return status < AB_ERR_N ? (enum ab_err) status : AB_E_INTERNAL;
}


ngx_int_t
ngx_http_auth_broker_ask_answer(conn_t *conn, const struct ab_frame *frame)
{
    ask_t  *ask = ask_find(conn->worker, frame->id);

    if (ask == NULL) {
        /* Late: its request is gone. An id never given is a fault. */
        return frame->id == 0 || frame->id > conn->worker->last_id
               ? NGX_ERROR : NGX_OK;
    }
    if (!ask_fits(ask, frame)) {
        ngx_log_error(NGX_LOG_ERR, conn->worker->log, 0,
                      "auth_broker: answer %uL does not fit its question",
                      frame->id);
        conn->broken = 1;
        ask_finish(ask, AB_E_EDGE_MISMATCH, ab_slice(NULL, 0));
        return NGX_OK;
    }
    conn->worker->answering = conn;
    ask_finish(ask, status_of(frame->payload), frame->payload);
    conn->worker->answering = NULL;
    return NGX_OK;
}


void
ngx_http_auth_broker_ask_distrust(ngx_http_request_t *r)
{
    ngx_http_auth_broker_main_conf_t  *mcf;

    mcf = ngx_http_get_module_main_conf(r, ngx_http_auth_broker_module);
    if (mcf->worker != NULL && mcf->worker->answering != NULL) {
        mcf->worker->answering->broken = 1;
    }
}


static void
touch_store(ask_t *ask, struct ab_slice payload)
{
    ngx_http_auth_broker_main_conf_t  *mcf = ask->worker->mcf;
    struct ab_slice                    id;
    uint64_t                           expiry;

    id = ab_wire_get(payload, AB_TAG_IDENTITY);
    expiry = ab_wire_get_u64(payload, AB_TAG_EXPIRY);
    if (id.len == 0) {
        ngx_http_auth_broker_zone_set_expiry(mcf, ask->key, expiry);
    } else if (ngx_http_auth_broker_zone_insert(mcf, ask->key, id, expiry,
                   ab_wire_get(payload, AB_TAG_POSITION))
               != AB_OK)
    {
        ngx_http_auth_broker_zone_delete(mcf, ask->key);
    }
}


/* A refusal ends the entry; an unreachable store says nothing about it. */
static void
touch_finish(ask_t *ask, enum ab_err err, struct ab_slice payload)
{
    if (err == AB_OK) {
        touch_store(ask, payload);
    } else if (ab_err_row(err)->status == 401) {
        ngx_http_auth_broker_zone_delete(ask->worker->mcf, ask->key);
    }
    ngx_destroy_pool(ask->pool);
}


/* May free the request, and ask with it. */
static void
ask_finish(ask_t *ask, enum ab_err err, struct ab_slice payload)
{
    ngx_http_request_t  *r = ask->request;
    ngx_connection_t    *c;

    ask_end(ask);
    if (r == NULL) {
        touch_finish(ask, err, payload);
        return;
    }
    c = r->connection;
    ngx_http_set_log_request(c->log, r);
    r->read_event_handler = ngx_http_block_reading;
    ask->answer(r, ask->rec, err, payload);
    ngx_http_core_run_phases(r);
    ngx_http_run_posted_requests(c);
}
