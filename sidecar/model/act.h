/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * act.h - take-once actions: a random handle that stands for a text.
 */
#ifndef MODEL_ACT_H
#define MODEL_ACT_H

#include "base/ctx.h"

/* kind separates uses; handle: 43 characters and NUL. The value is sealed. */
enum ab_err act_put(struct ctx *c, const char *kind, struct ab_slice value,
    int64_t ttl_s, char ret_handle[44]);
/* AB_E_STORE_ABSENT when unknown, used or expired. */
enum ab_err act_take(struct ctx *c, const char *kind, const char *handle,
    struct ab_slice *ret_value);

#endif
