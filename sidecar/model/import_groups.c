/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import_groups.c - groups of a realm file, and what else points at roles:
 * the role mappings of users and groups, the scope mappings of clients.
 */
#include "import_int.h"

#include "doc.h"


/* ---- realmRoles and clientRoles ------------------------------------------ */

static enum ab_err
add_names(struct import *im, const char *client, const json_t *names,
    json_t *ids, bool *ret_known)
{
    const json_t  *item;
    const char    *id;
    size_t         i;
    enum ab_err    e;

    *ret_known = true;
    json_array_foreach(names, i, item) {
        e = import_role(im, client, json_string_value(item), true, &id);
        if (e != AB_OK) {
            return e;
        }
        if (id == NULL) {
            *ret_known = false;
            return AB_OK;
        }
        if (json_array_append_new(ids, json_string(id)) != 0) {
            return ctx_nomem(im->c);
        }
    }
    return AB_OK;
}


enum ab_err
import_role_ids(struct import *im, const json_t *owner, const char *path,
    size_t i, json_t **ret_ids)
{
    json_t       *by_client = json_object_get(owner, "clientRoles"), *list;
    json_t       *ids = json_array();
    const char   *client;
    bool          known;
    enum ab_err   e;

    if (ids == NULL) {
        return ctx_nomem(im->c);
    }
    e = add_names(im, NULL, json_object_get(owner, "realmRoles"), ids,
                  &known);
    json_object_foreach(by_client, client, list) {
        if (e == AB_OK) {
            e = add_names(im, client, list, ids, &known);
        }
        if (e == AB_OK && !known) {
            e = import_bad(im, "no such client", "%s[%zu].clientRoles.%.48s",
                           path, i, client);
        }
    }
    if (e != AB_OK) {
        json_decref(ids);
        return e;
    }
    *ret_ids = ids;
    return AB_OK;
}


/* ---- groups -------------------------------------------------------------- */

static enum ab_err groups_add(struct import *im, const json_t *list,
    const char *parent_id, const char *parent_path, const char *at);


/* The stored document: flat, roles by id. */
static enum ab_err
group_doc(struct import *im, const json_t *group, const char *at, size_t i,
    json_t **ret_doc)
{
    static const char *const  gone[] = { "subGroups", "realmRoles",
                                         "clientRoles", "access",
                                         "subGroupCount" };
    json_t       *doc = doc_copy(group), *ids;
    size_t        j;
    enum ab_err   e;

    if (import_keep(im, doc) == NULL) {
        return ctx_nomem(im->c);
    }
    for (j = 0; j < sizeof(gone) / sizeof(*gone); j++) {
        (void) json_object_del(doc, gone[j]);
    }
    e = import_role_ids(im, group, at, i, &ids);
    if (e != AB_OK) {
        return e;
    }
    if (json_object_set_new(doc, "roleIds", ids) != 0) {
        return ctx_nomem(im->c);
    }
    *ret_doc = doc;
    return AB_OK;
}


static enum ab_err
group_add(struct import *im, const json_t *group, size_t i,
    const char *parent_id, const char *parent_path, const char *at)
{
    const char   *path, *id, *below;
    json_t       *doc = NULL;
    enum ab_err   e = group_doc(im, group, at, i, &doc);

    if (e != AB_OK) {
        return e;
    }
    path = arena_printf(im->c->a, "%s/%s", parent_path,
                        doc_str(group, "name"));
    id = path == NULL ? NULL : import_own_id(im, group, "id", "group", path,
                                             "");
    below = arena_printf(im->c->a, "%s[%zu].subGroups", at, i);
    if (id == NULL || below == NULL || !doc_put(doc, "id", id)
        || !doc_put(doc, "path", path)
        || !doc_put(doc, "parentId", parent_id == NULL ? "" : parent_id))
    {
        return ctx_nomem(im->c);
    }
    if (doc_str(im->paths, path) != NULL) {
        return import_bad(im, "stands in the file twice", "%s[%zu].name", at,
                          i);
    }
    e = import_put(im, PART_GROUPS, id, doc, at, i);
    if (e == AB_OK && !doc_put(im->paths, path, id)) {
        e = ctx_nomem(im->c);
    }
    return e == AB_OK ? groups_add(im, json_object_get(group, "subGroups"),
                                   id, path, below) : e;
}


/* The depth was checked with the file's shape. */
static enum ab_err
groups_add(struct import *im, const json_t *list, const char *parent_id,
    const char *parent_path, const char *at)
{
    const json_t  *group;
    size_t         i;
    enum ab_err    e = AB_OK;

    json_array_foreach(list, i, group) {
        e = group_add(im, group, i, parent_id, parent_path, at);
        if (e != AB_OK) {
            return e;
        }
    }
    return e;
}


enum ab_err
import_groups(struct import *im)
{
    const json_t  *defaults = json_object_get(im->doc, "defaultGroups"), *item;
    size_t         i;
    enum ab_err    e = groups_add(im, json_object_get(im->doc, "groups"),
                                  NULL, "", "groups");

    json_array_foreach(defaults, i, item) {
        if (e == AB_OK && doc_str(im->paths, json_string_value(item)) == NULL)
        {
            e = import_bad(im, "no such group", "defaultGroups[%zu]", i);
        }
    }
    return e;
}


