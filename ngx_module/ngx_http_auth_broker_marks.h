/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_marks.h - the ninth zone: marks of what ended, the
 * position in the stream of ends, and what a new worker needs before HELLO's
 * answer (catalogue, public keys, the edge's own keys).
 */
#ifndef NGX_HTTP_AUTH_BROKER_MARKS_H
#define NGX_HTTP_AUTH_BROKER_MARKS_H

#include "ngx_http_auth_broker_conf.h"
#include "ab_jwk.h"
#include "ab_seal.h"
#include "ab_session_cookie.h"
#include "ab_wire.h"

/* One realm of the catalogue, copied into a pool. */
typedef struct {
    ngx_str_t   name;
    ngx_str_t   id;
    ngx_str_t   issuer;
    ngx_str_t   auth_url;
    uint64_t    epoch;
} ngx_http_auth_broker_realm_t;

/* AB_E_REALM_UNKNOWN when the catalogue lacks it (or is not here yet). */
enum ab_err ngx_http_auth_broker_realm(ngx_http_auth_broker_main_conf_t *mcf,
    ngx_str_t *name, ngx_pool_t *pool, ngx_http_auth_broker_realm_t *ret);

/* Keys of the edge: current first. n 0 before the first KEYS. Parsed into
 * process memory, refreshed when the zone's generation changes. Borrowed. */
const struct ab_seal_ring *ngx_http_auth_broker_seal_ring(
    ngx_http_auth_broker_main_conf_t *mcf);
const struct ab_mac_key *ngx_http_auth_broker_mac_keys(
    ngx_http_auth_broker_main_conf_t *mcf, size_t *ret_n);
/* Parsed public keys of a realm id; empty set when unknown. Borrowed. */
const struct ab_jwk_set *ngx_http_auth_broker_public_keys(
    ngx_http_auth_broker_main_conf_t *mcf, struct ab_slice realm_id);

/* AB_OK when no mark speaks against it; AB_E_TOKEN_REVOKED or
 * AB_E_SESSION_ENDED when one does; AB_E_STORE_ABSENT when only the daemon
 * can tell (same second, realm watermark, older epoch). iat: epoch seconds
 * of issue (as_of for sessions). jti may be empty. */
enum ab_err ngx_http_auth_broker_marks_check(
    ngx_http_auth_broker_main_conf_t *mcf, const struct ab_identity *id,
    struct ab_slice jti, uint64_t iat);
/* The position was confirmed within the last `fresh` seconds. */
ngx_int_t ngx_http_auth_broker_position_fresh(
    ngx_http_auth_broker_main_conf_t *mcf, time_t fresh);
/* Copy of the position's text; empty when there is none. */
size_t ngx_http_auth_broker_position(ngx_http_auth_broker_main_conf_t *mcf,
    char *buf, size_t size);

/* A pushed or HELLO payload, already checked by ab_wire_check(). */
void ngx_http_auth_broker_marks_add(ngx_http_auth_broker_main_conf_t *mcf,
    struct ab_slice payload);
void ngx_http_auth_broker_marks_position(
    ngx_http_auth_broker_main_conf_t *mcf, struct ab_slice payload);
void ngx_http_auth_broker_marks_keys(ngx_http_auth_broker_main_conf_t *mcf,
    struct ab_slice payload);
void ngx_http_auth_broker_marks_catalog(
    ngx_http_auth_broker_main_conf_t *mcf, struct ab_slice payload);
/* HELLO's answer to a zone that had no position when it asked: the zone
 * starts from the answer's. Until then nothing is stored or confirmed. */
void ngx_http_auth_broker_marks_start(ngx_http_auth_broker_main_conf_t *mcf,
    struct ab_slice payload);
void ngx_http_auth_broker_marks_reset(ngx_http_auth_broker_main_conf_t *mcf,
    struct ab_slice payload);

#endif
