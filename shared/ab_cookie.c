/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_cookie.c - read, cut and format cookies (RFC 6265).
 *
 * Reading follows section 4.2.1 with exact names; NGINX's own reader takes
 * the first of several, any case, and a comma as separator (T-SE10).
 */
#include "ab_cookie.h"
#include "ab_ct.h"
#include "ab_limits.h"


static inline bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}


static inline struct ab_slice
trim(struct ab_slice s)
{
    while (s.len > 0 && is_blank(s.p[0])) {
        s.p++;
        s.len--;
    }
    while (s.len > 0 && is_blank(s.p[s.len - 1])) {
        s.len--;
    }
    return s;
}


/* The next piece between ';', untrimmed; false at the end. */
static bool
next_piece(struct ab_slice header, size_t *pos, struct ab_slice *ret_piece)
{
    struct ab_slice  rest;
    size_t           len;

    if (*pos >= header.len) {
        return false;
    }
    rest = ab_slice(header.p + *pos, header.len - *pos);
    len = ab_slice_find(rest, ';');
    *ret_piece = ab_slice(rest.p, len);
    *pos += len + 1;
    return true;
}


/* Split a piece at its first '='; false when it has none. */
static bool
split_pair(struct ab_slice piece, struct ab_slice *ret_name,
    struct ab_slice *ret_value)
{
    size_t  eq;

    piece = trim(piece);
    eq = ab_slice_find(piece, '=');
    if (eq == piece.len) {
        return false;
    }
    *ret_name = ab_slice(piece.p, eq);
    *ret_value = ab_slice(piece.p + eq + 1, piece.len - eq - 1);
    return true;
}


static void
add_hit(struct ab_cookie_hit *hit, struct ab_slice value)
{
    if (value.len > AB_MAX_COOKIE_VALUE) {
        hit->differ = true;
    } else if (hit->count == 0) {
        hit->value = value;
    } else if (!ab_ct_slice_eq(hit->value, value)) {
        hit->differ = true;
    }
    hit->count++;
}


void
ab_cookie_find(struct ab_slice header, const struct ab_slice *names,
    size_t n, struct ab_cookie_hit *hits)
{
    struct ab_slice  piece, got, value;
    size_t           i, pos = 0;

    while (next_piece(header, &pos, &piece)) {
        if (!split_pair(piece, &got, &value)) {
            continue;
        }
        for (i = 0; i < n; i++) {
            if (ab_slice_eq(got, names[i])) {
                add_hit(&hits[i], value);
            }
        }
    }
}


static bool
is_listed(struct ab_slice piece, const struct ab_slice *names, size_t n)
{
    struct ab_slice  name, value;
    size_t           i;

    if (!split_pair(piece, &name, &value)) {
        return false;
    }
    for (i = 0; i < n; i++) {
        if (ab_slice_eq(name, names[i])) {
            return true;
        }
    }
    return false;
}


/* Writes never pass what is read: each kept piece takes at most the bytes it
 * had, and the ';' before it stood there too. */
bool
ab_cookie_cut(char *p, size_t *len, const struct ab_slice *names, size_t n)
{
    struct ab_slice  header = ab_slice(p, *len), piece;
    size_t           pos = 0, out = 0;

    do {
        if (!next_piece(header, &pos, &piece)) {
            return false;
        }
    } while (!is_listed(piece, names, n));
    if (piece.p > p && (is_blank(*p) || *p == ';')) {
        pos = 0;                /* nothing yet that could stay as it is */
    } else if (piece.p > p) {
        out = (size_t) (piece.p - p) - 1;
    }

    while (next_piece(header, &pos, &piece)) {
        if (is_listed(piece, names, n)) {
            continue;
        }
        if (out == 0) {
            /* The blank after the ';' of a cookie that went away. */
            piece = trim(piece);
        } else {
            p[out++] = ';';
        }
        memmove(p + out, piece.p, piece.len);
        out += piece.len;
    }
    *len = out;
    return true;
}


struct ab_slice
ab_set_cookie_name(struct ab_slice set_cookie)
{
    struct ab_slice  pair = ab_slice(set_cookie.p,
                                     ab_slice_find(set_cookie, ';'));

    /* A browser sends a cookie without a name as its bare value, so that
     * "=auth=x" comes back as the cookie "auth". Named as it comes back. */
    pair = trim(pair);
    while (pair.len > 0 && (pair.p[0] == '=' || is_blank(pair.p[0]))) {
        pair.p++;
        pair.len--;
    }
    return trim(ab_slice(pair.p, ab_slice_find(pair, '=')));
}


/* No byte that would end the value or the header (RFC 6265 section 4.1.1). */
static bool
is_plain(struct ab_slice s)
{
    size_t   i;
    uint8_t  c;

    for (i = 0; i < s.len; i++) {
        c = (uint8_t) s.p[i];
        if (c <= 0x20 || c >= 0x7f || c == ';' || c == ',') {
            return false;
        }
    }
    return true;
}


void
ab_cookie_format(struct ab_buf *out, struct ab_slice name,
    struct ab_slice value, const char *path, int flags, long max_age)
{
    static const struct {
        int          flag;
        const char  *text;
    } attributes[] = {
        { AB_COOKIE_HTTP_ONLY, "; HttpOnly"      },
        { AB_COOKIE_SECURE,    "; Secure"        },
        { AB_COOKIE_LAX,       "; SameSite=Lax"  },
        { AB_COOKIE_NONE,      "; SameSite=None" },
    };
    size_t  i;

    if (!is_plain(name) || !is_plain(value)
        || !is_plain(ab_slice_str(path)))
    {
        out->failed = true;
        return;
    }
    ab_buf_add(out, name);
    ab_buf_add_byte(out, '=');
    ab_buf_add(out, value);
    ab_buf_add_str(out, "; Path=");
    ab_buf_add_str(out, path);
    if (max_age >= 0) {
        ab_buf_add_str(out, "; Max-Age=");
        ab_buf_add_dec(out, max_age);
    }
    for (i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
        if (flags & attributes[i].flag) {
            ab_buf_add_str(out, attributes[i].text);
        }
    }
}
