/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client.h - a client of a realm, typed, over its Keycloak document.
 */
#ifndef MODEL_CLIENT_H
#define MODEL_CLIENT_H

#include "model/realm.h"

struct text_list {
    size_t        n;
    const char  **v;
};

struct client {
    const char        *id;              /* UUID */
    const char        *client_id;
    const char        *name;            /* NULL when absent, as the next two */
    const char        *base_url;        /* http or https, absolute */
    const char        *root_url;
    const char        *protocol;
    const char        *authenticator;   /* clientAuthenticatorType */
    const char        *secret;          /* opened; NULL when it has none */
    bool               enabled, is_public, bearer_only;
    bool               standard_flow, implicit_flow, direct_access;
    bool               service_accounts, full_scope, consent_required;
    bool               frontchannel_logout;
    struct text_list   redirect_uris;   /* absolute, longest first */
    struct text_list   web_origins;
    struct text_list   default_scopes, optional_scopes;     /* names */
    int64_t            not_before;
    const json_t      *mappers;         /* protocolMappers, array or NULL */
    const json_t      *doc;
};

/* AB_E_CLIENT_ABSENT. A disabled client is found. */
enum ab_err client_by_client_id(struct ctx *c, const struct realm *realm,
    const char *client_id, const struct client **ret_client);
enum ab_err client_by_id(struct ctx *c, const struct realm *realm,
    const char *id, const struct client **ret_client);

/* One of `attributes` as text; NULL when absent. */
const char *client_attribute(const struct client *client, const char *name);
bool client_attribute_true(const struct client *client, const char *name);
/* Attribute as a positive number, else fallback. */
int64_t client_attribute_number(const struct client *client,
    const char *name, int64_t fallback);

/* Redirect URI rules of tokens.md 2.7: AB_OK or AB_E_REDIRECT_URI. */
enum ab_err client_redirect_ok(const struct client *client, const char *uri);
/* The post-logout list. */
enum ab_err client_post_logout_ok(const struct client *client,
    const char *uri);
/* Origin allowed by webOrigins ("+", "*" and texts). */
bool client_origin_ok(const struct client *client, const char *origin);

#endif
