/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * provider_state.c - the table of what is remembered of identity providers.
 *
 * Hash chains for finding, one list by last use for forgetting: above
 * STATES_MAX the least used one that nobody holds goes. The table's lock
 * guards chains, list and reference counts.
 */
#include "provider_state.h"

#include "jwks.h"
#include "model/app.h"

#include <stdlib.h>

#define BUCKETS     1024
#define STATES_MAX  4096

struct jwks_cache {
    pthread_mutex_t         lock;
    struct provider_state  *buckets[BUCKETS];
    struct provider_state  *newest, *oldest;
    size_t                  n;
    atomic_uint             calls;
};

static struct provider_state *state_find(struct jwks_cache *j,
    const char *realm_id, const char *idp_id);
static struct provider_state *state_new(struct jwks_cache *j,
    const char *realm_id, const char *idp_id);
static void state_free(struct provider_state *st);
static void state_unref(void *ptr);
static void table_add(struct jwks_cache *j, struct provider_state *st);
static void table_cut(struct jwks_cache *j, struct provider_state *st);
static void list_push(struct jwks_cache *j, struct provider_state *st);
static void list_cut(struct jwks_cache *j, struct provider_state *st);
static void table_trim(struct jwks_cache *j);
static struct provider_state **bucket_of(struct jwks_cache *j,
    const char *realm_id, const char *idp_id);


struct jwks_cache *
jwks_cache_new(void)
{
    struct jwks_cache  *j = calloc(1, sizeof(*j));

    if (j != NULL) {
        pthread_mutex_init(&j->lock, NULL);
    }
    return j;
}


/* Nobody uses a state any more: the daemon's threads have ended. */
void
jwks_cache_free(struct jwks_cache *j)
{
    if (j == NULL) {
        return;
    }
    jwks_cache_drop(j, NULL, NULL);
    pthread_mutex_destroy(&j->lock);
    free(j);
}


void
jwks_cache_drop(struct jwks_cache *j, const char *realm_id,
    const char *idp_id)
{
    struct provider_state  *st, *newer;

    pthread_mutex_lock(&j->lock);
    for (st = j->oldest; st != NULL; st = newer) {
        newer = st->newer;
        if ((realm_id == NULL || strcmp(st->realm_id, realm_id) == 0)
            && (idp_id == NULL || strcmp(st->idp_id, idp_id) == 0))
        {
            table_cut(j, st);
        }
    }
    pthread_mutex_unlock(&j->lock);
}


struct provider_state *
provider_state_get(struct ctx *c, const struct realm *realm,
    const struct idp *idp)
{
    struct jwks_cache      *j = c->app->jwks;
    struct provider_state  *st;

    pthread_mutex_lock(&j->lock);
    st = state_find(j, realm->id, idp->id);
    if (st == NULL) {
        st = state_new(j, realm->id, idp->id);
    }
    if (st != NULL) {
        st->refs++;
        table_trim(j);
    }
    pthread_mutex_unlock(&j->lock);
    if (st == NULL || !arena_own(c->a, st, state_unref)) {
        (void) ctx_nomem(c);
        return NULL;
    }
    return st;
}


void
provider_state_doc_unref(struct doc *doc)
{
    if (doc != NULL && --doc->refs == 0) {
        doc->free_fn(doc->object);
        free(doc);
    }
}


/* Found ones move to the front of the list by use. */
static struct provider_state *
state_find(struct jwks_cache *j, const char *realm_id, const char *idp_id)
{
    struct provider_state  *st = *bucket_of(j, realm_id, idp_id);

    while (st != NULL && (strcmp(st->realm_id, realm_id) != 0
                          || strcmp(st->idp_id, idp_id) != 0))
    {
        st = st->chain;
    }
    if (st != NULL) {
        list_cut(j, st);
        list_push(j, st);
    }
    return st;
}


static struct provider_state *
state_new(struct jwks_cache *j, const char *realm_id, const char *idp_id)
{
    struct provider_state  *st = calloc(1, sizeof(*st));
    pthread_condattr_t      attr;

    if (st == NULL) {
        return NULL;
    }
    /* deadlines are monotonic */
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&st->lock, NULL);
    pthread_cond_init(&st->fetched, &attr);
    pthread_condattr_destroy(&attr);
    st->table = j;
    st->all_calls = &j->calls;
    st->realm_id = strdup(realm_id);
    st->idp_id = strdup(idp_id);
    if (st->realm_id == NULL || st->idp_id == NULL) {
        state_free(st);
        return NULL;
    }
    table_add(j, st);
    return st;
}


static void
state_free(struct provider_state *st)
{
    size_t  i;

    for (i = 0; i < DOC_N; i++) {
        provider_state_doc_unref(st->slots[i].doc);
        free(st->slots[i].url);
    }
    pthread_cond_destroy(&st->fetched);
    pthread_mutex_destroy(&st->lock);
    free(st->realm_id);
    free(st->idp_id);
    free(st);
}


static void
state_unref(void *ptr)
{
    struct provider_state  *st = ptr;
    struct jwks_cache      *j = st->table;
    bool                    is_last;

    pthread_mutex_lock(&j->lock);
    is_last = --st->refs == 0 && st->is_dropped;
    pthread_mutex_unlock(&j->lock);
    if (is_last) {
        state_free(st);
    }
}


static void
table_add(struct jwks_cache *j, struct provider_state *st)
{
    struct provider_state  **bucket = bucket_of(j, st->realm_id, st->idp_id);

    st->chain = *bucket;
    *bucket = st;
    list_push(j, st);
    j->n++;
}


/* Out of the table; freed when nobody holds it. */
static void
table_cut(struct jwks_cache *j, struct provider_state *st)
{
    struct provider_state  **at = bucket_of(j, st->realm_id, st->idp_id);

    while (*at != st) {
        at = &(*at)->chain;
    }
    *at = st->chain;
    list_cut(j, st);
    j->n--;
    st->is_dropped = true;
    if (st->refs == 0) {
        state_free(st);
    }
}


static void
list_push(struct jwks_cache *j, struct provider_state *st)
{
    st->newer = NULL;
    st->older = j->newest;
    if (j->newest != NULL) {
        j->newest->newer = st;
    } else {
        j->oldest = st;
    }
    j->newest = st;
}


static void
list_cut(struct jwks_cache *j, struct provider_state *st)
{
    *(st->newer != NULL ? &st->newer->older : &j->newest) = st->older;
    *(st->older != NULL ? &st->older->newer : &j->oldest) = st->newer;
}


static void
table_trim(struct jwks_cache *j)
{
    struct provider_state  *st, *newer;

    for (st = j->oldest; st != NULL && j->n > STATES_MAX; st = newer) {
        newer = st->newer;
        if (st->refs == 0) {
            table_cut(j, st);
        }
    }
}


/* FNV-1a over both ids; ids are ours, so nobody picks colliding ones. */
static struct provider_state **
bucket_of(struct jwks_cache *j, const char *realm_id, const char *idp_id)
{
    uint32_t     h = 2166136261u;
    const char  *p;

    for (p = realm_id; *p != '\0'; p++) {
        h = (h ^ (unsigned char) *p) * 16777619u;
    }
    h = (h ^ 0xffu) * 16777619u;
    for (p = idp_id; *p != '\0'; p++) {
        h = (h ^ (unsigned char) *p) * 16777619u;
    }
    return &j->buckets[h % BUCKETS];
}
