/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_buf.c - a byte buffer that grows up to a maximum.
 *
 * Memory that is given up is wiped first: what was written may be a secret.
 */
#include "ab_buf.h"
#include "ab_ct.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST_CAP  256


static bool buf_grow(struct ab_buf *b, size_t need);


void
ab_buf_init(struct ab_buf *b, size_t max)
{
    *b = (struct ab_buf) { .max = max };
}


void
ab_buf_init_fixed(struct ab_buf *b, void *mem, size_t size)
{
    *b = (struct ab_buf) {
        .p = mem, .cap = size, .max = size, .fixed = true
    };
}


void
ab_buf_clear(struct ab_buf *b)
{
    ab_wipe(b->p, b->len);
    if (!b->fixed) {
        free(b->p);
    }
    *b = (struct ab_buf) { .failed = true };
}


void
ab_buf_reset(struct ab_buf *b)
{
    ab_wipe(b->p, b->len);
    b->len = 0;
    b->failed = false;
}


char *
ab_buf_room(struct ab_buf *b, size_t n)
{
    char  *at;

    /* A subtraction, as a sum could wrap. */
    if (b->failed || n > b->max - b->len) {
        b->failed = true;
        return NULL;
    }
    if ((n > b->cap - b->len || b->p == NULL) && !buf_grow(b, b->len + n)) {
        b->failed = true;
        return NULL;
    }
    at = b->p + b->len;
    b->len += n;
    return at;
}


/* Not realloc(): that would leave the old bytes behind unwiped. */
static bool
buf_grow(struct ab_buf *b, size_t need)
{
    size_t   cap = b->cap < FIRST_CAP ? FIRST_CAP : b->cap;
    char    *p;

    if (b->fixed) {
        return false;
    }
    while (cap < need) {
        cap = cap > b->max / 2 ? b->max : cap * 2;
    }
    if (cap > b->max) {
        cap = b->max;
    }
    p = malloc(cap == 0 ? 1 : cap);
    if (p == NULL) {
        return false;
    }
    if (b->len > 0) {
        memcpy(p, b->p, b->len);
        ab_wipe(b->p, b->len);
    }
    free(b->p);
    b->p = p;
    b->cap = cap;
    return true;
}


void
ab_buf_add(struct ab_buf *b, struct ab_slice s)
{
    char  *at = ab_buf_room(b, s.len);

    if (at != NULL && s.len > 0) {
        memcpy(at, s.p, s.len);
    }
}


void
ab_buf_add_str(struct ab_buf *b, const char *s)
{
    ab_buf_add(b, ab_slice_str(s));
}


void
ab_buf_add_byte(struct ab_buf *b, uint8_t c)
{
    ab_buf_add(b, ab_slice(&c, 1));
}


void
ab_buf_add_dec(struct ab_buf *b, int64_t v)
{
    char      mem[24], *at = mem + sizeof(mem);
    uint64_t  rest = v < 0 ? 0 - (uint64_t) v : (uint64_t) v;

    do {
        *--at = (char) ('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (v < 0) {
        *--at = '-';
    }
    ab_buf_add(b, ab_slice_between(at, mem + sizeof(mem)));
}


void
ab_buf_addf(struct ab_buf *b, const char *fmt, ...)
{
    va_list   args;
    char     *at;
    int       n;

    va_start(args, fmt);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    /* One byte more for the NUL that vsnprintf insists on; given back. */
    at = n < 0 ? NULL : ab_buf_room(b, (size_t) n + 1);
    if (at == NULL) {
        b->failed = true;
        return;
    }
    va_start(args, fmt);
    vsnprintf(at, (size_t) n + 1, fmt, args);
    va_end(args);
    b->len--;
}


void
ab_buf_consume(struct ab_buf *b, size_t n)
{
    if (n > b->len) {
        n = b->len;
    }
    if (n == 0) {
        return;
    }
    memmove(b->p, b->p + n, b->len - n);
    b->len -= n;
    ab_wipe(b->p + b->len, n);
}
