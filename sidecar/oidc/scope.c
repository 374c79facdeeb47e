/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scope.c - which scopes a request gets, and which of them are shown.
 */
#include "claims.h"

#include "ab_limits.h"
#include "model/text_list.h"
#include "scope_words.h"

#define PROTOCOL  "openid-connect"
#define SCOPES_MAX  (16 * 1024)     /* a granted list, as text */


static void
add_word(struct ab_buf *b, const char *word)
{
    if (b->len > 0) {
        ab_buf_add_byte(b, ' ');
    }
    ab_buf_add_str(b, word);
}


/* A name the client may have: the table's own text for it, or NULL. */
static const struct scope *
assigned(const struct scope_table *t, const struct client *client,
    struct ab_slice word, bool *ret_is_default)
{
    size_t  i;

    for (i = 0; i < t->n; i++) {
        if (!ab_slice_eq_str(word, t->v[i].name)
            || strcmp(t->v[i].protocol, PROTOCOL) != 0)
        {
            continue;
        }
        *ret_is_default = text_list_has(&client->default_scopes,
                                        t->v[i].name);
        return *ret_is_default
               || text_list_has(&client->optional_scopes, t->v[i].name)
               ? &t->v[i] : NULL;
    }
    return NULL;
}


/* Legal names that grant nothing yet: offline sessions and organizations do
 * not exist (OIDC Core section 11 lets a provider ignore the former). */
static bool
is_empty(const struct scope *s)
{
    return strcmp(s->name, "offline_access") == 0
           || strcmp(s->name, "organization") == 0;
}


/* Organizations do not exist yet: "organization:x" of a client that has the
 * scope is legal and grants nothing. */
static bool
is_organization(const struct client *client, struct ab_slice word)
{
    return ab_slice_starts(word, AB_S("organization:"))
           && (text_list_has(&client->optional_scopes, "organization")
               || text_list_has(&client->default_scopes, "organization"));
}


/* The words asked for. Defaults are legal and come anyway. */
static enum ab_err
add_asked(struct ctx *c, const struct scope_table *t,
    const struct client *client, const char *asked, struct ab_buf *b)
{
    const struct scope  *s;
    struct ab_slice      word;
    bool                 is_default;
    bool                *seen = arena_array(c->a, t->n + 1, sizeof(*seen));
    const char          *at = asked;

    if (seen == NULL) {
        return ctx_nomem(c);
    }
    while (scope_next(&at, &word)) {
        if (ab_slice_eq_str(word, "openid") || is_organization(client, word))
        {
            continue;
        }
        s = assigned(t, client, word, &is_default);
        if (s == NULL) {
            return ctx_fail(c, AB_E_INVALID_SCOPE, "client '%s': '%.64s'",
                            client->client_id, asked);
        }
        if (!is_default && !is_empty(s) && !seen[s - t->v]) {
            add_word(b, s->name);
        }
        seen[s - t->v] = true;
    }
    return AB_OK;
}


static void
add_defaults(const struct scope_table *t, const struct client *client,
    struct ab_buf *b)
{
    const struct scope  *s;
    size_t               i;

    for (i = 0; i < client->default_scopes.n; i++) {
        s = scope_find(t, client->default_scopes.v[i]);
        if (s != NULL && strcmp(s->protocol, PROTOCOL) == 0
            && !is_empty(s))
        {
            add_word(b, s->name);
        }
    }
}


static enum ab_err
keep(struct ctx *c, struct ab_buf *b, const char **ret_text)
{
    char  *text = b->failed ? NULL : arena_dup(c->a, ab_buf_slice(b));

    ab_buf_clear(b);
    if (text == NULL) {
        return ctx_nomem(c);
    }
    *ret_text = text;
    return AB_OK;
}


enum ab_err
scope_grant(struct ctx *c, const struct realm *realm,
    const struct client *client, const char *asked, const char **ret_scope)
{
    const struct scope_table  *t;
    struct ab_buf              b;
    enum ab_err                e = scope_table_get(c, realm, &t);

    if (e != AB_OK) {
        return e;
    }
    if (asked != NULL && *asked == '\0') {
        return ctx_fail(c, AB_E_INVALID_SCOPE, "client '%s': empty",
                        client->client_id);
    }
    ab_buf_init(&b, SCOPES_MAX);
    if (scope_has_word(asked, "openid")) {
        add_word(&b, "openid");
    }
    e = add_asked(c, t, client, asked, &b);
    if (e != AB_OK) {
        ab_buf_clear(&b);
        return e;
    }
    add_defaults(t, client, &b);
    return keep(c, &b, ret_scope);
}


enum ab_err
scope_visible(struct ctx *c, const struct realm *realm, const char *scope,
    const char **ret_scope)
{
    const struct scope_table  *t;
    struct ab_slice            word;
    struct ab_buf              b;
    const char                *at = scope;
    size_t                     i;
    enum ab_err                e = scope_table_get(c, realm, &t);

    if (e != AB_OK) {
        return e;
    }
    ab_buf_init(&b, SCOPES_MAX);
    if (scope_has_word(scope, "openid")) {
        add_word(&b, "openid");
    }
    while (scope_next(&at, &word)) {
        for (i = 0; i < t->n; i++) {
            if (t->v[i].in_token && ab_slice_eq_str(word, t->v[i].name)) {
                add_word(&b, t->v[i].name);
            }
        }
    }
    return keep(c, &b, ret_scope);
}
