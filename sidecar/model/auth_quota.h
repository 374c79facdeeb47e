/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * auth_quota.h - the newest unanswered logins of each realm, so that there
 * are never more than a maximum.
 *
 * Strangers cost the store something only here. Who starts logins without
 * end pushes out the oldest unanswered ones, whose browsers begin anew by
 * KC_RESTART; nobody is refused. Each daemon counts its own. State of the
 * process, under one lock that is never held across I/O.
 */
#ifndef MODEL_AUTH_QUOTA_H
#define MODEL_AUTH_QUOTA_H

#include "ab_error.h"

#include <stddef.h>
#include <stdint.h>

#define AUTH_QUOTA_ID  25       /* a root's id and NUL */

/*
 * A login of that root began at `now` (epoch seconds). At most `max` are
 * remembered for a realm (the same number at each call); ret_oldest: the
 * root that had to go for it and may still be in its first life, "" when
 * none. Whether it was answered meanwhile is the caller's to see.
 * AB_E_NOMEM.
 */
enum ab_err auth_quota_push(const char *realm_id, const char *root_id,
    int64_t now, size_t max, char ret_oldest[AUTH_QUOTA_ID]);
/* Forget everything (tests, end of the process). */
void auth_quota_clear(void);

#endif
