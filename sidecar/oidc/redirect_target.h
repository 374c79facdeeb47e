/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * redirect_target.h - where an authorization answer goes.
 *
 * The one function through which every redirect source of the authorization
 * endpoint passes (T-RD5).
 */
#ifndef OIDC_REDIRECT_TARGET_H
#define OIDC_REDIRECT_TARGET_H

#include "oidc/params.h"

/* The request's redirect_uri when it is the client's, or the client's only
 * one when a pure OAuth 2 request names none. Lives in c.
 * AB_E_REDIRECT_URI. */
enum ab_err redirect_target(struct ctx *c, const struct client *client,
    const struct auth_params *p, const char **ret_uri);
/* The same for a bare text from elsewhere (client_data). */
enum ab_err redirect_target_check(struct ctx *c, const struct client *client,
    const char *uri);
/* Does the blank-separated text hold `openid`. */
bool scope_has_openid(const char *scope);

#endif
