/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * grant_client.c - a client's own tokens, through its service account (RFC
 * 6749 section 4.4, tokens.md 3.4).
 */
#include "grant_int.h"

#include "model/doc.h"

#include <ctype.h>
#include <string.h>


static enum ab_err
refuse(struct grant *g, const char *text)
{
    return grant_refuse(g->out, g->c, 401, "unauthorized_client", text,
                        AB_E_GRANT_CLIENT);
}


static const char *
account_name(struct grant *g)
{
    char  *name = arena_printf(g->c->a, "service-account-%s",
                               g->client->client_id), *p;

    for (p = name; p != NULL && *p != '\0'; p++) {
        *p = (char) tolower((unsigned char) *p);
    }
    return name;
}


/* Only the user that was made for this very client: a person of that name is
 * none. */
static enum ab_err
find_account(struct grant *g, const struct user **ret_user)
{
    const char         *name = account_name(g);
    const struct user  *user;
    enum ab_err         e;

    if (name == NULL) {
        return ctx_nomem(g->c);
    }
    e = user_by_username(g->c, g->in->realm, name, &user);
    if (e == AB_E_USER_ABSENT
        || (e == AB_OK
            && (user->service_client == NULL
                || strcmp(user->service_client, g->client->client_id) != 0)))
    {
        fail_clear(&g->c->f);
        return refuse(g, "Client not enabled to retrieve service account");
    }
    if (e == AB_OK && !user->enabled) {
        return grant_refuse(g->out, g->c, 401, "invalid_request",
                            arena_printf(g->c->a, "User '%s' disabled",
                                         name), AB_E_USER_DISABLED);
    }
    if (e == AB_OK) {
        *ret_user = user;
    }
    return e;
}


/* What the service_account scope's mappers read. */
static json_t *
account_notes(struct grant *g)
{
    return doc_own(g->c, json_pack("{s:s, s:s*, s:s*}",
                                   "client_id", g->client->client_id,
                                   "clientHost", g->in->ip,
                                   "clientAddress", g->in->ip));
}


enum ab_err
grant_client(struct grant *g)
{
    struct grant_tokens  t = { .kind = "cc", .acr = "1" };
    const char          *asked = grant_scope_param(g);
    enum ab_err          e = g->c->f.code;

    if (e != AB_OK) {
        return e;
    }
    if (g->client->is_public) {
        return refuse(g, "Public client not allowed to retrieve service "
                      "account");
    }
    if (!g->client->service_accounts) {
        return refuse(g, "Client not enabled to retrieve service account");
    }
    e = grant_scope(g, asked, &t.scope);
    if (e == AB_OK && g->out->status == 0) {
        e = find_account(g, &t.user);
    }
    if (e != AB_OK || g->out->status != 0) {
        return e;
    }
    t.kept_scope = t.scope;
    t.notes = account_notes(g);
    if (t.notes == NULL) {
        return AB_E_NOMEM;
    }
    if (client_attribute_true(g->client,
                              "client_credentials.use_refresh_token"))
    {
        e = grant_open_session(g, &t);
    }
    return e == AB_OK ? grant_answer(g, &t) : e;
}
