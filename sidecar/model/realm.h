/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * realm.h - a realm's settings, typed, over its Keycloak document.
 */
#ifndef MODEL_REALM_H
#define MODEL_REALM_H

#include "base/ctx.h"

#include <jansson.h>

enum ssl_required { SSL_NONE, SSL_EXTERNAL, SSL_ALL };

/* Times in seconds, as Keycloak names and defaults them. */
struct realm {
    const char        *id;              /* immutable, UUID or what the file said */
    const char        *name;
    const char        *display_name;    /* falls back to name */
    bool               enabled;
    enum ssl_required  ssl_required;
    bool               login_with_email, duplicate_emails;
    bool               email_as_username, remember_me;
    bool               revoke_refresh_token;
    int64_t            refresh_max_reuse;
    int64_t            access_token_lifespan;
    int64_t            access_code_lifespan;
    int64_t            login_lifespan;          /* accessCodeLifespanLogin */
    int64_t            action_lifespan;         /* …UserAction */
    int64_t            sso_idle, sso_max, sso_idle_remember, sso_max_remember;
    int64_t            client_idle, client_max; /* 0: as the SSO session */
    int64_t            not_before;
    const char        *browser_flow, *direct_grant_flow, *first_broker_flow;
    const char        *signature_alg;           /* defaultSignatureAlgorithm or "RS256" */
    const char        *default_role_id;         /* NULL when the file has none */
    uint64_t           epoch;                   /* bumped by each change */
    const json_t      *doc;
};

/* AB_E_REALM_ABSENT. A disabled realm is found; callers look at enabled. */
enum ab_err realm_by_name(struct ctx *c, const char *name,
    const struct realm **ret_realm);
enum ab_err realm_by_id(struct ctx *c, const char *id,
    const struct realm **ret_realm);

/* Every realm: pairs of name and id, in c. */
struct realm_name {
    const char  *name;
    const char  *id;
};
enum ab_err realm_list(struct ctx *c, struct realm_name **ret_list,
    size_t *ret_n);

/* "BASE/realms/NAME" with c->base, in c; NULL: no memory. */
const char *realm_issuer(struct ctx *c, const struct realm *realm);
/* issuer + "/protocol/openid-connect" + tail. */
const char *realm_oidc_url(struct ctx *c, const struct realm *realm,
    const char *tail);

#endif
