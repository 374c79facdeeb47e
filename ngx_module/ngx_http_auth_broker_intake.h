/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_intake.h - what POST_READ does to a request.
 */
#ifndef NGX_HTTP_AUTH_BROKER_INTAKE_H
#define NGX_HTTP_AUTH_BROKER_INTAKE_H

#include "ngx_http_auth_broker_rec.h"

/* Ours: session and login cookie of https origins, then of plain http. */
extern const struct ab_slice  ngx_http_auth_broker_cookie_names[4];

/* Add a header name to the union of names stripped from every request.
 * NGX_ERROR: no memory. Configuration time only. */
ngx_int_t ngx_http_auth_broker_strip_add(ngx_conf_t *cf,
    ngx_http_auth_broker_main_conf_t *mcf, const ngx_str_t *name);
/* Remove all that no client may send upstream. NGX_ERROR: no memory. */
ngx_int_t ngx_http_auth_broker_strip_request(ngx_http_request_t *r);
/* Remove every header of those names. NGX_ERROR: no memory. */
ngx_int_t ngx_http_auth_broker_strip_identity(ngx_http_request_t *r);

/*
 * Take `kc_idp_hint` out of the query, as the upstream will see it, into
 * rec->idp_hint; once for a request. A hint that is repeated, longer than
 * AB_MAX_IDP_HINT or not of [A-Za-z0-9._-] is removed and not recorded.
 * NGX_ERROR: no memory.
 */
ngx_int_t ngx_http_auth_broker_hint_take(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec);

#endif
