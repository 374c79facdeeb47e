/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_list.h - take elements out of a list of headers.
 */
#ifndef NGX_HTTP_AUTH_BROKER_LIST_H
#define NGX_HTTP_AUTH_BROKER_LIST_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

/* True: the element goes. Called once for each element, in order. */
typedef ngx_uint_t (*ngx_http_auth_broker_doomed_pt)(void *data,
    ngx_table_elt_t *h);

/*
 * Elements that stay keep their address: others point at them. A part is
 * split around what goes. NGX_ERROR: no memory, the list is still whole.
 */
ngx_int_t ngx_http_auth_broker_list_prune(ngx_list_t *l,
    ngx_http_auth_broker_doomed_pt doomed, void *data);

/* The first header of that lower-case name, or NULL. Skips those with hash 0
 * (an answer's header that was taken back). */
ngx_table_elt_t *ngx_http_auth_broker_list_find(ngx_list_t *l,
    const char *lowcase);

#endif
