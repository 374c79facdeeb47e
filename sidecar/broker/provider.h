/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * provider.h - one kind of identity provider as a struct of functions.
 *
 * Rows of provider_table.c. Nothing upstream-specific leaves this room but a
 * struct brokered.
 */
#ifndef BROKER_PROVIDER_H
#define BROKER_PROVIDER_H

#include "ab_form.h"
#include "model/auth_session.h"
#include "model/idp.h"
#include "model/user.h"

/* Who signed in upstream, whatever the protocol. Texts live in c; NULL where
 * the provider said nothing. */
struct brokered {
    const char  *alias;
    const char  *idp_id;            /* internalId of that provider */
    const char  *id;                /* external subject; never NULL */
    const char  *username;          /* at the provider */
    const char  *local_username;    /* by a mapper (target LOCAL), or NULL */
    const char  *email, *first_name, *last_name;
    int          email_verified;    /* 1, 0, or -1: not said */
    const char  *broker_user;       /* "alias.id" */
    const char  *broker_sid;        /* "alias.sid", or NULL */
    const char  *id_token;          /* for logout; kept only sealed */
    int64_t      auth_time;         /* 0: not said */
    json_t      *attributes;        /* object of arrays, set by mappers */
    json_t      *claims;            /* ID token, userinfo … by name, for
                                       mappers; NULL after the callback */
    json_t      *notes;             /* user session notes, object of texts */
};

struct provider_begin {
    const struct realm  *realm;
    const struct idp    *idp;
    const struct client *client;
    struct auth_tab     *tab;       /* client notes are read and written */
    const char          *state;
    const char          *redirect_uri;  /* BRK/{alias}/endpoint */
};

struct provider_finish {
    const struct realm     *realm;
    const struct idp       *idp;
    struct auth_tab        *tab;
    const char             *redirect_uri;
    const struct ab_param  *params;     /* of the callback, decoded */
    size_t                  n_params;
};

struct provider_ops {
    const char   *provider_id;
    const char   *name;             /* "OpenID Connect v1.0" */
    /* URL to send the browser to. AB_E_IDP_CONFIG. */
    enum ab_err (*begin)(struct ctx *c, const struct provider_begin *in,
                         const char **ret_url);
    /* Redeem and validate everything. AB_E_IDP_…, AB_E_TOKEN_… */
    enum ab_err (*finish)(struct ctx *c, const struct provider_finish *in,
                          struct brokered *ret_b);
    /* Front-channel logout URL for a session that ended; *ret_url NULL when
     * the provider has none. */
    enum ab_err (*logout)(struct ctx *c, const struct realm *realm,
                          const struct idp *idp, const char *sid,
                          const char *id_token, const char **ret_url);
};

/* NULL: not a kind we have. */
const struct provider_ops *provider_find(const char *provider_id);

#endif
