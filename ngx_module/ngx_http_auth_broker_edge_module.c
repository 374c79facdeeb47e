/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_edge_module.c - the module of the other phases:
 * POST_READ, SERVER_REWRITE, PRECONTENT and the header filter.
 *
 * A module of its own, because in ACCESS's place of the list its filter
 * would be lost and a server-level `return` would win over /.auth/.
 */
#include "ngx_http_auth_broker_access.h"
#include "ngx_http_auth_broker_headers.h"
#include "ngx_http_auth_broker_pages.h"


static ngx_int_t init(ngx_conf_t *cf);


/* One page under /.auth/. methods: the only ones it answers. */
typedef struct {
    ngx_str_t     name;
    ngx_uint_t    methods;
    const char   *allow;        /* the same for the Allow header */
    ngx_int_t   (*page)(ngx_http_request_t *r,
                        ngx_http_auth_broker_rec_t *rec);
} page_t;

static const page_t  pages[] = {
    { ngx_string("login"),    NGX_HTTP_GET, "GET",
      ngx_http_auth_broker_login_page },
    { ngx_string("callback"), NGX_HTTP_GET, "GET",
      ngx_http_auth_broker_callback_page },
    { ngx_string("logout"),   NGX_HTTP_GET|NGX_HTTP_POST, "GET, POST",
      ngx_http_auth_broker_logout_page },
    { ngx_string("userinfo"), NGX_HTTP_GET|NGX_HTTP_HEAD, "GET, HEAD",
      ngx_http_auth_broker_userinfo_page },
};


static ngx_http_module_t  context = {
    NULL,                                   /* preconfiguration */
    init,                                   /* postconfiguration */
    NULL, NULL, NULL, NULL, NULL, NULL      /* the other module's */
};


ngx_module_t  ngx_http_auth_broker_edge_module = {
    NGX_MODULE_V1,
    &context,
    NULL,                                   /* no directives */
    NGX_HTTP_MODULE,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NGX_MODULE_V1_PADDING
};


static ngx_uint_t
is_enabled(ngx_http_request_t *r)
{
    ngx_http_auth_broker_main_conf_t  *mcf;

    mcf = ngx_http_get_module_main_conf(r, ngx_http_auth_broker_module);
    return mcf->enabled;
}


static ngx_int_t
post_read(ngx_http_request_t *r)
{
    if (!is_enabled(r)) {
        return NGX_DECLINED;
    }
    return ngx_http_auth_broker_intake(r) != NULL
           ? NGX_DECLINED : NGX_HTTP_SERVICE_UNAVAILABLE;
}


static ngx_int_t
wrong_method(ngx_http_request_t *r, ngx_http_auth_broker_rec_t *rec,
    const page_t *page)
{
    ngx_str_t  allow;

    allow.data = (u_char *) page->allow;
    allow.len = ngx_strlen(page->allow);
    if (ngx_http_auth_broker_out_header(r, "Allow", &allow) != NGX_OK) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }
    return ngx_http_auth_broker_error_page(r, rec, AB_E_METHOD, NULL);
}


/*
 * Code and state stand in the query of the callback; NGINX writes the
 * request line into its logs. A copy is cut: args and unparsed_uri lie in
 * the same bytes as the line.
 */
static ngx_int_t
hide_arguments(ngx_http_request_t *r)
{
    u_char  *p, *mark, *end, *blank;

    end = r->request_line.data + r->request_line.len;
    mark = ngx_strlchr(r->request_line.data, end, '?');
    if (mark == NULL) {
        return NGX_OK;
    }
    p = ngx_pnalloc(r->pool, r->request_line.len);
    if (p == NULL) {
        return NGX_ERROR;
    }
    blank = ngx_strlchr(mark, end, ' ');
    if (blank == NULL) {
        blank = end;
    }
    r->request_line.len = ngx_cpymem(ngx_cpymem(p, r->request_line.data,
                                                mark - r->request_line.data),
                                     blank, end - blank) - p;
    r->request_line.data = p;
    return NGX_OK;
}


static ngx_int_t
dispatch(ngx_http_request_t *r, ngx_http_auth_broker_rec_t *rec)
{
    ngx_str_t    name;
    ngx_uint_t   i;

    name.data = r->uri.data + sizeof(NGX_HTTP_AUTH_BROKER_PREFIX) - 1;
    name.len = r->uri.len - (sizeof(NGX_HTTP_AUTH_BROKER_PREFIX) - 1);
    for (i = 0; i < sizeof(pages) / sizeof(page_t); i++) {
        if (pages[i].name.len != name.len
            || ngx_memcmp(pages[i].name.data, name.data, name.len) != 0)
        {
            continue;
        }
        if ((r->method & pages[i].methods) == 0) {
            return wrong_method(r, rec, &pages[i]);
        }
        return pages[i].page(r, rec);
    }
    return ngx_http_auth_broker_error_page(r, rec, AB_E_NOT_FOUND, NULL);
}


/*
 * Before any location and any rewrite of the server, so that none can take
 * the prefix away, and only as the client sent it.
 */
static ngx_int_t
server_rewrite(ngx_http_request_t *r)
{
    ngx_http_auth_broker_rec_t       *rec;
    ngx_http_auth_broker_srv_conf_t  *scf;

    if (!is_enabled(r)) {
        return NGX_DECLINED;
    }
    rec = ngx_http_auth_broker_intake(r);
    if (rec == NULL) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }
    scf = ngx_http_get_module_srv_conf(r, ngx_http_auth_broker_module);
    if (!scf->is_protected
        || r->uri.len < sizeof(NGX_HTTP_AUTH_BROKER_PREFIX) - 1
        || ngx_memcmp(r->uri.data, NGX_HTTP_AUTH_BROKER_PREFIX,
                      sizeof(NGX_HTTP_AUTH_BROKER_PREFIX) - 1) != 0)
    {
        return NGX_DECLINED;
    }
    if (r != r->main || r->internal) {
        return NGX_HTTP_NOT_FOUND;
    }
    if (hide_arguments(r) != NGX_OK) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }
    return dispatch(r, rec);
}


static ngx_int_t
push(ngx_http_core_main_conf_t *cmcf, ngx_uint_t phase,
    ngx_http_handler_pt handler)
{
    ngx_http_handler_pt  *h;

    h = ngx_array_push(&cmcf->phases[phase].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }
    *h = handler;
    return NGX_OK;
}


static ngx_int_t
init(ngx_conf_t *cf)
{
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    if (push(cmcf, NGX_HTTP_POST_READ_PHASE, post_read) != NGX_OK
        || push(cmcf, NGX_HTTP_SERVER_REWRITE_PHASE, server_rewrite)
           != NGX_OK
        || push(cmcf, NGX_HTTP_PRECONTENT_PHASE,
                ngx_http_auth_broker_subrequest_handler) != NGX_OK)
    {
        return NGX_ERROR;
    }
    ngx_http_auth_broker_headers_init();
    return NGX_OK;
}
