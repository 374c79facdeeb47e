/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_part.c - one of the eight parts of the zone as memory.
 *
 * An entry is found by its key, and by session, user and token id for the
 * end of these. Each of the three is a chain of its own, doubly linked, so
 * that an end costs as much as what it evicts. A part's generation voids all
 * its entries at once without touching them.
 */
#include "ngx_http_auth_broker_part.h"
#include "ab_ct.h"

#define PART_MAGIC   0x50424241     /* "ABBP" */
#define PART_LAYOUT  (2 + 256 * sizeof(struct ab_identity))
#define EVICT_TRIES  32             /* oldest entries given up for a new one */
#define ENTRY_GUESS  1024           /* bytes an entry takes, for the buckets */

typedef ngx_http_auth_broker_part_t   part_t;
typedef ngx_http_auth_broker_entry_t  entry_t;


static part_t *part_build(ngx_slab_pool_t *pool);


ngx_int_t
ngx_http_auth_broker_part_init(ngx_shm_zone_t *zone, void *old)
{
    ngx_slab_pool_t  *pool = (ngx_slab_pool_t *) zone->shm.addr;
    part_t           *part = pool->data;
    ngx_int_t         rc = NGX_OK;

    ngx_shmtx_lock(&pool->mutex);
    if ((old == NULL && !zone->shm.exists) || part == NULL
        || part->magic != PART_MAGIC || part->layout != PART_LAYOUT)
    {
        rc = part_build(pool) == NULL ? NGX_ERROR : NGX_OK;
    }
    ngx_shmtx_unlock(&pool->mutex);
    return rc;
}


static size_t
part_buckets(ngx_slab_pool_t *pool)
{
    size_t  n = 16, want = (size_t) (pool->end - pool->start) / ENTRY_GUESS;

    while (n < want) {
        n *= 2;
    }
    return n;
}


static ngx_int_t
part_tables(ngx_slab_pool_t *pool, part_t *part)
{
    size_t      i, n = part->mask + 1;
    ngx_uint_t  c;

    part->buckets = ngx_slab_calloc_locked(pool, n * sizeof(entry_t *));
    if (part->buckets == NULL) {
        return NGX_ERROR;
    }
    for (c = 0; c < NGX_HTTP_AUTH_BROKER_CHAINS; c++) {
        part->chains[c] = ngx_slab_alloc_locked(pool, n * sizeof(ngx_queue_t));
        if (part->chains[c] == NULL) {
            return NGX_ERROR;
        }
        for (i = 0; i < n; i++) {
            ngx_queue_init(&part->chains[c][i]);
        }
    }
    return NGX_OK;
}


/* Drops everything in the pool, its free lists included: after a death in
 * the middle of a write none of it can be trusted. The lock stays. */
static part_t *
part_build(ngx_slab_pool_t *pool)
{
    part_t  *part;

    pool->data = NULL;
    ngx_slab_init(pool);
    pool->log_nomem = 0;
    part = ngx_slab_calloc_locked(pool, sizeof(part_t));
    if (part == NULL) {
        return NULL;
    }
    ngx_queue_init(&part->lru);
    part->mask = part_buckets(pool) - 1;
    if (part_tables(pool, part) != NGX_OK) {
        return NULL;
    }
    part->magic = PART_MAGIC;
    part->layout = PART_LAYOUT;
    ngx_memory_barrier();
    pool->data = part;
    return part;
}


part_t *
ngx_http_auth_broker_part_lock(ngx_slab_pool_t *pool)
{
    part_t  *part;

    if (pool == NULL) {
        return NULL;
    }
    ngx_shmtx_lock(&pool->mutex);
    part = pool->data;
    if (part == NULL || part->busy) {
        part = part_build(pool);
    }
    if (part == NULL) {
        ngx_shmtx_unlock(&pool->mutex);
        return NULL;
    }
    part->busy = 1;
    ngx_memory_barrier();
    return part;
}


void
ngx_http_auth_broker_part_unlock(ngx_slab_pool_t *pool, part_t *part)
{
    ngx_memory_barrier();
    part->busy = 0;
    ngx_shmtx_unlock(&pool->mutex);
}


/* The key is a SHA-256 already; its first byte chose the part. */
static entry_t **
key_bucket(part_t *part, const uint8_t *key)
{
    size_t  h;

    ngx_memcpy(&h, key + 8, sizeof(h));
    return &part->buckets[h & part->mask];
}


