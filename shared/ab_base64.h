/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_base64.h - base64url without padding (RFC 4648 section 5), and standard
 * base64 with padding (section 4).
 *
 * Decoding is strict: no blanks, no foreign alphabet, unused bits must be
 * zero, so that one value has one spelling.
 */
#ifndef AB_BASE64_H
#define AB_BASE64_H

#include "ab_buf.h"
#include "ab_error.h"

/* Lengths of an encoding of n bytes, and the largest decoding of n chars. */
#define AB_B64URL_LEN(n)      (((n) * 4 + 2) / 3)
#define AB_B64_LEN(n)         (((n) + 2) / 3 * 4)
#define AB_B64_DECODED_MAX(n) ((n) / 4 * 3 + 3)

/* Writes AB_B64URL_LEN(in.len) characters, no NUL; returns that number. */
size_t ab_b64url_encode(char *out, struct ab_slice in);
void ab_b64url_add(struct ab_buf *out, struct ab_slice in);
/* Decodes into out[size]; AB_E_FORMAT when malformed or too large. */
enum ab_err ab_b64url_decode(void *out, size_t size, struct ab_slice in,
    size_t *ret_len);

size_t ab_b64_encode(char *out, struct ab_slice in);
enum ab_err ab_b64_decode(void *out, size_t size, struct ab_slice in,
    size_t *ret_len);

#endif
