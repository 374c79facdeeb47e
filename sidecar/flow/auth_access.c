/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * auth_access.c - the two steps that decide without asking: allow, deny.
 */
#include "auth_steps.h"


enum exec_state
auth_allow_run(struct flow_step *s)
{
    (void) s;
    return EXEC_SUCCESS;
}


enum exec_state
auth_deny_run(struct flow_step *s)
{
    return flow_step_fail(s, ctx_fail(s->c, AB_E_FLOW_DENIED,
                                      "execution '%s' of flow '%s'",
                                      s->execution->id, s->flow->alias));
}
