/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_hint.c - take ?kc_idp_hint= out of a request's query.
 *
 * It is for the realm, not for the application: the upstream must not see
 * it, and the page a login returns to must not carry it.
 */
#include "ngx_http_auth_broker_intake.h"
#include "ab_form.h"


#define HINT_NAME  AB_S("kc_idp_hint")


/* Where the pieces of one query go. */
typedef struct {
    ngx_str_t        rest;      /* the query without hints */
    struct ab_slice  value;     /* of the last hint */
    ngx_uint_t       count;
} query_t;


static ngx_uint_t
is_hint(struct ab_slice piece, struct ab_slice *ret_value)
{
    size_t  eq;

    eq = ab_slice_find(piece, '=');
    if (!ab_slice_eq(ab_slice(piece.p, eq), HINT_NAME)) {
        return 0;
    }
    *ret_value = eq == piece.len ? ab_slice(piece.p + eq, 0)
                                 : ab_slice(piece.p + eq + 1,
                                            piece.len - eq - 1);
    return 1;
}


static ngx_int_t
cut_query(ngx_pool_t *pool, ngx_str_t *query, query_t *ret_q)
{
    size_t           pos;
    u_char          *p;
    struct ab_slice  in, piece;

    ngx_memzero(ret_q, sizeof(query_t));
    in = ab_slice(query->data, query->len);
    p = ngx_pnalloc(pool, query->len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }
    ret_q->rest.data = p;

    for (pos = 0; ab_query_next(in, &pos, &piece); /* void */ ) {
        if (is_hint(piece, &ret_q->value)) {
            ret_q->count++;
            continue;
        }
        if (p != ret_q->rest.data) {
            *p++ = '&';
        }
        p = ngx_cpymem(p, piece.p, piece.len);
    }
    ret_q->rest.len = p - ret_q->rest.data;
    return NGX_OK;
}


static ngx_uint_t
is_alias(struct ab_slice v)
{
    char    c;
    size_t  i;

    for (i = 0; i < v.len; i++) {
        c = v.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'))
        {
            return 0;
        }
    }
    return v.len <= AB_MAX_IDP_HINT;
}


/* proxy_pass without a path sends unparsed_uri: it loses the hint as well. */
static ngx_int_t
cut_unparsed(ngx_http_request_t *r)
{
    u_char     *mark, *data;
    size_t      path;
    query_t     q;
    ngx_str_t   query;

    mark = ngx_strlchr(r->unparsed_uri.data,
                       r->unparsed_uri.data + r->unparsed_uri.len, '?');
    if (mark == NULL) {
        return NGX_OK;
    }
    path = mark - r->unparsed_uri.data;
    query.data = mark + 1;
    query.len = r->unparsed_uri.len - path - 1;
    if (cut_query(r->pool, &query, &q) != NGX_OK) {
        return NGX_ERROR;
    }
    if (q.count == 0) {
        return NGX_OK;
    }

    data = ngx_pnalloc(r->pool, r->unparsed_uri.len);
    if (data == NULL) {
        return NGX_ERROR;
    }
    ngx_memcpy(data, r->unparsed_uri.data, path);
    r->unparsed_uri.data = data;
    r->unparsed_uri.len = path;
    if (q.rest.len > 0) {
        data[path] = '?';
        ngx_memcpy(data + path + 1, q.rest.data, q.rest.len);
        r->unparsed_uri.len += 1 + q.rest.len;
    }
    return NGX_OK;
}


ngx_int_t
ngx_http_auth_broker_hint_take(ngx_http_request_t *r,
    ngx_http_auth_broker_rec_t *rec)
{
    query_t  q;

    if (rec->hint_taken || r != r->main) {
        return NGX_OK;
    }
    rec->hint_taken = 1;
    if (ngx_strlcasestrn(r->unparsed_uri.data,
                         r->unparsed_uri.data + r->unparsed_uri.len,
                         (u_char *) "kc_idp_hint", 11 - 1)
        == NULL)
    {
        return NGX_OK;
    }

    if (cut_query(r->pool, &r->args, &q) != NGX_OK) {
        return NGX_ERROR;
    }
    if (q.count > 0) {
        r->args = q.rest;
    }
    if (q.count == 1 && is_alias(q.value)) {
        rec->idp_hint.data = (u_char *) q.value.p;
        rec->idp_hint.len = q.value.len;
        rec->has_idp_hint = 1;
    }
    return cut_unparsed(r);
}
