/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * oidc_settings.c - the settings of an OpenID Connect provider.
 *
 * Explicit values win; discovery fills what is open and is not asked when
 * nothing is. There is no setting under which a token counts unverified: with
 * validateSignature=false the issuer's own keys are used all the same.
 */
#include "oidc.h"

#include "comma_list.h"
#include "discovery.h"

#include "ab_limits.h"
#include "ab_time.h"
#include "ab_uri.h"
#include "model/doc.h"

#define ISSUERS_MAX  32
#define WELL_KNOWN   "/.well-known/openid-configuration"

static const struct oidc_flavour  flavours[] = {
    { "oidc",          NULL,                   NULL,  false },
    { "keycloak-oidc", "client_session_state", "n/a", true  },
};

static enum ab_err settings_basics(struct ctx *c, struct oidc_settings *s);
static enum ab_err settings_issuers(struct ctx *c, struct oidc_settings *s);
static void settings_keys(struct oidc_settings *s);
static enum ab_err settings_pkce(struct ctx *c, struct oidc_settings *s);
static enum ab_err settings_discover(struct ctx *c, struct oidc_settings *s);
static void settings_fill(struct oidc_settings *s, const json_t *metadata);
static bool is_basic_only(const json_t *metadata);
static enum ab_err settings_check(struct ctx *c,
    const struct oidc_settings *s);
static bool is_complete(const struct oidc_settings *s);
static const char *discovery_url(struct ctx *c,
    const struct oidc_settings *s);
static int64_t skew(const struct idp *idp);


enum ab_err
oidc_settings_load(struct ctx *c, const struct realm *realm,
    const struct idp *idp, struct oidc_settings *ret_s)
{
    struct oidc_settings  s = { .realm = realm, .idp = idp };
    enum ab_err           err;

    err = settings_basics(c, &s);
    if (err == AB_OK) {
        err = settings_issuers(c, &s);
    }
    if (err == AB_OK && !is_complete(&s)) {
        err = settings_discover(c, &s);
    }
    if (err == AB_OK) {
        err = settings_check(c, &s);
    }
    if (err == AB_OK) {
        *ret_s = s;
    }
    return err;
}


bool
oidc_issuer_is_known(const struct oidc_settings *s, struct ab_slice issuer)
{
    size_t  i;

    for (i = 0; i < s->n_issuers; i++) {
        if (ab_slice_eq_str(issuer, s->issuers[i])) {
            return true;
        }
    }
    return false;
}


static enum ab_err
settings_basics(struct ctx *c, struct oidc_settings *s)
{
    const struct idp  *idp = s->idp;
    size_t             i;

    for (i = 0; i < sizeof(flavours) / sizeof(flavours[0]); i++) {
        if (strcmp(idp->provider_id, flavours[i].provider_id) == 0) {
            s->flavour = &flavours[i];
        }
    }
    s->client_id = idp_config(idp, "clientId");
    if (s->flavour == NULL || s->client_id == NULL) {
        return ctx_fail(c, AB_E_IDP_CONFIG, "clientId of '%.64s'",
                        idp->alias);
    }
    s->authorization = idp_config(idp, "authorizationUrl");
    s->token = idp_config(idp, "tokenUrl");
    s->userinfo = idp_config(idp, "userInfoUrl");
    s->logout = idp_config(idp, "logoutUrl");
    s->access_token_is_jwt = s->flavour->access_token_is_jwt
                             || idp_config_true(idp, "isAccessTokenJWT");
    s->skew_s = skew(idp);
    settings_keys(s);
    return settings_pkce(c, s);
}


/* useJwksUrl chooses (broker.md 14.1); where only one of both is there, that
 * one. */
static void
settings_keys(struct oidc_settings *s)
{
    const char  *pem = idp_config(s->idp, "publicKeySignatureVerifier");
    const char  *url = idp_config(s->idp, "jwksUrl");

    if (pem != NULL && (url == NULL
                        || !idp_config_true(s->idp, "useJwksUrl")))
    {
        s->public_key = pem;
        s->public_kid = idp_config(s->idp,
                                   "publicKeySignatureVerifierKeyId");
        return;
    }
    s->jwks = url;
}


static enum ab_err
settings_pkce(struct ctx *c, struct oidc_settings *s)
{
    const char  *method = idp_config(s->idp, "pkceMethod");

    if (!idp_config_true(s->idp, "pkceEnabled")) {
        return AB_OK;
    }
    if (method == NULL || (strcmp(method, "S256") != 0
                           && strcmp(method, "plain") != 0))
    {
        return ctx_fail(c, AB_E_IDP_CONFIG, "pkceMethod of '%.64s'",
                        s->idp->alias);
    }
    s->pkce = method;
    return AB_OK;
}


