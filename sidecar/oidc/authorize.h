/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * authorize.h - the authorization endpoint's logic, up to a tab and from a
 * finished login on.
 */
#ifndef OIDC_AUTHORIZE_H
#define OIDC_AUTHORIZE_H

#include "model/auth_session.h"
#include "model/session.h"
#include "oidc/params.h"

/* How an answer reaches the client. */
struct authorize_answer {
    const char  *url;           /* 302 there; NULL: form_post */
    const char  *form_url;      /* response_mode form_post */
    json_t      *form;          /* array of {name, value}; owned by c */
};

/*
 * Check a request in the reference's order (tokens.md 2.3). AB_OK: valid,
 * *ret_client set. Else, when ret_answer->url or ->form_url is set: an error
 * for the client, deliver that. Else an error page of c->f. *ret_client is
 * set as soon as the client is known.
 */
enum ab_err authorize_check(struct ctx *c, const struct realm *realm,
    const struct auth_params *p, const struct client **ret_client,
    struct authorize_answer *ret_answer);

/* Fill a fresh tab from the request (saved by the flow runner). */
enum ab_err authorize_tab(struct ctx *c, const struct realm *realm,
    const struct client *client, const struct auth_params *p,
    struct auth_tab *tab);

/* Does a live session still need a fresh sign-in for this request
 * (prompt=login, max_age passed). */
bool authorize_needs_login(const struct auth_tab *tab,
    const struct session *sso, int64_t now);

/* When the user last proved himself, for this client: the session's time or
 * a later one of the client session (signing in again keeps the session). */
enum ab_err authorize_auth_time(struct ctx *c, const struct session *sso,
    const struct client *client, int64_t *ret_time);

/* Sign the user in (session_sign_in) and make the success answer: state,
 * session_state, iss, code. sso NULL: a new session. */
struct authorize_done {
    const struct realm    *realm;
    const struct client   *client;
    struct auth_tab       *tab;
    const struct user     *user;
    const struct session  *sso;
    const char            *acr;
    const char            *ip;
    bool                   remember;
};
enum ab_err authorize_finish(struct ctx *c, const struct authorize_done *in,
    struct signed_in *ret_session, struct authorize_answer *ret_answer);

/* An error for the client of a tab, by its response mode. description may
 * be NULL. */
enum ab_err authorize_error(struct ctx *c, const struct realm *realm,
    const struct client *client, const struct auth_tab *tab,
    const char *error, const char *description,
    struct authorize_answer *ret_answer);
/* The same when the tab is gone: from client_data, after checking its
 * redirect against the client. AB_E_REDIRECT_URI. */
enum ab_err authorize_error_data(struct ctx *c, const struct realm *realm,
    const struct client *client, const char *client_data,
    const char *error, const char *description,
    struct authorize_answer *ret_answer);

#endif
