/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * authorize_tab.c - an authorization request as data of a tab.
 */
#include "authorize.h"

#include "acr.h"
#include "redirect_target.h"
#include "scope_words.h"

#include "ab_time.h"

/* ---- into the tab ------------------------------------------------------ */

static enum ab_err
put_extra(struct ctx *c, const json_t *extra, json_t *notes)
{
    const char   *name;
    json_t       *value;
    char         *note;
    enum ab_err   e;

    /* jansson's iterators want a non-const object and do not change it */
    json_object_foreach((json_t *) (uintptr_t) extra, name, value) {
        note = arena_printf(c->a, "client_request_param_%s", name);
        if (note == NULL) {
            return ctx_nomem(c);
        }
        e = auth_note_set(c, notes, note, json_string_value(value));
        if (e != AB_OK) {
            return e;
        }
    }
    return AB_OK;
}


static enum ab_err
put_notes(struct ctx *c, const struct auth_params *p, json_t *notes)
{
    const struct {
        const char  *name, *value;
    } list[] = {
        { "prompt", p->prompt }, { "login_hint", p->login_hint },
        { "ui_locales", p->ui_locales }, { "acr_values", p->acr_values },
        { "claims", p->claims }, { "kc_action", p->action },
        { "max_age", !p->has_max_age ? NULL
                     : arena_printf(c->a, "%lld", (long long) p->max_age) },
    };
    size_t       i;
    enum ab_err  e;

    if (p->has_max_age && list[6].value == NULL) {
        return ctx_nomem(c);
    }
    for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        e = list[i].value == NULL
            ? AB_OK : auth_note_set(c, notes, list[i].name, list[i].value);
        if (e != AB_OK) {
            return e;
        }
    }
    return put_extra(c, p->extra, notes);
}


static enum ab_err
put_essential(struct ctx *c, const struct auth_params *p, json_t *notes)
{
    const json_t  *values;
    enum ab_err    e = acr_essential(c, p->claims, &values);

    if (e == AB_OK && json_array_size(values) > 0) {
        e = auth_note_set(c, notes, "essential_acr", "true");
    }
    return e;
}


enum ab_err
authorize_tab(struct ctx *c, const struct realm *realm,
    const struct client *client, const struct auth_params *p,
    struct auth_tab *tab)
{
    enum ab_err  e = redirect_target(c, client, p, &tab->redirect_uri);

    (void) realm;
    if (e != AB_OK) {
        return e;
    }
    tab->client_uuid = client->id;
    tab->response_type = p->response_type;
    tab->response_mode = p->response_mode;
    tab->state = p->state;
    tab->nonce = p->nonce;
    tab->scope = p->scope;
    tab->challenge = p->challenge;
    tab->challenge_method = p->challenge_method;
    tab->action = AUTH_ACTION_AUTHENTICATE;
    tab->flow_path = "authenticate";
    e = put_notes(c, p, tab->client_notes);
    return e == AB_OK ? put_essential(c, p, tab->client_notes) : e;
}


/* ---- what it asks of a live session ------------------------------------ */

bool
authorize_needs_login(const struct auth_tab *tab, const struct session *sso,
    int64_t now)
{
    const char  *max_age = auth_note(tab->client_notes, "max_age");
    int64_t      age;

    if (scope_has_word(auth_note(tab->client_notes, "prompt"), "login")) {
        return true;
    }
    return max_age != NULL
           && ab_parse_i64(ab_slice_str(max_age), &age) == AB_OK
           && ab_time_add(sso->auth_time, age) < now;
}


enum ab_err
authorize_auth_time(struct ctx *c, const struct session *sso,
    const struct client *client, int64_t *ret_time)
{
    const struct client_session  *cs;
    enum ab_err                   e;

    e = session_client(c, sso, client->id, &cs);
    if (e == AB_OK) {
        *ret_time = cs->auth_time > sso->auth_time ? cs->auth_time
                                                   : sso->auth_time;
        return AB_OK;
    }
    if (c->f.code != AB_OK) {
        return e;
    }
    *ret_time = sso->auth_time;     /* no such client session, or it ended */
    return AB_OK;
}
