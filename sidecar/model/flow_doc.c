/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * flow_doc.c - saved authentication flows as trees.
 *
 * All flows of a realm are one cached object, so that sub-flows are plain
 * pointers. Stored executions name their sub-flow (flowId) and config
 * (authenticationConfig) by id; the import resolved the aliases.
 */
#include "flow_doc.h"

#include "doc.h"
#include "entity.h"

#include "store/keys.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX  32          /* of sub-flows within sub-flows */

struct flow_all {
    size_t            n;
    struct flow_doc  *v;
    char             *mark;     /* of each flow, see enum mark */
    const json_t    **docs;
    const json_t     *configs;  /* id -> document */
};

/* BROKEN: something below is missing, unknown or leads back up. */
enum mark { UNSEEN, OPEN, WHOLE, BROKEN };

static const struct word {
    const char        *word;
    enum requirement   requirement;
} words[] = {
    { "REQUIRED", REQ_REQUIRED }, { "ALTERNATIVE", REQ_ALTERNATIVE },
    { "CONDITIONAL", REQ_CONDITIONAL }, { "DISABLED", REQ_DISABLED },
};


static bool
requirement_read(const char *word, enum requirement *ret_r)
{
    size_t  i;

    for (i = 0; word != NULL && i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(words[i].word, word) == 0) {
            *ret_r = words[i].requirement;
            return true;
        }
    }
    return false;
}


static struct flow_doc *
flow_find(const struct flow_all *all, const char *id)
{
    size_t  i;

    for (i = 0; i < all->n; i++) {
        if (strcmp(all->v[i].id, id) == 0) {
            return &all->v[i];
        }
    }
    return NULL;
}


/* False: the flow cannot be run. */
static bool
execution_read(const struct flow_all *all, const json_t *doc,
    struct execution *ret_x)
{
    const char  *flow_id = doc_filled(doc, "flowId");
    const char  *config = doc_filled(doc, "authenticationConfig");
    bool         is_flow = doc_bool(doc, "authenticatorFlow", false);

    ret_x->id = doc_filled(doc, "id");
    ret_x->priority = doc_int(doc, "priority", 0);
    ret_x->authenticator = doc_filled(doc, "authenticator");
    ret_x->flow = flow_id == NULL ? NULL : flow_find(all, flow_id);
    if (config != NULL) {
        ret_x->config = json_object_get(json_object_get(all->configs, config),
                                        "config");
    }
    return requirement_read(doc_str(doc, "requirement"), &ret_x->requirement)
           && ret_x->id != NULL && is_flow == (ret_x->flow != NULL)
           && (is_flow || ret_x->authenticator != NULL)
           && (config == NULL || ret_x->config != NULL);
}


/* Stable: equal priorities keep the document's order. */
static void
sort_by_priority(struct execution *v, size_t n)
{
    struct execution  x;
    size_t            i, j;

    for (i = 1; i < n; i++) {
        x = v[i];
        for (j = i; j > 0 && v[j - 1].priority > x.priority; j--) {
            v[j] = v[j - 1];
        }
        v[j] = x;
    }
}


static enum ab_err
executions_read(struct ctx *c, struct arena *a, struct flow_all *all,
    size_t at)
{
    const json_t     *list = json_object_get(all->docs[at],
                                             "authenticationExecutions");
    struct flow_doc  *f = &all->v[at];
    size_t            i;

    f->v = arena_array(a, json_array_size(list) + 1, sizeof(*f->v));
    if (f->v == NULL) {
        return ctx_nomem(c);
    }
    f->n = json_array_size(list);
    for (i = 0; i < f->n; i++) {
        if (!execution_read(all, json_array_get(list, i), &f->v[i])) {
            all->mark[at] = BROKEN;
        }
    }
    sort_by_priority(f->v, f->n);
    return AB_OK;
}


/* Depth first; a flow met while OPEN is its own ancestor. */
static void
flow_mark(struct flow_all *all, size_t at, int depth)
{
    const struct flow_doc  *sub;
    size_t                  i, below;

    if (all->mark[at] != UNSEEN) {
        return;
    }
    all->mark[at] = depth > DEPTH_MAX ? BROKEN : OPEN;
    for (i = 0; all->mark[at] == OPEN && i < all->v[at].n; i++) {
        sub = all->v[at].v[i].flow;
        if (sub == NULL) {
            continue;
        }
        below = (size_t) (sub - all->v);
        flow_mark(all, below, depth + 1);
        if (all->mark[below] != WHOLE) {
            all->mark[at] = BROKEN;
        }
    }
    if (all->mark[at] == OPEN) {
        all->mark[at] = WHOLE;
    }
}


