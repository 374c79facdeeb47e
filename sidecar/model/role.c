/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * role.c - a realm's roles as one table, and sets over it.
 *
 * Stored documents name composites by id (compositeIds), so that a rename
 * breaks nothing; containerId of a client's role is the client's UUID.
 */
#include "role_int.h"

#include "doc.h"
#include "entity.h"

#include "store/keys.h"
#include "store/store.h"

#include <stdint.h>
#include <stdlib.h>

/* Deeper composites are found by passes over the table, not by recursion. */
#define DEPTH_MAX  32


/* ---- order and search ---------------------------------------------------- */

static int
compare_client(const char *a, const char *b)
{
    if (a == NULL || b == NULL) {
        return (a != NULL) - (b != NULL);
    }
    return strcmp(a, b);
}


static int
by_id(const void *a, const void *b)
{
    return strcmp(((const struct role *) a)->id,
                  ((const struct role *) b)->id);
}


static int
by_name(const void *a, const void *b, void *arg)
{
    const struct role  *v = arg;
    const struct role  *r = &v[*(const size_t *) a], *s;
    int                 d;

    s = &v[*(const size_t *) b];
    d = compare_client(r->client, s->client);
    return d != 0 ? d : strcmp(r->name, s->name);
}


size_t
role_find(const struct role_table *t, const char *id)
{
    struct role         key = { .id = id };
    const struct role  *r = t->n == 0 ? NULL
                            : bsearch(&key, t->v, t->n, sizeof(key), by_id);

    return r == NULL ? SIZE_MAX : (size_t) (r - t->v);
}


size_t
role_find_name(const struct role_table *t, const char *client,
    const char *name)
{
    const struct role  *r;
    size_t              low = 0, high = t->n, mid;
    int                 d;

    while (low < high) {
        mid = low + (high - low) / 2;
        r = &t->v[t->by_name[mid]];
        d = compare_client(client, r->client);
        d = d != 0 ? d : strcmp(name, r->name);
        if (d == 0) {
            return t->by_name[mid];
        }
        *(d < 0 ? &high : &low) = d < 0 ? mid : mid + 1;
    }
    return SIZE_MAX;
}


/* ---- loading ------------------------------------------------------------- */

/* client UUID -> client_id; a new reference. */
static enum ab_err
client_names(struct ctx *c, const char *realm_id, json_t **ret_names)
{
    struct reply  *r;
    json_t        *names;
    size_t         i;
    enum ab_err    e = store_hgetall(c, key1(c, KEY_CLIENTS_BY, realm_id), &r);

    if (e != AB_OK) {
        return e;
    }
    names = json_object();
    for (i = 0; names != NULL && i < r->n; i += 2) {
        if (!doc_put(names, r->list[i + 1].s.p, r->list[i].s.p)) {
            json_decref(names);
            names = NULL;
        }
    }
    *ret_names = names;
    return names == NULL ? ctx_nomem(c) : AB_OK;
}


static enum ab_err
role_read(struct ctx *c, struct arena *a, const json_t *doc,
    const json_t *names, struct role *role)
{
    const char  *container = doc_str(doc, "containerId"), *client;

    role->id = doc_str(doc, "id");
    role->name = doc_str(doc, "name");
    if (role->id == NULL || role->name == NULL) {
        return ctx_fail(c, AB_E_STORE_REPLY, "role without id");
    }
    if (!doc_bool(doc, "clientRole", false)) {
        return AB_OK;
    }
    client = container == NULL ? NULL : doc_str(names, container);
    if (client == NULL) {
        return ctx_fail(c, AB_E_STORE_REPLY, "role %s of no client", role->id);
    }
    role->client_uuid = container;
    role->client = arena_str(a, client);
    return role->client == NULL ? ctx_nomem(c) : AB_OK;
}


/* Ids to indexes; ids that are gone are left out. */
bool
role_indexes(struct arena *a, const struct role_table *t, const json_t *ids,
    size_t *ret_n, size_t **ret_v)
{
    size_t   i, at, n = 0;
    size_t  *v = arena_array(a, json_array_size(ids) + 1, sizeof(*v));

    if (v == NULL) {
        return false;
    }
    for (i = 0; i < json_array_size(ids); i++) {
        const char  *id = json_string_value(json_array_get(ids, i));

        at = id == NULL ? SIZE_MAX : role_find(t, id);
        if (at != SIZE_MAX) {
            v[n++] = at;
        }
    }
    *ret_n = n;
    *ret_v = v;
    return true;
}


/* Documents in the order of the reply; roles get sorted, so each keeps its
 * own in docs[] until the composites are resolved. */
struct role_doc {
    struct role    role;
    const json_t  *doc;
};


static enum ab_err
table_fill(struct ctx *c, struct arena *a, struct role_doc *docs,
    struct role_table *t)
{
    size_t  i;

