/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_meta.h - layout of the ninth zone, for the files that
 * write it: marks, keys, catalogue.
 *
 * One lock guards all of it. It may be held while a part's lock is taken,
 * never the other way round. Two words may be read without it, being single
 * aligned words: `confirmed` and a blob's `generation`.
 */
#ifndef NGX_HTTP_AUTH_BROKER_META_H
#define NGX_HTTP_AUTH_BROKER_META_H

#include "ngx_http_auth_broker_conf.h"
#include "ab_limits.h"

#define NGX_HTTP_AUTH_BROKER_META_SIZE   (16 * 1024 * 1024)
#define NGX_HTTP_AUTH_BROKER_MARK_HASH   16
#define NGX_HTTP_AUTH_BROKER_MARK_SLOTS  65536  /* buckets */
#define NGX_HTTP_AUTH_BROKER_REALM_SLOTS 1024
#define NGX_HTTP_AUTH_BROKER_KINDS       16     /* above enum ab_mark_kind */

/* A stream id "ms-seq" as numbers; 0-0 is before every entry. */
typedef struct {
    uint64_t    ms;
    uint64_t    seq;
} ngx_http_auth_broker_position_t;

/* A mark. It is known by a hash of kind, realm and ids, long enough that
 * two of them never meet. */
typedef struct {
    u_char                           hash[NGX_HTTP_AUTH_BROKER_MARK_HASH];
    ngx_http_auth_broker_position_t  position;
    uint64_t                         time;      /* epoch seconds */
    uint32_t                         next;      /* in its bucket: index + 1 */
    uint16_t                         realm;     /* slot of its watermark */
    uint16_t                         kind;
} ngx_http_auth_broker_mark_t;

typedef enum {
    NGX_HTTP_AUTH_BROKER_BLOB_KEYS = 0,
    NGX_HTTP_AUTH_BROKER_BLOB_CATALOG,
    NGX_HTTP_AUTH_BROKER_BLOBS
} ngx_http_auth_broker_blob_e;

/* The payload of the last KEYS or CATALOG, as it came. */
typedef struct {
    u_char                *data;        /* NULL: none yet */
    size_t                 len;
    volatile ngx_atomic_t  generation;  /* changes with the data */
} ngx_http_auth_broker_blob_t;

typedef struct {
    uint32_t                         magic;
    uint32_t                         layout;
    uint32_t                         busy;      /* its owner is writing */
    uint64_t                         born;      /* differs after a loss */

    volatile ngx_atomic_t            confirmed; /* epoch seconds */
    unsigned                         has_position:1;
    ngx_http_auth_broker_position_t  position;
    /* answers read before it may miss marks that are no longer here */
    ngx_http_auth_broker_position_t  floor;

    /* A JWT issued up to then is asked of the daemon: for all realms, and by
     * slot of the realm's id (realms that share a slot share its time, which
     * costs questions, never a wrong answer). */
    uint64_t                         watermark;
    uint64_t                         watermarks[
                                         NGX_HTTP_AUTH_BROKER_REALM_SLOTS];

    ngx_http_auth_broker_blob_t      blobs[NGX_HTTP_AUTH_BROKER_BLOBS];

    uint32_t                         kinds[NGX_HTTP_AUTH_BROKER_KINDS];
    uint32_t                         first;     /* oldest mark of the ring */
    uint32_t                         count;
    uint32_t                        *buckets;   /* index + 1, 0 none */
    ngx_http_auth_broker_mark_t     *marks;     /* AB_MAX_MARKS_N */
} ngx_http_auth_broker_meta_t;

/* Adds the zone to the configuration; NULL after an error was logged. */
ngx_shm_zone_t *ngx_http_auth_broker_meta_create(ngx_conf_t *cf,
    ngx_http_auth_broker_main_conf_t *mcf, ngx_str_t *name);

/* Locked for reading or for writing; rebuilt empty when an owner died while
 * writing. NULL (and not locked) when there is no memory for it. */
ngx_http_auth_broker_meta_t *ngx_http_auth_broker_meta_lock(
    ngx_http_auth_broker_main_conf_t *mcf);
ngx_http_auth_broker_meta_t *ngx_http_auth_broker_meta_lock_write(
    ngx_http_auth_broker_main_conf_t *mcf);
void ngx_http_auth_broker_meta_unlock(ngx_http_auth_broker_main_conf_t *mcf,
    ngx_http_auth_broker_meta_t *meta);
/* Not locked: for the two words. NULL when it does not exist. */
ngx_http_auth_broker_meta_t *ngx_http_auth_broker_meta(
    ngx_http_auth_broker_main_conf_t *mcf);

/* Replace a blob; nothing happens when it is the same. Wipes the old one. */
void ngx_http_auth_broker_blob_set(ngx_http_auth_broker_main_conf_t *mcf,
    ngx_http_auth_broker_blob_e which, struct ab_slice data);
/* Its generation; 0 when there is no zone. */
ngx_atomic_uint_t ngx_http_auth_broker_blob_generation(
    ngx_http_auth_broker_main_conf_t *mcf, ngx_http_auth_broker_blob_e which);
/* Copy it into a pool. NGX_DECLINED when there is none, NGX_ERROR. */
ngx_int_t ngx_http_auth_broker_blob_get(ngx_http_auth_broker_main_conf_t *mcf,
    ngx_http_auth_broker_blob_e which, ngx_pool_t *pool,
    struct ab_slice *ret_data, ngx_atomic_uint_t *ret_generation);

/* marks.c: an identity's answer read at `position` is older than a mark that
 * matches it, or the zone cannot tell. The caller holds the lock. */
ngx_int_t ngx_http_auth_broker_marks_newer(ngx_http_auth_broker_meta_t *meta,
    const struct ab_identity *id, struct ab_slice position);

/* zone.c, for the directive of the same name. */
ngx_int_t ngx_http_auth_broker_shm_add(ngx_conf_t *cf,
    ngx_http_auth_broker_main_conf_t *mcf, ngx_str_t *name, size_t size,
    ngx_shm_zone_init_pt init, ngx_shm_zone_t **ret_zone);

#endif
