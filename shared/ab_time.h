/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_time.h - durations and checked numbers as text.
 */
#ifndef AB_TIME_H
#define AB_TIME_H

#include "ab_slice.h"
#include "ab_error.h"

#include <stdint.h>

/* Decimal without sign, blanks or leading zeros ("0" itself is fine). */
enum ab_err ab_parse_u64(struct ab_slice in, uint64_t *ret_v);
/* The same with an optional leading '-'. */
enum ab_err ab_parse_i64(struct ab_slice in, int64_t *ret_v);
/* "30", "30s", "5m", "2h", "1d" to seconds; a bare number is seconds. */
enum ab_err ab_parse_duration_s(struct ab_slice in, int64_t *ret_s);

/* now + s without wrapping: INT64_MAX when it would. */
int64_t ab_time_add(int64_t now, int64_t s);

#endif
