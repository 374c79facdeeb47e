/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scope_words.h - blank-separated names.
 */
#ifndef OIDC_SCOPE_WORDS_H
#define OIDC_SCOPE_WORDS_H

#include "ab_slice.h"

/* The next word at *at, which moves behind it; false at the end. Blanks in
 * a row count as one. */
static inline bool
scope_next(const char **at, struct ab_slice *ret_word)
{
    const char  *start = *at == NULL ? "" : *at, *end;

    start += strspn(start, " ");
    end = start + strcspn(start, " ");
    *at = end;
    *ret_word = ab_slice_between(start, end);
    return ret_word->len > 0;
}


static inline bool
scope_has_word(const char *scope, const char *word)
{
    const char       *at = scope;
    struct ab_slice   w;

    while (scope_next(&at, &w)) {
        if (ab_slice_eq_str(w, word)) {
            return true;
        }
    }
    return false;
}

#endif
