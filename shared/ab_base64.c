/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_base64.c - base64url without padding, base64 with padding (RFC 4648).
 */
#include "ab_base64.h"

/* The two alphabets: RFC 4648 tables 2 and 1. */
static const char  url_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char  std_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#define XX  255

/* Value of a byte as a base64url digit, XX for any other byte; from 0x20. */
static const uint8_t  url_values[96] = {
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, 62, XX, XX,
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, XX, XX, XX, XX, XX, XX,
    XX,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14,
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, XX, XX, XX, XX, 63,
    XX, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, XX, XX, XX, XX, XX,
};

/* The same for base64. */
static const uint8_t  std_values[96] = {
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, 62, XX, XX, XX, 63,
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, XX, XX, XX, XX, XX, XX,
    XX,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14,
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, XX, XX, XX, XX, XX,
    XX, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, XX, XX, XX, XX, XX,
};


static size_t
encode(const char digits[65], char *out, struct ab_slice in)
{
    const uint8_t  *p = (const uint8_t *) in.p;
    size_t          left = in.len, n = 0;

    for (; left >= 3; left -= 3, p += 3) {
        out[n++] = digits[p[0] >> 2];
        out[n++] = digits[(p[0] & 3) << 4 | p[1] >> 4];
        out[n++] = digits[(p[1] & 15) << 2 | p[2] >> 6];
        out[n++] = digits[p[2] & 63];
    }
    if (left > 0) {
        out[n++] = digits[p[0] >> 2];
        out[n++] = digits[(p[0] & 3) << 4 | (left == 2 ? p[1] >> 4 : 0)];
    }
    if (left == 2) {
        out[n++] = digits[(p[1] & 15) << 2];
    }
    return n;
}


/* The n <= 4 digits at p as one number, XX << 24 when one is foreign. */
static uint32_t
take_digits(const uint8_t values[96], const char *p, size_t n)
{
    uint32_t  v = 0;
    size_t    i;
    uint8_t   c;

    for (i = 0; i < n; i++) {
        c = (uint8_t) (p[i] - 0x20);
        if (c >= 96 || values[c] == XX) {
            return (uint32_t) XX << 24;
        }
        v = v << 6 | values[c];
    }
    return v;
}


/* Digits without padding. One left-over digit cannot be an octet. */
static enum ab_err
decode(const uint8_t values[96], uint8_t *out, size_t size,
    struct ab_slice in, size_t *ret_len)
{
    size_t    rest = in.len % 4, n = 0, need, i;
    uint32_t  v;

    need = in.len / 4 * 3 + (rest > 0 ? rest - 1 : 0);
    if (rest == 1 || need > size) {
        return AB_E_FORMAT;
    }
    for (i = 0; i + 4 <= in.len; i += 4) {
        v = take_digits(values, in.p + i, 4);
        if (v > 0xffffff) {
            return AB_E_FORMAT;
        }
        out[n++] = (uint8_t) (v >> 16);
        out[n++] = (uint8_t) (v >> 8);
        out[n++] = (uint8_t) v;
    }
    if (rest > 0) {
        v = take_digits(values, in.p + i, rest);
        /* Bits that no octet takes must be zero (RFC 4648 section 3.5). */
        if (v > 0xffffff || (v & (rest == 2 ? 15 : 3)) != 0) {
            return AB_E_FORMAT;
        }
        out[n++] = (uint8_t) (v >> (rest == 2 ? 4 : 10));
        if (rest == 3) {
            out[n++] = (uint8_t) (v >> 2);
        }
    }
    *ret_len = n;
    return AB_OK;
}


size_t
ab_b64url_encode(char *out, struct ab_slice in)
{
    return encode(url_digits, out, in);
}


void
ab_b64url_add(struct ab_buf *out, struct ab_slice in)
{
    char  *at = ab_buf_room(out, AB_B64URL_LEN(in.len));

    if (at != NULL) {
        encode(url_digits, at, in);
    }
}


enum ab_err
ab_b64url_decode(void *out, size_t size, struct ab_slice in, size_t *ret_len)
{
    return decode(url_values, out, size, in, ret_len);
}


size_t
ab_b64_encode(char *out, struct ab_slice in)
{
    size_t  n = encode(std_digits, out, in);

    while (n % 4 != 0) {
        out[n++] = '=';
    }
    return n;
}


enum ab_err
ab_b64_decode(void *out, size_t size, struct ab_slice in, size_t *ret_len)
{
    int  pad;

    if (in.len % 4 != 0) {
        return AB_E_FORMAT;
    }
    for (pad = 0; pad < 2 && in.len > 0 && in.p[in.len - 1] == '='; pad++) {
        in.len--;
    }
    return decode(std_values, out, size, in, ret_len);
}
