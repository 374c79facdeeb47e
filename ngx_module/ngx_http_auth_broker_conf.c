/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_conf.c - create and merge the configuration, then
 * refuse what does not fit together.
 *
 * Merging has no side effect: it also runs for limit_except blocks and for
 * every server against the http level. Errors found here name the place of
 * the directive, not the end of the http block, where NGINX's reader stands.
 */
#include "ngx_http_auth_broker_conf.h"
#include "ngx_http_auth_broker_fields.h"
#include "ngx_http_auth_broker_intake.h"
#include "ngx_http_auth_broker_pages.h"
#include "ab_limits.h"
#include "ab_uri.h"


static char *
refuse_at(ngx_conf_t *cf, const ngx_http_auth_broker_where_t *where,
    const char *what)
{
    ngx_log_error(NGX_LOG_EMERG, cf->log, 0, "%s in %V:%ui", what,
                  &where->file, where->line);
    return NGX_CONF_ERROR;
}


/* ---- main ---- */

void *
ngx_http_auth_broker_create_main_conf(ngx_conf_t *cf)
{
    const ngx_http_auth_broker_field_t  *f;
    ngx_http_auth_broker_main_conf_t    *mcf;

    mcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_auth_broker_main_conf_t));
    if (mcf == NULL
        || ngx_array_init(&mcf->sockets, cf->pool, 2, sizeof(ngx_addr_t))
           != NGX_OK
        || ngx_array_init(&mcf->strip, cf->pool, 32, sizeof(ngx_str_t))
           != NGX_OK
        || ngx_array_init(&mcf->servers, cf->pool, 4,
                          sizeof(ngx_http_auth_broker_server_t)) != NGX_OK)
    {
        return NULL;
    }
    /* every default name is stripped, also where nothing passes it */
    for (f = ngx_http_auth_broker_fields; f->word.len > 0; f++) {
        if (ngx_http_auth_broker_strip_add(cf, mcf, &f->header) != NGX_OK) {
            return NULL;
        }
    }
    return mcf;
}


char *
ngx_http_auth_broker_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_http_auth_broker_main_conf_t  *mcf = conf;

    if (!mcf->enabled) {
        return NGX_CONF_OK;
    }
    if (mcf->sockets.nelts == 0) {
        return refuse_at(cf, &mcf->where,
                         "\"auth_broker\" needs \"auth_broker_socket\"");
    }
    if (mcf->meta == NULL) {
        return refuse_at(cf, &mcf->where,
                         "\"auth_broker\" needs \"auth_broker_zone\"");
    }
    return NGX_CONF_OK;
}


/* ---- server ---- */

void *
ngx_http_auth_broker_create_srv_conf(ngx_conf_t *cf)
{
    ngx_http_auth_broker_srv_conf_t  *scf;

    scf = ngx_pcalloc(cf->pool, sizeof(ngx_http_auth_broker_srv_conf_t));
    if (scf == NULL
        || ngx_array_init(&scf->locations, cf->pool, 4,
                          sizeof(ngx_http_auth_broker_loc_conf_t *))
           != NGX_OK)
    {
        return NULL;
    }
    scf->insecure = NGX_CONF_UNSET;
    return scf;
}


char *
ngx_http_auth_broker_merge_srv_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_auth_broker_srv_conf_t  *prev = parent;
    ngx_http_auth_broker_srv_conf_t  *conf = child;

    (void) cf;
    ngx_conf_merge_value(conf->insecure, prev->insecure, 0);
    ngx_conf_merge_str_value(conf->logged_out, prev->logged_out, "");
    return NGX_CONF_OK;
}


/* ---- location ---- */

void *
ngx_http_auth_broker_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_auth_broker_loc_conf_t  *lcf;

    lcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_auth_broker_loc_conf_t));
    if (lcf == NULL) {
        return NULL;
    }
    lcf->enable = NGX_CONF_UNSET;
    lcf->accept = NGX_CONF_UNSET_UINT;
    lcf->mode = NGX_CONF_UNSET_UINT;
    lcf->unauthenticated = NGX_CONF_UNSET_UINT;
    lcf->idp_hint_arg = NGX_CONF_UNSET;
    lcf->shared_cache = NGX_CONF_UNSET;
    lcf->timeout = NGX_CONF_UNSET_MSEC;
    lcf->fresh = NGX_CONF_UNSET;
    return lcf;
}


