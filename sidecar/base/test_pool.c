/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_pool.c - jobs run once each, on bounded threads, and a full queue
 * says so.
 */
#include "test_rows.h"
#include "pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

#define THREADS  4
#define JOBS     20000

static atomic_int       made, ended, running, most, done;
static atomic_bool      gate_open;
static pthread_mutex_t  lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t   opened = PTHREAD_COND_INITIALIZER;


static void *
make_own(void *arg)
{
    int  *limit = arg;

    if (limit != NULL && atomic_load(&made) == *limit) {
        return NULL;
    }
    atomic_fetch_add(&made, 1);
    return calloc(1, sizeof(int));
}


static void
end_own(void *own)
{
    atomic_fetch_add(&ended, 1);
    free(own);
}


static void
count(void *arg, void *own)
{
    int  now = atomic_fetch_add(&running, 1) + 1, seen = atomic_load(&most);

    (void) arg;
    ++*(int *) own;             /* this thread's alone */
    while (now > seen
           && !atomic_compare_exchange_weak(&most, &seen, now)) {
    }
    atomic_fetch_sub(&running, 1);
    atomic_fetch_add(&done, 1);
}


static void
wait_at_gate(void *arg, void *own)
{
    (void) arg;
    (void) own;
    pthread_mutex_lock(&lock);
    while (!atomic_load(&gate_open)) {
        pthread_cond_wait(&opened, &lock);
    }
    pthread_mutex_unlock(&lock);
    atomic_fetch_add(&done, 1);
}


static void
open_gate(void)
{
    pthread_mutex_lock(&lock);
    atomic_store(&gate_open, true);
    pthread_cond_broadcast(&opened);
    pthread_mutex_unlock(&lock);
}


static void
reset(void)
{
    made = ended = running = most = done = 0;
    gate_open = false;
}


static void
each_job_runs_once(void **state)
{
    struct pool  *p;
    size_t        i, accepted = 0;

    (void) state;
    reset();
    p = pool_new("test", THREADS, 64, make_own, end_own, NULL);
    assert_non_null(p);
    for (i = 0; i < JOBS; i++) {
        while (pool_run(p, count, NULL) == AB_E_BUSY) {
            usleep(10);
        }
        accepted++;
    }
    pool_free(p);
    assert_int_equal(done, accepted);
    assert_int_equal(made, THREADS);
    assert_int_equal(ended, THREADS);
    assert_true(most <= THREADS);
}


static void
a_full_queue_is_busy(void **state)
{
    struct pool  *p;
    size_t        i;

    (void) state;
    reset();
    p = pool_new("a long name of a pool", 2, 3, NULL, NULL, NULL);
    assert_non_null(p);
    for (i = 0; i < 2; i++) {
        assert_int_equal(pool_run(p, wait_at_gate, NULL), AB_OK);
        while (pool_waiting(p) > 0) {
            usleep(100);
        }
    }
    for (i = 0; i < 3; i++) {
        CHECK_ROW(i, pool_run(p, wait_at_gate, NULL) == AB_OK);
    }
    assert_int_equal(pool_run(p, wait_at_gate, NULL), AB_E_BUSY);
    assert_int_equal(pool_waiting(p), 3);
    open_gate();
    pool_free(p);               /* what was queued still runs */
    assert_int_equal(done, 5);
}


/* Who still holds the pool while it ends may ask it for more. */
static void
a_stopped_pool_is_busy(void **state)
{
    struct pool  *p;

    (void) state;
    reset();
    p = pool_new("test", THREADS, 4, make_own, end_own, NULL);
    assert_non_null(p);
    assert_int_equal(pool_run(p, count, NULL), AB_OK);
    pool_stop(p);
    assert_int_equal(done, 1);
    assert_int_equal(ended, THREADS);
    assert_int_equal(pool_run(p, count, NULL), AB_E_BUSY);
    pool_free(p);
    assert_int_equal(done, 1);
    assert_int_equal(ended, THREADS);
}


static void
a_failed_start_leaves_nothing(void **state)
{
    int  limit = 2;

    (void) state;
    reset();
    assert_null(pool_new("test", THREADS, 4, make_own, end_own, &limit));
    assert_int_equal(made, 2);
    assert_int_equal(ended, 2);
    pool_free(NULL);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("each job runs once, on the pool's threads", each_job_runs_once),
        TEST("a full queue is busy at once", a_full_queue_is_busy),
        TEST("a stopped pool is busy", a_stopped_pool_is_busy),
        TEST("a failed start leaves nothing", a_failed_start_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
