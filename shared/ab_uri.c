/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_uri.c - absolute http(s) addresses and percent-encoding (RFC 3986).
 *
 * One grammar for configuration, redirect targets and addresses called by
 * us. Hosts are plain names or addresses: a percent sequence or a sub-delim
 * in one has no honest use and two readings.
 */
#include "ab_uri.h"
#include "ab_limits.h"
#include "ab_time.h"

#include <arpa/inet.h>

/* Character classes, as bits. */
#define UNRESERVED  1       /* RFC 3986 section 2.3 */
#define SUB_DELIM   2       /* section 2.2 */
#define IN_PATH     4       /* ':' '@' '/' */
#define IN_QUERY    8       /* '?' */

#define PATH_CHARS   (UNRESERVED | SUB_DELIM | IN_PATH)
#define QUERY_CHARS  (PATH_CHARS | IN_QUERY)


static int
char_class(uint8_t c)
{
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')
        || (c >= 'a' && c <= 'z'))
    {
        return UNRESERVED;
    }
    switch (c) {
    case '-': case '.': case '_': case '~':
        return UNRESERVED;
    case '!': case '$': case '&': case '\'': case '(': case ')':
    case '*': case '+': case ',': case ';': case '=':
        return SUB_DELIM;
    case ':': case '@': case '/':
        return IN_PATH;
    case '?':
        return IN_QUERY;
    default:
        return 0;
    }
}


static int
hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = ab_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}


/* The byte of the percent sequence at s.p[i], -1 when there is none. */
int
ab_uri_hex(struct ab_slice s, size_t i)
{
    int  high, low;

    if (s.len < 3 || i > s.len - 3 || s.p[i] != '%') {
        return -1;
    }
    high = hex_value(s.p[i + 1]);
    low = hex_value(s.p[i + 2]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}


/* Only bytes of these classes, and whole percent sequences. */
static bool
only(struct ab_slice s, int classes)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        if (s.p[i] == '%') {
            if (ab_uri_hex(s, i) < 0) {
                return false;
            }
            i += 2;
        } else if ((char_class((uint8_t) s.p[i]) & classes) == 0) {
            return false;
        }
    }
    return true;
}


/* Take the front of *s up to but without any byte of `stops`. */
static struct ab_slice
take_until(struct ab_slice *s, const char *stops)
{
    struct ab_slice  front = { s->p, 0 };
    size_t           n = strlen(stops);

    /* memchr(), as strchr() would find a NUL in every list. */
    while (front.len < s->len && memchr(stops, s->p[front.len], n) == NULL) {
        front.len++;
    }
    s->p += front.len;
    s->len -= front.len;
    return front;
}


/* What stands behind byte c, if s begins with it; else p is NULL. */
static struct ab_slice
take_after(struct ab_slice *s, char c, const char *stops)
{
    if (s->len == 0 || s->p[0] != c) {
        return ab_slice(NULL, 0);
    }
    s->p++;
    s->len--;
    return take_until(s, stops);
}


static bool
take_scheme(struct ab_slice *s, struct ab_uri *uri)
{
    uri->scheme = take_until(s, ":");
    uri->is_https = ab_slice_eq_nocase(uri->scheme, AB_S("https"));
    if ((!uri->is_https && !ab_slice_eq_nocase(uri->scheme, AB_S("http")))
        || !ab_slice_starts(*s, AB_S("://")))
    {
        return false;
    }
    s->p += 3;
    s->len -= 3;
    return true;
}


static bool
ipv6_ok(struct ab_slice host)
{
    char             text[INET6_ADDRSTRLEN];
    struct in6_addr  addr;

    if (host.len >= sizeof(text)) {
        return false;
    }
    memcpy(text, host.p, host.len);
    text[host.len] = '\0';
    return strlen(text) == host.len && inet_pton(AF_INET6, text, &addr) == 1;
}


static bool
name_ok(struct ab_slice host)
{
    size_t  i;

    for (i = 0; i < host.len; i++) {
        if (char_class((uint8_t) host.p[i]) != UNRESERVED) {
            return false;
        }
    }
    return host.len > 0 && host.len <= AB_MAX_HOST;
}


/* "host", "[v6]", each perhaps with ":port" (RFC 3986 section 3.2). */
static bool
take_host_port(struct ab_slice s, struct ab_uri *uri)
{
    uint64_t  port = uri->is_https ? 443 : 80;

    uri->is_ipv6 = s.len > 0 && s.p[0] == '[';
    if (uri->is_ipv6) {
        uri->host = take_after(&s, '[', "]");
        if (s.len == 0) {
            return false;
        }
        s = ab_slice(s.p + 1, s.len - 1);
    } else {
        uri->host = take_until(&s, ":");
    }
    uri->has_port = s.len > 0;
    if (s.len > 0
        && (s.p[0] != ':'
            || ab_parse_u64(ab_slice(s.p + 1, s.len - 1), &port) != AB_OK
            || port == 0 || port > 65535))
    {
        return false;
    }
    uri->port = (uint16_t) port;
    return uri->is_ipv6 ? ipv6_ok(uri->host) : name_ok(uri->host);
}


