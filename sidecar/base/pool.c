/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pool.c - a bounded set of threads that run blocking jobs.
 *
 * One mutex guards the queue (a ring of fixed size) and the `ending` word;
 * no job runs under it.
 */
#include "pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

struct job {
    void  (*fn)(void *arg, void *own);
    void   *arg;
};

struct worker {
    pthread_t     thread;
    struct pool  *pool;
    void         *own;          /* what thread_init made */
};

struct pool {
    pthread_mutex_t   lock;
    pthread_cond_t    wake;
    struct job       *queue;    /* ring of queue_max */
    size_t            queue_max;
    size_t            head;
    size_t            waiting;
    bool              ending;
    struct worker    *workers;
    size_t            started;
    void            (*thread_exit)(void *own);
    char              name[16]; /* the kernel takes 15 characters */
};

static bool pool_start(struct pool *p, size_t threads,
    void *(*thread_init)(void *arg), void *arg);
static void *worker_main(void *arg);
static bool pool_next(struct pool *p, struct job *ret_job);


struct pool *
pool_new(const char *name, size_t threads, size_t queue_max,
    void *(*thread_init)(void *arg), void (*thread_exit)(void *own),
    void *arg)
{
    struct pool  *p = calloc(1, sizeof(*p));

    if (p == NULL) {
        return NULL;
    }
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->wake, NULL);
    p->queue_max = queue_max;
    p->thread_exit = thread_exit;
    snprintf(p->name, sizeof(p->name), "%s", name);
    p->queue = calloc(queue_max, sizeof(*p->queue));
    p->workers = calloc(threads, sizeof(*p->workers));
    if (p->queue == NULL || p->workers == NULL
        || !pool_start(p, threads, thread_init, arg))
    {
        pool_free(p);
        return NULL;
    }
    return p;
}


/* Signals are blocked in the threads: they are the main thread's. */
static bool
pool_start(struct pool *p, size_t threads, void *(*thread_init)(void *arg),
    void *arg)
{
    sigset_t        all, old;
    struct worker  *w;
    bool            fine = true;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    while (fine && p->started < threads) {
        w = &p->workers[p->started];
        w->pool = p;
        w->own = thread_init == NULL ? NULL : thread_init(arg);
        fine = thread_init == NULL || w->own != NULL;
        if (fine && pthread_create(&w->thread, NULL, worker_main, w) != 0) {
            fine = false;
            if (p->thread_exit != NULL) {
                p->thread_exit(w->own);
            }
        }
        p->started += fine;
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return fine;
}


static void *
worker_main(void *arg)
{
    struct worker  *w = arg;
    struct job      job;

    pthread_setname_np(pthread_self(), w->pool->name);
    while (pool_next(w->pool, &job)) {
        job.fn(job.arg, w->own);
    }
    if (w->pool->thread_exit != NULL) {
        w->pool->thread_exit(w->own);
    }
    return NULL;
}


/* False when the pool ends and nothing waits. */
static bool
pool_next(struct pool *p, struct job *ret_job)
{
    bool  found;

    pthread_mutex_lock(&p->lock);
    while (p->waiting == 0 && !p->ending) {
        pthread_cond_wait(&p->wake, &p->lock);
    }
    found = p->waiting > 0;
    if (found) {
        *ret_job = p->queue[p->head];
        p->head = (p->head + 1) % p->queue_max;
        p->waiting--;
    }
    pthread_mutex_unlock(&p->lock);
    return found;
}


enum ab_err
pool_run(struct pool *p, void (*job)(void *arg, void *own), void *arg)
{
    enum ab_err  e = AB_E_BUSY;

    pthread_mutex_lock(&p->lock);
    if (p->waiting < p->queue_max && !p->ending) {
        p->queue[(p->head + p->waiting) % p->queue_max] =
            (struct job) { job, arg };
        p->waiting++;
        pthread_cond_signal(&p->wake);
        e = AB_OK;
    }
    pthread_mutex_unlock(&p->lock);
    return e;
}


void
pool_stop(struct pool *p)
{
    size_t  i;

    if (p == NULL) {
        return;
    }
    pthread_mutex_lock(&p->lock);
    p->ending = true;
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
    for (i = 0; i < p->started; i++) {
        pthread_join(p->workers[i].thread, NULL);
    }
    p->started = 0;
}


void
pool_free(struct pool *p)
{
    if (p == NULL) {
        return;
    }
    pool_stop(p);
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->lock);
    free(p->queue);
    free(p->workers);
    free(p);
}


size_t
pool_waiting(struct pool *p)
{
    size_t  n;

    pthread_mutex_lock(&p->lock);
    n = p->waiting;
    pthread_mutex_unlock(&p->lock);
    return n;
}
