/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * doc.c - stored JSON documents: reading, writing, typed members.
 */
#include "doc.h"

#include "ab_time.h"

#include <stdlib.h>
#include <strings.h>


bool
doc_ran_out(const json_error_t *je)
{
    return je->text[0] == '\0'
           || json_error_code(je) == json_error_out_of_memory;
}


enum ab_err
doc_parse(struct ctx *c, const char *what, struct ab_slice text,
    json_t **ret_doc)
{
    json_error_t  je;
    json_t       *doc = json_loadb(text.p, text.len, 0, &je);

    if (doc == NULL) {
        /* jansson leaves the text empty where an allocation failed. */
        if (je.text[0] == '\0'
            || json_error_code(&je) == json_error_out_of_memory)
        {
            return ctx_nomem(c);
        }
        return ctx_fail(c, AB_E_STORE_REPLY, "%s: %s", what, je.text);
    }
    *ret_doc = doc;
    return AB_OK;
}


void
doc_unref(void *doc)
{
    json_decref(doc);
}


json_t *
doc_own(struct ctx *c, json_t *doc)
{
    if (doc == NULL || !arena_own(c->a, doc, doc_unref)) {
        ctx_nomem(c);
        return NULL;
    }
    return doc;
}


enum ab_err
doc_parse_in(struct ctx *c, struct arena *a, const char *what,
    struct ab_slice text, const json_t **ret_doc)
{
    json_t       *doc = NULL;
    enum ab_err   e = doc_parse(c, what, text, &doc);

    if (e != AB_OK) {
        return e;
    }
    if (!arena_own(a, doc, doc_unref)) {
        return ctx_nomem(c);
    }
    *ret_doc = doc;
    return AB_OK;
}


enum ab_err
doc_text(struct ctx *c, const json_t *doc, struct ab_slice *ret_text)
{
    size_t  flags = JSON_COMPACT | JSON_ENCODE_ANY;
    size_t  n = json_dumpb(doc, NULL, 0, flags);
    char   *p = n == 0 ? NULL : arena_alloc(c->a, n + 1);

    if (p == NULL || json_dumpb(doc, p, n, flags) != n) {
        return ctx_nomem(c);
    }
    *ret_text = ab_slice(p, n);
    return AB_OK;
}


const char *
doc_str(const json_t *doc, const char *name)
{
    return json_string_value(json_object_get(doc, name));
}


const char *
doc_filled(const json_t *doc, const char *name)
{
    const char  *s = doc_str(doc, name);

    return s == NULL || *s == '\0' ? NULL : s;
}


bool
doc_bool(const json_t *doc, const char *name, bool fallback)
{
    const json_t  *v = json_object_get(doc, name);
    const char    *s = json_string_value(v);

    if (json_is_boolean(v)) {
        return json_is_true(v);
    }
    if (s != NULL && strcasecmp(s, "true") == 0) {
        return true;
    }
    return s != NULL && strcasecmp(s, "false") == 0 ? false : fallback;
}


int64_t
doc_int(const json_t *doc, const char *name, int64_t fallback)
{
    const json_t  *v = json_object_get(doc, name);
    int64_t        n;

    if (json_is_integer(v)) {
        return json_integer_value(v);
    }
    if (json_is_string(v)
        && ab_parse_i64(ab_slice_str(json_string_value(v)), &n) == AB_OK)
    {
        return n;
    }
    return fallback;
}


const char *
doc_first(const json_t *doc, const char *name)
{
    return json_string_value(json_array_get(json_object_get(doc, name), 0));
}


/* jansson's copies go on when a member cannot be added. */
static json_t *
whole(json_t *copy, bool is_whole)
{
    if (!is_whole) {
        json_decref(copy);
        return NULL;
    }
    return copy;
}


json_t *
doc_copy(const json_t *v)
{
    json_t  *copy = json_copy((json_t *) v);

    return whole(copy, json_object_size(copy) == json_object_size(v)
                       && json_array_size(copy) == json_array_size(v));
}


json_t *
doc_deep_copy(const json_t *v)
{
    json_t  *copy = json_deep_copy(v);

    return whole(copy, copy == NULL || json_equal(copy, v));
}


bool
doc_put(json_t *doc, const char *name, const char *text)
{
    return json_object_set_new(doc, name, json_string(text)) == 0;
}


bool
doc_id_ok(const char *id)
{
    size_t  n = strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                           "abcdefghijklmnopqrstuvwxyz0123456789_-");

    return n >= 1 && n <= DOC_ID_MAX && id[n] == '\0';
}
