/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * runner.c - runs the engine over a tab with the real authenticators.
 *
 * An answer goes to the one execution that asked; then the flow is walked
 * from the top, where the kept states pass over what is done.
 */
#include "runner.h"

#include "authenticator.h"
#include "broker/identity.h"
#include "model/doc.h"
#include "oidc/acr.h"

#include <string.h>

#define PATH_FIRST_BROKER  "first-broker-login"


enum exec_state
flow_step_fail(struct flow_step *s, enum ab_err err)
{
    s->err = err;
    return EXEC_FAILED;
}


const char *
flow_step_config(const struct flow_step *s, const char *key)
{
    return doc_filled(s->execution->config, key);
}


void
flow_step_set_user(struct flow_step *s, const struct user *user)
{
    s->user = user;
    s->in->tab->user_id = user->id;
}


/* ---- what the engine asks ---------------------------------------------- */

static enum exec_state
unsupported(struct flow_step *s)
{
    return flow_step_fail(s, ctx_fail(s->c, AB_E_FLOW_UNSUPPORTED,
                                      "execution '%.64s' of flow '%.64s'",
                                      s->execution->authenticator,
                                      s->flow->alias));
}


/* A REQUIRED step the user is not set up for would set him up at the end of
 * the login: a required action, and those are not built. */
static enum exec_state
row_run(struct flow_step *s, const struct authenticator *a)
{
    if (a == NULL) {
        return unsupported(s);
    }
    if (a->kind == AUTH_PASSED) {
        return EXEC_SUCCESS;
    }
    if (a->kind == AUTH_ABSENT) {
        return EXEC_ATTEMPTED;
    }
    if (a->needs_user && s->user == NULL) {
        return EXEC_FAILED;
    }
    if (!authenticator_is_configured(a, s->user)) {
        return s->execution->requirement == REQ_REQUIRED ? unsupported(s)
                                                         : EXEC_FAILED;
    }
    return a->kind == AUTH_STEP ? a->run(s) : unsupported(s);
}


static enum exec_state
env_run(void *arg, const struct execution *e, bool *ret_gave_page)
{
    struct flow_step  *s = arg;
    enum exec_state    state;

    s->execution = e;
    state = row_run(s, authenticator_find(e->authenticator));
    s->is_answer = false;
    *ret_gave_page = s->has_out || s->err != AB_OK;
    if (state == EXEC_CHALLENGED) {
        s->in->tab->execution = e->id;
    }
    return state;
}


static bool
env_is_condition(void *arg, const struct execution *e)
{
    const struct authenticator  *a = authenticator_find(e->authenticator);

    (void) arg;
    return a != NULL && a->kind == AUTH_CONDITION;
}


