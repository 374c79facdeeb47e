/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * grant_code.c - an authorization code becomes tokens, or an app host's
 * session.
 *
 * One check behind both (HOUSE walk 2). Each failure spends the code, so
 * that a thief has one guess (RFC 9700 section 2.1.1).
 */
#include "grant_int.h"

#include "pkce.h"
#include "scope_words.h"

#include <string.h>

#define TEXT_NOT_VALID  "Code not valid"


/* The redirect address old adapters send at the token endpoint carries a
 * session_state parameter that was not in the request. */
static const char *
without_session_state(struct ctx *c, const char *uri)
{
    const char  *at = strstr(uri, "session_state="), *end;

    if (at == NULL || at == uri || (at[-1] != '?' && at[-1] != '&')) {
        return uri;
    }
    end = at + strcspn(at, "&#");
    if (*end == '&') {
        return arena_printf(c->a, "%.*s%s", (int) (at - uri), uri, end + 1);
    }
    return arena_printf(c->a, "%.*s%s", (int) (at - uri - 1), uri, end);
}


static bool
redirect_fits(struct ctx *c, const char *want, const char *got)
{
    if (want == NULL || got == NULL) {
        return want == got;
    }
    if (strcmp(want, got) == 0) {
        return true;
    }
    got = without_session_state(c, got);
    return got != NULL && strcmp(want, got) == 0;
}


/* A code that comes a second time was seen by somebody else: what the first
 * one got is taken back (RFC 6749 section 4.1.2). */
static enum ab_err
used_before(struct ctx *c, const struct grant_code_in *in,
    const struct grant_code_out *found)
{
    const struct client  *owner;
    enum ab_err           e;

    if (in->end_on_reuse) {
        e = client_by_id(c, in->realm, found->code->client_uuid, &owner);
        if (e == AB_OK) {
            e = session_end_client(c, in->realm, found->session->sid, owner);
        }
        if (e != AB_OK && e != AB_E_CLIENT_ABSENT) {
            return e;
        }
        fail_clear(&c->f);
    }
    return ctx_fail(c, AB_E_CODE_USED, TEXT_NOT_VALID);
}


/* An app host asks without client authentication, which looks at these at
 * the token endpoint (T-BE16). */
static enum ab_err
check_switches(struct ctx *c, const struct grant_code_in *in)
{
    if (!in->realm->enabled) {
        return ctx_fail(c, AB_E_REALM_DISABLED, "Realm not enabled");
    }
    return in->client->enabled ? AB_OK
                               : ctx_fail(c, AB_E_CLIENT_DISABLED,
                                          "Client disabled");
}


static enum ab_err
check_user(struct ctx *c, const struct grant_code_in *in,
    struct grant_code_out *out)
{
    enum ab_err  e = user_by_id(c, in->realm, out->session->user_id,
                                &out->user);

    if (e == AB_E_USER_ABSENT) {
        fail_clear(&c->f);
        return ctx_fail(c, e, "User not found");
    }
    if (e == AB_OK && !out->user->enabled) {
        return ctx_fail(c, AB_E_USER_DISABLED, "User disabled");
    }
    return e;
}


static enum ab_err
check_code(struct ctx *c, const struct grant_code_in *in,
    struct grant_code_out *out)
{
    const struct code  *code = out->code;
    const char         *fault;
    enum ab_err         e = check_switches(c, in);

    if (e == AB_OK) {
        e = check_user(c, in, out);
    }
    if (e != AB_OK) {
        return e;
    }
    if (!redirect_fits(c, code->redirect_uri, in->redirect_uri)) {
        return ctx_fail(c, AB_E_REDIRECT_URI, "Incorrect redirect_uri");
    }
    if (strcmp(code->client_uuid, in->client->id) != 0) {
        return ctx_fail(c, AB_E_CODE_OTHER, "Auth error: Found different "
                        "client_id in clientSession");
    }
    if (!in->client->standard_flow) {
        return ctx_fail(c, AB_E_GRANT_CLIENT,
                        "Client not allowed to exchange code");
    }
    fault = pkce_verifier_fault(code->challenge, code->challenge_method,
                                in->verifier);
    return fault == NULL ? AB_OK
                         : ctx_fail(c, AB_E_CODE_VERIFIER, "%s", fault);
}


/* Faults of the store spend nothing: the browser may come again. */
static bool
is_refusal(enum ab_err e)
{
    return ab_err_row(e)->status < 500;
}


enum ab_err
grant_code_check(struct ctx *c, const struct grant_code_in *in,
    struct grant_code_out *ret)
{
    struct grant_code_out  out = { 0 };
    enum ab_err            e;

    e = session_code_peek(c, in->realm, in->code, &out.session, &out.code);
    if (e == AB_E_CODE_USED) {
        return used_before(c, in, &out);
    }
    if (e != AB_OK) {
        return is_refusal(e) ? ctx_fail(c, AB_E_CODE_INVALID, TEXT_NOT_VALID)
                             : e;
    }
    e = check_code(c, in, &out);
    if (e == AB_OK) {
        *ret = out;
    } else if (is_refusal(e)) {
        (void) session_code_spend(c, in->code);
    }
    return e;
}


/* ---- at the token endpoint --------------------------------------------- */

static enum ab_err
refuse(struct grant *g, enum ab_err e)
{
    return is_refusal(e) ? grant_invalid(g, g->c->f.detail, e) : e;
}


/* Another request was first between check and redemption: the same reuse. */
static enum ab_err
lost_race(struct grant *g, const struct grant_code_in *in,
    const struct grant_code_out *found)
{
    return refuse(g, used_before(g->c, in, found));
}


static enum ab_err
answer(struct grant *g, const struct grant_code_out *found,
    const struct client_session *cs)
{
    struct grant_tokens  t = {
        .kind = "ac", .user = found->user, .session = found->session,
        .cs = cs, .scope = found->code->scope, .kept_scope = found->code->scope,
        .nonce = found->code->nonce, .acr = found->code->acr,
        .auth_time = found->code->auth_time
    };

    return grant_answer(g, &t);
}


enum ab_err
grant_code(struct grant *g)
{
    const struct client_session  *cs;
    struct grant_code_out         found = { 0 };
    struct redeem                 redeem = { 0 };
    struct grant_code_in          in = {
        .realm = g->in->realm, .client = g->client, .end_on_reuse = true,
        .code = grant_param(g, "code"),
        .redirect_uri = grant_param(g, "redirect_uri"),
        .verifier = grant_param(g, "code_verifier")
    };
    enum ab_err                   e = g->c->f.code;

    if (e != AB_OK) {
        return e;
    }
    if (in.code == NULL) {
        return grant_refuse(g->out, g->c, 400, "invalid_request",
                            "Missing parameter: code", AB_E_BAD_REQUEST);
    }
    e = grant_code_check(g->c, &in, &found);
    if (e != AB_OK) {
        return refuse(g, e);
    }
    redeem.code = in.code;
    e = session_redeem(g->c, g->in->realm, g->client, &redeem, &cs);
    if (e == AB_E_CODE_USED) {
        return lost_race(g, &in, &found);
    }
    if (e != AB_OK) {
        return is_refusal(e) ? grant_invalid(g, TEXT_NOT_VALID, e) : e;
    }
    return answer(g, &found, cs);
}
