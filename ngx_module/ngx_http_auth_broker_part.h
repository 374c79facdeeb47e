/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_part.h - one of the eight parts of the zone as memory:
 * its entries, its chains, its lock. Private to zone.c and part.c.
 *
 * A function that takes a part wants it locked.
 */
#ifndef NGX_HTTP_AUTH_BROKER_PART_H
#define NGX_HTTP_AUTH_BROKER_PART_H

#include "ngx_http_auth_broker_conf.h"

/* The chains beside the key's. */
typedef enum {
    NGX_HTTP_AUTH_BROKER_BY_SID = 0,
    NGX_HTTP_AUTH_BROKER_BY_USER,
    NGX_HTTP_AUTH_BROKER_BY_TOKEN,
    NGX_HTTP_AUTH_BROKER_CHAINS
} ngx_http_auth_broker_chain_e;

typedef struct {
    ngx_queue_t   queue;
    uint64_t      hash;             /* 0: not linked */
} ngx_http_auth_broker_link_t;

typedef struct ngx_http_auth_broker_entry_s  ngx_http_auth_broker_entry_t;

/* The fixed part; the slab serves it from its 256 class. */
struct ngx_http_auth_broker_entry_s {
    ngx_queue_t                    lru;
    ngx_http_auth_broker_entry_t  *next;        /* same bucket */
    ngx_http_auth_broker_link_t    links[NGX_HTTP_AUTH_BROKER_CHAINS];
    uint8_t                        key[AB_SHA256_LEN];
    struct ab_identity            *id;          /* a view, and behind it the
                                                   bytes it looks at */
    size_t                         len;         /* of both */
    uint64_t                       expiry;
    uint64_t                       generation;
    time_t                         touched;
};

typedef struct {
    uint32_t                        magic;
    uint32_t                        layout;
    uint32_t                        busy;       /* its owner is writing */
    uint64_t                        generation; /* older entries are void */
    ngx_queue_t                     lru;        /* newest first */
    size_t                          mask;       /* buckets - 1 */
    ngx_http_auth_broker_entry_t  **buckets;
    ngx_queue_t                    *chains[NGX_HTTP_AUTH_BROKER_CHAINS];
} ngx_http_auth_broker_part_t;

/* Of the shared zone: after a reload the old one is taken over, unless its
 * layout is another. */
ngx_int_t ngx_http_auth_broker_part_init(ngx_shm_zone_t *zone, void *old);

/* Locked; emptied first when its last owner died in it. NULL (and not
 * locked) when there is no memory for it, or no pool. */
ngx_http_auth_broker_part_t *ngx_http_auth_broker_part_lock(
    ngx_slab_pool_t *pool);
void ngx_http_auth_broker_part_unlock(ngx_slab_pool_t *pool,
    ngx_http_auth_broker_part_t *part);

ngx_http_auth_broker_entry_t *ngx_http_auth_broker_entry_find(
    ngx_http_auth_broker_part_t *part, const uint8_t *key);
/* A new entry with a copy of `id`, not linked yet. Old ones make room. NULL
 * when that did not suffice. */
ngx_http_auth_broker_entry_t *ngx_http_auth_broker_entry_new(
    ngx_slab_pool_t *pool, ngx_http_auth_broker_part_t *part,
    const struct ab_identity *id);
void ngx_http_auth_broker_entry_link(ngx_http_auth_broker_part_t *part,
    ngx_http_auth_broker_entry_t *e, const struct ab_identity *id);
/* Takes it out and frees it. */
void ngx_http_auth_broker_entry_remove(ngx_slab_pool_t *pool,
    ngx_http_auth_broker_part_t *part, ngx_http_auth_broker_entry_t *e);

/* Hash of an id in a chain, 0 for an empty one; and where its chain starts. */
uint64_t ngx_http_auth_broker_chain_hash(struct ab_slice id);
ngx_queue_t *ngx_http_auth_broker_chain(ngx_http_auth_broker_part_t *part,
    ngx_uint_t chain, uint64_t hash);

#endif
