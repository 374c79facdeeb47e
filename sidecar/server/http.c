/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * http.c - web.sock: libmicrohttpd in front, a pool of threads behind.
 *
 * MHD's thread only moves bytes. A request that is complete is suspended and
 * queued; a pool thread answers it into its struct req and resumes the
 * connection once; MHD's thread then sends what stands there. MHD's own
 * parsing of arguments, posts and basic auth is not used: the raw target
 * comes from its URI log callback.
 */
#include "http.h"

#include "ab_limits.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/pool.h"
#include "request.h"
#include "router.h"
#include "store/store.h"

#include <microhttpd.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#define ARENA_MAX         (96 * 1024 * 1024)
#define CONNECTIONS_MAX   4096
#define IDLE_TIMEOUT_S    75
#define CONNECTION_MEM    (64 * 1024)
#define LISTENERS_MAX     2

enum exchange_state { READING, QUEUED, ANSWERED };

struct listener {
    struct web_server  *server;
    struct MHD_Daemon  *mhd;
    bool                is_unix;
};

struct web_server {
    struct web_conf   conf;
    struct pool      *pool;
    struct listener   listeners[LISTENERS_MAX];
    size_t            n_listeners;
};

/* One request from its first byte to its last; MHD's con_cls. state is
 * written by MHD's thread, except QUEUED -> ANSWERED by the pool's. */
struct exchange {
    struct req              req;
    struct listener        *listener;
    struct MHD_Connection  *connection;
    struct ab_buf           body;
    _Atomic int             state;
    bool                    is_bad;     /* no memory at its start */
};


static void *
exchange_new(void *cls, const char *uri, struct MHD_Connection *connection)
{
    struct exchange  *x = calloc(1, sizeof(*x));

    if (x == NULL) {
        return NULL;
    }
    x->listener = cls;
    x->connection = connection;
    ab_buf_init(&x->body, AB_MAX_WEB_BODY);
    x->req.c.a = arena_new(ARENA_MAX);
    if (x->req.c.a != NULL) {
        x->req.target = arena_str(x->req.c.a, uri);
    }
    x->is_bad = x->req.target == NULL;
    return x;
}


static void
exchange_free(void *cls, struct MHD_Connection *connection, void **con_cls,
    enum MHD_RequestTerminationCode why)
{
    struct exchange  *x = *con_cls;

    (void) cls;
    (void) connection;
    (void) why;
    if (x == NULL) {
        return;
    }
    ab_buf_clear(&x->body);
    arena_free(x->req.c.a);
    free(x);
    *con_cls = NULL;
}


static enum MHD_Result
count_header(void *cls, enum MHD_ValueKind kind, const char *name,
    const char *value)
{
    struct req  *r = cls;

    (void) kind;
    if (value == NULL || r->n_headers == AB_MAX_PARAMS_N) {
        return MHD_NO;
    }
    r->headers[r->n_headers].name = arena_str(r->c.a, name);
    r->headers[r->n_headers].value = arena_str(r->c.a, value);
    if (r->headers[r->n_headers].name == NULL
        || r->headers[r->n_headers].value == NULL)
    {
        return MHD_NO;
    }
    r->n_headers++;
    return MHD_YES;
}


static bool
copy_headers(struct exchange *x)
{
    struct req  *r = &x->req;
    int          n;

    r->headers = arena_array(r->c.a, AB_MAX_PARAMS_N, sizeof(*r->headers));
    if (r->headers == NULL) {
        return false;
    }
    n = MHD_get_connection_values(x->connection, MHD_HEADER_KIND,
                                  count_header, r);
    return n >= 0 && (size_t) n == r->n_headers;
}


/* Forwarded headers count only from a user of --edge-uid at web.sock. */
static bool
peer_is_trusted(struct exchange *x)
{
    const union MHD_ConnectionInfo  *info;
    uid_t                            uid;

    if (!x->listener->is_unix) {
        return false;
    }
    info = MHD_get_connection_info(x->connection,
                                   MHD_CONNECTION_INFO_CONNECTION_FD);
    return info != NULL && peer_uid(info->connect_fd, &uid)
           && peer_list_has(x->listener->server->conf.peers, uid);
}


/* On a pool thread. */
static void
answer_job(void *arg, void *own)
{
    struct exchange  *x = arg;
    struct req       *r = &x->req;

    r->c.store = own;
    r->c.app = x->listener->server->conf.app;
    if (own == NULL) {
        fail(&r->c.f, AB_E_NOMEM, "no connections for this thread");
        reply_error(r, 503, "temporarily_unavailable", NULL);
    } else if (request_prepare(r, ab_buf_slice(&x->body))) {
        router_run(r);
    } else {
        log_fail("web_refused", &r->c.f, NULL);
    }
    x->state = ANSWERED;
    MHD_resume_connection(x->connection);
}


static enum MHD_Result
queue_static(struct MHD_Connection *connection, unsigned status,
    const char *body)
{
    struct MHD_Response  *response;
    enum MHD_Result       rc;

    response = MHD_create_response_from_buffer(strlen(body), (void *) body,
                                               MHD_RESPMEM_PERSISTENT);
    if (response == NULL) {
        return MHD_NO;
    }
    MHD_add_response_header(response, "Content-Type", "application/json");
    MHD_add_response_header(response, "Cache-Control", "no-store");
    if (status == 503) {
        MHD_add_response_header(response, "Retry-After", "2");
    }
    rc = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return rc;
}


