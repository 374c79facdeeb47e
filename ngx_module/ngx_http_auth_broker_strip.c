/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_strip.c - take out of a request what no client may
 * send upstream: identity headers, our cookies, Connection tokens, tunnels.
 */
#include "ngx_http_auth_broker_intake.h"
#include "ngx_http_auth_broker_compat.h"
#include "ngx_http_auth_broker_list.h"
#include "ab_cookie.h"


typedef struct {
    ngx_http_request_t                *r;
    ngx_http_auth_broker_main_conf_t  *mcf;
    ngx_uint_t                         cookies_n;   /* names that are cut */
} strip_t;

/* A header of its own treatment; true when it goes as a whole. */
typedef struct {
    ngx_str_t     name;
    ngx_uint_t  (*treat)(strip_t *s, ngx_table_elt_t *h);
} special_t;


static ngx_uint_t strip_cookie(strip_t *s, ngx_table_elt_t *h);
static ngx_uint_t strip_connection(strip_t *s, ngx_table_elt_t *h);
static ngx_uint_t strip_upgrade(strip_t *s, ngx_table_elt_t *h);


static const special_t  specials[] = {
    { ngx_string("cookie"),     strip_cookie },
    { ngx_string("connection"), strip_connection },
    { ngx_string("upgrade"),    strip_upgrade },
};

/* What a client may name in Connection; anything else would let it order
 * the next proxy to drop an identity header (RFC 9110 section 7.6.1). */
static const ngx_str_t  connection_tokens[] = {
    ngx_string("close"), ngx_string("keep-alive"), ngx_string("upgrade"),
    ngx_string("te"),
};

/* The names of https origins first, then those of plain http. */
const struct ab_slice  ngx_http_auth_broker_cookie_names[4] = {
    { "__Host-auth", 11 }, { "__Host-auth-login", 17 },
    { "auth", 4 },         { "auth-login", 10 },
};


/* CGI's rule is '-' to '_'; others make '_' of any odd byte, as PHP does of
 * '.' and ' ' (which come with ignore_invalid_headers off). */
static u_char
normal(u_char c)
{
    c = ngx_tolower(c);
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '-';
}


ngx_int_t
ngx_http_auth_broker_strip_add(ngx_conf_t *cf,
    ngx_http_auth_broker_main_conf_t *mcf, const ngx_str_t *name)
{
    size_t      i;
    ngx_str_t   s, *known;
    ngx_uint_t  n;

    s.len = name->len;
    s.data = ngx_pnalloc(cf->pool, s.len + 1);
    if (s.data == NULL) {
        return NGX_ERROR;
    }
    for (i = 0; i < s.len; i++) {
        s.data[i] = normal(name->data[i]);
    }
    s.data[s.len] = '\0';

    known = mcf->strip.elts;
    for (n = 0; n < mcf->strip.nelts; n++) {
        if (known[n].len == s.len
            && ngx_memcmp(known[n].data, s.data, s.len) == 0)
        {
            return NGX_OK;
        }
    }

    known = ngx_array_push(&mcf->strip);
    if (known == NULL) {
        return NGX_ERROR;
    }
    *known = s;
    mcf->strip_lengths |= (uint64_t) 1 << (s.len & 63);
    mcf->strip_firsts |= (uint32_t) 1 << (s.data[0] & 31);
    return NGX_OK;
}


static ngx_uint_t
is_name(const ngx_str_t *want, const ngx_str_t *name)
{
    size_t  i;

    if (want->len != name->len) {
        return 0;
    }
    for (i = 0; i < name->len; i++) {
        if (normal(name->data[i]) != want->data[i]) {
            return 0;
        }
    }
    return 1;
}


/*
 * X_Auth_User is X-Auth-User for every CGI-like upstream, hence the
 * comparison of letters and digits alone (CVE-2025-64484).
 */
static ngx_uint_t
is_identity_name(ngx_http_auth_broker_main_conf_t *mcf, ngx_table_elt_t *h)
{
    ngx_str_t   *names;
    ngx_uint_t   i;

    if (h->key.len == 0
        || (mcf->strip_lengths & ((uint64_t) 1 << (h->key.len & 63))) == 0
        || (mcf->strip_firsts
            & ((uint32_t) 1 << (normal(h->key.data[0]) & 31))) == 0)
    {
        return 0;
    }

    names = mcf->strip.elts;
    for (i = 0; i < mcf->strip.nelts; i++) {
        if (is_name(&names[i], &h->key)) {
            return 1;
        }
    }
    return 0;
}


