/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_conn.c - one connection of a worker to the daemon.
 *
 * It belongs to the worker, not to a request: own pool, the cycle's log, not
 * closed as idle while a worker drains. A connection is freed only from its
 * own event handlers, never while one of its frames is being dealt with.
 */
#include "ngx_http_auth_broker_conn.h"
#include "ngx_http_auth_broker_keys.h"
#include "ab_ct.h"

#include <sys/stat.h>

#define IN_SIZE        (64 * 1024)      /* grows to the frame at hand */
#define IN_TURN        (256 * 1024)     /* read in one turn of the loop */
#define OUT_SIZE       (16 * 1024)
#define RETRY_MS       50               /* first pause, doubled each time */
#define RETRY_MAX_MS   2000

typedef ngx_http_auth_broker_conn_t    conn_t;
typedef ngx_http_auth_broker_worker_t  worker_t;


static void conn_open(ngx_event_t *ev);
static void conn_close(conn_t *conn, const char *why);
static void conn_read(ngx_event_t *rev);
static void conn_write(ngx_event_t *wev);


ngx_int_t
ngx_http_auth_broker_conn_init(ngx_cycle_t *cycle)
{
    ngx_http_auth_broker_main_conf_t  *mcf;
    worker_t                          *worker;
    ngx_uint_t                         i;

    /* The cache manager and loader pass here too. */
    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }
    mcf = ngx_http_cycle_get_module_main_conf(cycle,
                                              ngx_http_auth_broker_module);
    if (mcf == NULL || !mcf->enabled || mcf->sockets.nelts == 0) {
        return NGX_OK;
    }
    worker = ngx_pcalloc(cycle->pool, sizeof(worker_t));
    if (worker == NULL) {
        return NGX_ERROR;
    }
    worker->mcf = mcf;
    worker->log = cycle->log;
    worker->memo = ngx_http_auth_broker_memo_new(cycle->pool);
    ngx_queue_init(&worker->conns);
    ngx_queue_init(&worker->waiting);
    for (i = 0; i < NGX_HTTP_AUTH_BROKER_IDS; i++) {
        ngx_queue_init(&worker->ids[i]);
    }
    worker->reconnect.handler = conn_open;
    worker->reconnect.data = worker;
    worker->reconnect.log = worker->log;
    worker->reconnect.cancelable = 1;
    mcf->worker = worker;
    ngx_add_timer(&worker->reconnect, 1);
    return NGX_OK;
}


/* Pause before the next try: doubled while it fails, and spread, so that the
 * workers of all hosts do not come back at once. */
static void
conn_retry(worker_t *worker)
{
    ngx_msec_t  ms = RETRY_MS;
    ngx_uint_t  i;

    if (worker->is_exiting || worker->reconnect.timer_set) {
        return;
    }
    for (i = 1; i < worker->failures && ms < RETRY_MAX_MS; i++) {
        ms *= 2;
    }
    ms = ngx_min(ms, RETRY_MAX_MS);
    ngx_add_timer(&worker->reconnect,
                  ms / 2 + (ngx_msec_t) ngx_random() % (ms / 2 + 1) + 1);
}


/*
 * Who listens there may hand out identities, so it must be root, this
 * worker's own user, or the owner of the folder the socket lives in (who
 * alone can have put it there).
 */
static ngx_int_t
peer_is_trusted(conn_t *conn)
{
    struct ucred   peer;
    struct stat    folder;
    socklen_t      len = sizeof(peer);
    u_char         path[sizeof(struct sockaddr_un)], *slash;

    if (getsockopt(conn->connection->fd, SOL_SOCKET, SO_PEERCRED, &peer, &len)
        == -1)
    {
        return 0;
    }
    if (peer.uid == 0 || peer.uid == geteuid()) {
        return 1;
    }
    ngx_cpystrn(path, (u_char *) ((struct sockaddr_un *)
                                  conn->peer.sockaddr)->sun_path,
                sizeof(path));
    slash = (u_char *) strrchr((char *) path, '/');
    if (slash == NULL) {
        return 0;
    }
    *slash = '\0';
    return stat(slash == path ? "/" : (char *) path, &folder) == 0
           && folder.st_uid == peer.uid && (folder.st_mode & S_IWOTH) == 0;
}


