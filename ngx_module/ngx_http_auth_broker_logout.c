/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_logout.c - /.auth/logout: end the session, then go
 * where the daemon says.
 *
 * Only what this origin's own pages or the person at the address bar sent
 * ends anything at once; whatever another site can cause shows a page with a
 * button (T-LO4, T-LO6).
 */
#include "ngx_http_auth_broker_ask.h"
#include "ngx_http_auth_broker_list.h"
#include "ngx_http_auth_broker_login.h"
#include "ngx_http_auth_broker_marks.h"
#include "ngx_http_auth_broker_zone.h"
#include "ab_ct.h"
#include "ab_uri.h"

#define END_PATH  "/protocol/openid-connect/logout"

typedef struct {
    ngx_http_request_t             *request;
    ngx_http_auth_broker_rec_t     *rec;
    ngx_http_auth_broker_origin_t   origin;
    ngx_http_auth_broker_realm_t    realm;
    uint8_t                         key[AB_SHA256_LEN];
    char                            sid[AB_SID_TEXT];
    enum ab_err                     err;
    ngx_str_t                       url;        /* the answer's, or empty */
} logout_t;


static ngx_int_t logout_start(logout_t *lo);
static ngx_int_t logout_end(logout_t *lo);


ngx_int_t
ngx_http_auth_broker_logout_page(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec)
{
    logout_t  *lo = rec->page;

    if (rec->ask != NULL) {
        return NGX_DONE;                /* called again while waiting */
    }
    if (lo != NULL) {
        return logout_end(lo);
    }
    lo = ngx_pcalloc(r->pool, sizeof(logout_t));
    if (lo == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    lo->request = r;
    lo->rec = rec;
    rec->page = lo;
    return logout_start(lo);
}


/* ---- may it end at once? ---- */

static struct ab_slice
in_header(ngx_http_request_t *r, const char *lowcase)
{
    ngx_table_elt_t  *h;

    h = ngx_http_auth_broker_list_find(&r->headers_in.headers, lowcase);
    return h == NULL ? ab_slice(NULL, 0)
                     : ngx_http_auth_broker_slice(&h->value);
}


/* A page can set neither header. Origin is "null" under a strict referrer
 * policy; Sec-Fetch-Site then still tells. */
static ngx_int_t
is_own_post(logout_t *lo)
{
    struct ab_slice  origin = in_header(lo->request, "origin");

    if (origin.len != 0 && !ab_slice_eq_str(origin, "null")) {
        return ab_slice_eq(origin,
                           ngx_http_auth_broker_slice(&lo->origin.text));
    }
    return ab_slice_eq_str(in_header(lo->request, "sec-fetch-site"),
                           "same-origin");
}


static ngx_int_t
is_own_visit(logout_t *lo)
{
    struct ab_slice  site = in_header(lo->request, "sec-fetch-site");

    return ngx_http_auth_broker_is_navigation(lo->request)
           && (ab_slice_eq_str(site, "same-origin")
               || ab_slice_eq_str(site, "none"));
}


/* The stricter default would make the form's Origin "null". */
static ngx_int_t
confirm_page(logout_t *lo)
{
    ngx_str_t  policy = ngx_string("same-origin");
    ngx_str_t  inner = ngx_string(
        "<p>You will be signed out here and at every application you opened "
        "with the same sign-in.</p>"
        "<form method=\"post\" action=\"" NGX_HTTP_AUTH_BROKER_LOGOUT "\">"
        "<button type=\"submit\">Sign out</button></form>");
    const struct ab_err_row  *row = ab_err_row(AB_E_LOGOUT_CONFIRM);

    if (ngx_http_auth_broker_out_header(lo->request, "Referrer-Policy",
                                        &policy)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    return ngx_http_auth_broker_html(lo->request, (ngx_uint_t) row->status,
                                     row->text, &inner);
}


/* ---- where to ---- */

/* Without an answer: the configured page, else the realm's own, which ends
 * the sign-in there if the person wants it. */
static ngx_int_t
landing(logout_t *lo)
{
    ngx_http_auth_broker_srv_conf_t  *scf;
    struct ab_buf                     url;
    size_t                            size;
    u_char                           *mem;

    scf = ngx_http_get_module_srv_conf(lo->request,
                                       ngx_http_auth_broker_module);
    if (scf->logged_out.len != 0) {
        lo->url = scf->logged_out;
        return NGX_OK;
    }
    size = lo->realm.issuer.len + sizeof(END_PATH) + sizeof("?client_id=")
           + 3 * scf->client.len;
    mem = ngx_pnalloc(lo->request->pool, size);
    if (mem == NULL) {
        return NGX_ERROR;
    }
    ab_buf_init_fixed(&url, mem, size);
    ab_buf_add(&url, ngx_http_auth_broker_slice(&lo->realm.issuer));
    ab_buf_add_str(&url, END_PATH);
    ab_uri_add_param(&url, "client_id",
                     ngx_http_auth_broker_slice(&scf->client));
    lo->url.data = mem;
    lo->url.len = url.len;
    return url.failed ? NGX_ERROR : NGX_OK;
}


static ngx_int_t
leave(logout_t *lo)
{
    if ((lo->url.len == 0 && landing(lo) != NGX_OK)
        || ngx_http_auth_broker_set_session(lo->request, &lo->origin,
                                            ab_slice(NULL, 0))
           != NGX_OK)
    {
        return ngx_http_auth_broker_error_page(lo->request, lo->rec,
                                               AB_E_NOMEM, NULL);
    }
    return ngx_http_auth_broker_redirect(lo->request, &lo->url);
}


/* ---- SESSION_END ---- */

static void
ended(ngx_http_request_t *r, ngx_http_auth_broker_rec_t *rec,
    enum ab_err err, struct ab_slice payload)
{
    logout_t         *lo = rec->page;
    struct ab_slice   url = ab_wire_get(payload, AB_TAG_URL);
    struct ab_uri     uri;
    u_char           *copy;

    lo->err = err;
    if (err != AB_OK || url.len == 0) {
        return;
    }
    if (ab_uri_parse(url, &uri) != AB_OK && !ab_return_path_ok(url)) {
        lo->err = AB_E_EDGE_MISMATCH;   /* it ended, but leads nowhere */
        ngx_http_auth_broker_ask_distrust(r);
        return;
    }
    copy = ngx_pnalloc(r->pool, url.len);
    if (copy == NULL) {
        lo->err = AB_E_NOMEM;
        return;
    }
    ngx_memcpy(copy, url.p, url.len);
    lo->url.data = copy;
    lo->url.len = url.len;
}


/* The realm sends the browser there, so that a path gets this origin. */
static void
add_landing(logout_t *lo, const ngx_str_t *to, struct ab_buf *fields)
{
    struct ab_buf  url;

    ab_buf_init(&url, AB_MAX_URI);
    if (to->data[0] == '/') {
        ab_buf_add(&url, ngx_http_auth_broker_slice(&lo->origin.text));
    }
    ab_buf_add(&url, ngx_http_auth_broker_slice(to));
    ab_wire_add(fields, AB_TAG_URL, ab_buf_slice(&url));
    fields->failed = fields->failed || url.failed;
    ab_buf_clear(&url);
}


static void
end_fields(logout_t *lo, const uint8_t *raw, struct ab_buf *fields)
{
    ngx_http_auth_broker_srv_conf_t  *scf;

    scf = ngx_http_get_module_srv_conf(lo->request,
                                       ngx_http_auth_broker_module);
    ab_session_cookie_sid(raw, lo->sid);
    ab_wire_add(fields, AB_TAG_KEY, ab_slice(lo->key, AB_SHA256_LEN));
    ab_wire_add(fields, AB_TAG_SID, ab_slice(lo->sid, AB_SID_TEXT));
    ab_wire_add(fields, AB_TAG_REALM_ID,
                ngx_http_auth_broker_slice(&lo->realm.id));
    ab_wire_add(fields, AB_TAG_CLIENT,
                ngx_http_auth_broker_slice(&scf->client));
    ab_wire_add(fields, AB_TAG_ORIGIN,
                ngx_http_auth_broker_slice(&lo->origin.text));
    if (scf->logged_out.len != 0) {
        add_landing(lo, &scf->logged_out, fields);
    }
}


static ngx_int_t
ask_end(logout_t *lo, const uint8_t *raw)
{
    struct ab_buf  fields;
    enum ab_err    err = AB_E_NOMEM;
    ngx_int_t      rc = NGX_ERROR;

    ab_buf_init(&fields, 2 * AB_MAX_URI);
    end_fields(lo, raw, &fields);
    if (!fields.failed) {
        rc = ngx_http_auth_broker_ask(lo->request, lo->rec,
                                      AB_MSG_SESSION_END,
                                      ab_buf_slice(&fields),
                                      AB_ASK_TIMEOUT_MS, ended, &err);
    }
    ab_buf_clear(&fields);
    if (rc != NGX_AGAIN) {
        lo->err = err;
        return logout_end(lo);
    }
    return NGX_DONE;
}


static ngx_int_t
logout_start(logout_t *lo)
{
    ngx_http_auth_broker_main_conf_t  *mcf;
    ngx_http_auth_broker_srv_conf_t   *scf;
    uint8_t                            raw[AB_COOKIE_RAW];
    enum ab_err                        err;

    mcf = ngx_http_get_module_main_conf(lo->request,
                                        ngx_http_auth_broker_module);
    scf = ngx_http_get_module_srv_conf(lo->request,
                                       ngx_http_auth_broker_module);
    err = ngx_http_auth_broker_origin(lo->request, &lo->origin);
    if (err == AB_OK) {
        err = ngx_http_auth_broker_realm(mcf, &scf->realm, lo->request->pool,
                                         &lo->realm);
    }
    if (err != AB_OK) {
        return ngx_http_auth_broker_error_page(lo->request, lo->rec, err,
                                               NULL);
    }
    if (!(lo->request->method == NGX_HTTP_POST ? is_own_post(lo)
                                               : is_own_visit(lo)))
    {
        return confirm_page(lo);
    }
    err = ngx_http_auth_broker_own_cookie(lo->request, lo->rec, &lo->origin,
              ngx_http_auth_broker_slice(&lo->realm.id), raw);
    if (err == AB_E_EDGE_DOWN) {
        lo->err = err;
        return logout_end(lo);
    }
    if (err != AB_OK) {
        return leave(lo);               /* nobody: nothing to end */
    }
    if (!ab_credential_key(lo->key, AB_CRED_SESSION,
                           ngx_http_auth_broker_slice(&lo->realm.id),
                           ab_slice(raw, sizeof(raw))))
    {
        lo->err = AB_E_INTERNAL;
        return logout_end(lo);
    }
    return ask_end(lo, raw);
}


/* Ended, or was already. Otherwise the cookie stays and the person is told:
 * a sign-out that did not happen must not look like one. What other hosts here
 * know of the session goes at once, not when its mark comes. */
static ngx_int_t
logout_end(logout_t *lo)
{
    static ngx_str_t                   again =
                                       ngx_string(NGX_HTTP_AUTH_BROKER_LOGOUT);
    ngx_http_auth_broker_main_conf_t  *mcf;

    if (lo->err != AB_OK && ab_err_row(lo->err)->status != 401) {
        return ngx_http_auth_broker_error_page(lo->request, lo->rec, lo->err,
                                               &again);
    }
    mcf = ngx_http_get_module_main_conf(lo->request,
                                        ngx_http_auth_broker_module);
    ngx_http_auth_broker_zone_delete(mcf, lo->key);
    if (lo->err == AB_OK) {
        ngx_http_auth_broker_zone_evict(mcf, AB_TAG_SID,
                                        ab_slice(lo->sid, AB_SID_TEXT));
    }
    return leave(lo);
}
