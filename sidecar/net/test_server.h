/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_server.h - a small HTTP server inside a test, on 127.0.0.1.
 *
 * One thread accepts, one thread a connection reads a request and calls
 * serve(), which writes raw bytes with ts_send(). For tests only, hence all
 * in the header; a connection ends after its one answer.
 */
#ifndef NET_TEST_SERVER_H
#define NET_TEST_SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TS_REQUEST_MAX  65536
#define TS_CONNS_MAX    16384

struct test_server;

struct ts_conn {
    struct test_server  *server;
    int                  fd;
    SSL                 *ssl;           /* NULL: plain */
    char                *request;       /* TS_REQUEST_MAX, NUL behind it */
    size_t               len;
    int                  at;            /* index in fds */
};

struct test_server {
    int            fd;
    int            port;
    SSL_CTX       *tls;                 /* NULL: plain */
    void         (*serve)(struct ts_conn *conn);
    void          *arg;
    atomic_int     hits;                /* requests read */
    atomic_bool    is_stopping;
    pthread_t      thread;
    pthread_mutex_t lock;               /* guards fds and n */
    int            fds[TS_CONNS_MAX];   /* -1: closed */
    int            n;
    pthread_t      threads[TS_CONNS_MAX];
};

/* False when the peer is gone. */
static inline bool
ts_send(struct ts_conn *conn, const char *p, size_t len)
{
    while (len > 0) {
        ssize_t  n = conn->ssl != NULL
                     ? SSL_write(conn->ssl, p, (int) len)
                     : send(conn->fd, p, len, MSG_NOSIGNAL);

        if (n <= 0) {
            return false;
        }
        p += n;
        len -= (size_t) n;
    }
    return true;
}


/* A whole answer with its length. */
static inline void
ts_answer(struct ts_conn *conn, int status, const char *type,
    const char *body)
{
    char  head[512];
    int   n = snprintf(head, sizeof(head), "HTTP/1.1 %d X\r\nContent-Type: "
                       "%s\r\nContent-Length: %zu\r\nConnection: close\r\n"
                       "\r\n", status, type, strlen(body));

    if (ts_send(conn, head, (size_t) n)) {
        (void) ts_send(conn, body, strlen(body));
    }
}


/* The request's first line starts with this text. */
static inline bool
ts_asks(const struct ts_conn *conn, const char *start)
{
    return strncmp(conn->request, start, strlen(start)) == 0;
}


/* Sleep unless the server stops. */
static inline void
ts_sleep_ms(const struct ts_conn *conn, long ms)
{
    for (; ms > 0 && !atomic_load(&conn->server->is_stopping); ms -= 10) {
        usleep(10000);
    }
}


static inline bool
ts_is_whole(const struct ts_conn *conn)
{
    const char  *end = strstr(conn->request, "\r\n\r\n");
    const char  *cl = strcasestr(conn->request, "\r\nContent-Length:");
    size_t       body = cl == NULL ? 0 : strtoul(cl + 17, NULL, 10);

    return end != NULL
           && (size_t) (end + 4 - conn->request) + body <= conn->len;
}


static inline void *
ts_connection(void *arg)
{
    struct ts_conn  *conn = arg;
    bool             ok = conn->ssl == NULL || SSL_accept(conn->ssl) == 1;

    while (ok && !ts_is_whole(conn) && conn->len < TS_REQUEST_MAX - 1) {
        char     *at = conn->request + conn->len;
        size_t    room = TS_REQUEST_MAX - 1 - conn->len;
        ssize_t   n = conn->ssl != NULL ? SSL_read(conn->ssl, at, (int) room)
                                        : recv(conn->fd, at, room, 0);

        ok = n > 0;
        conn->len += ok ? (size_t) n : 0;
    }
    if (ok) {
        atomic_fetch_add(&conn->server->hits, 1);
        conn->server->serve(conn);
    }
    if (conn->ssl != NULL) {
        SSL_shutdown(conn->ssl);
        SSL_free(conn->ssl);
    }
    shutdown(conn->fd, SHUT_RDWR);
    pthread_mutex_lock(&conn->server->lock);
    conn->server->fds[conn->at] = -1;
    close(conn->fd);
    pthread_mutex_unlock(&conn->server->lock);
    free(conn->request);
    free(conn);
    return NULL;
}


static inline void *
ts_accept(void *arg)
{
    struct test_server  *s = arg;
    struct ts_conn      *conn;
    int                  i, fd;

    while (s->n < TS_CONNS_MAX) {
        fd = accept(s->fd, NULL, NULL);
        if (fd < 0 || atomic_load(&s->is_stopping)) {
            break;
        }
        conn = calloc(1, sizeof(*conn));
        conn->request = calloc(1, TS_REQUEST_MAX);
        conn->server = s;
        conn->fd = fd;
        conn->at = s->n;
        if (s->tls != NULL) {
            conn->ssl = SSL_new(s->tls);
            SSL_set_fd(conn->ssl, fd);
        }
        pthread_mutex_lock(&s->lock);
        s->fds[s->n++] = fd;
        pthread_mutex_unlock(&s->lock);
        pthread_create(&s->threads[conn->at], NULL, ts_connection, conn);
    }
    for (i = 0; i < s->n; i++) {
        pthread_join(s->threads[i], NULL);
    }
    return NULL;
}


/* Listens on 127.0.0.1, or on ::1 with v6; false when the machine cannot. */
static inline bool
ts_start(struct test_server *s, bool v6, void (*serve)(struct ts_conn *),
    void *arg)
{
    struct sockaddr_in   a4 = { .sin_family = AF_INET };
    struct sockaddr_in6  a6 = { .sin6_family = AF_INET6,
                                .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    struct sockaddr     *a = v6 ? (void *) &a6 : (void *) &a4;
    socklen_t            len = v6 ? sizeof(a6) : sizeof(a4);

    a4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    s->serve = serve;
    s->arg = arg;
    pthread_mutex_init(&s->lock, NULL);
    s->fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s->fd < 0 || bind(s->fd, a, len) != 0 || listen(s->fd, 256) != 0
        || getsockname(s->fd, a, &len) != 0)
    {
        return false;
    }
    s->port = ntohs(v6 ? a6.sin6_port : a4.sin_port);
    return pthread_create(&s->thread, NULL, ts_accept, s) == 0;
}


static inline void
ts_stop(struct test_server *s)
{
    int  i;

    atomic_store(&s->is_stopping, true);
    pthread_mutex_lock(&s->lock);
    for (i = 0; i < s->n; i++) {
        if (s->fds[i] >= 0) {
            shutdown(s->fds[i], SHUT_RDWR);
        }
    }
    pthread_mutex_unlock(&s->lock);
    shutdown(s->fd, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    close(s->fd);
    pthread_mutex_destroy(&s->lock);
    SSL_CTX_free(s->tls);
}

#endif