entry_t *
ngx_http_auth_broker_entry_find(part_t *part, const uint8_t *key)
{
    entry_t  *e;

    for (e = *key_bucket(part, key); e != NULL; e = e->next) {
        if (ab_ct_equal32(e->key, key)) {
            return e;
        }
    }
    return NULL;
}


/* FNV-1a. Two ids of one hash are evicted together, which is a miss. */
uint64_t
ngx_http_auth_broker_chain_hash(struct ab_slice id)
{
    uint64_t  h = 0xcbf29ce484222325u;
    size_t    i;

    if (id.len == 0) {
        return 0;
    }
    for (i = 0; i < id.len; i++) {
        h = (h ^ (u_char) id.p[i]) * 0x100000001b3u;
    }
    return h == 0 ? 1 : h;
}


ngx_queue_t *
ngx_http_auth_broker_chain(part_t *part, ngx_uint_t chain, uint64_t hash)
{
    return &part->chains[chain][hash & part->mask];
}


void
ngx_http_auth_broker_entry_remove(ngx_slab_pool_t *pool, part_t *part,
    entry_t *e)
{
    entry_t     **at;
    ngx_uint_t    c;

    for (at = key_bucket(part, e->key); *at != e; at = &(*at)->next) {
        /* it is in there */
    }
    *at = e->next;
    for (c = 0; c < NGX_HTTP_AUTH_BROKER_CHAINS; c++) {
        if (e->links[c].hash != 0) {
            ngx_queue_remove(&e->links[c].queue);
        }
    }
    ngx_queue_remove(&e->lru);
    ab_wipe(e->id, e->len);
    ngx_slab_free_locked(pool, e->id);
    ngx_slab_free_locked(pool, e);
}


static void *
part_alloc(ngx_slab_pool_t *pool, part_t *part, size_t size)
{
    ngx_uint_t  tries;
    void       *p;

    for (tries = 0; tries < EVICT_TRIES; tries++) {
        p = ngx_slab_alloc_locked(pool, size);
        if (p != NULL || ngx_queue_empty(&part->lru)) {
            return p;
        }
        ngx_http_auth_broker_entry_remove(pool, part,
                     ngx_queue_data(ngx_queue_last(&part->lru), entry_t, lru));
    }
    return ngx_slab_alloc_locked(pool, size);
}


entry_t *
ngx_http_auth_broker_entry_new(ngx_slab_pool_t *pool, part_t *part,
    const struct ab_identity *id)
{
    struct ab_identity  *view;
    entry_t             *e;
    size_t               len = sizeof(struct ab_identity) + id->raw.len;

    view = part_alloc(pool, part, len);
    if (view == NULL) {
        return NULL;
    }
    e = part_alloc(pool, part, sizeof(entry_t));
    if (e == NULL) {
        ngx_slab_free_locked(pool, view);
        return NULL;
    }
    ngx_memzero(e, sizeof(entry_t));
    *view = *id;
    ngx_memcpy(view + 1, id->raw.p, id->raw.len);
    ab_identity_move(view, (const char *) (view + 1));
    e->id = view;
    e->len = len;
    return e;
}


void
ngx_http_auth_broker_entry_link(part_t *part, entry_t *e,
    const struct ab_identity *id)
{
    struct ab_slice   ids[NGX_HTTP_AUTH_BROKER_CHAINS];
    entry_t         **at;
    ngx_queue_t      *head;
    ngx_uint_t        c;

    ids[NGX_HTTP_AUTH_BROKER_BY_SID] = id->sid;
    ids[NGX_HTTP_AUTH_BROKER_BY_USER] = id->sub;
    ids[NGX_HTTP_AUTH_BROKER_BY_TOKEN] = ab_wire_get(id->raw, AB_TAG_JTI);
    for (c = 0; c < NGX_HTTP_AUTH_BROKER_CHAINS; c++) {
        e->links[c].hash = ngx_http_auth_broker_chain_hash(ids[c]);
        if (e->links[c].hash != 0) {
            head = ngx_http_auth_broker_chain(part, c, e->links[c].hash);
            ngx_queue_insert_head(head, &e->links[c].queue);
        }
    }
    ngx_queue_insert_head(&part->lru, &e->lru);
    at = key_bucket(part, e->key);
    e->next = *at;
    ngx_memory_barrier();
    *at = e;                    /* last: from here on it can be found */
}
