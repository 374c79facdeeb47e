/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pool.h - a bounded set of threads that run blocking jobs.
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include "ab_error.h"

#include <stddef.h>

struct pool;

/* threads are started at once; at most queue_max jobs wait. thread_init (may
 * be NULL) makes what a thread needs for its life (a store's connections);
 * its result is given to every job and to thread_exit. */
struct pool *pool_new(const char *name, size_t threads, size_t queue_max,
    void *(*thread_init)(void *arg), void (*thread_exit)(void *own),
    void *arg);
/* Never blocks: AB_E_BUSY when the queue is full. job(arg, own) runs on some
 * thread. */
enum ab_err pool_run(struct pool *p, void (*job)(void *arg, void *own),
    void *arg);
/* Runs what is queued, then ends the threads. From then on pool_run() says
 * AB_E_BUSY, so others may hold the pool until they have ended, too. */
void pool_stop(struct pool *p);
/* Stops it, then gives its memory back. Both do nothing with NULL. */
void pool_free(struct pool *p);
size_t pool_waiting(struct pool *p);

#endif
