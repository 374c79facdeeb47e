/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_headers.c - what crosses between us and the upstream:
 * identity headers one way, cookies and cacheability the other.
 */
#include "ngx_http_auth_broker_headers.h"
#include "ngx_http_auth_broker_compat.h"
#include "ngx_http_auth_broker_fields.h"
#include "ngx_http_auth_broker_intake.h"
#include "ngx_http_auth_broker_list.h"
#include "ab_cookie.h"


static ngx_http_output_header_filter_pt  next_header_filter;


/* ---- towards the upstream ---- */

/* NGINX sends what a module puts there as it is: no CR, LF, NUL … */
static enum ab_err
check_value(ngx_str_t *v)
{
    size_t  i;

    if (v->len > AB_MAX_IDENTITY_HEADER) {
        return AB_E_HEADER_VALUE;
    }
    for (i = 0; i < v->len; i++) {
        if (v->data[i] < 0x20 || v->data[i] == 0x7f) {
            return AB_E_HEADER_VALUE;
        }
    }
    return AB_OK;
}


static enum ab_err
value_of(ngx_http_request_t *r, ngx_http_auth_broker_rec_t *rec,
    ngx_http_auth_broker_header_t *h, ngx_str_t *ret_value)
{
    if (h->value == NULL) {
        return ngx_http_auth_broker_field_text(r->pool, rec, h->field,
                                               ret_value);
    }
    if (ngx_http_complex_value(r, h->value, ret_value) != NGX_OK) {
        return AB_E_NOMEM;
    }
    return check_value(ret_value);
}


static enum ab_err
push_header(ngx_http_request_t *r, ngx_http_auth_broker_header_t *h,
    ngx_str_t *value)
{
    ngx_table_elt_t  *elt;

    elt = ngx_list_push(&r->headers_in.headers);
    if (elt == NULL) {
        return AB_E_NOMEM;
    }
    elt->hash = h->hash;
    elt->key = h->name;
    elt->lowcase_key = h->lowcase.data;
    elt->value = *value;
    ngx_http_auth_broker_compat_link(elt);
    return AB_OK;
}


enum ab_err
ngx_http_auth_broker_headers_set(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec, ngx_http_auth_broker_loc_conf_t *lcf)
{
    ngx_str_t                       value;
    ngx_uint_t                      i;
    enum ab_err                     e;
    ngx_http_auth_broker_header_t  *h;

    if (rec->headers_set
        && ngx_http_auth_broker_strip_identity(r) != NGX_OK)
    {
        return AB_E_NOMEM;
    }
    if (lcf->headers == NULL) {
        return AB_OK;
    }

    rec->headers_set = 1;
    h = lcf->headers->elts;
    for (i = 0; i < lcf->headers->nelts; i++) {
        e = value_of(r, rec, &h[i], &value);
        if (e == AB_OK && value.len > 0) {
            e = push_header(r, &h[i], &value);
        }
        if (e != AB_OK) {
            /* an error page's upstream must not take it for signed in */
            (void) ngx_http_auth_broker_strip_identity(r);
            return e;
        }
    }
    return AB_OK;
}


/* ---- from the upstream ---- */

/*
 * The plain names are ours only where an origin is http; elsewhere they are
 * the application's own.
 */
static ngx_uint_t
is_our_cookie(ngx_http_request_t *r, ngx_str_t *value)
{
    size_t                             i, n;
    struct ab_slice                    name;
    ngx_http_auth_broker_main_conf_t  *mcf;

    mcf = ngx_http_get_module_main_conf(r, ngx_http_auth_broker_module);
    name = ab_set_cookie_name(ab_slice(value->data, value->len));
    n = mcf->plain_cookies ? 4 : 2;
    for (i = 0; i < n; i++) {
        if (ab_slice_eq(name, ngx_http_auth_broker_cookie_names[i])) {
            return 1;
        }
    }
    return 0;
}


/* An upstream that could set our cookies could sign its visitors in as
 * somebody else. */
static void
cut_cookies(ngx_http_request_t *r)
{
    ngx_uint_t        i;
    ngx_table_elt_t  *h;
    ngx_list_part_t  *part;

    for (part = &r->headers_out.headers.part; part; part = part->next) {
        h = part->elts;
        for (i = 0; i < part->nelts; i++) {
            if (h[i].hash != 0 && h[i].key.len == 10
                && ngx_strncasecmp(h[i].key.data, (u_char *) "set-cookie",
                                   10) == 0
                && is_our_cookie(r, &h[i].value))
            {
                h[i].hash = 0;
            }
        }
    }
}


/* A shared cache would hand one person's page to the next. */
static ngx_int_t
make_private(ngx_http_request_t *r)
{
    ngx_table_elt_t  *h;

#if (NGX_HTTP_CACHE)
    if (r->upstream != NULL) {
        r->upstream->cacheable = 0;
    }
#endif
    if (r != r->main
        || ngx_http_auth_broker_list_find(&r->headers_out.headers,
                                          "cache-control") != NULL)
    {
        return NGX_OK;
    }
    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }
    h->hash = 1;
    ngx_str_set(&h->key, "Cache-Control");
    ngx_str_set(&h->value, "private");
    ngx_http_auth_broker_compat_link(h);
    return NGX_OK;
}


static ngx_int_t
header_filter(ngx_http_request_t *r)
{
    ngx_http_auth_broker_rec_t       *rec;
    ngx_http_auth_broker_loc_conf_t  *lcf;

    rec = ngx_http_auth_broker_rec_get(r);
    if (rec == NULL || rec->own_answer) {
        return next_header_filter(r);
    }

    cut_cookies(r);
    lcf = ngx_http_get_module_loc_conf(r, ngx_http_auth_broker_module);
    if (rec->let_in && !lcf->shared_cache && make_private(r) != NGX_OK) {
        return NGX_ERROR;
    }
    return next_header_filter(r);
}


void
ngx_http_auth_broker_headers_init(void)
{
    next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = header_filter;
}
