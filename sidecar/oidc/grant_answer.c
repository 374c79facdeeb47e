/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * grant_answer.c - the token answer: access, ID and refresh token around
 * what the mappers made (tokens.md 3.12).
 */
#include "grant_int.h"

#include "base/clock.h"
#include "model/doc.h"
#include "oidc/claims.h"
#include "redirect_target.h"
#include "token/access_token.h"
#include "token/id_token.h"
#include "token/refresh_token.h"

/* An answer being made. */
struct made {
    const struct grant         *g;
    const struct grant_tokens  *t;
    struct claims_in            claims;
    int64_t                     iat, exp;
    const char                 *visible;        /* scope */
    const char                 *access_token;
    const json_t               *access_claims;
    json_t                     *body;
};


static enum ab_err
put_text(struct made *m, const char *name, const char *value)
{
    return doc_put(m->body, name, value) ? AB_OK : ctx_nomem(m->g->c);
}


static enum ab_err
put_number(struct made *m, const char *name, int64_t value)
{
    return json_object_set_new(m->body, name,
                               json_integer((json_int_t) value)) == 0
           ? AB_OK : ctx_nomem(m->g->c);
}


static enum ab_err
add_access(struct made *m)
{
    struct ctx           *c = m->g->c;
    json_t               *claims;
    struct access_token   in = {
        .client = m->g->client, .grant = m->t->kind,
        .session = m->t->session == NULL ? "tr" : "on",
        .sid = m->t->session == NULL ? NULL : m->t->session->sid,
        .iat = m->iat, .exp = m->exp, .scope = m->visible
    };
    enum ab_err           e = claims_build(c, &m->claims, CLAIMS_ACCESS,
                                           &claims);

    /* a transient token has no session to find the user by */
    if (e == AB_OK && m->t->session == NULL
        && json_object_get(claims, "sub") == NULL
        && !doc_put(claims, "sub", m->t->user->id))
    {
        e = ctx_nomem(c);
    }
    in.claims = claims;
    if (e == AB_OK) {
        e = access_token_make(c, m->g->in->realm, &in, &m->access_token,
                              &m->access_claims);
    }
    if (e == AB_OK) {
        e = put_text(m, "access_token", m->access_token);
    }
    return e == AB_OK ? put_number(m, "expires_in", m->exp - m->iat) : e;
}


static enum ab_err
add_id(struct made *m)
{
    struct ctx       *c = m->g->c;
    json_t           *claims;
    const char       *token;
    struct id_token   in = {
        .client = m->g->client, .sub = m->t->user->id,
        .sid = m->t->session == NULL ? NULL : m->t->session->sid,
        .nonce = m->t->nonce, .access_token = m->access_token,
        .iat = m->iat, .exp = m->exp
    };
    enum ab_err       e;

    if (!scope_has_openid(m->t->kept_scope)) {
        return AB_OK;
    }
    e = claims_build(c, &m->claims, CLAIMS_ID, &claims);
    in.claims = claims;
    if (e == AB_OK) {
        e = id_token_make(c, m->g->in->realm, &in, &token);
    }
    return e == AB_OK ? put_text(m, "id_token", token) : e;
}


static bool
wants_refresh(const struct made *m)
{
    const char  *v = client_attribute(m->g->client, "use.refresh.tokens");

    return m->t->session != NULL && m->t->cs != NULL
           && (v == NULL || strcmp(v, "false") != 0);
}


/* sub and aud_x are what the access token says, so that a lightweight one's
 * refresh token says no more than it does. */
static enum ab_err
add_refresh(struct made *m)
{
    const struct grant_tokens  *t = m->t;
    const char                 *token;
    struct refresh_token        in = {
        .client_id = m->g->client->client_id, .scope = t->kept_scope,
        .sub = doc_str(m->access_claims, "sub"), .iat = m->iat
    };
    enum ab_err                 e;

    if (!wants_refresh(m)) {
        return put_number(m, "refresh_expires_in", 0);
    }
    in.sid = t->session->sid;
    in.exp = refresh_token_exp(t->session, t->cs, m->iat);
    e = refresh_token_make(m->g->c, m->g->in->realm, &in, t->cs,
                           json_object_get(m->access_claims, "aud"), &token);
    if (e == AB_OK) {
        e = put_text(m, "refresh_token", token);
    }
    return e == AB_OK ? put_number(m, "refresh_expires_in", in.exp - m->iat)
                      : e;
}


static int64_t
max3(int64_t a, int64_t b, int64_t c)
{
    a = a > b ? a : b;
    return a > c ? a : c;
}


static enum ab_err
add_rest(struct made *m)
{
    const struct grant  *g = m->g;
    bool                 lower;
    enum ab_err          e;

    lower = client_attribute_true(g->client,
                                  "token.response.type.bearer.lower-case");
    e = put_text(m, "token_type", lower ? "bearer" : "Bearer");
    if (e == AB_OK) {
        e = put_number(m, "not-before-policy",
                       max3(g->in->realm->not_before, g->client->not_before,
                            m->t->user->not_before));
    }
    if (e == AB_OK && m->t->session != NULL) {
        e = put_text(m, "session_state", m->t->session->sid);
    }
    return e == AB_OK ? put_text(m, "scope", m->visible) : e;
}


/* Claims of mappers that stand beside the tokens; they replace nothing. */
static enum ab_err
add_beside(struct made *m)
{
    json_t       *claims;
    enum ab_err   e = claims_build(m->g->c, &m->claims, CLAIMS_RESPONSE,
                                   &claims);

    if (e == AB_OK && json_object_update_missing(m->body, claims) != 0) {
        e = ctx_nomem(m->g->c);
    }
    return e;
}


enum ab_err
grant_open_session(const struct grant *g, struct grant_tokens *t)
{
    struct signed_in  s;
    struct sign_in    in = {
        .realm = g->in->realm, .user = t->user, .client = g->client,
        .scope = t->kept_scope, .acr = t->acr, .ip = g->in->ip,
        .notes = t->notes
    };
    enum ab_err       e = session_sign_in(g->c, &in, &s);

    if (e == AB_OK) {
        e = session_load(g->c, g->in->realm, s.sid, &t->session);
    }
    return e == AB_OK ? session_client(g->c, t->session, g->client->id,
                                       &t->cs) : e;
}


static enum ab_err (*const  steps[])(struct made *m) = {
    add_access, add_id, add_refresh, add_rest, add_beside
};


enum ab_err
grant_answer(const struct grant *g, const struct grant_tokens *t)
{
    struct made  m = {
        .g = g, .t = t, .iat = clock_now_s(),
        .claims = {
            .realm = g->in->realm, .client = g->client, .user = t->user,
            .session = t->session, .scope = t->scope, .acr = t->acr,
            .nonce = t->nonce, .auth_time = t->auth_time, .notes = t->notes
        },
        .body = doc_own(g->c, json_object())
    };
    enum ab_err  e = m.body == NULL ? AB_E_NOMEM
                   : scope_visible(g->c, g->in->realm, t->scope, &m.visible);
    size_t       i;

    m.exp = access_token_exp(g->in->realm, g->client, t->session, t->cs,
                             m.iat);
    for (i = 0; e == AB_OK && i < sizeof(steps) / sizeof(steps[0]); i++) {
        e = steps[i](&m);
    }
    if (e == AB_OK) {
        g->out->status = 200;
        g->out->body = m.body;
    }
    return e;
}
