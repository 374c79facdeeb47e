/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * claims.h - mapper claims of a token: scopes, roles, protocol mappers.
 */
#ifndef OIDC_CLAIMS_H
#define OIDC_CLAIMS_H

#include "model/scope.h"
#include "model/session.h"

enum claims_target { CLAIMS_ACCESS, CLAIMS_ID, CLAIMS_USERINFO,
                     CLAIMS_INTROSPECTION,
                     CLAIMS_RESPONSE    /* beside access_token */ };

/* Who and what for; session NULL for transient ones. */
struct claims_in {
    const struct realm    *realm;
    const struct client   *client;
    const struct user     *user;
    const struct session  *session;
    const char            *scope;       /* granted names, blank-separated */
    const char            *acr;
    const char            *nonce;       /* for the mapper that asks for it */
    int64_t                auth_time;   /* 0: left out */
    const json_t          *notes;       /* of a transient session, or NULL */
};

/* The scope names a request gets: the client's defaults plus optional ones
 * asked for. AB_E_INVALID_SCOPE for an unknown or unassigned name. Result:
 * all names, `openid` first when asked for. */
enum ab_err scope_grant(struct ctx *c, const struct realm *realm,
    const struct client *client, const char *asked, const char **ret_scope);
/* What the token's and answer's `scope` member says. */
enum ab_err scope_visible(struct ctx *c, const struct realm *realm,
    const char *scope, const char **ret_scope);

/* Roles of a token: the user's, narrowed by full scope, role mappers not
 * yet applied. */
enum ab_err claims_roles(struct ctx *c, const struct claims_in *in,
    struct role_set *ret_roles);
/* Run the mappers; new reference owned by c. */
enum ab_err claims_build(struct ctx *c, const struct claims_in *in,
    enum claims_target target, json_t **ret_claims);

#endif
