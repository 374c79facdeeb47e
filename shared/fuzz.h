/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz.h - what the fuzz targets share.
 */
#ifndef AB_FUZZ_H
#define AB_FUZZ_H

#include "ab_slice.h"

/* A property that does not hold is a crash, also in optimised builds. */
#undef NDEBUG
#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


/* An empty slice lies anywhere. */
static inline bool
fuzz_inside(struct ab_slice whole, struct ab_slice part)
{
    return part.len == 0
           || (part.p >= whole.p && part.p + part.len <= whole.p + whole.len);
}


/* Take the bytes up to the first `c`, and that byte, off the front of *s. */
static inline struct ab_slice
fuzz_take(struct ab_slice *s, char c)
{
    size_t           at = ab_slice_find(*s, c);
    struct ab_slice  front = ab_slice(s->p, at);

    at += at < s->len;
    *s = ab_slice(s->p + at, s->len - at);
    return front;
}

#endif
