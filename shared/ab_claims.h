/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_claims.h - strict JSON objects of JWTs and JWKs (over jansson).
 *
 * The only user of jansson in shared/. Refuses: anything but one object,
 * repeated members at any depth, embedded NUL, more than AB_MAX_JSON bytes
 * or AB_MAX_JSON_DEPTH levels, trailing bytes, invalid UTF-8.
 */
#ifndef AB_CLAIMS_H
#define AB_CLAIMS_H

#include "ab_slice.h"
#include "ab_error.h"

#include <jansson.h>
#include <stdint.h>

/* Gives a new reference. AB_E_JSON when refused; AB_E_NOMEM, where jansson
 * tells the difference. */
enum ab_err ab_claims_parse(struct ab_slice in, json_t **ret_object);
/* The same for any JSON value (arrays: JWKS members, lists). */
enum ab_err ab_json_parse(struct ab_slice in, json_t **ret_value);

/* Borrowed from the object. AB_E_TOKEN_CLAIM when absent or another type
 * (an empty string is a string). */
enum ab_err ab_claims_text(const json_t *o, const char *name,
    struct ab_slice *ret_text);
/* Whole numbers; a real counts when finite and within +-2^53 (RFC 7519
 * NumericDate), its fraction is cut. */
enum ab_err ab_claims_time(const json_t *o, const char *name, int64_t *ret_s);
bool ab_claims_has(const json_t *o, const char *name);
/* Text equal to `want`, or an array of texts only that contains it. */
bool ab_claims_contains(const json_t *o, const char *name,
    struct ab_slice want);
/* Member at a path of names split at '.', "\." being a literal dot; NULL
 * when any step is absent or no object. Borrowed. */
const json_t *ab_claims_path(const json_t *o, const char *path);

#endif
