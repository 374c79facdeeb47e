/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * provider_state.h - what the daemon remembers of each identity provider
 * between logins: fetched documents, calls under way, recent failures.
 *
 * One object a provider (realm id + internalId), counted, in the table that
 * struct app holds as `jwks`. Each has one lock, never held across I/O.
 */
#ifndef BROKER_PROVIDER_STATE_H
#define BROKER_PROVIDER_STATE_H

#include "model/idp.h"

#include <pthread.h>
#include <stdatomic.h>

enum doc_kind { DOC_DISCOVERY, DOC_JWKS, DOC_N };

/* A parsed document; immutable. Counted under the provider's lock. */
struct doc {
    unsigned   refs;
    void      *object;
    void     (*free_fn)(void *object);
};

/* The place of one kind of document (fetch.c). */
struct doc_slot {
    char         *url;          /* it came from there */
    struct doc   *doc;          /* NULL: none yet */
    uint64_t      generation;   /* of doc; 0: none */
    int64_t       fetched_ms;
    int64_t       retry_ms;     /* a stale doc serves at least until then */
    bool          is_fetching;
    uint64_t      tries;        /* fetches that ended */
    enum ab_err   last;         /* how the last one ended */
    int64_t       bucket_ms;    /* when the bucket of fetches is full again */
};

struct provider_state {
    struct provider_state  *chain;      /* table's: same hash bucket */
    struct provider_state  *newer, *older;  /* table's: by last use */
    struct jwks_cache      *table;
    char                   *realm_id, *idp_id;
    unsigned                refs;       /* under the table's lock */
    bool                    is_dropped; /* no longer in the table */
    atomic_uint            *all_calls;  /* under way at all providers */

    pthread_mutex_t         lock;       /* guards all below */
    pthread_cond_t          fetched;    /* some slot's fetch ended */
    struct doc_slot         slots[DOC_N];
    unsigned                calls;      /* under way (bulkhead.c) */
    unsigned                failures;   /* in a row */
    enum ab_err             open_err;   /* what opened the breaker */
    int64_t                 open_until_ms;
    bool                    is_probing;
};

/* The state of a provider, pinned to c. NULL: no memory (recorded). */
struct provider_state *provider_state_get(struct ctx *c,
    const struct realm *realm, const struct idp *idp);
/* Release a doc; st->lock is held. */
void provider_state_doc_unref(struct doc *doc);

#endif
