/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_ct.h - constant-time compare, and wiping that is not optimised away.
 */
#ifndef AB_CT_H
#define AB_CT_H

#include "ab_slice.h"

#include <stdint.h>

/* Time depends on the lengths alone. Different lengths: false. */
bool ab_ct_equal(const void *a, size_t a_len, const void *b, size_t b_len);
static inline bool
ab_ct_slice_eq(struct ab_slice a, struct ab_slice b)
{
    return ab_ct_equal(a.p, a.len, b.p, b.len);
}
/* Of 32 bytes each: SHA-256 digests. On every request's path. */
static inline bool
ab_ct_equal32(const void *a, const void *b)
{
    uint64_t  x[4], y[4];

    memcpy(x, a, sizeof(x));
    memcpy(y, b, sizeof(y));
    return ((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3]))
           == 0;
}


void ab_wipe(void *p, size_t len);

#endif
