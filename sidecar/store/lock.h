/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lock.h - a lease on a name, held across processes.
 */
#ifndef STORE_LOCK_H
#define STORE_LOCK_H

#include "store/store.h"

/* Take it for ttl_s; token (43 characters and NUL) proves the holder.
 * AB_E_CONFLICT: somebody holds it (an answer, no fault: nothing is put
 * into c->f, here and below). */
enum ab_err lock_take(struct ctx *c, struct ab_slice key, int64_t ttl_s,
    char ret_token[44]);
/* Extend; AB_E_CONFLICT when it is no longer ours. */
enum ab_err lock_extend(struct ctx *c, struct ab_slice key, int64_t ttl_s,
    const char *token);
enum ab_err lock_release(struct ctx *c, struct ab_slice key,
    const char *token);

#endif
