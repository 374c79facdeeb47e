/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * discovery.c - what this build serves, in the words of OpenID Connect
 * Discovery 1.0 (tokens.md 1.1).
 *
 * Only what works is advertised: a client that believes the document never
 * meets a dead end.
 */
#include "endpoints.h"

#include "ab_base64.h"
#include "acr.h"
#include "model/doc.h"
#include "oidc/claims.h"
#include "token/key.h"

#include <string.h>

/* Endpoints: member, path below …/protocol/openid-connect. */
static const struct {
    const char  *member, *path;
} endpoints[] = {
    { "authorization_endpoint", "/auth" },
    { "token_endpoint", "/token" },
    { "userinfo_endpoint", "/userinfo" },
    { "end_session_endpoint", "/logout" },
    { "jwks_uri", "/certs" },
};

/* Switches. */
static const struct {
    const char  *member;
    bool         value;
} switches[] = {
    { "frontchannel_logout_session_supported", false },
    { "frontchannel_logout_supported", false },
    { "backchannel_logout_supported", false },
    { "backchannel_logout_session_supported", false },
    { "claims_parameter_supported", true },
    { "request_parameter_supported", false },
    { "request_uri_parameter_supported", false },
    { "require_request_uri_registration", false },
    { "require_pushed_authorization_requests", false },
    { "tls_client_certificate_bound_access_tokens", false },
    { "authorization_response_iss_parameter_supported", true },
};

/* Lists of words, blank-separated here. */
#define SIGN_ALGS  "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 " \
                   "EdDSA HS256 HS384 HS512"
static const struct {
    const char  *member, *words;
} lists[] = {
    { "grant_types_supported", "authorization_code client_credentials "
      "password refresh_token" },
    { "response_types_supported", "code none" },
    { "response_modes_supported", "query fragment form_post query.jwt "
      "fragment.jwt form_post.jwt jwt" },
    { "subject_types_supported", "public pairwise" },
    { "prompt_values_supported", "none login" },
    { "id_token_signing_alg_values_supported", SIGN_ALGS },
    { "userinfo_signing_alg_values_supported", SIGN_ALGS " none" },
    { "authorization_signing_alg_values_supported", SIGN_ALGS },
    { "token_endpoint_auth_methods_supported",
      "client_secret_basic client_secret_post" },
    { "claims_supported", "iss sub aud exp iat auth_time name given_name "
      "family_name preferred_username email acr azp nonce" },
    { "claim_types_supported", "normal" },
    { "code_challenge_methods_supported", "plain S256" },
};

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))


static int
put_words(json_t *doc, const char *member, const char *words)
{
    json_t       *list = json_array();
    const char   *at = words, *end;

    while (*at != '\0') {
        end = strchrnul(at, ' ');
        if (json_array_append_new(list, json_stringn(at, (size_t)
                                                     (end - at))) != 0)
        {
            json_decref(list);
            return -1;
        }
        at = *end == '\0' ? end : end + 1;
    }
    return json_object_set_new(doc, member, list);
}


static int
put_tables(json_t *doc)
{
    size_t  i;

    for (i = 0; i < COUNT(switches); i++) {
        if (json_object_set_new(doc, switches[i].member,
                                json_boolean(switches[i].value)) != 0)
        {
            return -1;
        }
    }
    for (i = 0; i < COUNT(lists); i++) {
        if (put_words(doc, lists[i].member, lists[i].words) != 0) {
            return -1;
        }
    }
    return 0;
}


static enum ab_err
put_endpoints(struct ctx *c, const struct realm *realm, json_t *doc)
{
    const char  *iss = realm_issuer(c, realm), *url;
    size_t       i;

    if (iss == NULL || !doc_put(doc, "issuer", iss)) {
        return ctx_nomem(c);
    }
    for (i = 0; i < COUNT(endpoints); i++) {
        url = realm_oidc_url(c, realm, endpoints[i].path);
        if (url == NULL || !doc_put(doc, endpoints[i].member, url)) {
            return ctx_nomem(c);
        }
    }
    return AB_OK;
}


