/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * finish.c - what stands between a proven user and the end of his login.
 */
#include "runner.h"

#include "model/doc.h"
#include "model/idp.h"
#include "model/required_action.h"
#include "oidc/acr.h"

#include <string.h>


/* One the realm does not list counts as in force: better to refuse than to
 * let somebody past a step that an administrator asked for. */
static bool
is_in_force(const struct required_action_table *t, const char *alias)
{
    const struct required_action  *a = required_action_find(t, alias);

    return a == NULL || a->enabled;
}


/* *ret_alias: the first pending action, NULL when there is none. */
static enum ab_err
pending_action(struct ctx *c, const struct realm *realm,
    const struct user *user, const char **ret_alias)
{
    const struct required_action_table  *table;
    const char                          *alias;
    size_t                               i;
    enum ab_err                          e;

    e = required_actions_get(c, realm, &table);
    if (e != AB_OK) {
        return e;
    }
    for (i = 0; i < json_array_size(user->required_actions); i++) {
        alias = json_string_value(json_array_get(user->required_actions, i));
        if (alias != NULL && is_in_force(table, alias)) {
            *ret_alias = alias;
            return AB_OK;
        }
    }
    *ret_alias = doc_bool(realm->doc, "verifyEmail", false)
                 && user->email != NULL && !user->email_verified
                 ? "VERIFY_EMAIL" : NULL;
    return AB_OK;
}


/* The provider a user came from may ask for a flow of its own after the
 * login. It is not built, and passing it over would let in whom it denies. */
static enum ab_err
post_flow_is_set(struct ctx *c, const struct flow_input *in, bool *ret_set)
{
    const char        *alias = auth_note(in->tab->user_notes, NOTE_IDP);
    const struct idp  *idp;
    enum ab_err        e;

    *ret_set = false;
    if (alias == NULL) {
        return AB_OK;
    }
    e = idp_by_alias(c, in->realm, alias, &idp);
    if (e == AB_OK) {
        *ret_set = idp->post_flow != NULL;
    }
    return e;
}


/* What would ask the person something: not built, so the login is refused,
 * or with prompt=none answered to the client. */
static enum ab_err
interaction(struct ctx *c, const struct flow_input *in, const char *what,
    struct flow_result *ret)
{
    if (in->is_passive
        || auth_note(in->tab->auth_notes, "FORWARDED_PASSIVE_LOGIN") != NULL)
    {
        ret->next = FLOW_CLIENT_ERROR;
        ret->error = "interaction_required";
        return AB_OK;
    }
    ctx_fail(c, AB_E_FLOW_UNSUPPORTED, "%.64s", what);
    ret->next = FLOW_ERROR;
    return AB_OK;
}


static enum ab_err
refuse(struct ctx *c, enum ab_err err, const char *why,
    struct flow_result *ret)
{
    ctx_fail(c, err, "%s", why);
    ret->next = FLOW_ERROR;
    return AB_OK;
}


/* By the cookie alone nothing was proved now: level 0. Who proved himself
 * again goes on in the session he has. */
static enum ab_err
done(struct ctx *c, const struct flow_input *in, const struct user *user,
    struct flow_result *ret)
{
    ret->next = FLOW_DONE;
    ret->user = user;
    ret->sso = in->sso_user != NULL ? in->sso : NULL;
    if (ret->sso != NULL
        && auth_note(in->tab->auth_notes, "SSO_AUTH") != NULL)
    {
        ret->acr = "0";
        return AB_OK;
    }
    return acr_name(c, in->realm, in->client, 1, &ret->acr);
}


/* An acr that the request made essential and that was not reached: the
 * client hears so, instead of a weaker sign-in than it asked for. */
static enum ab_err
level_is_met(struct ctx *c, const struct flow_input *in, bool *ret_met)
{
    const json_t  *values;
    const char    *name;
    int            level;
    size_t         i;
    enum ab_err    e;

    e = acr_essential(c, auth_note(in->tab->client_notes, "claims"),
                      &values);
    *ret_met = json_array_size(values) == 0;
    for (i = 0; e == AB_OK && !*ret_met && i < json_array_size(values); i++)
    {
        name = json_string_value(json_array_get(values, i));
        level = -1;
        if (name != NULL) {
            e = acr_level(c, in->realm, in->client, name, &level);
        }
        *ret_met = level == 0 || level == 1;
    }
    return e;
}


/* An action the client asks for (kc_action), "ALIAS" or "ALIAS:parameter".
 * None is built; what matters is that prompt=none may not skip one that the
 * realm has. Otherwise the answer's kc_action_status tells the client. */
static enum ab_err
action_is_asked(struct ctx *c, const struct flow_input *in, bool *ret_asked)
{
    const struct required_action_table  *table;
    const struct required_action        *a;
    const char                          *note;
    char                                *alias;
    enum ab_err                          e;

    note = auth_note(in->tab->client_notes, "kc_action");
    *ret_asked = false;
    if (note == NULL || !in->is_passive) {
        return AB_OK;
    }
    alias = arena_dup(c->a, ab_slice(note, strcspn(note, ":")));
    e = alias == NULL ? ctx_nomem(c)
                      : required_actions_get(c, in->realm, &table);
    if (e == AB_OK) {
        a = required_action_find(table, alias);
        *ret_asked = a != NULL && a->enabled;
    }
    return e;
}


/* A word for what the person would be asked now, NULL when nothing. */
static enum ab_err
what_is_left(struct ctx *c, const struct flow_input *in,
    const struct user *user, const char **ret_what)
{
    bool         is_asked = false, has_flow = false;
    enum ab_err  e = pending_action(c, in->realm, user, ret_what);

    if (e == AB_OK && *ret_what == NULL) {
        e = post_flow_is_set(c, in, &has_flow);
    }
    if (e == AB_OK && *ret_what == NULL && !has_flow) {
        e = action_is_asked(c, in, &is_asked);
    }
    if (e != AB_OK || *ret_what != NULL) {
        return e;
    }
    if (has_flow) {
        *ret_what = "post-broker-login flow";
    } else if (is_asked) {
        *ret_what = "kc_action";
    } else if (in->client->consent_required) {
        *ret_what = "consent";
    }
    return AB_OK;
}


enum ab_err
flow_finish(struct ctx *c, const struct flow_input *in,
    const struct user *user, struct flow_result *ret)
{
    const char   *what = NULL;
    bool          is_met = false;
    enum ab_err   e;

    if (!user->enabled) {
        return refuse(c, AB_E_USER_DISABLED, "found by the flow", ret);
    }
    if (in->sso_user != NULL && strcmp(in->sso_user->id, user->id) != 0) {
        return refuse(c, AB_E_USER_OTHER, "another session is live", ret);
    }
    e = what_is_left(c, in, user, &what);
    if (e != AB_OK) {
        return e;
    }
    if (what != NULL) {
        return interaction(c, in, what, ret);
    }
    e = level_is_met(c, in, &is_met);
    if (e != AB_OK) {
        return e;
    }
    if (!is_met) {
        ret->next = FLOW_CLIENT_ERROR;
        ret->error = "unmet_authentication_requirements";
        return AB_OK;
    }
    return done(c, in, user, ret);
}
