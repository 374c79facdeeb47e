/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_form.h - application/x-www-form-urlencoded, in bodies and queries
 * (WHATWG URL section 5.1).
 */
#ifndef AB_FORM_H
#define AB_FORM_H

#include "ab_buf.h"
#include "ab_error.h"

struct ab_param {
    struct ab_slice  name;      /* decoded */
    struct ab_slice  value;     /* decoded; empty for "name" and "name=" */
};

/*
 * Decode `in` into at most max_n params, whose bytes are written to `mem`
 * (whose size must be >= in.len; it outlives the params). NUL, bad percent
 * sequences, bytes that are no UTF-8: AB_E_FORMAT; more than max_n: AB_E_TOO_LARGE. Empty pieces
 * between '&' are skipped. Repeated names are kept.
 */
enum ab_err ab_form_parse(struct ab_slice in, char *mem,
    struct ab_param *params, size_t max_n, size_t *ret_n);

/* Find the only param of that name; NULL when absent or repeated. *ret_count
 * (may be NULL) is how often it occurs. */
const struct ab_param *ab_form_find(const struct ab_param *params, size_t n,
    const char *name, size_t *ret_count);

/*
 * Walk raw query text without decoding: the next "name=value" piece and its
 * raw extent (without '&'), empty ones included, so that joining all pieces
 * gives the query back. False at the end. *pos starts at 0.
 */
bool ab_query_next(struct ab_slice query, size_t *pos,
    struct ab_slice *ret_piece);

/* Append name=value form-encoded, with '&' before it if out is not empty. */
void ab_form_add(struct ab_buf *out, const char *name, struct ab_slice value);

#endif
