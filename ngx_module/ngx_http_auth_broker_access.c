/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_access.c - decide whether a request is let in.
 *
 * Deny is the initial value; ALLOW is written in decide() alone. A second
 * pass (error_page, try_files, X-Accel-Redirect) decides anew from what the
 * first one found out.
 */
#include "ngx_http_auth_broker_access.h"
#include "ngx_http_auth_broker_headers.h"
#include "ngx_http_auth_broker_intake.h"
#include "ngx_http_auth_broker_list.h"
#include "ngx_http_auth_broker_pages.h"
#include "ngx_http_auth_broker_rules.h"


typedef enum {
    DENY = 0,
    ALLOW,              /* the identity satisfies the location */
    ALLOW_ANONYMOUS     /* the location asks for none */
} verdict_e;


/*
 * A page of any site can open a WebSocket here with the visitor's cookie,
 * and no preflight protects it: its Origin must be our own.
 */
static enum ab_err
check_upgrade(ngx_http_request_t *r, ngx_http_auth_broker_rec_t *rec)
{
    ngx_table_elt_t  *origin;

    if (r->headers_in.upgrade == NULL || rec->by_bearer) {
        return AB_OK;
    }
    origin = ngx_http_auth_broker_list_find(&r->headers_in.headers, "origin");
    if (origin == NULL || origin->value.len != rec->origin.len
        || ngx_strncasecmp(origin->value.data, rec->origin.data,
                           rec->origin.len) != 0)
    {
        return AB_E_UPGRADE_ORIGIN;
    }
    return AB_OK;
}


static enum ab_err
examine(ngx_http_request_t *r, ngx_http_auth_broker_rec_t *rec,
    ngx_http_auth_broker_loc_conf_t *lcf)
{
    enum ab_err  e;

    switch (rec->state) {
    case NGX_HTTP_AUTH_BROKER_KNOWN:
        break;
    case NGX_HTTP_AUTH_BROKER_NOBODY:
    case NGX_HTTP_AUTH_BROKER_FAILED:
        return rec->why;
    default:
        return AB_E_NO_CREDENTIAL;
    }

    e = ngx_http_auth_broker_rules_fit(r, rec, lcf);
    if (e == AB_OK) {
        e = ngx_http_auth_broker_rules_check(r, rec, lcf);
    }
    if (e == AB_OK) {
        e = check_upgrade(r->main, rec);
    }
    return e;
}


static ngx_uint_t
is_optional(ngx_http_auth_broker_loc_conf_t *lcf)
{
    return lcf->mode == NGX_HTTP_AUTH_BROKER_OPTIONAL
           || lcf->unauthenticated == NGX_HTTP_AUTH_BROKER_ANON;
}


/*
 * Under `satisfy any` being anonymous is no grant: the other modules have
 * refused already. A bad bearer, and a store that cannot be asked, are
 * refused on optional pages too.
 */
static ngx_uint_t
may_be_anonymous(ngx_http_request_t *r, ngx_http_auth_broker_rec_t *rec,
    ngx_http_auth_broker_loc_conf_t *lcf, enum ab_err err)
{
    ngx_http_core_loc_conf_t  *clcf;

    if (!is_optional(lcf)) {
        return 0;
    }
    if (ab_err_row(err)->status != 401
        || (rec->asked_bearer && rec->has_bearer)
        || (lcf->rules != NULL && lcf->rules->nelts > 0))
    {
        return 0;
    }
    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);
    return clcf->satisfy == NGX_HTTP_SATISFY_ALL || r != r->main;
}


/* The one place where "allow" is written. */
static verdict_e
decide(ngx_http_request_t *r, ngx_http_auth_broker_rec_t *rec,
    ngx_http_auth_broker_loc_conf_t *lcf, enum ab_err *ret_err)
{
    verdict_e    verdict = DENY;
    enum ab_err  e;

    e = examine(r, rec, lcf);
    if (e == AB_OK && r == r->main) {
        e = ngx_http_auth_broker_headers_set(r, rec, lcf);
    }
    if (e != AB_OK && rec->headers_set && r == r->main
        && ngx_http_auth_broker_strip_identity(r) != NGX_OK)
    {
        /* what another location let in is nobody here */
        e = AB_E_NOMEM;
    }
    if (e == AB_OK) {
        verdict = ALLOW;
    } else if (may_be_anonymous(r, rec, lcf, e)) {
        verdict = ALLOW_ANONYMOUS;
    }
    *ret_err = e;
    return verdict;
}


static ngx_uint_t
wants_login(ngx_http_request_t *r, ngx_http_auth_broker_rec_t *rec,
    ngx_http_auth_broker_loc_conf_t *lcf, enum ab_err err)
{
    if (ab_err_row(err)->status != 401 || rec->asked_bearer
        || is_optional(lcf)
        || (lcf->accept & NGX_HTTP_AUTH_BROKER_SESSION) == 0
        || (r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD)) == 0)
    {
        return 0;
    }
    switch (lcf->unauthenticated) {
    case NGX_HTTP_AUTH_BROKER_REDIRECT:
        return 1;
    case NGX_HTTP_AUTH_BROKER_AUTO:
        return ngx_http_auth_broker_is_navigation(r);
    default:
        return 0;
    }
}