static bool
take_authority(struct ab_slice *s, struct ab_uri *uri)
{
    struct ab_slice  authority = take_until(s, "/?#"), user;
    size_t           at = ab_slice_find(authority, '@');

    uri->has_userinfo = at < authority.len;
    if (uri->has_userinfo) {
        user = ab_slice(authority.p, at);
        if (!only(user, UNRESERVED | SUB_DELIM | IN_PATH)) {
            return false;
        }
        authority = ab_slice(authority.p + at + 1, authority.len - at - 1);
    }
    return take_host_port(authority, uri);
}


enum ab_err
ab_uri_parse(struct ab_slice in, struct ab_uri *ret_uri)
{
    struct ab_uri  uri;

    if (in.len == 0 || in.len > AB_MAX_URI) {
        return AB_E_URI;
    }
    if (!take_scheme(&in, &uri) || !take_authority(&in, &uri)) {
        return AB_E_URI;
    }
    uri.path = take_until(&in, "?#");
    uri.query = take_after(&in, '?', "#");
    uri.fragment = take_after(&in, '#', "");
    if (!only(uri.path, PATH_CHARS) || !only(uri.query, QUERY_CHARS)
        || !only(uri.fragment, QUERY_CHARS))
    {
        return AB_E_URI;
    }
    *ret_uri = uri;
    return AB_OK;
}


bool
ab_uri_same_origin(const struct ab_uri *a, const struct ab_uri *b)
{
    return a->is_https == b->is_https && a->port == b->port
           && a->is_ipv6 == b->is_ipv6 && ab_slice_eq_nocase(a->host, b->host);
}


/* 127.0.0.0/8 as four plain decimals; "127.1" and octal forms are not. */
static bool
is_127(struct ab_slice host)
{
    char            text[INET_ADDRSTRLEN];
    struct in_addr  addr;

    if (host.len >= sizeof(text)) {
        return false;
    }
    memcpy(text, host.p, host.len);
    text[host.len] = '\0';
    return strlen(text) == host.len && inet_pton(AF_INET, text, &addr) == 1
           && ntohl(addr.s_addr) >> 24 == 127;
}


bool
ab_host_is_loopback(struct ab_slice host)
{
    struct ab_slice  tail = AB_S(".localhost");

    if (host.len == 0) {
        return false;
    }
    if (ab_slice_eq_nocase(host, AB_S("localhost"))
        || ab_slice_eq(host, AB_S("::1")) || ab_slice_eq(host, AB_S("[::1]"))
        || is_127(host))
    {
        return true;
    }
    return host.len > tail.len && name_ok(host) && host.p[0] != '.'
           && ab_slice_eq_nocase(
                  ab_slice(host.p + host.len - tail.len, tail.len), tail);
}


/* Octets that stay are added run by run: a sealed state has a thousand. */
void
ab_uri_add_escaped(struct ab_buf *out, struct ab_slice in)
{
    static const char  hex[] = "0123456789ABCDEF";
    size_t             i, from = 0;
    uint8_t            c;
    char               seq[3] = { '%' };

    if (in.len == 0) {
        return;
    }
    for (i = 0; i < in.len; i++) {
        c = (uint8_t) in.p[i];
        if (char_class(c) == UNRESERVED) {
            continue;
        }
        seq[1] = hex[c >> 4];
        seq[2] = hex[c & 15];
        ab_buf_add(out, ab_slice(in.p + from, i - from));
        ab_buf_add(out, ab_slice(seq, sizeof(seq)));
        from = i + 1;
    }
    ab_buf_add(out, ab_slice(in.p + from, in.len - from));
}


void
ab_uri_add_param(struct ab_buf *out, const char *name, struct ab_slice value)
{
    struct ab_slice  sofar = ab_buf_slice(out);
    char             last = sofar.len > 0 ? sofar.p[sofar.len - 1] : '\0';

    if (ab_slice_find(sofar, '?') == sofar.len) {
        ab_buf_add_byte(out, '?');
    } else if (last != '?' && last != '&') {
        ab_buf_add_byte(out, '&');
    }
    ab_uri_add_escaped(out, ab_slice_str(name));
    ab_buf_add_byte(out, '=');
    ab_uri_add_escaped(out, value);
}


enum ab_err
ab_uri_unescape(struct ab_buf *out, struct ab_slice in)
{
    size_t  i, start = out->len;
    int     c;

    for (i = 0; i < in.len; i++) {
        c = (uint8_t) in.p[i];
        if (c == '%') {
            c = ab_uri_hex(in, i);
            i += 2;
        }
        if (c <= 0) {
            out->len = start;
            return AB_E_URI;
        }
        ab_buf_add_byte(out, (uint8_t) c);
    }
    return AB_OK;
}
