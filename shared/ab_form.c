/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_form.c - application/x-www-form-urlencoded (WHATWG URL section 5).
 */
#include "ab_form.h"
#include "ab_uri.h"
#include "ab_utf8.h"


/* Decode a name or value to *mem and move it on; false on NUL, a bad percent
 * sequence, or bytes that are no text. */
static bool
decode(struct ab_slice in, char **mem, struct ab_slice *ret_text)
{
    char    *start = *mem;
    size_t   i;
    int      c;

    for (i = 0; i < in.len; i++) {
        c = (uint8_t) in.p[i];
        if (c == '%') {
            c = ab_uri_hex(in, i);
            i += 2;
        } else if (c == '+') {
            c = ' ';
        }
        if (c <= 0) {
            return false;
        }
        *(*mem)++ = (char) c;
    }
    *ret_text = ab_slice_between(start, *mem);
    return ab_is_utf8(*ret_text);
}


enum ab_err
ab_form_parse(struct ab_slice in, char *mem, struct ab_param *params,
    size_t max_n, size_t *ret_n)
{
    struct ab_slice  piece, name, value;
    size_t           pos = 0, n = 0, eq;

    while (ab_query_next(in, &pos, &piece)) {
        if (piece.len == 0) {
            continue;
        }
        if (n == max_n) {
            return AB_E_TOO_LARGE;
        }
        eq = ab_slice_find(piece, '=');
        name = ab_slice(piece.p, eq);
        value = ab_slice(piece.p + eq, piece.len - eq);
        if (value.len > 0) {
            value = ab_slice(value.p + 1, value.len - 1);
        }
        if (!decode(name, &mem, &params[n].name)
            || !decode(value, &mem, &params[n].value))
        {
            return AB_E_FORMAT;
        }
        n++;
    }
    *ret_n = n;
    return AB_OK;
}


const struct ab_param *
ab_form_find(const struct ab_param *params, size_t n, const char *name,
    size_t *ret_count)
{
    const struct ab_param  *hit = NULL;
    size_t                  i, count = 0;

    for (i = 0; i < n; i++) {
        if (ab_slice_eq_str(params[i].name, name)) {
            hit = &params[i];
            count++;
        }
    }
    if (ret_count != NULL) {
        *ret_count = count;
    }
    return count == 1 ? hit : NULL;
}


bool
ab_query_next(struct ab_slice query, size_t *pos, struct ab_slice *ret_piece)
{
    struct ab_slice  rest;
    size_t           len;

    if (query.len == 0 || *pos > query.len) {
        return false;
    }
    rest = ab_slice(query.p + *pos, query.len - *pos);
    len = ab_slice_find(rest, '&');
    *ret_piece = ab_slice(rest.p, len);
    *pos += len + 1;
    return true;
}


/* WHATWG URL section 5.2: blanks as '+', all but alphanumerics and "*-._"
 * as percent sequences. */
static void
add_encoded(struct ab_buf *out, struct ab_slice in)
{
    size_t  i;
    char    c;

    for (i = 0; i < in.len; i++) {
        c = in.p[i];
        if (c == ' ') {
            ab_buf_add_byte(out, '+');
        } else if (c == '*') {
            ab_buf_add_byte(out, '*');
        } else if (c == '~') {
            ab_buf_add_str(out, "%7E");
        } else {
            ab_uri_add_escaped(out, ab_slice(in.p + i, 1));
        }
    }
}


void
ab_form_add(struct ab_buf *out, const char *name, struct ab_slice value)
{
    if (out->len > 0) {
        ab_buf_add_byte(out, '&');
    }
    add_encoded(out, ab_slice_str(name));
    ab_buf_add_byte(out, '=');
    add_encoded(out, value);
}
