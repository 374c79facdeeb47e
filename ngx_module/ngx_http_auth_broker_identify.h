/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_identify.h - inside of identify and inquire: one
 * identification, from the credential to a settled state.
 */
#ifndef NGX_HTTP_AUTH_BROKER_IDENTIFY_H
#define NGX_HTTP_AUTH_BROKER_IDENTIFY_H

#include "ngx_http_auth_broker_marks.h"
#include "ngx_http_auth_broker_memo.h"
#include "ngx_http_auth_broker_rec.h"

/* What one identification works with. */
typedef struct {
    ngx_http_request_t                *r;
    ngx_http_auth_broker_rec_t        *rec;
    ngx_http_auth_broker_loc_conf_t   *lcf;
    ngx_http_auth_broker_main_conf_t  *mcf;
    ngx_uint_t                         may_ask;
    enum ab_err                        realm_err;   /* why realm is empty */
    ngx_http_auth_broker_realm_t       realm;
    ngx_uint_t                         recalled;    /* key is the memo's */
    uint8_t                            tag[AB_GHASH_LEN];
} ngx_http_auth_broker_who_t;

/* Final: who cannot be told is NOBODY, what cannot be decided is FAILED.
 * Both give NGX_OK, for the caller to return. */
ngx_int_t ngx_http_auth_broker_settle(ngx_http_auth_broker_rec_t *rec,
    enum ab_err why);
/* KNOWN, if the bytes (of the request's pool) are an identity of rec->key
 * and rec->realm_id; else FAILED. */
ngx_int_t ngx_http_auth_broker_known(ngx_http_auth_broker_rec_t *rec,
    struct ab_slice raw, uint64_t expiry);
/* The same, put into the zone as well. NEW when a mark came meanwhile and it
 * should be asked again. */
ngx_int_t ngx_http_auth_broker_known_anew(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec, struct ab_slice raw, uint64_t expiry,
    struct ab_slice position);

/* Ask the daemon: NGX_AGAIN, state WAITING; or NGX_OK, settled. raw: the
 * decoded cookie. A token's candidate identity stands in rec->id. */
ngx_int_t ngx_http_auth_broker_inquire_session(
    ngx_http_auth_broker_who_t *w, const uint8_t *raw);
ngx_int_t ngx_http_auth_broker_inquire_token(ngx_http_auth_broker_who_t *w,
    struct ab_slice jti, uint64_t iat);

/* their short names in the two files */
#define settle      ngx_http_auth_broker_settle
#define known       ngx_http_auth_broker_known
#define known_anew  ngx_http_auth_broker_known_anew

#endif
