/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * logout.h - tell the identity provider that a session ended.
 */
#ifndef BROKER_LOGOUT_H
#define BROKER_LOGOUT_H

#include "broker/provider.h"
#include "model/session.h"

/* Where the browser goes for an ended session (from its :x): the provider's
 * end_session endpoint with state=SID, id_token_hint and
 * post_logout_redirect_uri=BRK/{alias}/endpoint/logout_response; NULL when
 * the session was local or the provider takes no browser. */
enum ab_err broker_logout_url(struct ctx *c, const struct realm *realm,
    const char *sid, const struct session_x *x, const char **ret_url);

#endif
