/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * access_token.h - our access tokens: fixed claims around what the mappers
 * made (tokens.md 4.1).
 */
#ifndef TOKEN_ACCESS_TOKEN_H
#define TOKEN_ACCESS_TOKEN_H

#include "model/client.h"
#include "model/session.h"
#include "token/sign.h"

/*
 * What makes the first six characters of jti. session: "on" online, "of"
 * offline, "tr" transient, "nt" online with transient client session; the
 * middle ("rt", "lt") follows from the client's attribute; grant: "ac" code,
 * "rt" refresh, "cc" client_credentials, "ro" password.
 */
struct access_token {
    const struct client  *client;       /* azp; alg and header by attribute */
    const char           *session;      /* two characters, above */
    const char           *grant;        /* two characters, above */
    const char           *sid;          /* NULL: transient session */
    const char           *scope;        /* names shown; "" is written too */
    int64_t               iat, exp;     /* epoch seconds */
    /* Mapper claims: aud, sub, auth_time, acr, realm_access … They cannot
     * replace a fixed one (exp, iat, jti, iss, typ, azp, sid, scope). */
    const json_t         *claims;
};

/* *ret_claims (may be NULL): the whole payload, lives in c. */
enum ab_err access_token_make(struct ctx *c, const struct realm *realm,
    const struct access_token *in, const char **ret_token,
    const json_t **ret_claims);

/* exp of a token issued at iat: client attribute access.token.lifespan, else
 * the realm's; -1 stands for the session's max. Capped by the client
 * session's and the session's end. s and cs NULL: transient, no cap. */
int64_t access_token_exp(const struct realm *realm,
    const struct client *client, const struct session *s,
    const struct client_session *cs, int64_t iat);

/* client.use.lightweight.access.token.enabled. */
bool access_token_is_lightweight(const struct client *client);

/* Algorithm of the client's attribute `name`, else the realm's default. */
const char *token_client_alg(const struct realm *realm,
    const struct client *client, const char *name);

/* One of our access tokens: signature by any enabled key (HMAC ones too),
 * iss, exp, nbf, iat, typ Bearer, header JWT or at+jwt. Facts of sessions,
 * notBefore and marks are the caller's to check. Claims live in c. */
enum ab_err access_token_read(struct ctx *c, const struct realm *realm,
    const char *token, const json_t **ret_claims);

#endif
