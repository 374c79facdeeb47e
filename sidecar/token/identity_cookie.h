/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * identity_cookie.h - the value of KEYCLOAK_IDENTITY: an HS512 JWT of typ
 * Serialized-ID (tokens.md 2.6, flows.md 6.2), bound to one browser.
 */
#ifndef TOKEN_IDENTITY_COOKIE_H
#define TOKEN_IDENTITY_COOKIE_H

#include "token/sign.h"

struct identity_cookie {
    const char  *user_id;           /* sub */
    const char  *sid;
    const char  *state_checker;
    int64_t      iat, exp;          /* exp = iat + the realm's SSO max */
};

/* browser: hash of __Host-ab-browser, NULL where there is none (plain http);
 * it becomes the claim "bwr". */
enum ab_err identity_cookie_make(struct ctx *c, const struct realm *realm,
    const struct identity_cookie *in, const char *browser,
    const char **ret_value);

/* AB_E_TOKEN_…; AB_E_TOKEN_BOUND when it belongs to another browser (a claim
 * without a browser or a browser without the claim counts as another).
 * Strings live in c. The session is the caller's to load. */
enum ab_err identity_cookie_read(struct ctx *c, const struct realm *realm,
    const char *value, const char *browser,
    struct identity_cookie *ret_cookie);

#endif
