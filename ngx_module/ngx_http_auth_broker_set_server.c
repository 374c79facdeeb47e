/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_set_server.c - the directives of a whole server: its
 * origin, its cookie, where a sign-out lands.
 */
#include "ngx_http_auth_broker_directives.h"
#include "ab_uri.h"


/* auth_broker_origin URL: scheme, host, port and nothing else */
char *
ngx_http_auth_broker_set_origin(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    u_char                           *p;
    ngx_str_t                        *v = cf->args->elts;
    struct ab_uri                     uri;
    ngx_http_auth_broker_srv_conf_t  *scf = conf;

    (void) cmd;
    if (scf->origin.data != NULL) {
        return "is duplicate";
    }
    if (ab_uri_parse(ab_slice(v[1].data, v[1].len), &uri) != AB_OK
        || uri.has_userinfo || uri.query.p != NULL || uri.fragment.p != NULL
        || uri.path.len > 1 || (uri.path.len == 1 && uri.path.p[0] != '/'))
    {
        return refuse(cf, "not SCHEME://HOST[:PORT]:", &v[1]);
    }

    /* one spelling: lower case, no default port, no '/' */
    scf->origin.data = ngx_pnalloc(cf->pool, uri.host.len + 32);
    if (scf->origin.data == NULL) {
        return NGX_CONF_ERROR;
    }
    p = ngx_sprintf(scf->origin.data, uri.is_https ? "https://" : "http://");
    p = ngx_sprintf(p, uri.is_ipv6 ? "[%*s]" : "%*s", uri.host.len,
                    uri.host.p);
    if (uri.port != (uri.is_https ? 443 : 80)) {
        p = ngx_sprintf(p, ":%ui", (ngx_uint_t) uri.port);
    }
    scf->origin.len = p - scf->origin.data;
    ngx_strlow(scf->origin.data, scf->origin.data, scf->origin.len);
    scf->origin_usable = uri.is_https || ab_host_is_loopback(uri.host);
    place(cf, &scf->where);
    return NGX_CONF_OK;
}


/* auth_broker_cookie insecure */
char *
ngx_http_auth_broker_set_cookie(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_str_t                        *v = cf->args->elts;
    ngx_http_auth_broker_srv_conf_t  *scf = conf;

    (void) cmd;
    if (scf->insecure != NGX_CONF_UNSET) {
        return "is duplicate";
    }
    if (v[1].len != 8 || ngx_strncmp(v[1].data, "insecure", 8) != 0) {
        return refuse(cf, "invalid value", &v[1]);
    }
    scf->insecure = 1;
    ngx_conf_log_error(NGX_LOG_WARN, cf, 0, "\"auth_broker_cookie insecure\" "
                       "sends session cookies unencrypted where the origin "
                       "is http");
    return NGX_CONF_OK;
}


/* auth_broker_logged_out URL | /PATH */
char *
ngx_http_auth_broker_set_logged_out(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_str_t                        *v = cf->args->elts;
    struct ab_uri                     uri;
    struct ab_slice                   in;
    ngx_http_auth_broker_srv_conf_t  *scf = conf;

    (void) cmd;
    if (scf->logged_out.data != NULL) {
        return "is duplicate";
    }
    in = ab_slice(v[1].data, v[1].len);
    if (!ab_return_path_ok(in)
        && (ab_uri_parse(in, &uri) != AB_OK || uri.has_userinfo))
    {
        return refuse(cf, "neither an address nor a path:", &v[1]);
    }
    scf->logged_out = v[1];
    return NGX_CONF_OK;
}
