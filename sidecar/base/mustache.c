/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mustache.c - logic-less templates, always escaped.
 *
 * The template is walked as text: a section's body is read once for each
 * time it is shown, and once without output when it is not.
 */
#include "mustache.h"

#include <stdio.h>

#define DEPTH_MAX    32         /* sections and partials inside each other */
#define NAME_MAX_BYTES  64
#define BODIES_MAX   100000     /* lists in lists multiply */

/* Objects a name is looked up in: the innermost is values[n - 1]. */
struct scope {
    const json_t  *values[DEPTH_MAX + 1];
    size_t         n;
};

struct render {
    struct scope       scope;
    mustache_partial   partial;
    struct ab_buf     *out;
    size_t             depth;
    size_t             bodies;      /* begun so far */
    bool               silent;      /* parse only */
};

/* One piece of template: text before the tag, then the tag. */
struct tag {
    struct ab_slice  text;
    char             kind;          /* # ^ / > ! or a blank; 0: the end */
    struct ab_slice  name;
};

static enum ab_err render_body(struct render *r, const char *at,
    struct ab_slice section, const char **ret_end);
static enum ab_err next_tag(const char **at, struct tag *ret_tag);
static enum ab_err render_tag(struct render *r, const struct tag *tag,
    const char **at);
static enum ab_err render_section(struct render *r, const struct tag *tag,
    const char **at);
static enum ab_err render_shown(struct render *r, struct ab_slice name,
    const json_t *v, const char *body, const char **ret_end);
static enum ab_err render_silent(struct render *r, struct ab_slice name,
    const char *body, const char **ret_end);
static enum ab_err render_partial(struct render *r, struct ab_slice name);
static const json_t *look_up(const struct scope *s, struct ab_slice name);
static const json_t *member(const json_t *v, struct ab_slice name);
static bool is_shown(const json_t *v);
static void add_value(struct render *r, const json_t *v);
static void add_escaped(struct ab_buf *out, struct ab_slice s);


enum ab_err
mustache_render(const char *tpl, const json_t *data,
    mustache_partial partial, struct ab_buf *out)
{
    struct render  r = {
        .scope = { .values = { data }, .n = 1 },
        .partial = partial, .out = out
    };
    const char    *end;
    enum ab_err    e;

    e = render_body(&r, tpl, ab_slice(NULL, 0), &end);
    if (e != AB_OK) {
        return e;
    }
    return out->failed ? AB_E_TOO_LARGE : AB_OK;
}


/* Up to the end of the template (section empty) or to the tag that closes
 * the section; *ret_end is behind it. */
static enum ab_err
render_body(struct render *r, const char *at, struct ab_slice section,
    const char **ret_end)
{
    struct tag   tag;
    enum ab_err  e;

    if (++r->depth > DEPTH_MAX) {
        return AB_E_FORMAT;
    }
    if (++r->bodies > BODIES_MAX) {
        return AB_E_TOO_LARGE;
    }
    for ( ;; ) {
        e = next_tag(&at, &tag);
        if (e != AB_OK) {
            return e;
        }
        if (!r->silent) {
            ab_buf_add(r->out, tag.text);
        }
        if (tag.kind == '\0' || tag.kind == '/') {
            r->depth--;
            *ret_end = at;
            return ab_slice_eq(tag.name, section) ? AB_OK : AB_E_FORMAT;
        }
        e = render_tag(r, &tag, &at);
        if (e != AB_OK) {
            return e;
        }
    }
}


/* The text up to the next tag, and that tag. There is no unescaped form and
 * no change of delimiters: {{{, {{& and {{= are malformed. */
static enum ab_err
next_tag(const char **at, struct tag *ret_tag)
{
    const char  *open = strstr(*at, "{{"), *close, *p;
    struct tag   tag = { .kind = '\0' };

    tag.text = ab_slice(*at, open == NULL ? strlen(*at)
                                          : (size_t) (open - *at));
    if (open == NULL) {
        *at += tag.text.len;
        *ret_tag = tag;
        return AB_OK;
    }
    p = open + 2;
    close = strstr(p, "}}");
    if (close == NULL) {
        return AB_E_FORMAT;
    }
    tag.kind = *p != '\0' && strchr("#^/>!", *p) != NULL ? *p++ : ' ';
    while (*p == ' ') {
        p++;
    }
    tag.name = ab_slice_between(p, close);
    while (tag.name.len > 0 && tag.name.p[tag.name.len - 1] == ' ') {
        tag.name.len--;
    }
    *at = close + 2;
    *ret_tag = tag;
    if (tag.kind == '!') {
        return AB_OK;
    }
    return tag.name.len > 0 && tag.name.len <= NAME_MAX_BYTES
           && strspn(tag.name.p, "abcdefghijklmnopqrstuvwxyz"
                     "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")
              >= tag.name.len ? AB_OK : AB_E_FORMAT;
}


static enum ab_err
render_tag(struct render *r, const struct tag *tag, const char **at)
{
    switch (tag->kind) {
    case '!':
        return AB_OK;
    case '>':
        return render_partial(r, tag->name);
    case '#':
    case '^':
        return render_section(r, tag, at);
    default:
        add_value(r, look_up(&r->scope, tag->name));
        return AB_OK;
    }
}


