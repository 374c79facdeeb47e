/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store_int.h - the inside of a thread's connections, for this room.
 */
#ifndef STORE_STORE_INT_H
#define STORE_STORE_INT_H

#include "store/redis.h"
#include "store/script.h"
#include "store/slots.h"

#define SHA_TEXT  40            /* how Redis names a script */

struct store {
    const struct store_conf  *conf;
    struct redis             *redis;            /* NULL: not connected */
    int64_t                   replicas_until_ms;
    int64_t                   replicas;
    char                      sha[SCRIPT_N][SHA_TEXT + 1];
};

/* Any command, connecting where needed; *ret_reply (gives) may be an error
 * reply. The connection is dropped on failure. */
enum ab_err store_ask(struct ctx *c, const struct ab_slice *argv, size_t argc,
    int64_t block_ms, redisReply **ret_reply);
/* Judge a reply and copy it into c: an error reply becomes AB_E_STORE_DOWN
 * or AB_E_STORE_REPLY. */
enum ab_err store_accept(struct ctx *c, const redisReply *r,
    struct reply **ret_reply);
/* store_call for a command that may wait block_ms by itself. */
enum ab_err store_call_blocking(struct ctx *c, size_t key_at,
    const struct ab_slice *argv, size_t argc, int64_t block_ms,
    struct reply **ret_reply);
/* AB_E_STORE_REPLY unless r is of that type. */
enum ab_err store_expect(struct ctx *c, const struct reply *r,
    enum reply_type type);
/* The value of "name:" in an INFO text, up to the line's end; empty when it
 * is not there. */
struct ab_slice store_info_field(struct ab_slice info, const char *name);
/* INFO, one section or (NULL) the default ones. */
enum ab_err store_info(struct ctx *c, const char *section,
    struct ab_slice *ret_info);

#endif
