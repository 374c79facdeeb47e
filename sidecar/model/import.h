/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import.h - realm files (Keycloak export JSON) into the store.
 */
#ifndef MODEL_IMPORT_H
#define MODEL_IMPORT_H

#include "model/realm.h"

struct import_result {
    const char  *realm;         /* name */
    bool         is_skipped;    /* existed already, or same digest */
    size_t       n_users, n_clients, n_idps;
    size_t       n_masked;      /* masked secrets replaced by random ones */
};

/* One file's bytes; name is for messages. AB_E_IMPORT with file, path in
 * the JSON and reason in the detail. Written under a new realm id,
 * published by one write to ab:realms; held by a lease; resumable. */
enum ab_err import_realm(struct ctx *c, const char *name,
    struct ab_slice text, struct import_result *ret_result);
/* Parse and check only (--check); touches no store. */
enum ab_err import_check(struct ctx *c, const char *name,
    struct ab_slice text);
/* Every *.json of a folder in name order; each result is given to seen(). */
enum ab_err import_folder(struct ctx *c, const char *dir, bool check_only,
    void (*seen)(void *arg, const struct import_result *r), void *arg);

/* Realm `master` with Keycloak's clients (admin-cli …) and roles, when it
 * does not exist; and the first administrator while it has none (marked
 * temporary). user or password NULL: no administrator is made. */
enum ab_err import_master(struct ctx *c, const char *user,
    const char *password, bool *ret_made_admin);

#endif
