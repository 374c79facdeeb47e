/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_ct.h - constant-time compare, and wiping that is not optimised away.
 */
#ifndef AB_CT_H
#define AB_CT_H

#include "ab_slice.h"

/* Time depends on the lengths alone. Different lengths: false. */
bool ab_ct_equal(const void *a, size_t a_len, const void *b, size_t b_len);
static inline bool
ab_ct_slice_eq(struct ab_slice a, struct ab_slice b)
{
    return ab_ct_equal(a.p, a.len, b.p, b.len);
}

void ab_wipe(void *p, size_t len);

#endif
