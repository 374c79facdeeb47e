/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arena.h - memory that is freed all at once, with what hangs on it.
 *
 * One arena for one request or job; never shared between threads at a time.
 * Every allocation may give NULL (no memory, or the maximum was reached).
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "ab_slice.h"

#include <stdarg.h>

struct arena;

/* max: bytes in all. NULL: no memory. */
struct arena *arena_new(size_t max);
/* Runs the clean-ups newest first, wipes and frees. NULL does nothing. */
void arena_free(struct arena *a);
static inline void arena_freep(struct arena **a) { arena_free(*a); }

/* Zeroed, aligned for any type. */
void *arena_alloc(struct arena *a, size_t n);
/* n elements of size each; NULL when the product wraps. */
void *arena_array(struct arena *a, size_t n, size_t size);
/* Copies, with a NUL behind them. */
char *arena_dup(struct arena *a, struct ab_slice s);
char *arena_str(struct arena *a, const char *s);
struct ab_slice arena_slice(struct arena *a, struct ab_slice s);
char *arena_printf(struct arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Takes ptr: fn(ptr) runs when the arena is freed. On no memory fn(ptr) runs
 * at once and false comes back. NULL ptr is fine and does nothing. */
bool arena_own(struct arena *a, void *ptr, void (*fn)(void *));

#endif
