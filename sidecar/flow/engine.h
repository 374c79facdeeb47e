/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * engine.h - what comes next in an authentication flow; pure.
 *
 * flows.md section 1.3, as a function from (tree, states, answers) to the
 * next thing. Runs no authenticator itself: it asks `run` and is told.
 */
#ifndef FLOW_ENGINE_H
#define FLOW_ENGINE_H

#include "model/flow_doc.h"

enum exec_state {
    EXEC_NONE, EXEC_SUCCESS, EXEC_FAILED, EXEC_ATTEMPTED, EXEC_CHALLENGED,
    EXEC_SKIPPED, EXEC_SETUP_REQUIRED, EXEC_TRUE, EXEC_FALSE
};

enum engine_verdict {
    ENGINE_SUCCESS,         /* the top level succeeded */
    ENGINE_WAIT,            /* a page or redirect was given out; stop here */
    ENGINE_FAIL             /* nothing succeeded: err says why */
};

/* What the engine needs from its surroundings. All calls are synchronous. */
struct engine_env {
    void  *arg;
    /* Run one authenticator. Returns its new state; EXEC_CHALLENGED and
     * EXEC_FAILED-with-page stop the walk (set *ret_gave_page). */
    enum exec_state (*run)(void *arg, const struct execution *e,
                           bool *ret_gave_page);
    /* A condition's value; only asked inside a CONDITIONAL sub-flow. */
    bool (*condition)(void *arg, const struct execution *e);
    /* Kept states. */
    enum exec_state (*get)(void *arg, const struct execution *e);
    void (*set)(void *arg, const struct execution *e, enum exec_state s);
    /* Is this execution a condition. */
    bool (*is_condition)(void *arg, const struct execution *e);
};

enum engine_verdict engine_run(const struct flow_doc *flow,
    const struct engine_env *env);
/* An answer made `e` succeed outside a walk: sub-flows it completes are
 * marked, so that their conditions, true when they were entered, are not
 * asked again with what the answer changed. engine_run() comes next. */
void engine_answered(const struct flow_doc *flow,
    const struct engine_env *env, const struct execution *e);
/* Find an execution of the tree by id; NULL. */
const struct execution *engine_find(const struct flow_doc *flow,
    const char *id);
const char *exec_state_name(enum exec_state s);
enum exec_state exec_state_by_name(const char *name);

#endif
