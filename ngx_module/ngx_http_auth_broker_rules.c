/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_rules.c - compare an identity with what a location
 * asks for.
 */
#include "ngx_http_auth_broker_rules.h"
#include "ngx_http_auth_broker_pages.h"


static struct ab_slice
slice_of(const ngx_str_t *s)
{
    return ab_slice(s->data, s->len);
}


static enum ab_err
fit_session(ngx_http_request_t *r, ngx_http_auth_broker_rec_t *rec,
    ngx_http_auth_broker_loc_conf_t *lcf)
{
    enum ab_err                      e;
    ngx_http_auth_broker_origin_t    origin;

    if (rec->expiry <= (uint64_t) ngx_time()) {
        return AB_E_SESSION_EXPIRED;
    }
    e = ngx_http_auth_broker_origin(r, &origin);
    if (e != AB_OK) {
        return e;
    }
    if (!ab_slice_eq(rec->id.realm, slice_of(&lcf->realm))
        || !ab_slice_eq(rec->id.client, slice_of(&lcf->client))
        || !ab_slice_eq(rec->id.origin, slice_of(&origin.text)))
    {
        return AB_E_SESSION_OTHER;
    }
    return AB_OK;
}


static ngx_uint_t
is_issuer(ngx_http_auth_broker_rec_t *rec,
    ngx_http_auth_broker_loc_conf_t *lcf)
{
    ngx_str_t   *name;
    ngx_uint_t   i;

    if (ab_slice_eq(rec->id.issuer, slice_of(&rec->issuer))) {
        return 1;
    }
    if (lcf->issuers == NULL) {
        return 0;
    }
    name = lcf->issuers->elts;
    for (i = 0; i < lcf->issuers->nelts; i++) {
        if (ab_slice_eq(rec->id.issuer, slice_of(&name[i]))) {
            return 1;
        }
    }
    return 0;
}


static ngx_uint_t
is_audience(ngx_http_auth_broker_rec_t *rec,
    ngx_http_auth_broker_loc_conf_t *lcf)
{
    ngx_str_t   *name;
    ngx_uint_t   i;

    if (lcf->audiences == NULL) {
        return 0;
    }
    name = lcf->audiences->elts;
    for (i = 0; i < lcf->audiences->nelts; i++) {
        if (ab_identity_has(&rec->id, AB_TAG_AUDIENCE, slice_of(&name[i]))) {
            return 1;
        }
    }
    return 0;
}


static enum ab_err
fit_bearer(ngx_http_auth_broker_rec_t *rec,
    ngx_http_auth_broker_loc_conf_t *lcf)
{
    if (rec->expiry <= (uint64_t) ngx_time()) {
        return AB_E_TOKEN_EXPIRED;
    }
    if (!ab_slice_eq(rec->id.realm, slice_of(&lcf->realm))
        || !is_issuer(rec, lcf))
    {
        return AB_E_TOKEN_ISSUER;
    }
    return is_audience(rec, lcf) ? AB_OK : AB_E_TOKEN_AUDIENCE;
}


enum ab_err
ngx_http_auth_broker_rules_fit(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec, ngx_http_auth_broker_loc_conf_t *lcf)
{
    enum ab_err  e;

    if (rec->by_bearer) {
        e = lcf->accept & NGX_HTTP_AUTH_BROKER_BEARER
            ? fit_bearer(rec, lcf) : AB_E_NO_CREDENTIAL;
    } else {
        e = lcf->accept & NGX_HTTP_AUTH_BROKER_SESSION
            ? fit_session(r, rec, lcf) : AB_E_NO_CREDENTIAL;
    }
    rec->fits = e == AB_OK ? lcf : NULL;
    return e;
}


/* "$variable": any text is a yes, so that `map` can decide. */
static enum ab_err
check_variable(ngx_http_request_t *r, ngx_http_complex_value_t *variable)
{
    ngx_str_t  value;

    if (ngx_http_complex_value(r, variable, &value) != NGX_OK) {
        return AB_E_NOMEM;
    }
    return value.len > 0 ? AB_OK : AB_E_RULE_VARIABLE;
}


enum ab_err
ngx_http_auth_broker_rules_check(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec, ngx_http_auth_broker_loc_conf_t *lcf)
{
    ngx_uint_t                    i;
    enum ab_err                   e;
    ngx_http_auth_broker_rule_t  *rule;

    rec->refusing = NULL;
    if (lcf->rules == NULL) {
        return AB_OK;
    }
    rule = lcf->rules->elts;
    for (i = 0; i < lcf->rules->nelts; i++) {
        e = rule[i].variable != NULL
            ? check_variable(r, rule[i].variable)
            : ab_rule_check(&rule[i].rule, &rec->id, slice_of(&lcf->client),
                            (uint64_t) ngx_time());
        if (e != AB_OK) {
            rec->refusing = &rule[i].rule;
            return e;
        }
    }
    return AB_OK;
}
