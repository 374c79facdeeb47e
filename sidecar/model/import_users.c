/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import_users.c - users of a realm file as rows of the plan.
 *
 * A row: id, username, email (as they are compared), doc, credentials (as in
 * the file; hashed when written), roles, groups (ids), links, at (place in
 * the file; absent for service accounts made here).
 */
#include "import_int.h"

#include "doc.h"
#include "lower.h"
#include "user_int.h"

#include "base/clock.h"

/* Members of the file that are stored apart, or are computed. */
static const char *const  apart[] = {
    "credentials", "realmRoles", "clientRoles", "groups",
    "federatedIdentities", "access", "totp", "self", "origin",
};


/* ---- parts of a row ------------------------------------------------------ */

static enum ab_err
row_groups(struct import *im, const json_t *user, size_t i, json_t *row)
{
    const json_t  *item;
    json_t        *ids = json_array();
    const char    *id;
    size_t         j;

    if (json_object_set_new(row, "groups", ids) != 0) {
        return ctx_nomem(im->c);
    }
    json_array_foreach(json_object_get(user, "groups"), j, item) {
        id = doc_str(im->paths, json_string_value(item));
        if (id == NULL) {
            return import_bad(im, "no such group", "users[%zu].groups[%zu]",
                              i, j);
        }
        if (json_array_append_new(ids, json_string(id)) != 0) {
            return ctx_nomem(im->c);
        }
    }
    return AB_OK;
}


/* A link to a provider that the realm does not have stays, reserved for
 * nobody (the reference hides it). */
static enum ab_err
row_links(struct import *im, const json_t *user, size_t i, json_t *row)
{
    const json_t  *link, *other;
    json_t        *links = json_array(), *copy;
    const char    *idp, *alias;
    size_t         j, k;

    if (json_object_set_new(row, "links", links) != 0) {
        return ctx_nomem(im->c);
    }
    json_array_foreach(json_object_get(user, "federatedIdentities"), j, link) {
        alias = doc_str(link, "identityProvider");
        json_array_foreach(links, k, other) {
            if (strcmp(doc_str(other, "identityProvider"), alias) == 0) {
                return import_bad(im, "stands in the file twice",
                                  "users[%zu].federatedIdentities[%zu]", i,
                                  j);
            }
        }
        copy = doc_copy(link);
        (void) json_object_del(copy, "idpId");
        idp = doc_str(im->part[PART_IDPS_BY], alias);
        if (json_array_append_new(links, copy) != 0
            || (idp != NULL && !doc_put(copy, "idpId", idp)))
        {
            return ctx_nomem(im->c);
        }
    }
    return AB_OK;
}


static enum ab_err
row_names(struct import *im, const json_t *user, size_t i, json_t *row,
    json_t *doc)
{
    const char  *mail = doc_filled(user, "email"), *id;
    char        *low = lower_text(im->c->a, doc_str(user, "username"));
    char        *low_mail = mail == NULL ? NULL
                                         : lower_text(im->c->a, mail);

    if (low == NULL || (mail != NULL && low_mail == NULL)) {
        return ctx_nomem(im->c);
    }
    if (*low == '\0' || strlen(low) > USER_NAME_MAX) {
        return import_bad(im, "1 to 255 bytes are wanted",
                          "users[%zu].username", i);
    }
    if (low_mail != NULL && strlen(low_mail) > USER_NAME_MAX) {
        return import_bad(im, "is too long", "users[%zu].email", i);
    }
    (void) json_object_del(doc, "email");
    id = import_own_id(im, user, "id", "user", low, "");
    if (id == NULL || !doc_put(row, "id", id) || !doc_put(doc, "id", id)
        || !doc_put(row, "username", low) || !doc_put(doc, "username", low))
    {
        return ctx_nomem(im->c);
    }
    if (low_mail != NULL && *low_mail != '\0'
        && (!doc_put(row, "email", low_mail)
            || !doc_put(doc, "email", low_mail)))
    {
        return ctx_nomem(im->c);
    }
    return AB_OK;
}


static enum ab_err
row_doc(struct import *im, const json_t *user, json_t *row)
{
    json_t  *doc = doc_copy(user), *cred;
    size_t   i;

    if (json_object_set_new(row, "doc", doc) != 0) {
        return ctx_nomem(im->c);
    }
    for (i = 0; i < sizeof(apart) / sizeof(*apart); i++) {
        (void) json_object_del(doc, apart[i]);
    }
    cred = json_object_get(user, "credentials");
    cred = cred == NULL ? json_array() : json_incref(cred);
    if (json_object_set_new(row, "credentials", cred) != 0
        || json_object_set_new(doc, "enabled", json_boolean(doc_bool(user,
                               "enabled", false))) != 0
        || json_object_set_new(doc, "emailVerified", json_boolean(doc_bool(
                               user, "emailVerified", false))) != 0
        || (json_object_get(doc, "createdTimestamp") == NULL
            && json_object_set_new(doc, "createdTimestamp",
                                   json_integer(clock_now_ms())) != 0)
        || (json_object_get(doc, "requiredActions") == NULL
            && json_object_set_new(doc, "requiredActions",
                                   json_array()) != 0))
    {
        return ctx_nomem(im->c);
    }
    return AB_OK;
}


