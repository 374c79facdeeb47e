/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_zone.c - credential key to identity, in eight shared
 * memory parts.
 *
 * An entry is found by its key, and by session, user and token id for the
 * end of these. Each of the three is a chain of its own, doubly linked, so
 * that an end costs as much as what it evicts. A part's generation voids all
 * its entries at once without touching them.
 */
#include "ngx_http_auth_broker_zone.h"
#include "ngx_http_auth_broker_marks.h"
#include "ngx_http_auth_broker_meta.h"
#include "ab_ct.h"

#define PART_MAGIC   0x50424241     /* "ABBP" */
#define PART_LAYOUT  1
#define EVICT_TRIES  32             /* oldest entries given up for a new one */
#define ENTRY_GUESS  1024           /* bytes an entry takes, for the buckets */

/* The chains beside the key's. */
enum { BY_SID, BY_USER, BY_TOKEN, CHAINS };

typedef struct {
    ngx_queue_t   queue;
    uint64_t      hash;             /* 0: not linked */
} link_t;

typedef struct entry_s  entry_t;

/* The fixed part; 200 bytes, which the slab serves from its 256 class. */
struct entry_s {
    ngx_queue_t   lru;
    entry_t      *next;             /* same bucket */
    link_t        links[CHAINS];
    uint8_t       key[AB_SHA256_LEN];
    u_char       *raw;
    size_t        len;
    uint64_t      expiry;
    uint64_t      generation;
    time_t        touched;
};

typedef struct {
    uint32_t      magic;
    uint32_t      layout;
    uint32_t      busy;             /* its owner is writing */
    uint64_t      generation;
    ngx_queue_t   lru;              /* newest first */
    size_t        mask;             /* buckets - 1, a power of two - 1 */
    entry_t     **buckets;
    ngx_queue_t  *chains[CHAINS];
} part_t;


static ngx_int_t part_init(ngx_shm_zone_t *zone, void *old);
static part_t *part_build(ngx_slab_pool_t *pool);
static void entry_remove(ngx_slab_pool_t *pool, part_t *part, entry_t *e);


ngx_int_t
ngx_http_auth_broker_shm_add(ngx_conf_t *cf,
    ngx_http_auth_broker_main_conf_t *mcf, ngx_str_t *name, size_t size,
    ngx_shm_zone_init_pt init, ngx_shm_zone_t **ret_zone)
{
    ngx_shm_zone_t  *zone;

    zone = ngx_shared_memory_add(cf, name, size, &ngx_http_auth_broker_module);
    if (zone == NULL) {
        return NGX_ERROR;
    }
    if (zone->data != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "auth_broker zone \"%V\" is already in use", name);
        return NGX_ERROR;
    }
    zone->init = init;
    zone->data = mcf;
    *ret_zone = zone;
    return NGX_OK;
}


static ngx_int_t
part_name(ngx_conf_t *cf, ngx_str_t *name, const char *which, ngx_uint_t i,
    ngx_str_t *ret_name)
{
    u_char  *p;

    p = ngx_pnalloc(cf->pool, name->len + NGX_INT_T_LEN + 8);
    if (p == NULL) {
        return NGX_ERROR;
    }
    ret_name->data = p;
    ret_name->len = ngx_sprintf(p, "%V%s%ui", name, which, i) - p;
    return NGX_OK;
}


ngx_int_t
ngx_http_auth_broker_zone_create(ngx_conf_t *cf,
    ngx_http_auth_broker_main_conf_t *mcf, ngx_str_t *name, size_t size)
{
    ngx_str_t   part;
    ngx_uint_t  i;

    size = ngx_align(size / NGX_HTTP_AUTH_BROKER_PARTS, ngx_pagesize);
    if (size < 8 * ngx_pagesize) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "auth_broker zone \"%V\" is too small", name);
        return NGX_ERROR;
    }
    for (i = 0; i < NGX_HTTP_AUTH_BROKER_PARTS; i++) {
        if (part_name(cf, name, "/", i, &part) != NGX_OK
            || ngx_http_auth_broker_shm_add(cf, mcf, &part, size, part_init,
                                            &mcf->parts[i])
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }
    if (part_name(cf, name, "/meta", 0, &part) != NGX_OK) {
        return NGX_ERROR;
    }
    mcf->meta = ngx_http_auth_broker_meta_create(cf, mcf, &part);
    return mcf->meta == NULL ? NGX_ERROR : NGX_OK;
}


