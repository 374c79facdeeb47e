/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mapper.c - writes values into claims: paths, types, merging.
 */
#include "mapper.h"

#include "ab_claims.h"
#include "ab_time.h"
#include "base/autofree.h"
#include "model/doc.h"

#include <string.h>
#include <strings.h>

#define PATH_DEPTH_MAX  10

/* Claims that the token itself answers for (tokens.md 5.2). */
static const char *const  fixed[] = {
    "jti", "typ", "iat", "exp", "iss", "scope", "nonce", "session_state",
    "sid",
};


const char *
mapper_config(const struct mapper_run *m, const char *key)
{
    return doc_filled(m->config, key);
}


bool
mapper_config_true(const struct mapper_run *m, const char *key)
{
    return doc_bool(m->config, key, false);
}


/* ---- one value by type ------------------------------------------------- */

static json_t *
typed_int(const char *text)
{
    int64_t  v;

    return ab_parse_i64(ab_slice_str(text), &v) == AB_OK
           ? json_integer((json_int_t) v) : NULL;
}


static json_t *
typed_json(const char *text)
{
    json_t  *v = NULL;

    return ab_json_parse(ab_slice_str(text), &v) == AB_OK ? v : NULL;
}


/* NULL: the text is no such value; the claim is then left out, as is one
 * without memory: the caller cannot tell, and a claim less grants nothing. */
static json_t *
typed(const char *label, const char *text)
{
    if (label == NULL || strcmp(label, "String") == 0) {
        return json_string(text);
    }
    if (strcmp(label, "long") == 0 || strcmp(label, "int") == 0) {
        return typed_int(text);
    }
    if (strcmp(label, "boolean") == 0) {
        return json_boolean(strcasecmp(text, "true") == 0);
    }
    return strcmp(label, "JSON") == 0 ? typed_json(text) : json_string(text);
}


/* ---- paths ------------------------------------------------------------- */

/* Cut "a.b\.c" into "a" and "b.c", in place. */
static size_t
split_path(char *path, const char **parts)
{
    size_t  n = 1;
    char   *in = path, *out = path;

    parts[0] = path;
    for (; *in != '\0'; in++) {
        if (*in == '\\' && in[1] != '\0') {
            *out++ = *++in;
        } else if (*in == '.' && n < PATH_DEPTH_MAX) {
            *out++ = '\0';
            parts[n++] = out;
        } else {
            *out++ = *in;
        }
    }
    *out = '\0';
    return n;
}


static bool
is_fixed(const char *name)
{
    size_t  i;

    for (i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
        if (strcmp(fixed[i], name) == 0) {
            return true;
        }
    }
    return false;
}


static bool
array_has(const json_t *array, const json_t *value)
{
    size_t  i;

    for (i = 0; i < json_array_size(array); i++) {
        if (json_equal(json_array_get(array, i), value)) {
            return true;
        }
    }
    return false;
}


static int
merge(json_t *have, const json_t *more)
{
    json_t  *v;
    size_t   i;

    for (i = 0; i < json_array_size(more); i++) {
        v = json_array_get(more, i);
        if (!array_has(have, v) && json_array_append(have, v) != 0) {
            return -1;
        }
    }
    return 0;
}


static json_t *
step_into(json_t *o, const char *name)
{
    json_t  *next = json_object_get(o, name);

    if (json_is_object(next)) {
        return next;
    }
    next = json_object();
    return json_object_set_new(o, name, next) == 0 ? next : NULL;
}


enum ab_err
mapper_put(struct mapper_run *m, const char *path, json_t *value)
{
    autofree(json_unrefp) json_t  *taken = value;
    const char                    *parts[PATH_DEPTH_MAX];
    char                          *copy = arena_str(m->c->a, path);
    json_t                        *o = m->claims, *have;
    size_t                         i, n;

    if (copy == NULL || taken == NULL) {
        return ctx_nomem(m->c);
    }
    n = split_path(copy, parts);
    if (is_fixed(parts[0])) {
        return AB_OK;
    }
    for (i = 0; o != NULL && i + 1 < n; i++) {
        o = step_into(o, parts[i]);
    }
    if (o == NULL) {
        return ctx_nomem(m->c);
    }
    have = json_object_get(o, parts[n - 1]);
    if (json_is_array(have) && json_is_array(taken)) {
        return merge(have, taken) == 0 ? AB_OK : ctx_nomem(m->c);
    }
    return json_object_set(o, parts[n - 1], taken) == 0 ? AB_OK
                                                        : ctx_nomem(m->c);
}


enum ab_err
mapper_put_texts(struct mapper_run *m, const char *const *values, size_t n,
    bool is_list)
{
    autofree(json_unrefp) json_t  *list = json_array();
    const char                    *label, *path;
    json_t                        *v;
    size_t                         i;

    label = mapper_config(m, "jsonType.label");
    path = mapper_config(m, "claim.name");
    for (i = 0; path != NULL && i < (is_list ? n : n > 0); i++) {
        v = typed(label, values[i]);
        if (v != NULL && !array_has(list, v)
            && json_array_append(list, v) != 0)
        {
            json_decref(v);
            return ctx_nomem(m->c);
        }
        json_decref(v);
    }
    if (json_array_size(list) == 0) {
        return AB_OK;
    }
    return mapper_put(m, path, is_list ? json_incref(list)
                               : json_incref(json_array_get(list, 0)));
}


enum ab_err
mapper_add_aud(struct mapper_run *m, const char *aud)
{
    autofree(json_unrefp) json_t  *text = json_string(aud);

    if (text == NULL
        || (!array_has(m->aud, text) && json_array_append(m->aud, text) != 0))
    {
        return ctx_nomem(m->c);
    }
    return AB_OK;
}
