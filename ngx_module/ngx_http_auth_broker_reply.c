/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_reply.c - send an answer of our own: a body, a
 * redirect, a page. All of them are no-store.
 */
#include "ngx_http_auth_broker_reply.h"
#include "ngx_http_auth_broker_compat.h"
#include "ngx_http_auth_broker_list.h"


/* A page of ours loads nothing and runs nothing; its style is inline, named
 * by its own hash in the policy. */
static const char  style[] =
    ":root{color-scheme:light dark;--bg:#eef1f6;--card:#fff;--text:#17202e;"
    "--soft:#566377;--line:#c9d1de;--main:#1f5fd0;--on:#fff}"
    "@media(prefers-color-scheme:dark){:root{--bg:#10151d;--card:#1a212c;"
    "--text:#e8edf5;--soft:#a3b0c2;--line:#3a4658;--main:#7fb0ff;"
    "--on:#0d1420}}"
    "*{box-sizing:border-box}"
    "body{margin:0;min-height:100vh;display:flex;justify-content:center;"
    "align-items:flex-start;padding:12vh 16px 32px;background:var(--bg);"
    "color:var(--text);font:16px/1.5 system-ui,\"DejaVu Sans\",sans-serif}"
    "main{width:100%;max-width:26rem;padding:28px;background:var(--card);"
    "border:1px solid var(--line);border-radius:14px}"
    "h1{font-size:1.45rem;line-height:1.25;margin:0 0 14px}"
    "p{margin:0 0 16px;overflow-wrap:anywhere}p:last-child{margin:0}"
    "a.button,button{display:block;width:100%;min-height:46px;"
    "padding:10px 16px;font:inherit;font-weight:600;text-align:center;"
    "text-decoration:none;color:var(--on);background:var(--main);border:0;"
    "border-radius:9px;cursor:pointer}"
    ":focus-visible{outline:3px solid var(--main);outline-offset:2px}"
    "small{color:var(--soft)}";

static const char  page_head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, "
    "initial-scale=1\">\n";


/* ---- headers of an answer ---- */

ngx_int_t
ngx_http_auth_broker_out_header(ngx_http_request_t *r, const char *name,
    ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }
    h->hash = 1;
    h->key.data = (u_char *) name;
    h->key.len = ngx_strlen(name);
    h->value = *value;
    h->lowcase_key = NULL;
    ngx_http_auth_broker_compat_link(h);
    return NGX_OK;
}


/* A second pass meets the headers of the first: replaced, not repeated. */
ngx_int_t
ngx_http_auth_broker_put_header(ngx_http_request_t *r, const char *name,
    const char *text)
{
    ngx_str_t         value;
    ngx_table_elt_t  *h;

    value.data = (u_char *) text;
    value.len = ngx_strlen(text);
    h = ngx_http_auth_broker_list_find(&r->headers_out.headers, name);
    if (h != NULL) {
        h->value = value;
        return NGX_OK;
    }
    return ngx_http_auth_broker_out_header(r, name, &value);
}


/* A page that needs another value has set it before. */
static ngx_int_t
default_header(ngx_http_request_t *r, const char *name, const char *text)
{
    return ngx_http_auth_broker_list_find(&r->headers_out.headers, name)
           != NULL ? NGX_OK : ngx_http_auth_broker_put_header(r, name, text);
}


ngx_int_t
ngx_http_auth_broker_no_store(ngx_http_request_t *r)
{
    return ngx_http_auth_broker_put_header(r, "Cache-Control", "no-store");
}


/* ---- answers with a body ---- */

/* From here on the answer is ours: the header filter keeps its cookies. */
static ngx_int_t
begin(ngx_http_request_t *r, ngx_uint_t status)
{
    ngx_int_t                    rc;
    ngx_http_auth_broker_rec_t  *rec;

    rec = ngx_http_auth_broker_intake(r);
    if (rec == NULL) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }
    rec->own_answer = 1;
    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }
    r->headers_out.status = status;
    r->headers_out.status_line.len = 0;
    return ngx_http_auth_broker_no_store(r) == NGX_OK
           ? NGX_OK : NGX_HTTP_SERVICE_UNAVAILABLE;
}


/* A code of NGINX's own may lead to an error page that is not ours. */
static ngx_int_t
finish(ngx_http_request_t *r, ngx_int_t rc)
{
    ngx_http_auth_broker_rec_t  *rec;

    rec = ngx_http_auth_broker_rec_get(r);
    if (rec != NULL && rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        rec->own_answer = 0;
    }
    ngx_http_finalize_request(r, rc);
    return NGX_DONE;
}


static ngx_int_t
send_body(ngx_http_request_t *r, ngx_str_t *body)
{
    ngx_buf_t    *b;
    ngx_int_t     rc;
    ngx_chain_t   out;

    r->headers_out.content_length_n = body->len;
    if (body->len == 0) {
        r->header_only = 1;
    }
    rc = ngx_http_send_header(r);
    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }
    b->pos = body->data;
    b->last = body->data + body->len;
    b->memory = 1;
    b->last_buf = r == r->main;
    b->last_in_chain = 1;
    out.buf = b;
    out.next = NULL;
    return ngx_http_output_filter(r, &out);
}


