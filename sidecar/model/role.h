/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * role.h - a realm's roles and groups, and who holds which.
 */
#ifndef MODEL_ROLE_H
#define MODEL_ROLE_H

#include "model/client.h"

struct role {
    const char  *id;
    const char  *name;
    const char  *client;        /* client_id of its client, NULL: realm role */
    const char  *client_uuid;   /* NULL: realm role */
    size_t       n_composites;
    size_t      *composites;    /* indexes into the table */
};

struct role_table {
    size_t        n;
    struct role  *v;            /* by id */
    size_t       *by_name;      /* indexes by (client, name); NULL: none */
};

struct group {
    const char  *id;
    const char  *name;
    const char  *path;          /* "/staff/eng" */
    size_t       parent;        /* index, or SIZE_MAX */
    size_t       n_roles;
    size_t      *roles;         /* indexes into the role table */
    const json_t *attributes;   /* object of arrays, or NULL */
};

struct group_table {
    size_t                    n;
    struct group             *v;            /* by id */
    const struct role_table  *role_table;   /* what group.roles index; kept
                                               alive, and maybe an older
                                               edition than the current one */
};

enum ab_err role_table_get(struct ctx *c, const struct realm *realm,
    const struct role_table **ret_table);
enum ab_err group_table_get(struct ctx *c, const struct realm *realm,
    const struct group_table **ret_table);

/* A set of roles over a table: bits[i] true when role i is in. */
struct role_set {
    const struct role_table  *table;
    bool                     *bits;
};

/* An empty set in c. */
enum ab_err role_set_new(struct ctx *c, const struct role_table *table,
    struct role_set *ret_set);
/* Add a role and, through composites, all it holds. */
void role_set_add(struct role_set *set, size_t role);
/* The same for a role of another edition of the table: found by its id. */
void role_set_add_from(struct role_set *set, const struct role_table *from,
    size_t role);
/* The roles of a group and of the groups above it. */
void role_set_add_group(struct role_set *set, const struct group_table *t,
    size_t group);
bool role_set_has(const struct role_set *set, const char *client,
    const char *name);
/* Index by id / by (client_id or NULL, name); SIZE_MAX when absent. */
size_t role_find(const struct role_table *t, const char *id);
size_t role_find_name(const struct role_table *t, const char *client,
    const char *name);
size_t group_find(const struct group_table *t, const char *id);

#endif
