/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * authenticator.h - one step of a flow as a row.
 *
 * Rows of authenticator_table.c: name as in exports, and run(), which looks
 * at the input and returns the execution's state. One file each: auth_*.c.
 */
#ifndef FLOW_AUTHENTICATOR_H
#define FLOW_AUTHENTICATOR_H

#include "flow/runner.h"

/* What a step works on; it fills `out` when it gives a page or redirect. */
struct flow_step {
    struct ctx               *c;
    const struct flow_input  *in;
    const struct execution   *execution;
    bool                      is_answer;    /* the form is for this one */
    struct flow_result       *out;
};

struct authenticator {
    const char        *name;
    bool               needs_user;
    bool               is_condition;
    enum exec_state  (*run)(struct flow_step *s);       /* NULL: skipped
                                                           (review profile) */
    bool             (*condition)(struct flow_step *s);
};

/* NULL: not built. */
const struct authenticator *authenticator_find(const char *name);

#endif
