/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * begin.c - send a browser to an identity provider.
 */
#include "begin.h"

#include "bound.h"
#include "broker_url.h"
#include "bulkhead.h"
#include "state.h"

#include "ab_limits.h"
#include "ab_uri.h"
#include "model/client_data.h"

static enum ab_err ask(struct ctx *c, const struct provider_ops *ops,
    const struct provider_begin *in, const char **ret_url);
static enum ab_err bind_state(struct ctx *c, const struct idp *idp,
    struct auth_tab *tab);


const char *
broker_login_url(struct ctx *c, const struct realm *realm,
    const struct idp *idp, const struct client *client,
    const struct auth_tab *tab)
{
    const char     *data = client_data_text(c, tab);
    const char     *url = broker_url(c, realm, idp, "/login");
    struct ab_buf   b;

    if (data == NULL || url == NULL) {
        return NULL;
    }
    ab_buf_init(&b, 4 * AB_MAX_URI);
    ab_buf_add_str(&b, url);
    if (tab->code != NULL) {
        ab_uri_add_param(&b, "session_code", ab_slice_str(tab->code));
    }
    ab_uri_add_param(&b, "client_id", ab_slice_str(client->client_id));
    ab_uri_add_param(&b, "tab_id", ab_slice_str(tab->tab_id));
    ab_uri_add_param(&b, "client_data", ab_slice_str(data));
    url = b.failed ? NULL : arena_dup(c->a, ab_buf_slice(&b));
    ab_buf_clear(&b);
    return url;
}


enum ab_err
broker_begin(struct ctx *c, const struct realm *realm, const struct idp *idp,
    const struct client *client, struct auth_tab *tab,
    const char *login_hint, const char **ret_url)
{
    const struct provider_ops  *ops = provider_find(idp->provider_id);
    struct provider_begin       in = { .realm = realm, .idp = idp,
                                       .client = client, .tab = tab };
    const char                 *url;
    enum ab_err                 err;

    if (ops == NULL || !idp->enabled || idp->link_only) {
        return ctx_fail(c, AB_E_IDP_REFUSED, "'%.64s' is %s", idp->alias,
                        ops == NULL ? "of a kind that is not built"
                        : idp->enabled ? "for linking only" : "disabled");
    }
    if (login_hint != NULL && strlen(login_hint) <= AB_MAX_LOGIN_HINT) {
        err = auth_note_set(c, tab->client_notes, "login_hint", login_hint);
        if (err != AB_OK) {
            return err;
        }
    }
    err = auth_tab_new_code(c, tab);
    if (err == AB_OK) {
        err = bind_state(c, idp, tab);
    }
    if (err == AB_OK) {
        in.state = broker_state_text(c, idp, client, tab);
        in.redirect_uri = broker_url(c, realm, idp, "/endpoint");
        err = in.state == NULL || in.redirect_uri == NULL ? ctx_nomem(c)
              : ask(c, ops, &in, &url);
    }
    if (err == AB_OK) {
        /* The person has answered by choosing; at the provider's own pages
         * the short first life of a login would run out. */
        err = auth_tab_save(c, realm, tab, true);
    }
    if (err == AB_OK) {
        *ret_url = url;
    }
    return err;
}


/* The provider may have to be asked for its addresses first: bounded like
 * every wait for it. */
static enum ab_err
ask(struct ctx *c, const struct provider_ops *ops,
    const struct provider_begin *in, const char **ret_url)
{
    struct provider_state  *st = provider_state_get(c, in->realm, in->idp);
    enum ab_err             err;

    if (st == NULL) {
        return c->f.code;
    }
    err = bulkhead_enter(c, st);
    if (err != AB_OK) {
        return err;
    }
    err = ops->begin(c, in, ret_url);
    bulkhead_leave(st);
    return err;
}


/* By name and internalId: a provider deleted and made again under its alias
 * is another one (T-LG6, T-BR18). */
static enum ab_err
bind_state(struct ctx *c, const struct idp *idp, struct auth_tab *tab)
{
    enum ab_err  err = auth_note_set(c, tab->client_notes, BROKER_NOTE_ALIAS,
                                     idp->alias);

    return err != AB_OK ? err
           : auth_note_set(c, tab->client_notes, BROKER_NOTE_IDP, idp->id);
}
