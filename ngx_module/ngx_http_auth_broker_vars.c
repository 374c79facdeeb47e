/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_vars.c - the $auth_broker_… variables.
 *
 * All are NOCACHEABLE: one read by `set` or limit_req before ACCESS must not
 * stay what it was. Asked that early they look into the zone only. A
 * sub-request shows the identity of its main request, which auth_request's
 * own may have found out (auth_request_set).
 */
#include "ngx_http_auth_broker_vars.h"
#include "ngx_http_auth_broker_fields.h"
#include "ngx_http_auth_broker_pages.h"
#include "ngx_http_auth_broker_rules.h"


typedef struct {
    ngx_str_t                   name;
    ngx_http_get_variable_pt    get;
} var_t;


static ngx_int_t get_status(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t get_reason(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t get_cache(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t get_time(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t get_session_hash(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t get_claim(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);


/* Those that are no field of the identity. The last one is a prefix. */
static const var_t  vars[] = {
    { ngx_string("auth_broker_status"),       get_status },
    { ngx_string("auth_broker_reason"),       get_reason },
    { ngx_string("auth_broker_cache"),        get_cache },
    { ngx_string("auth_broker_time"),         get_time },
    { ngx_string("auth_broker_session_hash"), get_session_hash },
    { ngx_string("auth_broker_claim_"),       get_claim },
};

/* Names of claims in tokens → words of the field table. */
static const struct { ngx_str_t claim, word; }  claims[] = {
    { ngx_string("preferred_username"), ngx_string("username") },
    { ngx_string("azp"),                ngx_string("client_id") },
    { ngx_string("iss"),                ngx_string("issuer") },
    { ngx_string("exp"),                ngx_string("expires") },
};


/* ---- whose values ---- */

/* The identity this request may show, or NULL. */
static ngx_http_auth_broker_rec_t *
identity(ngx_http_request_t *r)
{
    ngx_http_auth_broker_rec_t       *rec;
    ngx_http_auth_broker_loc_conf_t  *lcf;

    rec = ngx_http_auth_broker_rec_get(r);
    if (rec == NULL) {
        return NULL;
    }
    if (rec->let_in && rec->state == NGX_HTTP_AUTH_BROKER_KNOWN) {
        return rec;         /* also on the "off" page of an error_page */
    }
    lcf = ngx_http_get_module_loc_conf(r, ngx_http_auth_broker_module);
    if (!lcf->enable) {
        lcf = ngx_http_get_module_loc_conf(r->main,
                                           ngx_http_auth_broker_module);
    }
    if (!lcf->enable) {
        return NULL;
    }
    if (rec->state == NGX_HTTP_AUTH_BROKER_NEW) {
        (void) ngx_http_auth_broker_identify(r, rec, lcf, 0);
    }
    if (rec->state != NGX_HTTP_AUTH_BROKER_KNOWN) {
        return NULL;
    }
    if (rec->fits != lcf
        && ngx_http_auth_broker_rules_fit(r, rec, lcf) != AB_OK)
    {
        return NULL;
    }
    return rec;
}


static ngx_int_t
set_text(ngx_http_variable_value_t *v, ngx_str_t *text)
{
    v->valid = 1;
    v->no_cacheable = 1;
    v->not_found = text->len == 0;
    v->data = text->data;
    v->len = text->len;
    return NGX_OK;
}


static ngx_int_t
set_literal(ngx_http_variable_value_t *v, const char *text)
{
    ngx_str_t  s;

    s.data = (u_char *) text;
    s.len = ngx_strlen(text);
    return set_text(v, &s);
}


/* ---- fields ---- */

static ngx_int_t
get_field(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    ngx_str_t                    text;
    enum ab_err                  e;
    ngx_http_auth_broker_rec_t  *rec;

    ngx_str_null(&text);
    rec = identity(r);
    if (rec != NULL) {
        e = ngx_http_auth_broker_field_text(r->pool, rec, data, &text);
        if (e != AB_OK) {
            ngx_str_null(&text);
        }
    }
    return set_text(v, &text);
}


/* data is the whole variable name, as NGINX hands it to a prefix variable. */
static ngx_int_t
get_claim(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    ngx_int_t    row;
    ngx_str_t   *name = (ngx_str_t *) data, word;
    ngx_uint_t   i;

    word.data = name->data + sizeof("auth_broker_claim_") - 1;
    word.len = name->len - (sizeof("auth_broker_claim_") - 1);
    for (i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
        if (claims[i].claim.len == word.len
            && ngx_memcmp(claims[i].claim.data, word.data, word.len) == 0)
        {
            word = claims[i].word;
            break;
        }
    }
    row = ngx_http_auth_broker_field_find(&word);
    if (row == NGX_ERROR) {
        return set_literal(v, "");
    }
    return get_field(r, v, row);
}


/* ---- the rest ---- */

static ngx_int_t
get_status(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    ngx_http_auth_broker_rec_t  *rec;

    (void) data;
    rec = ngx_http_auth_broker_rec_get(r);
    if (rec == NULL) {
        return set_literal(v, "");
    }
    if (rec->let_in) {
        return set_literal(v, "signed_in");
    }
    switch (rec->state) {
    case NGX_HTTP_AUTH_BROKER_KNOWN:
        return set_literal(v, rec->err == AB_OK ? "known" : "refused");
    case NGX_HTTP_AUTH_BROKER_NOBODY:
        return set_literal(v, "anonymous");
    case NGX_HTTP_AUTH_BROKER_FAILED:
        return set_literal(v, "unavailable");
    default:
        return set_literal(v, "");
    }
}


static ngx_int_t
get_reason(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    ngx_http_auth_broker_rec_t  *rec;

    (void) data;
    rec = ngx_http_auth_broker_rec_get(r);
    return set_literal(v, rec == NULL || rec->err == AB_OK
                          ? "" : ab_err_reason(rec->err));
}


static ngx_int_t
get_cache(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    ngx_http_auth_broker_rec_t  *rec;

    (void) data;
    rec = identity(r);
    if (rec == NULL) {
        return set_literal(v, "");
    }
    return set_literal(v, rec->is_hit ? "HIT" : "MISS");
}


/* Seconds spent waiting for the daemon, with milliseconds. */
static ngx_int_t
get_time(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    u_char                      *p;
    ngx_str_t                    text;
    ngx_http_auth_broker_rec_t  *rec;

    (void) data;
    rec = ngx_http_auth_broker_rec_get(r);
    p = ngx_pnalloc(r->pool, NGX_TIME_T_LEN + 4);
    if (rec == NULL || p == NULL) {
        return set_literal(v, "");
    }
    text.data = p;
    text.len = ngx_sprintf(p, "%T.%03M", (time_t) rec->ask_time / 1000,
                           rec->ask_time % 1000) - p;
    return set_text(v, &text);
}


/* A hash of the credential: groups log lines, opens nothing. */
static ngx_int_t
get_session_hash(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    ngx_str_t                    text;
    ngx_http_auth_broker_rec_t  *rec;

    (void) data;
    ngx_str_null(&text);
    rec = identity(r);
    if (rec != NULL) {
        text.data = ngx_pnalloc(r->pool, 2 * sizeof(rec->key));
        if (text.data == NULL) {
            return NGX_ERROR;
        }
        text.len = ngx_hex_dump(text.data, rec->key, sizeof(rec->key))
                   - text.data;
    }
    return set_text(v, &text);
}


/* ---- declaration ---- */

static ngx_int_t
add(ngx_conf_t *cf, ngx_str_t *name, ngx_http_get_variable_pt get,
    uintptr_t data)
{
    ngx_uint_t            flags = NGX_HTTP_VAR_NOCACHEABLE;
    ngx_http_variable_t  *var;

    if (name->data[name->len - 1] == '_') {
        flags |= NGX_HTTP_VAR_PREFIX;
    }
    var = ngx_http_add_variable(cf, name, flags);
    if (var == NULL) {
        return NGX_ERROR;
    }
    var->get_handler = get;
    var->data = data;
    return NGX_OK;
}


ngx_int_t
ngx_http_auth_broker_vars_add(ngx_conf_t *cf)
{
    ngx_str_t                            name;
    ngx_uint_t                           i;
    const ngx_http_auth_broker_field_t  *f;

    for (i = 0; i < sizeof(vars) / sizeof(var_t); i++) {
        name = vars[i].name;
        if (add(cf, &name, vars[i].get, 0) != NGX_OK) {
            return NGX_ERROR;
        }
    }
    for (i = 0; ngx_http_auth_broker_fields[i].word.len > 0; i++) {
        f = &ngx_http_auth_broker_fields[i];
        name.data = ngx_pnalloc(cf->pool, sizeof("auth_broker_")
                                          + f->word.len);
        if (name.data == NULL) {
            return NGX_ERROR;
        }
        name.len = ngx_sprintf(name.data, "auth_broker_%V", &f->word)
                   - name.data;
        if (add(cf, &name, get_field, i) != NGX_OK) {
            return NGX_ERROR;
        }
    }
    return NGX_OK;
}
