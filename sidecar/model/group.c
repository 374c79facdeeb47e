/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * group.c - a realm's groups as one table.
 *
 * Stored documents are flat: parentId leads up, roleIds name the roles.
 */
#include "role_int.h"

#include "doc.h"
#include "entity.h"

#include "store/keys.h"
#include "store/store.h"

#include <stdint.h>
#include <stdlib.h>

/* A group and its document until parents and roles are resolved. */
struct group_doc {
    struct group   group;
    const json_t  *doc;
};


static int
by_id(const void *a, const void *b)
{
    return strcmp(((const struct group *) a)->id,
                  ((const struct group *) b)->id);
}


size_t
group_find(const struct group_table *t, const char *id)
{
    struct group         key = { .id = id };
    const struct group  *g = t->n == 0 ? NULL
                             : bsearch(&key, t->v, t->n, sizeof(key), by_id);

    return g == NULL ? SIZE_MAX : (size_t) (g - t->v);
}


static enum ab_err
table_fill(struct ctx *c, struct arena *a, struct group_doc *docs,
    struct group_table *t)
{
    const char  *parent;
    size_t       i;

    qsort(docs, t->n, sizeof(*docs), by_id);    /* group stands first in it */
    t->v = arena_array(a, t->n + 1, sizeof(*t->v));
    if (t->v == NULL) {
        return ctx_nomem(c);
    }
    for (i = 0; i < t->n; i++) {
        t->v[i] = docs[i].group;
    }
    for (i = 0; i < t->n; i++) {
        parent = doc_filled(docs[i].doc, "parentId");
        t->v[i].parent = parent == NULL ? SIZE_MAX : group_find(t, parent);
        if (!role_indexes(a, t->role_table,
                          json_object_get(docs[i].doc, "roleIds"),
                          &t->v[i].n_roles, &t->v[i].roles))
        {
            return ctx_nomem(c);
        }
    }
    return AB_OK;
}


static enum ab_err
group_read(struct ctx *c, struct arena *a, struct ab_slice text,
    struct group_doc *ret_g)
{
    const json_t  *d;
    enum ab_err    e = doc_parse_in(c, a, "group", text, &d);

    if (e != AB_OK) {
        return e;
    }
    ret_g->doc = d;
    ret_g->group = (struct group) {
        .id = doc_str(d, "id"), .name = doc_str(d, "name"),
        .path = doc_str(d, "path"), .parent = SIZE_MAX,
        .attributes = json_object_get(d, "attributes"),
    };
    if (ret_g->group.id == NULL || ret_g->group.name == NULL
        || ret_g->group.path == NULL)
    {
        return ctx_fail(c, AB_E_STORE_REPLY, "group without id");
    }
    return AB_OK;
}


static enum ab_err
table_build(struct ctx *c, const char *realm_id, const struct reply *r,
    struct arena *a, struct group_table *t)
{
    struct group_doc  *docs = arena_array(c->a, r->n / 2 + 1, sizeof(*docs));
    struct realm       realm = { .id = realm_id };
    struct ctx         keep = *c;
    size_t             i;
    enum ab_err        e;

    if (docs == NULL) {
        return ctx_nomem(c);
    }
    keep.a = a;                 /* the role table lives as long as this one */
    e = role_table_get(&keep, &realm, &t->role_table);
    if (e != AB_OK) {
        return keep.f.code == AB_OK ? e
               : fail(&c->f, keep.f.code, "%s", keep.f.detail);
    }
    for (i = 0; e == AB_OK && i < r->n / 2; i++) {
        e = group_read(c, a, r->list[2 * i + 1].s, &docs[i]);
    }
    t->n = r->n / 2;
    return e == AB_OK ? table_fill(c, a, docs, t) : e;
}


static enum ab_err
table_load(struct ctx *c, const char *realm_id, const char *name,
    void **ret_object)
{
    struct group_table  *t;
    struct reply        *r;
    struct arena        *a;
    enum ab_err          e;

    (void) name;
    e = store_hgetall(c, key1(c, KEY_GROUPS, realm_id), &r);
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
group_table_get(struct ctx *c, const struct realm *realm,
    const struct group_table **ret_table)
{
    const void   *t;
    enum ab_err   e;

    e = entity_get(c, ENTITY_GROUPS, realm->id, "", table_load,
                   entity_object_free, &t);
    if (e == AB_OK) {
        *ret_table = t;
    }
    return e;
}
