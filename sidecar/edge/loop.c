/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * loop.c - the edge loop's life: start, tasks from other threads, stop.
 */
#include "edge_int.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUEUE_MAX      10000
#define START_LIMIT_S  15
#define NO_FD_MS       100      /* pause of accepting when there is none */


void
edge_post(struct edge *e, struct edge_task *t)
{
    uint64_t  one = 1;

    pthread_mutex_lock(&e->lock);
    STAILQ_INSERT_TAIL(&e->tasks, t, link);
    pthread_mutex_unlock(&e->lock);
    /* Fails only when the counter is full: then it is readable anyway. */
    if (write(e->wake_fd, &one, sizeof(one)) < 0 && errno != EAGAIN) {
        log_event(AB_LOG_ERROR, "edge_wake", "ierrno", (int64_t) errno, NULL);
    }
}


static struct edge_task *
next_task(struct edge *e)
{
    struct edge_task  *t;

    pthread_mutex_lock(&e->lock);
    t = STAILQ_FIRST(&e->tasks);
    if (t != NULL) {
        STAILQ_REMOVE_HEAD(&e->tasks, link);
    }
    pthread_mutex_unlock(&e->lock);
    return t;
}


static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
    struct edge       *e = arg;
    struct edge_task  *t;
    uint64_t           count;

    (void) what;
    if (read(fd, &count, sizeof(count)) < 0 && errno != EAGAIN) {
        return;
    }
    while ((t = next_task(e)) != NULL) {
        t->run(e, t);
    }
    if (e->is_ending) {
        event_base_loopbreak(e->base);
    }
}


static void
on_pause_over(evutil_socket_t fd, short what, void *arg)
{
    struct edge  *e = arg;

    (void) fd;
    (void) what;
    if (e->listener != NULL) {
        event_add(e->listener, NULL);
    }
}


/* Without a descriptor the connection stays in the queue, and the socket
 * readable: the loop would turn without end. */
static void
pause_accepting(struct edge *e)
{
    static const struct timeval  pause = { 0, NO_FD_MS * 1000 };

    log_event(AB_LOG_ERROR, "edge_accept", "ierrno", (int64_t) errno, NULL);
    if (event_base_once(e->base, -1, EV_TIMEOUT, on_pause_over, e, &pause)
        == 0)
    {
        event_del(e->listener);
    }
}


