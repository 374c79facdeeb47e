/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * auth_tab_doc.c - a tab as JSON text, driven by one table of its members.
 */
#include "auth_int.h"
#include "doc.h"

#include "base/autofree.h"
#include "base/clock.h"
#include "base/random.h"

#include <stddef.h>

/* name: member of the stored JSON; at: where the struct has it */
static const struct {
    const char  *name;
    size_t       at;
} texts[] = {
    { "client",           offsetof(struct auth_tab, client_uuid) },
    { "redirect_uri",     offsetof(struct auth_tab, redirect_uri) },
    { "response_type",    offsetof(struct auth_tab, response_type) },
    { "response_mode",    offsetof(struct auth_tab, response_mode) },
    { "state",            offsetof(struct auth_tab, state) },
    { "nonce",            offsetof(struct auth_tab, nonce) },
    { "scope",            offsetof(struct auth_tab, scope) },
    { "challenge",        offsetof(struct auth_tab, challenge) },
    { "challenge_method", offsetof(struct auth_tab, challenge_method) },
    { "action",           offsetof(struct auth_tab, action) },
    { "flow_path",        offsetof(struct auth_tab, flow_path) },
    { "code",             offsetof(struct auth_tab, code) },
    { "execution",        offsetof(struct auth_tab, execution) },
    { "user",             offsetof(struct auth_tab, user_id) },
}, objects[] = {
    { "client_notes",     offsetof(struct auth_tab, client_notes) },
    { "auth_notes",       offsetof(struct auth_tab, auth_notes) },
    { "user_notes",       offsetof(struct auth_tab, user_notes) },
    { "states",           offsetof(struct auth_tab, states) },
};

#define N(table)  (sizeof(table) / sizeof(*(table)))

static json_t *own_object(struct ctx *c, json_t *given);


static const char **
text_at(const struct auth_tab *tab, size_t i)
{
    return (const char **) ((char *) (uintptr_t) tab + texts[i].at);
}


static json_t **
object_at(const struct auth_tab *tab, size_t i)
{
    return (json_t **) ((char *) (uintptr_t) tab + objects[i].at);
}


struct auth_tab *
auth_tab_blank(struct ctx *c, const struct auth_root *root,
    const struct client *client)
{
    struct auth_tab  *tab = arena_alloc(c->a, sizeof(*tab));
    char              id[12];
    size_t            i;

    if (tab == NULL) {
        return NULL;
    }
    random_text(id, RANDOM_TAB_RAW);
    *tab = (struct auth_tab) {
        .root_id = root->id, .tab_id = arena_str(c->a, id), .version = 1,
        .client_uuid = client->id, .action = AUTH_ACTION_AUTHENTICATE,
        .flow_path = "authenticate", .started = clock_now_s(),
    };
    for (i = 0; i < N(objects); i++) {
        *object_at(tab, i) = own_object(c, json_object());
        if (*object_at(tab, i) == NULL) {
            return NULL;
        }
    }
    return tab->tab_id == NULL ? NULL : tab;
}


static void
unref(void *object)
{
    json_decref(object);
}


/* Takes a reference, which then lives in c; NULL: no memory. */
static json_t *
own_object(struct ctx *c, json_t *given)
{
    return given != NULL && arena_own(c->a, given, unref) ? given : NULL;
}


enum ab_err
auth_tab_parse(struct ctx *c, struct ab_slice text, struct auth_tab *tab)
{
    const json_t  *doc;
    json_t        *o;
    size_t         i;
    enum ab_err    e = doc_parse_in(c, c->a, "authentication session", text,
                                    &doc);

    if (e != AB_OK) {
        return e;
    }
    for (i = 0; i < N(texts); i++) {
        *text_at(tab, i) = doc_str(doc, texts[i].name);
    }
    for (i = 0; i < N(objects); i++) {
        o = json_object_get(doc, objects[i].name);
        o = json_is_object(o) ? json_incref(o) : json_object();
        *object_at(tab, i) = own_object(c, o);
        if (*object_at(tab, i) == NULL) {
            return ctx_nomem(c);
        }
    }
    tab->is_done = doc_bool(doc, "done", false);
    tab->started = doc_int(doc, "started", 0);
    return AB_OK;
}


enum ab_err
auth_tab_text(struct ctx *c, const struct auth_tab *tab,
    struct ab_slice *ret_text)
{
    autofree(json_unrefp) json_t  *doc = json_object();
    size_t                         i;

    for (i = 0; i < N(texts); i++) {
        if (*text_at(tab, i) != NULL
            && !doc_put(doc, texts[i].name, *text_at(tab, i)))
        {
            return ctx_nomem(c);
        }
    }
    for (i = 0; i < N(objects); i++) {
        if (json_object_set(doc, objects[i].name, *object_at(tab, i)) != 0) {
            return ctx_nomem(c);
        }
    }
    if (json_object_set_new(doc, "done", json_boolean(tab->is_done)) != 0
        || json_object_set_new(doc, "started",
                               json_integer(tab->started)) != 0)
    {
        return ctx_nomem(c);
    }
    return doc_text(c, doc, ret_text);
}


void
auth_tab_reset(struct auth_tab *tab)
{
    json_object_clear(tab->states);
    json_object_clear(tab->auth_notes);
    json_object_clear(tab->user_notes);
    tab->user_id = NULL;
    tab->execution = NULL;
    tab->action = AUTH_ACTION_AUTHENTICATE;
}


const char *
auth_note(const json_t *notes, const char *name)
{
    return doc_str(notes, name);
}


enum ab_err
auth_note_set(struct ctx *c, json_t *notes, const char *name,
    const char *value)
{
    if (value == NULL) {
        json_object_del(notes, name);
        return AB_OK;
    }
    return doc_put(notes, name, value) ? AB_OK : ctx_nomem(c);
}
