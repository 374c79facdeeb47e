/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store_async_conn.c - the one connection of an event loop: name, connect,
 * greeting, loss, and again.
 */
#include "store_async_int.h"
#include "address.h"

#include "base/clock.h"
#include "conf/redis_url.h"

#include <event2/event.h>
#include <hiredis/adapters/libevent.h>
#include <unistd.h>

#define BACKOFF_MIN_MS  50
#define BACKOFF_MAX_MS  1000

static void start_lookup(struct store_async *s, const struct redis_url *u);
static void on_resolved(evutil_socket_t fd, short what, void *arg);
static void start_connection(struct store_async *s, redisAsyncContext *ac);
static bool greet(struct store_async *s);
static void on_auth(redisAsyncContext *ac, void *r, void *arg);
static void on_pong(redisAsyncContext *ac, void *r, void *arg);
static void on_connect(const redisAsyncContext *ac, int status);
static void on_disconnect(const redisAsyncContext *ac, int status);


void
async_start(struct store_async *s)
{
    struct redis_url  u;
    struct fail       f = { .code = AB_OK };

    s->attempts++;
    if (redis_url_parse(&f, s->conf->url, &u) != AB_OK || u.has_tls) {
        async_went_down(s);     /* store_check() has refused it at start */
        return;
    }
    if (u.is_unix) {
        start_connection(s, redisAsyncConnectUnix(u.path));
    } else {
        start_lookup(s, &u);
    }
    redis_url_clear(&u);
}


static void
start_lookup(struct store_async *s, const struct redis_url *u)
{
    int  fd = address_ask(u->host);

    s->resolved = fd < 0 ? NULL
                  : event_new(s->base, fd, EV_READ, on_resolved, s);
    if (s->resolved == NULL || event_add(s->resolved, NULL) != 0) {
        if (fd >= 0) {
            close(fd);
        }
        if (s->resolved != NULL) {
            event_free(s->resolved);
            s->resolved = NULL;
        }
        async_went_down(s);
        return;
    }
    s->state = STATE_RESOLVING;
}


static void
on_resolved(evutil_socket_t fd, short what, void *arg)
{
    struct store_async   *s = arg;
    struct address_list   list;
    struct redis_url      u;
    struct fail           f = { .code = AB_OK };

    (void) what;
    event_free(s->resolved);
    s->resolved = NULL;
    if (!address_take(fd, &list)
        || redis_url_parse(&f, s->conf->url, &u) != AB_OK)
    {
        async_went_down(s);
        return;
    }
    start_connection(s, redisAsyncConnect(list.ip[s->attempts % list.n],
                                          u.port));
    redis_url_clear(&u);
}


/* Takes ac. */
static void
start_connection(struct store_async *s, redisAsyncContext *ac)
{
    if (ac == NULL || ac->err != 0) {
        if (ac != NULL) {
            redisAsyncFree(ac);
        }
        async_went_down(s);
        return;
    }
    ac->data = s;
    async_guard(ac);
    s->ac = ac;
    s->state = STATE_GREETING;
    s->heard_ms = clock_mono_ms();
    if (redisLibeventAttach(ac, s->base) != REDIS_OK
        || redisAsyncSetConnectCallback(ac, on_connect) != REDIS_OK
        || redisAsyncSetDisconnectCallback(ac, on_disconnect) != REDIS_OK
        || !greet(s))
    {
        async_drop(s);
        async_went_down(s);
    }
}


static bool
greet(struct store_async *s)
{
    static const char  *ping = "PING";
    const char         *argv[3] = { "AUTH" };
    int                 argc = 1;
    struct redis_url    u;
    struct fail         f = { .code = AB_OK };
    bool                fine;

    fine = redis_url_parse(&f, s->conf->url, &u) == AB_OK;
    if (fine && u.password[0] != '\0') {
        if (u.user[0] != '\0') {
            argv[argc++] = u.user;
        }
        argv[argc++] = u.password;
        fine = redisAsyncCommandArgv(s->ac, on_auth, NULL, argc, argv, NULL)
               == REDIS_OK;
    }
    redis_url_clear(&u);
    return fine && redisAsyncCommandArgv(s->ac, on_pong, NULL, 1, &ping, NULL)
                   == REDIS_OK;
}


static void
on_auth(redisAsyncContext *ac, void *r, void *arg)
{
    struct store_async  *s = ac->data;
    const redisReply    *reply = r;

    (void) arg;
    if (reply != NULL && reply->type == REDIS_REPLY_ERROR) {
        s->must_drop = true;
    }
}


static void
on_pong(redisAsyncContext *ac, void *r, void *arg)
{
    struct store_async  *s = ac->data;
    const redisReply    *reply = r;

    (void) arg;
    if (reply == NULL || reply->type != REDIS_REPLY_STATUS) {
        s->must_drop |= reply != NULL;      /* LOADING, NOAUTH */
        return;
    }
    s->state = STATE_UP;
    s->takes_early = true;
    s->backoff_ms = 0;
    s->heard_ms = clock_mono_ms();
}


/* hiredis frees ac after either of these; drop() took it away before. */
static void
on_connect(const redisAsyncContext *ac, int status)
{
    struct store_async  *s = ac->data;

    if (status != REDIS_OK && s->ac == ac) {
        s->ac = NULL;
        async_went_down(s);
    }
}


static void
on_disconnect(const redisAsyncContext *ac, int status)
{
    struct store_async  *s = ac->data;

    (void) status;
    if (s->ac == ac) {
        s->ac = NULL;
        async_went_down(s);
    }
}


/* Closes the connection; all questions end now. */
void
async_drop(struct store_async *s)
{
    redisAsyncContext  *ac = s->ac;

    s->ac = NULL;
    s->state = STATE_DOWN;
    if (ac != NULL) {
        redisAsyncFree(ac);
    }
}


/* Until the next PONG questions are refused at once: a store that was just
 * silent for 2 s must not cost each asker 2 s more. */
void
async_went_down(struct store_async *s)
{
    s->state = STATE_DOWN;
    s->must_drop = false;
    s->takes_early = false;
    s->retry_ms = clock_mono_ms() + s->backoff_ms;
    s->backoff_ms = s->backoff_ms * 2 < BACKOFF_MIN_MS ? BACKOFF_MIN_MS
                    : s->backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS
                    : s->backoff_ms * 2;
    async_arm_tick(s);
}
