/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import_roles.c - roles of a realm file, and who refers to them: composites,
 * groups, scope mappings.
 */
#include "import_int.h"

#include "doc.h"
#include "lower.h"

#define GROUP_DEPTH_MAX  32


/* ---- names to ids -------------------------------------------------------- */

/* The names of one container; made for a client's first role. NULL: no such
 * client, or no memory (*ret_e). */
static json_t *
names_of(struct import *im, const char *client, enum ab_err *ret_e)
{
    json_t  *names;

    *ret_e = AB_OK;
    if (client == NULL) {
        return im->realm_roles;
    }
    names = json_object_get(im->client_roles, client);
    if (names == NULL
        && json_object_get(im->part[PART_CLIENTS_BY], client) != NULL)
    {
        names = json_object();
        if (json_object_set_new(im->client_roles, client, names) != 0) {
            *ret_e = ctx_nomem(im->c);
            return NULL;
        }
    }
    return names;
}


static bool
role_members(struct import *im, json_t *role, const char *client)
{
    json_t  *uuid = json_object_get(im->part[PART_CLIENTS_BY],
                                    client == NULL ? "" : client);

    (void) json_object_del(role, "compositeIds");
    return json_object_set_new(role, "clientRole",
                               json_boolean(client != NULL)) == 0
           && (client != NULL
               ? json_object_set(role, "containerId", uuid) == 0
               : doc_put(role, "containerId", im->rid));
}


static enum ab_err
role_add(struct import *im, json_t *names, const char *client, json_t *role,
    const char *path, size_t i)
{
    const char   *name = doc_str(role, "name");
    const char   *id = import_own_id(im, role, "id", "role",
                                     client == NULL ? "" : client, name);
    enum ab_err   e;

    if (id == NULL || !doc_put(role, "id", id)
        || !role_members(im, role, client))
    {
        return ctx_nomem(im->c);
    }
    if (json_object_get(names, name) != NULL) {
        return import_bad(im, "stands in the file twice", "%s[%zu].name",
                          path, i);
    }
    e = import_put(im, PART_ROLES, id, role, path, i);
    if (e == AB_OK && !doc_put(names, name, id)) {
        e = ctx_nomem(im->c);
    }
    return e;
}


enum ab_err
import_role(struct import *im, const char *client, const char *name,
    bool may_add, const char **ret_id)
{
    enum ab_err   e;
    json_t       *names = names_of(im, client, &e), *role;

    *ret_id = names == NULL ? NULL : doc_str(names, name);
    if (names == NULL || *ret_id != NULL || !may_add) {
        return e;
    }
    role = json_pack("{s:s}", "name", name);
    if (role == NULL) {
        return ctx_nomem(im->c);
    }
    e = role_add(im, names, client, role, "roles", 0);
    json_decref(role);
    *ret_id = doc_str(names, name);
    return e;
}


/* ---- the roles themselves ------------------------------------------------ */

static enum ab_err
add_list(struct import *im, const json_t *list, const char *client,
    const char *path)
{
    enum ab_err   e;
    json_t       *names = names_of(im, client, &e), *role;
    size_t        i;

    if (names == NULL) {
        return e != AB_OK ? e : import_bad(im, "no such client", "%s", path);
    }
    json_array_foreach(list, i, role) {
        e = role_add(im, names, client, role, path, i);
        if (e != AB_OK) {
            return e;
        }
    }
    return AB_OK;
}


static enum ab_err
add_file_roles(struct import *im)
{
    json_t       *roles = json_object_get(im->doc, "roles"), *list;
    const char   *client, *path;
    enum ab_err   e;

    e = add_list(im, json_object_get(roles, "realm"), NULL, "roles.realm");
    json_object_foreach(json_object_get(roles, "client"), client, list) {
        path = arena_printf(im->c->a, "roles.client.%.48s", client);
        if (path == NULL) {
            return ctx_nomem(im->c);
        }
        if (e == AB_OK) {
            e = add_list(im, list, client, path);
        }
    }
    return e;
}


