/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_login.h - what login, callback and logout share.
 */
#ifndef NGX_HTTP_AUTH_BROKER_LOGIN_H
#define NGX_HTTP_AUTH_BROKER_LOGIN_H

#include "ngx_http_auth_broker_pages.h"
#include "ab_form.h"

#define NGX_HTTP_AUTH_BROKER_CALLBACK  "/.auth/callback"
#define NGX_HTTP_AUTH_BROKER_LOGIN     "/.auth/login"
#define NGX_HTTP_AUTH_BROKER_LOGOUT    "/.auth/logout"

static inline struct ab_slice
ngx_http_auth_broker_slice(const ngx_str_t *s)
{
    return ab_slice(s->data, s->len);
}

/* The query of this request, decoded. */
typedef struct {
    struct ab_param  *params;
    size_t            n;
} ngx_http_auth_broker_query_t;

/* AB_E_CALLBACK_PARAMS: malformed, too many, or a name occurs twice.
 * AB_E_NOMEM. */
enum ab_err ngx_http_auth_broker_query(ngx_http_request_t *r,
    ngx_http_auth_broker_query_t *ret_query);
/* Empty when absent. */
struct ab_slice ngx_http_auth_broker_query_get(
    const ngx_http_auth_broker_query_t *query, const char *name);

/* The address that starts a login which returns to `return_path`, in the
 * pool; NULL without memory. */
ngx_str_t *ngx_http_auth_broker_login_again(ngx_http_request_t *r,
    struct ab_slice return_path);

/* The session cookie this request has for `origin`: its raw bytes, MAC
 * checked for the realm. AB_E_NO_CREDENTIAL, AB_E_COOKIE_…, AB_E_EDGE_DOWN
 * (no keys yet). */
enum ab_err ngx_http_auth_broker_own_cookie(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec,
    const ngx_http_auth_broker_origin_t *origin, struct ab_slice realm_id,
    uint8_t *ret_raw);
/* Push the session cookie; an empty value deletes it. */
ngx_int_t ngx_http_auth_broker_set_session(ngx_http_request_t *r,
    const ngx_http_auth_broker_origin_t *origin, struct ab_slice value);

#endif