static enum MHD_Result
send_reply(struct exchange *x)
{
    struct web_reply     *reply = &x->req.reply;
    struct MHD_Response  *response;
    enum MHD_Result       rc;
    size_t                i;

    response = MHD_create_response_from_buffer(reply->body.len,
                                               (void *) reply->body.p,
                                               MHD_RESPMEM_MUST_COPY);
    if (response == NULL) {
        return MHD_NO;
    }
    for (i = 0; i < reply->n_headers; i++) {
        MHD_add_response_header(response, reply->headers[i].name,
                                reply->headers[i].value);
    }
    rc = MHD_queue_response(x->connection, (unsigned) reply->status,
                            response);
    MHD_destroy_response(response);
    return rc;
}


static enum MHD_Result
refuse_size(struct exchange *x, unsigned status, const char *what)
{
    struct fail  f = { 0 };

    fail(&f, AB_E_TOO_LARGE, "%s", what);
    log_fail("web_refused", &f, NULL);
    return queue_static(x->connection, status,
                        "{\"error\":\"invalid_request\"}");
}


/* All of the request is here: hand it over. */
static enum MHD_Result
submit(struct exchange *x)
{
    struct req  *r = &x->req;

    metric_add(METRIC_WEB_REQUESTS, 1);
    if (x->body.failed) {
        return refuse_size(x, 413, "body");
    }
    if (!copy_headers(x)) {
        return refuse_size(x, 431, "headers");
    }
    r->is_trusted = peer_is_trusted(x);
    r->c.deadline_ms = clock_mono_ms() + AB_WEB_DEADLINE_MS;
    x->state = QUEUED;
    MHD_suspend_connection(x->connection);
    if (pool_run(x->listener->server->pool, answer_job, x) != AB_OK) {
        metric_add(METRIC_WEB_BUSY, 1);
        reply_error(r, 503, "temporarily_unavailable", NULL);
        reply_add(r, "Retry-After", "2");
        x->state = ANSWERED;
        MHD_resume_connection(x->connection);
    }
    return MHD_YES;
}


static enum MHD_Result
on_request(void *cls, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *upload,
    size_t *upload_size, void **con_cls)
{
    struct exchange  *x = *con_cls;

    (void) cls;
    (void) url;
    (void) version;
    if (x == NULL || x->is_bad) {
        return queue_static(connection, 503,
                            "{\"error\":\"temporarily_unavailable\"}");
    }
    if (x->state == ANSWERED) {
        return send_reply(x);
    }
    if (x->req.method == NULL) {
        x->req.method = arena_str(x->req.c.a, method);
        return x->req.method == NULL ? MHD_NO : MHD_YES;
    }
    if (*upload_size > 0) {
        ab_buf_add(&x->body, ab_slice(upload, *upload_size));
        *upload_size = 0;
        return MHD_YES;
    }
    return submit(x);
}


/* The target is read raw by exchange_new(); MHD must not touch it. */
static size_t
keep_as_is(void *cls, struct MHD_Connection *connection, char *text)
{
    (void) cls;
    (void) connection;
    return strlen(text);
}


static void *
thread_store(void *arg)
{
    return store_new(arg);
}


static void
thread_store_free(void *own)
{
    store_free(own);
}


enum ab_err
web_start(struct fail *f, const struct web_conf *conf,
    struct web_server **ret_server)
{
    struct web_server  *w = calloc(1, sizeof(*w));

    if (w == NULL) {
        return fail(f, AB_E_NOMEM, "web server");
    }
    w->conf = *conf;
    w->pool = pool_new("web", conf->threads, conf->queue_max, thread_store,
                       thread_store_free, (void *) conf->store);
    if (w->pool == NULL) {
        free(w);
        return fail(f, AB_E_NOMEM, "threads of the web server");
    }
    *ret_server = w;
    return AB_OK;
}


enum ab_err
web_listen(struct fail *f, struct web_server *w, int fd, bool is_unix)
{
    struct listener  *l = &w->listeners[w->n_listeners];

    if (w->n_listeners == LISTENERS_MAX) {
        return fail(f, AB_E_INTERNAL, "too many listening sockets");
    }
    l->server = w;
    l->is_unix = is_unix;
    l->mhd = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD
                              | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
                              on_request, NULL,
                              MHD_OPTION_LISTEN_SOCKET, fd,
                              MHD_OPTION_URI_LOG_CALLBACK, exchange_new, l,
                              MHD_OPTION_NOTIFY_COMPLETED, exchange_free,
                              NULL,
                              MHD_OPTION_UNESCAPE_CALLBACK, keep_as_is, NULL,
                              MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX,
                              MHD_OPTION_CONNECTION_TIMEOUT, IDLE_TIMEOUT_S,
                              MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                              (size_t) CONNECTION_MEM,
                              MHD_OPTION_END);
    if (l->mhd == NULL) {
        return fail(f, AB_E_INTERNAL, "libmicrohttpd did not start");
    }
    w->n_listeners++;
    return AB_OK;
}


void
web_stop(struct web_server *w)
{
    MHD_socket  fds[LISTENERS_MAX];
    size_t      i;

    if (w == NULL) {
        return;
    }
    for (i = 0; i < w->n_listeners; i++) {
        fds[i] = MHD_quiesce_daemon(w->listeners[i].mhd);
    }
    pool_stop(w->pool);         /* connections kept alive still ask it */
    for (i = 0; i < w->n_listeners; i++) {
        MHD_stop_daemon(w->listeners[i].mhd);
        if (fds[i] != MHD_INVALID_SOCKET) {
            close(fds[i]);
        }
    }
    pool_free(w->pool);
    free(w);
}
