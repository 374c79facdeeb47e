/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import_int.h - one import under way, shared by the import_*.c files.
 *
 * An import first builds all documents in memory (the plan), touching no
 * store: that is also all that import_check() does. Each builder owns one
 * part of the file. Then the plan is written and published. Ids that the
 * file does not give are derived from the new realm id, so that a plan built
 * again after a crash has the same ones.
 */
#ifndef MODEL_IMPORT_INT_H
#define MODEL_IMPORT_INT_H

#include "import.h"

/* What Keycloak writes in place of a secret. */
#define IMPORT_MASK  "**********"

/* A dead holder is waited for that long; a live one extends. */
#define IMPORT_LEASE_S  10

/* Hashes of a realm in the store: field -> document (JSON object or array)
 * or, in the …_BY parts, field -> id. */
enum import_part {
    PART_SCOPES, PART_CLIENTS, PART_CLIENTS_BY, PART_ROLES, PART_GROUPS,
    PART_FLOWS, PART_FLOW_CONFIGS, PART_ACTIONS, PART_IDPS, PART_IDPS_BY,
    PART_IDP_MAPPERS, PART_COMPONENTS, PART_N
};

struct import {
    struct ctx   *c;            /* its arena holds all of this */
    const char   *file;         /* for messages */
    /* The file's bytes, and those of files with more of its users, as an
     * export into a folder makes them (NAME-users-N.json). */
    const struct ab_slice  *texts;
    size_t        n_texts;
    const char   *rid;          /* the new realm's id */
    const char   *name;         /* the realm's */
    bool          is_master;
    size_t        n_own_clients;    /* the file's; built-in ones follow */
    json_t       *doc;          /* the file */
    json_t       *settings;     /* realm document */
    json_t       *part[PART_N];
    json_t       *realm_roles;  /* name -> id */
    json_t       *client_roles; /* client_id -> { name -> id } */
    json_t       *paths;        /* group path -> id */
    json_t       *flow_ids;     /* flow alias -> id */
    json_t       *users;        /* array of rows, see import_users.c */
    size_t        n_masked;
    int64_t       extend_at_ms; /* see import_hold() */
};

/* ---- import.c: helpers of the builders ----------------------------------- */

/* Record AB_E_IMPORT: file, path in the JSON, reason. The path is given
 * printf-like, last. */
enum ab_err import_bad(struct import *im, const char *reason,
    const char *path, ...) __attribute__((format(printf, 3, 4)));
/* A new object or array that lives as long as the import; NULL: no memory. */
json_t *import_keep(struct import *im, json_t *value);
/* The id of a part of this realm: a UUID made of realm id, kind and names;
 * NULL: no memory. */
const char *import_id(struct import *im, const char *kind, const char *a,
    const char *b);
/* The file's own `id` of an entity (member `name`), else import_id(). */
const char *import_own_id(struct import *im, const json_t *doc,
    const char *name, const char *kind, const char *a, const char *b);
/* Put `doc` (a new reference is taken) under a field of a part. AB_E_IMPORT
 * when the field is taken; `path` names the entity's list, i its place. */
enum ab_err import_put(struct import *im, enum import_part part,
    const char *field, json_t *doc, const char *path, size_t i);
/* A masked text member becomes random; counted. */
enum ab_err import_unmask(struct import *im, json_t *doc, const char *name);

/* ---- builders, in the order of the table in import_plan.c ---------------- */

enum ab_err import_shape(struct import *im);
enum ab_err import_settings(struct import *im);
enum ab_err import_scopes(struct import *im);
enum ab_err import_clients(struct import *im);
enum ab_err import_roles(struct import *im);
enum ab_err import_groups(struct import *im);
enum ab_err import_mappings(struct import *im);
enum ab_err import_flows(struct import *im);
enum ab_err import_actions(struct import *im);
enum ab_err import_idps(struct import *im);
enum ab_err import_components(struct import *im);
enum ab_err import_users(struct import *im);

/* Ids on protocolMappers; shared by scopes and clients. */
enum ab_err import_protocol_mappers(struct import *im, json_t *doc,
    const char *owner);

/* Id of a role; created when `may_add` and it is missing. client NULL: realm
 * role. NULL id in *ret_id: not there. AB_E_NOMEM. */
enum ab_err import_role(struct import *im, const char *client,
    const char *name, bool may_add, const char **ret_id);
/* realmRoles and clientRoles of a user or group as an array of ids, roles
 * made where missing (as the reference does). New reference. */
enum ab_err import_role_ids(struct import *im, const json_t *owner,
    const char *path, size_t i, json_t **ret_ids);

/* ---- what a new realm has by itself (import_default_*.c) ----------------- */

/* Append to arrays of representations, as a file would have them. False: no
 * memory. */
bool import_default_scopes(json_t *scopes);
bool import_default_offline_scope(json_t *scopes);
bool import_default_clients(struct import *im, json_t *clients);
bool import_default_actions(json_t *actions);
/* Flows that the file lacks, and their configs; sub-flows carry ids. */
bool import_default_flows(struct import *im, json_t *flows, json_t *configs);
bool import_default_keys(json_t *components);
/* Names of the built-in default or optional scopes of a realm. */
json_t *import_default_scope_names(bool is_default);

/* Rows of built-in roles. client NULL: realm role. composites: names of roles
 * of the same container, blank-separated ("*": all others of it). */
struct import_default_role {
    const char  *client, *name, *composites;
};
/* The i-th row; false behind the last. */
bool import_default_role(bool is_master, size_t i,
    struct import_default_role *ret_row);

/* ---- the write side ------------------------------------------------------ */

enum ab_err import_build(struct import *im);
/* import_realm() and import_check() over several files. */
enum ab_err import_texts(struct ctx *c, const char *name,
    const struct ab_slice *texts, size_t n,
    struct import_result *ret_result);
enum ab_err import_check_texts(struct ctx *c, const char *name,
    const struct ab_slice *texts, size_t n);
/* Extend the lease, at most every two seconds. AB_E_CONFLICT: it is lost. */
enum ab_err import_hold(struct import *im, const char *lease);
/* Everything but the publishing. `lease` is extended meanwhile. */
enum ab_err import_write(struct import *im, const char *lease);
enum ab_err import_write_users(struct import *im, const char *lease);

#endif
