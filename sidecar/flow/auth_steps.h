/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * auth_steps.h - the functions behind the rows of authenticator_table.c.
 */
#ifndef FLOW_AUTH_STEPS_H
#define FLOW_AUTH_STEPS_H

#include "flow/authenticator.h"

/* auth_*.c */
enum exec_state auth_cookie_run(struct flow_step *s);
enum exec_state auth_idp_redirect_run(struct flow_step *s);
enum exec_state auth_password_run(struct flow_step *s);
enum exec_state auth_idp_create_user_run(struct flow_step *s);
/* auth_access.c */
enum exec_state auth_allow_run(struct flow_step *s);
enum exec_state auth_deny_run(struct flow_step *s);

/* cond_*.c. A condition that cannot be evaluated sets s->err. */
bool cond_user_configured(struct flow_step *s);
bool cond_user_role(struct flow_step *s);
bool cond_user_attribute(struct flow_step *s);
bool cond_client_scope(struct flow_step *s);
bool cond_credential(struct flow_step *s);
bool cond_sub_flow_executed(struct flow_step *s);
bool cond_not_built(struct flow_step *s);

#endif
