/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * runner.h - run a flow on a tab until it needs the browser or is done.
 *
 * Never talks HTTP: it returns what should happen and server/ carries it
 * out. It saves the tab before it returns.
 */
#ifndef FLOW_RUNNER_H
#define FLOW_RUNNER_H

#include "ab_form.h"
#include "flow/engine.h"
#include "model/auth_session.h"
#include "model/session.h"

/*
 * Pages and their data (texts unless said otherwise; a member that does not
 * apply is absent, so that a section over it shows nothing):
 *
 * "login"      realm            display name
 *              message          object: type (error, info), text
 *              loginAction      where the form posts
 *              username         to fill in, or the fixed name
 *              usernameHidden   true: the user is fixed (signing in again);
 *                               show `username` as text, no field
 *              usernameLabel    label of the field
 *              usernameError    text under the field; it is invalid
 *              passwordError    the same
 *              rememberMe       object: shown (true), checked (true or absent)
 *              providers        array of objects: alias, displayName,
 *                               providerId, loginUrl
 *              hasProviders     true when providers is not empty
 *              restartUrl       only beside usernameHidden
 *              Fields: username, password, rememberMe (value "on"),
 *              credentialId (hidden, empty); the submit is named login.
 * "idp-clash"  with FLOW_ERROR and AB_E_USER_CLASH: realm, provider (display
 *              name), isEmail or isUsername (true), value (what is taken),
 *              restartUrl
 */
enum flow_next {
    FLOW_PAGE,          /* render ret->page with ret->data */
    FLOW_REDIRECT,      /* 303 to ret->url (an identity provider) */
    FLOW_DONE,          /* ret->user signed in; sso set when by cookie */
    FLOW_CLIENT_ERROR,  /* ret->error (and description) to the client */
    FLOW_ERROR          /* c->f says why: ret->page with its status, or the
                           error page when ret->page is NULL */
};

struct flow_result {
    enum flow_next        next;
    const char           *page;         /* template name: "login" … */
    json_t               *data;         /* for the template; new reference
                                           owned by c */
    const char           *url;
    const char           *error, *description;
    const struct user    *user;
    const struct session *sso;          /* the live session it rests on */
    const char           *acr;          /* "0" by cookie, "1" fresh */
};

struct flow_input {
    const struct realm     *realm;
    const struct client    *client;
    struct auth_tab        *tab;
    const struct session   *sso;        /* by KEYCLOAK_IDENTITY, or NULL */
    const struct user      *sso_user;
    const struct ab_param  *form;       /* body params; n 0: a page view */
    size_t                  n_form;
    bool                    is_action;  /* a verified session_code came */
    const char             *execution;  /* the one the form belongs to */
    const char             *message;    /* forwarded error, on the form */
    const char             *idp_hint;   /* kc_idp_hint; "" is empty; NULL */
    bool                    is_passive; /* prompt=none: no page may be given:
                                           FLOW_CLIENT_ERROR login_required
                                           or interaction_required */
    const char             *remember;   /* KEYCLOAK_REMEMBER_ME user name */
};

/* The flow is chosen by tab->flow_path ("authenticate": browser flow with
 * the client's override; "first-broker-login": the provider's or the
 * realm's). An authenticator that is not built and would apply, or a pending
 * required action, gives FLOW_ERROR with AB_E_FLOW_UNSUPPORTED. */
enum ab_err flow_run(struct ctx *c, const struct flow_input *in,
    struct flow_result *ret);

/* What stands between a user who proved who he is and the end of the login:
 * disabled, another user's session, pending required actions, consent. For
 * users found by broker_identify(); flow_run() asks it by itself. FLOW_DONE
 * when nothing. */
enum ab_err flow_finish(struct ctx *c, const struct flow_input *in,
    const struct user *user, struct flow_result *ret);

/* "BASE/realms/R/login-actions/PATH?session_code&execution&client_id&tab_id
 * &client_data", in c; execution and code left out when NULL. */
const char *flow_action_url(struct ctx *c, const struct realm *realm,
    const struct client *client, const struct auth_tab *tab,
    const char *path, const char *code, const char *execution);
/* base64url JSON {"ru","rt","rm","st"} of a tab. */
const char *flow_client_data(struct ctx *c, const struct auth_tab *tab);

#endif
