/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_vars.h - the $auth_broker_… variables.
 */
#ifndef NGX_HTTP_AUTH_BROKER_VARS_H
#define NGX_HTTP_AUTH_BROKER_VARS_H

#include "ngx_http_auth_broker_conf.h"

/* preconfiguration: declare them all. */
ngx_int_t ngx_http_auth_broker_vars_add(ngx_conf_t *cf);

#endif
