/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * required_action.c - a realm's required actions, as configured.
 */
#include "required_action.h"

#include "doc.h"
#include "entity.h"

#include "store/keys.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>


static int
by_priority(const void *a, const void *b)
{
    const struct required_action  *x = a, *y = b;

    if (x->priority != y->priority) {
        return x->priority < y->priority ? -1 : 1;
    }
    return strcmp(x->alias, y->alias);
}


static enum ab_err
action_read(struct ctx *c, struct arena *a, struct ab_slice text,
    struct required_action *ret_action)
{
    const json_t  *d;
    enum ab_err    e = doc_parse_in(c, a, "required action", text, &d);

    if (e != AB_OK) {
        return e;
    }
    *ret_action = (struct required_action) {
        .alias = doc_filled(d, "alias"), .name = doc_str(d, "name"),
        .provider_id = doc_filled(d, "providerId"),
        .enabled = doc_bool(d, "enabled", false),
        .is_default = doc_bool(d, "defaultAction", false),
        .priority = doc_int(d, "priority", 0),
    };
    if (ret_action->alias == NULL || ret_action->provider_id == NULL) {
        return ctx_fail(c, AB_E_STORE_REPLY, "required action without alias");
    }
    return AB_OK;
}


static enum ab_err
actions_load(struct ctx *c, const char *realm_id, const char *name,
    void **ret_object)
{
    struct required_action_table  *t;
    struct reply                  *r;
    struct arena                  *a;
    enum ab_err                    e;

    (void) name;
    e = store_hgetall(c, key1(c, KEY_ACTIONS, realm_id), &r);
    if (e != AB_OK) {
        return e;
    }
    t = entity_object_new(sizeof(*t), &a);
    if (t == NULL
        || (t->v = arena_array(a, r->n / 2 + 1, sizeof(*t->v))) == NULL)
    {
        entity_object_free(t);
        return ctx_nomem(c);
    }
    for (; e == AB_OK && t->n < r->n / 2; t->n++) {
        e = action_read(c, a, r->list[2 * t->n + 1].s, &t->v[t->n]);
    }
    if (e != AB_OK) {
        entity_object_free(t);
        return e;
    }
    qsort(t->v, t->n, sizeof(*t->v), by_priority);
    *ret_object = t;
    return AB_OK;
}


enum ab_err
required_actions_get(struct ctx *c, const struct realm *realm,
    const struct required_action_table **ret_table)
{
    const void   *t;
    enum ab_err   e;

    e = entity_get(c, ENTITY_ACTIONS, realm->id, "", actions_load,
                   entity_object_free, &t);
    if (e == AB_OK) {
        *ret_table = t;
    }
    return e;
}


const struct required_action *
required_action_find(const struct required_action_table *t, const char *alias)
{
    size_t  i;

    for (i = 0; i < t->n; i++) {
        if (strcmp(t->v[i].alias, alias) == 0) {
            return &t->v[i];
        }
    }
    return NULL;
}
