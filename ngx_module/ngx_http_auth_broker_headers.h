/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_headers.h - identity headers towards the upstream,
 * and the filter over its answer.
 */
#ifndef NGX_HTTP_AUTH_BROKER_HEADERS_H
#define NGX_HTTP_AUTH_BROKER_HEADERS_H

#include "ngx_http_auth_broker_rec.h"

/*
 * Put the location's identity headers into headers_in, in place of those of
 * an earlier pass. AB_E_HEADER_VALUE: a value that cannot be passed on; none
 * of ours is left then. AB_E_NOMEM.
 */
enum ab_err ngx_http_auth_broker_headers_set(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec, ngx_http_auth_broker_loc_conf_t *lcf);

/* Install the header filter. */
void ngx_http_auth_broker_headers_init(void);

#endif
