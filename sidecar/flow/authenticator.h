/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * authenticator.h - one step of a flow as a row.
 *
 * Rows of authenticator_table.c: name as in exports, and run(), which looks
 * at the input and returns the execution's state. One file each: auth_*.c,
 * conditions: cond_*.c.
 */
#ifndef FLOW_AUTHENTICATOR_H
#define FLOW_AUTHENTICATOR_H

#include "flow/runner.h"

/*
 * What a step works on. To give out something a step fills `out` and sets
 * has_out; to end the login with a fault (c->f) it sets err. Either stops
 * the walk.
 */
struct flow_step {
    struct ctx               *c;
    const struct flow_input  *in;
    const struct flow_doc    *flow;         /* the top flow */
    const struct flow_doc    *level;        /* conditions: their sub-flow */
    const struct execution   *execution;
    const struct user        *user;         /* of the tab, NULL while none */
    bool                      is_answer;    /* the form is for this one */
    struct flow_result       *out;
    bool                      has_out;
    enum ab_err               err;
};

enum auth_kind {
    AUTH_STEP,          /* run() */
    AUTH_CONDITION,     /* condition() */
    AUTH_PASSED,        /* counts as done: the review of the profile */
    AUTH_ABSENT,        /* never applies here: attempted */
    AUTH_NOT_BUILT      /* refused when it would apply to the user */
};

struct authenticator {
    const char        *name;
    enum auth_kind     kind;
    bool               needs_user;
    const char        *credential;  /* type a user must have to be configured
                                       for it; NULL: everybody is */
    enum exec_state  (*run)(struct flow_step *s);
    bool             (*condition)(struct flow_step *s);
};

/* NULL: not in the table at all; treated as AUTH_NOT_BUILT for everybody. */
const struct authenticator *authenticator_find(const char *name);
/* Does the user have what the row's credential asks for. Nobody is set up
 * for what never applies here. */
bool authenticator_is_configured(const struct authenticator *a,
    const struct user *user);

/* Write a fault: err set, EXEC_FAILED comes back. */
enum exec_state flow_step_fail(struct flow_step *s, enum ab_err err);
/* A value of the execution's configuration; NULL when absent or empty. */
const char *flow_step_config(const struct flow_step *s, const char *key);
/* The user of the tab from now on. */
void flow_step_set_user(struct flow_step *s, const struct user *user);

#endif
