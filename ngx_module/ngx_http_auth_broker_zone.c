/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_zone.c - credential key to identity, over eight parts
 * of shared memory.
 *
 * A lookup takes the lock of one part, for the search and a copy. What is
 * here may be gone at any time; that costs a question to the daemon.
 */
#include "ngx_http_auth_broker_zone.h"
#include "ngx_http_auth_broker_marks.h"
#include "ngx_http_auth_broker_meta.h"
#include "ngx_http_auth_broker_part.h"
#include "ab_ct.h"

typedef ngx_http_auth_broker_part_t   part_t;
typedef ngx_http_auth_broker_entry_t  entry_t;
typedef ngx_http_auth_broker_link_t   link_t;


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
            || ngx_http_auth_broker_shm_add(cf, mcf, &part, size,
                                            ngx_http_auth_broker_part_init,
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


/* The copy is made under the lock: nobody keeps a pointer into the zone. The
 * bytes were parsed when they came in; their view is copied along. */
static ngx_int_t
entry_copy(part_t *part, entry_t *e, ngx_pool_t *pool,
    struct ab_identity *id, ngx_http_auth_broker_hit_t *hit)
{
    u_char  *p;

    p = ngx_pnalloc(pool, e->id->raw.len);
    if (p == NULL) {
        return NGX_ERROR;
    }
    ngx_memcpy(p, e->id->raw.p, e->id->raw.len);
    *id = *e->id;
    ab_identity_move(id, (const char *) p);
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
    entry_t  *e = ngx_http_auth_broker_entry_find(part, key);

    if (e == NULL) {
        return NULL;
    }
    if (e->generation != part->generation
        || e->expiry <= (uint64_t) ngx_time())
    {
        ngx_http_auth_broker_entry_remove(pool, part, e);
        return NULL;
    }
    return e;
}


enum ab_err
ngx_http_auth_broker_zone_lookup(ngx_http_auth_broker_main_conf_t *mcf,
    const uint8_t *key, ngx_pool_t *pool, time_t fresh,
    struct ab_identity *ret_id, ngx_http_auth_broker_hit_t *ret_hit)
{
    ngx_slab_pool_t             *shm = key_pool(mcf, key);
    enum ab_err                  err = AB_E_STORE_ABSENT;
    entry_t                     *e;
    part_t                      *part;

    /* The lease (DESIGN 4): the entry stays, it may become good again. */
    if (!ngx_http_auth_broker_position_fresh(mcf, fresh)) {
        return AB_E_STORE_ABSENT;
    }
    part = ngx_http_auth_broker_part_lock(shm);
    if (part == NULL) {
        return AB_E_STORE_ABSENT;
    }
    e = entry_live(shm, part, key);
    if (e != NULL && entry_copy(part, e, pool, ret_id, ret_hit) == NGX_OK) {
        err = AB_OK;
    }
    ngx_http_auth_broker_part_unlock(shm, part);
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

    part = ngx_http_auth_broker_part_lock(shm);
    if (part == NULL) {
        return;
    }
    e = ngx_http_auth_broker_entry_find(part, key);
    if (e != NULL) {
        touched = e->touched;
        ngx_http_auth_broker_entry_remove(shm, part, e);
    }
    e = ngx_http_auth_broker_entry_new(shm, part, id);
    if (e != NULL) {
        ngx_memcpy(e->key, key, AB_SHA256_LEN);
        e->touched = touched;
        e->expiry = expiry;
        e->generation = part->generation;
        ngx_http_auth_broker_entry_link(part, e, id);
    }
    ngx_http_auth_broker_part_unlock(shm, part);
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
    part_t           *part = ngx_http_auth_broker_part_lock(shm);
    entry_t          *e;

    if (part == NULL) {
        return;
    }
    e = ngx_http_auth_broker_entry_find(part, key);
    if (e != NULL) {
        ngx_http_auth_broker_entry_remove(shm, part, e);
    }
    ngx_http_auth_broker_part_unlock(shm, part);
}


ngx_int_t
ngx_http_auth_broker_zone_touch_due(ngx_http_auth_broker_main_conf_t *mcf,
    const uint8_t *key)
{
    ngx_slab_pool_t  *shm = key_pool(mcf, key);
    part_t           *part = ngx_http_auth_broker_part_lock(shm);
    ngx_int_t         is_due = 0;
    entry_t          *e;

    if (part == NULL) {
        return 0;
    }
    e = ngx_http_auth_broker_entry_find(part, key);
    if (e != NULL && e->touched + AB_TOUCH_EVERY_S <= ngx_time()) {
        e->touched = ngx_time();
        is_due = 1;
    }
    ngx_http_auth_broker_part_unlock(shm, part);
    return is_due;
}


void
ngx_http_auth_broker_zone_set_expiry(ngx_http_auth_broker_main_conf_t *mcf,
    const uint8_t *key, uint64_t expiry)
{
    ngx_slab_pool_t  *shm = key_pool(mcf, key);
    part_t           *part = ngx_http_auth_broker_part_lock(shm);
    entry_t          *e;

    if (part == NULL) {
        return;
    }
    e = ngx_http_auth_broker_entry_find(part, key);
    if (e != NULL) {
        e->expiry = expiry;
    }
    ngx_http_auth_broker_part_unlock(shm, part);
}


/* One chain holds links of one kind only, so `next` survives a removal. */
static void
part_evict(ngx_slab_pool_t *shm, ngx_uint_t chain, uint64_t hash)
{
    part_t       *part = ngx_http_auth_broker_part_lock(shm);
    ngx_queue_t  *head, *q, *next;
    link_t       *link;

    if (part == NULL) {
        return;
    }
    head = ngx_http_auth_broker_chain(part, chain, hash);
    for (q = ngx_queue_head(head); q != head; q = next) {
        next = ngx_queue_next(q);
        link = ngx_queue_data(q, link_t, queue);
        if (link->hash == hash) {
            ngx_http_auth_broker_entry_remove(shm, part,
                         (entry_t *) ((u_char *) (link - chain)
                                      - offsetof(entry_t, links)));
        }
    }
    ngx_http_auth_broker_part_unlock(shm, part);
}


void
ngx_http_auth_broker_zone_evict(ngx_http_auth_broker_main_conf_t *mcf,
    enum ab_wire_tag by, struct ab_slice value)
{
    uint64_t    hash = ngx_http_auth_broker_chain_hash(value);
    ngx_uint_t  i, chain;

    chain = by == AB_TAG_SID ? NGX_HTTP_AUTH_BROKER_BY_SID
            : by == AB_TAG_SUB ? NGX_HTTP_AUTH_BROKER_BY_USER
            : NGX_HTTP_AUTH_BROKER_BY_TOKEN;
    if (hash == 0) {
        return;
    }
    for (i = 0; i < NGX_HTTP_AUTH_BROKER_PARTS; i++) {
        part_evict(part_pool(mcf, i), chain, hash);
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
        part = ngx_http_auth_broker_part_lock(shm);
        if (part != NULL) {
            part->generation++;
            ngx_http_auth_broker_part_unlock(shm, part);
        }
    }
}