/* The operator's own error_page wins over a page of ours. */
static ngx_uint_t
has_error_page(ngx_http_core_loc_conf_t *clcf, ngx_int_t status)
{
    ngx_uint_t            i;
    ngx_http_err_page_t  *page;

    if (clcf->error_pages == NULL) {
        return 0;
    }
    page = clcf->error_pages->elts;
    for (i = 0; i < clcf->error_pages->nelts; i++) {
        if (page[i].status == status) {
            return 1;
        }
    }
    return 0;
}


/* A person whom nothing but a refusal is left reads why. Under `satisfy any`
 * the last word is not ours. */
static ngx_uint_t
wants_page(ngx_http_request_t *r, ngx_http_auth_broker_rec_t *rec,
    enum ab_err err)
{
    int                        status = ab_err_row(err)->status;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);
    return status != NGX_HTTP_UNAUTHORIZED && !rec->asked_bearer
           && clcf->satisfy == NGX_HTTP_SATISFY_ALL
           && !has_error_page(clcf, status)
           && ngx_http_auth_broker_is_navigation(r);
}


static ngx_int_t
refuse(ngx_http_request_t *r, ngx_http_auth_broker_rec_t *rec,
    ngx_http_auth_broker_loc_conf_t *lcf, enum ab_err err)
{
    if (!wants_login(r, rec, lcf, err)) {
        return wants_page(r, rec, err)
               ? ngx_http_auth_broker_error_page(r, rec, err, NULL)
               : ngx_http_auth_broker_deny(r, rec, err);
    }
    if (ngx_http_auth_broker_wait_realm(r, rec, lcf) == NGX_AGAIN) {
        return NGX_AGAIN;
    }
    rec->err = err;
    return ngx_http_auth_broker_login(r, rec, &r->unparsed_uri, NULL);
}


/*
 * $remote_user decodes whatever Basic header the client sent. "Looked, found
 * none" keeps it empty; not earlier, as auth_basic may still want to look.
 */
static void
let_in(ngx_http_request_t *r, ngx_http_auth_broker_rec_t *rec)
{
    rec->let_in = 1;
    rec->err = AB_OK;
    ngx_str_set(&r->headers_in.user, "");
}


ngx_int_t
ngx_http_auth_broker_access_handler(ngx_http_request_t *r)
{
    enum ab_err                        err;
    ngx_http_auth_broker_rec_t        *rec;
    ngx_http_auth_broker_loc_conf_t   *lcf;
    ngx_http_auth_broker_main_conf_t  *mcf;

    mcf = ngx_http_get_module_main_conf(r, ngx_http_auth_broker_module);
    if (!mcf->enabled) {
        return NGX_DECLINED;
    }
    /* an early error's named location comes here first, "off" or not */
    rec = ngx_http_auth_broker_intake(r);
    if (rec == NULL) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }
    lcf = ngx_http_get_module_loc_conf(r, ngx_http_auth_broker_module);
    if (!lcf->enable) {
        return NGX_DECLINED;
    }
    if (lcf->idp_hint_arg && ngx_http_auth_broker_hint_take(r, rec) != NGX_OK)
    {
        return ngx_http_auth_broker_deny(r, rec, AB_E_NOMEM);
    }
    if (ngx_http_auth_broker_identify(r, rec, lcf, 1) == NGX_AGAIN) {
        return NGX_AGAIN;
    }

    switch (decide(r, rec, lcf, &err)) {
    case ALLOW:
        let_in(r, rec);
        return NGX_OK;
    case ALLOW_ANONYMOUS:
        return NGX_OK;
    default:
        return refuse(r, rec, lcf, err);
    }
}


/* ---- sub-requests ---- */

/*
 * auth_request's own sub-request: its parent waits in the ACCESS phase, so
 * nobody has asked yet. All others are made by a request that was let in.
 */
static ngx_uint_t
is_auth_request(ngx_http_request_t *r)
{
    ngx_http_phase_handler_t   *ph;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);
    ph = &cmcf->phase_engine.handlers[r->parent->phase_handler];
    return ph->checker == ngx_http_core_access_phase;
}


/* auth_request understands 401 and 403; all else it turns into a 500. */
static ngx_int_t
refuse_auth_request(ngx_http_request_t *r, ngx_http_auth_broker_rec_t *rec,
    enum ab_err err)
{
    ngx_int_t  rc;

    rc = ngx_http_auth_broker_deny(r, rec, err);
    return rc == NGX_HTTP_UNAUTHORIZED ? rc : NGX_HTTP_FORBIDDEN;
}


ngx_int_t
ngx_http_auth_broker_subrequest_handler(ngx_http_request_t *r)
{
    enum ab_err                       err;
    ngx_uint_t                        asks;
    ngx_http_auth_broker_rec_t       *rec;
    ngx_http_auth_broker_loc_conf_t  *lcf;

    if (r == r->main) {
        return NGX_DECLINED;
    }
    lcf = ngx_http_get_module_loc_conf(r, ngx_http_auth_broker_module);
    if (!lcf->enable) {
        return NGX_DECLINED;
    }
    rec = ngx_http_auth_broker_intake(r);
    if (rec == NULL) {
        return NGX_HTTP_FORBIDDEN;
    }
    asks = is_auth_request(r);
    if (asks && ngx_http_auth_broker_identify(r, rec, lcf, 1) == NGX_AGAIN) {
        return NGX_AGAIN;
    }

    if (decide(r, rec, lcf, &err) != DENY) {
        return NGX_DECLINED;
    }
    return asks ? refuse_auth_request(r, rec, err)
                : ngx_http_auth_broker_deny(r, rec, AB_E_SUBREQUEST);
}
