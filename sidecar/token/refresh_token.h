/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * refresh_token.h - our refresh tokens: HS512 under the realm's HMAC key,
 * read by nobody else (tokens.md 4.3).
 */
#ifndef TOKEN_REFRESH_TOKEN_H
#define TOKEN_REFRESH_TOKEN_H

#include "model/client.h"
#include "model/session.h"
#include "token/sign.h"

struct refresh_token {
    const char    *client_id;       /* azp */
    const char    *sid, *sub;
    const char    *scope;           /* all scope names, hidden ones too */
    const char    *jti;
    const char    *reuse_id;        /* NULL: none */
    int64_t        iat, exp;
};

/* in->jti and in->reuse_id are taken from cs (refresh_jti, reuse_id): the
 * session knows which token of a chain may come next. aud_x: the access
 * token's aud or NULL. */
enum ab_err refresh_token_make(struct ctx *c, const struct realm *realm,
    const struct refresh_token *in, const struct client_session *cs,
    const json_t *aud_x, const char **ret_token);

/*
 * Check and take apart. Strings live in c. AB_E_TOKEN_EXPIRED ("Token is not
 * active"); AB_E_TOKEN_ISSUER; anything else AB_E_TOKEN_… ("Invalid refresh
 * token"): other realm, an access or ID token, a bad signature.
 */
enum ab_err refresh_token_read(struct ctx *c, const struct realm *realm,
    const char *token, struct refresh_token *ret_token);

/* min(client session idle end, its max end, session's max end) for one
 * issued at iat (tokens.md 3.3). */
int64_t refresh_token_exp(const struct session *s,
    const struct client_session *cs, int64_t iat);

#endif