static enum ab_err
settings_issuers(struct ctx *c, struct oidc_settings *s)
{
    struct ab_slice  rest = ab_slice_str(idp_config(s->idp, "issuer"));
    struct ab_slice  piece;

    s->issuers = arena_array(c->a, ISSUERS_MAX, sizeof(*s->issuers));
    if (s->issuers == NULL) {
        return ctx_nomem(c);
    }
    while (comma_list_next(&rest, &piece)) {
        if (s->n_issuers == ISSUERS_MAX) {
            return ctx_fail(c, AB_E_IDP_CONFIG, "too many issuers");
        }
        s->issuers[s->n_issuers] = arena_dup(c->a, piece);
        if (s->issuers[s->n_issuers++] == NULL) {
            return ctx_nomem(c);
        }
    }
    return AB_OK;
}


static bool
is_complete(const struct oidc_settings *s)
{
    return s->authorization != NULL && s->token != NULL && s->n_issuers > 0
           && (s->jwks != NULL || s->public_key != NULL);
}


static enum ab_err
settings_discover(struct ctx *c, struct oidc_settings *s)
{
    const char     *url = discovery_url(c, s);
    const json_t   *metadata;
    enum ab_err     err;

    if (url == NULL) {
        return c->f.code != AB_OK ? c->f.code
               : ctx_fail(c, AB_E_IDP_CONFIG, "'%.64s' lacks an endpoint, "
                          "its issuer or keys, and has no address to find "
                          "them at", s->idp->alias);
    }
    err = discovery_get(c, s->realm, s->idp, url, s->issuers, s->n_issuers,
                        &metadata);
    if (err == AB_OK) {
        settings_fill(s, metadata);
    }
    return err;
}


/* NULL: none, or no memory (recorded). */
static const char *
discovery_url(struct ctx *c, const struct oidc_settings *s)
{
    const char  *url = idp_config(s->idp, "discoveryEndpoint");
    const char  *issuer;
    size_t       n;

    if (url == NULL) {
        url = idp_config(s->idp, "metadataDescriptorUrl");
    }
    if (url != NULL || s->n_issuers != 1) {
        return url;
    }
    issuer = s->issuers[0];
    n = strlen(issuer);
    n -= issuer[n - 1] == '/';
    url = arena_printf(c->a, "%.*s" WELL_KNOWN, (int) n, issuer);
    if (url == NULL) {
        (void) ctx_nomem(c);
    }
    return url;
}


static void
settings_fill(struct oidc_settings *s, const json_t *metadata)
{
    const struct {
        const char  **to;
        const char   *name;
    } rows[] = {
        { &s->authorization, "authorization_endpoint" },
        { &s->token,         "token_endpoint" },
        { &s->userinfo,      "userinfo_endpoint" },
        { &s->logout,        "end_session_endpoint" },
        { &s->jwks,          "jwks_uri" },
    };
    size_t  i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (*rows[i].to == NULL
            && !(rows[i].to == &s->jwks && s->public_key != NULL))
        {
            *rows[i].to = doc_filled(metadata, rows[i].name);
        }
    }
    if (s->n_issuers == 0) {
        s->issuers[s->n_issuers++] = doc_filled(metadata, "issuer");
    }
    s->iss_is_advertised = json_is_true(json_object_get(metadata,
        "authorization_response_iss_parameter_supported"));
    s->basic_is_default = is_basic_only(metadata);
    /* Where nobody said anything of PKCE and the provider offers it, it is
     * used: it costs nothing (RFC 9700 section 2.1.1). */
    if (idp_config(s->idp, "pkceEnabled") == NULL
        && discovery_lists(metadata, "code_challenge_methods_supported",
                           "S256"))
    {
        s->pkce = "S256";
    }
}


/* Basic is what an absent list means (OpenID Connect Discovery section 3). */
static bool
is_basic_only(const json_t *metadata)
{
    static const char  name[] = "token_endpoint_auth_methods_supported";

    return json_object_get(metadata, name) == NULL
           || (discovery_lists(metadata, name, "client_secret_basic")
               && !discovery_lists(metadata, name, "client_secret_post"));
}


static enum ab_err
settings_check(struct ctx *c, const struct oidc_settings *s)
{
    const struct {
        const char  *name, *url;
    } rows[] = {
        { "authorizationUrl", s->authorization },
        { "tokenUrl", s->token },
        { "userInfoUrl", s->userinfo },
        { "jwksUrl", s->jwks },
        { "logoutUrl", s->logout },
    };
    struct ab_uri  u;
    size_t         i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].url != NULL
            && (ab_uri_parse(ab_slice_str(rows[i].url), &u) != AB_OK
                || u.has_userinfo || u.fragment.p != NULL
                || (!u.is_https && s->realm->ssl_required == SSL_ALL)))
        {
            return ctx_fail(c, AB_E_IDP_CONFIG, "%s of '%.64s'",
                            rows[i].name, s->idp->alias);
        }
    }
    return AB_OK;
}


/* Not a number or negative: none (broker.md 2); ours never below
 * AB_SKEW_S, so that ordinary clocks work. */
static int64_t
skew(const struct idp *idp)
{
    const char  *text = idp_config(idp, "allowedClockSkew");
    uint64_t     s;

    if (text == NULL || ab_parse_u64(ab_slice_str(text), &s) != AB_OK
        || s < AB_SKEW_S)
    {
        return AB_SKEW_S;
    }
    return s < AB_MAX_SKEW_S ? (int64_t) s : AB_MAX_SKEW_S;
}
