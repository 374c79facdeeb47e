/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_access.h - the two phase handlers that decide.
 */
#ifndef NGX_HTTP_AUTH_BROKER_ACCESS_H
#define NGX_HTTP_AUTH_BROKER_ACCESS_H

#include "ngx_http_auth_broker_rec.h"

/* ACCESS; never NGX_DECLINED where auth_broker is on. */
ngx_int_t ngx_http_auth_broker_access_handler(ngx_http_request_t *r);
/* PRECONTENT: sub-requests, which skip ACCESS. */
ngx_int_t ngx_http_auth_broker_subrequest_handler(ngx_http_request_t *r);

#endif
