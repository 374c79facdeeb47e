/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * login.h - one login under way at the realm host: find it again by cookie
 * and query, run its flow, carry out what the flow says.
 */
#ifndef SERVER_LOGIN_H
#define SERVER_LOGIN_H

#include "browser.h"
#include "flow/runner.h"
#include "oidc/authorize.h"

struct login {
    struct req            *r;
    const struct realm    *realm;
    const struct client   *client;
    struct browser         b;
    struct auth_tab       *tab;
};

/*
 * The login that client_id, tab_id and client_data name in this browser
 * (flows.md 6.4, steps 2 to 5). tab NULL afterwards: the reply stands in r
 * (restarted, finished already, or 400 cookie_missing by the returned
 * error). Query values may be NULL.
 */
enum ab_err login_load(struct login *l, const char *client_id,
    const char *tab_id, const char *client_data);

/* Run the tab's flow over `in` (realm, client, tab, sso are filled here)
 * and answer. */
enum ab_err login_run(struct login *l, struct flow_input *in);
/* Answer what a flow (or flow_finish) said. */
enum ab_err login_carry(struct login *l, const struct flow_result *res);
/* An answer for the client: 302, or a page that posts itself. */
enum ab_err login_answer(struct login *l, const struct authorize_answer *a);
/* The client gets error=temporarily_unavailable, authentication_expired. */
enum ab_err login_expired_answer(struct login *l);
/* "Page has expired" (200), with links to go on and to start again. */
enum ab_err login_expired_page(struct login *l);
/* 302 to the start of the tab's flow. */
enum ab_err login_to_start(struct login *l);
/* URL of login-actions/restart for this tab. */
const char *login_restart_url(struct login *l);

#endif
