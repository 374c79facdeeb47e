/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_intake.c - make the record of a request and copy its
 * credentials there, before stripping takes them out of the headers.
 *
 * Every server of the configuration, protected or not, is treated alike:
 * an upstream is often reachable through several of them.
 */
#include "ngx_http_auth_broker_intake.h"
#include "ab_cookie.h"


/* ---- the record ---- */

static void
rec_cleanup(void *data)
{
    ngx_memzero(data, sizeof(ngx_http_auth_broker_rec_t));
}


/* Contexts are zeroed by an internal redirect; the clean-up is not. */
ngx_http_auth_broker_rec_t *
ngx_http_auth_broker_rec_get(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t          *cln;
    ngx_http_auth_broker_rec_t  *rec;

    rec = ngx_http_get_module_ctx(r->main, ngx_http_auth_broker_module);
    if (rec != NULL) {
        return rec;
    }

    for (cln = r->main->pool->cleanup; cln != NULL; cln = cln->next) {
        if (cln->handler == rec_cleanup) {
            ngx_http_set_ctx(r->main, cln->data, ngx_http_auth_broker_module);
            return cln->data;
        }
    }
    return NULL;
}


static ngx_http_auth_broker_rec_t *
rec_new(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t          *cln;
    ngx_http_auth_broker_rec_t  *rec;

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_auth_broker_rec_t));
    if (cln == NULL) {
        return NULL;
    }
    rec = cln->data;
    ngx_memzero(rec, sizeof(ngx_http_auth_broker_rec_t));
    rec->request = r;
    cln->handler = rec_cleanup;
    ngx_http_set_ctx(r, rec, ngx_http_auth_broker_module);
    return rec;
}


/* ---- credentials ---- */

static void
take_bearer(ngx_http_request_t *r, ngx_http_auth_broker_rec_t *rec)
{
    ngx_str_t  v;

    if (r->headers_in.authorization == NULL) {
        return;
    }
    v = r->headers_in.authorization->value;
    if (v.len < 6 || ngx_strncasecmp(v.data, (u_char *) "bearer", 6) != 0
        || (v.len > 6 && v.data[6] != ' '))
    {
        return;
    }

    v.data += 6;
    v.len -= 6;
    while (v.len > 0 && v.data[0] == ' ') {
        v.data++;
        v.len--;
    }
    rec->has_bearer = 1;
    /* Its characters are judged by who reads it first (ab_jws_split): a token
     * that is known needs no second look at each request. */
    rec->bearer_bad = v.len == 0 || v.len > AB_MAX_BEARER;
    if (!rec->bearer_bad) {
        rec->bearer = v;
    }
}


/* The value is copied: the header is about to be cut in place. */
static ngx_int_t
keep_cookie(ngx_http_request_t *r, const struct ab_cookie_hit *hit,
    ngx_str_t *ret)
{
    if (hit->count == 0 || hit->value.len == 0) {
        return NGX_OK;
    }
    ret->data = ngx_pnalloc(r->pool, hit->value.len);
    if (ret->data == NULL) {
        return NGX_ERROR;
    }
    ngx_memcpy(ret->data, hit->value.p, hit->value.len);
    ret->len = hit->value.len;
    return NGX_OK;
}


static ngx_int_t
take_cookies(ngx_http_request_t *r, ngx_http_auth_broker_rec_t *rec)
{
    ngx_uint_t             i;
    ngx_table_elt_t       *h;
    ngx_list_part_t       *part;
    struct ab_cookie_hit   hits[4];

    ngx_memzero(hits, sizeof(hits));
    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;
        for (i = 0; i < part->nelts; i++) {
            if (h[i].key.len != 6
                || ngx_strncasecmp(h[i].key.data, (u_char *) "cookie", 6)
                   != 0)
            {
                continue;
            }
            ab_cookie_find(ab_slice(h[i].value.data, h[i].value.len),
                           ngx_http_auth_broker_cookie_names, 4, hits);
        }
    }

    rec->cookie_twice = hits[0].differ;
    rec->cookie_http_twice = hits[2].differ;
    if (keep_cookie(r, &hits[0], &rec->cookie) != NGX_OK
        || keep_cookie(r, &hits[1], &rec->login) != NGX_OK
        || keep_cookie(r, &hits[2], &rec->cookie_http) != NGX_OK
        || keep_cookie(r, &hits[3], &rec->login_http) != NGX_OK)
    {
        return NGX_ERROR;
    }
    return NGX_OK;
}


ngx_http_auth_broker_rec_t *
ngx_http_auth_broker_intake(ngx_http_request_t *r)
{
    ngx_http_auth_broker_rec_t  *rec;

    rec = ngx_http_auth_broker_rec_get(r);
    if (rec != NULL) {
        return rec->is_ready ? rec : NULL;
    }
    rec = rec_new(r->main);
    if (rec == NULL) {
        return NULL;
    }

    take_bearer(r->main, rec);
    if (take_cookies(r->main, rec) != NGX_OK
        || ngx_http_auth_broker_strip_request(r->main) != NGX_OK)
    {
        return NULL;
    }
    rec->is_ready = 1;
    return rec;
}