static ngx_uint_t
strip_cookie(strip_t *s, ngx_table_elt_t *h)
{
    if (!ab_cookie_cut((char *) h->value.data, &h->value.len,
                       ngx_http_auth_broker_cookie_names, s->cookies_n))
    {
        return 0;
    }
    h->value.data[h->value.len] = '\0';
    return h->value.len == 0;
}


static ngx_uint_t
is_connection_token(u_char *p, size_t len)
{
    ngx_uint_t  i;

    for (i = 0; i < sizeof(connection_tokens) / sizeof(ngx_str_t); i++) {
        if (connection_tokens[i].len == len
            && ngx_strncasecmp(connection_tokens[i].data, p, len) == 0)
        {
            return 1;
        }
    }
    return 0;
}


/* The tokens that stay are moved to the front and joined by ',' alone, so
 * that the value never grows. */
static ngx_uint_t
strip_connection(strip_t *s, ngx_table_elt_t *h)
{
    u_char  *p, *end, *start, *stop, *out;

    (void) s;
    end = h->value.data + h->value.len;
    out = h->value.data;
    for (p = h->value.data; p < end; p = stop + 1) {
        for (stop = p; stop < end && *stop != ','; stop++) { /* void */ }
        for (start = p; start < stop && (*start == ' ' || *start == '\t');
             start++) { /* void */ }
        for (p = stop; p > start && (p[-1] == ' ' || p[-1] == '\t'); p--) {
            /* void */
        }
        if (!is_connection_token(start, p - start)) {
            continue;
        }
        if (out != h->value.data) {
            *out++ = ',';
        }
        ngx_memmove(out, start, p - start);
        out += p - start;
    }

    h->value.len = out - h->value.data;
    if (out < end) {
        *out = '\0';
    }
    return h->value.len == 0;
}


/* "h2c" would open a tunnel that no rule looks into. */
static ngx_uint_t
strip_upgrade(strip_t *s, ngx_table_elt_t *h)
{
    (void) s;
    return h->value.len != 9
           || ngx_strncasecmp(h->value.data, (u_char *) "websocket", 9) != 0;
}


static ngx_uint_t
is_doomed(void *data, ngx_table_elt_t *h)
{
    strip_t     *s = data;
    ngx_uint_t   i, gone;

    gone = is_identity_name(s->mcf, h);
    for (i = 0; !gone && i < sizeof(specials) / sizeof(special_t); i++) {
        if (is_name(&specials[i].name, &h->key)) {
            gone = specials[i].treat(s, h);
            break;
        }
    }
    if (gone) {
        ngx_http_auth_broker_compat_forget(s->r, h);
    }
    return gone;
}


static ngx_uint_t
is_doomed_identity(void *data, ngx_table_elt_t *h)
{
    return is_identity_name(data, h);
}


ngx_int_t
ngx_http_auth_broker_strip_identity(ngx_http_request_t *r)
{
    return ngx_http_auth_broker_list_prune(&r->headers_in.headers,
               is_doomed_identity,
               ngx_http_get_module_main_conf(r, ngx_http_auth_broker_module));
}


/*
 * On https the plain names are no cookies of ours, so an application may
 * use them; the same where no protected origin is http.
 */
static ngx_uint_t
cookies_to_cut(ngx_http_request_t *r, ngx_http_auth_broker_main_conf_t *mcf)
{
    ngx_http_auth_broker_srv_conf_t  *scf;

    scf = ngx_http_get_module_srv_conf(r, ngx_http_auth_broker_module);
    if (!mcf->plain_cookies
        || (scf->origin.len > 5
            && ngx_strncmp(scf->origin.data, "https", 5) == 0))
    {
        return 2;
    }
#if (NGX_HTTP_SSL)
    if (scf->origin.len == 0 && r->connection->ssl != NULL) {
        return 2;
    }
#endif
    return 4;
}


/* All of it, once for a request. */
ngx_int_t
ngx_http_auth_broker_strip_request(ngx_http_request_t *r)
{
    strip_t  s;

    s.r = r;
    s.mcf = ngx_http_get_module_main_conf(r, ngx_http_auth_broker_module);
    s.cookies_n = cookies_to_cut(r, s.mcf);
    return ngx_http_auth_broker_list_prune(&r->headers_in.headers, is_doomed,
                                           &s);
}
