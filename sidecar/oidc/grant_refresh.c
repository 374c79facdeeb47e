/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * grant_refresh.c - a refresh token becomes fresh tokens (RFC 6749 section
 * 6, tokens.md 3.3).
 */
#include "grant_int.h"

#include "ab_limits.h"
#include "model/text_list.h"
#include "scope_words.h"
#include "token/refresh_token.h"

#include <string.h>

/* One refresh on its way. */
struct refresh {
    struct grant                 *g;
    struct refresh_token          token;
    const struct session         *session;
    const struct user            *user;
    const struct client_session  *cs;
};


static bool
is_refusal(enum ab_err e)
{
    return ab_err_row(e)->status < 500;
}


/* An answer for a refusal, the code itself for a fault of the store. */
static enum ab_err
refuse(struct grant *g, enum ab_err e, const char *text)
{
    return is_refusal(e) ? grant_invalid(g, text, e) : e;
}


/* ---- checks: each fills the answer when it refuses --------------------- */

static enum ab_err
read_token(struct refresh *r)
{
    struct grant  *g = r->g;
    const char    *text = grant_param(g, "refresh_token");
    const char    *iss;
    enum ab_err    e;

    if (text == NULL) {
        return g->c->f.code != AB_OK ? g->c->f.code
               : grant_refuse(g->out, g->c, 400, "invalid_request",
                              "No refresh token", AB_E_BAD_REQUEST);
    }
    e = refresh_token_read(g->c, g->in->realm, text, &r->token);
    if (e == AB_E_TOKEN_EXPIRED) {
        return refuse(g, e, "Token is not active");
    }
    if (e == AB_E_TOKEN_ISSUER) {
        iss = realm_issuer(g->c, g->in->realm);
        return refuse(g, e, arena_printf(g->c->a, "Invalid token issuer. "
                                         "Expected '%s'", iss));
    }
    if (e != AB_OK) {
        return refuse(g, e, "Invalid refresh token");
    }
    if (strcmp(r->token.client_id, g->client->client_id) != 0) {
        return refuse(g, AB_E_CODE_OTHER, "Invalid refresh token. Token "
                      "client and authorized client don't match");
    }
    return AB_OK;
}


static enum ab_err
find_session(struct refresh *r)
{
    struct grant  *g = r->g;
    enum ab_err    e = session_load(g->c, g->in->realm, r->token.sid,
                                    &r->session);

    return e == AB_OK ? AB_OK : refuse(g, e, "Session not active");
}


/* Of the session, whatever subject the token shows (it may be pairwise). */
static enum ab_err
find_user(struct refresh *r)
{
    struct grant  *g = r->g;
    enum ab_err    e = user_by_id(g->c, g->in->realm, r->session->user_id,
                                  &r->user);

    if (e != AB_OK) {
        return refuse(g, e, "Unknown user");
    }
    return r->user->enabled ? AB_OK
                            : refuse(g, AB_E_USER_DISABLED, "User disabled");
}


static enum ab_err
check_not_before(struct refresh *r)
{
    struct grant  *g = r->g;
    int64_t        iat = r->token.iat;

    if (iat < g->in->realm->not_before || iat < g->client->not_before
        || iat < r->user->not_before)
    {
        return refuse(g, AB_E_TOKEN_REVOKED, "Stale token");
    }
    return AB_OK;
}


/* A token used once too often is in two hands: whoever holds them, the
 * client session ends, the winner's tokens with it (T-LG17). */
static enum ab_err
use_token(struct refresh *r)
{
    struct grant              *g = r->g;
    const struct refresh_use   use = { r->token.jti, r->token.reuse_id };
    enum ab_err                e;

    e = session_refresh(g->c, g->in->realm, r->session, g->client, &use,
                        &r->cs);
    if (e == AB_E_CODE_USED) {
        e = session_end_client(g->c, g->in->realm, r->session->sid,
                               g->client);
        return e != AB_OK ? e
               : grant_invalid(g, "Maximum allowed refresh token reuse "
                               "exceeded", AB_E_CODE_USED);
    }
    if (e == AB_E_INVALID_GRANT) {
        return refuse(g, e, "Session doesn't have required client");
    }
    return e == AB_OK ? AB_OK : refuse(g, e, "Session not active");
}


/* ---- scope ------------------------------------------------------------- */

static bool
is_still_assigned(const struct client *client, const char *word)
{
    return strcmp(word, "openid") == 0
           || text_list_has(&client->default_scopes, word)
           || text_list_has(&client->optional_scopes, word);
}


/* Names of the old token that the client still has and, when a narrower list
 * was asked for, that are in it. */
static enum ab_err
narrow(struct ctx *c, const struct client *client, const char *old,
    const char *asked, const char **ret_scope)
{
    const char       *at = old, *name;
    struct ab_slice   word;
    struct ab_buf     b;
    char             *out;

    ab_buf_init(&b, strlen(old) + 1);
    while (scope_next(&at, &word)) {
        name = arena_dup(c->a, word);
        if (name == NULL || !is_still_assigned(client, name)
            || (asked != NULL && !scope_has_word(asked, name)))
        {
            continue;
        }
        if (b.len > 0) {
            ab_buf_add_byte(&b, ' ');
        }
        ab_buf_add(&b, word);
    }
    out = b.failed ? NULL : arena_dup(c->a, ab_buf_slice(&b));
    ab_buf_clear(&b);
    if (out == NULL) {
        return ctx_nomem(c);
    }
    *ret_scope = out;
    return AB_OK;
}


/* ---- the grant --------------------------------------------------------- */

static enum ab_err
answer(struct refresh *r, const char *asked)
{
    struct grant         *g = r->g;
    struct grant_tokens   t = {
        .kind = "rt", .user = r->user, .session = r->session, .cs = r->cs,
        .acr = r->cs->acr,
        .auth_time = r->cs->auth_time
    };
    enum ab_err           e;

    e = narrow(g->c, g->client, r->token.scope, NULL, &t.kept_scope);
    if (e == AB_OK) {
        e = narrow(g->c, g->client, r->token.scope, asked, &t.scope);
    }
    return e == AB_OK ? grant_answer(g, &t) : e;
}


/* The first refusal is told; the order is measured. */
static enum ab_err (*const  checks[])(struct refresh *r) = {
    read_token, find_session, find_user, check_not_before, use_token,
};


enum ab_err
grant_refresh(struct grant *g)
{
    struct refresh   r = { .g = g };
    const char      *asked = grant_scope_param(g), *granted = NULL;
    size_t           i;
    enum ab_err      e = g->c->f.code;

    if (e == AB_OK && asked != NULL) {
        e = grant_scope(g, asked, &granted);
    }
    for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        if (e != AB_OK || g->out->status != 0) {
            return e;
        }
        e = checks[i](&r);
    }
    return e == AB_OK && g->out->status == 0 ? answer(&r, granted) : e;
}