static ngx_int_t
buf_new(conn_t *conn, ngx_buf_t *b, size_t size)
{
    b->start = ngx_palloc(conn->pool, size);
    if (b->start == NULL) {
        return NGX_ERROR;
    }
    b->pos = b->start;
    b->last = b->start;
    b->end = b->start + size;
    return NGX_OK;
}


/* Move what is unread to the front, into more memory if `size` needs it. */
static ngx_int_t
buf_room(conn_t *conn, ngx_buf_t *b, size_t size)
{
    size_t      used = b->last - b->pos;
    ngx_buf_t   old = *b;

    if (used != 0 && (size_t) (b->end - b->start) >= size) {
        ngx_memmove(b->start, b->pos, used);
    } else if ((size_t) (b->end - b->start) < size) {
        if (buf_new(conn, b, size) != NGX_OK) {
            *b = old;
            return NGX_ERROR;
        }
        ngx_memcpy(b->start, old.pos, used);
        ngx_pfree(conn->pool, old.start);
    }
    b->pos = b->start;
    b->last = b->start + used;
    return NGX_OK;
}


static void
conn_deadline(ngx_event_t *ev)
{
    conn_close(ev->data, "HELLO was not answered in time");
}


static conn_t *
conn_new(worker_t *worker)
{
    ngx_pool_t  *pool = ngx_create_pool(4096, worker->log);
    ngx_addr_t  *addr = worker->mcf->sockets.elts;
    conn_t      *conn;

    if (pool == NULL) {
        return NULL;
    }
    conn = ngx_pcalloc(pool, sizeof(conn_t));
    if (conn == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }
    conn->pool = pool;
    if (buf_new(conn, &conn->in, IN_SIZE) != NGX_OK
        || buf_new(conn, &conn->out, OUT_SIZE) != NGX_OK)
    {
        ngx_destroy_pool(pool);
        return NULL;
    }
    addr += worker->socket;
    worker->socket = (worker->socket + 1) % worker->mcf->sockets.nelts;
    conn->worker = worker;
    conn->peer.sockaddr = addr->sockaddr;
    conn->peer.socklen = addr->socklen;
    conn->peer.name = &addr->name;
    conn->peer.get = ngx_event_get_peer;
    conn->peer.log = worker->log;
    conn->peer.log_error = NGX_ERROR_ERR;
    ngx_queue_init(&conn->sent);
    conn->deadline.handler = conn_deadline;
    conn->deadline.data = conn;
    conn->deadline.log = worker->log;
    conn->deadline.cancelable = 1;
    return conn;
}


/* A unix socket is connected at once or not at all, but the first write
 * event is waited for all the same. */
static void
conn_start(conn_t *conn)
{
    worker_t          *worker = conn->worker;
    ngx_connection_t  *c = conn->peer.connection;

    conn->connection = c;
    c->data = conn;
    c->pool = conn->pool;
    c->log = worker->log;
    c->read->log = c->log;
    c->write->log = c->log;
    c->read->handler = conn_read;
    c->write->handler = conn_write;
    ngx_queue_insert_tail(&worker->conns, &conn->queue);
    worker->conn = conn;
    ngx_add_timer(&conn->deadline, AB_ASK_TIMEOUT_MS);
    if (!peer_is_trusted(conn)) {
        conn_close(conn, "the peer's user is not trusted");
        return;
    }
    if (ngx_http_auth_broker_hello_ask(conn) != NGX_OK) {
        conn_close(conn, "no memory");
    }
}


static void
conn_open(ngx_event_t *ev)
{
    worker_t   *worker = ev->data;
    conn_t     *conn;
    ngx_int_t   rc;

    if (worker->conn != NULL) {
        return;
    }
    conn = conn_new(worker);
    if (conn == NULL) {
        conn_retry(worker);
        return;
    }
    rc = ngx_event_connect_peer(&conn->peer);
    if (rc == NGX_OK || rc == NGX_AGAIN) {
        conn_start(conn);
        return;
    }
    if (conn->peer.connection != NULL) {
        ngx_close_connection(conn->peer.connection);
    }
    ngx_destroy_pool(conn->pool);
    worker->failures++;
    conn_retry(worker);
}


