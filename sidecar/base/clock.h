/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clock.h - the time of day, and a clock that only goes forward.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Epoch seconds and milliseconds of this host, corrected by the offset to
 * Redis TIME that the store measured (clock_set_offset_ms). Any thread. */
int64_t clock_now_s(void);
int64_t clock_now_ms(void);
/* Monotonic milliseconds; for deadlines. */
int64_t clock_mono_ms(void);
/* Redis TIME minus host time; thread-safe. */
void clock_set_offset_ms(int64_t offset_ms);
int64_t clock_offset_ms(void);
/* Milliseconds left until a monotonic deadline, never negative. */
int64_t clock_left_ms(int64_t deadline_ms);

#endif