/* The parent's elements first, then the block's own. */
static ngx_int_t
append(ngx_conf_t *cf, ngx_array_t *parent, ngx_array_t **child)
{
    void         *to;
    ngx_array_t  *all;

    if (parent == NULL) {
        return NGX_OK;
    }
    if (*child == NULL) {
        *child = parent;
        return NGX_OK;
    }

    all = ngx_array_create(cf->pool, parent->nelts + (*child)->nelts,
                           parent->size);
    if (all == NULL) {
        return NGX_ERROR;
    }
    to = ngx_array_push_n(all, parent->nelts);
    ngx_memcpy(to, parent->elts, parent->nelts * parent->size);
    to = ngx_array_push_n(all, (*child)->nelts);
    ngx_memcpy(to, (*child)->elts, (*child)->nelts * parent->size);
    *child = all;
    return NGX_OK;
}


static ngx_uint_t
has_header(ngx_array_t *headers, ngx_str_t *lowcase)
{
    ngx_uint_t                      i;
    ngx_http_auth_broker_header_t  *h;

    h = headers->elts;
    for (i = 0; i < headers->nelts; i++) {
        if (h[i].lowcase.len == lowcase->len
            && ngx_memcmp(h[i].lowcase.data, lowcase->data, lowcase->len)
               == 0)
        {
            return 1;
        }
    }
    return 0;
}


/* As append, but a header set again in the block replaces the parent's. */
static ngx_int_t
append_headers(ngx_conf_t *cf, ngx_array_t *parent, ngx_array_t **child)
{
    ngx_uint_t                      i;
    ngx_array_t                    *kept;
    ngx_http_auth_broker_header_t  *h, *to;

    if (parent == NULL || *child == NULL) {
        return append(cf, parent, child);
    }
    kept = ngx_array_create(cf->pool, parent->nelts, parent->size);
    if (kept == NULL) {
        return NGX_ERROR;
    }
    h = parent->elts;
    for (i = 0; i < parent->nelts; i++) {
        if (has_header(*child, &h[i].lowcase)) {
            continue;
        }
        to = ngx_array_push(kept);
        *to = h[i];
    }
    return append(cf, kept, child);
}


static void
merge_scalars(ngx_http_auth_broker_loc_conf_t *conf,
    ngx_http_auth_broker_loc_conf_t *prev)
{
    if (conf->enable == NGX_CONF_UNSET) {
        conf->realm = prev->realm;
        conf->client = prev->client;
    }
    ngx_conf_merge_value(conf->enable, prev->enable, 0);
    ngx_conf_merge_uint_value(conf->accept, prev->accept,
                              NGX_HTTP_AUTH_BROKER_SESSION);
    ngx_conf_merge_uint_value(conf->mode, prev->mode,
                              NGX_HTTP_AUTH_BROKER_REQUIRE);
    ngx_conf_merge_uint_value(conf->unauthenticated, prev->unauthenticated,
                              NGX_HTTP_AUTH_BROKER_AUTO);
    ngx_conf_merge_value(conf->idp_hint_arg, prev->idp_hint_arg, 1);
    ngx_conf_merge_value(conf->shared_cache, prev->shared_cache, 0);
    ngx_conf_merge_msec_value(conf->timeout, prev->timeout,
                              AB_ASK_TIMEOUT_MS);
    ngx_conf_merge_sec_value(conf->fresh, prev->fresh, AB_FRESH_S);

    if (conf->audiences == NULL) {
        conf->audiences = prev->audiences;
    }
    if (conf->issuers == NULL) {
        conf->issuers = prev->issuers;
    }
    if (conf->idp_hint == NULL) {
        conf->idp_hint = prev->idp_hint;
    }
    if (conf->login_hint == NULL) {
        conf->login_hint = prev->login_hint;
    }
    if (conf->prompt == NULL) {
        conf->prompt = prev->prompt;
    }
    if (conf->where.line == 0) {
        conf->where = prev->where;
    }
}


/*
 * A server's own level decides nothing itself when it has locations, so
 * what may still be completed there is not asked of it.
 */
static ngx_uint_t
is_outer_level(ngx_conf_t *cf)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    return clcf->name.len == 0 && !clcf->noname && clcf->locations != NULL;
}


static char *
check_location(ngx_conf_t *cf, ngx_http_auth_broker_loc_conf_t *lcf)
{
    ngx_uint_t  is_optional;

    if (!lcf->enable) {
        return NGX_CONF_OK;
    }
    is_optional = lcf->mode == NGX_HTTP_AUTH_BROKER_OPTIONAL
                  || lcf->unauthenticated == NGX_HTTP_AUTH_BROKER_ANON;
    if (is_optional && lcf->rules != NULL && lcf->rules->nelts > 0) {
        return refuse_at(cf, &lcf->where, "\"auth_broker_require\" does not "
            "go with \"auth_broker_mode optional\" or "
            "\"auth_broker_unauthenticated pass\": nobody would be refused");
    }
    if (is_outer_level(cf)) {
        return NGX_CONF_OK;
    }
    if ((lcf->accept & NGX_HTTP_AUTH_BROKER_BEARER)
        && (lcf->audiences == NULL || lcf->audiences->nelts == 0))
    {
        return refuse_at(cf, &lcf->where, "\"auth_broker_accept\" with "
                         "bearer needs \"auth_broker_audience\"");
    }
    if ((lcf->accept & NGX_HTTP_AUTH_BROKER_SESSION) && lcf->client.len == 0)
    {
        return refuse_at(cf, &lcf->where, "\"auth_broker\" needs client=NAME "
                         "unless \"auth_broker_accept\" is bearer");
    }
    return NGX_CONF_OK;
}


