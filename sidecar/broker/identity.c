/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * identity.c - from a brokered identity to the local user it is linked to.
 */
#include "identity.h"

#include "context.h"
#include "email_rule.h"

#include "model/doc.h"

#define NOTE_PASSIVE  "FORWARDED_PASSIVE_LOGIN"

static enum ab_err known(struct ctx *c, const struct realm *realm,
    const struct idp *idp, const struct brokered *who,
    const struct user **user);
static enum ab_err update(struct ctx *c, const struct realm *realm,
    const struct idp *idp, const struct brokered *who,
    const struct user **user);
static enum ab_err to_first_login(struct ctx *c, const struct realm *realm,
    struct auth_tab *tab, const struct brokered *who);
static enum ab_err put_all(struct ctx *c, json_t *to, const json_t *from);
static const char *changed(const char *new_value, const char *old_value);


enum ab_err
broker_identify(struct ctx *c, const struct realm *realm,
    const struct idp *idp, struct auth_tab *tab, struct brokered *who,
    const struct user **ret_user)
{
    const struct user  *user = NULL;
    enum ab_err         err;

    if (idp->link_only) {
        return ctx_fail(c, AB_E_IDP_LINK_ONLY, "'%.64s'", idp->alias);
    }
    err = user_by_link(c, realm, idp, who->id, &user);
    if (err == AB_E_USER_ABSENT) {
        fail_clear(&c->f);
        err = to_first_login(c, realm, tab, who);
        user = NULL;
    } else if (err == AB_OK) {
        err = known(c, realm, idp, who, &user);
        if (err == AB_OK) {
            err = auth_note_set(c, tab->auth_notes, "ATTEMPTED_USERNAME",
                                user->username);
        }
        if (err == AB_OK) {
            tab->user_id = user->id;
            err = auth_tab_save(c, realm, tab, true);
        }
    }
    if (err == AB_OK) {
        *ret_user = user;
    }
    return err;
}


static enum ab_err
known(struct ctx *c, const struct realm *realm, const struct idp *idp,
    const struct brokered *who, const struct user **user)
{
    const char  *mode = idp_config(idp, "syncMode");

    if (!(*user)->enabled) {
        return ctx_fail(c, AB_E_USER_DISABLED, "user %s", (*user)->id);
    }
    return mode != NULL && strcmp(mode, "FORCE") == 0
           ? update(c, realm, idp, who, user) : AB_OK;
}


/* Base fields that the provider said and that differ, and the link's name
 * (broker.md section 19). One that vanished upstream stays. */
static enum ab_err
update(struct ctx *c, const struct realm *realm, const struct idp *idp,
    const struct brokered *who, const struct user **user)
{
    const struct user   *u = *user;
    struct user_change   change = {
        .first_name = changed(who->first_name, u->first_name),
        .last_name = changed(who->last_name, u->last_name),
    };
    bool                 verified = email_rule_verified(idp, who);
    const json_t        *link;
    const char          *name;
    size_t               i;

    if (who->email != NULL
        && (u->email == NULL || strcasecmp(who->email, u->email) != 0))
    {
        change.email = who->email;
        change.email_verified = &verified;
    }
    json_array_foreach(u->links, i, link) {
        name = doc_str(link, "identityProvider");
        if (name != NULL && strcmp(name, idp->alias) == 0
            && changed(who->username, doc_str(link, "userName")) != NULL)
        {
            change.link_alias = idp->alias;
            change.link_username = who->username;
        }
    }
    if (change.email == NULL && change.first_name == NULL
        && change.last_name == NULL && change.link_alias == NULL)
    {
        return AB_OK;
    }
    return user_update(c, realm, u, &change, user);
}


static const char *
changed(const char *new_value, const char *old_value)
{
    return new_value != NULL && (old_value == NULL
                                 || strcmp(new_value, old_value) != 0)
           ? new_value : NULL;
}


/* The tab begins anew with the identity on it (broker.md section 18.1). */
static enum ab_err
to_first_login(struct ctx *c, const struct realm *realm,
    struct auth_tab *tab, const struct brokered *who)
{
    const char   *passive = auth_note(tab->auth_notes, NOTE_PASSIVE);
    enum ab_err   err;

    passive = passive == NULL ? NULL : "true";
    auth_tab_reset(tab);
    err = passive == NULL ? AB_OK
          : auth_note_set(c, tab->auth_notes, NOTE_PASSIVE, passive);
    if (err == AB_OK) {
        err = auth_note_set(c, tab->auth_notes, "ATTEMPTED_USERNAME",
                            who->username);
    }
    if (err == AB_OK) {
        err = context_save(c, tab, who);
    }
    if (err == AB_OK) {
        tab->flow_path = "first-broker-login";
        err = auth_tab_save(c, realm, tab, true);
    }
    return err;
}


enum ab_err
broker_notes(struct ctx *c, struct auth_tab *tab, const struct idp *idp,
    const struct brokered *who)
{
    const char  *at = who->auth_time == 0 ? NULL
                      : arena_printf(c->a, "%lld",
                                     (long long) who->auth_time);
    const struct {
        json_t      *notes;
        const char  *name, *value;
    } rows[] = {
        { tab->user_notes, NOTE_IDP,           idp->alias },
        { tab->user_notes, NOTE_IDP_IDENTITY,  who->username },
        { tab->auth_notes, NOTE_BROKER_SID,    who->broker_sid },
        { tab->auth_notes, NOTE_BROKER_USER,   who->broker_user },
        { tab->auth_notes, NOTE_IDP_ID,        idp->id },
        { tab->auth_notes, NOTE_BROKER_ID_TOKEN, who->id_token },
        { tab->auth_notes, "AUTH_TIME_BROKER", at },
    };
    enum ab_err  err = who->auth_time != 0 && at == NULL ? ctx_nomem(c)
                       : put_all(c, tab->user_notes, who->notes);
    size_t       i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]) && err == AB_OK; i++) {
        err = auth_note_set(c, rows[i].notes, rows[i].name, rows[i].value);
    }
    return err;
}


static enum ab_err
put_all(struct ctx *c, json_t *to, const json_t *from)
{
    const char   *name;
    json_t       *value;
    enum ab_err   err = AB_OK;

    json_object_foreach((json_t *) from, name, value) {
        err = auth_note_set(c, to, name, json_string_value(value));
        if (err != AB_OK) {
            break;
        }
    }
    return err;
}
