/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * new_user.c - the local user of a first sign-in through a provider.
 */
#include "identity.h"

#include "email_rule.h"

#include "model/doc.h"
#include "model/required_action.h"

#define READ_TOKEN_CLIENT  "broker"
#define READ_TOKEN_ROLE    "read-token"

static enum ab_err check_provider(struct ctx *c, const struct idp *idp,
    const struct brokered *who);
static const char *local_username(struct ctx *c, const struct realm *realm,
    const struct brokered *who);
static enum ab_err names_are_free(struct ctx *c, const struct realm *realm,
    const char *username, const char *email);
static enum ab_err is_free(struct ctx *c, const char *what,
    enum ab_err found);
static enum ab_err roles_of_new(struct ctx *c, const struct realm *realm,
    const struct idp *idp, json_t **ret_roles);
static enum ab_err groups_of_new(struct ctx *c, const struct realm *realm,
    json_t **ret_groups);
static enum ab_err actions_of_new(struct ctx *c, const struct realm *realm,
    json_t **ret_actions);
static enum ab_err create(struct ctx *c, const struct realm *realm,
    const struct idp *idp, const struct brokered *who, struct user_new *n,
    const struct user **ret_user);


enum ab_err
broker_create_user(struct ctx *c, const struct realm *realm,
    const struct idp *idp, const struct brokered *who,
    const struct user **ret_user)
{
    struct user_new  n = {
        .email = who->email, .first_name = who->first_name,
        .last_name = who->last_name, .enabled = true,
        .email_verified = email_rule_verified(idp, who),
        .attributes = who->attributes,
        .link_idp = idp, .link_subject = who->id,
        .link_username = who->username,
    };
    json_t       *roles = NULL, *groups = NULL, *actions = NULL;
    enum ab_err   err = check_provider(c, idp, who);

    if (err == AB_OK) {
        err = roles_of_new(c, realm, idp, &roles);
    }
    if (err == AB_OK) {
        err = groups_of_new(c, realm, &groups);
    }
    if (err == AB_OK) {
        err = actions_of_new(c, realm, &actions);
    }
    if (err != AB_OK) {
        return err;
    }
    n.username = local_username(c, realm, who);
    n.roles = roles;
    n.groups = groups;
    n.required_actions = actions;
    return n.username == NULL ? ctx_nomem(c)
                              : create(c, realm, idp, who, &n, ret_user);
}


/* It may have been switched off, or deleted and made again under its alias,
 * since it named this identity (T-BR5, T-BR18). */
static enum ab_err
check_provider(struct ctx *c, const struct idp *idp,
    const struct brokered *who)
{
    if (!idp->enabled || idp->link_only || strcmp(idp->id, who->idp_id) != 0) {
        return ctx_fail(c, AB_E_IDP_REFUSED, "'%.64s' changed since it named "
                        "this identity", idp->alias);
    }
    return AB_OK;
}


/* broker.md section 17.2, trimmed. */
static const char *
local_username(struct ctx *c, const struct realm *realm,
    const struct brokered *who)
{
    const char       *name = who->username;
    struct ab_slice   s;

    if (who->local_username != NULL) {
        name = who->local_username;
    } else if (realm->email_as_username && who->email != NULL) {
        name = who->email;
    }
    if (name == NULL) {
        return arena_printf(c->a, "%s.%s", who->alias, who->id);
    }
    s = ab_slice_str(name);
    while (s.len > 0 && s.p[0] == ' ') {
        s = ab_slice(s.p + 1, s.len - 1);
    }
    while (s.len > 0 && s.p[s.len - 1] == ' ') {
        s.len--;
    }
    return s.len > 0 ? arena_dup(c->a, s)
                     : arena_printf(c->a, "%s.%s", who->alias, who->id);
}


static enum ab_err
create(struct ctx *c, const struct realm *realm, const struct idp *idp,
    const struct brokered *who, struct user_new *n,
    const struct user **ret_user)
{
    enum ab_err  err = names_are_free(c, realm, n->username, n->email);

    if (err == AB_OK) {
        err = user_create(c, realm, n, ret_user);
    }
    if (err != AB_E_USER_CLASH) {
        return err;
    }
    /* Another tab of the same person may have been first: then he is there
     * (T-BR8). */
    if (user_by_link(c, realm, idp, who->id, ret_user) != AB_OK) {
        return c->f.code != AB_OK ? c->f.code
               : ctx_fail(c, AB_E_USER_CLASH, "first sign-in from '%.64s'",
                          idp->alias);
    }
    fail_clear(&c->f);
    return (*ret_user)->enabled ? AB_OK
           : ctx_fail(c, AB_E_USER_DISABLED, "user %s", (*ret_user)->id);
}


