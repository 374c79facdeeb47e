/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_zone.h - credential key to identity, in shared memory.
 *
 * Eight parts by the first byte of the key, LRU each, kept over reload. Holds
 * facts, never verdicts. A lookup takes one lock; a full part evicts its
 * oldest. A `busy` word set under the lock tells a later worker that its
 * owner died there: the part is emptied.
 */
#ifndef NGX_HTTP_AUTH_BROKER_ZONE_H
#define NGX_HTTP_AUTH_BROKER_ZONE_H

#include "ngx_http_auth_broker_conf.h"
#include "ab_error.h"
#include "ab_identity.h"

typedef struct {
    uint64_t          expiry;       /* epoch seconds */
    time_t            touched;      /* last TOUCH was sent then, 0 never */
} ngx_http_auth_broker_hit_t;

/* "NAME:SIZE" of auth_broker_zone: adds the eight parts (SIZE in all) and
 * the meta zone. Called by the directive. */
ngx_int_t ngx_http_auth_broker_zone_create(ngx_conf_t *cf,
    ngx_http_auth_broker_main_conf_t *mcf, ngx_str_t *name, size_t size);

/*
 * AB_OK, *ret_id and *ret_hit when the entry exists, is not past its expiry,
 * has no mark against it and the position was confirmed within `fresh`
 * seconds. AB_E_STORE_ABSENT: ask the daemon. Copies out of the zone, the
 * identity's bytes into the pool, under the lock.
 */
enum ab_err ngx_http_auth_broker_zone_lookup(
    ngx_http_auth_broker_main_conf_t *mcf, const uint8_t *key,
    ngx_pool_t *pool, time_t fresh, struct ab_identity *ret_id,
    ngx_http_auth_broker_hit_t *ret_hit);

/* Store (or replace). `position` is the one read before the store was asked:
 * AB_E_EDGE_STALE when a newer mark matches the identity (ask again),
 * AB_E_FORMAT when raw is no identity or carries another key. A full zone is
 * AB_OK: it costs a miss later. */
enum ab_err ngx_http_auth_broker_zone_insert(
    ngx_http_auth_broker_main_conf_t *mcf, const uint8_t *key,
    struct ab_slice raw, uint64_t expiry, struct ab_slice position);

void ngx_http_auth_broker_zone_delete(ngx_http_auth_broker_main_conf_t *mcf,
    const uint8_t *key);
/* TOUCH of this key: true for the one caller a minute that should send it. */
ngx_int_t ngx_http_auth_broker_zone_touch_due(
    ngx_http_auth_broker_main_conf_t *mcf, const uint8_t *key);
void ngx_http_auth_broker_zone_set_expiry(
    ngx_http_auth_broker_main_conf_t *mcf, const uint8_t *key,
    uint64_t expiry);
/* Evict by sid or user id, in every part. */
void ngx_http_auth_broker_zone_evict(ngx_http_auth_broker_main_conf_t *mcf,
    enum ab_wire_tag by, struct ab_slice value);
void ngx_http_auth_broker_zone_empty(ngx_http_auth_broker_main_conf_t *mcf);

#endif