/* Keys, codes and cookies went through it. */
static void
conn_free(conn_t *conn)
{
    if (conn->deadline.timer_set) {
        ngx_del_timer(&conn->deadline);
    }
    ngx_close_connection(conn->connection);
    ab_wipe(conn->in.start, conn->in.end - conn->in.start);
    ab_wipe(conn->out.start, conn->out.end - conn->out.start);
    ngx_destroy_pool(conn->pool);
}


/* Frees conn. What was asked in it is handed back first to no connection at
 * all, so that requests resumed here cannot meet it. */
static void
conn_close(conn_t *conn, const char *why)
{
    worker_t     *worker = conn->worker;
    ngx_uint_t    level = conn->goaway ? NGX_LOG_INFO : NGX_LOG_ERR;
    ngx_queue_t   sent;

    ngx_log_error(level, worker->log, 0,
                  "auth_broker: connection to %V closed: %s",
                  conn->peer.name, why);
    if (worker->conn == conn) {
        worker->conn = NULL;
        worker->failures++;
        conn_retry(worker);
    }
    ngx_queue_init(&sent);
    if (!ngx_queue_empty(&conn->sent)) {
        ngx_queue_add(&sent, &conn->sent);
        ngx_queue_init(&conn->sent);
    }
    ngx_queue_remove(&conn->queue);
    conn_free(conn);
    ngx_http_auth_broker_ask_lost(worker, &sent);
}


void
ngx_http_auth_broker_conn_goaway(conn_t *conn)
{
    worker_t  *worker = conn->worker;

    conn->goaway = 1;
    if (worker->conn == conn) {
        worker->conn = NULL;
        conn_retry(worker);
    }
}


/* ---- out ---- */

ngx_int_t
ngx_http_auth_broker_conn_put(conn_t *conn, uint16_t type, uint64_t id,
    struct ab_slice fields)
{
    size_t         size = AB_WIRE_HEADER + fields.len;
    size_t         unsent = conn->out.last - conn->out.pos;
    size_t         cap = conn->out.end - conn->out.start;
    size_t         at;
    struct ab_buf  b;

    if (fields.len > AB_MAX_FRAME_UP || size > AB_MAX_UNSENT - unsent) {
        return NGX_DECLINED;
    }
    if (size > (size_t) (conn->out.end - conn->out.last)
        && buf_room(conn, &conn->out,
                    unsent + size > cap ? 2 * (unsent + size) : cap)
           != NGX_OK)
    {
        return NGX_ERROR;
    }
    ab_buf_init_fixed(&b, conn->out.last, size);
    at = ab_frame_begin(&b, type, id);
    ab_buf_add(&b, fields);
    if (!ab_frame_end(&b, at)) {
        return NGX_ERROR;
    }
    conn->out.last += size;
    /* Posted, so that the questions of one turn leave in one write. */
    if (conn->connection->write->ready) {
        ngx_post_event(conn->connection->write, &ngx_posted_events);
    }
    return NGX_OK;
}


static void
conn_write(ngx_event_t *wev)
{
    ngx_connection_t  *c = wev->data;
    conn_t            *conn = c->data;
    ssize_t            n;

    while (conn->out.pos < conn->out.last) {
        n = c->send(c, conn->out.pos, conn->out.last - conn->out.pos);
        if (n == NGX_AGAIN) {
            break;
        }
        if (n <= 0) {
            conn_close(conn, "write failed");
            return;
        }
        conn->out.pos += n;
    }
    if (conn->out.pos == conn->out.last) {
        ab_wipe(conn->out.start, conn->out.last - conn->out.start);
        conn->out.pos = conn->out.start;
        conn->out.last = conn->out.start;
    }
    if (ngx_handle_write_event(wev, 0) != NGX_OK) {
        conn_close(conn, "no event for writing");
    }
}