static enum ab_err
render_section(struct render *r, const struct tag *tag, const char **at)
{
    const json_t  *v = look_up(&r->scope, tag->name);

    if (r->silent || is_shown(v) != (tag->kind == '#')) {
        return render_silent(r, tag->name, *at, at);
    }
    if (tag->kind == '^') {
        return render_body(r, *at, tag->name, at);
    }
    return render_shown(r, tag->name, v, *at, at);
}


/* Once for each item of a list, else once. */
static enum ab_err
render_shown(struct render *r, struct ab_slice name, const json_t *v,
    const char *body, const char **ret_end)
{
    size_t       i, n = json_is_array(v) ? json_array_size(v) : 1;
    enum ab_err  e = AB_OK;

    if (r->scope.n > DEPTH_MAX) {
        return AB_E_FORMAT;
    }
    r->scope.n++;
    for (i = 0; i < n && e == AB_OK; i++) {
        r->scope.values[r->scope.n - 1] =
            json_is_array(v) ? json_array_get(v, i) : v;
        e = render_body(r, body, name, ret_end);
        if (r->out->failed) {
            e = AB_E_TOO_LARGE;     /* a long list must not run on */
        }
    }
    r->scope.n--;
    return e;
}


static enum ab_err
render_silent(struct render *r, struct ab_slice name, const char *body,
    const char **ret_end)
{
    bool         before = r->silent;
    enum ab_err  e;

    r->silent = true;
    e = render_body(r, body, name, ret_end);
    r->silent = before;
    return e;
}


static enum ab_err
render_partial(struct render *r, struct ab_slice name)
{
    char         key[NAME_MAX_BYTES + 1];
    const char  *tpl, *end;

    if (r->silent) {
        return AB_OK;
    }
    snprintf(key, sizeof(key), "%.*s", (int) name.len, name.p);
    tpl = r->partial == NULL ? NULL : r->partial(key);
    if (tpl == NULL) {
        return AB_E_FORMAT;
    }
    return render_body(r, tpl, ab_slice(NULL, 0), &end);
}


/* The first step of a dotted name is searched inside out, the others are
 * members of what it gave. "." is the innermost value itself. */
static const json_t *
look_up(const struct scope *s, struct ab_slice name)
{
    const json_t     *v = NULL;
    size_t            i = s->n, dot;
    struct ab_slice   step;

    if (ab_slice_eq(name, AB_S("."))) {
        return s->values[s->n - 1];
    }
    dot = ab_slice_find(name, '.');
    step = ab_slice(name.p, dot);
    while (v == NULL && i > 0) {
        v = member(s->values[--i], step);
    }
    while (v != NULL && dot < name.len) {
        name = ab_slice(name.p + dot + 1, name.len - dot - 1);
        dot = ab_slice_find(name, '.');
        v = member(v, ab_slice(name.p, dot));
    }
    return v;
}


static const json_t *
member(const json_t *v, struct ab_slice name)
{
    char  key[NAME_MAX_BYTES + 1];

    snprintf(key, sizeof(key), "%.*s", (int) name.len, name.p);
    return json_object_get(v, key);
}


/* Not: absent, null, false, "", [] and {}. */
static bool
is_shown(const json_t *v)
{
    switch (v == NULL ? JSON_NULL : json_typeof(v)) {
    case JSON_NULL:
    case JSON_FALSE:
        return false;
    case JSON_STRING:
        return json_string_length(v) > 0;
    case JSON_ARRAY:
        return json_array_size(v) > 0;
    case JSON_OBJECT:
        return json_object_size(v) > 0;
    default:
        return true;
    }
}


/* Lists and objects have no text form: nothing is written. */
static void
add_value(struct render *r, const json_t *v)
{
    if (r->silent || v == NULL) {
        return;
    }
    if (json_is_string(v)) {
        add_escaped(r->out, ab_slice(json_string_value(v),
                                     json_string_length(v)));
    } else if (json_is_integer(v)) {
        ab_buf_add_dec(r->out, json_integer_value(v));
    } else if (json_is_real(v)) {
        ab_buf_addf(r->out, "%g", json_real_value(v));
    } else if (json_is_boolean(v)) {
        ab_buf_add_str(r->out, json_is_true(v) ? "true" : "false");
    }
}


/* Safe in text and in quoted attributes of HTML. */
static void
add_escaped(struct ab_buf *out, struct ab_slice s)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        switch (s.p[i]) {
        case '&':
            ab_buf_add_str(out, "&amp;");
            break;
        case '<':
            ab_buf_add_str(out, "&lt;");
            break;
        case '>':
            ab_buf_add_str(out, "&gt;");
            break;
        case '"':
            ab_buf_add_str(out, "&quot;");
            break;
        case '\'':
            ab_buf_add_str(out, "&#39;");
            break;
        case '\0':              /* a parse error in HTML; shown as one */
            ab_buf_add_str(out, "\xef\xbf\xbd");
            break;
        default:
            ab_buf_add_byte(out, (uint8_t) s.p[i]);
        }
    }
}
