/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * auth_cookie.c - the step that accepts a live SSO session.
 */
#include "auth_steps.h"

#include "base/clock.h"
#include "oidc/authorize.h"


enum exec_state
auth_cookie_run(struct flow_step *s)
{
    const struct flow_input  *in = s->in;

    if (in->sso == NULL || in->sso_user == NULL || !in->sso_user->enabled) {
        return EXEC_ATTEMPTED;
    }
    flow_step_set_user(s, in->sso_user);
    if (authorize_needs_login(in->tab, in->sso, clock_now_s())) {
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
