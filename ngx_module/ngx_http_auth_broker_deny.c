/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_deny.c - refuse a request: one status, one challenge,
 * one log line. The answer's body is NGINX's or the operator's error_page.
 */
#include "ngx_http_auth_broker_reply.h"
#include "ngx_http_auth_broker_compat.h"
#include "ngx_http_auth_broker_list.h"


static const ngx_uint_t  log_levels[] = {
    NGX_LOG_DEBUG, NGX_LOG_INFO, NGX_LOG_WARN, NGX_LOG_ERR
};


/* ---- challenges ---- */

/*
 * RFC 6750 section 3: error codes only when a token was presented. Realm
 * and rule texts come from the configuration, which admits no quote there.
 */
static u_char *
write_challenge(u_char *p, ngx_http_auth_broker_rec_t *rec,
    ngx_str_t *realm, enum ab_err err)
{
    const struct ab_rule     *rule = rec->refusing;
    const struct ab_err_row  *row = ab_err_row(err);

    p = ngx_sprintf(p, "Bearer realm=\"%V\"", realm);
    if (!rec->asked_bearer || !rec->has_bearer || row->oauth == NULL) {
        return p;
    }
    p = ngx_sprintf(p, ", error=\"%s\", error_description=\"%s\"",
                    row->oauth, row->text);
    if (err == AB_E_RULE_SCOPE && rule != NULL && rule->values.len < 256
        && ab_slice_find(rule->values, '!') == rule->values.len
        && ab_slice_find(rule->values, ',') == rule->values.len)
    {
        p = ngx_sprintf(p, ", scope=\"%*s\"", rule->values.len,
                        rule->values.p);
    }
    if (err == AB_E_RULE_MAX_AGE && rule != NULL) {
        p = ngx_sprintf(p, ", max_age=\"%L\"", rule->max_age_s);
    }
    return p;
}


static ngx_int_t
set_challenge(ngx_http_request_t *r, ngx_http_auth_broker_rec_t *rec,
    enum ab_err err)
{
    u_char                           *p;
    ngx_str_t                         value;
    ngx_table_elt_t                  *h;
    ngx_http_auth_broker_loc_conf_t  *lcf;

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_auth_broker_module);
    p = ngx_pnalloc(r->pool, 1024);
    if (p == NULL) {
        return NGX_ERROR;
    }
    value.data = p;
    value.len = write_challenge(p, rec, lcf->realm.len > 0 ? &lcf->realm
                                                           : &rec->realm, err)
                - p;

    ngx_http_auth_broker_compat_no_challenge(r);
    if (ngx_http_auth_broker_out_header(r, "WWW-Authenticate", &value)
        != NGX_OK)
    {
        return NGX_ERROR;
    }
    h = ngx_http_auth_broker_list_find(&r->headers_out.headers,
                                       "www-authenticate");
    r->headers_out.www_authenticate = h;
    return NGX_OK;
}


/* ---- refusals ---- */

/* One line for one refusal, also when error_page makes a second pass. */
void
ngx_http_auth_broker_log_refusal(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec, enum ab_err err, ngx_int_t status)
{
    const struct ab_err_row  *row = ab_err_row(err);

    if (rec->logged == err) {
        return;
    }
    rec->logged = err;
    ngx_log_error(log_levels[row->level], r->connection->log, 0,
                  "auth_broker: refused reason=%s status=%i", row->reason,
                  status);
}


/* Anything unforeseen is "cannot be decided": 503. */
static ngx_int_t
status_of(enum ab_err err)
{
    switch (ab_err_row(err)->status) {
    case 400:
        return NGX_HTTP_BAD_REQUEST;
    case 401:
        return NGX_HTTP_UNAUTHORIZED;
    case 403:
        return NGX_HTTP_FORBIDDEN;
    default:
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }
}


ngx_int_t
ngx_http_auth_broker_deny(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec, enum ab_err err)
{
    ngx_int_t  rc, status;

    status = status_of(err);
    rec->err = err;
    ngx_http_auth_broker_log_refusal(r, rec, err, status);

    rc = ngx_http_auth_broker_no_store(r);
    if (rc == NGX_OK
        && (status == NGX_HTTP_UNAUTHORIZED
            || (status == NGX_HTTP_FORBIDDEN && rec->asked_bearer)))
    {
        rc = set_challenge(r, rec, err);
    }
    if (rc == NGX_OK && status == NGX_HTTP_SERVICE_UNAVAILABLE) {
        rc = ngx_http_auth_broker_put_header(r, "Retry-After",
                                             NGX_HTTP_AUTH_BROKER_RETRY_AFTER);
    }
    return rc == NGX_OK ? status : NGX_HTTP_SERVICE_UNAVAILABLE;
}
