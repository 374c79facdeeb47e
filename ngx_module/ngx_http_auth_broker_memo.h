/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_memo.h - zone keys this worker worked out lately.
 *
 * A zone key is a SHA-256 of the credential; for a token of 2 KB that is
 * most of what a known request costs. The memo finds the key by a keyed hash
 * of the credential, a tenth of the cost. It holds neither credentials nor
 * verdicts: a key is a function of the credential, so it never grows stale.
 */
#ifndef NGX_HTTP_AUTH_BROKER_MEMO_H
#define NGX_HTTP_AUTH_BROKER_MEMO_H

#include "ngx_http_auth_broker_conf.h"
#include "ab_ghash.h"

typedef struct ngx_http_auth_broker_memo_s  ngx_http_auth_broker_memo_t;

/* The kinds of credential: one never stands for the other. */
typedef enum {
    NGX_HTTP_AUTH_BROKER_MEMO_SESSION = 1,      /* the cookie's text */
    NGX_HTTP_AUTH_BROKER_MEMO_BEARER            /* the token */
} ngx_http_auth_broker_memo_kind_e;

/* NULL: no memory. Every key is then worked out anew. */
ngx_http_auth_broker_memo_t *ngx_http_auth_broker_memo_new(ngx_pool_t *pool);
/* NULL is allowed. */
void ngx_http_auth_broker_memo_free(ngx_http_auth_broker_memo_t *memo);

/* NGX_OK and *key when it is here; NGX_DECLINED else. `tag` is for add. */
ngx_int_t ngx_http_auth_broker_memo_find(ngx_http_auth_broker_memo_t *memo,
    ngx_http_auth_broker_memo_kind_e kind, struct ab_slice realm_id,
    struct ab_slice credential, uint8_t tag[AB_GHASH_LEN],
    uint8_t key[AB_SHA256_LEN]);
/* After a find that declined: its tag, and the key worked out meanwhile. */
void ngx_http_auth_broker_memo_add(ngx_http_auth_broker_memo_t *memo,
    const uint8_t tag[AB_GHASH_LEN], const uint8_t key[AB_SHA256_LEN]);

#endif
