/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_memo.c - zone keys this worker worked out lately.
 *
 * One place for each hash, the newer one stays: credentials that share a
 * place cost each other a SHA-256, nothing else.
 */
#include "ngx_http_auth_broker_memo.h"

#define PLACES_N  4096


typedef struct {
    uint64_t    tag[2];         /* 0, 0: empty */
    uint8_t     key[AB_SHA256_LEN];
} place_t;

struct ngx_http_auth_broker_memo_s {
    struct ab_ghash  *ghash;
    place_t           places[PLACES_N];
};


ngx_http_auth_broker_memo_t *
ngx_http_auth_broker_memo_new(ngx_pool_t *pool)
{
    ngx_http_auth_broker_memo_t  *memo;

    memo = ngx_pcalloc(pool, sizeof(ngx_http_auth_broker_memo_t));
    if (memo == NULL) {
        return NULL;
    }
    memo->ghash = ab_ghash_new();
    return memo->ghash == NULL ? NULL : memo;
}


void
ngx_http_auth_broker_memo_free(ngx_http_auth_broker_memo_t *memo)
{
    if (memo != NULL) {
        ab_ghash_free(memo->ghash);
        memo->ghash = NULL;
    }
}


static place_t *
place_of(ngx_http_auth_broker_memo_t *memo, const uint64_t tag[2])
{
    return &memo->places[tag[0] % PLACES_N];
}


ngx_int_t
ngx_http_auth_broker_memo_find(ngx_http_auth_broker_memo_t *memo,
    ngx_http_auth_broker_memo_kind_e kind, struct ab_slice realm_id,
    struct ab_slice credential, uint8_t tag[AB_GHASH_LEN],
    uint8_t key[AB_SHA256_LEN])
{
    place_t   *place;
    uint64_t   t[2];

    if (memo == NULL
        || !ab_ghash(memo->ghash, kind, realm_id, credential, tag))
    {
        ngx_memzero(tag, AB_GHASH_LEN);
        return NGX_DECLINED;
    }
    ngx_memcpy(t, tag, sizeof(t));
    place = place_of(memo, t);
    /* no early end: how far two tags agree must not show */
    if (((place->tag[0] ^ t[0]) | (place->tag[1] ^ t[1])) != 0
        || (t[0] | t[1]) == 0)
    {
        return NGX_DECLINED;
    }
    ngx_memcpy(key, place->key, AB_SHA256_LEN);
    return NGX_OK;
}


void
ngx_http_auth_broker_memo_add(ngx_http_auth_broker_memo_t *memo,
    const uint8_t tag[AB_GHASH_LEN], const uint8_t key[AB_SHA256_LEN])
{
    place_t   *place;
    uint64_t   t[2];

    ngx_memcpy(t, tag, sizeof(t));
    if (memo == NULL || (t[0] | t[1]) == 0) {
        return;
    }
    place = place_of(memo, t);
    ngx_memcpy(place->tag, t, sizeof(t));
    ngx_memcpy(place->key, key, AB_SHA256_LEN);
}
