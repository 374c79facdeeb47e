/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * redis.c - one blocking connection to one Redis.
 */
#include "redis.h"
#include "address.h"
#include "reply.h"

#include "base/autofree.h"
#include "base/clock.h"
#include "base/fault.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

struct redis {
    redisContext  *ctx;
};

static enum ab_err connect_unix(struct ctx *c, struct redis *r,
    const struct redis_url *u);
static enum ab_err connect_tcp(struct ctx *c, struct redis *r,
    const struct redis_url *u);
static enum ab_err find_address(struct ctx *c, const char *host,
    struct address_list *ret_list);
static enum ab_err finish_connect(struct ctx *c, struct redis *r,
    redisContext *ctx);
static enum ab_err log_in(struct ctx *c, struct redis *r,
    const struct redis_url *u);
static enum ab_err append(struct redis *r, struct ctx *c,
    const struct ab_slice *argv, size_t argc);
static enum ab_err send_all(struct redis *r, struct ctx *c);
static enum ab_err read_reply(struct redis *r, struct ctx *c,
    int64_t block_ms, redisReply **ret_reply);
static enum ab_err wait_for(struct ctx *c, int fd, short events,
    int64_t silent_ms);
static enum ab_err broken(struct redis *r, struct ctx *c);


enum ab_err
redis_open(struct ctx *c, const struct redis_url *u, struct redis **ret_r)
{
    struct redis  *r;
    enum ab_err    e;

#if HIREDIS_MAJOR < 1
    if (u->has_tls) {
        return ctx_fail(c, AB_E_OPTION, "rediss:// needs hiredis 1.0 or "
                        "newer, this build has %d.%d", HIREDIS_MAJOR,
                        HIREDIS_MINOR);
    }
#endif
    r = fault_malloc(sizeof(*r));
    if (r == NULL) {
        return ctx_nomem(c);
    }
    r->ctx = NULL;
    e = u->is_unix ? connect_unix(c, r, u) : connect_tcp(c, r, u);
    if (e == AB_OK) {
        e = log_in(c, r, u);
    }
    if (e != AB_OK) {
        redis_close(r);
        return e;
    }
    *ret_r = r;
    return AB_OK;
}


void
redis_close(struct redis *r)
{
    if (r == NULL) {
        return;
    }
    if (r->ctx != NULL) {
        redisFree(r->ctx);
    }
    free(r);
}


static enum ab_err
connect_unix(struct ctx *c, struct redis *r, const struct redis_url *u)
{
    return finish_connect(c, r, redisConnectUnixNonBlock(u->path));
}


/* Each address of the name in turn; the last one's fault is reported. */
static enum ab_err
connect_tcp(struct ctx *c, struct redis *r, const struct redis_url *u)
{
    struct address_list  list;
    enum ab_err          e = find_address(c, u->host, &list);
    size_t               i;

    for (i = 0; e == AB_OK && i < list.n; i++) {
        fail_clear(&c->f);
        if (finish_connect(c, r, redisConnectNonBlock(list.ip[i], u->port))
            == AB_OK)
        {
            return AB_OK;
        }
    }
    return e == AB_OK ? c->f.code : e;
}


static enum ab_err
find_address(struct ctx *c, const char *host, struct address_list *ret_list)
{
    int  fd = address_ask(host);

    if (fd < 0) {
        return ctx_fail(c, AB_E_STORE_DOWN, "cannot ask for %s", host);
    }
    if (wait_for(c, fd, POLLIN, REDIS_SILENT_MS) != AB_OK) {
        close(fd);
        return c->f.code;
    }
    if (!address_take(fd, ret_list)) {
        return ctx_fail(c, AB_E_STORE_DOWN, "%s: unknown host", host);
    }
    return AB_OK;
}


/* Takes ctx. */
static enum ab_err
finish_connect(struct ctx *c, struct redis *r, redisContext *ctx)
{
    int        err = 0;
    socklen_t  len = sizeof(err);

    if (ctx == NULL) {
        return ctx_nomem(c);
    }
    if (r->ctx != NULL) {
        redisFree(r->ctx);
    }
    r->ctx = ctx;
    if (ctx->err != 0) {
        return broken(r, c);
    }
    if (wait_for(c, ctx->fd, POLLOUT, REDIS_SILENT_MS) != AB_OK) {
        return c->f.code;
    }
    if (getsockopt(ctx->fd, SOL_SOCKET, SO_ERROR, &err, &len) != 0
        || err != 0)
    {
        return ctx_fail(c, AB_E_STORE_DOWN, "connect: %s", strerror(err));
    }
    return AB_OK;
}