char *
ngx_http_auth_broker_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_auth_broker_loc_conf_t  *prev = parent;
    ngx_http_auth_broker_loc_conf_t  *conf = child;

    merge_scalars(conf, prev);
    if (!conf->rules_reset
        && append(cf, prev->rules, &conf->rules) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }
    if (!conf->headers_reset
        && append_headers(cf, prev->headers, &conf->headers) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }
    return check_location(cf, conf);
}


/* ---- after merging ---- */

static ngx_uint_t
takes_session(ngx_http_auth_broker_loc_conf_t *lcf)
{
    return lcf->enable == 1 && (lcf->accept & NGX_HTTP_AUTH_BROKER_SESSION)
           && lcf->client.len > 0;
}


static ngx_uint_t
is_same(ngx_str_t *a, ngx_str_t *b)
{
    return a->len == b->len && ngx_memcmp(a->data, b->data, a->len) == 0;
}


/* One cookie name in a server can hold one client's session only. */
static ngx_int_t
check_one_client(ngx_conf_t *cf, ngx_http_auth_broker_srv_conf_t *scf,
    ngx_http_auth_broker_loc_conf_t *lcf)
{
    if (!takes_session(lcf) || !takes_session(scf->page)
        || (is_same(&lcf->realm, &scf->page->realm)
            && is_same(&lcf->client, &scf->page->client)))
    {
        return NGX_OK;
    }
    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "client \"%V\" of realm \"%V\" in %V:%ui: the server has "
                  "client \"%V\" of realm \"%V\" already, in %V:%ui",
                  &lcf->client, &lcf->realm, &lcf->where.file,
                  lcf->where.line, &scf->page->client, &scf->page->realm,
                  &scf->page->where.file, scf->page->where.line);
    return NGX_ERROR;
}


/* The first location that takes sessions stands in for /.auth/, else the
 * first of all. */
static void
choose_page(ngx_http_auth_broker_srv_conf_t *scf,
    ngx_http_auth_broker_loc_conf_t *level)
{
    ngx_uint_t                         i;
    ngx_http_auth_broker_loc_conf_t  **lcf;

    scf->page = NULL;
    if (level->enable == 1) {
        scf->page = level;
    }
    lcf = scf->locations.elts;
    for (i = 0; i < scf->locations.nelts; i++) {
        if (scf->page != NULL
            && (takes_session(scf->page) || !takes_session(lcf[i])))
        {
            continue;
        }
        if (lcf[i]->enable == 1) {
            scf->page = lcf[i];
        }
    }
}


static ngx_int_t
finish_server(ngx_conf_t *cf, ngx_http_core_srv_conf_t *cscf)
{
    ngx_uint_t                         i;
    ngx_http_auth_broker_loc_conf_t   *level, **lcf;
    ngx_http_auth_broker_srv_conf_t   *scf;

    scf = cscf->ctx->srv_conf[ngx_http_auth_broker_module.ctx_index];
    level = cscf->ctx->loc_conf[ngx_http_auth_broker_module.ctx_index];
    choose_page(scf, level);
    if (scf->page == NULL) {
        return NGX_OK;
    }
    scf->is_protected = 1;
    scf->realm = scf->page->realm;
    scf->client = scf->page->client;

    lcf = scf->locations.elts;
    for (i = 0; i < scf->locations.nelts; i++) {
        if (check_one_client(cf, scf, lcf[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }
    return NGX_OK;
}


ngx_int_t
ngx_http_auth_broker_conf_finish(ngx_conf_t *cf)
{
    ngx_uint_t                          i;
    ngx_http_core_srv_conf_t          **cscf;
    ngx_http_core_main_conf_t          *cmcf;
    ngx_http_auth_broker_main_conf_t   *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_auth_broker_module);
    if (!mcf->enabled) {
        return NGX_OK;
    }
    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    cscf = cmcf->servers.elts;
    for (i = 0; i < cmcf->servers.nelts; i++) {
        if (finish_server(cf, cscf[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }
    return ngx_http_auth_broker_origins_collect(cf, mcf);
}
