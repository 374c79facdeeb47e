/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * userinfo.c - claims about the user behind an access token (OIDC Core
 * section 5.3, tokens.md 6.1).
 */
#include "endpoints.h"

#include "ab_limits.h"
#include "model/doc.h"
#include "oidc/claims.h"
#include "scope_words.h"
#include "token/access_token.h"

#include <string.h>

/* A token on its way to an answer. */
struct look {
    struct ctx                   *c;
    const struct realm           *realm;
    const json_t                 *claims;
    const struct client          *client;
    const struct session         *session;      /* NULL: transient */
    const struct client_session  *cs;
    const struct user            *user;
    struct userinfo_answer       *out;
};

#define TEXT_BAD   "Token verification failed"
#define TEXT_GONE  "user_session_not_found"


/* A refusal is an answer; faults of the store are passed on. */
static enum ab_err
refuse(struct look *l, enum ab_err e, int status, const char *error,
    const char *text)
{
    fail_clear(&l->c->f);
    l->out->reason = ab_err_reason(e);
    l->out->status = status;
    l->out->error = error;
    l->out->description = text;
    return AB_OK;
}


static enum ab_err
refuse_token(struct look *l, enum ab_err e, const char *text)
{
    return ab_err_row(e)->status < 500
           ? refuse(l, e, 401, "invalid_token", text) : e;
}


static enum ab_err
find_client(struct look *l)
{
    const char   *azp = doc_str(l->claims, "azp");
    enum ab_err   e = AB_E_CLIENT_ABSENT;

    if (azp != NULL) {
        e = client_by_client_id(l->c, l->realm, azp, &l->client);
    }
    if (e != AB_OK) {
        return refuse_token(l, e, "Client not found");
    }
    return l->client->enabled ? AB_OK
                              : refuse_token(l, AB_E_CLIENT_DISABLED,
                                             "Client disabled");
}


static enum ab_err
check_origin(struct look *l, const char *origin)
{
    if (origin == NULL || strcmp(origin, l->c->base) == 0) {
        return AB_OK;
    }
    if (*origin == '\0' || !client_origin_ok(l->client, origin)) {
        l->out->body = doc_own(l->c, json_pack("{s:s}", "error",
                                               "Invalid origin"));
        l->out->status = 403;
        l->out->reason = ab_err_reason(AB_E_ORIGIN);
        return l->out->body == NULL ? AB_E_NOMEM : AB_OK;
    }
    l->out->allow_origin = origin;
    return AB_OK;
}


/* The second pair of letters of jti tells (tokens.md 4.1). */
static bool
is_lightweight(const json_t *claims)
{
    const char  *jti = doc_str(claims, "jti");

    return jti != NULL && strlen(jti) > 6 && jti[6] == ':'
           && strncmp(jti + 2, "lt", 2) == 0;
}


static enum ab_err
check_token(struct look *l)
{
    if (is_lightweight(l->claims)) {
        return refuse(l, AB_E_TOKEN_TYPE, 401, "invalid_token", "Lightweight "
                      "access token not allowed for userinfo endpoint");
    }
    if (!scope_has_word(doc_str(l->claims, "scope"), "openid")) {
        return refuse(l, AB_E_RULE_SCOPE, 403, "insufficient_scope",
                      "Missing openid scope");
    }
    return AB_OK;
}


/* Session and client session have to live: a logout, and a code used twice,
 * take the token's worth away at once. */
static enum ab_err
find_session(struct look *l)
{
    const char   *sid = doc_filled(l->claims, "sid");
    enum ab_err   e;

    if (sid == NULL) {
        return AB_OK;
    }
    e = session_load(l->c, l->realm, sid, &l->session);
    if (e == AB_OK) {
        e = session_client(l->c, l->session, l->client->id, &l->cs);
    }
    return e == AB_OK ? AB_OK : refuse_token(l, e, TEXT_GONE);
}


static enum ab_err
find_user(struct look *l)
{
    const char   *id = l->session != NULL ? l->session->user_id
                                          : doc_str(l->claims, "sub");
    enum ab_err   e = AB_E_USER_ABSENT;
    int64_t       iat = doc_int(l->claims, "iat", 0);

    if (id != NULL) {
        e = user_by_id(l->c, l->realm, id, &l->user);
    }
    if (e != AB_OK) {
        return refuse_token(l, e, "User not found");
    }
    if (!l->user->enabled) {
        return refuse_token(l, AB_E_USER_DISABLED, "User disabled");
    }
    if (iat < l->realm->not_before || iat < l->client->not_before
        || iat < l->user->not_before)
    {
        return refuse_token(l, AB_E_TOKEN_REVOKED, TEXT_BAD);
    }
    return AB_OK;
}


