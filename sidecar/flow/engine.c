/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * engine.c - decides which execution of a flow comes next.
 *
 * One level at a time, from the top, on every request: what is finished is
 * passed over by its kept state, so that no position has to be remembered.
 * Nothing here knows what an execution does.
 */
#include "engine.h"

#include <string.h>

#define LEVEL_DEPTH_MAX  32     /* flow_doc refuses cycles; this is the belt */

/* What a level, or one execution of it, came to. */
enum outcome {
    OUT_GOOD,       /* SUCCESS or SETUP_REQUIRED */
    OUT_BAD,        /* finished without success; the level goes on or fails */
    OUT_ERROR,      /* no user yet, not set up, failed: passes upwards until
                       an ALTERNATIVE takes it for "try the next" */
    OUT_PAGE        /* something was given to the browser; stop everything */
};

static enum outcome level_run(const struct flow_doc *flow,
    const struct engine_env *env, unsigned depth);

static const char *const  state_names[] = {
    [EXEC_NONE] = "", [EXEC_SUCCESS] = "SUCCESS", [EXEC_FAILED] = "FAILED",
    [EXEC_ATTEMPTED] = "ATTEMPTED", [EXEC_CHALLENGED] = "CHALLENGED",
    [EXEC_SKIPPED] = "SKIPPED", [EXEC_SETUP_REQUIRED] = "SETUP_REQUIRED",
    [EXEC_TRUE] = "EVALUATED_TRUE", [EXEC_FALSE] = "EVALUATED_FALSE",
};
#define STATES_N  (sizeof(state_names) / sizeof(state_names[0]))


const char *
exec_state_name(enum exec_state s)
{
    return (size_t) s < STATES_N ? state_names[s] : "";
}


enum exec_state
exec_state_by_name(const char *name)
{
    size_t  i;

    for (i = 0; name != NULL && i < STATES_N; i++) {
        if (strcmp(state_names[i], name) == 0) {
            return (enum exec_state) i;
        }
    }
    return EXEC_NONE;
}


const struct execution *
engine_find(const struct flow_doc *flow, const char *id)
{
    const struct execution  *e;
    size_t                   i;

    for (i = 0; id != NULL && i < flow->n; i++) {
        if (strcmp(flow->v[i].id, id) == 0) {
            return &flow->v[i];
        }
        e = flow->v[i].flow == NULL ? NULL : engine_find(flow->v[i].flow, id);
        if (e != NULL) {
            return e;
        }
    }
    return NULL;
}


static bool
is_good(enum exec_state s)
{
    return s == EXEC_SUCCESS || s == EXEC_SETUP_REQUIRED;
}


/* Finished: not run again on a later pass. FAILED and CHALLENGED are. */
static bool
is_processed(enum exec_state s)
{
    return is_good(s) || s == EXEC_SKIPPED || s == EXEC_ATTEMPTED;
}


/* A condition is no step of its level: only a CONDITIONAL parent asks it. */
static bool
is_step(const struct execution *e, const struct engine_env *env)
{
    return e->requirement != REQ_DISABLED
           && (e->flow != NULL || !env->is_condition(env->arg, e));
}


static bool
is_required(const struct execution *e)
{
    return e->requirement == REQ_REQUIRED
           || e->requirement == REQ_CONDITIONAL;
}


/* Do the enabled conditions directly inside hold, all of them. Without any
 * the sub-flow counts as absent. */
static bool
conditions_hold(const struct flow_doc *flow, const struct engine_env *env)
{
    const struct execution  *e;
    size_t                   i, n = 0;
    bool                     holds;

    for (i = 0; i < flow->n; i++) {
        e = &flow->v[i];
        if (e->requirement == REQ_DISABLED || e->flow != NULL
            || !env->is_condition(env->arg, e))
        {
            continue;
        }
        n++;
        holds = env->condition(env->arg, e);
        env->set(env->arg, e, holds ? EXEC_TRUE : EXEC_FALSE);
        if (!holds) {
            return false;
        }
    }
    return n > 0;
}


/* A CONDITIONAL sub-flow that does not apply; one that is finished keeps
 * its state whatever the conditions say by now. */
static bool
is_absent(const struct execution *e, const struct engine_env *env)
{
    return e->requirement == REQ_CONDITIONAL && e->flow != NULL
           && !is_processed(env->get(env->arg, e))
           && !conditions_hold(e->flow, env);
}


static enum outcome
authenticator_run(const struct execution *e, const struct engine_env *env)
{
    enum exec_state  s;
    bool             gave_page = false;

    s = env->run(env->arg, e, &gave_page);
    env->set(env->arg, e, s);
    if (gave_page) {
        return OUT_PAGE;
    }
    if (is_good(s)) {
        return OUT_GOOD;
    }
    return s == EXEC_FAILED || s == EXEC_CHALLENGED ? OUT_ERROR : OUT_BAD;
}


static enum outcome
sub_flow_run(const struct execution *e, const struct engine_env *env,
    unsigned depth)
{
    enum outcome  out = level_run(e->flow, env, depth + 1);

    if (out == OUT_PAGE) {
        env->set(env->arg, e, EXEC_CHALLENGED);
    } else if (out != OUT_ERROR) {
        env->set(env->arg, e, out == OUT_GOOD ? EXEC_SUCCESS : EXEC_FAILED);
    }
    return out;
}