/* ---- loading ------------------------------------------------------------- */

static enum ab_err
read_configs(struct ctx *c, struct arena *a, const char *realm_id,
    struct flow_all *all)
{
    struct reply  *r;
    json_t        *configs = json_object(), *doc;
    size_t         i;
    enum ab_err    e;

    if (configs == NULL || !arena_own(a, configs, doc_unref)) {
        return ctx_nomem(c);
    }
    all->configs = configs;
    e = store_hgetall(c, key1(c, KEY_FLOW_CONFIGS, realm_id), &r);
    for (i = 0; e == AB_OK && i < r->n; i += 2) {
        e = doc_parse(c, "flow config", r->list[i + 1].s, &doc);
        if (e == AB_OK
            && json_object_set_new(configs, r->list[i].s.p, doc) != 0)
        {
            e = ctx_nomem(c);
        }
    }
    return e;
}


static enum ab_err
read_flows(struct ctx *c, struct arena *a, const struct reply *r,
    struct flow_all *all)
{
    size_t       i, n = r->n / 2;
    enum ab_err  e = AB_OK;

    all->v = arena_array(a, n + 1, sizeof(*all->v));
    all->docs = arena_array(a, n + 1, sizeof(*all->docs));
    all->mark = arena_alloc(a, n + 1);
    if (all->v == NULL || all->docs == NULL || all->mark == NULL) {
        return ctx_nomem(c);
    }
    for (i = 0; e == AB_OK && i < n; i++) {
        e = doc_parse_in(c, a, "flow", r->list[2 * i + 1].s, &all->docs[i]);
        if (e != AB_OK) {
            return e;
        }
        all->v[i].id = doc_filled(all->docs[i], "id");
        all->v[i].alias = doc_filled(all->docs[i], "alias");
        all->v[i].top_level = doc_bool(all->docs[i], "topLevel", false);
        if (all->v[i].id == NULL || all->v[i].alias == NULL) {
            return ctx_fail(c, AB_E_STORE_REPLY, "flow without id");
        }
    }
    all->n = n;
    for (i = 0; e == AB_OK && i < n; i++) {
        e = executions_read(c, a, all, i);
    }
    for (i = 0; i < n; i++) {
        flow_mark(all, i, 0);
    }
    return e;
}


static enum ab_err
flows_load(struct ctx *c, const char *realm_id, const char *name,
    void **ret_object)
{
    struct flow_all  *all;
    struct reply     *r;
    struct arena     *a;
    enum ab_err       e;

    (void) name;
    e = store_hgetall(c, key1(c, KEY_FLOWS, realm_id), &r);
    if (e != AB_OK) {
        return e;
    }
    all = entity_object_new(sizeof(*all), &a);
    if (all == NULL) {
        return ctx_nomem(c);
    }
    e = read_configs(c, a, realm_id, all);
    if (e == AB_OK) {
        e = read_flows(c, a, r, all);
    }
    if (e != AB_OK) {
        entity_object_free(all);
        return e;
    }
    *ret_object = all;
    return AB_OK;
}


static enum ab_err
flow_get(struct ctx *c, const struct realm *realm, const char *word,
    bool is_id, const struct flow_doc **ret_flow)
{
    const struct flow_all  *all;
    const void             *object;
    size_t                  i;
    enum ab_err             e;

    e = entity_get(c, ENTITY_FLOWS, realm->id, "", flows_load,
                   entity_object_free, &object);
    if (e != AB_OK) {
        return e;
    }
    all = object;
    for (i = 0; i < all->n; i++) {
        if (strcmp(is_id ? all->v[i].id : all->v[i].alias, word) == 0) {
            break;
        }
    }
    if (i == all->n) {
        return ctx_fail(c, AB_E_NOT_FOUND, "no flow '%.64s'", word);
    }
    if (all->mark[i] != WHOLE) {
        return ctx_fail(c, AB_E_FLOW_UNSUPPORTED, "flow '%.64s' is damaged",
                        word);
    }
    *ret_flow = &all->v[i];
    return AB_OK;
}


enum ab_err
flow_by_alias(struct ctx *c, const struct realm *realm, const char *alias,
    const struct flow_doc **ret_flow)
{
    return flow_get(c, realm, alias, false, ret_flow);
}


enum ab_err
flow_by_id(struct ctx *c, const struct realm *realm, const char *id,
    const struct flow_doc **ret_flow)
{
    return flow_get(c, realm, id, true, ret_flow);
}