static enum ab_err
log_in(struct ctx *c, struct redis *r, const struct redis_url *u)
{
    struct ab_slice  argv[3] = { AB_S("AUTH") };
    size_t           argc = 1;
    enum ab_err      e;
    autofree(reply_freep) redisReply  *reply = NULL;

    if (u->password[0] == '\0') {
        return AB_OK;
    }
    if (u->user[0] != '\0') {
        argv[argc++] = ab_slice_str(u->user);
    }
    argv[argc++] = ab_slice_str(u->password);
    e = redis_ask(r, c, argv, argc, 0, &reply);
    if (e == AB_OK && reply->type != REDIS_REPLY_STATUS) {
        e = ctx_fail(c, AB_E_STORE_DOWN, "Redis refuses user or password");
    }
    return e;
}


enum ab_err
redis_ask(struct redis *r, struct ctx *c, const struct ab_slice *argv,
    size_t argc, int64_t block_ms, redisReply **ret_reply)
{
    enum ab_err  e;

    e = append(r, c, argv, argc);
    if (e == AB_OK) {
        e = send_all(r, c);
    }
    if (e == AB_OK) {
        e = read_reply(r, c, block_ms, ret_reply);
    }
    return e;
}


bool
redis_is_usable(const struct redis *r)
{
    struct pollfd  p = { .fd = r->ctx->fd, .events = POLLIN };

    return r->ctx->err == 0 && poll(&p, 1, 0) == 0;
}


/* As an array of lengths and bytes: nothing in them is ever a format or a
 * delimiter. */
static enum ab_err
append(struct redis *r, struct ctx *c, const struct ab_slice *argv,
    size_t argc)
{
    const char  **p = arena_array(c->a, argc, sizeof(*p));
    size_t       *len = arena_array(c->a, argc, sizeof(*len));
    size_t        i;

    if (p == NULL || len == NULL) {
        return ctx_nomem(c);
    }
    for (i = 0; i < argc; i++) {
        p[i] = argv[i].len == 0 ? "" : argv[i].p;
        len[i] = argv[i].len;
    }
    if (redisAppendCommandArgv(r->ctx, (int) argc, p, len) != REDIS_OK) {
        return ctx_nomem(c);
    }
    return AB_OK;
}


static enum ab_err
send_all(struct redis *r, struct ctx *c)
{
    int  done = 0;

    for ( ;; ) {
        if (redisBufferWrite(r->ctx, &done) != REDIS_OK) {
            return broken(r, c);
        }
        if (done) {
            return AB_OK;
        }
        if (wait_for(c, r->ctx->fd, POLLOUT, REDIS_SILENT_MS) != AB_OK) {
            return c->f.code;
        }
    }
}


static enum ab_err
read_reply(struct redis *r, struct ctx *c, int64_t block_ms,
    redisReply **ret_reply)
{
    void  *reply = NULL;

    for ( ;; ) {
        if (redisGetReplyFromReader(r->ctx, &reply) != REDIS_OK) {
            return broken(r, c);
        }
        if (reply != NULL) {
            *ret_reply = reply;
            return AB_OK;
        }
        if (wait_for(c, r->ctx->fd, POLLIN, REDIS_SILENT_MS + block_ms)
            != AB_OK)
        {
            return c->f.code;
        }
        if (redisBufferRead(r->ctx) != REDIS_OK) {
            return broken(r, c);
        }
    }
}


static enum ab_err
wait_for(struct ctx *c, int fd, short events, int64_t silent_ms)
{
    struct pollfd  p = { .fd = fd, .events = events };
    int64_t        end = clock_mono_ms() + silent_ms, left;
    int            rc;

    end = c->deadline_ms < end ? c->deadline_ms : end;
    do {
        left = clock_left_ms(end);
        rc = poll(&p, 1, (int) left);
    } while (rc < 0 && errno == EINTR);
    if (rc == 0) {
        return ctx_fail(c, AB_E_STORE_DOWN, "no answer %s",
                        c->deadline_ms <= end ? "before the deadline"
                                              : "for too long");
    }
    if (rc < 0) {
        return ctx_fail(c, AB_E_STORE_DOWN, "poll: %s", strerror(errno));
    }
    return AB_OK;
}


static enum ab_err
broken(struct redis *r, struct ctx *c)
{
    return ctx_fail(c, AB_E_STORE_DOWN, "%s", r->ctx->errstr);
}
