/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_fields.h - the fields of an identity by name: one
 * table for auth_broker_pass, variables and /.auth/userinfo.
 */
#ifndef NGX_HTTP_AUTH_BROKER_FIELDS_H
#define NGX_HTTP_AUTH_BROKER_FIELDS_H

#include "ngx_http_auth_broker_rec.h"

typedef struct {
    ngx_str_t   word;       /* auth_broker_pass WORD, $auth_broker_WORD */
    ngx_str_t   header;     /* sent upstream by auth_broker_pass */
    ngx_str_t   json;       /* member of /.auth/userinfo; empty: none */
    unsigned    kind;       /* private to fields.c */
    size_t      at;         /* offset in struct ab_identity, or wire tag */
} ngx_http_auth_broker_field_t;

/* Ends with a row whose word is empty. */
extern const ngx_http_auth_broker_field_t  ngx_http_auth_broker_fields[];

/* Row of that word, or NGX_ERROR. */
ngx_int_t ngx_http_auth_broker_field_find(const ngx_str_t *word);

/*
 * The field's text; len 0 when the identity has none. Points into the
 * identity or into the pool. Lists are joined by ',' with '%' and ','
 * percent-encoded. AB_E_HEADER_VALUE: control bytes, or more than
 * AB_MAX_IDENTITY_HEADER; AB_E_NOMEM.
 */
enum ab_err ngx_http_auth_broker_field_text(ngx_pool_t *pool,
    const ngx_http_auth_broker_rec_t *rec, ngx_uint_t row, ngx_str_t *ret);
/* How /.auth/userinfo writes it: text, number, boolean or a list's tag. */
typedef enum {
    NGX_HTTP_AUTH_BROKER_FIELD_TEXT,
    NGX_HTTP_AUTH_BROKER_FIELD_NUMBER,
    NGX_HTTP_AUTH_BROKER_FIELD_LIST
} ngx_http_auth_broker_field_form_e;
ngx_http_auth_broker_field_form_e ngx_http_auth_broker_field_form(
    ngx_uint_t row);

#endif
