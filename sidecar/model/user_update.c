/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * user_update.c - changing a user that exists.
 */
#include "user_int.h"

#include "doc.h"
#include "lower.h"
#include "mark.h"
#include "reservation.h"
#include "step.h"

#include "store/keys.h"

#define WRITE_TRIES  3


struct changed {
    json_t      *doc, *links;
    const char  *new_mail;          /* to reserve, or NULL */
};


static bool
put_member(json_t *doc, const char *name, const char *text)
{
    return text == NULL || doc_put(doc, name, text);
}


static bool
change_doc(json_t *doc, const struct user_change *ch)
{
    return put_member(doc, "email", ch->email)
           && put_member(doc, "firstName", ch->first_name)
           && put_member(doc, "lastName", ch->last_name)
           && (ch->email_verified == NULL
               || json_object_set_new(doc, "emailVerified",
                                      json_boolean(*ch->email_verified)) == 0);
}


static bool
change_link(json_t *links, const struct user_change *ch)
{
    json_t      *link;
    const char  *alias;
    size_t       i;

    json_array_foreach(links, i, link) {
        alias = doc_str(link, "identityProvider");
        if (ch->link_alias != NULL && alias != NULL
            && strcmp(alias, ch->link_alias) == 0
            && !put_member(link, "userName", ch->link_username))
        {
            return false;
        }
    }
    return true;
}


static enum ab_err
change_apply(struct ctx *c, const struct realm *realm, const struct user *u,
    const struct user_change *ch, struct changed *ret_to)
{
    struct user_change  low = *ch;

    ret_to->doc = doc_deep_copy(u->doc);
    ret_to->links = doc_deep_copy(u->links);
    ret_to->new_mail = NULL;
    if (!arena_own(c->a, ret_to->doc, doc_unref)
        || !arena_own(c->a, ret_to->links, doc_unref)
        || ret_to->doc == NULL || ret_to->links == NULL)
    {
        return ctx_nomem(c);
    }
    if (ch->email != NULL) {
        low.email = lower_text(c->a, ch->email);
        if (low.email == NULL) {
            return ctx_nomem(c);
        }
        if (*low.email == '\0' || strlen(low.email) > USER_NAME_MAX) {
            return ctx_fail(c, AB_E_FORMAT, "e-mail: bad length");
        }
        if (!realm->duplicate_emails
            && (u->email == NULL || strcmp(u->email, low.email) != 0))
        {
            ret_to->new_mail = low.email;
        }
    }
    return change_doc(ret_to->doc, &low) && change_link(ret_to->links, ch)
           ? AB_OK : ctx_nomem(c);
}


static enum ab_err
change_write(struct ctx *c, const struct user *u, const struct changed *to,
    uint64_t *ret_version)
{
    struct ab_slice      doc, links;
    struct step          s = step_new(c);
    const struct reply  *r;
    enum ab_err          e = doc_text(c, to->doc, &doc);

    if (e == AB_OK) {
        e = doc_text(c, to->links, &links);
    }
    if (e != AB_OK) {
        return e;
    }
    step_num(&s, (int64_t) u->version);
    step_slice(&s, user_fields[USER_DOC]);
    step_slice(&s, doc);
    step_slice(&s, user_fields[USER_LINKS]);
    step_slice(&s, links);
    e = step_run(&s, SCRIPT_user_write, key1(c, KEY_USER, u->id), 1, &r);
    if (e == AB_OK) {
        *ret_version = (uint64_t) step_result(r, 1);
    }
    return e == AB_E_STORE_ABSENT ? AB_E_USER_ABSENT : e;
}


static enum ab_err
change_once(struct ctx *c, const struct realm *realm, const struct user *u,
    const struct user_change *ch, uint64_t *ret_version)
{
    struct claim        mail = { .kind = CLAIM_MAIL, .realm_id = realm->id };
    struct reservation  held;
    struct changed      to;
    enum ab_err         e = change_apply(c, realm, u, ch, &to);

    if (e != AB_OK) {
        return e;
    }
    mail.text = to.new_mail;
    if (to.new_mail != NULL) {
        e = reservation_take(c, &mail, u->id, &held);
        if (e != AB_OK) {
            return e;
        }
    }
    e = user_index_write(c, realm->id, u->id, to.doc);
    if (e == AB_OK && to.new_mail != NULL) {
        e = reservation_confirm(c, &held);
    }
    if (e == AB_OK) {
        e = change_write(c, u, &to, ret_version);
    }
    if (e != AB_OK) {
        if (to.new_mail != NULL) {
            reservation_release(c, &held);
        }
        return e;
    }
    user_index_remove(c, realm->id, u->id, u->doc, to.doc);
    if (to.new_mail != NULL && u->email != NULL) {
        mail.text = u->email;
        reservation_forget(c, &mail, u->id);
    }
    return AB_OK;
}


enum ab_err
user_update(struct ctx *c, const struct realm *realm, const struct user *user,
    const struct user_change *change, const struct user **ret_user)
{
    const struct user  *u = user;
    uint64_t            version = 0;
    int                 tries;
    enum ab_err         e = AB_E_CONFLICT;

    for (tries = 0; e == AB_E_CONFLICT && tries < WRITE_TRIES; tries++) {
        e = tries == 0 ? AB_OK : user_read(c, realm->id, user->id, &u);
        if (e == AB_OK) {
            e = change_once(c, realm, u, change, &version);
        }
    }
    if (e == AB_OK) {
        e = mark_user_epoch(c, realm->id, user->id, version);
    }
    return e == AB_OK ? user_read(c, realm->id, user->id, ret_user) : e;
}
