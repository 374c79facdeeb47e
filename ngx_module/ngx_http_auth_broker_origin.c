/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_origin.c - which origin a request belongs to.
 *
 * From configuration alone: auth_broker_origin, or a server_name that Host
 * equals. Never from another Host, nor from X-Forwarded-….
 */
#include "ngx_http_auth_broker_pages.h"
#include "ab_uri.h"


#define ORIGIN_MAX  (AB_MAX_HOST + sizeof("https://:65535"))


static const ngx_str_t  https_session = ngx_string("__Host-auth");
static const ngx_str_t  https_login = ngx_string("__Host-auth-login");
static const ngx_str_t  http_session = ngx_string("auth");
static const ngx_str_t  http_login = ngx_string("auth-login");


/* Wildcards, regular expressions and the empty name name no host. */
static ngx_uint_t
is_exact(ngx_http_server_name_t *sn)
{
#if (NGX_PCRE)
    if (sn->regex != NULL) {
        return 0;
    }
#endif
    return sn->name.len > 0 && sn->name.len <= AB_MAX_HOST
           && sn->name.data[0] != '.'
           && ngx_strlchr(sn->name.data, sn->name.data + sn->name.len, '*')
              == NULL;
}


static ngx_str_t *
name_equal(ngx_http_auth_broker_srv_conf_t *scf, ngx_str_t *host)
{
    ngx_str_t   *name;
    ngx_uint_t   i;

    name = scf->names.elts;
    for (i = 0; i < scf->names.nelts; i++) {
        if (name[i].len == host->len
            && ngx_strncasecmp(name[i].data, host->data, host->len) == 0)
        {
            return &name[i];
        }
    }
    return NULL;
}


static ngx_str_t *
name_first(ngx_http_auth_broker_srv_conf_t *scf)
{
    return scf->names.nelts > 0 ? scf->names.elts : NULL;
}


static ngx_uint_t
is_loopback_addr(struct sockaddr *sa)
{
    struct sockaddr_in   *sin;
#if (NGX_HAVE_INET6)
    struct sockaddr_in6  *sin6;
#endif

    switch (sa->sa_family) {
    case AF_INET:
        sin = (struct sockaddr_in *) sa;
        return (ntohl(sin->sin_addr.s_addr) >> 24) == 127;
#if (NGX_HAVE_INET6)
    case AF_INET6:
        sin6 = (struct sockaddr_in6 *) sa;
        return IN6_IS_ADDR_LOOPBACK(&sin6->sin6_addr);
#endif
    default:
        return 0;
    }
}


/* "[::1]" in Host, "::1" for the judge of loopback names. */
static ngx_uint_t
is_loopback_name(ngx_str_t *host)
{
    if (host->len > 2 && host->data[0] == '[') {
        return ab_host_is_loopback(ab_slice(host->data + 1, host->len - 2));
    }
    return ab_host_is_loopback(ab_slice(host->data, host->len));
}


static size_t
write_origin(u_char *buf, ngx_uint_t is_https, ngx_str_t *host,
    in_port_t port)
{
    u_char  *p;

    p = is_https ? ngx_cpymem(buf, "https://", 8)
                 : ngx_cpymem(buf, "http://", 7);
    p = ngx_cpymem(p, host->data, host->len);
    if (port != 0 && port != (is_https ? 443 : 80)) {
        p = ngx_sprintf(p, ":%ui", (ngx_uint_t) port);
    }
    return p - buf;
}


static ngx_uint_t
is_https(ngx_str_t *origin)
{
    return origin->len > 8 && ngx_strncmp(origin->data, "https://", 8) == 0;
}


/* Host part of an origin text, without port. */
static ngx_uint_t
is_loopback_origin(ngx_str_t *origin)
{
    struct ab_uri  uri;

    return ab_uri_parse(ab_slice(origin->data, origin->len), &uri) == AB_OK
           && ab_host_is_loopback(uri.host);
}