    qsort(docs, t->n, sizeof(*docs), by_id);    /* role stands first in it */
    t->v = arena_array(a, t->n + 1, sizeof(*t->v));
    t->by_name = arena_array(a, t->n + 1, sizeof(*t->by_name));
    if (t->v == NULL || t->by_name == NULL) {
        return ctx_nomem(c);
    }
    for (i = 0; i < t->n; i++) {
        t->v[i] = docs[i].role;
        t->by_name[i] = i;
    }
    qsort_r(t->by_name, t->n, sizeof(*t->by_name), by_name, t->v);
    for (i = 0; i < t->n; i++) {
        if (!role_indexes(a, t, json_object_get(docs[i].doc, "compositeIds"),
                          &t->v[i].n_composites, &t->v[i].composites))
        {
            return ctx_nomem(c);
        }
    }
    return AB_OK;
}


static enum ab_err
table_build(struct ctx *c, const char *realm_id, const struct reply *r,
    struct arena *a, struct role_table *t)
{
    struct role_doc  *docs = arena_array(c->a, r->n / 2 + 1, sizeof(*docs));
    json_t           *names = NULL;
    size_t            i;
    enum ab_err       e;

    if (docs == NULL) {
        return ctx_nomem(c);
    }
    e = client_names(c, realm_id, &names);
    for (i = 0; e == AB_OK && i < r->n / 2; i++) {
        e = doc_parse_in(c, a, "role", r->list[2 * i + 1].s, &docs[i].doc);
        if (e == AB_OK) {
            e = role_read(c, a, docs[i].doc, names, &docs[i].role);
        }
    }
    json_decref(names);
    t->n = r->n / 2;
    return e == AB_OK ? table_fill(c, a, docs, t) : e;
}


static enum ab_err
table_load(struct ctx *c, const char *realm_id, const char *name,
    void **ret_object)
{
    struct role_table  *t;
    struct reply       *r;
    struct arena       *a;
    enum ab_err         e;

    (void) name;
    e = store_hgetall(c, key1(c, KEY_ROLES, realm_id), &r);
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
role_table_get(struct ctx *c, const struct realm *realm,
    const struct role_table **ret_table)
{
    const void   *t;
    enum ab_err   e;

    e = entity_get(c, ENTITY_ROLES, realm->id, "", table_load,
                   entity_object_free, &t);
    if (e == AB_OK) {
        *ret_table = t;
    }
    return e;
}


/* ---- sets ---------------------------------------------------------------- */

enum ab_err
role_set_new(struct ctx *c, const struct role_table *table,
    struct role_set *ret_set)
{
    bool  *bits = arena_array(c->a, table->n + 1, sizeof(*bits));

    if (bits == NULL) {
        return ctx_nomem(c);
    }
    *ret_set = (struct role_set) { table, bits };
    return AB_OK;
}


/* False when the composites reach deeper than DEPTH_MAX. */
static bool
add_down(struct role_set *set, size_t role, int depth)
{
    const struct role  *r = &set->table->v[role];
    size_t              i;
    bool                is_whole = true;

    if (set->bits[role]) {
        return true;
    }
    set->bits[role] = true;
    if (depth == DEPTH_MAX) {
        return r->n_composites == 0;
    }
    for (i = 0; i < r->n_composites; i++) {
        is_whole &= add_down(set, r->composites[i], depth + 1);
    }
    return is_whole;
}


/* Until nothing is added any more. */
static void
add_by_passes(struct role_set *set)
{
    const struct role  *r;
    size_t              i, j;
    bool                again = true;

    while (again) {
        again = false;
        for (i = 0; i < set->table->n; i++) {
            r = &set->table->v[i];
            for (j = 0; set->bits[i] && j < r->n_composites; j++) {
                again |= !set->bits[r->composites[j]];
                set->bits[r->composites[j]] = true;
            }
        }
    }
}


void
role_set_add(struct role_set *set, size_t role)
{
    if (role < set->table->n && !add_down(set, role, 0)) {
        add_by_passes(set);
    }
}


void
role_set_add_from(struct role_set *set, const struct role_table *from,
    size_t role)
{
    if (from == set->table) {
        role_set_add(set, role);
    } else if (role < from->n) {
        role_set_add(set, role_find(set->table, from->v[role].id));
    }
}


void
role_set_add_group(struct role_set *set, const struct group_table *t,
    size_t group)
{
    size_t  i, steps;

    /* steps: a ring of parents in a damaged store ends too */
    for (steps = 0; group < t->n && steps <= t->n; steps++) {
        for (i = 0; i < t->v[group].n_roles; i++) {
            role_set_add_from(set, t->role_table, t->v[group].roles[i]);
        }
        group = t->v[group].parent;
    }
}


bool
role_set_has(const struct role_set *set, const char *client, const char *name)
{
    size_t  i = role_find_name(set->table, client, name);

    return i != SIZE_MAX && set->bits[i];
}
