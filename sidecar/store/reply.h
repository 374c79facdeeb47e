/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reply.h - hiredis replies as ours.
 */
#ifndef STORE_REPLY_H
#define STORE_REPLY_H

#include "store/store.h"

#include <hiredis/hiredis.h>

/* Copies r and all below it into a. AB_E_NOMEM; AB_E_STORE_REPLY for an
 * error reply inside. */
enum ab_err reply_copy(struct arena *a, const redisReply *r,
    struct reply *ret_reply);
/* The same without copying bytes: they stay r's. Lists come from a. */
enum ab_err reply_view(struct arena *a, const redisReply *r,
    struct reply *ret_reply);

static inline void
reply_freep(redisReply **r)
{
    if (*r != NULL) {
        freeReplyObject(*r);
    }
}

#endif
