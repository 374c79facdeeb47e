/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scope.h - client scopes of a realm and their mappers.
 */
#ifndef MODEL_SCOPE_H
#define MODEL_SCOPE_H

#include "model/role.h"

struct scope {
    const char    *id;
    const char    *name;
    const char    *protocol;
    bool           in_token;        /* include.in.token.scope, default true */
    bool           in_metadata;     /* include.in.openid.provider.metadata */
    size_t         n_roles;         /* role scope mappings, indexes */
    size_t        *roles;
    const json_t  *mappers;         /* array or NULL */
};

struct scope_table {
    size_t                    n;
    struct scope             *v;
    const struct role_table  *role_table;   /* what scope.roles index: kept
                                               alive, and maybe an older
                                               edition than the current one;
                                               scope_add_roles() minds it */
};

enum ab_err scope_table_get(struct ctx *c, const struct realm *realm,
    const struct scope_table **ret_table);
const struct scope *scope_find(const struct scope_table *t,
    const char *name);
/* Add the role scope mappings of a scope, composites included. */
void scope_add_roles(const struct scope_table *t, const struct scope *scope,
    struct role_set *add_to);
/* Role scope mappings of a client (indexes into the role table), in c. */
enum ab_err client_scope_roles(struct ctx *c, const struct realm *realm,
    const struct client *client, struct role_set *add_to);

#endif
