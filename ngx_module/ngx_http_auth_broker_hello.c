/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_hello.c - the first question on a connection: what
 * did this zone miss, and which of our servers does the daemon not know.
 */
#include "ngx_http_auth_broker_conn.h"
#include "ngx_http_auth_broker_marks.h"
#include "ngx_http_auth_broker_meta.h"

typedef ngx_http_auth_broker_conn_t  conn_t;


static void
add_text(struct ab_buf *out, enum ab_wire_tag tag, ngx_str_t *text)
{
    ab_wire_add(out, tag, ab_slice(text->data, text->len));
}


/* More servers than a frame holds are not checked for their callback; they
 * work all the same. */
static void
add_servers(struct ab_buf *out, ngx_array_t *servers)
{
    ngx_http_auth_broker_server_t  *server = servers->elts;
    ngx_uint_t                      i;
    size_t                          at, size;

    for (i = 0; i < servers->nelts; i++) {
        size = 4 * AB_WIRE_FIELD + server[i].realm.len + server[i].client.len
               + server[i].origin.len;
        if (size > AB_MAX_FRAME_UP - out->len) {
            return;
        }
        at = ab_wire_nest(out, AB_TAG_SERVER);
        add_text(out, AB_TAG_REALM, &server[i].realm);
        add_text(out, AB_TAG_CLIENT, &server[i].client);
        add_text(out, AB_TAG_ORIGIN, &server[i].origin);
        ab_wire_nest_end(out, at);
    }
}


ngx_int_t
ngx_http_auth_broker_hello_ask(conn_t *conn)
{
    ngx_http_auth_broker_worker_t  *worker = conn->worker;
    ngx_http_auth_broker_meta_t    *meta;
    struct ab_buf                   fields;
    ngx_int_t                       rc = NGX_ERROR;

    meta = ngx_http_auth_broker_meta(worker->mcf);
    conn->born = meta == NULL ? 0 : meta->born;
    conn->position_len = ngx_http_auth_broker_position(worker->mcf,
                             conn->position, sizeof(conn->position));
    conn->hello_id = ++worker->last_id;
    ab_buf_init(&fields, AB_MAX_FRAME_UP);
    ab_wire_add_u64(&fields, AB_TAG_VERSION_MIN, AB_WIRE_VERSION);
    ab_wire_add_u64(&fields, AB_TAG_VERSION_MAX, AB_WIRE_VERSION);
    if (conn->position_len != 0) {
        ab_wire_add(&fields, AB_TAG_POSITION,
                    ab_slice(conn->position, conn->position_len));
    }
    add_servers(&fields, &worker->mcf->servers);
    if (!fields.failed) {
        rc = ngx_http_auth_broker_conn_put(conn, AB_MSG_HELLO, conn->hello_id,
                                           ab_buf_slice(&fields));
    }
    ab_buf_clear(&fields);
    return rc == NGX_OK ? NGX_OK : NGX_ERROR;
}


/* A server whose logins would fail is worth a line in the log each time a
 * worker meets it. */
static void
warn_missing(conn_t *conn, struct ab_slice payload)
{
    struct ab_slice  nest, realm, client, origin, reason;
    size_t           pos = 0;

    while (ab_wire_each(payload, AB_TAG_MISSING, &pos, &nest)) {
        realm = ab_wire_get(nest, AB_TAG_REALM);
        client = ab_wire_get(nest, AB_TAG_CLIENT);
        origin = ab_wire_get(nest, AB_TAG_ORIGIN);
        reason = ab_wire_get(nest, AB_TAG_REASON);
        ngx_log_error(NGX_LOG_WARN, conn->worker->log, 0,
                      "auth_broker: realm \"%*s\" client \"%*s\" cannot sign "
                      "in at %*s: %*s", realm.len, realm.p, client.len,
                      client.p, origin.len, origin.p, reason.len, reason.p);
    }
}


/*
 * Marks first, then the position. A zone that had no position when it asked
 * was told no marks: it starts from here, and what is older is asked.
 */
static void
catch_up(conn_t *conn, struct ab_slice payload)
{
    ngx_http_auth_broker_main_conf_t  *mcf = conn->worker->mcf;
    struct ab_slice                    mark;
    size_t                             pos = 0;

    if (conn->position_len == 0) {
        ngx_http_auth_broker_marks_start(mcf, payload);
    } else {
        while (ab_wire_each(payload, AB_TAG_MARK_ENTRY, &pos, &mark)) {
            ngx_http_auth_broker_marks_add(mcf, mark);
        }
    }
    ngx_http_auth_broker_marks_position(mcf, payload);
}


ngx_int_t
ngx_http_auth_broker_hello_answer(conn_t *conn, struct ab_slice payload)
{
    uint64_t  status = ab_wire_get_u64(payload, AB_TAG_STATUS);
    uint64_t  version = ab_wire_get_u64(payload, AB_TAG_VERSION_MAX);

    if (ab_wire_get(payload, AB_TAG_STATUS).len == 0 || status != 0
        || (version != 0 && version != AB_WIRE_VERSION))
    {
        ngx_log_error(NGX_LOG_ERR, conn->worker->log, 0,
                      "auth_broker: the daemon refused HELLO version=%uL "
                      "reason=%s", version,
                      ab_err_reason((enum ab_err) status));
        return NGX_ERROR;
    }
    ngx_http_auth_broker_push_sets(conn->worker->mcf, payload);
    catch_up(conn, payload);
    warn_missing(conn, payload);
    ngx_del_timer(&conn->deadline);
    conn->ready = 1;
    conn->worker->failures = 0;
    conn->worker->socket = 0;           /* next time the preferred one first */
    ngx_http_auth_broker_ask_flush(conn->worker);
    return NGX_OK;
}
