/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_time.c - durations and checked numbers as text.
 */
#include "ab_time.h"

/* Units of a duration: letter, seconds. */
static const struct {
    char     letter;
    int64_t  s;
} units[] = {
    { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 },
};


enum ab_err
ab_parse_u64(struct ab_slice in, uint64_t *ret_v)
{
    uint64_t  v = 0, digit;
    size_t    i;

    if (in.len == 0 || (in.len > 1 && in.p[0] == '0')) {
        return AB_E_FORMAT;
    }
    for (i = 0; i < in.len; i++) {
        if (in.p[i] < '0' || in.p[i] > '9') {
            return AB_E_FORMAT;
        }
        digit = (uint64_t) (in.p[i] - '0');
        if (v > (UINT64_MAX - digit) / 10) {
            return AB_E_FORMAT;
        }
        v = v * 10 + digit;
    }
    *ret_v = v;
    return AB_OK;
}


enum ab_err
ab_parse_i64(struct ab_slice in, int64_t *ret_v)
{
    uint64_t  v;
    bool      minus = in.len > 0 && in.p[0] == '-';

    if (minus) {
        in = ab_slice(in.p + 1, in.len - 1);
    }
    if (ab_parse_u64(in, &v) != AB_OK || (minus && v == 0)) {
        return AB_E_FORMAT;
    }
    if (v > (uint64_t) INT64_MAX + (minus ? 1 : 0)) {
        return AB_E_FORMAT;
    }
    *ret_v = minus ? (int64_t) (0 - v) : (int64_t) v;
    return AB_OK;
}


enum ab_err
ab_parse_duration_s(struct ab_slice in, int64_t *ret_s)
{
    int64_t   v, unit = 1;
    size_t    i;
    uint64_t  n;

    for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (in.len > 0 && in.p[in.len - 1] == units[i].letter) {
            unit = units[i].s;
            in.len--;
            break;
        }
    }
    if (ab_parse_u64(in, &n) != AB_OK || n > (uint64_t) INT64_MAX) {
        return AB_E_FORMAT;
    }
    v = (int64_t) n;
    if (v > INT64_MAX / unit) {
        return AB_E_FORMAT;
    }
    *ret_s = v * unit;
    return AB_OK;
}


int64_t
ab_time_add(int64_t now, int64_t s)
{
    int64_t  sum;

    if (__builtin_add_overflow(now, s, &sum)) {
        return s > 0 ? INT64_MAX : INT64_MIN;
    }
    return sum;
}
