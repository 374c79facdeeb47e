/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bulkhead.c - a provider that is slow or down costs the others nothing.
 */
#include "bulkhead.h"

#include "ab_limits.h"
#include "base/clock.h"

#define FAILURES_MAX  5         /* in a row; then the breaker opens */
#define OPEN_MS       5000


enum ab_err
bulkhead_enter(struct ctx *c, struct provider_state *st)
{
    bool  is_full;

    pthread_mutex_lock(&st->lock);
    is_full = st->calls >= AB_MAX_IDP_CALLS_N;
    st->calls += !is_full;
    pthread_mutex_unlock(&st->lock);
    if (is_full) {
        return ctx_fail(c, AB_E_IDP_BUSY, "%d logins wait for the provider "
                        "already", AB_MAX_IDP_CALLS_N);
    }
    if (atomic_fetch_add(st->all_calls, 1) >= AB_MAX_IDP_CALLS_ALL_N) {
        bulkhead_leave(st);
        return ctx_fail(c, AB_E_IDP_BUSY, "%d logins wait for providers "
                        "already", AB_MAX_IDP_CALLS_ALL_N);
    }
    return AB_OK;
}


void
bulkhead_leave(struct provider_state *st)
{
    atomic_fetch_sub(st->all_calls, 1);
    pthread_mutex_lock(&st->lock);
    st->calls--;
    pthread_mutex_unlock(&st->lock);
}


enum ab_err
breaker_enter(struct ctx *c, struct provider_state *st)
{
    enum ab_err  err = AB_OK;

    pthread_mutex_lock(&st->lock);
    if (st->failures >= FAILURES_MAX) {
        /* open, or half open with a probe under way */
        if (st->is_probing || clock_mono_ms() < st->open_until_ms) {
            err = st->open_err;
        } else {
            st->is_probing = true;
        }
    }
    pthread_mutex_unlock(&st->lock);
    return err == AB_OK ? AB_OK
                        : ctx_fail(c, err, "not asked: it failed %d times in "
                                   "a row", FAILURES_MAX);
}


void
breaker_leave(struct provider_state *st, enum ab_err result)
{
    pthread_mutex_lock(&st->lock);
    st->is_probing = false;
    if (result != AB_E_IDP_DOWN && result != AB_E_IDP_TIMEOUT) {
        st->failures = 0;
    } else {
        if (st->failures < FAILURES_MAX) {
            st->failures++;
        }
        st->open_err = result;
        st->open_until_ms = clock_mono_ms() + OPEN_MS;
    }
    pthread_mutex_unlock(&st->lock);
}