/* ret_usable: a cookie may be kept there; https, or nobody can listen. */
static enum ab_err
find_text(ngx_http_request_t *r, ngx_str_t *ret_text, ngx_uint_t *ret_usable)
{
    ngx_str_t                        *name, host;
    ngx_uint_t                        tls;
    ngx_connection_t                 *c = r->connection;
    ngx_http_auth_broker_srv_conf_t  *scf;

    scf = ngx_http_get_module_srv_conf(r, ngx_http_auth_broker_module);
    if (scf->origin.len > 0) {
        *ret_text = scf->origin;
        *ret_usable = scf->origin_usable || scf->insecure;
        return AB_OK;
    }
    if (ngx_connection_local_sockaddr(c, NULL, 0) != NGX_OK) {
        return AB_E_INTERNAL;
    }

    host = r->headers_in.server;
    name = name_equal(scf, &host);
    if (name == NULL && host.len > 0 && host.len <= AB_MAX_HOST
        && is_loopback_name(&host) && is_loopback_addr(c->local_sockaddr))
    {
        name = &host;
    }
    if (name == NULL) {
        name = name_first(scf);
    }
    if (name == NULL) {
        return AB_E_ORIGIN_UNKNOWN;
    }

    tls = 0;
#if (NGX_HTTP_SSL)
    tls = c->ssl != NULL;
#endif
    ret_text->data = ngx_pnalloc(r->pool, ORIGIN_MAX);
    if (ret_text->data == NULL) {
        return AB_E_NOMEM;
    }
    ret_text->len = write_origin(ret_text->data, tls, name,
                                 ngx_inet_get_port(c->local_sockaddr));
    *ret_usable = tls || scf->insecure || is_loopback_name(name);
    return AB_OK;
}


enum ab_err
ngx_http_auth_broker_origin(ngx_http_request_t *r,
    ngx_http_auth_broker_origin_t *ret_origin)
{
    ngx_str_t                    text;
    enum ab_err                  e;
    ngx_uint_t                   usable;
    ngx_http_auth_broker_rec_t  *rec;

    rec = ngx_http_auth_broker_rec_get(r);
    if (rec != NULL && rec->origin.len > 0) {
        text = rec->origin;
        usable = rec->origin_usable;

    } else {
        e = find_text(r->main, &text, &usable);
        if (e != AB_OK) {
            return e;
        }
        if (rec != NULL) {
            rec->origin = text;
            rec->origin_usable = usable;
        }
    }
    if (!usable) {
        return AB_E_COOKIE_INSECURE;
    }
    ret_origin->text = text;
    ret_origin->is_https = is_https(&text);
    ret_origin->session_cookie = ret_origin->is_https ? https_session
                                                      : http_session;
    ret_origin->login_cookie = ret_origin->is_https ? https_login
                                                    : http_login;
    return AB_OK;
}


/* ---- configuration ---- */

/* What collecting needs to know of one server. */
typedef struct {
    ngx_conf_t                        *cf;
    ngx_http_auth_broker_main_conf_t  *mcf;
    ngx_http_core_srv_conf_t          *cscf;
    ngx_http_auth_broker_srv_conf_t   *scf;
    ngx_uint_t                         usable;      /* origins that may hold
                                                       a cookie */
    ngx_uint_t                         found;
} collect_t;


static ngx_int_t
add_origin(collect_t *s, ngx_str_t *text)
{
    ngx_uint_t                      i;
    ngx_http_auth_broker_server_t  *known;

    s->found++;
    if (is_https(text) || s->scf->insecure || is_loopback_origin(text)) {
        s->usable++;
    }
    if (!is_https(text)) {
        s->mcf->plain_cookies = 1;
    }

    known = s->mcf->servers.elts;
    for (i = 0; i < s->mcf->servers.nelts; i++) {
        if (known[i].origin.len == text->len
            && ngx_memcmp(known[i].origin.data, text->data, text->len) == 0
            && known[i].realm.len == s->scf->realm.len
            && ngx_memcmp(known[i].realm.data, s->scf->realm.data,
                          s->scf->realm.len) == 0
            && known[i].client.len == s->scf->client.len
            && ngx_memcmp(known[i].client.data, s->scf->client.data,
                          s->scf->client.len) == 0)
        {
            return NGX_OK;
        }
    }

    known = ngx_array_push(&s->mcf->servers);
    if (known == NULL) {
        return NGX_ERROR;
    }
    known->realm = s->scf->realm;
    known->client = s->scf->client;
    known->origin = *text;
    return NGX_OK;
}


/* server_names lives in the configuration's temporary pool: the names, whose
 * text stays, are taken over now. */
