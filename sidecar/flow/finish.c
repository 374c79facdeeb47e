/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * finish.c - what stands between a proven user and the end of his login.
 */
#include "runner.h"

#include "model/doc.h"
#include "oidc/acr.h"
#include "store/keys.h"
#include "store/store.h"

#include <string.h>


/* Is a required action of the user's in force. One the realm does not list
 * counts: better to refuse than to let somebody past a step that an
 * administrator asked for. */
static enum ab_err
action_is_enabled(struct ctx *c, const struct realm *realm,
    const char *alias, bool *ret_enabled)
{
    struct ab_slice  text;
    const json_t    *doc;
    enum ab_err      e;

    e = store_hget(c, key1(c, KEY_ACTIONS, realm->id), ab_slice_str(alias),
                   &text);
    if (e == AB_E_STORE_ABSENT) {
        *ret_enabled = true;
        return AB_OK;
    }
    if (e == AB_OK) {
        e = doc_parse_in(c, c->a, "required action", text, &doc);
    }
    if (e == AB_OK) {
        *ret_enabled = doc_bool(doc, "enabled", true);
    }
    return e;
}


/* *ret_alias: the first pending action, NULL when there is none. */
static enum ab_err
pending_action(struct ctx *c, const struct realm *realm,
    const struct user *user, const char **ret_alias)
{
    const char   *alias;
    bool          enabled = false;
    size_t        i;
    enum ab_err   e;

    for (i = 0; i < json_array_size(user->required_actions); i++) {
        alias = json_string_value(json_array_get(user->required_actions, i));
        e = alias == NULL ? AB_OK
                          : action_is_enabled(c, realm, alias, &enabled);
        if (e != AB_OK) {
            return e;
        }
        if (alias != NULL && enabled) {
            *ret_alias = alias;
            return AB_OK;
        }
    }
    *ret_alias = doc_bool(realm->doc, "verifyEmail", false)
                 && user->email != NULL && !user->email_verified
                 ? "VERIFY_EMAIL" : NULL;
    return AB_OK;
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


enum ab_err
flow_finish(struct ctx *c, const struct flow_input *in,
    const struct user *user, struct flow_result *ret)
{
    const char   *action;
    enum ab_err   e;

    if (!user->enabled) {
        return refuse(c, AB_E_USER_DISABLED, "found by the flow", ret);
    }
    if (in->sso_user != NULL && strcmp(in->sso_user->id, user->id) != 0) {
        return refuse(c, AB_E_USER_OTHER, "another session is live", ret);
    }
    e = pending_action(c, in->realm, user, &action);
    if (e != AB_OK) {
        return e;
    }
    if (action != NULL) {
        return interaction(c, in, action, ret);
    }
    if (in->client->consent_required) {
        return interaction(c, in, "consent", ret);
    }
    return done(c, in, user, ret);
}
