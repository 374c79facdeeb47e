/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_meta.c - the ninth zone as memory: birth, lock, blobs.
 *
 * What its fields mean is the business of marks, keys and catalogue.
 */
#include "ngx_http_auth_broker_meta.h"
#include "ab_ct.h"

#define META_MAGIC   0x4d424241     /* "ABBM" */
#define META_LAYOUT  1


static ngx_int_t meta_init(ngx_shm_zone_t *zone, void *old);
static ngx_http_auth_broker_meta_t *meta_build(ngx_slab_pool_t *pool);


ngx_shm_zone_t *
ngx_http_auth_broker_meta_create(ngx_conf_t *cf,
    ngx_http_auth_broker_main_conf_t *mcf, ngx_str_t *name)
{
    ngx_shm_zone_t  *zone;

    if (ngx_http_auth_broker_shm_add(cf, mcf, name,
                                     NGX_HTTP_AUTH_BROKER_META_SIZE,
                                     meta_init, &zone)
        != NGX_OK)
    {
        return NULL;
    }
    return zone;
}


static ngx_slab_pool_t *
meta_pool(ngx_http_auth_broker_main_conf_t *mcf)
{
    return mcf->meta == NULL ? NULL
                             : (ngx_slab_pool_t *) mcf->meta->shm.addr;
}


/* After a reload the zone is the old one. Another layout starts empty: what
 * is here can always be asked again. */
static ngx_int_t
meta_init(ngx_shm_zone_t *zone, void *old)
{
    ngx_slab_pool_t              *pool = (ngx_slab_pool_t *) zone->shm.addr;
    ngx_http_auth_broker_meta_t  *meta = pool->data;
    ngx_int_t                     rc = NGX_OK;

    ngx_shmtx_lock(&pool->mutex);
    if ((old == NULL && !zone->shm.exists) || meta == NULL
        || meta->magic != META_MAGIC || meta->layout != META_LAYOUT)
    {
        rc = meta_build(pool) == NULL ? NGX_ERROR : NGX_OK;
    }
    ngx_shmtx_unlock(&pool->mutex);
    return rc;
}


/*
 * Everything in the pool is dropped first: after a death in the middle of a
 * write nothing in it can be trusted, its free lists included. The pool's
 * lock is not part of what is dropped.
 */
static ngx_http_auth_broker_meta_t *
meta_build(ngx_slab_pool_t *pool)
{
    ngx_http_auth_broker_meta_t  *meta;
    ngx_uint_t                    i;

    pool->data = NULL;
    ngx_slab_init(pool);
    pool->log_nomem = 0;
    meta = ngx_slab_calloc_locked(pool, sizeof(ngx_http_auth_broker_meta_t));
    if (meta == NULL) {
        return NULL;
    }
    meta->buckets = ngx_slab_calloc_locked(pool,
                        NGX_HTTP_AUTH_BROKER_MARK_SLOTS * sizeof(uint32_t));
    meta->marks = ngx_slab_alloc_locked(pool,
                      AB_MAX_MARKS_N * sizeof(ngx_http_auth_broker_mark_t));
    if (meta->buckets == NULL || meta->marks == NULL) {
        return NULL;
    }
    /* Marks may have been lost: nothing issued so far is taken unasked. */
    meta->watermark = (uint64_t) ngx_time();
    meta->born = (uint64_t) ngx_time() << 32 | (uint32_t) ngx_random();
    for (i = 0; i < NGX_HTTP_AUTH_BROKER_BLOBS; i++) {
        /* above every generation of the zone's life before */
        meta->blobs[i].generation = (ngx_atomic_uint_t) ngx_time() << 20;
    }
    meta->magic = META_MAGIC;
    meta->layout = META_LAYOUT;
    ngx_memory_barrier();
    pool->data = meta;
    return meta;
}


ngx_http_auth_broker_meta_t *
ngx_http_auth_broker_meta_lock(ngx_http_auth_broker_main_conf_t *mcf)
{
    ngx_slab_pool_t              *pool = meta_pool(mcf);
    ngx_http_auth_broker_meta_t  *meta;

    if (pool == NULL) {
        return NULL;
    }
    ngx_shmtx_lock(&pool->mutex);
    meta = pool->data;
    if (meta == NULL || meta->busy) {
        meta = meta_build(pool);
    }
    if (meta == NULL) {
        ngx_shmtx_unlock(&pool->mutex);
    }
    return meta;
}


