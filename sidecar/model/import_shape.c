/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import_shape.c - a realm file against the tables of what it may look like.
 *
 * After this check the builders trust types. null counts as absent and is
 * taken out first.
 */
#include "import_int.h"
#include "import_shape.h"

#include "doc.h"

#include "ab_limits.h"
#include "ab_time.h"

#include <stdio.h>
#include <strings.h>

/* Levels of sub-groups and sub-components. */
#define NEST_MAX   32
/* null is looked for down to here; deeper files are refused. */
#define DEPTH_MAX  64

/* Where in the file; grows and shrinks with the walk. */
struct walk {
    struct import  *im;
    char            path[192];
    size_t          len;
    int             nest;
};

static enum ab_err object_check(struct walk *w, json_t *o,
    const struct shape_member *members);


/* ---- paths --------------------------------------------------------------- */

static size_t
path_name(struct walk *w, const char *name)
{
    size_t  before = w->len;
    int     n = snprintf(w->path + w->len, sizeof(w->path) - w->len, "%s%.48s",
                         w->len == 0 ? "" : ".", name);

    w->len += n < 0 ? 0 : (size_t) n;
    if (w->len >= sizeof(w->path)) {
        w->len = sizeof(w->path) - 1;
    }
    return before;
}


static size_t
path_index(struct walk *w, size_t i)
{
    size_t  before = w->len;
    int     n = snprintf(w->path + w->len, sizeof(w->path) - w->len, "[%zu]",
                         i);

    w->len += n < 0 ? 0 : (size_t) n;
    if (w->len >= sizeof(w->path)) {
        w->len = sizeof(w->path) - 1;
    }
    return before;
}


static void
path_back(struct walk *w, size_t before)
{
    w->len = before;
    w->path[before] = '\0';
}


static enum ab_err
bad(struct walk *w, const char *reason)
{
    return import_bad(w->im, reason, "%s", w->path);
}


/* ---- values -------------------------------------------------------------- */

static const char *
text_fault(const json_t *v, enum shape type)
{
    const char  *s = json_string_value(v);
    size_t       i;

    if (s == NULL) {
        return "a text is wanted";
    }
    for (i = 0; type != SHAPE_BIG && s[i] != '\0'; i++) {
        if ((unsigned char) s[i] < 0x20 && (type != SHAPE_TEXT || s[i] == '\0'
            || strchr("\t\r\n", s[i]) == NULL))
        {
            return "control character";
        }
    }
    if (type == SHAPE_NAME && (*s == '\0' || strlen(s) > 255)) {
        return "1 to 255 bytes are wanted";
    }
    if (type == SHAPE_ID && !doc_id_ok(s)) {
        return "1 to 64 of A-Z, a-z, 0-9, '-' and '_' are wanted";
    }
    return NULL;
}


static const char *
scalar_fault(const json_t *v, enum shape type)
{
    const char  *s = json_string_value(v);
    int64_t      n;

    if (type == SHAPE_FLAG) {
        return json_is_boolean(v)
               || (s != NULL && (strcasecmp(s, "true") == 0
                                 || strcasecmp(s, "false") == 0))
               ? NULL : "true or false is wanted";
    }
    if (type == SHAPE_NUMBER) {
        return json_is_integer(v)
               || (s != NULL && ab_parse_i64(ab_slice_str(s), &n) == AB_OK)
               ? NULL : "a whole number is wanted";
    }
    return text_fault(v, type);
}


static enum ab_err
texts_check(struct walk *w, const json_t *v, enum shape each)
{
    const json_t  *item;
    const char    *fault;
    size_t         i;

    if (!json_is_array(v)) {
        return bad(w, "an array is wanted");
    }
    json_array_foreach(v, i, item) {
        fault = text_fault(item, each);
        if (fault != NULL) {
            path_index(w, i);
            return bad(w, fault);
        }
    }
    return AB_OK;
}


/* Flags and numbers of a map become texts, as the reference stores them. */
static enum ab_err
map_check(struct walk *w, json_t *v)
{
    const char  *key;
    json_t      *item;
    void        *next;
    char         digits[24];

    if (!json_is_object(v)) {
        return bad(w, "an object is wanted");
    }
    json_object_foreach_safe(v, next, key, item) {
        if (json_is_string(item)) {
            continue;
        }
        snprintf(digits, sizeof(digits), "%lld",
                 (long long) json_integer_value(item));
        if (!json_is_integer(item) && !json_is_boolean(item)) {
            path_name(w, key);
            return bad(w, "a text is wanted");
        }
        if (!doc_put(v, key, json_is_integer(item) ? digits
                             : json_is_true(item) ? "true" : "false"))
        {
            return ctx_nomem(w->im->c);
        }
    }
    return AB_OK;
}