static const struct flow_doc *
find_level(const struct flow_doc *flow, const struct execution *e)
{
    const struct flow_doc  *found;
    size_t                  i;

    for (i = 0; i < flow->n; i++) {
        if (strcmp(flow->v[i].id, e->id) == 0) {
            return flow;
        }
        found = flow->v[i].flow == NULL ? NULL
                                        : find_level(flow->v[i].flow, e);
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}


/* After a fault everything holds, so that the walk meets env_run() and
 * stops there. */
static bool
env_condition(void *arg, const struct execution *e)
{
    struct flow_step            *s = arg;
    const struct authenticator  *a = authenticator_find(e->authenticator);

    if (s->err != AB_OK) {
        return true;
    }
    if (a->needs_user && s->user == NULL) {
        return false;
    }
    s->execution = e;
    s->level = find_level(s->flow, e);
    return a->condition(s);
}


static enum exec_state
env_get(void *arg, const struct execution *e)
{
    struct flow_step  *s = arg;

    return exec_state_by_name(auth_note(s->in->tab->states, e->id));
}


static void
env_set(void *arg, const struct execution *e, enum exec_state state)
{
    struct flow_step  *s = arg;
    enum ab_err        err;

    err = auth_note_set(s->c, s->in->tab->states, e->id,
                        state == EXEC_NONE ? NULL : exec_state_name(state));
    if (err != AB_OK && s->err == AB_OK) {
        s->err = err;
    }
}


/* ---- which flow, which user -------------------------------------------- */

static enum ab_err
first_broker_flow(struct ctx *c, const struct flow_input *in,
    const struct flow_doc **ret_flow)
{
    struct brokered    who;
    const struct idp  *idp;
    enum ab_err        e = broker_context_load(c, in->tab, &who);

    if (e == AB_OK) {
        e = idp_by_alias(c, in->realm, who.alias, &idp);
    }
    if (e != AB_OK) {
        return e;
    }
    return flow_by_alias(c, in->realm,
                         idp->first_flow != NULL
                         ? idp->first_flow : in->realm->first_broker_flow,
                         ret_flow);
}


/* A client's override names the flow by its id, a realm by its alias. */
static enum ab_err
choose_flow(struct ctx *c, const struct flow_input *in,
    const struct flow_doc **ret_flow)
{
    const char  *id;

    if (strcmp(in->tab->flow_path, PATH_FIRST_BROKER) == 0) {
        return first_broker_flow(c, in, ret_flow);
    }
    id = doc_filled(json_object_get(in->client->doc,
                                    "authenticationFlowBindingOverrides"),
                    "browser");
    return id != NULL ? flow_by_id(c, in->realm, id, ret_flow)
                      : flow_by_alias(c, in->realm, in->realm->browser_flow,
                                      ret_flow);
}


/* The tab's user. One who is gone meanwhile ends the login. */
static enum ab_err
load_user(struct flow_step *s)
{
    if (s->in->tab->user_id == NULL) {
        return AB_OK;
    }
    return user_by_id(s->c, s->in->realm, s->in->tab->user_id, &s->user);
}


/* ---- the walk ---------------------------------------------------------- */

/* The execution that a form answers: only one that is waiting. */
static enum ab_err
answered(struct flow_step *s, const struct engine_env *env,
    const struct execution **ret_e)
{
    const char  *id = s->in->execution != NULL ? s->in->execution
                                               : s->in->tab->execution;
    const struct execution  *e = engine_find(s->flow, id);

    if (id == NULL) {
        *ret_e = NULL;
        return AB_OK;
    }
    if (e == NULL || e->flow != NULL || env->get(s, e) != EXEC_CHALLENGED) {
        return ctx_fail(s->c, AB_E_PAGE_EXPIRED,
                        "the form's execution is not the one waiting");
    }
    *ret_e = e;
    return AB_OK;
}


/* True when the walk is to go on. */
static bool
answer_run(struct flow_step *s, const struct engine_env *env)
{
    const struct execution  *e = NULL;
    enum exec_state          state;
    bool                     gave_page;

    s->err = answered(s, env, &e);
    if (s->err != AB_OK || e == NULL) {
        return s->err == AB_OK;
    }
    s->is_answer = true;
    state = env_run(s, e, &gave_page);
    env_set(s, e, state);
    if (gave_page) {
        return false;
    }
    if (state == EXEC_SUCCESS) {
        engine_answered(s->flow, env, e);
    }
    return true;
}


static enum engine_verdict
walk(struct flow_step *s)
{
    const struct engine_env  env = {
        .arg = s, .run = env_run, .condition = env_condition,
        .get = env_get, .set = env_set, .is_condition = env_is_condition
    };

    if (s->in->is_action && !answer_run(s, &env)) {
        return ENGINE_WAIT;
    }
    return engine_run(s->flow, &env);
}


/* ---- what comes out ---------------------------------------------------- */

static bool
is_passive(const struct flow_input *in)
{
    return in->is_passive
           || (in->message == NULL
               && auth_note(in->tab->auth_notes,
                            "FORWARDED_PASSIVE_LOGIN") != NULL);
}


static enum ab_err
client_error(struct flow_result *ret, const char *error)
{
    ret->next = FLOW_CLIENT_ERROR;
    ret->error = error;
    return AB_OK;
}


/* prompt=none: whatever needs the person is an error for the client (OIDC
 * Core 3.1.2.6), as is a flow that cannot end well without him. */
static enum ab_err
passive_error(struct ctx *c, const struct flow_input *in,
    struct flow_result *ret)
{
    bool  is_first = strcmp(in->tab->flow_path, PATH_FIRST_BROKER) == 0;

    fail_clear(&c->f);
    return client_error(ret, is_first ? "interaction_required"
                                      : "login_required");
}


/* Faults of the flow and of what was sent, in contrast to those of the store
 * and the like: the login ends with their page. */
static bool
is_verdict(enum ab_err e)
{
    return ab_err_row(e)->status < 500;
}


static enum ab_err
ended_by(struct flow_step *s, enum ab_err err, struct flow_result *ret)
{
    if (!is_verdict(err)) {
        return err;
    }
    if (is_passive(s->in)) {
        return passive_error(s->c, s->in, ret);
    }
    ret->next = FLOW_ERROR;
    return AB_OK;
}


static enum ab_err
conclude(struct flow_step *s, enum engine_verdict verdict,
    struct flow_result *ret)
{
    if (s->err != AB_OK) {
        return ended_by(s, s->err, ret);
    }
    if (verdict == ENGINE_WAIT) {
        return ret->next == FLOW_PAGE && is_passive(s->in)
               ? passive_error(s->c, s->in, ret) : AB_OK;
    }
    /* A flow may succeed without having found out who is there. */
    if (verdict == ENGINE_FAIL || s->user == NULL) {
        return ended_by(s, ctx_fail(s->c, AB_E_FLOW_FAILED, "flow '%.64s'",
                                    s->flow->alias), ret);
    }
    return flow_finish(s->c, s->in, s->user, ret);
}


enum ab_err
flow_run(struct ctx *c, const struct flow_input *in, struct flow_result *ret)
{
    struct flow_result  out = { .next = FLOW_ERROR };
    struct flow_step    s = { .c = c, .in = in, .out = &out };
    enum ab_err         e = choose_flow(c, in, &s.flow);

    if (e == AB_OK) {
        e = load_user(&s);
    }
    if (e == AB_OK) {
        e = conclude(&s, walk(&s), &out);
    } else {
        e = ended_by(&s, e, &out);
    }
    if (e == AB_OK && out.next != FLOW_ERROR) {
        e = auth_tab_save(c, in->realm, in->tab, in->is_action);
    }
    if (e == AB_OK) {
        *ret = out;
    }
    return e;
}
