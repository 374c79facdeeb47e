/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_cookie.h - read, cut and format cookies (RFC 6265 sections 4.1, 4.2.1).
 *
 * Exact names, ';' alone separates, surrounding blanks are trimmed, all
 * occurrences are seen. Quotes are part of the value.
 */
#ifndef AB_COOKIE_H
#define AB_COOKIE_H

#include "ab_buf.h"
#include "ab_error.h"

struct ab_cookie_hit {
    struct ab_slice  value;     /* the first occurrence */
    unsigned         count;     /* occurrences */
    bool             differ;    /* two occurrences with different values */
};

/* Look for names[n] in one Cookie header value and add to hits[n], which
 * start zeroed; call it once for each Cookie header. Values longer than
 * AB_MAX_COOKIE_VALUE count as occurrences and make `differ` true. */
void ab_cookie_find(struct ab_slice header, const struct ab_slice *names,
    size_t n, struct ab_cookie_hit *hits);

/*
 * Remove every cookie whose name is in names[n] from the header value at
 * `p` of *len bytes, in place; the rest keeps its bytes and order, joined as
 * it was. Sets *len, 0 when nothing is left. True if something was cut;
 * otherwise not a byte is changed.
 */
bool ab_cookie_cut(char *p, size_t *len, const struct ab_slice *names,
    size_t n);

/* Name under which a browser would send back a Set-Cookie value, trimmed;
 * empty when it has none. */
struct ab_slice ab_set_cookie_name(struct ab_slice set_cookie);

/* Attributes of a Set-Cookie; flags are or-ed. */
#define AB_COOKIE_HTTP_ONLY   1
#define AB_COOKIE_SECURE      2
#define AB_COOKIE_LAX         4
#define AB_COOKIE_NONE        8      /* SameSite=None */

/* Append a Set-Cookie value. max_age < 0: session cookie; 0: delete. A byte
 * that would end name, value or path sets out->failed. */
void ab_cookie_format(struct ab_buf *out, struct ab_slice name,
    struct ab_slice value, const char *path, int flags, long max_age);

#endif