static ngx_int_t
copy_names(collect_t *s)
{
    ngx_uint_t               i;
    ngx_str_t               *name;
    ngx_http_server_name_t  *sn;

    if (ngx_array_init(&s->scf->names, s->cf->pool, 2, sizeof(ngx_str_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }
    sn = s->cscf->server_names.elts;
    for (i = 0; i < s->cscf->server_names.nelts; i++) {
        if (!is_exact(&sn[i])) {
            continue;
        }
        name = ngx_array_push(&s->scf->names);
        if (name == NULL) {
            return NGX_ERROR;
        }
        *name = sn[i].name;
    }
    return NGX_OK;
}


/* Every exact name of the server at one of its listeners. */
static ngx_int_t
add_names(collect_t *s, ngx_http_listen_opt_t *opt)
{
    ngx_str_t    text, *name;
    in_port_t    port;
    ngx_uint_t   i, tls;

    tls = opt->ssl;
#if (NGX_HTTP_V3)
    tls |= opt->quic;
#endif
    port = opt->sockaddr->sa_family == AF_UNIX
           ? 0 : ngx_inet_get_port(opt->sockaddr);
    name = s->scf->names.elts;
    for (i = 0; i < s->scf->names.nelts; i++) {
        text.data = ngx_pnalloc(s->cf->pool, ORIGIN_MAX);
        if (text.data == NULL) {
            return NGX_ERROR;
        }
        text.len = write_origin(text.data, tls, &name[i], port);
        if (add_origin(s, &text) != NGX_OK) {
            return NGX_ERROR;
        }
    }
    return NGX_OK;
}


static ngx_int_t
add_address(collect_t *s, ngx_http_conf_addr_t *addr)
{
    ngx_uint_t                  i;
    ngx_http_core_srv_conf_t  **servers;

    servers = addr->servers.elts;
    for (i = 0; i < addr->servers.nelts; i++) {
        if (servers[i] == s->cscf && add_names(s, &addr->opt) != NGX_OK) {
            return NGX_ERROR;
        }
    }
    return NGX_OK;
}


static ngx_int_t
add_listeners(collect_t *s, ngx_array_t *ports)
{
    ngx_uint_t             p, a;
    ngx_http_conf_port_t  *port;
    ngx_http_conf_addr_t  *addr;

    port = ports->elts;
    for (p = 0; p < ports->nelts; p++) {
        addr = port[p].addrs.elts;
        for (a = 0; a < port[p].addrs.nelts; a++) {
            if (add_address(s, &addr[a]) != NGX_OK) {
                return NGX_ERROR;
            }
        }
    }
    return NGX_OK;
}


static ngx_int_t
refuse_server(collect_t *s, ngx_http_auth_broker_where_t *where,
    const char *what)
{
    ngx_log_error(NGX_LOG_EMERG, s->cf->log, 0, "%s in %V:%ui", what,
                  &where->file, where->line);
    return NGX_ERROR;
}


static ngx_int_t
collect_server(collect_t *s, ngx_array_t *ports)
{
    if (s->scf->client.len == 0
        || (s->scf->page->accept & NGX_HTTP_AUTH_BROKER_SESSION) == 0)
    {
        return NGX_OK;              /* an API: no cookie, no callback */
    }
    if (s->scf->origin.len > 0) {
        if (add_origin(s, &s->scf->origin) != NGX_OK) {
            return NGX_ERROR;
        }
        return s->usable > 0 ? NGX_OK
               : refuse_server(s, &s->scf->where, "\"auth_broker_origin\" is "
                     "http on a host that is not loopback: use https, or "
                     "\"auth_broker_cookie insecure\",");
    }

    if (add_listeners(s, ports) != NGX_OK) {
        return NGX_ERROR;
    }
    if (s->found == 0) {
        return refuse_server(s, &s->scf->page->where, "a server without an "
                   "exact \"server_name\" needs \"auth_broker_origin\":");
    }
    return s->usable > 0 ? NGX_OK
           : refuse_server(s, &s->scf->page->where, "the server is reached "
                 "by http only: it needs TLS, \"auth_broker_origin\" with "
                 "https, or \"auth_broker_cookie insecure\":");
}


ngx_int_t
ngx_http_auth_broker_origins_collect(ngx_conf_t *cf,
    ngx_http_auth_broker_main_conf_t *mcf)
{
    collect_t                    s;
    ngx_uint_t                   i;
    ngx_http_core_srv_conf_t   **cscf;
    ngx_http_core_main_conf_t   *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    cscf = cmcf->servers.elts;
    for (i = 0; i < cmcf->servers.nelts; i++) {
        ngx_memzero(&s, sizeof(s));
        s.cf = cf;
        s.mcf = mcf;
        s.cscf = cscf[i];
        s.scf = cscf[i]->ctx->srv_conf[ngx_http_auth_broker_module.ctx_index];
        if (s.scf->is_protected
            && (copy_names(&s) != NGX_OK
                || collect_server(&s, cmcf->ports) != NGX_OK))
        {
            return NGX_ERROR;
        }
    }
    return NGX_OK;
}
