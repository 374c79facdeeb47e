/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * logout.h - RP-initiated logout (tokens.md 6.5): what a request means.
 */
#ifndef OIDC_LOGOUT_H
#define OIDC_LOGOUT_H

#include "ab_form.h"
#include "model/session.h"
#include "oidc/grant.h"

enum logout_next {
    LOGOUT_NOW,         /* end ret->sid, then ret->landing or the info page */
    LOGOUT_ASK,         /* confirmation page */
    LOGOUT_LAND,        /* nothing to end: redirect to ret->landing */
    LOGOUT_HANDLE       /* an app host ended it already: continue upstream */
};

struct logout_plan {
    enum logout_next       next;
    const char            *sid;
    const char            *landing;     /* checked, state added; or NULL */
    const struct client   *client;      /* or NULL */
    const char            *handle_sid;  /* LOGOUT_HANDLE */
};

/* sso: the browser's live session or NULL. AB_E_…: error page. */
enum ab_err logout_plan(struct ctx *c, const struct realm *realm,
    const struct ab_param *params, size_t n, const struct session *sso,
    struct logout_plan *ret_plan);

/* A POST with refresh_token: client authentication, then the end of that
 * session, gone or not. The answer is 204 without body, or an error as the
 * token endpoint gives it. */
enum ab_err logout_refresh(struct ctx *c, const struct token_request *in,
    struct token_answer *ret);

/* The one-time handle an app host's logout carries (kind "logout"). */
enum ab_err logout_handle_put(struct ctx *c, const char *sid,
    const char *landing, char ret_handle[44]);

#endif