/* "${role_NAME}" is what the reference describes its own roles with. */
static enum ab_err
describe(struct import *im, const char *id, const char *name)
{
    json_t      *role = json_object_get(im->part[PART_ROLES], id);
    const char  *key = strcmp(name, "offline_access") == 0 ? "offline-access"
                                                           : name;
    const char  *text = arena_printf(im->c->a, "${role_%s}", key);

    return text != NULL && doc_put(role, "description", text)
           ? AB_OK : ctx_nomem(im->c);
}


static enum ab_err
add_composite(struct import *im, const char *id, const char *part_id)
{
    json_t  *role = json_object_get(im->part[PART_ROLES], id);
    json_t  *ids = json_object_get(role, "compositeIds");

    if (ids == NULL) {
        ids = json_array();
        if (json_object_set_new(role, "compositeIds", ids) != 0
            || json_object_set_new(role, "composite", json_true()) != 0)
        {
            return ctx_nomem(im->c);
        }
    }
    return json_array_append_new(ids, json_string(part_id)) == 0
           ? AB_OK : ctx_nomem(im->c);
}


/* All roles of a container but itself. */
static enum ab_err
add_all_composites(struct import *im, const char *id, const json_t *names)
{
    const char   *name;
    json_t       *part;
    enum ab_err   e = AB_OK;

    json_object_foreach((json_t *) names, name, part) {
        if (e == AB_OK && strcmp(json_string_value(part), id) != 0) {
            e = add_composite(im, id, json_string_value(part));
        }
    }
    return e;
}


static enum ab_err
default_composites(struct import *im, const struct import_default_role *row,
    const char *id)
{
    const char   *at = row->composites, *name, *part;
    size_t        n;
    enum ab_err   e = AB_OK;

    if (strcmp(at, "*") == 0) {
        return add_all_composites(im, id, json_object_get(im->client_roles,
                                                          row->client));
    }
    for (; e == AB_OK && *at != '\0'; at += n + (at[n] == ' ')) {
        n = strcspn(at, " ");
        name = arena_dup(im->c->a, ab_slice(at, n));
        if (name == NULL) {
            return ctx_nomem(im->c);
        }
        e = import_role(im, row->client, name, true, &part);
        if (e == AB_OK) {
            e = add_composite(im, id, part);
        }
    }
    return e;
}


/*
 * Built-in roles. A client's are added only with the client itself: where
 * the file brings the client it brings its roles too. `is_own` tells those
 * of the file.
 */
static bool
is_wanted(struct import *im, const struct import_default_role *row,
    size_t own_clients)
{
    const json_t  *clients = json_object_get(im->doc, "clients"), *cl;
    size_t         i;

    if (row->client == NULL) {
        return doc_str(im->realm_roles, row->name) == NULL;
    }
    json_array_foreach(clients, i, cl) {
        if (strcmp(doc_str(cl, "clientId"), row->client) == 0) {
            return i >= own_clients;
        }
    }
    return false;
}


/* Two rounds: the roles, then what they are composed of. */
static enum ab_err
add_default_roles(struct import *im, size_t own_clients, bool composites)
{
    struct import_default_role  row;
    const char                 *id;
    size_t                      i;
    enum ab_err                 e = AB_OK;

    for (i = 0; e == AB_OK && import_default_role(im->is_master, i, &row);
         i++)
    {
        if (composites ? row.composites == NULL
                       : !is_wanted(im, &row, own_clients))
        {
            continue;
        }
        e = import_role(im, row.client, row.name, !composites, &id);
        if (e == AB_OK && composites && id != NULL
            && is_wanted(im, &row, own_clients))
        {
            e = default_composites(im, &row, id);
        }
        if (e == AB_OK && !composites) {
            e = describe(im, id, row.name);
        }
    }
    return e;
}


/* ---- composites of the file ---------------------------------------------- */

static enum ab_err
resolve_list(struct import *im, const char *id, const char *client,
    const json_t *list)
{
    const json_t  *item;
    const char    *part;
    size_t         i;
    enum ab_err    e;

    json_array_foreach(list, i, item) {
        e = import_role(im, client, json_string_value(item), false, &part);
        if (e != AB_OK) {
            return e;
        }
        if (part == NULL) {
            return import_bad(im, "composite of a role that is not there",
                              "roles: %.48s: %.48s",
                              client == NULL ? "realm" : client,
                              json_string_value(item));
        }
        e = add_composite(im, id, part);
        if (e != AB_OK) {
            return e;
        }
    }
    return AB_OK;
}


