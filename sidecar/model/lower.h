/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lower.h - user names and addresses in the one form they are compared in.
 */
#ifndef MODEL_LOWER_H
#define MODEL_LOWER_H

#include "base/arena.h"

/* Lower case (Unicode's one-to-one mappings, the same in every locale),
 * surrounding blanks cut, in a. NULL: no memory. Bytes that are no UTF-8
 * stay as they are. */
char *lower_text(struct arena *a, const char *s);

#endif
