/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_whoami.c - /.auth/userinfo: the identity as JSON, for
 * scripts of the application's own pages.
 *
 * No CORS header is ever sent, so a page of another origin cannot read it.
 */
#include "ngx_http_auth_broker_pages.h"
#include "ngx_http_auth_broker_fields.h"
#include "ngx_http_auth_broker_rules.h"


/* A JSON text needs six bytes for one at most. */
#define JSON_MAX(len)  ((len) * 6 + 2)


static u_char *
write_text(u_char *p, struct ab_slice s)
{
    *p++ = '"';
    p = (u_char *) ngx_escape_json(p, (u_char *) s.p, s.len);
    *p++ = '"';
    return p;
}


static u_char *
write_list(u_char *p, struct ab_slice raw, enum ab_wire_tag tag)
{
    size_t           pos, n;
    struct ab_slice  v;

    *p++ = '[';
    n = 0;
    for (pos = 0; ab_wire_each(raw, tag, &pos, &v); n++) {
        if (n > 0) {
            *p++ = ',';
        }
        p = write_text(p, v);
    }
    *p++ = ']';
    return p;
}


/* "name":value; nothing where the identity has no such value. */
static u_char *
write_member(u_char *p, ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec, ngx_uint_t row)
{
    ngx_str_t                            text;
    const ngx_http_auth_broker_field_t  *f;

    f = &ngx_http_auth_broker_fields[row];
    if (f->json.len == 0) {
        return p;
    }
    if (ngx_http_auth_broker_field_form(row)
        == NGX_HTTP_AUTH_BROKER_FIELD_LIST)
    {
        p = ngx_sprintf(p, ",\"%V\":", &f->json);
        return write_list(p, rec->id.raw, (enum ab_wire_tag) f->at);
    }
    if (ngx_http_auth_broker_field_text(r->pool, rec, row, &text) != AB_OK
        || text.len == 0)
    {
        return p;
    }
    p = ngx_sprintf(p, ",\"%V\":", &f->json);
    if (ngx_http_auth_broker_field_form(row)
        == NGX_HTTP_AUTH_BROKER_FIELD_NUMBER)
    {
        return ngx_cpymem(p, text.data, text.len);
    }
    return write_text(p, ab_slice(text.data, text.len));
}


static ngx_int_t
send_identity(ngx_http_request_t *r, ngx_http_auth_broker_rec_t *rec)
{
    u_char      *p;
    ngx_str_t    body;
    ngx_uint_t   row;

    body.data = ngx_pnalloc(r->pool, JSON_MAX(rec->id.raw.len) + 1024);
    if (body.data == NULL) {
        return ngx_http_auth_broker_deny(r, rec, AB_E_NOMEM);
    }
    p = ngx_sprintf(body.data, "{\"email_verified\":%s",
                    rec->id.email_verified ? "true" : "false");
    for (row = 0; ngx_http_auth_broker_fields[row].word.len > 0; row++) {
        p = write_member(p, r, rec, row);
    }
    *p++ = '}';
    *p++ = '\n';
    body.len = p - body.data;
    return ngx_http_auth_broker_send(r, NGX_HTTP_OK, "application/json",
                                     &body);
}


ngx_int_t
ngx_http_auth_broker_userinfo_page(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec)
{
    enum ab_err                       e;
    ngx_http_auth_broker_srv_conf_t  *scf;

    scf = ngx_http_get_module_srv_conf(r, ngx_http_auth_broker_module);
    if (ngx_http_auth_broker_identify(r, rec, scf->page, 1) == NGX_AGAIN) {
        return NGX_DONE;
    }
    e = rec->state == NGX_HTTP_AUTH_BROKER_KNOWN
        ? ngx_http_auth_broker_rules_fit(r, rec, scf->page) : rec->why;
    return e == AB_OK ? send_identity(r, rec)
                      : ngx_http_auth_broker_deny(r, rec, e);
}
