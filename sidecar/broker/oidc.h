/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * oidc.h - the inside of the OpenID Connect provider: settings, and the steps
 * between its files.
 */
#ifndef BROKER_OIDC_H
#define BROKER_OIDC_H

#include "ab_jws.h"
#include "broker/provider.h"

struct http_reply;      /* net/http.h */

/* What the kinds `oidc` and `keycloak-oidc` differ in. */
struct oidc_flavour {
    const char  *provider_id;
    const char  *form_name, *form_value;    /* extra in the token request */
    bool         access_token_is_jwt;       /* whatever the settings say */
};

/* Settings of one provider, complete: from its config, and from discovery
 * where the config leaves something open. Strings live in c. */
struct oidc_settings {
    const struct realm         *realm;
    const struct idp           *idp;
    const struct oidc_flavour  *flavour;
    const char   *client_id;
    const char   *authorization, *token;
    const char   *userinfo, *logout;        /* NULL: has none */
    const char   *jwks;                     /* NULL: public_key counts */
    const char   *public_key, *public_kid;
    const char  **issuers;                  /* n_issuers >= 1 */
    size_t        n_issuers;
    const char   *pkce;                     /* "S256", "plain" or NULL */
    bool          iss_is_advertised;        /* RFC 9207 section 3 */
    bool          basic_is_default;         /* client_secret_basic */
    bool          access_token_is_jwt;
    int64_t       skew_s;                   /* on nbf and iat */
};

/* AB_E_IDP_CONFIG: cannot work; errors of discovery. */
enum ab_err oidc_settings_load(struct ctx *c, const struct realm *realm,
    const struct idp *idp, struct oidc_settings *ret_s);
bool oidc_issuer_is_known(const struct oidc_settings *s,
    struct ab_slice issuer);

/* Client notes between begin and finish. */
#define OIDC_NOTE_NONCE     "BROKER_NONCE"
#define OIDC_NOTE_VERIFIER  "BROKER_CODE_CHALLENGE"
#define OIDC_NOTE_TIME      "BROKER_TIME"       /* when the browser left */

/* The operations of both rows of the provider table. */
enum ab_err oidc_begin(struct ctx *c, const struct provider_begin *in,
    const char **ret_url);
enum ab_err oidc_finish(struct ctx *c, const struct provider_finish *in,
    struct brokered *ret_b);
enum ab_err oidc_logout(struct ctx *c, const struct realm *realm,
    const struct idp *idp, const char *sid, const char *id_token,
    const char **ret_url);

/* A token response, checked in form. Texts live in c. */
struct oidc_tokens {
    struct ab_slice  access_token, id_token;
    const char      *session_state;         /* NULL when not said */
    int64_t          expires_in;            /* 0: not said */
};
enum ab_err oidc_redeem(struct ctx *c, const struct oidc_settings *s,
    const char *redirect_uri, const char *code, const char *verifier,
    struct oidc_tokens *ret_tokens);
/* AB_E_IDP_ERROR: no success; AB_E_IDP_REPLY: malformed. */
enum ab_err oidc_tokens_read(struct ctx *c, const struct http_reply *reply,
    struct oidc_tokens *ret_tokens);

/* Everything an ID token is compared with. */
struct oidc_expected {
    const struct oidc_settings  *s;
    struct ab_slice  access_token, code;    /* at_hash, c_hash */
    const char      *nonce;                 /* NULL: none was sent */
    int64_t          max_age_s;             /* -1: not asked for */
    int64_t          began;                 /* when the browser left */
    int64_t          now;
};
/* Signature and claims. AB_E_IDP_REPLY with the failed check's name,
 * AB_E_IDP_ISSUER, AB_E_TOKEN_NONCE, errors of the keys. *ret_claims lives
 * in c. */
enum ab_err oidc_id_token(struct ctx *c, const struct oidc_expected *e,
    struct ab_slice token, const json_t **ret_claims);
/* The same for an access token that is a JWT: no audience, same subject. */
enum ab_err oidc_access_token(struct ctx *c, const struct oidc_expected *e,
    struct ab_slice token, struct ab_slice sub, const json_t **ret_claims);
/* Signature and form of a JWS of the provider's. `what` names it in the
 * detail. */
enum ab_err oidc_verify(struct ctx *c, const struct oidc_settings *s,
    const char *what, struct ab_slice token, struct ab_jws *ret_jws,
    const json_t **ret_claims);

/* Ask userinfo; *ret_claims has the same sub. AB_E_IDP_SUBJECT otherwise. */
enum ab_err oidc_userinfo(struct ctx *c, const struct oidc_settings *s,
    struct ab_slice access_token, struct ab_slice sub,
    const json_t **ret_claims);

/* What was proven, as one value; userinfo and access_token may be NULL. */
struct oidc_proven {
    const json_t              *id_token, *userinfo, *access_token;
    const struct oidc_tokens  *tokens;
};
/* AB_E_IDP_REPLY: a claim of a wrong type or shape; AB_E_IDP_CLAIM: the
 * essential claim. */
enum ab_err oidc_identity(struct ctx *c, const struct oidc_settings *s,
    const struct oidc_proven *p, struct brokered *ret_b);

/* AB_OK when filteredByClaim is off or the ID token's claim fits. */
enum ab_err oidc_essential_claim(struct ctx *c, const struct idp *idp,
    const json_t *id_token);

#endif
