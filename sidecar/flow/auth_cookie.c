/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * auth_cookie.c - the step that accepts a live SSO session.
 */
#include "auth_steps.h"

#include "base/clock.h"
#include "oidc/acr.h"
#include "oidc/authorize.h"


/* prompt=login, max_age, or a level: a session has none beyond its life. */
static enum ab_err
needs_login(struct flow_step *s, bool *ret_needs)
{
    const struct flow_input  *in = s->in;
    struct session            seen = *in->sso;
    enum ab_err               e;

    e = authorize_auth_time(s->c, in->sso, in->client, &seen.auth_time);
    if (e == AB_OK) {
        *ret_needs = authorize_needs_login(in->tab, &seen, clock_now_s())
                     || acr_is_asked(in->client, in->tab->client_notes);
    }
    return e;
}


enum exec_state
auth_cookie_run(struct flow_step *s)
{
    const struct flow_input  *in = s->in;
    bool                      needs = true;
    enum ab_err               e;

    if (in->sso == NULL || in->sso_user == NULL || !in->sso_user->enabled) {
        return EXEC_ATTEMPTED;
    }
    flow_step_set_user(s, in->sso_user);
    e = needs_login(s, &needs);
    if (e != AB_OK) {
        return flow_step_fail(s, e);
    }
    if (needs) {
        /* The same person has to prove himself again: the forms that follow
         * keep the name fixed. */
        return auth_note_set(s->c, in->tab->auth_notes,
                             "FORCED_REAUTHENTICATION", "true") == AB_OK
               ? EXEC_ATTEMPTED : flow_step_fail(s, s->c->f.code);
    }
    if (auth_note_set(s->c, in->tab->auth_notes, "SSO_AUTH", "true")
        != AB_OK)
    {
        return flow_step_fail(s, s->c->f.code);
    }
    return EXEC_SUCCESS;
}
