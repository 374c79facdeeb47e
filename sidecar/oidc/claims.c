/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * claims.c - runs the mappers of a client and its scopes, in order.
 */
#include "claims.h"

#include "mapper.h"
#include "model/doc.h"
#include "scope_words.h"
#include "token/access_token.h"

#include <string.h>

#define MAPPERS_MAX  500        /* of one token */

/* Mappers of one token, in the order they run. */
struct queue {
    size_t  n;
    struct {
        const struct mapper_row  *row;
        const json_t             *config;
    } v[MAPPERS_MAX];
};


/* ---- roles (tokens.md 5.5) --------------------------------------------- */

static bool
shares_a_role(const struct role_set *a, const struct role_set *b)
{
    size_t  i;

    for (i = 0; i < a->table->n; i++) {
        if (a->bits[i] && b->bits[i]) {
            return true;
        }
    }
    return false;
}


/* A scope with role mappings is there only for users who hold one. */
static enum ab_err
scope_applies(struct ctx *c, const struct scope_table *t,
    const struct scope *scope, const struct role_set *user, bool *ret_applies)
{
    struct role_set  set;
    enum ab_err      e;

    *ret_applies = true;
    if (scope->n_roles == 0) {
        return AB_OK;
    }
    e = role_set_new(c, user->table, &set);
    if (e == AB_OK) {
        scope_add_roles(t, scope, &set);
        *ret_applies = shares_a_role(&set, user);
    }
    return e;
}


/* Calls fn for each scope of in->scope that applies to the user. */
static enum ab_err
each_scope(struct ctx *c, const struct claims_in *in,
    const struct role_set *user,
    enum ab_err (*fn)(void *arg, const struct scope_table *t,
                      const struct scope *scope), void *arg)
{
    const struct scope_table  *t;
    struct ab_slice            word;
    const char                *at = in->scope;
    bool                       applies;
    size_t                     i;
    enum ab_err                e = scope_table_get(c, in->realm, &t);

    while (e == AB_OK && scope_next(&at, &word)) {
        for (i = 0; e == AB_OK && i < t->n; i++) {
            if (!ab_slice_eq_str(word, t->v[i].name)) {
                continue;
            }
            e = scope_applies(c, t, &t->v[i], user, &applies);
            if (e == AB_OK && applies) {
                e = fn(arg, t, &t->v[i]);
            }
        }
    }
    return e;
}


static enum ab_err
add_scope_roles(void *arg, const struct scope_table *t,
    const struct scope *scope)
{
    scope_add_roles(t, scope, arg);
    return AB_OK;
}


/* What a client without full scope may carry: its own roles, those mapped to
 * it, those mapped to its scopes. */
static enum ab_err
allowed_roles(struct ctx *c, const struct claims_in *in,
    const struct role_set *user, struct role_set *ret_allowed)
{
    const struct role_table  *t = user->table;
    size_t                    i;
    enum ab_err               e = role_set_new(c, t, ret_allowed);

    for (i = 0; e == AB_OK && i < t->n; i++) {
        if (t->v[i].client != NULL
            && strcmp(t->v[i].client, in->client->client_id) == 0)
        {
            role_set_add(ret_allowed, i);
        }
    }
    if (e == AB_OK) {
        e = client_scope_roles(c, in->realm, in->client, ret_allowed);
    }
    return e == AB_OK ? each_scope(c, in, user, add_scope_roles, ret_allowed)
                      : e;
}


static enum ab_err
narrowed_roles(struct ctx *c, const struct claims_in *in,
    const struct role_set *user, struct role_set *ret_roles)
{
    struct role_set  allowed;
    size_t           i;
    enum ab_err      e;

    *ret_roles = *user;
    if (in->client->full_scope) {
        return AB_OK;
    }
    e = allowed_roles(c, in, user, &allowed);
    if (e == AB_OK) {
        e = role_set_new(c, user->table, ret_roles);
    }
    for (i = 0; e == AB_OK && i < user->table->n; i++) {
        ret_roles->bits[i] = user->bits[i] && allowed.bits[i];
    }
    return e;
}


enum ab_err
claims_roles(struct ctx *c, const struct claims_in *in,
    struct role_set *ret_roles)
{
    struct role_set  user;
    enum ab_err      e = user_roles(c, in->realm, in->user, &user);

    return e == AB_OK ? narrowed_roles(c, in, &user, ret_roles) : e;
}


static enum ab_err
as_texts(struct ctx *c, const struct role_set *set, struct token_roles *ret)
{
    size_t       i;
    enum ab_err  e = AB_OK;

    for (i = 0; e == AB_OK && i < set->table->n; i++) {
        if (set->bits[i]) {
            e = token_roles_add(c, ret, set->table->v[i].client,
                                set->table->v[i].name);
        }
    }
    return e;
}


/* ---- mappers ----------------------------------------------------------- */