static enum ab_err
resolve_composites(struct import *im)
{
    const char   *id, *client;
    json_t       *role, *list, *comp;
    enum ab_err   e = AB_OK;

    json_object_foreach(im->part[PART_ROLES], id, role) {
        comp = json_incref(json_object_get(role, "composites"));
        (void) json_object_del(role, "composites");
        e = resolve_list(im, id, NULL, json_object_get(comp, "realm"));
        json_object_foreach(json_object_get(comp, "client"), client, list) {
            if (e == AB_OK) {
                e = resolve_list(im, id, client, list);
            }
        }
        json_decref(comp);
        if (e != AB_OK) {
            return e;
        }
    }
    return AB_OK;
}


/* ---- the default role ---------------------------------------------------- */

/* What a default role made here holds: of the realm, then of a client. */
static const char *const  default_parts[][2] = {
    { NULL, "offline_access" }, { NULL, "uma_authorization" },
    { "account", "view-profile" }, { "account", "manage-account" },
};


static enum ab_err
default_role_parts(struct import *im, const char *id)
{
    const json_t  *old = json_object_get(im->doc, "defaultRoles"), *item;
    const char    *part;
    size_t         i;
    enum ab_err    e = AB_OK;

    for (i = 0; e == AB_OK && i < 4; i++) {
        e = import_role(im, default_parts[i][0], default_parts[i][1], false,
                        &part);
        if (e == AB_OK && part != NULL) {
            e = add_composite(im, id, part);
        }
    }
    json_array_foreach(old, i, item) {      /* before version 13 */
        if (e == AB_OK) {
            e = import_role(im, NULL, json_string_value(item), true, &part);
        }
        if (e == AB_OK) {
            e = add_composite(im, id, part);
        }
    }
    return e;
}


static enum ab_err
default_role(struct import *im)
{
    const char   *name = doc_str(json_object_get(im->doc, "defaultRole"),
                                 "name");
    const char   *id, *low;
    bool          is_new;
    json_t       *ref;
    enum ab_err   e;

    low = lower_text(im->c->a, im->name);
    if (name == NULL && low != NULL) {
        name = arena_printf(im->c->a, "default-roles-%s", low);
    }
    if (name == NULL) {
        return ctx_nomem(im->c);
    }
    is_new = doc_str(im->realm_roles, name) == NULL;
    e = import_role(im, NULL, name, true, &id);
    if (e == AB_OK && is_new) {
        e = describe(im, id, "default-roles");
    }
    if (e == AB_OK && is_new) {
        e = default_role_parts(im, id);
    }
    if (e != AB_OK) {
        return e;
    }
    ref = json_pack("{s:s, s:s, s:b, s:b, s:s}", "id", id, "name", name,
                    "composite", 1, "clientRole", 0, "containerId", im->rid);
    return json_object_set_new(im->settings, "defaultRole", ref) == 0
           ? AB_OK : ctx_nomem(im->c);
}


/* master's admin: create-realm and all that can be done to this realm. */
static enum ab_err
master_admin(struct import *im)
{
    const char   *id, *part;
    enum ab_err   e;

    e = import_role(im, NULL, "admin", true, &id);
    if (e == AB_OK) {
        e = import_role(im, NULL, "create-realm", true, &part);
    }
    if (e == AB_OK) {
        e = add_composite(im, id, part);
    }
    return e == AB_OK ? add_all_composites(im, id,
                            json_object_get(im->client_roles, "master-realm"))
                      : e;
}


enum ab_err
import_roles(struct import *im)
{
    size_t       own = im->n_own_clients;
    enum ab_err  e = add_file_roles(im);
    bool         has_admin = doc_str(im->realm_roles, "admin") != NULL;

    if (e == AB_OK) {
        e = resolve_composites(im);
    }
    if (e == AB_OK) {
        e = add_default_roles(im, own, false);
    }
    if (e == AB_OK) {
        e = add_default_roles(im, own, true);
    }
    if (e == AB_OK && im->is_master && !has_admin) {
        e = master_admin(im);
    }
    return e == AB_OK ? default_role(im) : e;
}
