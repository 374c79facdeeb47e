/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scope.c - client scopes of a realm and their mappers.
 */
#include "scope.h"

#include "doc.h"
#include "entity.h"
#include "role_int.h"

#include "store/keys.h"
#include "store/store.h"

#include <stdint.h>


static enum ab_err
scope_read(struct ctx *c, struct arena *a, const struct role_table *roles,
    struct ab_slice text, struct scope *ret_scope)
{
    const json_t  *d, *attributes;
    enum ab_err    e = doc_parse_in(c, a, "client scope", text, &d);

    if (e != AB_OK) {
        return e;
    }
    attributes = json_object_get(d, "attributes");
    *ret_scope = (struct scope) {
        .id = doc_str(d, "id"), .name = doc_str(d, "name"),
        .protocol = doc_str(d, "protocol"),
        .in_token = doc_bool(attributes, "include.in.token.scope", true),
        .in_metadata = doc_bool(attributes,
            "include.in.openid.provider.metadata", true),
        .mappers = json_object_get(d, "protocolMappers"),
    };
    if (ret_scope->id == NULL || ret_scope->name == NULL
        || ret_scope->protocol == NULL)
    {
        return ctx_fail(c, AB_E_STORE_REPLY, "client scope without id");
    }
    if (!role_indexes(a, roles, json_object_get(d, "scopeRoleIds"),
                      &ret_scope->n_roles, &ret_scope->roles))
    {
        return ctx_nomem(c);
    }
    return AB_OK;
}


static enum ab_err
table_build(struct ctx *c, const char *realm_id, const struct reply *r,
    struct arena *a, struct scope_table *t)
{
    struct realm  realm = { .id = realm_id };
    struct ctx    keep = *c;
    enum ab_err   e;

    keep.a = a;                 /* the role table lives as long as this one */
    e = role_table_get(&keep, &realm, &t->role_table);
    if (e != AB_OK) {
        return keep.f.code == AB_OK ? e
               : fail(&c->f, keep.f.code, "%s", keep.f.detail);
    }
    t->v = arena_array(a, r->n / 2 + 1, sizeof(*t->v));
    if (t->v == NULL) {
        return ctx_nomem(c);
    }
    for (t->n = 0; e == AB_OK && t->n < r->n / 2; t->n++) {
        e = scope_read(c, a, t->role_table, r->list[2 * t->n + 1].s,
                       &t->v[t->n]);
    }
    return e;
}


static enum ab_err
table_load(struct ctx *c, const char *realm_id, const char *name,
    void **ret_object)
{
    struct scope_table  *t;
    struct reply        *r;
    struct arena        *a;
    enum ab_err          e;

    (void) name;
    e = store_hgetall(c, key1(c, KEY_SCOPES, realm_id), &r);
    if (e != AB_OK) {
        return e;
    }
    t = entity_object_new(sizeof(*t), &a);
    if (t == NULL) {
        return ctx_nomem(c);
    }
    e = table_build(c, realm_id, r, a, t);
    if (e != AB_OK) {
        entity_object_free(t);
        return e;
    }
    *ret_object = t;
    return AB_OK;
}


enum ab_err
scope_table_get(struct ctx *c, const struct realm *realm,
    const struct scope_table **ret_table)
{
    const void   *t;
    enum ab_err   e;

    e = entity_get(c, ENTITY_SCOPES, realm->id, "", table_load,
                   entity_object_free, &t);
    if (e == AB_OK) {
        *ret_table = t;
    }
    return e;
}


const struct scope *
scope_find(const struct scope_table *t, const char *name)
{
    size_t  i;

    for (i = 0; i < t->n; i++) {
        if (strcmp(t->v[i].name, name) == 0) {
            return &t->v[i];
        }
    }
    return NULL;
}


void
scope_add_roles(const struct scope_table *t, const struct scope *scope,
    struct role_set *add_to)
{
    size_t  i;

    for (i = 0; i < scope->n_roles; i++) {
        role_set_add_from(add_to, t->role_table, scope->roles[i]);
    }
}


enum ab_err
client_scope_roles(struct ctx *c, const struct realm *realm,
    const struct client *client, struct role_set *add_to)
{
    const json_t  *ids = json_object_get(client->doc, "scopeRoleIds");
    const char    *id;
    size_t         i;

    (void) c;
    (void) realm;
    for (i = 0; i < json_array_size(ids); i++) {
        id = json_string_value(json_array_get(ids, i));
        if (id != NULL) {
            role_set_add(add_to, role_find(add_to->table, id));
        }
    }
    return AB_OK;
}