static enum ab_err
put_scopes(struct ctx *c, const struct realm *realm, json_t *doc)
{
    const struct scope_table  *t;
    json_t                    *list = json_array();
    size_t                     i;
    enum ab_err                e = scope_table_get(c, realm, &t);

    if (json_object_set_new(doc, "scopes_supported", list) != 0
        || json_array_append_new(list, json_string("openid")) != 0)
    {
        return ctx_nomem(c);
    }
    for (i = 0; e == AB_OK && i < t->n; i++) {
        if (t->v[i].in_metadata
            && strcmp(t->v[i].protocol, "openid-connect") == 0
            && json_array_append_new(list, json_string(t->v[i].name)) != 0)
        {
            e = ctx_nomem(c);
        }
    }
    return e;
}


/* Names of the realm's map, then the levels a login can reach by number. */
static enum ab_err
put_acr(struct ctx *c, const struct realm *realm, json_t *doc)
{
    json_t       *list = json_array();
    enum ab_err   e;

    if (json_object_set_new(doc, "acr_values_supported", list) != 0) {
        return ctx_nomem(c);
    }
    e = acr_names(c, realm, list);
    if (e == AB_OK
        && (json_array_append_new(list, json_string("0")) != 0
            || json_array_append_new(list, json_string("1")) != 0))
    {
        e = ctx_nomem(c);
    }
    return e;
}


enum ab_err
discovery_document(struct ctx *c, const struct realm *realm,
    json_t **ret_doc)
{
    json_t       *doc = doc_own(c, json_object());
    enum ab_err   e;

    if (doc == NULL) {
        return AB_E_NOMEM;
    }
    e = put_endpoints(c, realm, doc);
    if (e == AB_OK && put_tables(doc) != 0) {
        e = ctx_nomem(c);
    }
    if (e == AB_OK) {
        e = put_scopes(c, realm, doc);
    }
    if (e == AB_OK) {
        e = put_acr(c, realm, doc);
    }
    if (e == AB_OK) {
        *ret_doc = doc;
    }
    return e;
}


/* ---- the realm itself -------------------------------------------------- */

/* The active RSA key, as old adapters read it: DER in base64, no armour. */
static enum ab_err
public_key(struct ctx *c, const struct realm *realm, const char **ret_text)
{
    const struct realm_key  *key;
    char                    *text;
    enum ab_err              e = realm_key_active(c, realm, "RS256", "sig",
                                                  &key);

    *ret_text = NULL;
    if (e == AB_E_TOKEN_KEY) {
        fail_clear(&c->f);
        return AB_OK;               /* a realm may sign with EC keys alone */
    }
    if (e != AB_OK) {
        return e;
    }
    text = arena_alloc(c->a, AB_B64_LEN(key->spki.len) + 1);
    if (text == NULL) {
        return ctx_nomem(c);
    }
    ab_b64_encode(text, key->spki);
    *ret_text = text;
    return AB_OK;
}


enum ab_err
realm_info(struct ctx *c, const struct realm *realm, json_t **ret_doc)
{
    const char   *iss = realm_issuer(c, realm), *oidc, *account, *key;
    enum ab_err   e = public_key(c, realm, &key);

    if (e != AB_OK) {
        return e;
    }
    oidc = realm_oidc_url(c, realm, "");
    account = arena_printf(c->a, "%s/account", iss == NULL ? "" : iss);
    if (iss == NULL || oidc == NULL || account == NULL) {
        return ctx_nomem(c);
    }
    *ret_doc = doc_own(c, json_pack("{s:s, s:s*, s:s, s:s, s:I}",
                                    "realm", realm->name, "public_key", key,
                                    "token-service", oidc,
                                    "account-service", account,
                                    "tokens-not-before",
                                    (json_int_t) realm->not_before));
    return *ret_doc == NULL ? AB_E_NOMEM : AB_OK;
}
