/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_set_headers.c - the directives that send headers
 * upstream: auth_broker_pass, auth_broker_header.
 */
#include "ngx_http_auth_broker_directives.h"
#include "ngx_http_auth_broker_fields.h"
#include "ngx_http_auth_broker_intake.h"


#define NAME_MAX_LEN   255


/* Headers that NGINX reads or writes itself, or that carry credentials. */
static const ngx_str_t  reserved_headers[] = {
    ngx_string("host"), ngx_string("connection"), ngx_string("cookie"),
    ngx_string("authorization"), ngx_string("content-length"),
    ngx_string("content-type"), ngx_string("transfer-encoding"),
    ngx_string("upgrade"), ngx_string("te"), ngx_string("trailer"),
    ngx_string("expect"), ngx_string("range"), ngx_string("via"),
    ngx_string("keep-alive"), ngx_string("proxy-authorization"),
    ngx_string("x-forwarded-for"), ngx_string("x-real-ip"),
    ngx_string("accept-encoding"), ngx_string("if-modified-since"),
    ngx_string("if-none-match"), ngx_string("origin"),
};


static ngx_http_auth_broker_header_t *
header_add(ngx_conf_t *cf, ngx_http_auth_broker_loc_conf_t *lcf,
    const ngx_str_t *name)
{
    ngx_uint_t                        i;
    ngx_http_auth_broker_header_t    *h;
    ngx_http_auth_broker_main_conf_t *mcf;

    if (lcf->headers == NULL) {
        lcf->headers = ngx_array_create(cf->pool, 4, sizeof(*h));
        if (lcf->headers == NULL) {
            return NULL;
        }
    }
    h = lcf->headers->elts;
    for (i = 0; i < lcf->headers->nelts; i++) {
        if (h[i].name.len == name->len
            && ngx_strncasecmp(h[i].name.data, name->data, name->len) == 0)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "header \"%V\" is set twice", name);
            return NULL;
        }
    }

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_auth_broker_module);
    h = ngx_array_push(lcf->headers);
    if (h == NULL
        || ngx_http_auth_broker_strip_add(cf, mcf, name) != NGX_OK)
    {
        return NULL;
    }
    ngx_memzero(h, sizeof(*h));
    h->name = *name;
    h->lowcase.len = name->len;
    h->lowcase.data = ngx_pnalloc(cf->pool, name->len);
    if (h->lowcase.data == NULL) {
        return NULL;
    }
    h->hash = ngx_hash_strlow(h->lowcase.data, name->data, name->len);
    return h;
}


/* auth_broker_pass [reset] FIELD… */
char *
ngx_http_auth_broker_set_pass(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_int_t                         row;
    ngx_str_t                        *v = cf->args->elts;
    ngx_uint_t                        i;
    ngx_http_auth_broker_header_t    *h;
    ngx_http_auth_broker_loc_conf_t  *lcf;

    (void) cmd;
    lcf = here(cf, conf);
    for (i = 1; i < cf->args->nelts; i++) {
        if (v[i].len == 5 && ngx_strncmp(v[i].data, "reset", 5) == 0) {
            if (i != 1 || lcf->headers != NULL) {
                return refuse(cf, "must come before every header:", &v[i]);
            }
            lcf->headers_reset = 1;
            continue;
        }
        row = ngx_http_auth_broker_field_find(&v[i]);
        if (row == NGX_ERROR) {
            return refuse(cf, "unknown field", &v[i]);
        }
        h = header_add(cf, lcf, &ngx_http_auth_broker_fields[row].header);
        if (h == NULL) {
            return NGX_CONF_ERROR;
        }
        h->field = row;
    }
    return NGX_CONF_OK;
}


/* A token of RFC 9110 section 5.6.2 without '_', which CGI confuses. */
static ngx_uint_t
is_header_name(ngx_str_t *s)
{
    u_char  c;
    size_t  i;

    for (i = 0; i < s->len; i++) {
        c = ngx_tolower(s->data[i]);
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) {
            return 0;
        }
    }
    return s->len > 0 && s->len <= NAME_MAX_LEN && s->data[0] != '-';
}


/* auth_broker_header NAME VALUE */
char *
ngx_http_auth_broker_set_header(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_str_t                         *v = cf->args->elts;
    ngx_uint_t                         i;
    ngx_http_auth_broker_header_t     *h;
    ngx_http_compile_complex_value_t   ccv;

    (void) cmd;
    if (!is_header_name(&v[1])) {
        return refuse(cf, "invalid header name", &v[1]);
    }
    for (i = 0; i < sizeof(reserved_headers) / sizeof(ngx_str_t); i++) {
        if (reserved_headers[i].len == v[1].len
            && ngx_strncasecmp(reserved_headers[i].data, v[1].data, v[1].len)
               == 0)
        {
            return refuse(cf, "this header may not be set:", &v[1]);
        }
    }

    h = header_add(cf, here(cf, conf), &v[1]);
    if (h == NULL) {
        return NGX_CONF_ERROR;
    }
    h->value = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (h->value == NULL) {
        return NGX_CONF_ERROR;
    }
    ngx_memzero(&ccv, sizeof(ccv));
    ccv.cf = cf;
    ccv.value = &v[2];
    ccv.complex_value = h->value;
    return ngx_http_compile_complex_value(&ccv) == NGX_OK ? NGX_CONF_OK
                                                          : NGX_CONF_ERROR;
}
