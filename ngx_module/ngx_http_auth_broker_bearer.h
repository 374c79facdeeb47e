/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_bearer.h - verify a bearer JWT in the worker.
 */
#ifndef NGX_HTTP_AUTH_BROKER_BEARER_H
#define NGX_HTTP_AUTH_BROKER_BEARER_H

#include "ngx_http_auth_broker_marks.h"
#include "ngx_http_auth_broker_rec.h"

/*
 * Signature, typ (payload "Bearer" under header JWT or at+jwt), issuer (the
 * realm's or one of the location's), exp, nbf, iat, sub, no cnf; not the
 * audience, which is compared for each location. Writes the identity into
 * the request's pool. AB_OK, or AB_E_TOKEN_…; refused tokens are remembered
 * AB_BAD_BEARER_TTL_S in a small ring of the worker.
 * *ret_jti and *ret_iat serve the mark check.
 */
enum ab_err ngx_http_auth_broker_bearer_verify(ngx_http_request_t *r,
    ngx_http_auth_broker_main_conf_t *mcf,
    ngx_http_auth_broker_loc_conf_t *lcf,
    const ngx_http_auth_broker_realm_t *realm, ngx_str_t *token,
    const uint8_t *key, struct ab_slice *ret_raw, uint64_t *ret_expiry,
    struct ab_slice *ret_jti, uint64_t *ret_iat);

#endif
