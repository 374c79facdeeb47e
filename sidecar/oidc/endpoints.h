/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * endpoints.h - answers of the small endpoints as JSON.
 */
#ifndef OIDC_ENDPOINTS_H
#define OIDC_ENDPOINTS_H

#include "oidc/grant.h"

/* {iss}/.well-known/openid-configuration (tokens.md 1.1): only what this
 * build serves is advertised. New references owned by c. */
enum ab_err discovery_document(struct ctx *c, const struct realm *realm,
    json_t **ret_doc);
/* {iss} itself (tokens.md 1.2). */
enum ab_err realm_info(struct ctx *c, const struct realm *realm,
    json_t **ret_doc);

/* Userinfo: status 200 with body, and instead of it jwt where the client
 * wants it signed; or an error for WWW-Authenticate. */
struct userinfo_answer {
    int          status;
    json_t      *body;
    const char  *jwt;
    const char  *error, *description;   /* NULL: bare challenge */
    const char  *reason;                /* stable word for the log */
    const char  *allow_origin;
};
enum ab_err userinfo_get(struct ctx *c, const struct realm *realm,
    const char *token, const char *origin, struct userinfo_answer *ret);

#endif