/* ---- scope mappings ------------------------------------------------------ */

/* The document a mapping is for; NULL: there is none. */
static json_t *
mapping_target(struct import *im, const json_t *mapping)
{
    const char  *client = doc_str(mapping, "client");
    const char  *name = doc_str(mapping, "clientScope"), *id;
    json_t      *scope;

    if (client != NULL) {
        id = doc_str(im->part[PART_CLIENTS_BY], client);
        return id == NULL ? NULL : json_object_get(im->part[PART_CLIENTS], id);
    }
    json_object_foreach(im->part[PART_SCOPES], id, scope) {
        if (name != NULL && strcmp(doc_str(scope, "name"), name) == 0) {
            return scope;
        }
    }
    return NULL;
}


static enum ab_err
map_roles(struct import *im, json_t *target, const char *client,
    const json_t *names, bool *ret_known)
{
    json_t  *ids = json_object_get(target, "scopeRoleIds");

    if (ids == NULL) {
        ids = json_array();
        if (json_object_set_new(target, "scopeRoleIds", ids) != 0) {
            return ctx_nomem(im->c);
        }
    }
    return add_names(im, client, names, ids, ret_known);
}


static enum ab_err
mappings_add(struct import *im, const json_t *list, const char *client,
    const char *path)
{
    const json_t  *mapping;
    json_t        *target;
    size_t         i;
    bool           known;
    enum ab_err    e;

    json_array_foreach(list, i, mapping) {
        target = mapping_target(im, mapping);
        if (target == NULL) {
            return import_bad(im, "no such client or client scope",
                              "%s[%zu]", path, i);
        }
        e = map_roles(im, target, client, json_object_get(mapping, "roles"),
                      &known);
        if (e == AB_OK && !known) {
            e = import_bad(im, "no such client", "%s", path);
        }
        if (e != AB_OK) {
            return e;
        }
    }
    return AB_OK;
}


/* What built-in clients and scopes may pass on; only where the file is
 * silent about them. */
static const struct built_in {
    const char  *client, *scope, *role_client, *role;
} built_in[] = {
    { NULL, "offline_access", NULL, "offline_access" },
    { "account-console", NULL, "account", "manage-account" },
    { "account-console", NULL, "account", "view-groups" },
};


/* Whether the file has mappings, that is, comes from an export: then it
 * names the built-in ones too. */
static bool
is_told(const struct import *im, size_t i)
{
    const json_t  *by_client = json_object_get(im->doc,
                                               "clientScopeMappings");

    return built_in[i].client == NULL
           ? json_object_get(im->doc, "scopeMappings") != NULL
             && json_object_get(im->doc, "defaultRole") != NULL
           : json_object_get(by_client, built_in[i].role_client) != NULL
             && json_object_get(im->doc, "defaultRole") != NULL;
}


static enum ab_err
mappings_default(struct import *im)
{
    json_t       *m, *target;
    const char   *id;
    size_t        i;
    bool          known;
    enum ab_err   e = AB_OK;

    for (i = 0; e == AB_OK && i < sizeof(built_in) / sizeof(*built_in); i++) {
        m = json_pack("{s:s*, s:s*}", "client", built_in[i].client,
                      "clientScope", built_in[i].scope);
        target = m == NULL ? NULL : mapping_target(im, m);
        json_decref(m);
        if (m == NULL) {
            return ctx_nomem(im->c);
        }
        e = import_role(im, built_in[i].role_client, built_in[i].role, false,
                        &id);
        if (e != AB_OK || id == NULL || target == NULL || is_told(im, i)) {
            continue;
        }
        m = json_pack("[s]", built_in[i].role);
        e = m == NULL ? ctx_nomem(im->c)
            : map_roles(im, target, built_in[i].role_client, m, &known);
        json_decref(m);
    }
    return e;
}


enum ab_err
import_mappings(struct import *im)
{
    json_t       *by_client = json_object_get(im->doc, "clientScopeMappings");
    json_t       *list, *doc;
    const char   *client, *path, *key;
    enum ab_err   e;

    /* A member of that name in the file is none of ours. */
    json_object_foreach(im->part[PART_CLIENTS], key, doc) {
        (void) json_object_del(doc, "scopeRoleIds");
    }
    json_object_foreach(im->part[PART_SCOPES], key, doc) {
        (void) json_object_del(doc, "scopeRoleIds");
    }
    e = mappings_add(im, json_object_get(im->doc, "scopeMappings"), NULL,
                     "scopeMappings");
    json_object_foreach(by_client, client, list) {
        path = arena_printf(im->c->a, "clientScopeMappings.%.48s", client);
        if (path == NULL) {
            return ctx_nomem(im->c);
        }
        if (e == AB_OK) {
            e = mappings_add(im, list, client, path);
        }
    }
    return e == AB_OK ? mappings_default(im) : e;
}
