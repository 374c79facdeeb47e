/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_buf.h - a byte buffer that grows up to a maximum given at its birth.
 *
 * A write that does not fit (maximum, fixed memory, no memory) writes nothing
 * and sets `failed`; later writes then do nothing, so a caller may write a
 * whole message and look once at the end. Invariant: len <= cap <= max.
 */
#ifndef AB_BUF_H
#define AB_BUF_H

#include "ab_slice.h"

#include <stdint.h>

struct ab_buf {
    char    *p;
    size_t   len;
    size_t   cap;
    size_t   max;
    bool     fixed;     /* memory is the caller's, never grown or freed */
    bool     failed;
};

/* Heap memory, nothing allocated yet. ab_buf_clear() wipes and frees it. */
void ab_buf_init(struct ab_buf *b, size_t max);
/* Over memory of the caller, which outlives the buffer. Never allocates. */
void ab_buf_init_fixed(struct ab_buf *b, void *mem, size_t size);
/* Wipes what was written and frees heap memory. A cleared buffer is unusable. */
void ab_buf_clear(struct ab_buf *b);
/* Wipes and sets len to 0 and failed to false; keeps the memory. */
void ab_buf_reset(struct ab_buf *b);

void ab_buf_add(struct ab_buf *b, struct ab_slice s);
void ab_buf_add_str(struct ab_buf *b, const char *s);
void ab_buf_add_byte(struct ab_buf *b, uint8_t c);
void ab_buf_add_dec(struct ab_buf *b, int64_t v);
/* printf into the buffer; needs a spare byte of room, for a NUL. */
void ab_buf_addf(struct ab_buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* n bytes of room to be filled by the caller, or NULL (then failed is set). */
char *ab_buf_room(struct ab_buf *b, size_t n);
/* Drop n bytes from the front, moving the rest. */
void ab_buf_consume(struct ab_buf *b, size_t n);

static inline struct ab_slice
ab_buf_slice(const struct ab_buf *b)
{
    return ab_slice(b->p, b->len);
}

#endif
