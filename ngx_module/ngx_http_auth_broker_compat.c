/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_compat.c - the one place that knows both forms of
 * NGINX's header lists (changed in 1.23.0).
 */
#include "ngx_http_auth_broker_compat.h"

#include <nginx.h>


#if (nginx_version >= 1023000)

void
ngx_http_auth_broker_compat_link(ngx_table_elt_t *h)
{
    h->next = NULL;
}


static void
forget_cookie(ngx_http_request_t *r, ngx_table_elt_t *h)
{
    ngx_table_elt_t  **at;

    for (at = &r->headers_in.cookie; *at != NULL; at = &(*at)->next) {
        if (*at == h) {
            *at = h->next;
            return;
        }
    }
}


void
ngx_http_auth_broker_compat_no_challenge(ngx_http_request_t *r)
{
    ngx_table_elt_t  *h;

    for (h = r->headers_out.www_authenticate; h != NULL; h = h->next) {
        h->hash = 0;
    }
    r->headers_out.www_authenticate = NULL;
}

#else

void
ngx_http_auth_broker_compat_link(ngx_table_elt_t *h)
{
    (void) h;
}


static void
forget_cookie(ngx_http_request_t *r, ngx_table_elt_t *h)
{
    ngx_uint_t         i, n;
    ngx_table_elt_t  **cookies;

    cookies = r->headers_in.cookies.elts;
    n = 0;
    for (i = 0; i < r->headers_in.cookies.nelts; i++) {
        if (cookies[i] != h) {
            cookies[n++] = cookies[i];
        }
    }
    r->headers_in.cookies.nelts = n;
}


void
ngx_http_auth_broker_compat_no_challenge(ngx_http_request_t *r)
{
    if (r->headers_out.www_authenticate != NULL) {
        r->headers_out.www_authenticate->hash = 0;
        r->headers_out.www_authenticate = NULL;
    }
}

#endif


void
ngx_http_auth_broker_compat_forget(ngx_http_request_t *r, ngx_table_elt_t *h)
{
    forget_cookie(r, h);

    if (r->headers_in.connection == h) {
        r->headers_in.connection = NULL;
    }
    if (r->headers_in.upgrade == h) {
        r->headers_in.upgrade = NULL;
    }
}