/* ---- the answer -------------------------------------------------------- */

/* Scopes the token stands for: of those granted, the ones it names and the
 * ones that are never named. */
static enum ab_err
effective_scope(struct look *l, const char **ret_scope)
{
    const struct scope_table  *t;
    const struct scope        *s;
    const char                *shown = doc_str(l->claims, "scope");
    const char                *kept, *name, *at;
    struct ab_slice            word;
    struct ab_buf              b;
    enum ab_err                e = scope_table_get(l->c, l->realm, &t);

    kept = l->cs == NULL ? NULL : l->cs->scope;
    if (e == AB_OK && kept == NULL) {
        e = scope_grant(l->c, l->realm, l->client, NULL, &kept);
    }
    if (e != AB_OK) {
        return e;
    }
    ab_buf_init(&b, strlen(kept) + strlen(" openid") + 1);
    for (at = kept; scope_next(&at, &word); ) {
        name = arena_dup(l->c->a, word);
        s = name == NULL ? NULL : scope_find(t, name);
        if (s != NULL && (!s->in_token || scope_has_word(shown, name))) {
            ab_buf_addf(&b, "%s%s", b.len > 0 ? " " : "", name);
        }
    }
    *ret_scope = b.failed ? NULL : arena_dup(l->c->a, ab_buf_slice(&b));
    ab_buf_clear(&b);
    return *ret_scope == NULL ? ctx_nomem(l->c) : AB_OK;
}


/* Answers of clients that want them signed (RFC 7519 inside OIDC Core
 * 5.3.2): issuer and audience are added. */
static enum ab_err
sign(struct look *l, const char *alg, json_t *body)
{
    const char  *iss = realm_issuer(l->c, l->realm);

    if (iss == NULL || !doc_put(body, "iss", iss)
        || !doc_put(body, "aud", l->client->client_id))
    {
        return ctx_nomem(l->c);
    }
    return token_sign(l->c, l->realm, alg, "JWT", body, &l->out->jwt);
}


static enum ab_err
answer(struct look *l)
{
    struct claims_in   in = {
        .realm = l->realm, .client = l->client, .user = l->user,
        .session = l->session, .acr = l->cs == NULL ? NULL : l->cs->acr,
        .auth_time = l->cs == NULL ? 0 : l->cs->auth_time
    };
    const char        *alg = client_attribute(l->client,
                                 "user.info.response.signature.alg");
    json_t            *body;
    enum ab_err        e = effective_scope(l, &in.scope);

    if (e == AB_OK) {
        e = claims_build(l->c, &in, CLAIMS_USERINFO, &body);
    }
    if (e == AB_OK && json_object_get(body, "sub") == NULL
        && !doc_put(body, "sub", l->user->id))
    {
        e = ctx_nomem(l->c);
    }
    if (e == AB_OK && alg != NULL && *alg != '\0'
        && strcmp(alg, "none") != 0)
    {
        e = sign(l, alg, body);
    }
    if (e == AB_OK) {
        l->out->status = 200;
        l->out->body = body;
    }
    return e;
}


/* The first refusal is told. */
static enum ab_err (*const  checks[])(struct look *l) = {
    check_token, find_session, find_user,
};


enum ab_err
userinfo_get(struct ctx *c, const struct realm *realm, const char *token,
    const char *origin, struct userinfo_answer *ret)
{
    struct look   l = { .c = c, .realm = realm, .out = ret };
    size_t        i;
    enum ab_err   e;

    memset(ret, 0, sizeof(*ret));
    e = access_token_read(c, realm, token, &l.claims);
    if (e != AB_OK) {
        return refuse_token(&l, e, TEXT_BAD);
    }
    e = find_client(&l);
    if (e == AB_OK && ret->status == 0) {
        e = check_origin(&l, origin);
    }
    for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        if (e != AB_OK || ret->status != 0) {
            return e;
        }
        e = checks[i](&l);
    }
    return e == AB_OK && ret->status == 0 ? answer(&l) : e;
}
