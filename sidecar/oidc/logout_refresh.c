/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * logout_refresh.c - the back-channel logout of old adapters: a refresh
 * token posted to the logout endpoint (tokens.md 6.5).
 */
#include "logout.h"

#include "grant_int.h"
#include "token/refresh_token.h"

#include <string.h>


static enum ab_err
end_session(struct grant *g)
{
    const char            *text = grant_param(g, "refresh_token");
    struct refresh_token   token;
    enum ab_err            e;

    if (text == NULL) {
        return ctx_nomem(g->c);
    }
    e = refresh_token_read(g->c, g->in->realm, text, &token);
    if (e != AB_OK) {
        return ab_err_row(e)->status < 500
               ? grant_invalid(g, "Invalid refresh token", e) : e;
    }
    if (strcmp(token.client_id, g->client->client_id) != 0) {
        return grant_invalid(g, "Invalid refresh token. Token client and "
                             "authorized client don't match",
                             AB_E_CODE_OTHER);
    }
    e = session_end(g->c, g->in->realm, token.sid, NULL,
                    g->client->client_id);
    if (e == AB_OK) {
        g->out->status = 204;
    }
    return e;
}


enum ab_err
logout_refresh(struct ctx *c, const struct token_request *in,
    struct token_answer *ret)
{
    struct grant  g = { .c = c, .in = in, .out = ret };
    enum ab_err   e;

    memset(ret, 0, sizeof(*ret));
    e = grant_client_checks(&g);
    return e == AB_OK && ret->status == 0 ? end_session(&g) : e;
}