/* Stable insertion: mappers of one priority keep the order they came in. */
static void
queue_add(struct queue *q, const struct mapper_row *row,
    const json_t *config)
{
    size_t  i = q->n;

    if (q->n == MAPPERS_MAX) {
        return;
    }
    for (; i > 0 && q->v[i - 1].row->priority > row->priority; i--) {
        q->v[i] = q->v[i - 1];
    }
    q->v[i].row = row;
    q->v[i].config = config;
    q->n++;
}


static void
queue_add_all(struct queue *q, const json_t *mappers)
{
    const struct mapper_row  *row;
    const json_t             *m;
    size_t                    i;

    for (i = 0; i < json_array_size(mappers); i++) {
        m = json_array_get(mappers, i);
        row = mapper_find(doc_str(m, "protocolMapper"));
        if (row != NULL) {
            queue_add(q, row, json_object_get(m, "config"));
        }
    }
}


static enum ab_err
add_scope_mappers(void *arg, const struct scope_table *t,
    const struct scope *scope)
{
    (void) t;
    queue_add_all(arg, scope->mappers);
    return AB_OK;
}


/* Flag and its stand-in when it is absent, by target. */
static const struct {
    const char  *flag, *instead;
} flags[] = {
    [CLAIMS_ACCESS] = { "access.token.claim", NULL },
    [CLAIMS_ID] = { "id.token.claim", NULL },
    [CLAIMS_USERINFO] = { "userinfo.token.claim", "id.token.claim" },
    [CLAIMS_INTROSPECTION] = { "introspection.token.claim",
                               "access.token.claim" },
    [CLAIMS_RESPONSE] = { "access.tokenResponse.claim", NULL },
};


static bool
is_open(const struct mapper_row *row, const json_t *config,
    enum claims_target target, bool is_light)
{
    const char  *flag = flags[target].flag;
    bool         missing = row->gate == GATE_ACCESS;

    if (row->gate == GATE_ROLES) {
        return true;
    }
    if (row->gate == GATE_TOKENS && target == CLAIMS_USERINFO) {
        return false;
    }
    if (missing && target != CLAIMS_ACCESS && target != CLAIMS_INTROSPECTION)
    {
        return false;
    }
    if (is_light && target == CLAIMS_ACCESS) {
        return doc_bool(config, "lightweight.claim", false);
    }
    if (json_object_get(config, flag) == NULL
        && flags[target].instead != NULL
        && !(row->gate == GATE_ASKED && target == CLAIMS_USERINFO))
    {
        flag = flags[target].instead;
    }
    return doc_bool(config, flag, missing);
}


static enum ab_err
run_all(struct mapper_run *m, const struct queue *q)
{
    bool         is_light = access_token_is_lightweight(m->in->client);
    size_t       i;
    enum ab_err  e = AB_OK;

    for (i = 0; e == AB_OK && i < q->n; i++) {
        m->config = q->v[i].config;
        if (is_open(q->v[i].row, m->config, m->target, is_light)) {
            e = q->v[i].row->run(m);
        }
    }
    return e;
}


/* One audience is a plain text (RFC 7519 section 4.1.3). */
static enum ab_err
put_audience(struct mapper_run *m)
{
    size_t   n = json_array_size(m->aud);
    json_t  *aud = n == 1 ? json_array_get(m->aud, 0) : m->aud;

    return n == 0 || json_object_set(m->claims, "aud", aud) == 0
           ? AB_OK : ctx_nomem(m->c);
}


static enum ab_err
prepare(struct ctx *c, const struct claims_in *in, struct token_roles *roles,
    struct queue *q)
{
    struct role_set  user, set;
    enum ab_err      e = user_roles(c, in->realm, in->user, &user);

    if (e == AB_OK) {
        e = narrowed_roles(c, in, &user, &set);
    }
    if (e == AB_OK) {
        e = as_texts(c, &set, roles);
    }
    if (e == AB_OK) {
        queue_add_all(q, in->client->mappers);
        e = each_scope(c, in, &user, add_scope_mappers, q);
    }
    return e;
}


enum ab_err
claims_build(struct ctx *c, const struct claims_in *in,
    enum claims_target target, json_t **ret_claims)
{
    struct token_roles  roles = { 0 };
    struct queue       *q = arena_alloc(c->a, sizeof(*q));
    struct mapper_run   m = {
        .c = c, .in = in, .target = target, .roles = &roles,
        .claims = doc_own(c, json_object()), .aud = doc_own(c, json_array())
    };
    enum ab_err         e;

    if (q == NULL || m.claims == NULL || m.aud == NULL) {
        return ctx_nomem(c);
    }
    e = prepare(c, in, &roles, q);
    if (e == AB_OK) {
        e = run_all(&m, q);
    }
    if (e == AB_OK) {
        e = put_audience(&m);
    }
    if (e == AB_OK) {
        *ret_claims = m.claims;
    }
    return e;
}
