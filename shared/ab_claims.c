/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_claims.c - strict JSON of JWTs and JWKs (RFC 8259 over jansson).
 *
 * Depth is counted before jansson sees the bytes: its parser recurses, and
 * its own limit is a matter of how it was built. NUL in texts and trailing
 * bytes are refused by jansson unless asked for.
 */
#include "ab_claims.h"
#include "ab_limits.h"

#include <math.h>

#define NAME_MAX_LEN  256                       /* one step of a path */
#define EXACT_MAX     9007199254740992.0        /* 2^53 */


/* Nowhere deeper than AB_MAX_JSON_DEPTH; brackets in strings do not count. */
static bool
depth_ok(struct ab_slice in)
{
    size_t  i, depth = 0;
    bool    in_text = false;

    for (i = 0; i < in.len; i++) {
        switch (in.p[i]) {
        case '"':
            in_text = !in_text;
            break;
        case '\\':
            i += in_text;           /* the byte behind it ends no text */
            break;
        case '{': case '[':
            if (!in_text && ++depth > AB_MAX_JSON_DEPTH) {
                return false;
            }
            break;
        case '}': case ']':
            if (!in_text && depth > 0) {
                depth--;
            }
            break;
        default:
            break;
        }
    }
    return true;
}


enum ab_err
ab_json_parse(struct ab_slice in, json_t **ret_value)
{
    json_error_t   error;
    json_t        *value;

    if (in.len == 0 || in.len > AB_MAX_JSON || !depth_ok(in)) {
        return AB_E_JSON;
    }
    memset(&error, 0, sizeof(error));
    value = json_loadb(in.p, in.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY,
                       &error);
    if (value == NULL) {
        /* Without memory jansson often ends without any message. */
        return error.text[0] == '\0'
               || json_error_code(&error) == json_error_out_of_memory
               ? AB_E_NOMEM : AB_E_JSON;
    }
    *ret_value = value;
    return AB_OK;
}


enum ab_err
ab_claims_parse(struct ab_slice in, json_t **ret_object)
{
    json_t       *value;
    enum ab_err   e = ab_json_parse(in, &value);

    if (e != AB_OK) {
        return e;
    }
    if (!json_is_object(value)) {
        json_decref(value);
        return AB_E_JSON;
    }
    *ret_object = value;
    return AB_OK;
}


static struct ab_slice
text_of(const json_t *v)
{
    return ab_slice(json_string_value(v), json_string_length(v));
}


enum ab_err
ab_claims_text(const json_t *o, const char *name, struct ab_slice *ret_text)
{
    const json_t  *v = json_object_get(o, name);

    if (!json_is_string(v)) {
        return AB_E_TOKEN_CLAIM;
    }
    *ret_text = text_of(v);
    return AB_OK;
}


enum ab_err
ab_claims_time(const json_t *o, const char *name, int64_t *ret_s)
{
    const json_t  *v = json_object_get(o, name);
    double         real;

    if (json_is_integer(v)) {
        *ret_s = json_integer_value(v);
        return AB_OK;
    }
    if (!json_is_real(v)) {
        return AB_E_TOKEN_CLAIM;
    }
    real = json_real_value(v);
    if (!isfinite(real) || real < -EXACT_MAX || real > EXACT_MAX) {
        return AB_E_TOKEN_CLAIM;
    }
    *ret_s = (int64_t) real;
    return AB_OK;
}


bool
ab_claims_has(const json_t *o, const char *name)
{
    return json_object_get(o, name) != NULL;
}


/* RFC 7519 section 4.1.3: one text or an array of texts. */
bool
ab_claims_contains(const json_t *o, const char *name, struct ab_slice want)
{
    const json_t  *v = json_object_get(o, name), *item;
    size_t         i;
    bool           hit = false;

    if (json_is_string(v)) {
        return ab_slice_eq(text_of(v), want);
    }
    for (i = 0; i < json_array_size(v); i++) {
        item = json_array_get(v, i);
        if (!json_is_string(item)) {
            return false;
        }
        hit = hit || ab_slice_eq(text_of(item), want);
    }
    return hit;
}


/* Take one name of a path into out; false when it is too long. *path then
 * stands at the '.' behind it or at the end. */
static bool
take_name(const char **path, char out[NAME_MAX_LEN])
{
    const char  *p = *path;
    size_t       n = 0;

    while (*p != '\0' && *p != '.') {
        if (p[0] == '\\' && p[1] == '.') {
            p++;
        }
        if (n == NAME_MAX_LEN - 1) {
            return false;
        }
        out[n++] = *p++;
    }
    out[n] = '\0';
    *path = p;
    return true;
}


const json_t *
ab_claims_path(const json_t *o, const char *path)
{
    char  name[NAME_MAX_LEN];

    for ( ;; ) {
        if (!take_name(&path, name)) {
            return NULL;
        }
        o = json_object_get(o, name);
        if (o == NULL || *path == '\0') {
            return o;
        }
        path++;
    }
}
