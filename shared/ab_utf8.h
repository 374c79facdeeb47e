/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_utf8.h - bytes that are text: UTF-8 as RFC 3629 section 4 has it, no
 * overlong forms, no surrogates.
 */
#ifndef AB_UTF8_H
#define AB_UTF8_H

#include "ab_slice.h"

#include <stdbool.h>
#include <stdint.h>

/* Bytes of the sequence that s begins with; 0 when it is none. */
size_t ab_utf8_len(struct ab_slice s);
/* All of s is text; NUL counts as text. */
bool ab_is_utf8(struct ab_slice s);

#endif
