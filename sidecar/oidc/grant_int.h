/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * grant_int.h - what the grants share.
 */
#ifndef OIDC_GRANT_INT_H
#define OIDC_GRANT_INT_H

#include "oidc/grant.h"

/* One request at the token endpoint, after client authentication. */
struct grant {
    struct ctx                  *c;
    const struct token_request  *in;
    const struct client         *client;
    struct token_answer         *out;
};

/* A form value as text in c; NULL when absent (an empty one is ""). No
 * memory: NULL with c->f set. */
const char *grant_param(const struct grant *g, const char *name);

/* Fill an error answer; always AB_OK. description NULL: none. reason: the
 * row whose word is logged. */
enum ab_err grant_refuse(struct token_answer *out, struct ctx *c, int status,
    const char *error, const char *description, enum ab_err reason);
/* 400 invalid_grant. */
enum ab_err grant_invalid(const struct grant *g, const char *description,
    enum ab_err reason);

/* Client authentication, origin, repeated parameters. After a refusal
 * g->out->status is set; the return is then AB_OK. */
enum ab_err grant_client_checks(struct grant *g);

/* The scope parameter; one longer than is read counts as absent. */
const char *grant_scope_param(const struct grant *g);
/* scope parameter: granted names, or an answer "Invalid scopes: …" and
 * *ret_scope NULL. Errors are the store's. */
enum ab_err grant_scope(const struct grant *g, const char *asked,
    const char **ret_scope);

/* What a token answer is made of. session and cs NULL: transient, no refresh
 * token. */
struct grant_tokens {
    const char                   *kind;         /* "ac", "rt", "ro", "cc" */
    const struct user            *user;
    const struct session         *session;
    const struct client_session  *cs;
    const char                   *scope;        /* of access and ID token */
    const char                   *kept_scope;   /* of the refresh token, and
                                                   whether openid was asked */
    const char                   *nonce;
    const char                   *acr;
    int64_t                       auth_time;    /* 0: left out */
    const json_t                 *notes;        /* of a session that is none,
                                                   or is opened here */
};
/* A session of its own for t->user, without a browser: sets t->session and
 * t->cs. */
enum ab_err grant_open_session(const struct grant *g,
    struct grant_tokens *t);
enum ab_err grant_answer(const struct grant *g,
    const struct grant_tokens *t);

/* Rows of the grant table. */
enum ab_err grant_code(struct grant *g);
enum ab_err grant_refresh(struct grant *g);
enum ab_err grant_password(struct grant *g);
enum ab_err grant_client(struct grant *g);

#endif
