/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_keys.h - the end of what a worker parsed out of the
 * ninth zone; how to use it is in …_marks.h.
 */
#ifndef NGX_HTTP_AUTH_BROKER_KEYS_H
#define NGX_HTTP_AUTH_BROKER_KEYS_H

#include "ngx_http_auth_broker_worker.h"

void ngx_http_auth_broker_keys_free(ngx_http_auth_broker_worker_t *worker);
void ngx_http_auth_broker_catalog_free(ngx_http_auth_broker_worker_t *worker);

#endif
