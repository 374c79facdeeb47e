/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fetch.h - a provider's published documents, fetched once for all who wait.
 *
 * Fetches of one document are bounded by a bucket of three at once and one
 * more each ten seconds (T-BE14). A document that was read once serves until
 * a better one was: a failing fetch never takes it away.
 */
#ifndef BROKER_FETCH_H
#define BROKER_FETCH_H

#include "broker/provider_state.h"
#include "net/http.h"

struct fetch {
    enum doc_kind      kind;
    const char        *url;
    size_t             reply_max;
    int64_t            max_age_ms;      /* older: fetched again, if possible */
    enum ssl_required  ssl;
    /* Body of a 200 to an object on the heap; AB_E_IDP_…. */
    enum ab_err      (*parse)(struct ctx *c, const struct fetch *spec,
                              struct ab_slice body, void **ret_object);
    void             (*free_fn)(void *object);
    const void        *arg;             /* parse's own */
};

/*
 * newer_than 0: the document, whatever its age when it cannot be had anew.
 * Else only a later one than that generation. The object is pinned to c.
 * Waits for a fetch under way, at most until c->deadline_ms. What the
 * last fetch ended with, also while the bucket is empty; AB_E_IDP_BUSY when
 * that was a success.
 */
enum ab_err fetch_get(struct ctx *c, struct provider_state *st,
    const struct fetch *spec, uint64_t newer_than, const void **ret_object,
    uint64_t *ret_generation);

#endif
