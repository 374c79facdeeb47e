/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * restart.c - KC_RESTART: a sealed copy of an authorization request.
 *
 * Restarting evaluates everything again (T-LG9): only what the client asked
 * for is inside, nothing that was proven.
 */
#include "restart.h"

#include "ab_base64.h"
#include "ab_claims.h"
#include "ab_limits.h"
#include "ab_seal.h"
#include "base/autofree.h"
#include "oidc/pkce.h"

/* Members of a tab that are the client's request: JSON name, field. */
static const struct {
    const char  *name;
    size_t       offset;
} fields[] = {
    { "redirect_uri",  offsetof(struct auth_tab, redirect_uri) },
    { "response_type", offsetof(struct auth_tab, response_type) },
    { "response_mode", offsetof(struct auth_tab, response_mode) },
    { "state",         offsetof(struct auth_tab, state) },
    { "nonce",         offsetof(struct auth_tab, nonce) },
    { "scope",         offsetof(struct auth_tab, scope) },
    { "challenge",     offsetof(struct auth_tab, challenge) },
    { "method",        offsetof(struct auth_tab, challenge_method) },
};

#define FIELDS_N  (sizeof(fields) / sizeof(fields[0]))


static const char **
field_of(struct auth_tab *tab, size_t i)
{
    return (const char **) (void *) ((char *) tab + fields[i].offset);
}


static json_t *
request_of(const struct browser *b, const struct auth_tab *tab)
{
    json_t      *o = json_pack("{s:s, s:s, s:s*, s:O}",
                               "realm", b->realm->id,
                               "client", tab->client_uuid,
                               "browser", b->bind,
                               "notes", tab->client_notes);
    const char  *v;
    size_t       i;

    for (i = 0; o != NULL && i < FIELDS_N; i++) {
        v = *field_of((struct auth_tab *) (uintptr_t) tab, i);
        if (v != NULL && json_object_set_new(o, fields[i].name,
                                             json_string(v)) != 0)
        {
            json_decref(o);
            o = NULL;
        }
    }
    return o;
}


static enum ab_err
seal_text(struct req *r, const char *text, const char **ret_value)
{
    struct ab_slice  aad[] = { AB_S("kc_restart") };
    struct ab_buf    sealed, out;
    char             mem[AB_MAX_COOKIE_VALUE], b64[AB_MAX_COOKIE_VALUE];
    enum ab_err      e;

    ab_buf_init_fixed(&sealed, mem, sizeof(mem));
    ab_buf_init_fixed(&out, b64, AB_MAX_COOKIE_VALUE - 256);
    e = ab_seal(&r->c.app->keyring->web, aad, 1, ab_slice_str(text),
                &sealed);
    if (e == AB_OK) {
        ab_b64url_add(&out, ab_buf_slice(&sealed));
        *ret_value = out.failed ? NULL
                                : arena_dup(r->c.a, ab_buf_slice(&out));
    }
    return e;
}


enum ab_err
restart_set(struct req *r, const struct browser *b,
    const struct auth_tab *tab)
{
    autofree(json_unrefp) json_t  *o = request_of(b, tab);
    autofree(freep) char          *text = NULL;
    const char                    *value = NULL;
    enum ab_err                    e;

    text = o == NULL ? NULL : json_dumps(o, JSON_COMPACT);
    if (text == NULL) {
        return ctx_nomem(&r->c);
    }
    e = seal_text(r, text, &value);
    if (e == AB_E_TOO_LARGE || (e == AB_OK && value == NULL)) {
        return AB_OK;
    }
    if (e != AB_OK) {
        return ctx_fail(&r->c, e, "KC_RESTART");
    }
    return browser_set(r, b->realm, "KC_RESTART", value, true, -1);
}


/* The request inside one cookie value; NULL when it does not open. */
static json_t *
open_value(struct req *r, const char *value)
{
    struct ab_slice  aad[] = { AB_S("kc_restart") };
    struct ab_buf    plain;
    char             raw[AB_MAX_COOKIE_VALUE], mem[AB_MAX_COOKIE_VALUE];
    size_t           n;
    json_t          *o = NULL;

    ab_buf_init_fixed(&plain, mem, sizeof(mem));
    if (ab_b64url_decode(raw, sizeof(raw), ab_slice_str(value), &n) == AB_OK
        && ab_open(&r->c.app->keyring->web, aad, 1, ab_slice(raw, n),
                   &plain) == AB_OK
        && ab_claims_parse(ab_buf_slice(&plain), &o) != AB_OK)
    {
        o = NULL;
    }
    return o;
}


static bool
text_is(const json_t *o, const char *name, const char *want)
{
    const char  *got = json_string_value(json_object_get(o, name));

    return want == NULL ? got == NULL
                        : got != NULL && strcmp(got, want) == 0;
}


/* The cookie may be old: what the client is registered for today counts
 * (T-LG9). The rest is judged when the code is made. */
static bool
is_allowed(const struct client *client, const json_t *o)
{
    const char  *uri = json_string_value(json_object_get(o, "redirect_uri"));

    return client->standard_flow && uri != NULL
           && client_redirect_ok(client, uri) == AB_OK
           && pkce_request_fault(client,
                  json_string_value(json_object_get(o, "challenge")),
                  json_string_value(json_object_get(o, "method"))) == NULL;
}


static json_t *
find_request(struct req *r, const struct browser *b,
    const struct client *client)
{
    const char  *list[4];
    size_t       i, n = req_cookies(r, "KC_RESTART", list, 4);
    json_t      *o;

    for (i = 0; i < n; i++) {
        o = open_value(r, list[i]);
        if (o != NULL && text_is(o, "realm", b->realm->id)
            && text_is(o, "client", client->id)
            && text_is(o, "browser", b->bind) && is_allowed(client, o))
        {
            return o;
        }
        json_decref(o);
    }
    return NULL;
}


static enum ab_err
fill_tab(struct req *r, const json_t *o, struct auth_tab *tab)
{
    const char  *v;
    size_t       i;

    for (i = 0; i < FIELDS_N; i++) {
        v = json_string_value(json_object_get(o, fields[i].name));
        *field_of(tab, i) = v == NULL ? NULL : arena_str(r->c.a, v);
        if (v != NULL && *field_of(tab, i) == NULL) {
            return ctx_nomem(&r->c);
        }
    }
    return json_object_update(tab->client_notes,
                              json_object_get(o, "notes")) == 0
           ? AB_OK : ctx_nomem(&r->c);
}


enum ab_err
restart_tab(struct req *r, struct browser *b, const struct client *client,
    struct auth_tab **ret_tab)
{
    autofree(json_unrefp) json_t  *o = find_request(r, b, client);
    struct auth_tab               *tab = NULL;
    enum ab_err                    e = AB_OK;

    if (o == NULL) {
        *ret_tab = NULL;
        return AB_OK;
    }
    if (!b->has_root) {
        e = browser_new_root(r, b);
    }
    if (e == AB_OK) {
        e = auth_tab_new(&r->c, b->realm, &b->root, client, &tab);
    }
    if (e == AB_OK) {
        e = fill_tab(r, o, tab);
    }
    if (e == AB_OK) {
        e = auth_tab_save(&r->c, b->realm, tab, false);
    }
    if (e == AB_OK) {
        *ret_tab = tab;
    }
    return e;
}
