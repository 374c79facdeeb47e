/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * http.h - requests at web.sock and --web-listen, read whole before anybody
 * looks at them (over libmicrohttpd).
 *
 * One epoll thread reads and writes; a request that is complete is handed to
 * a bounded pool, whose thread may block until the request's deadline. Full
 * = 503 at once.
 */
#ifndef SERVER_HTTP_H
#define SERVER_HTTP_H

#include "ab_form.h"
#include "conf/peer.h"
#include "model/app.h"
#include "base/ctx.h"
#include "reply.h"

#define REQ_ARGS_MAX  3

struct req_header {
    const char  *name;
    const char  *value;
};

/* One request; lives in c.a. Texts are NUL-free by check. */
struct req {
    struct ctx          c;
    const char         *method;
    const char         *target;         /* as received, path and query */
    struct ab_slice     path;           /* raw */
    struct ab_slice     raw_query;
    struct req_header  *headers;
    size_t              n_headers;
    struct ab_slice     body;
    bool                has_form;       /* body is a urlencoded form */
    struct ab_param    *query, *form;
    size_t              n_query, n_form;
    const char         *args[REQ_ARGS_MAX];     /* {} of the route */
    size_t              n_args;
    const char         *ip;             /* of the client, for records */
    bool                is_https;       /* as the client sees us */
    bool                is_trusted;     /* X-Forwarded-* counted */
    bool                is_local;       /* c.base's host is loopback */
    struct web_reply    reply;
};

struct store_conf;
struct web_server;

struct web_conf {
    const struct app         *app;
    const struct store_conf  *store;
    const struct peer_list   *peers;        /* whose X-Forwarded-* count */
    size_t                    threads;      /* of the pool */
    size_t                    queue_max;
};

/* Serve a listening socket; is_unix tells whether forwarded headers may
 * count. Several sockets may share one pool: call it for each. */
enum ab_err web_start(struct fail *f, const struct web_conf *conf,
    struct web_server **ret_server);
enum ab_err web_listen(struct fail *f, struct web_server *w, int fd,
    bool is_unix);
/* Quiesce, let running requests end, stop. NULL does nothing. */
void web_stop(struct web_server *w);

/* Value of a header by name without case; NULL when absent. With several
 * of one name the first. */
const char *req_header(const struct req *r, const char *name);
/* Only value of a query / form parameter; NULL when absent. */
const char *req_query(const struct req *r, const char *name);
const char *req_form(const struct req *r, const char *name);
/* All values of a cookie of that name, in the order sent: list in c. A name
 * ending in '*' stands for all that begin so. */
size_t req_cookies(struct req *r, const char *name, const char **list,
    size_t max);

#endif