/* ---- in ---- */

static ngx_int_t
conn_frame(conn_t *conn, const struct ab_frame *f)
{
    if (ab_wire_check(f->payload) != AB_OK) {
        return NGX_ERROR;
    }
    if (!(f->type & AB_WIRE_ANSWER)) {
        return f->id != 0 ? NGX_ERROR : ngx_http_auth_broker_push(conn, f);
    }
    if (f->type == (AB_MSG_HELLO | AB_WIRE_ANSWER)) {
        return conn->ready || f->id != conn->hello_id ? NGX_ERROR
               : ngx_http_auth_broker_hello_answer(conn, f->payload);
    }
    return conn->ready ? ngx_http_auth_broker_ask_answer(conn, f) : NGX_ERROR;
}


/* Deal with the whole frames at hand. NULL, or why to close. */
static const char *
conn_frames(conn_t *conn)
{
    struct ab_frame  f;
    enum ab_err      err;
    size_t           used, need;

    for ( ;; ) {
        err = ab_frame_read(ab_slice(conn->in.pos,
                                     conn->in.last - conn->in.pos),
                            AB_MAX_FRAME_DOWN, &f, &used);
        if (err != AB_OK) {
            break;
        }
        conn->in.pos += used;
        if (conn_frame(conn, &f) != NGX_OK) {
            return "a frame was not understood";
        }
        if (conn->broken) {
            return "an answer was not for its question";
        }
        if (conn->goaway && ngx_queue_empty(&conn->sent)) {
            return "it is going away";
        }
    }
    if (err != AB_E_STORE_ABSENT) {
        return "a frame was malformed";
    }
    need = IN_SIZE;
    if (conn->in.last - conn->in.pos >= AB_WIRE_HEADER) {
        need = AB_WIRE_HEADER + (size_t) ab_u32_read(conn->in.pos);
    }
    return buf_room(conn, &conn->in, need) == NGX_OK ? NULL : "no memory";
}


/* A flood of marks leaves requests their turn. */
static void
conn_read(ngx_event_t *rev)
{
    ngx_connection_t  *c = rev->data;
    conn_t            *conn = c->data;
    const char        *why;
    ssize_t            n;
    size_t             turn;

    for (turn = 0; turn < IN_TURN; turn += n) {
        n = c->recv(c, conn->in.last, conn->in.end - conn->in.last);
        if (n == NGX_AGAIN) {
            break;
        }
        if (n <= 0) {
            conn_close(conn, n == 0 ? "by the daemon" : "read failed");
            return;
        }
        conn->in.last += n;
        why = conn_frames(conn);
        if (why != NULL) {
            conn_close(conn, why);
            return;
        }
    }
    if (rev->ready) {
        ngx_post_event(rev, &ngx_posted_next_events);
    } else if (ngx_handle_read_event(rev, 0) != NGX_OK) {
        conn_close(conn, "no event for reading");
    }
}


/* ---- the end of the worker ---- */

void
ngx_http_auth_broker_conn_exit(ngx_cycle_t *cycle)
{
    ngx_http_auth_broker_main_conf_t  *mcf;
    ngx_queue_t                       *q;
    worker_t                          *worker;

    mcf = ngx_http_cycle_get_module_main_conf(cycle,
                                              ngx_http_auth_broker_module);
    worker = mcf == NULL ? NULL : mcf->worker;
    if (worker == NULL) {
        return;
    }
    worker->is_exiting = 1;
    while (!ngx_queue_empty(&worker->conns)) {
        q = ngx_queue_head(&worker->conns);
        ngx_queue_remove(q);
        conn_free(ngx_queue_data(q, conn_t, queue));
    }
    if (worker->reconnect.timer_set) {
        ngx_del_timer(&worker->reconnect);
    }
    ngx_http_auth_broker_keys_free(worker);
    ngx_http_auth_broker_catalog_free(worker);
    ngx_http_auth_broker_memo_free(worker->memo);
    mcf->worker = NULL;
}
