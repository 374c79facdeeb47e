/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * user.c - mappers that read the user: attributes, properties, name, address.
 */
#include "mapper.h"

#include "model/doc.h"

#include <string.h>

#define VALUES_MAX  100         /* of one attribute, groups included */

struct values {
    const char  *v[VALUES_MAX];
    size_t       n;
};


static void
add_array(struct values *out, const json_t *array)
{
    const char  *text;
    size_t       i;

    for (i = 0; i < json_array_size(array) && out->n < VALUES_MAX; i++) {
        text = json_string_value(json_array_get(array, i));
        if (text != NULL) {
            out->v[out->n++] = text;
        }
    }
}


/* A group's own value, then those of the groups above it. */
static void
add_group(struct values *out, const struct group_table *t, size_t g,
    const char *name)
{
    for (; g != SIZE_MAX; g = t->v[g].parent) {
        add_array(out, json_object_get(t->v[g].attributes, name));
    }
}


static enum ab_err
add_groups(struct mapper_run *m, struct values *out, const char *name)
{
    const struct group_table  *t;
    const json_t              *ids = m->in->user->groups;
    const char                *id;
    size_t                     i;
    enum ab_err                e = group_table_get(m->c, m->in->realm, &t);

    for (i = 0; e == AB_OK && i < json_array_size(ids); i++) {
        id = json_string_value(json_array_get(ids, i));
        if (id != NULL) {
            add_group(out, t, group_find(t, id), name);
        }
    }
    return e;
}


/* username, email, firstName, lastName count as attributes. */
enum ab_err
mapper_attribute(struct mapper_run *m)
{
    const char     *name = mapper_config(m, "user.attribute"), *one;
    struct values   out = { .n = 0 };
    enum ab_err     e = AB_OK;

    if (name == NULL) {
        return AB_OK;
    }
    add_array(&out, json_object_get(m->in->user->attributes, name));
    if (out.n == 0) {
        one = user_attribute(m->in->user, name);
        if (one != NULL) {
            out.v[out.n++] = one;
        }
    }
    if (mapper_config_true(m, "aggregate.attrs")) {
        e = add_groups(m, &out, name);
    }
    return e == AB_OK
           ? mapper_put_texts(m, out.v, out.n,
                              mapper_config_true(m, "multivalued")) : e;
}


enum ab_err
mapper_property(struct mapper_run *m)
{
    const struct user  *u = m->in->user;
    const char         *name = mapper_config(m, "user.attribute");
    const char         *value = NULL;
    size_t              i;
    const struct {
        const char  *name, *value;
    } list[] = {
        { "username", u->username }, { "email", u->email },
        { "firstName", u->first_name }, { "lastName", u->last_name },
        { "id", u->id }, { "enabled", u->enabled ? "true" : "false" },
        { "emailVerified", u->email_verified ? "true" : "false" },
    };

    for (i = 0; name != NULL && i < sizeof(list) / sizeof(list[0]); i++) {
        if (strcmp(list[i].name, name) == 0) {
            value = list[i].value;
        }
    }
    return mapper_put_texts(m, &value, value != NULL, false);
}


enum ab_err
mapper_full_name(struct mapper_run *m)
{
    const struct user  *u = m->in->user;
    const char         *first = u->first_name, *last = u->last_name;
    char               *name;

    if (first == NULL && last == NULL) {
        return AB_OK;
    }
    name = arena_printf(m->c->a, "%s%s%s", first == NULL ? "" : first,
                        first != NULL && last != NULL ? " " : "",
                        last == NULL ? "" : last);
    return name == NULL ? ctx_nomem(m->c)
                        : mapper_put(m, "name", json_string(name));
}


/* Members of the claim (OIDC Core 5.1.1); the attribute behind each can be
 * renamed by user.attribute.NAME. */
static const struct {
    const char  *name, *member;
} address[] = {
    { "formatted", "formatted" }, { "street", "street_address" },
    { "locality", "locality" }, { "region", "region" },
    { "postal_code", "postal_code" }, { "country", "country" },
};


enum ab_err
mapper_address(struct mapper_run *m)
{
    json_t      *o = doc_own(m->c, json_object());
    const char  *key, *attribute, *value;
    size_t       i;

    for (i = 0; o != NULL && i < sizeof(address) / sizeof(address[0]); i++) {
        key = arena_printf(m->c->a, "user.attribute.%s", address[i].name);
        if (key == NULL) {
            return ctx_nomem(m->c);
        }
        attribute = mapper_config(m, key);
        value = user_attribute(m->in->user, attribute != NULL
                                            ? attribute : address[i].name);
        if (value != NULL && !doc_put(o, address[i].member, value)) {
            return ctx_nomem(m->c);
        }
    }
    if (o == NULL) {
        return AB_E_NOMEM;
    }
    return json_object_size(o) == 0 ? AB_OK
                                    : mapper_put(m, "address", json_incref(o));
}
