/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * context.c - a brokered identity kept on a tab while the first-login flow
 * runs: the note BROKERED_CONTEXT.
 *
 * Tabs are sealed as a whole in the store, its ID token with them. The raw
 * claims are not kept: they may be large, and nothing reads them later.
 */
#include "context.h"
#include "identity.h"

#include "model/doc.h"

#include <stddef.h>

#define NOTE  "BROKERED_CONTEXT"

/* Members of the note's JSON and the texts they hold. */
static const struct {
    const char  *name;
    size_t       at;
} texts[] = {
    { "identityProviderId", offsetof(struct brokered, alias) },
    { "internalId",         offsetof(struct brokered, idp_id) },
    { "id",                 offsetof(struct brokered, id) },
    { "brokerUsername",     offsetof(struct brokered, username) },
    { "modelUsername",      offsetof(struct brokered, local_username) },
    { "email",              offsetof(struct brokered, email) },
    { "firstName",          offsetof(struct brokered, first_name) },
    { "lastName",           offsetof(struct brokered, last_name) },
    { "brokerUserId",       offsetof(struct brokered, broker_user) },
    { "brokerSessionId",    offsetof(struct brokered, broker_sid) },
    { "token",              offsetof(struct brokered, id_token) },
};

#define TEXTS_N  (sizeof(texts) / sizeof(texts[0]))

static const char **text_at(struct brokered *b, size_t i);
static bool pack(json_t *o, const struct brokered *who);
static enum ab_err unpack(struct ctx *c, json_t *o, struct brokered *b);


enum ab_err
context_save(struct ctx *c, struct auth_tab *tab, const struct brokered *who)
{
    json_t           *o = doc_own(c, json_object());
    struct ab_slice   text;
    enum ab_err       err;

    if (o == NULL || !pack(o, who)) {
        return ctx_nomem(c);
    }
    err = doc_text(c, o, &text);
    return err == AB_OK ? auth_note_set(c, tab->auth_notes, NOTE, text.p)
                        : err;
}


enum ab_err
broker_context_load(struct ctx *c, const struct auth_tab *tab,
    struct brokered *ret_who)
{
    const char      *text = auth_note(tab->auth_notes, NOTE);
    json_t          *o;
    struct brokered  b = { .email_verified = -1 };
    enum ab_err      err;

    if (text == NULL) {
        return ctx_fail(c, AB_E_NOT_FOUND, "no brokered identity on the tab");
    }
    err = doc_parse(c, NOTE, ab_slice_str(text), &o);
    if (err != AB_OK) {
        return err;
    }
    if (doc_own(c, o) == NULL) {
        return c->f.code;
    }
    err = unpack(c, o, &b);
    if (err == AB_OK) {
        *ret_who = b;
    }
    return err;
}


static const char **
text_at(struct brokered *b, size_t i)
{
    return (const char **) (void *) ((char *) b + texts[i].at);
}


static bool
pack(json_t *o, const struct brokered *who)
{
    struct brokered  b = *who;
    const char      *text;
    size_t           i;

    for (i = 0; i < TEXTS_N; i++) {
        text = *text_at(&b, i);
        if (text != NULL && !doc_put(o, texts[i].name, text)) {
            return false;
        }
    }
    return json_object_set_new(o, "emailVerified",
                               json_integer(b.email_verified)) == 0
           && json_object_set_new(o, "authTime",
                                  json_integer(b.auth_time)) == 0
           && json_object_set(o, "attributes", b.attributes) == 0
           && json_object_set(o, "notes", b.notes) == 0;
}


/* The texts point into o, which c owns. */
static enum ab_err
unpack(struct ctx *c, json_t *o, struct brokered *b)
{
    size_t  i;

    for (i = 0; i < TEXTS_N; i++) {
        *text_at(b, i) = doc_str(o, texts[i].name);
    }
    b->email_verified = (int) doc_int(o, "emailVerified", -1);
    b->auth_time = doc_int(o, "authTime", 0);
    b->attributes = json_object_get(o, "attributes");
    b->notes = json_object_get(o, "notes");
    return b->alias != NULL && b->idp_id != NULL && b->id != NULL
           && b->username != NULL && json_is_object(b->attributes)
           && json_is_object(b->notes)
           ? AB_OK : ctx_fail(c, AB_E_STORE_REPLY, NOTE);
}