static ngx_int_t
part_init(ngx_shm_zone_t *zone, void *old)
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
    for (c = 0; c < CHAINS; c++) {
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


static part_t *
part_lock(ngx_slab_pool_t *pool)
{
    part_t  *part;

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


static void
part_unlock(ngx_slab_pool_t *pool, part_t *part)
{
    ngx_memory_barrier();
    part->busy = 0;
    ngx_shmtx_unlock(&pool->mutex);
}


static ngx_slab_pool_t *
part_pool(ngx_http_auth_broker_main_conf_t *mcf, ngx_uint_t i)
{
    return mcf->parts[i] == NULL ? NULL
                                 : (ngx_slab_pool_t *) mcf->parts[i]->shm.addr;
}


static ngx_slab_pool_t *
key_pool(ngx_http_auth_broker_main_conf_t *mcf, const uint8_t *key)
{
    return part_pool(mcf, key[0] % NGX_HTTP_AUTH_BROKER_PARTS);
}


/* The key is a SHA-256 already; its first byte chose the part. */
static entry_t **
key_bucket(part_t *part, const uint8_t *key)
{
    size_t  h;

    ngx_memcpy(&h, key + 8, sizeof(h));
    return &part->buckets[h & part->mask];
}


static entry_t *
entry_find(part_t *part, const uint8_t *key)
{
    entry_t  *e;

    for (e = *key_bucket(part, key); e != NULL; e = e->next) {
        if (ab_ct_equal(e->key, AB_SHA256_LEN, key, AB_SHA256_LEN)) {
            return e;
        }
    }
    return NULL;
}


/* FNV-1a. Two ids of one hash are evicted together, which is a miss. */
static uint64_t
chain_hash(struct ab_slice id)
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


static ngx_queue_t *
chain_head(part_t *part, ngx_uint_t chain, uint64_t hash)
{
    return &part->chains[chain][hash & part->mask];
}


static void
entry_remove(ngx_slab_pool_t *pool, part_t *part, entry_t *e)
{
    entry_t     **at;
    ngx_uint_t    c;

    for (at = key_bucket(part, e->key); *at != e; at = &(*at)->next) {
        /* it is in there */
    }
    *at = e->next;
    for (c = 0; c < CHAINS; c++) {
        if (e->links[c].hash != 0) {
            ngx_queue_remove(&e->links[c].queue);
        }
    }
    ngx_queue_remove(&e->lru);
    ab_wipe(e->raw, e->len);
    ngx_slab_free_locked(pool, e->raw);
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
        entry_remove(pool, part,
                     ngx_queue_data(ngx_queue_last(&part->lru), entry_t, lru));
    }
    return ngx_slab_alloc_locked(pool, size);
}


static entry_t *
entry_new(ngx_slab_pool_t *pool, part_t *part, struct ab_slice raw)
{
    entry_t  *e;
    u_char   *bytes;

    bytes = part_alloc(pool, part, raw.len);
    if (bytes == NULL) {
        return NULL;
    }
    e = part_alloc(pool, part, sizeof(entry_t));
    if (e == NULL) {
        ngx_slab_free_locked(pool, bytes);
        return NULL;
    }
    ngx_memzero(e, sizeof(entry_t));
    ngx_memcpy(bytes, raw.p, raw.len);
    e->raw = bytes;
    e->len = raw.len;
    return e;
}


static void
entry_link(part_t *part, entry_t *e, const struct ab_identity *id)
{
    struct ab_slice   ids[CHAINS];
    entry_t         **at;
    ngx_uint_t        c;

    ids[BY_SID] = id->sid;
    ids[BY_USER] = id->sub;
    ids[BY_TOKEN] = ab_wire_get(id->raw, AB_TAG_JTI);
    for (c = 0; c < CHAINS; c++) {
        e->links[c].hash = chain_hash(ids[c]);
        if (e->links[c].hash != 0) {
            ngx_queue_insert_head(chain_head(part, c, e->links[c].hash),
                                  &e->links[c].queue);
        }
    }
    ngx_queue_insert_head(&part->lru, &e->lru);
    at = key_bucket(part, e->key);
    e->next = *at;
    ngx_memory_barrier();
    *at = e;                    /* last: from here on it can be found */
}


/* The copy is made under the lock: nobody keeps a pointer into the zone. */
static ngx_int_t
entry_copy(part_t *part, entry_t *e, ngx_pool_t *pool,
    ngx_http_auth_broker_hit_t *hit)
{
    u_char  *p;

    p = ngx_pnalloc(pool, e->len);
    if (p == NULL) {
        return NGX_ERROR;
    }
    ngx_memcpy(p, e->raw, e->len);
    hit->raw = ab_slice(p, e->len);
    hit->expiry = e->expiry;
    hit->touched = e->touched;
    ngx_queue_remove(&e->lru);
    ngx_queue_insert_head(&part->lru, &e->lru);
    return NGX_OK;
}


/* Still usable? What its time or a realm's end has made void goes. */
static entry_t *
entry_live(ngx_slab_pool_t *pool, part_t *part, const uint8_t *key)
{
    entry_t  *e = entry_find(part, key);

    if (e == NULL) {
        return NULL;
    }
    if (e->generation != part->generation
        || e->expiry <= (uint64_t) ngx_time())
    {
        entry_remove(pool, part, e);
        return NULL;
    }
    return e;
}


enum ab_err
ngx_http_auth_broker_zone_lookup(ngx_http_auth_broker_main_conf_t *mcf,
    const uint8_t *key, ngx_pool_t *pool, time_t fresh,
    ngx_http_auth_broker_hit_t *ret_hit)
{
    ngx_slab_pool_t             *shm = key_pool(mcf, key);
    ngx_http_auth_broker_hit_t   hit;
    enum ab_err                  err = AB_E_STORE_ABSENT;
    entry_t                     *e;
    part_t                      *part;

    /* The lease (DESIGN 4): the entry stays, it may become good again. */
    if (shm == NULL || !ngx_http_auth_broker_position_fresh(mcf, fresh)) {
        return AB_E_STORE_ABSENT;
    }
    part = part_lock(shm);
    if (part == NULL) {
        return AB_E_STORE_ABSENT;
    }
    e = entry_live(shm, part, key);
    if (e != NULL && entry_copy(part, e, pool, &hit) == NGX_OK) {
        err = AB_OK;
    }
    part_unlock(shm, part);
    if (err == AB_OK) {
        *ret_hit = hit;
    }
    return err;
}


static void
part_insert(ngx_http_auth_broker_main_conf_t *mcf, const uint8_t *key,
    const struct ab_identity *id, uint64_t expiry)
{
    ngx_slab_pool_t  *shm = key_pool(mcf, key);
    part_t           *part;
    entry_t          *e;
    time_t            touched = 0;

    part = part_lock(shm);
    if (part == NULL) {
        return;
    }
    e = entry_find(part, key);
    if (e != NULL) {
        touched = e->touched;
        entry_remove(shm, part, e);
    }
    e = entry_new(shm, part, id->raw);
    if (e != NULL) {
        ngx_memcpy(e->key, key, AB_SHA256_LEN);
        e->touched = touched;
        e->expiry = expiry;
        e->generation = part->generation;
        entry_link(part, e, id);
    }
    part_unlock(shm, part);
}


/*
 * The marks' lock is held until the entry is linked. A mark is added under
 * it before its eviction runs: so either the mark is seen here, or the
 * eviction comes later and finds the entry (T-RV2).
 */
enum ab_err
ngx_http_auth_broker_zone_insert(ngx_http_auth_broker_main_conf_t *mcf,
    const uint8_t *key, struct ab_slice raw, uint64_t expiry,
    struct ab_slice position)
{
    ngx_http_auth_broker_meta_t  *meta;
    struct ab_identity            id;
    ngx_int_t                     is_stale;

    if (ab_identity_read(raw, &id) != AB_OK
        || !ab_ct_equal(id.key.p, id.key.len, key, AB_SHA256_LEN))
    {
        return AB_E_FORMAT;
    }
    if (key_pool(mcf, key) == NULL) {
        return AB_OK;
    }
    meta = ngx_http_auth_broker_meta_lock(mcf);
    if (meta == NULL) {
        return AB_E_EDGE_STALE;
    }
    is_stale = ngx_http_auth_broker_marks_newer(meta, &id, position);
    if (!is_stale && expiry > (uint64_t) ngx_time()) {
        part_insert(mcf, key, &id, expiry);
    }
    ngx_http_auth_broker_meta_unlock(mcf, meta);
    return is_stale ? AB_E_EDGE_STALE : AB_OK;
}


void
ngx_http_auth_broker_zone_delete(ngx_http_auth_broker_main_conf_t *mcf,
    const uint8_t *key)
{
    ngx_slab_pool_t  *shm = key_pool(mcf, key);
    part_t           *part = shm == NULL ? NULL : part_lock(shm);
    entry_t          *e;

    if (part == NULL) {
        return;
    }
    e = entry_find(part, key);
    if (e != NULL) {
        entry_remove(shm, part, e);
    }
    part_unlock(shm, part);
}


ngx_int_t
ngx_http_auth_broker_zone_touch_due(ngx_http_auth_broker_main_conf_t *mcf,
    const uint8_t *key)
{
    ngx_slab_pool_t  *shm = key_pool(mcf, key);
    part_t           *part = shm == NULL ? NULL : part_lock(shm);
    ngx_int_t         is_due = 0;
    entry_t          *e;

    if (part == NULL) {
        return 0;
    }
    e = entry_find(part, key);
    if (e != NULL && e->touched + AB_TOUCH_EVERY_S <= ngx_time()) {
        e->touched = ngx_time();
        is_due = 1;
    }
    part_unlock(shm, part);
    return is_due;
}


void
ngx_http_auth_broker_zone_set_expiry(ngx_http_auth_broker_main_conf_t *mcf,
    const uint8_t *key, uint64_t expiry)
{
    ngx_slab_pool_t  *shm = key_pool(mcf, key);
    part_t           *part = shm == NULL ? NULL : part_lock(shm);
    entry_t          *e;

    if (part == NULL) {
        return;
    }
    e = entry_find(part, key);
    if (e != NULL) {
        e->expiry = expiry;
    }
    part_unlock(shm, part);
}


/* One chain holds links of one kind only, so `next` survives a removal. */
static void
part_evict(ngx_slab_pool_t *shm, ngx_uint_t chain, uint64_t hash)
{
    part_t       *part = part_lock(shm);
    ngx_queue_t  *head, *q, *next;
    link_t       *link;

    if (part == NULL) {
        return;
    }
    head = chain_head(part, chain, hash);
    for (q = ngx_queue_head(head); q != head; q = next) {
        next = ngx_queue_next(q);
        link = ngx_queue_data(q, link_t, queue);
        if (link->hash == hash) {
            entry_remove(shm, part,
                         (entry_t *) ((u_char *) (link - chain)
                                      - offsetof(entry_t, links)));
        }
    }
    part_unlock(shm, part);
}


void
ngx_http_auth_broker_zone_evict(ngx_http_auth_broker_main_conf_t *mcf,
    enum ab_wire_tag by, struct ab_slice value)
{
    uint64_t    hash = chain_hash(value);
    ngx_uint_t  i, chain;

    chain = by == AB_TAG_SID ? BY_SID : by == AB_TAG_SUB ? BY_USER : BY_TOKEN;
    if (hash == 0) {
        return;
    }
    for (i = 0; i < NGX_HTTP_AUTH_BROKER_PARTS; i++) {
        if (part_pool(mcf, i) != NULL) {
            part_evict(part_pool(mcf, i), chain, hash);
        }
    }
}


/* A step of the generation voids every entry; their memory is taken back as
 * they are met or grow old. */
void
ngx_http_auth_broker_zone_empty(ngx_http_auth_broker_main_conf_t *mcf)
{
    ngx_slab_pool_t  *shm;
    part_t           *part;
    ngx_uint_t        i;

    for (i = 0; i < NGX_HTTP_AUTH_BROKER_PARTS; i++) {
        shm = part_pool(mcf, i);
        part = shm == NULL ? NULL : part_lock(shm);
        if (part != NULL) {
            part->generation++;
            part_unlock(shm, part);
        }
    }
}
