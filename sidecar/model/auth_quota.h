/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * auth_quota.h - how many unanswered authentication sessions this daemon has
 * made, by realm.
 *
 * Strangers cost the store something only here; each daemon counts its own,
 * for as long as such a session lives. State of the process, under one lock.
 */
#ifndef MODEL_AUTH_QUOTA_H
#define MODEL_AUTH_QUOTA_H

#include "ab_error.h"

#include <stddef.h>
#include <stdint.h>

/* One more at `now` (epoch seconds). AB_E_BUSY at `max`, AB_E_NOMEM. */
enum ab_err auth_quota_take(const char *realm_id, int64_t now, size_t max);
/* n of those made at `then` were answered. */
void auth_quota_give(const char *realm_id, int64_t then, int64_t now,
    size_t n);
size_t auth_quota_used(const char *realm_id, int64_t now);
/* Forget everything (tests, end of the process). */
void auth_quota_clear(void);

#endif
