/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clock.c - the time of day, and a clock that only goes forward.
 */
#include "clock.h"

#include <stdatomic.h>
#include <time.h>

/* Redis TIME minus this host's, in milliseconds. */
static _Atomic int64_t  offset;

static int64_t read_ms(clockid_t id);


int64_t
clock_now_s(void)
{
    return clock_now_ms() / 1000;
}


int64_t
clock_now_ms(void)
{
    return read_ms(CLOCK_REALTIME) + atomic_load(&offset);
}


int64_t
clock_mono_ms(void)
{
    return read_ms(CLOCK_MONOTONIC);
}


void
clock_set_offset_ms(int64_t offset_ms)
{
    atomic_store(&offset, offset_ms);
}


int64_t
clock_offset_ms(void)
{
    return atomic_load(&offset);
}


int64_t
clock_left_ms(int64_t deadline_ms)
{
    int64_t  now = clock_mono_ms();

    return deadline_ms > now ? deadline_ms - now : 0;
}


static int64_t
read_ms(clockid_t id)
{
    struct timespec  ts;

    clock_gettime(id, &ts);
    return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}