ngx_int_t
ngx_http_auth_broker_send(ngx_http_request_t *r, ngx_uint_t status,
    const char *type, ngx_str_t *body)
{
    ngx_int_t  rc;

    rc = begin(r, status);
    if (rc == NGX_OK
        && (ngx_http_auth_broker_put_header(r, "X-Content-Type-Options",
                                            "nosniff") != NGX_OK
            || default_header(r, "Referrer-Policy", "no-referrer") != NGX_OK))
    {
        rc = NGX_HTTP_SERVICE_UNAVAILABLE;
    }
    if (rc != NGX_OK) {
        return finish(r, rc);
    }
    r->headers_out.content_type.data = (u_char *) type;
    r->headers_out.content_type.len = ngx_strlen(type);
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;
    return finish(r, send_body(r, body));
}


ngx_int_t
ngx_http_auth_broker_redirect(ngx_http_request_t *r, ngx_str_t *location)
{
    ngx_int_t   rc;
    ngx_str_t   empty = ngx_null_string;

    rc = begin(r, NGX_HTTP_MOVED_TEMPORARILY);
    if (rc != NGX_OK) {
        return finish(r, rc);
    }
    /* a challenge that error_page brought along would win in some clients */
    ngx_http_auth_broker_compat_no_challenge(r);

    /*
     * headers_out.location stays NULL: NGINX would put the client's own Host
     * before a path (edge of absolute_redirect).
     */
    ngx_http_clear_location(r);
    if (ngx_http_auth_broker_out_header(r, "Location", location) != NGX_OK) {
        return finish(r, NGX_HTTP_SERVICE_UNAVAILABLE);
    }
    return finish(r, send_body(r, &empty));
}


/* ---- pages ---- */

/* No form-action: the sign-out's POST is redirected to the realm, and
 * Chromium holds a redirect against it too. */
static ngx_int_t
set_policy(ngx_http_request_t *r)
{
    u_char     *p;
    uint8_t     hash[AB_SHA256_LEN];
    ngx_str_t   raw, b64, value;

    if (!ab_sha256(hash, ab_slice(style, sizeof(style) - 1))) {
        return NGX_ERROR;
    }
    raw.data = hash;
    raw.len = sizeof(hash);
    p = ngx_pnalloc(r->pool, 256);
    b64.data = ngx_pnalloc(r->pool, ngx_base64_encoded_length(raw.len));
    if (p == NULL || b64.data == NULL) {
        return NGX_ERROR;
    }
    ngx_encode_base64(&b64, &raw);
    value.data = p;
    value.len = ngx_sprintf(p, "default-src 'none'; style-src 'sha256-%V'; "
                            "base-uri 'none'; frame-ancestors 'none'", &b64)
                - p;
    return ngx_http_auth_broker_out_header(r, "Content-Security-Policy",
                                           &value);
}


ngx_int_t
ngx_http_auth_broker_html(ngx_http_request_t *r, ngx_uint_t status,
    const char *title, ngx_str_t *inner)
{
    u_char     *p;
    ngx_str_t   body;

    p = ngx_pnalloc(r->pool, sizeof(page_head) + sizeof(style) + inner->len
                             + 2 * ngx_strlen(title) + 256);
    if (p == NULL || set_policy(r) != NGX_OK) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }
    body.data = p;
    p = ngx_sprintf(p, "%s<title>%s</title>\n<style>%s</style>\n</head>\n"
                    "<body>\n<main>\n<h1>%s</h1>\n%V\n</main>\n</body>\n"
                    "</html>\n", page_head, title, style, title, inner);
    body.len = p - body.data;
    return ngx_http_auth_broker_send(r, status, "text/html; charset=utf-8",
                                     &body);
}


/* title of a refusal by its status */
static const char *
title_of(int status)
{
    switch (status) {
    case 403:
        return "No access";
    case 404:
        return "Nothing here";
    case 503:
        return "Not available right now";
    default:
        return "Sign-in did not work";
    }
}


ngx_int_t
ngx_http_auth_broker_error_page(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec, enum ab_err err, ngx_str_t *again)
{
    u_char                   *p;
    size_t                    extra;
    ngx_str_t                 inner;
    const struct ab_err_row  *row = ab_err_row(err);

    rec->err = err;
    ngx_http_auth_broker_log_refusal(r, rec, err, row->status);
    if (row->status == 503
        && ngx_http_auth_broker_put_header(r, "Retry-After",
               NGX_HTTP_AUTH_BROKER_RETRY_AFTER) != NGX_OK)
    {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    extra = again == NULL ? 0
            : again->len + ngx_escape_html(NULL, again->data, again->len);
    inner.data = ngx_pnalloc(r->pool, ngx_strlen(row->text)
                                      + ngx_strlen(row->reason) + extra
                                      + 256);
    if (inner.data == NULL) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }
    p = ngx_sprintf(inner.data, "<p>%s</p>\n", row->text);
    if (again != NULL) {
        p = ngx_cpymem(p, "<p><a class=\"button\" href=\"", 27);
        p = (u_char *) ngx_escape_html(p, again->data, again->len);
        p = ngx_sprintf(p, "\">Start again</a></p>\n");
    }
    p = ngx_sprintf(p, "<p><small>%s</small></p>", row->reason);
    inner.len = p - inner.data;
    return ngx_http_auth_broker_html(r, row->status, title_of(row->status),
                                     &inner);
}
