/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_reply.h - what refusals and answers share.
 */
#ifndef NGX_HTTP_AUTH_BROKER_REPLY_H
#define NGX_HTTP_AUTH_BROKER_REPLY_H

#include "ngx_http_auth_broker_pages.h"

#define NGX_HTTP_AUTH_BROKER_RETRY_AFTER  "5"   /* seconds */

/* Set a header of the answer, in place of one of that name: a second pass
 * meets the headers of the first. Both texts are static. */
ngx_int_t ngx_http_auth_broker_put_header(ngx_http_request_t *r,
    const char *name, const char *text);
ngx_int_t ngx_http_auth_broker_no_store(ngx_http_request_t *r);
/* One line for one refusal, also when error_page makes a second pass. */
void ngx_http_auth_broker_log_refusal(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec, enum ab_err err, ngx_int_t status);

#endif
