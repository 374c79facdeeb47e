/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * user_create.c - a new user, from what a sign-in or an administrator says.
 */
#include "user_int.h"

#include "doc.h"
#include "lower.h"
#include "required_action.h"

#include "base/clock.h"
#include "base/random.h"

#define CREATE_TRIES  3


/* requiredActions: what was asked for, and the realm's default ones. */
static bool
add_actions(json_t *doc, const struct required_action_table *t,
    const json_t *wanted)
{
    json_t  *list = json_is_array(wanted) ? doc_copy(wanted)
                                          : json_array();
    size_t   i;
    bool     ok = json_object_set_new(doc, "requiredActions", list) == 0;

    for (i = 0; ok && i < t->n; i++) {
        if (t->v[i].enabled && t->v[i].is_default) {
            ok = json_array_append_new(list, json_string(t->v[i].alias)) == 0;
        }
    }
    return ok;
}


static bool
put_member(json_t *doc, const char *name, const char *text)
{
    return text == NULL || doc_put(doc, name, text);
}


static enum ab_err
new_doc(struct ctx *c, const struct required_action_table *actions,
    const struct user_new *n, struct user_row *row)
{
    json_t  *doc = n->extra == NULL ? json_object()
                                    : doc_deep_copy(n->extra);

    if (doc == NULL || !arena_own(c->a, doc, doc_unref)) {
        return ctx_nomem(c);
    }
    row->doc = doc;
    if (!doc_put(doc, "id", row->id) || !doc_put(doc, "username", row->username)
        || !put_member(doc, "email", row->email)
        || !put_member(doc, "firstName", n->first_name)
        || !put_member(doc, "lastName", n->last_name)
        || json_object_set_new(doc, "enabled", json_boolean(n->enabled)) != 0
        || json_object_set_new(doc, "emailVerified",
                               json_boolean(n->email_verified)) != 0
        || json_object_set_new(doc, "createdTimestamp",
                               json_integer(clock_now_ms())) != 0
        || (n->attributes != NULL
            && json_object_set_new(doc, "attributes",
                                   doc_deep_copy(n->attributes)) != 0)
        || !add_actions(doc, actions, n->required_actions))
    {
        return ctx_nomem(c);
    }
    return AB_OK;
}


static enum ab_err
new_links(struct ctx *c, const struct user_new *n, struct user_row *row)
{
    json_t  *links = json_array();

    if (links == NULL || !arena_own(c->a, links, doc_unref)) {
        return ctx_nomem(c);
    }
    row->links = links;
    if (n->link_idp != NULL
        && json_array_append_new(links, json_pack("{s:s, s:s, s:s, s:s*}",
               "identityProvider", n->link_idp->alias,
               "idpId", n->link_idp->id, "userId", n->link_subject,
               "userName", n->link_username)) != 0)
    {
        return ctx_nomem(c);
    }
    return AB_OK;
}


/* Names as they are compared; AB_E_FORMAT for what can be none. */
static enum ab_err
new_names(struct ctx *c, const struct user_new *n, struct user_row *row)
{
    row->username = lower_text(c->a, n->username);
    row->email = n->email == NULL ? NULL : lower_text(c->a, n->email);
    if (row->username == NULL || (n->email != NULL && row->email == NULL)) {
        return ctx_nomem(c);
    }
    if (row->email != NULL && *row->email == '\0') {
        row->email = NULL;
    }
    if (*row->username == '\0' || strlen(row->username) > USER_NAME_MAX
        || (row->email != NULL && strlen(row->email) > USER_NAME_MAX))
    {
        return ctx_fail(c, AB_E_FORMAT, "user name or e-mail: bad length");
    }
    return AB_OK;
}


static enum ab_err
new_row(struct ctx *c, const struct realm *realm, const struct user_new *n,
    struct user_row *row)
{
    const struct required_action_table  *actions;
    json_t                              *none = json_array();
    char                                 id[37];
    enum ab_err                          e;

    if (none == NULL || !arena_own(c->a, none, doc_unref)) {
        return ctx_nomem(c);
    }
    random_uuid(id);
    *row = (struct user_row) {
        .id = n->id != NULL ? n->id : arena_str(c->a, id),
        .credentials = n->credentials != NULL ? n->credentials : none,
        .roles = n->roles != NULL ? n->roles : none,
        .groups = n->groups != NULL ? n->groups : none,
    };
    if (row->id == NULL) {
        return ctx_nomem(c);
    }
    if (!doc_id_ok(row->id)) {
        return ctx_fail(c, AB_E_FORMAT, "user id: malformed");
    }
    e = new_names(c, n, row);
    if (e == AB_OK) {
        e = required_actions_get(c, realm, &actions);
    }
    if (e == AB_OK) {
        e = new_doc(c, actions, n, row);
    }
    return e == AB_OK ? new_links(c, n, row) : e;
}


enum ab_err
user_create(struct ctx *c, const struct realm *realm,
    const struct user_new *new_user, const struct user **ret_user)
{
    struct user_row  row;
    int              tries;
    enum ab_err      e = AB_E_CONFLICT;

    /* A conflict: somebody took us for late. Again, under a new id. */
    for (tries = 0; e == AB_E_CONFLICT && tries < CREATE_TRIES; tries++) {
        e = new_row(c, realm, new_user, &row);
        if (e == AB_OK) {
            e = user_insert(c, realm, &row);
        }
    }
    return e == AB_OK ? user_read(c, realm->id, row.id, ret_user) : e;
}
