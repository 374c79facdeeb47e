/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * grant_password.c - user name and password at the token endpoint (RFC 6749
 * section 4.3, tokens.md 3.5).
 */
#include "grant_int.h"

#include "model/credential.h"
#include "model/doc.h"
#include "model/flow_doc.h"
#include "model/required_action.h"

#include <string.h>

#define TEXT_BAD  "Invalid user credentials"

/* What a direct grant flow may consist of. Any other step, also one that an
 * administrator made of these, is refused: it cannot be run here. */
static const char *const  known_steps[] = {
    "direct-grant-validate-username", "direct-grant-validate-password",
};
#define STEP_OTP  "direct-grant-validate-otp"


static enum ab_err
unsupported(struct grant *g, const char *what)
{
    ctx_fail(g->c, AB_E_FLOW_UNSUPPORTED, "direct grant: %.64s", what);
    return grant_invalid(g, TEXT_BAD, AB_E_FLOW_UNSUPPORTED);
}


/* ---- the flow ---------------------------------------------------------- */

static bool
has_otp(const struct user *user)
{
    const char  *type;
    size_t       i;

    for (i = 0; i < json_array_size(user->credentials); i++) {
        type = doc_str(json_array_get(user->credentials, i), "type");
        if (type != NULL && strcmp(type, "otp") == 0) {
            return true;
        }
    }
    return false;
}


static bool
is_known(const char *name)
{
    size_t  i;

    for (i = 0; i < sizeof(known_steps) / sizeof(known_steps[0]); i++) {
        if (strcmp(known_steps[i], name) == 0) {
            return true;
        }
    }
    return false;
}


/* The stock sub-flow that asks users with OTP for a code: nobody else meets
 * it. */
static bool
is_otp_sub_flow(const struct execution *e)
{
    const struct flow_doc  *f = e->flow;
    size_t                  i;

    if (f == NULL || e->requirement != REQ_CONDITIONAL) {
        return false;
    }
    for (i = 0; i < f->n; i++) {
        if (f->v[i].flow != NULL || f->v[i].requirement == REQ_DISABLED
            || (strcmp(f->v[i].authenticator, STEP_OTP) != 0
                && strcmp(f->v[i].authenticator,
                          "conditional-user-configured") != 0))
        {
            return false;
        }
    }
    return true;
}


/* NULL: the flow asks this user for his password alone. */
static const char *
what_else(const struct flow_doc *flow, const struct user *user)
{
    const struct execution  *e;
    size_t                   i, n = 0;

    for (i = 0; i < flow->n; i++) {
        e = &flow->v[i];
        if (e->requirement == REQ_DISABLED) {
            continue;
        }
        if (e->flow == NULL && e->requirement == REQ_REQUIRED
            && is_known(e->authenticator))
        {
            n++;
            continue;
        }
        if (!is_otp_sub_flow(e)) {
            return e->flow == NULL ? e->authenticator : e->flow->alias;
        }
        if (has_otp(user)) {
            return STEP_OTP;
        }
    }
    return n == 2 ? NULL : flow->alias;
}


/* A client's override names the flow by its id. */
static enum ab_err
check_flow(struct grant *g, const struct user *user)
{
    const struct realm     *realm = g->in->realm;
    const struct flow_doc  *flow;
    const char             *id, *what;
    enum ab_err             e;

    id = doc_filled(json_object_get(g->client->doc,
                                    "authenticationFlowBindingOverrides"),
                    "direct_grant");
    e = id != NULL ? flow_by_id(g->c, realm, id, &flow)
                   : flow_by_alias(g->c, realm, realm->direct_grant_flow,
                                   &flow);
    if (e != AB_OK) {
        return e;
    }
    what = what_else(flow, user);
    return what == NULL ? AB_OK : unsupported(g, what);
}


/* ---- the user ---------------------------------------------------------- */

