/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fault.c - makes the n-th allocation or store call fail, in tests.
 *
 * Counters are process-wide on purpose: a test arms one fault and drives one
 * thread. In production both stay at OFF and cost one relaxed load.
 */
#include "fault.h"

#include <jansson.h>
#include <stdatomic.h>
#include <stdlib.h>

#define OFF  (-1L)

/* Calls left before the fault; OFF when not armed or already met. */
static _Atomic long  alloc_left = OFF;
static _Atomic long  store_left = OFF;
static atomic_bool   was_hit;

static void arm(_Atomic long *left, long n);
static bool count_down(_Atomic long *left);


void *
fault_malloc(size_t n)
{
    return count_down(&alloc_left) ? NULL : malloc(n);
}


void
fault_install(void)
{
    json_set_alloc_funcs(fault_malloc, free);
}


void
fault_alloc_at(long n)
{
    arm(&alloc_left, n);
}


void
fault_store_at(long n)
{
    arm(&store_left, n);
}


bool
fault_store(void)
{
    return count_down(&store_left);
}


bool
fault_was_hit(void)
{
    return atomic_load(&was_hit);
}


static void
arm(_Atomic long *left, long n)
{
    atomic_store(&was_hit, false);
    atomic_store(left, n < 0 ? OFF : n);
}


static bool
count_down(_Atomic long *left)
{
    if (atomic_load_explicit(left, memory_order_relaxed) == OFF) {
        return false;
    }
    /* From 0 it steps to OFF: one fault for one arming. */
    if (atomic_fetch_sub(left, 1) != 0) {
        return false;
    }
    atomic_store(&was_hit, true);
    return true;
}
