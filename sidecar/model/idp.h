/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * idp.h - an identity provider of a realm, typed, over its document.
 */
#ifndef MODEL_IDP_H
#define MODEL_IDP_H

#include "model/realm.h"

struct idp {
    const char    *id;              /* internalId */
    const char    *alias;
    const char    *provider_id;     /* "oidc", "keycloak-oidc" … */
    const char    *display_name;    /* falls back to the alias */
    bool           enabled, trust_email, store_token, add_read_token_role;
    bool           link_only, hide_on_login;
    const char    *first_flow, *post_flow;      /* NULL: realm's / none */
    const json_t  *config;          /* object of texts; client secret opened */
    const json_t  *doc;
};

/* AB_E_IDP_ABSENT. A disabled one is found. */
enum ab_err idp_by_alias(struct ctx *c, const struct realm *realm,
    const char *alias, const struct idp **ret_idp);
/* What the login page lists: enabled, not linkOnly, not hidden, able to sign
 * people in; by guiOrder (numeric, missing last = 10000), then alias. Only
 * id, alias, provider_id and display_name are filled (config and doc NULL):
 * the list is one cached entity, also with 10,000 of them. */
struct idp_list {
    size_t             n;
    const struct idp **v;
};
enum ab_err idp_shown(struct ctx *c, const struct realm *realm,
    const struct idp_list **ret_list);

/* Its mappers as they were imported: array, empty when it has none. */
enum ab_err idp_mappers(struct ctx *c, const struct realm *realm,
    const struct idp *idp, const json_t **ret_mappers);

/* A config value; NULL when absent or empty. */
const char *idp_config(const struct idp *idp, const char *key);
/* "true" in any case. */
bool idp_config_true(const struct idp *idp, const char *key);
bool idp_config_default_true(const struct idp *idp, const char *key);

#endif