static enum ab_err
check_actions(struct grant *g, const struct user *user)
{
    const struct required_action_table  *table;
    const struct required_action        *a;
    const char                          *alias;
    size_t                               i;
    enum ab_err                          e;

    e = required_actions_get(g->c, g->in->realm, &table);
    for (i = 0; e == AB_OK && i < json_array_size(user->required_actions);
         i++)
    {
        alias = json_string_value(json_array_get(user->required_actions, i));
        a = alias == NULL ? NULL : required_action_find(table, alias);
        if (alias != NULL && (a == NULL || a->enabled)) {
            return grant_invalid(g, "Account is not fully set up",
                                 AB_E_INTERACTION);
        }
    }
    return e;
}


/* One answer in one time for an unknown name, a wrong password, and users
 * who have none. */
static enum ab_err
prove(struct grant *g, const char *name, const char *password,
    const struct user **ret_user)
{
    const struct user  *user = NULL;
    enum ab_err         e = AB_OK;

    if (*name != '\0') {
        e = user_by_login(g->c, g->in->realm, name, &user);
    }
    if (e == AB_E_USER_ABSENT) {
        fail_clear(&g->c->f);
        user = NULL;
        e = AB_OK;
    }
    if (e == AB_OK) {
        e = credential_check(g->c, g->in->realm, user,
                             ab_slice_str(password));
    }
    if (e == AB_E_CREDENTIALS
        || (e == AB_OK && (user == NULL || user->service_client != NULL)))
    {
        fail_clear(&g->c->f);
        return grant_invalid(g, TEXT_BAD, AB_E_CREDENTIALS);
    }
    if (e == AB_OK && !user->enabled) {
        return grant_invalid(g, "Account disabled", AB_E_USER_DISABLED);
    }
    if (e == AB_OK) {
        *ret_user = user;
    }
    return e;
}


/* ---- the grant --------------------------------------------------------- */

static enum ab_err
answer(struct grant *g, const struct user *user, const char *scope)
{
    struct grant_tokens  t = {
        .kind = "ro", .user = user, .scope = scope, .kept_scope = scope,
        .acr = "1"
    };
    enum ab_err          e = grant_open_session(g, &t);

    return e == AB_OK ? grant_answer(g, &t) : e;
}


static enum ab_err
check_client(struct grant *g)
{
    if (!g->client->direct_access) {
        return grant_refuse(g->out, g->c, 400, "unauthorized_client",
                            "Client not allowed for direct access grants",
                            AB_E_GRANT_CLIENT);
    }
    if (g->client->consent_required) {
        return grant_refuse(g->out, g->c, 400, "invalid_client",
                            "Client requires user consent",
                            AB_E_GRANT_CLIENT);
    }
    return AB_OK;
}


static enum ab_err
sign_in_by_form(struct grant *g, const char *scope)
{
    const char         *name = grant_param(g, "username");
    const char         *password = grant_param(g, "password");
    const struct user  *user = NULL;
    enum ab_err         e = g->c->f.code;

    if (e == AB_OK && name == NULL) {
        return grant_refuse(g->out, g->c, 401, "invalid_request",
                            "Missing parameter: username", AB_E_BAD_REQUEST);
    }
    if (e == AB_OK) {
        e = prove(g, name, password == NULL ? "" : password, &user);
    }
    if (e == AB_OK && g->out->status == 0) {
        e = check_flow(g, user);
    }
    if (e == AB_OK && g->out->status == 0) {
        e = check_actions(g, user);
    }
    return e == AB_OK && g->out->status == 0 ? answer(g, user, scope) : e;
}


enum ab_err
grant_password(struct grant *g)
{
    const char   *asked = grant_scope_param(g), *scope = NULL;
    enum ab_err   e = g->c->f.code;

    if (e == AB_OK) {
        e = check_client(g);
    }
    if (e == AB_OK && g->out->status == 0) {
        e = grant_scope(g, asked, &scope);
    }
    return e == AB_OK && g->out->status == 0 ? sign_in_by_form(g, scope) : e;
}
