/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_navigation.c - is this request a page visit of a
 * person?
 *
 * Only such a request is sent to the realm; a script, an image, a frame or a
 * socket could do nothing with a sign-in page and gets 401 (Fetch Metadata;
 * for browsers and origins without it, what they accept).
 */
#include "ngx_http_auth_broker_list.h"
#include "ngx_http_auth_broker_pages.h"

/* Where a value decides. wanted NULL: any value says no. */
static const struct {
    const char  *header;
    const char  *wanted;        /* all of it */
} marks[] = {
    { "upgrade",          NULL       },     /* has no Sec-Fetch in Chromium */
    { "x-requested-with", NULL       },
    { "sec-fetch-mode",   "navigate" },
    { "sec-fetch-dest",   "document" },
};

/* Nobody looks at what was fetched ahead; these say so. */
static const char *const  ahead[] = { "sec-purpose", "purpose", "x-moz" };


static ngx_table_elt_t *
in_header(ngx_http_request_t *r, const char *lowcase)
{
    return ngx_http_auth_broker_list_find(&r->headers_in.headers, lowcase);
}


static ngx_int_t
is_ahead(ngx_http_request_t *r)
{
    ngx_table_elt_t  *h;
    ngx_uint_t        i;

    for (i = 0; i < sizeof(ahead) / sizeof(ahead[0]); i++) {
        h = in_header(r, ahead[i]);
        if (h != NULL
            && ngx_strlcasestrn(h->value.data, h->value.data + h->value.len,
                                (u_char *) "prefetch", 8 - 1)
               != NULL)
        {
            return 1;
        }
    }
    return 0;
}


static ngx_int_t
accepts_html(ngx_http_request_t *r)
{
    ngx_table_elt_t  *h = in_header(r, "accept");

    return h != NULL
           && ngx_strlcasestrn(h->value.data, h->value.data + h->value.len,
                               (u_char *) "text/html", 9 - 1)
              != NULL;
}


ngx_int_t
ngx_http_auth_broker_is_navigation(ngx_http_request_t *r)
{
    ngx_table_elt_t  *h;
    ngx_uint_t        i;

    for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        h = in_header(r, marks[i].header);
        if (h != NULL
            && (marks[i].wanted == NULL
                || !ab_slice_eq_str(ab_slice(h->value.data, h->value.len),
                                    marks[i].wanted)))
        {
            return 0;
        }
    }
    if (is_ahead(r)) {
        return 0;
    }
    if (in_header(r, "sec-fetch-mode") != NULL) {
        return 1;
    }
    return (r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD)) && accepts_html(r);
}
