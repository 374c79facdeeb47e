/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * redirect_target.c - where an authorization answer goes.
 */
#include "redirect_target.h"

#include "scope_words.h"

#include <string.h>


enum ab_err
redirect_target_check(struct ctx *c, const struct client *client,
    const char *uri)
{
    if (uri == NULL || client_redirect_ok(client, uri) != AB_OK) {
        return ctx_fail(c, AB_E_REDIRECT_URI, "client '%s': %.128s",
                        client->client_id, uri == NULL ? "none" : uri);
    }
    return AB_OK;
}


bool
scope_has_openid(const char *scope)
{
    return scope_has_word(scope, "openid");
}


/* The only registered address; the wildcard at its end is cut off. */
static enum ab_err
only_one(struct ctx *c, const struct client *client, const char **ret_uri)
{
    const char  *uri;
    size_t       len;
    char        *copy;

    if (client->redirect_uris.n != 1) {
        return redirect_target_check(c, client, NULL);
    }
    uri = client->redirect_uris.v[0];
    len = strlen(uri);
    if (len >= 2 && strcmp(uri + len - 2, "/*") == 0) {
        len -= 2;
    }
    copy = arena_dup(c->a, ab_slice(uri, len));
    if (copy == NULL) {
        return ctx_nomem(c);
    }
    *ret_uri = copy;
    return redirect_target_check(c, client, copy);
}


enum ab_err
redirect_target(struct ctx *c, const struct client *client,
    const struct auth_params *p, const char **ret_uri)
{
    enum ab_err  e;

    if (p->redirect_uri == NULL && !scope_has_openid(p->scope)) {
        return only_one(c, client, ret_uri);
    }
    e = redirect_target_check(c, client, p->redirect_uri);
    if (e == AB_OK) {
        *ret_uri = p->redirect_uri;
    }
    return e;
}
