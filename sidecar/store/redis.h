/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * redis.h - one blocking connection to one Redis.
 *
 * Its socket does not block; the waits are here, so that each ends at the
 * question's deadline or after 2 s without a byte, whichever comes first.
 * After any error the connection is unusable and is closed by its owner.
 */
#ifndef STORE_REDIS_H
#define STORE_REDIS_H

#include "base/ctx.h"
#include "conf/redis_url.h"

#include <hiredis/hiredis.h>

#define REDIS_SILENT_MS  2000

struct redis;

/* Resolve, connect, log in. AB_E_STORE_DOWN; AB_E_OPTION: the address cannot
 * be served (rediss:// with this hiredis). */
enum ab_err redis_open(struct ctx *c, const struct redis_url *u,
    struct redis **ret_r);
void redis_close(struct redis *r);      /* NULL does nothing */

/* One question, one reply (gives; an error reply is a reply). block_ms: how
 * long the command itself may stay silent (XREAD BLOCK). AB_E_STORE_DOWN,
 * AB_E_NOMEM. */
enum ab_err redis_ask(struct redis *r, struct ctx *c,
    const struct ab_slice *argv, size_t argc, int64_t block_ms,
    redisReply **ret_reply);

/* False when the other side closed it, or sent what nobody asked for. */
bool redis_is_usable(const struct redis *r);

#endif
