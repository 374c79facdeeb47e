/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log.h - one JSON object a line on standard error.
 *
 * Only edges log (server, edge, ctl, jobs, follower, main), once per event.
 * Members: time (RFC 3339, ms), level, event, then the given ones. Values
 * are escaped; secrets never come here.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/fail.h"

#include <stdbool.h>
#include <stdint.h>

void log_set_level(enum ab_level level);
/* False for an unknown word. */
bool log_parse_level(const char *word, enum ab_level *ret_level);

/*
 * One line. event: a static word. Then pairs of member name (const char *)
 * and value, ended by NULL. A name's first character tells its value's type
 * and is not printed: 's' const char * (NULL leaves the member out),
 * 'i' int64_t (cast it). Example:
 *   log_event(AB_LOG_INFO, "login", "srealm", name, "ims", (int64_t) 12, NULL);
 */
void log_event(enum ab_level level, const char *event, ...)
    __attribute__((sentinel));
/* The line of a fault: level of its row, members reason and detail, then
 * pairs as above. */
void log_fail(const char *event, const struct fail *f, ...)
    __attribute__((sentinel));

#endif