/*
 * Names and addresses are one space where people sign in with either: a new
 * name that is somebody's address, or the other way round, would let one of
 * them be taken for the other (flows.md 4.2). user_create() itself holds
 * names and addresses apart by reservation.
 */
static enum ab_err
names_are_free(struct ctx *c, const struct realm *realm,
    const char *username, const char *email)
{
    const struct user  *other;
    enum ab_err         err = AB_OK;

    if (!realm->login_with_email) {
        return AB_OK;
    }
    if (email != NULL) {
        err = is_free(c, "e-mail is a name",
                      user_by_username(c, realm, email, &other));
    }
    if (err == AB_OK && strchr(username, '@') != NULL) {
        err = is_free(c, "name is an e-mail",
                      user_by_email(c, realm, username, &other));
    }
    return err;
}


static enum ab_err
is_free(struct ctx *c, const char *what, enum ab_err found)
{
    if (found == AB_E_USER_ABSENT) {
        fail_clear(&c->f);
        return AB_OK;
    }
    return found == AB_OK ? ctx_fail(c, AB_E_USER_CLASH, "%s", what) : found;
}


/* The realm's default role, and broker.read-token where the provider's
 * settings grant it. */
static enum ab_err
roles_of_new(struct ctx *c, const struct realm *realm, const struct idp *idp,
    json_t **ret_roles)
{
    const struct role_table  *t;
    json_t                   *roles = doc_own(c, json_array());
    size_t                    at;
    enum ab_err               err;

    if (roles == NULL) {
        return ctx_nomem(c);
    }
    if (realm->default_role_id != NULL
        && json_array_append_new(roles,
                                 json_string(realm->default_role_id)) != 0)
    {
        return ctx_nomem(c);
    }
    if (idp->add_read_token_role) {
        err = role_table_get(c, realm, &t);
        if (err != AB_OK) {
            return err;
        }
        at = role_find_name(t, READ_TOKEN_CLIENT, READ_TOKEN_ROLE);
        if (at != SIZE_MAX
            && json_array_append_new(roles, json_string(t->v[at].id)) != 0)
        {
            return ctx_nomem(c);
        }
    }
    *ret_roles = roles;
    return AB_OK;
}


/* defaultGroups of the realm: paths. */
static enum ab_err
groups_of_new(struct ctx *c, const struct realm *realm, json_t **ret_groups)
{
    const json_t              *paths = json_object_get(realm->doc,
                                                       "defaultGroups");
    const struct group_table  *t;
    json_t                    *groups = doc_own(c, json_array());
    const json_t              *path;
    size_t                     i, j;
    enum ab_err                err;

    *ret_groups = groups;
    if (groups == NULL) {
        return ctx_nomem(c);
    }
    if (json_array_size(paths) == 0) {
        return AB_OK;
    }
    err = group_table_get(c, realm, &t);
    if (err != AB_OK) {
        return err;
    }
    json_array_foreach(paths, i, path) {
        for (j = 0; j < t->n; j++) {
            if (json_is_string(path)
                && strcmp(t->v[j].path, json_string_value(path)) == 0
                && json_array_append_new(groups,
                                         json_string(t->v[j].id)) != 0)
            {
                return ctx_nomem(c);
            }
        }
    }
    return AB_OK;
}


/* Required actions that the realm gives to every new user. */
static enum ab_err
actions_of_new(struct ctx *c, const struct realm *realm,
    json_t **ret_actions)
{
    const struct required_action_table  *t;
    json_t                              *actions;
    size_t                               i;
    enum ab_err                          err;

    err = required_actions_get(c, realm, &t);
    if (err != AB_OK) {
        return err;
    }
    actions = doc_own(c, json_array());
    if (actions == NULL) {
        return ctx_nomem(c);
    }
    for (i = 0; i < t->n; i++) {
        if (t->v[i].enabled && t->v[i].is_default
            && json_array_append_new(actions,
                                     json_string(t->v[i].alias)) != 0)
        {
            return ctx_nomem(c);
        }
    }
    *ret_actions = actions;
    return AB_OK;
}