ngx_http_auth_broker_meta_t *
ngx_http_auth_broker_meta_lock_write(ngx_http_auth_broker_main_conf_t *mcf)
{
    ngx_http_auth_broker_meta_t  *meta = ngx_http_auth_broker_meta_lock(mcf);

    if (meta != NULL) {
        meta->busy = 1;
        ngx_memory_barrier();
    }
    return meta;
}


void
ngx_http_auth_broker_meta_unlock(ngx_http_auth_broker_main_conf_t *mcf,
    ngx_http_auth_broker_meta_t *meta)
{
    ngx_memory_barrier();
    meta->busy = 0;
    ngx_shmtx_unlock(&meta_pool(mcf)->mutex);
}


ngx_http_auth_broker_meta_t *
ngx_http_auth_broker_meta(ngx_http_auth_broker_main_conf_t *mcf)
{
    ngx_slab_pool_t  *pool = meta_pool(mcf);

    return pool == NULL ? NULL : pool->data;
}


static void
blob_swap(ngx_slab_pool_t *pool, ngx_http_auth_broker_blob_t *blob,
    struct ab_slice data)
{
    u_char  *copy, *old = blob->data;

    copy = ngx_slab_alloc_locked(pool, ngx_max(data.len, 1));
    if (copy == NULL) {
        return;                 /* the old one stays, and stays valid */
    }
    ngx_memcpy(copy, data.p, data.len);
    if (old != NULL) {
        ab_wipe(old, blob->len);
        ngx_slab_free_locked(pool, old);
    }
    blob->data = copy;
    blob->len = data.len;
    blob->generation++;
}


void
ngx_http_auth_broker_blob_set(ngx_http_auth_broker_main_conf_t *mcf,
    ngx_http_auth_broker_blob_e which, struct ab_slice data)
{
    ngx_http_auth_broker_meta_t  *meta;
    ngx_http_auth_broker_blob_t  *blob;

    meta = ngx_http_auth_broker_meta_lock_write(mcf);
    if (meta == NULL) {
        return;
    }
    blob = &meta->blobs[which];
    /* Each worker is told the same; only the first has something to write. */
    if (blob->data == NULL
        || !ab_slice_eq(ab_slice(blob->data, blob->len), data))
    {
        blob_swap(meta_pool(mcf), blob, data);
    }
    ngx_http_auth_broker_meta_unlock(mcf, meta);
}


ngx_atomic_uint_t
ngx_http_auth_broker_blob_generation(ngx_http_auth_broker_main_conf_t *mcf,
    ngx_http_auth_broker_blob_e which)
{
    ngx_http_auth_broker_meta_t  *meta = ngx_http_auth_broker_meta(mcf);

    return meta == NULL ? 0 : meta->blobs[which].generation;
}


ngx_int_t
ngx_http_auth_broker_blob_get(ngx_http_auth_broker_main_conf_t *mcf,
    ngx_http_auth_broker_blob_e which, ngx_pool_t *pool,
    struct ab_slice *ret_data, ngx_atomic_uint_t *ret_generation)
{
    ngx_http_auth_broker_meta_t  *meta;
    ngx_http_auth_broker_blob_t  *blob;
    ngx_int_t                     rc = NGX_DECLINED;
    u_char                       *copy;

    meta = ngx_http_auth_broker_meta_lock(mcf);
    if (meta == NULL) {
        return NGX_ERROR;
    }
    blob = &meta->blobs[which];
    if (blob->data != NULL) {
        copy = ngx_pnalloc(pool, blob->len);
        if (copy != NULL) {
            ngx_memcpy(copy, blob->data, blob->len);
            *ret_data = ab_slice(copy, blob->len);
            *ret_generation = blob->generation;
        }
        rc = copy == NULL ? NGX_ERROR : NGX_OK;
    }
    ngx_http_auth_broker_meta_unlock(mcf, meta);
    return rc;
}