/* ---- rows ---------------------------------------------------------------- */

/* Names that rows have taken, so that a clash is told before anything is
 * written: "n:NAME", "m:MAIL", "i:ID", "l:ALIAS NUL-free length:SUBJECT". */
struct taken {
    json_t  *set;
    bool     mails;             /* must be unique */
};


static enum ab_err
take(struct import *im, struct taken *t, const char *key, size_t i,
    const char *member)
{
    if (key == NULL) {
        return ctx_nomem(im->c);
    }
    if (json_object_get(t->set, key) != NULL) {
        return import_bad(im, "another user of the file has it",
                          "users[%zu].%s", i, member);
    }
    return json_object_set_new(t->set, key, json_true()) == 0
           ? AB_OK : ctx_nomem(im->c);
}


static enum ab_err
take_names(struct import *im, struct taken *t, const json_t *row, size_t i)
{
    struct arena  *a = im->c->a;
    const char    *mail = doc_str(row, "email"), *idp;
    const json_t  *link;
    size_t         j;
    enum ab_err    e;

    e = take(im, t, arena_printf(a, "n:%s", doc_str(row, "username")), i,
             "username");
    if (e == AB_OK) {
        e = take(im, t, arena_printf(a, "i:%s", doc_str(row, "id")), i, "id");
    }
    if (e == AB_OK && mail != NULL && t->mails) {
        e = take(im, t, arena_printf(a, "m:%s", mail), i, "email");
    }
    json_array_foreach(json_object_get(row, "links"), j, link) {
        idp = doc_str(link, "idpId");
        if (e == AB_OK && idp != NULL) {
            e = take(im, t, arena_printf(a, "l:%zu:%s:%s", strlen(idp), idp,
                                         doc_str(link, "userId")), i,
                     "federatedIdentities");
        }
    }
    return e;
}


static enum ab_err
row_add(struct import *im, const json_t *user, size_t i, struct taken *taken)
{
    json_t       *row = json_object(), *ids;
    enum ab_err   e;

    if (json_array_append_new(im->users, row) != 0) {
        return ctx_nomem(im->c);
    }
    e = row_doc(im, user, row);
    if (e == AB_OK) {
        e = row_names(im, user, i, row, json_object_get(row, "doc"));
    }
    if (e == AB_OK) {
        e = row_groups(im, user, i, row);
    }
    if (e == AB_OK) {
        e = row_links(im, user, i, row);
    }
    if (e == AB_OK) {
        e = import_role_ids(im, user, "users", i, &ids);
    }
    if (e == AB_OK && json_object_set_new(row, "roles", ids) != 0) {
        e = ctx_nomem(im->c);
    }
    return e == AB_OK ? take_names(im, taken, row, i) : e;
}


/* ---- service accounts ---------------------------------------------------- */

/* The user a client without one in the file gets, as the file would say it;
 * like any new user it has the default role. */
static json_t *
service_user(struct import *im, const char *client_id)
{
    const char  *name = arena_printf(im->c->a, "service-account-%s",
                                     client_id);
    const char  *role = doc_str(json_object_get(im->settings, "defaultRole"),
                                "name");

    return name == NULL ? NULL
           : import_keep(im, json_pack("{s:s, s:b, s:s, s:[s]}", "username",
                         name, "enabled", 1, "serviceAccountClientId",
                         client_id, "realmRoles", role));
}


static enum ab_err
service_accounts(struct import *im, const json_t *have, struct taken *taken)
{
    const char   *id, *client_id;
    json_t       *cl, *user;
    enum ab_err   e = AB_OK;

    json_object_foreach(im->part[PART_CLIENTS], id, cl) {
        client_id = doc_str(cl, "clientId");
        if (e != AB_OK || !doc_bool(cl, "serviceAccountsEnabled", false)
            || json_object_get(have, client_id) != NULL)
        {
            continue;
        }
        user = service_user(im, client_id);
        e = user == NULL ? ctx_nomem(im->c)
            : row_add(im, user, json_array_size(im->users), taken);
    }
    return e;
}


enum ab_err
import_users(struct import *im)
{
    json_t        *have = import_keep(im, json_object());
    struct taken   taken = { import_keep(im, json_object()), true };
    const json_t  *user;
    const char    *client;
    size_t         i;
    enum ab_err    e = AB_OK;

    if (have == NULL || taken.set == NULL) {
        return ctx_nomem(im->c);
    }
    taken.mails = !doc_bool(im->settings, "duplicateEmailsAllowed", false);
    json_array_foreach(json_object_get(im->doc, "users"), i, user) {
        client = doc_filled(user, "serviceAccountClientId");
        if (client != NULL
            && doc_str(im->part[PART_CLIENTS_BY], client) == NULL)
        {
            return import_bad(im, "no such client",
                              "users[%zu].serviceAccountClientId", i);
        }
        if (client != NULL
            && json_object_set_new(have, client, json_true()) != 0)
        {
            return ctx_nomem(im->c);
        }
        e = row_add(im, user, i, &taken);
        if (e != AB_OK) {
            return e;
        }
    }
    return service_accounts(im, have, &taken);
}
