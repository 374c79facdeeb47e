/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * comma_list.h - walk a configured "a, b, c".
 */
#ifndef BROKER_COMMA_LIST_H
#define BROKER_COMMA_LIST_H

#include "ab_slice.h"

/* The next piece, blanks around it cut off, empty ones skipped. *rest starts
 * as the whole list. False at the end. */
static inline bool
comma_list_next(struct ab_slice *rest, struct ab_slice *ret_piece)
{
    struct ab_slice  s;
    size_t           cut;

    while (rest->len > 0) {
        cut = ab_slice_find(*rest, ',');
        s = ab_slice(rest->p, cut);
        cut += cut < rest->len;
        *rest = ab_slice(rest->p + cut, rest->len - cut);
        while (s.len > 0 && s.p[0] == ' ') {
            s = ab_slice(s.p + 1, s.len - 1);
        }
        while (s.len > 0 && s.p[s.len - 1] == ' ') {
            s.len--;
        }
        if (s.len > 0) {
            *ret_piece = s;
            return true;
        }
    }
    return false;
}

#endif
