/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_keys.c - public keys of realms and the edge's own
 * keys, parsed once for each worker and generation.
 *
 * The zone keeps the KEYS payload as it came. Parsing a key costs more than
 * ten verifications (DESIGN 9), so it is never done for a request unless the
 * generation has changed. The set before it lives until the next change: a
 * caller of the same turn of the loop may hold it.
 */
#include "ngx_http_auth_broker_keys.h"
#include "ngx_http_auth_broker_marks.h"
#include "ngx_http_auth_broker_meta.h"
#include "ngx_http_auth_broker_worker.h"
#include "ab_ct.h"

typedef struct {
    struct ab_slice    realm_id;
    struct ab_jwk_set  set;
} realm_keys_t;

struct ngx_http_auth_broker_keyset_s {
    ngx_pool_t           *pool;
    struct ab_slice       payload;      /* realm ids point into it */
    ngx_atomic_uint_t     generation;
    struct ab_seal_ring   ring;
    struct ab_mac_key     mac[AB_SEAL_RING_MAX];
    size_t                mac_n;
    ngx_array_t           realms;       /* realm_keys_t */
};

typedef ngx_http_auth_broker_keyset_t  keyset_t;

/* For callers without a worker or before the first KEYS. */
static const struct ab_seal_ring  no_ring;
static const struct ab_jwk_set    no_keys;


void
ngx_http_auth_broker_marks_keys(ngx_http_auth_broker_main_conf_t *mcf,
    struct ab_slice payload)
{
    ngx_http_auth_broker_blob_set(mcf, NGX_HTTP_AUTH_BROKER_BLOB_KEYS,
                                  payload);
    /* Parsed now, so that no request pays for it. */
    (void) ngx_http_auth_broker_seal_ring(mcf);
}


static void
keyset_free(keyset_t *ks)
{
    realm_keys_t  *realm;
    ngx_uint_t     i;
    size_t         k;

    if (ks == NULL) {
        return;
    }
    realm = ks->realms.elts;
    for (i = 0; i < ks->realms.nelts; i++) {
        for (k = 0; k < realm[i].set.n; k++) {
            ab_jwk_clear(&realm[i].set.keys[k]);
        }
    }
    ab_wipe(&ks->ring, sizeof(ks->ring));
    ab_wipe(ks->mac, sizeof(ks->mac));
    ab_wipe((void *) ks->payload.p, ks->payload.len);
    ngx_destroy_pool(ks->pool);
}


static void
keyset_add_edge(keyset_t *ks, struct ab_slice nest)
{
    struct ab_slice  seal = ab_wire_get(nest, AB_TAG_SEAL_KEY);
    struct ab_slice  mac = ab_wire_get(nest, AB_TAG_MAC_KEY);
    uint32_t         id = (uint32_t) ab_wire_get_u64(nest, AB_TAG_KEY_ID);

    if (seal.len == AB_SEAL_KEY_LEN && ks->ring.n < AB_SEAL_RING_MAX) {
        ks->ring.keys[ks->ring.n].id = id;
        ngx_memcpy(ks->ring.keys[ks->ring.n].key, seal.p, seal.len);
        ks->ring.n++;
    }
    if (mac.len == sizeof(ks->mac[0].key) && ks->mac_n < AB_SEAL_RING_MAX) {
        ks->mac[ks->mac_n].id = id;
        ngx_memcpy(ks->mac[ks->mac_n].key, mac.p, mac.len);
        ks->mac_n++;
    }
}


static realm_keys_t *
keyset_realm(keyset_t *ks, struct ab_slice realm_id)
{
    realm_keys_t  *realm = ks->realms.elts;
    ngx_uint_t     i;

    for (i = 0; i < ks->realms.nelts; i++) {
        if (ab_slice_eq(realm[i].realm_id, realm_id)) {
            return &realm[i];
        }
    }
    return NULL;
}


/* Room for one more key; the array of a realm doubles in the set's pool. */
static struct ab_jwk *
realm_room(keyset_t *ks, realm_keys_t *realm)
{
    struct ab_jwk  *keys;
    size_t          n = realm->set.n;

    if (n >= AB_MAX_JWKS_KEYS_N) {
        return NULL;
    }
    if ((n & (n - 1)) == 0) {           /* 0 or a power of two: full */
        keys = ngx_pcalloc(ks->pool,
                           (n == 0 ? 1 : 2 * n) * sizeof(struct ab_jwk));
        if (keys == NULL) {
            return NULL;
        }
        if (n != 0) {
            ngx_memcpy(keys, realm->set.keys, n * sizeof(struct ab_jwk));
        }
        realm->set.keys = keys;
    }
    return &realm->set.keys[n];
}


