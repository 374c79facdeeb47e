/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_catalog.c - realm name to id, issuer and
 * authorization endpoint.
 *
 * The zone keeps the CATALOG payload as it came; each worker keeps it sorted
 * by name in memory of its own, because every request asks.
 */
#include "ngx_http_auth_broker_keys.h"
#include "ngx_http_auth_broker_marks.h"
#include "ngx_http_auth_broker_meta.h"
#include "ab_uri.h"

typedef struct {
    struct ab_slice  name, id, issuer, auth_url;
    uint64_t         epoch;
} entry_t;

struct ngx_http_auth_broker_realms_s {
    ngx_pool_t         *pool;
    ngx_atomic_uint_t   generation;
    ngx_array_t         entries;        /* entry_t, sorted by name */
};

typedef ngx_http_auth_broker_realms_t  realms_t;


static int
name_cmp(struct ab_slice a, struct ab_slice b)
{
    int  rc = ngx_memcmp(a.p, b.p, ngx_min(a.len, b.len));

    return rc != 0 ? rc : a.len < b.len ? -1 : a.len > b.len;
}


static int ngx_libc_cdecl
entry_cmp(const void *one, const void *two)
{
    const entry_t  *a = one, *b = two;

    return name_cmp(a->name, b->name);
}


void
ngx_http_auth_broker_marks_catalog(ngx_http_auth_broker_main_conf_t *mcf,
    struct ab_slice payload)
{
    ngx_http_auth_broker_blob_set(mcf, NGX_HTTP_AUTH_BROKER_BLOB_CATALOG,
                                  payload);
}


/* It becomes a Location: what is no address is none. */
static struct ab_slice
checked_url(struct ab_slice url)
{
    struct ab_uri  uri;

    return ab_uri_parse(url, &uri) == AB_OK ? url : ab_slice(NULL, 0);
}


static ngx_int_t
realms_fill(realms_t *realms, struct ab_slice payload)
{
    struct ab_slice   nest;
    entry_t          *e;
    size_t            pos = 0;

    while (ab_wire_each(payload, AB_TAG_REALM_ENTRY, &pos, &nest)) {
        e = ngx_array_push(&realms->entries);
        if (e == NULL) {
            return NGX_ERROR;
        }
        e->name = ab_wire_get(nest, AB_TAG_REALM);
        e->id = ab_wire_get(nest, AB_TAG_REALM_ID);
        e->issuer = ab_wire_get(nest, AB_TAG_ISSUER);
        e->auth_url = checked_url(ab_wire_get(nest, AB_TAG_AUTH_URL));
        e->epoch = ab_wire_get_u64(nest, AB_TAG_EPOCH);
        if (e->name.len == 0 || e->id.len == 0) {
            realms->entries.nelts--;
        }
    }
    ngx_qsort(realms->entries.elts, realms->entries.nelts, sizeof(entry_t),
              entry_cmp);
    return NGX_OK;
}


static realms_t *
realms_load(ngx_http_auth_broker_worker_t *worker)
{
    struct ab_slice   payload;
    ngx_pool_t       *pool = ngx_create_pool(4096, worker->log);
    realms_t         *realms;

    if (pool == NULL) {
        return NULL;
    }
    realms = ngx_pcalloc(pool, sizeof(realms_t));
    if (realms == NULL
        || ngx_array_init(&realms->entries, pool, 8, sizeof(entry_t)) != NGX_OK
        || ngx_http_auth_broker_blob_get(worker->mcf,
                                         NGX_HTTP_AUTH_BROKER_BLOB_CATALOG,
                                         pool, &payload, &realms->generation)
           != NGX_OK
        || realms_fill(realms, payload) != NGX_OK)
    {
        ngx_destroy_pool(pool);
        return NULL;
    }
    realms->pool = pool;
    return realms;
}


void
ngx_http_auth_broker_catalog_free(ngx_http_auth_broker_worker_t *worker)
{
    if (worker->realms != NULL) {
        ngx_destroy_pool(worker->realms->pool);
        worker->realms = NULL;
    }
}


/* When the zone has lost it, what is here stays good. */
static realms_t *
realms_now(ngx_http_auth_broker_worker_t *worker)
{
    realms_t           *realms;
    ngx_atomic_uint_t   generation;

    generation = ngx_http_auth_broker_blob_generation(worker->mcf,
                                         NGX_HTTP_AUTH_BROKER_BLOB_CATALOG);
    if (worker->realms != NULL && worker->realms->generation == generation) {
        return worker->realms;
    }
    realms = realms_load(worker);
    if (realms != NULL) {
        ngx_http_auth_broker_catalog_free(worker);
        worker->realms = realms;
    }
    return worker->realms;
}


static entry_t *
realms_find(realms_t *realms, ngx_str_t *name)
{
    entry_t  wanted = { .name = { (const char *) name->data, name->len } };

    return bsearch(&wanted, realms->entries.elts, realms->entries.nelts,
                   sizeof(entry_t), entry_cmp);
}


static void
take(u_char **at, struct ab_slice from, ngx_str_t *ret_text)
{
    ret_text->data = *at;
    ret_text->len = from.len;
    *at = ngx_cpymem(*at, from.p, from.len);
}


enum ab_err
ngx_http_auth_broker_realm(ngx_http_auth_broker_main_conf_t *mcf,
    ngx_str_t *name, ngx_pool_t *pool, ngx_http_auth_broker_realm_t *ret)
{
    realms_t  *realms;
    entry_t   *e;
    u_char    *p;

    realms = mcf->worker == NULL ? NULL : realms_now(mcf->worker);
    e = realms == NULL ? NULL : realms_find(realms, name);
    if (e == NULL) {
        return AB_E_REALM_UNKNOWN;
    }
    p = ngx_pnalloc(pool, e->name.len + e->id.len + e->issuer.len
                          + e->auth_url.len);
    if (p == NULL) {
        return AB_E_NOMEM;
    }
    take(&p, e->name, &ret->name);
    take(&p, e->id, &ret->id);
    take(&p, e->issuer, &ret->issuer);
    take(&p, e->auth_url, &ret->auth_url);
    ret->epoch = e->epoch;
    return AB_OK;
}
