/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * session_find.h - the realm, user and sessions an operator means.
 */
#ifndef CTL_SESSION_FIND_H
#define CTL_SESSION_FIND_H

#include "ctl_commands.h"
#include "model/session.h"

/* By the arguments "realm" (name) and "user" (user name or id).
 * AB_E_BAD_REQUEST when one is missing, AB_E_REALM_ABSENT,
 * AB_E_USER_ABSENT. */
enum ab_err find_user(struct ctl_call *call, const struct realm **ret_realm,
    const struct user **ret_user);
/* The realm of the argument "realm", or without it the one that has this
 * session. AB_E_SESSION_…. */
enum ab_err find_session(struct ctl_call *call, const char *sid,
    const struct realm **ret_realm);

#endif