/* A key that cannot be used is left out; tokens under it are refused. */
static void
keyset_add_public(keyset_t *ks, struct ab_slice nest)
{
    struct ab_slice   realm_id = ab_wire_get(nest, AB_TAG_REALM_ID);
    realm_keys_t     *realm = keyset_realm(ks, realm_id);
    struct ab_jwk    *key;

    if (realm == NULL) {
        realm = ngx_array_push(&ks->realms);
        if (realm == NULL) {
            return;
        }
        ngx_memzero(realm, sizeof(realm_keys_t));
        realm->realm_id = realm_id;
    }
    key = realm_room(ks, realm);
    if (key != NULL
        && ab_jwk_from_spki(ab_wire_get(nest, AB_TAG_SPKI),
                            ab_alg_by_name(ab_wire_get(nest, AB_TAG_ALG)),
                            ab_wire_get(nest, AB_TAG_KID), key)
           == AB_OK)
    {
        realm->set.n++;
    }
}


static void
keyset_fill(keyset_t *ks, struct ab_slice payload)
{
    struct ab_slice  nest;
    size_t           pos = 0;

    while (ab_wire_each(payload, AB_TAG_EDGE_KEY, &pos, &nest)) {
        keyset_add_edge(ks, nest);
    }
    pos = 0;
    while (ab_wire_each(payload, AB_TAG_PUBLIC_KEY, &pos, &nest)) {
        keyset_add_public(ks, nest);
    }
}


/* NULL when the zone has none or there is no memory. */
static keyset_t *
keyset_load(ngx_http_auth_broker_worker_t *worker)
{
    ngx_pool_t  *pool = ngx_create_pool(4096, worker->log);
    keyset_t    *ks;

    if (pool == NULL) {
        return NULL;
    }
    ks = ngx_pcalloc(pool, sizeof(keyset_t));
    if (ks == NULL
        || ngx_array_init(&ks->realms, pool, 4, sizeof(realm_keys_t)) != NGX_OK
        || ngx_http_auth_broker_blob_get(worker->mcf,
                                         NGX_HTTP_AUTH_BROKER_BLOB_KEYS, pool,
                                         &ks->payload, &ks->generation)
           != NGX_OK)
    {
        ngx_destroy_pool(pool);
        return NULL;
    }
    ks->pool = pool;
    keyset_fill(ks, ks->payload);
    return ks;
}


/* When the zone has lost them, what is parsed stays good. */
static keyset_t *
keyset(ngx_http_auth_broker_main_conf_t *mcf)
{
    ngx_http_auth_broker_worker_t  *worker = mcf->worker;
    ngx_atomic_uint_t               generation;
    keyset_t                       *ks;

    if (worker == NULL) {
        return NULL;
    }
    generation = ngx_http_auth_broker_blob_generation(mcf,
                                          NGX_HTTP_AUTH_BROKER_BLOB_KEYS);
    if (worker->keys == NULL || worker->keys->generation != generation) {
        ks = keyset_load(worker);
        if (ks != NULL) {
            keyset_free(worker->old_keys);
            worker->old_keys = worker->keys;
            worker->keys = ks;
        }
    }
    return worker->keys;
}


void
ngx_http_auth_broker_keys_free(ngx_http_auth_broker_worker_t *worker)
{
    keyset_free(worker->keys);
    keyset_free(worker->old_keys);
    worker->keys = NULL;
    worker->old_keys = NULL;
}


const struct ab_seal_ring *
ngx_http_auth_broker_seal_ring(ngx_http_auth_broker_main_conf_t *mcf)
{
    keyset_t  *ks = keyset(mcf);

    return ks == NULL ? &no_ring : &ks->ring;
}


const struct ab_mac_key *
ngx_http_auth_broker_mac_keys(ngx_http_auth_broker_main_conf_t *mcf,
    size_t *ret_n)
{
    keyset_t  *ks = keyset(mcf);

    *ret_n = ks == NULL ? 0 : ks->mac_n;
    return ks == NULL ? NULL : ks->mac;
}


const struct ab_jwk_set *
ngx_http_auth_broker_public_keys(ngx_http_auth_broker_main_conf_t *mcf,
    struct ab_slice realm_id)
{
    keyset_t      *ks = keyset(mcf);
    realm_keys_t  *realm = ks == NULL ? NULL : keyset_realm(ks, realm_id);

    return realm == NULL ? &no_keys : &realm->set;
}