static enum outcome
execution_run(const struct execution *e, const struct engine_env *env,
    unsigned depth)
{
    enum exec_state  s = env->get(env->arg, e);

    if (is_processed(s)) {
        return is_good(s) ? OUT_GOOD : OUT_BAD;
    }
    return e->flow == NULL ? authenticator_run(e, env)
                           : sub_flow_run(e, env, depth);
}


/* All that apply must succeed. A level whose CONDITIONAL sub-flows are all
 * absent has proved nothing: *ret_n tells how many counted. */
static enum outcome
required_run(const struct flow_doc *flow, const struct engine_env *env,
    unsigned depth, size_t *ret_n)
{
    const struct execution  *e;
    enum outcome             out;
    size_t                   i;

    *ret_n = 0;
    for (i = 0; i < flow->n; i++) {
        e = &flow->v[i];
        if (!is_required(e) || !is_step(e, env) || is_absent(e, env)) {
            continue;
        }
        (*ret_n)++;
        out = execution_run(e, env, depth);
        if (out != OUT_GOOD) {
            return out;
        }
    }
    return OUT_GOOD;
}


static bool
alternative_is_good(const struct flow_doc *flow, const struct engine_env *env)
{
    size_t  i;

    for (i = 0; i < flow->n; i++) {
        if (flow->v[i].requirement == REQ_ALTERNATIVE
            && is_step(&flow->v[i], env)
            && is_good(env->get(env->arg, &flow->v[i])))
        {
            return true;
        }
    }
    return false;
}


/* The first that succeeds is enough; an error of one is only a reason to
 * try the next. */
static enum outcome
alternatives_run(const struct flow_doc *flow, const struct engine_env *env,
    unsigned depth)
{
    const struct execution  *e;
    enum outcome             out;
    size_t                   i;

    if (alternative_is_good(flow, env)) {
        return OUT_GOOD;
    }
    for (i = 0; i < flow->n; i++) {
        e = &flow->v[i];
        if (e->requirement != REQ_ALTERNATIVE || !is_step(e, env)) {
            continue;
        }
        out = execution_run(e, env, depth);
        if (out == OUT_GOOD || out == OUT_PAGE) {
            return out;
        }
        if (out == OUT_ERROR) {
            env->set(env->arg, e, EXEC_ATTEMPTED);
        }
    }
    return OUT_BAD;
}


/* Beside anything required the alternatives of a level do not exist; that
 * is settled before conditions are looked at (flows.md 1.3, step 2). */
static bool
has_required(const struct flow_doc *flow, const struct engine_env *env)
{
    size_t  i;

    for (i = 0; i < flow->n; i++) {
        if (is_required(&flow->v[i]) && is_step(&flow->v[i], env)) {
            return true;
        }
    }
    return false;
}


static enum outcome
level_run(const struct flow_doc *flow, const struct engine_env *env,
    unsigned depth)
{
    enum outcome  out;
    size_t        n;

    if (depth > LEVEL_DEPTH_MAX) {
        return OUT_ERROR;
    }
    if (!has_required(flow, env)) {
        return alternatives_run(flow, env, depth);
    }
    out = required_run(flow, env, depth, &n);
    return out == OUT_GOOD && n == 0 ? OUT_BAD : out;
}


/* Where an execution stands, seen from a level. */
enum place { NOT_HERE, HERE, HERE_COMPLETE };


static bool
level_is_complete(const struct flow_doc *flow, const struct engine_env *env,
    const struct execution *child)
{
    size_t  i;

    if (!is_required(child)) {
        return !has_required(flow, env);
    }
    for (i = 0; i < flow->n; i++) {
        if (is_required(&flow->v[i]) && is_step(&flow->v[i], env)
            && !is_good(env->get(env->arg, &flow->v[i])))
        {
            return false;
        }
    }
    return true;
}


static enum place
mark_parents(const struct flow_doc *flow, const struct engine_env *env,
    const struct execution *done)
{
    const struct execution  *e;
    enum place               p;
    size_t                   i;

    for (i = 0; i < flow->n; i++) {
        e = &flow->v[i];
        p = strcmp(e->id, done->id) == 0 ? HERE_COMPLETE
            : e->flow == NULL ? NOT_HERE : mark_parents(e->flow, env, done);
        if (p == HERE_COMPLETE && e->flow != NULL) {
            env->set(env->arg, e, EXEC_SUCCESS);
        }
        if (p == HERE_COMPLETE && !level_is_complete(flow, env, e)) {
            return HERE;
        }
        if (p != NOT_HERE) {
            return p;
        }
    }
    return NOT_HERE;
}


void
engine_answered(const struct flow_doc *flow, const struct engine_env *env,
    const struct execution *e)
{
    mark_parents(flow, env, e);
}


enum engine_verdict
engine_run(const struct flow_doc *flow, const struct engine_env *env)
{
    enum outcome  out = level_run(flow, env, 0);

    if (out == OUT_PAGE) {
        return ENGINE_WAIT;
    }
    return out == OUT_GOOD ? ENGINE_SUCCESS : ENGINE_FAIL;
}
