/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * auth_idp_create_user.c - the step that makes a local user for somebody who
 * comes from an identity provider for the first time, if nobody has his name
 * or address yet.
 */
#include "auth_steps.h"

#include "broker/identity.h"
#include "model/doc.h"

/* What is taken already. */
struct clash {
    const char  *member;        /* of the page's data */
    const char  *value;
};


static enum ab_err
is_taken(struct flow_step *s, const char *value,
    enum ab_err (*find)(struct ctx *c, const struct realm *realm,
                        const char *value, const struct user **ret_user),
    bool *ret_taken)
{
    const struct user  *user;
    enum ab_err         e = find(s->c, s->in->realm, value, &user);

    *ret_taken = e == AB_OK;
    if (e == AB_E_USER_ABSENT) {
        fail_clear(&s->c->f);
        return AB_OK;
    }
    return e;
}


/* The e-mail address is looked at first (flows.md 4.2). value stays NULL
 * when both are free. */
static enum ab_err
find_clash(struct flow_step *s, const struct brokered *who,
    const char *username, struct clash *ret)
{
    enum ab_err  e = AB_OK;
    bool         taken = false;

    if (who->email != NULL && !s->in->realm->duplicate_emails) {
        e = is_taken(s, who->email, user_by_email, &taken);
    }
    if (e == AB_OK && taken) {
        *ret = (struct clash) { "isEmail", who->email };
        return AB_OK;
    }
    if (e == AB_OK && username != NULL) {
        e = is_taken(s, username, user_by_username, &taken);
    }
    if (e == AB_OK && taken) {
        *ret = (struct clash) { "isUsername", username };
    }
    return e;
}


static enum exec_state
clash_page(struct flow_step *s, const struct idp *idp,
    const struct clash *clash)
{
    const struct flow_input  *in = s->in;
    const char  *restart = flow_action_url(s->c, in->realm, in->client,
                                           in->tab, "restart", NULL, NULL);
    json_t      *data = restart == NULL ? NULL
        : doc_own(s->c, json_pack("{s:s, s:s, s:s}", "realm",
                                  in->realm->display_name,
                                  "provider", idp->display_name,
                                  "restartUrl", restart));

    if (data == NULL) {
        return flow_step_fail(s, ctx_nomem(s->c));
    }
    if (clash->value != NULL
        && (json_object_set_new(data, clash->member, json_true()) != 0
            || !doc_put(data, "value", clash->value)))
    {
        return flow_step_fail(s, ctx_nomem(s->c));
    }
    s->out->page = "idp-clash";
    s->out->data = data;
    return flow_step_fail(s, ctx_fail(s->c, AB_E_USER_CLASH,
                                      "first sign-in from '%s'",
                                      idp->alias));
}


/* The name the new user would get, as broker_create_user() chooses it. */
static const char *
new_username(const struct flow_step *s, const struct brokered *who)
{
    if (s->in->realm->email_as_username && who->email != NULL) {
        return who->email;
    }
    if (who->local_username != NULL) {
        return who->local_username;
    }
    return who->username;
}


static enum exec_state
create(struct flow_step *s, const struct idp *idp,
    const struct brokered *who)
{
    struct clash        clash = { NULL, NULL };
    const struct user  *user;
    enum ab_err         e = broker_create_user(s->c, s->in->realm, idp, who,
                                               &user);

    if (e == AB_E_USER_CLASH) {
        /* Proving that both are one person is a later step; until then
         * nothing is changed and nobody is let in. */
        fail_clear(&s->c->f);
        e = find_clash(s, who, new_username(s, who), &clash);
        return e == AB_OK ? clash_page(s, idp, &clash)
                          : flow_step_fail(s, e);
    }
    if (e == AB_OK) {
        flow_step_set_user(s, user);
        e = auth_note_set(s->c, s->in->tab->auth_notes,
                          "BROKER_REGISTERED_NEW_USER", "true");
    }
    return e == AB_OK ? EXEC_SUCCESS : flow_step_fail(s, e);
}


enum exec_state
auth_idp_create_user_run(struct flow_step *s)
{
    struct brokered    who;
    const struct idp  *idp;
    enum ab_err        e = broker_context_load(s->c, s->in->tab, &who);

    if (e == AB_OK) {
        e = idp_by_alias(s->c, s->in->realm, who.alias, &idp);
    }
    if (e != AB_OK) {
        return flow_step_fail(s, e);
    }
    if (!idp->enabled) {
        return flow_step_fail(s, ctx_fail(s->c, AB_E_IDP_REFUSED,
                                          "provider '%s' is disabled",
                                          idp->alias));
    }
    return create(s, idp, &who);
}
