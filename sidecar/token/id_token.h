/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * id_token.h - our ID tokens: fixed claims around what the mappers made
 * (tokens.md 4.2).
 */
#ifndef TOKEN_ID_TOKEN_H
#define TOKEN_ID_TOKEN_H

#include "model/client.h"
#include "token/sign.h"

struct id_token {
    const struct client  *client;       /* aud and azp; alg by attribute */
    const char           *sid;
    const char           *sub;          /* user id; a mapper's sub wins */
    const char           *nonce;        /* NULL: none (also after a refresh) */
    const char           *access_token; /* at_hash; NULL: none */
    const char           *code;         /* c_hash, front channel; or NULL */
    const char           *state;        /* s_hash, front channel; or NULL */
    int64_t               iat, exp;     /* exp as the access token's */
    /* Mapper claims (auth_time, acr, profile …); an aud among them is added
     * to the client's, other fixed claims cannot be replaced. */
    const json_t         *claims;
};

enum ab_err id_token_make(struct ctx *c, const struct realm *realm,
    const struct id_token *in, const char **ret_token);

/* An id_token_hint: one of our ID tokens, any age. Claims live in c. */
enum ab_err id_token_hint_read(struct ctx *c, const struct realm *realm,
    const char *token, const json_t **ret_claims);

#endif
