/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_compat.h - the two forms of NGINX's header lists: up
 * to 1.22 arrays of pointers, from 1.23.0 on elements chained by `next`.
 */
#ifndef NGX_HTTP_AUTH_BROKER_COMPAT_H
#define NGX_HTTP_AUTH_BROKER_COMPAT_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

/* To be called on every element we push to a list of headers. */
void ngx_http_auth_broker_compat_link(ngx_table_elt_t *h);
/* Element h leaves headers_in: no pointer to it may stay. */
void ngx_http_auth_broker_compat_forget(ngx_http_request_t *r,
    ngx_table_elt_t *h);
/* Take every WWW-Authenticate out of the answer. */
void ngx_http_auth_broker_compat_no_challenge(ngx_http_request_t *r);

#endif
