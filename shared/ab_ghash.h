/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_ghash.h - a keyed hash for tables in memory: GHASH, the polynomial hash
 * of GCM (NIST SP 800-38D section 6.4), at a random secret point.
 *
 * Two inputs meet with a chance of at most one in 2^128 for each block of 16
 * bytes, unless who chose them knows the point; at a tenth of the cost of
 * SHA-256. That holds only as long as no result leaves the process: it is no
 * MAC to show to anybody.
 */
#ifndef AB_GHASH_H
#define AB_GHASH_H

#include "ab_slice.h"

#include <stdint.h>

#define AB_GHASH_LEN    16
#define AB_GHASH_SHORT  64      /* a name's length at most */

struct ab_ghash;

/* With a point of its own; NULL without memory or randomness. */
struct ab_ghash *ab_ghash_new(void);
/* Wipes the point. NULL is allowed. */
void ab_ghash_free(struct ab_ghash *g);
/* Over a kind, a short name and a text, none of which can pass for a part of
 * another. False (out zeroed) when the name is longer than AB_GHASH_SHORT or
 * the text than UINT32_MAX. One thread at a time. */
bool ab_ghash(struct ab_ghash *g, uint32_t kind, struct ab_slice name,
    struct ab_slice text, uint8_t out[AB_GHASH_LEN]);

#endif