static void
on_connect(evutil_socket_t fd, short what, void *arg)
{
    struct edge  *e = arg;
    int           peer;
    uid_t         uid = (uid_t) -1;

    (void) what;
    while ((peer = accept4((int) fd, NULL, NULL,
                           SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
    {
        if (!peer_uid(peer, &uid) || !peer_list_has(e->conf.peers, uid)) {
            log_event(AB_LOG_WARN, "edge_peer_refused", "iuid",
                      (int64_t) uid, NULL);
            close(peer);
            continue;
        }
        conn_accept(e, peer);
    }
    if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR) {
        pause_accepting(e);
    }
}


static void *
loop_main(void *arg)
{
    struct edge  *e = arg;

    event_base_dispatch(e->base);
    return NULL;
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


static struct edge *
edge_alloc(const struct edge_conf *conf)
{
    struct edge         *e = calloc(1, sizeof(*e));
    pthread_condattr_t   attr;

    if (e == NULL) {
        return NULL;
    }
    e->conf = *conf;
    e->wake_fd = -1;
    e->listen_fd = -1;
    pthread_mutex_init(&e->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&e->caught_up, &attr);
    pthread_condattr_destroy(&attr);
    STAILQ_INIT(&e->tasks);
    TAILQ_INIT(&e->conns);
    return e;
}


static bool
edge_parts(struct edge *e)
{
    e->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    e->base = event_base_new();
    if (e->wake_fd < 0 || e->base == NULL) {
        return false;
    }
    e->wake = event_new(e->base, e->wake_fd, EV_READ | EV_PERSIST, on_wake,
                        e);
    e->store = store_async_new(e->base, e->conf.store);
    e->pool = pool_new("edge", e->conf.threads, QUEUE_MAX, thread_store,
                       thread_store_free, (void *) e->conf.store);
    return e->wake != NULL && e->store != NULL && e->pool != NULL
           && event_add(e->wake, NULL) == 0;
}


static bool
edge_threads(struct edge *e)
{
    e->has_loop = pthread_create(&e->loop_thread, NULL, loop_main, e) == 0;
    e->has_follower = e->has_loop
                      && pthread_create(&e->follower_thread, NULL,
                                        follower_main, e) == 0;
    return e->has_follower;
}


/* The follower read the stream to its end, once. */
static bool
wait_caught_up(struct edge *e)
{
    struct timespec  until;
    bool             ok;
    int              rc = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += START_LIMIT_S;
    pthread_mutex_lock(&e->lock);
    while (!e->is_caught_up && rc == 0) {
        rc = pthread_cond_timedwait(&e->caught_up, &e->lock, &until);
    }
    ok = e->is_caught_up;
    pthread_mutex_unlock(&e->lock);
    return ok;
}


enum ab_err
edge_start(struct fail *f, const struct edge_conf *conf,
    struct edge **ret_edge)
{
    struct edge  *e = edge_alloc(conf);

    if (e == NULL) {
        return fail(f, AB_E_NOMEM, "edge");
    }
    if (!edge_parts(e) || !edge_threads(e)) {
        edge_stop(e);
        return fail(f, AB_E_NOMEM, "edge loop");
    }
    if (!wait_caught_up(e)) {
        edge_stop(e);
        return fail(f, AB_E_STORE_DOWN, "the stream of ends could not be "
                    "read in %d s", START_LIMIT_S);
    }
    *ret_edge = e;
    return AB_OK;
}


struct listen_task {
    struct edge_task  task;
    int               fd;
};


static void
run_listen(struct edge *e, struct edge_task *t)
{
    struct listen_task  *l = (struct listen_task *) t;

    e->listen_fd = l->fd;
    e->listener = event_new(e->base, l->fd, EV_READ | EV_PERSIST, on_connect,
                            e);
    if (e->listener == NULL || event_add(e->listener, NULL) != 0) {
        log_event(AB_LOG_ERROR, "edge_listen", NULL);
    }
    free(l);
}


enum ab_err
edge_listen(struct fail *f, struct edge *e, int fd)
{
    struct listen_task  *l = calloc(1, sizeof(*l));

    if (l == NULL) {
        close(fd);
        return fail(f, AB_E_NOMEM, "edge socket");
    }
    l->task.run = run_listen;
    l->fd = fd;
    edge_post(e, &l->task);
    return AB_OK;
}


static void
run_goaway(struct edge *e, struct edge_task *t)
{
    if (e->listener != NULL) {
        event_free(e->listener);
        e->listener = NULL;
        close(e->listen_fd);
        e->listen_fd = -1;
    }
    push_all(e, AB_MSG_GOAWAY, ab_slice(NULL, 0));
    free(t);
}


static void
edge_free(struct edge *e)
{
    struct edge_conn  *conn;
    struct edge_task  *t;
    size_t             i;

    while ((conn = TAILQ_FIRST(&e->conns)) != NULL) {
        conn_free(conn);
    }
    store_async_free(e->store);
    pool_free(e->pool);
    while ((t = next_task(e)) != NULL) {
        free(t);
    }
    for (i = 0; i < e->marks_n; i++) {
        free(e->marks[(e->marks_first + i) % e->marks_cap].payload);
    }
    free(e->marks);
    facts_free(e->facts);
    if (e->wake != NULL) {
        event_free(e->wake);
    }
    if (e->base != NULL) {
        event_base_free(e->base);
    }
    if (e->wake_fd >= 0) {
        close(e->wake_fd);
    }
    pthread_cond_destroy(&e->caught_up);
    pthread_mutex_destroy(&e->lock);
    free(e);
}


void
edge_stop(struct edge *e)
{
    struct edge_task  *t;

    if (e == NULL) {
        return;
    }
    t = e->has_loop ? calloc(1, sizeof(*t)) : NULL;
    if (t != NULL) {
        t->run = run_goaway;
        edge_post(e, t);
    }
    pool_stop(e->pool);         /* answers of running jobs still go out */
    e->is_stopping = true;
    if (e->has_follower) {
        pthread_join(e->follower_thread, NULL);
    }
    e->is_ending = true;
    if (e->has_loop) {
        eventfd_write(e->wake_fd, 1);
        pthread_join(e->loop_thread, NULL);
    }
    edge_free(e);
}


void
edge_status(struct edge *e, struct edge_status *ret_status)
{
    pthread_mutex_lock(&e->lock);
    *ret_status = e->status;
    ret_status->confirmed_ago_ms = clock_mono_ms() - e->confirmed_ms;
    pthread_mutex_unlock(&e->lock);
}
