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
    enum ab_err  err = AB_OK;

    pthread_mutex_lock(&st->lock);
    if (st->calls >= AB_MAX_IDP_CALLS_N) {
        err = AB_E_IDP_BUSY;
    } else if (st->failures >= FAILURES_MAX) {
        /* open, or half open with a probe under way */
        if (st->is_probing || clock_mono_ms() < st->open_until_ms) {
            err = st->open_err;
        } else {
            st->is_probing = true;
        }
    }
    if (err == AB_OK) {
        st->calls++;
    }
    pthread_mutex_unlock(&st->lock);
    if (err == AB_E_IDP_BUSY) {
        return ctx_fail(c, err, "%d logins wait for the provider already",
                        AB_MAX_IDP_CALLS_N);
    }
    return err == AB_OK ? AB_OK
                        : ctx_fail(c, err, "not asked: it failed %d times in "
                                   "a row", FAILURES_MAX);
}


void
bulkhead_leave(struct provider_state *st, enum ab_err result)
{
    pthread_mutex_lock(&st->lock);
    st->calls--;
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
