/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_slice.h - a pointer and a length over bytes that somebody else owns.
 *
 * A slice may hold any bytes, NUL included, and is never NUL-terminated by
 * promise. An empty slice has len 0; its p may be NULL.
 */
#ifndef AB_SLICE_H
#define AB_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct ab_slice {
    const char  *p;
    size_t       len;
};

/* A slice over a string literal, without its NUL. */
#define AB_S(lit)  ((struct ab_slice) { (lit), sizeof(lit) - 1 })


static inline struct ab_slice
ab_slice(const void *p, size_t len)
{
    return (struct ab_slice) { (const char *) p, len };
}


/* Over a C string; NULL gives an empty slice. */
static inline struct ab_slice
ab_slice_str(const char *s)
{
    return (struct ab_slice) { s, s == NULL ? 0 : strlen(s) };
}


/* From `start` up to but without `end`. */
static inline struct ab_slice
ab_slice_between(const char *start, const char *end)
{
    return (struct ab_slice) { start, (size_t) (end - start) };
}


/* Not for secrets: those are compared by ab_ct_equal(). */
static inline bool
ab_slice_eq(struct ab_slice a, struct ab_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}


static inline bool
ab_slice_eq_str(struct ab_slice a, const char *s)
{
    return ab_slice_eq(a, ab_slice_str(s));
}


static inline bool
ab_slice_starts(struct ab_slice s, struct ab_slice prefix)
{
    return s.len >= prefix.len
           && (prefix.len == 0 || memcmp(s.p, prefix.p, prefix.len) == 0);
}


static inline char
ab_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char) (c | 0x20) : c;
}


/* ASCII case only. */
static inline bool
ab_slice_eq_nocase(struct ab_slice a, struct ab_slice b)
{
    size_t  i;

    if (a.len != b.len) {
        return false;
    }
    for (i = 0; i < a.len; i++) {
        if (ab_lower(a.p[i]) != ab_lower(b.p[i])) {
            return false;
        }
    }
    return true;
}


/* Position of byte c, or s.len when absent. */
static inline size_t
ab_slice_find(struct ab_slice s, char c)
{
    const char  *at = s.len == 0 ? NULL : memchr(s.p, c, s.len);

    return at == NULL ? s.len : (size_t) (at - s.p);
}

#endif
