/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * grant.h - the token endpoint's logic: client authentication, then the row
 * of the grant table.
 */
#ifndef OIDC_GRANT_H
#define OIDC_GRANT_H

#include "ab_form.h"
#include "model/session.h"

/* What came to the token endpoint. */
struct token_request {
    const struct realm     *realm;
    const struct ab_param  *form;
    size_t                  n_form;
    const char             *authorization;  /* header, or NULL */
    const char             *origin;         /* header, or NULL */
    const char             *ip;             /* of the caller, or NULL */
};

/* status and body of the answer: tokens, or error and error_description.
 * Always AB_OK unless c->f says the store failed. allow_origin: the origin
 * to echo in CORS headers, NULL for none. */
struct token_answer {
    int          status;
    json_t      *body;          /* owned by c */
    const char  *allow_origin;
    const char  *reason;        /* stable word for the log, NULL when fine */
};
enum ab_err grant_post(struct ctx *c, const struct token_request *in,
    struct token_answer *ret);

/* Client authentication, shared by token, logout … On failure the answer is
 * filled and an error returned. */
enum ab_err client_auth(struct ctx *c, const struct token_request *in,
    const struct client **ret_client, struct token_answer *ret);

/*
 * grant_code: the one function behind the code grant and LOGIN_COMPLETE.
 * Checks code, client, redirect_uri and verifier (each failure spends the
 * code; a used code ends its client session when `end_on_reuse`).
 */
struct grant_code_in {
    const struct realm   *realm;
    const struct client  *client;
    const char           *code, *redirect_uri, *verifier;
    bool                  end_on_reuse;     /* false at the edge */
};
struct grant_code_out {
    const struct session  *session;
    const struct code     *code;
    const struct user     *user;
};
/* Everything but spending it on success; AB_E_CODE_…, AB_E_USER_…,
 * AB_E_REDIRECT_URI, AB_E_GRANT_CLIENT, AB_E_CLIENT_DISABLED,
 * AB_E_REALM_DISABLED. c->f.detail is the text a client
 * may be told. */
enum ab_err grant_code_check(struct ctx *c, const struct grant_code_in *in,
    struct grant_code_out *ret);

#endif
