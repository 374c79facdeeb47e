/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_utf8.c - bytes that are text (RFC 3629 section 4).
 */
#include "ab_utf8.h"


size_t
ab_utf8_len(struct ab_slice s)
{
    const uint8_t  *p = (const uint8_t *) s.p;
    size_t          n, i;
    uint8_t         low, high;

    if (s.len == 0) {
        return 0;
    }
    n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2
        : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;
    if (n <= 1 || n > s.len) {
        return n > s.len ? 0 : n;
    }
    low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
    high = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;
    if (p[1] < low || p[1] > high) {
        return 0;
    }
    for (i = 2; i < n; i++) {
        if (p[i] < 0x80 || p[i] > 0xbf) {
            return 0;
        }
    }
    return n;
}


bool
ab_is_utf8(struct ab_slice s)
{
    size_t  n;

    while (s.len > 0) {
        n = ab_utf8_len(s);
        if (n == 0) {
            return false;
        }
        s = ab_slice(s.p + n, s.len - n);
    }
    return true;
}