/* Arrays by name; with SHAPE_VALUES a single text may stand for an array. */
static enum ab_err
lists_check(struct walk *w, json_t *v, enum shape type)
{
    const char   *key;
    json_t       *item;
    size_t        before;
    enum ab_err   e = AB_OK;

    if (!json_is_object(v)) {
        return bad(w, "an object is wanted");
    }
    json_object_foreach(v, key, item) {
        if (type == SHAPE_VALUES && json_is_string(item)) {
            continue;
        }
        before = path_name(w, key);
        e = texts_check(w, item, type == SHAPE_VALUES ? SHAPE_BIG : SHAPE_NAME);
        if (e != AB_OK) {
            return e;
        }
        path_back(w, before);
    }
    return e;
}


static enum ab_err
objects_check(struct walk *w, const json_t *v, const struct shape_member *inner)
{
    json_t       *item;
    size_t        i, before;
    enum ab_err   e;

    if (!json_is_array(v)) {
        return bad(w, "an array is wanted");
    }
    json_array_foreach(v, i, item) {
        before = path_index(w, i);
        e = object_check(w, item, inner);
        if (e != AB_OK) {
            return e;
        }
        path_back(w, before);
    }
    return AB_OK;
}


static enum ab_err
objects_by_check(struct walk *w, json_t *v, const struct shape_member *inner)
{
    const char   *key;
    json_t       *item;
    size_t        before;
    enum ab_err   e;

    if (!json_is_object(v)) {
        return bad(w, "an object is wanted");
    }
    json_object_foreach(v, key, item) {
        before = path_name(w, key);
        e = objects_check(w, item, inner);
        if (e != AB_OK) {
            return e;
        }
        path_back(w, before);
    }
    return AB_OK;
}


static enum ab_err
member_check(struct walk *w, json_t *v, const struct shape_member *m)
{
    const char  *fault;

    switch (m->type) {
    case SHAPE_TEXTS:
        return texts_check(w, v, SHAPE_TEXT);
    case SHAPE_NAMES:
        return texts_check(w, v, SHAPE_NAME);
    case SHAPE_MAP:
        return map_check(w, v);
    case SHAPE_LISTS:
    case SHAPE_VALUES:
        return lists_check(w, v, m->type);
    case SHAPE_OBJECT:
        return object_check(w, v, m->inner);
    case SHAPE_OBJECTS:
        return objects_check(w, v, m->inner);
    case SHAPE_OBJECTS_BY:
        return objects_by_check(w, v, m->inner);
    default:
        fault = scalar_fault(v, m->type);
        return fault == NULL ? AB_OK : bad(w, fault);
    }
}


static enum ab_err
object_check(struct walk *w, json_t *o, const struct shape_member *members)
{
    const struct shape_member  *m;
    json_t               *v;
    size_t                before;
    enum ab_err           e = AB_OK;

    if (!json_is_object(o)) {
        return bad(w, "an object is wanted");
    }
    if (++w->nest > NEST_MAX) {
        return bad(w, "nested too deep");
    }
    for (m = members; e == AB_OK && m->name != NULL; m++) {
        v = json_object_get(o, m->name);
        before = path_name(w, m->name);
        if (v != NULL) {
            e = member_check(w, v, m);
        } else if (m->required) {
            e = bad(w, "is missing");
        }
        if (e == AB_OK) {
            path_back(w, before);
        }
    }
    w->nest--;
    return e;
}


/* ---- null ---------------------------------------------------------------- */

/* False: too deep. */
static bool
drop_nulls(json_t *v, int depth)
{
    const char  *key;
    json_t      *item;
    void        *next;
    size_t       i;
    bool         ok = depth <= DEPTH_MAX;

    json_object_foreach_safe(v, next, key, item) {
        if (json_is_null(item)) {
            (void) json_object_del(v, key);
        } else {
            ok = ok && drop_nulls(item, depth + 1);
        }
    }
    json_array_foreach(v, i, item) {
        ok = ok && drop_nulls(item, depth + 1);
    }
    return ok;
}


enum ab_err
import_shape(struct import *im)
{
    struct walk  w = { .im = im };

    if (!json_is_object(im->doc)) {
        return import_bad(im, "one realm, an object, is wanted", "$");
    }
    if (!drop_nulls(im->doc, 0)) {
        return import_bad(im, "nested too deep", "$");
    }
    return object_check(&w, im->doc, import_realm_shape);
}
