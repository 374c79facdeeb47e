/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_claims.h - claims of a verified access token to an
 * identity.
 */
#ifndef NGX_HTTP_AUTH_BROKER_CLAIMS_H
#define NGX_HTTP_AUTH_BROKER_CLAIMS_H

#include "ngx_http_auth_broker_marks.h"

#include <jansson.h>

/*
 * Appends identity fields, and JTI beside them when the token has one.
 * Claims of another type than the identity's count as absent. AB_E_TOKEN_CLAIM
 * when it is more than an identity may hold.
 */
enum ab_err ngx_http_auth_broker_claims_write(const json_t *claims,
    const ngx_http_auth_broker_realm_t *realm, const uint8_t *key,
    struct ab_buf *out);

#endif
