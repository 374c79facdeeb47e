/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_own.c - what the pages under /.auth/ read from a
 * request of their own: its query, its session cookie.
 */
#include "ngx_http_auth_broker_login.h"
#include "ngx_http_auth_broker_marks.h"
#include "ab_cookie.h"
#include "ab_uri.h"


static ngx_int_t
has_twice(const struct ab_param *params, size_t n)
{
    size_t  i, j;

    for (i = 0; i < n; i++) {
        for (j = 0; j < i; j++) {
            if (ab_slice_eq(params[i].name, params[j].name)) {
                return 1;
            }
        }
    }
    return 0;
}


/* No parameter may occur twice: two parsers would read two different ones
 * (T-LG10). */
enum ab_err
ngx_http_auth_broker_query(ngx_http_request_t *r,
    ngx_http_auth_broker_query_t *ret_query)
{
    struct ab_param  *params;
    size_t            n;
    char             *mem;

    mem = ngx_pnalloc(r->pool, r->args.len + 1);
    params = ngx_palloc(r->pool, AB_MAX_PARAMS_N * sizeof(struct ab_param));
    if (mem == NULL || params == NULL) {
        return AB_E_NOMEM;
    }
    if (ab_form_parse(ngx_http_auth_broker_slice(&r->args), mem, params,
                      AB_MAX_PARAMS_N, &n)
        != AB_OK
        || has_twice(params, n))
    {
        return AB_E_CALLBACK_PARAMS;
    }
    ret_query->params = params;
    ret_query->n = n;
    return AB_OK;
}


struct ab_slice
ngx_http_auth_broker_query_get(const ngx_http_auth_broker_query_t *query,
    const char *name)
{
    const struct ab_param  *p;

    p = ab_form_find(query->params, query->n, name, NULL);
    return p == NULL ? ab_slice(NULL, 0) : p->value;
}


ngx_str_t *
ngx_http_auth_broker_login_again(ngx_http_request_t *r,
    struct ab_slice return_path)
{
    size_t         size = sizeof(NGX_HTTP_AUTH_BROKER_LOGIN) + 16
                          + 3 * return_path.len;
    struct ab_buf  url;
    ngx_str_t     *again = ngx_palloc(r->pool, sizeof(ngx_str_t));
    u_char        *mem = ngx_pnalloc(r->pool, size);

    if (again == NULL || mem == NULL) {
        return NULL;
    }
    ab_buf_init_fixed(&url, mem, size);
    ab_buf_add_str(&url, NGX_HTTP_AUTH_BROKER_LOGIN);
    if (return_path.len != 0) {
        ab_uri_add_param(&url, "return", return_path);
    }
    again->data = mem;
    again->len = url.len;
    return again;
}


enum ab_err
ngx_http_auth_broker_own_cookie(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec,
    const ngx_http_auth_broker_origin_t *origin, struct ab_slice realm_id,
    uint8_t *ret_raw)
{
    ngx_http_auth_broker_main_conf_t  *mcf;
    const struct ab_mac_key           *keys;
    ngx_str_t                         *value;
    enum ab_err                        err;
    size_t                             n;

    value = origin->is_https ? &rec->cookie : &rec->cookie_http;
    if (origin->is_https ? rec->cookie_twice : rec->cookie_http_twice) {
        return AB_E_COOKIE_TWICE;
    }
    if (value->len == 0) {
        return AB_E_NO_CREDENTIAL;
    }
    err = ab_session_cookie_decode(ngx_http_auth_broker_slice(value), ret_raw);
    if (err != AB_OK) {
        return err;
    }
    mcf = ngx_http_get_module_main_conf(r, ngx_http_auth_broker_module);
    keys = ngx_http_auth_broker_mac_keys(mcf, &n);
    return n == 0 ? AB_E_EDGE_DOWN
                  : ab_session_cookie_check(ret_raw, realm_id, keys, n);
}


ngx_int_t
ngx_http_auth_broker_set_session(ngx_http_request_t *r,
    const ngx_http_auth_broker_origin_t *origin, struct ab_slice value)
{
    size_t         size = value.len + 256;
    struct ab_buf  out;
    ngx_str_t      text;
    u_char        *mem = ngx_pnalloc(r->pool, size);

    if (mem == NULL) {
        return NGX_ERROR;
    }
    ab_buf_init_fixed(&out, mem, size);
    ab_cookie_format(&out, ngx_http_auth_broker_slice(&origin->session_cookie),
                     value, "/",
                     AB_COOKIE_HTTP_ONLY | AB_COOKIE_LAX
                     | (origin->is_https ? AB_COOKIE_SECURE : 0),
                     value.len == 0 ? 0 : -1);
    text.data = mem;
    text.len = out.len;
    return out.failed ? NGX_ERROR
           : ngx_http_auth_broker_out_header(r, "Set-Cookie", &text);
}
