/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * realm_fixture.h - a realm imported into a real Redis, for tests of this
 * room and those above.
 *
 *   struct realm_fixture fx;
 *   realm_fixture_start(&fx);       fx.st.c, fx.realm are ready
 *   realm_fixture_renew(&fx);       fresh arena and deadline, realm again
 *   realm_fixture_stop(&fx);
 */
#ifndef OIDC_REALM_FIXTURE_H
#define OIDC_REALM_FIXTURE_H

#include "base/autofree.h"
#include "model/app.h"
#include "model/entity.h"
#include "model/import.h"
#include "oidc/grant.h"
#include "store/store_fixture.h"

#define FIXTURE_BASE  "https://id.example.com"
#define FIXTURE_ISS   FIXTURE_BASE "/realms/acme"

/* A confidential client: name, further members. */
#define FIXTURE_CLIENT(name, more)                                           \
    "{\"clientId\":\"" name "\",\"secret\":\"" name "-secret\","             \
    "\"publicClient\":false,"                                               \
    "\"directAccessGrantsEnabled\":true,\"redirectUris\":[\"https://" name   \
    ".test/*\"],\"webOrigins\":[\"+\"]" more "}"
#define FIXTURE_USER(name, more)                                             \
    "{\"username\":\"" name "\",\"enabled\":true,\"email\":\"" name          \
    "@example.org\",\"emailVerified\":true,\"firstName\":\"" name "\","      \
    "\"lastName\":\"Test\",\"credentials\":[{\"type\":\"password\","         \
    "\"value\":\"" name "-pw\"}],\"realmRoles\":[\"default-roles-acme\"]"     \
    more "}"

static const char  fixture_realm[] =
    "{\"realm\":\"acme\",\"enabled\":true,\"sslRequired\":\"none\","
    "\"displayName\":\"Acme\",\"rememberMe\":true,"
    "\"roles\":{\"realm\":[{\"name\":\"reader\"},{\"name\":\"admin\"},"
    "  {\"name\":\"boss\",\"composite\":true,"
    "   \"composites\":{\"realm\":[\"reader\"]}}],"
    " \"client\":{\"app\":[{\"name\":\"editor\"},{\"name\":\"admin\"}],"
    "  \"narrow\":[{\"name\":\"own\"}]}},"
    "\"groups\":[{\"name\":\"staff\",\"attributes\":{\"floor\":[\"3\"]},"
    "  \"subGroups\":[{\"name\":\"eng\",\"realmRoles\":[\"boss\"]}]}],"
    "\"clients\":["
    FIXTURE_CLIENT("app", "") ","
    FIXTURE_CLIENT("other", "") ","
    FIXTURE_CLIENT("off", ",\"enabled\":false") ","
    FIXTURE_CLIENT("narrow", ",\"fullScopeAllowed\":false") ","
    FIXTURE_CLIENT("light", ",\"attributes\":{"
        "\"client.use.lightweight.access.token.enabled\":\"true\"}") ","
    FIXTURE_CLIENT("quiet", ",\"attributes\":{"
        "\"exclude.issuer.from.auth.response\":\"true\","
        "\"exclude.session.state.from.auth.response\":\"true\"}") ","
    FIXTURE_CLIENT("parked", ",\"attributes\":{"
        "\"require.pushed.authorization.requests\":\"true\"}") ","
    FIXTURE_CLIENT("jwtkind", ",\"clientAuthenticatorType\":\"client-jwt\"")
    ","
    FIXTURE_CLIENT("noref", ",\"attributes\":{"
        "\"use.refresh.tokens\":\"false\"}") ","
    FIXTURE_CLIENT("consenting", ",\"consentRequired\":true") ","
    FIXTURE_CLIENT("worker", ",\"serviceAccountsEnabled\":true") ","
    FIXTURE_CLIENT("implicit", ",\"implicitFlowEnabled\":true,"
        "\"standardFlowEnabled\":false") ","
    FIXTURE_CLIENT("hybrid", ",\"implicitFlowEnabled\":true") ","
    "{\"clientId\":\"pub\",\"publicClient\":true,\"enabled\":true,"
    " \"standardFlowEnabled\":true,\"directAccessGrantsEnabled\":true,"
    " \"redirectUris\":[\"http://localhost/cb\"],"
    " \"attributes\":{\"pkce.code.challenge.method\":\"S256\"}},"
    "{\"clientId\":\"api\",\"bearerOnly\":true,\"enabled\":true},"
    "{\"clientId\":\"sp\",\"protocol\":\"saml\",\"enabled\":true},"
    FIXTURE_CLIENT("mapped", ",\"protocolMappers\":["
    "{\"name\":\"a\",\"protocol\":\"openid-connect\",\"protocolMapper\":"
    "\"oidc-hardcoded-claim-mapper\",\"config\":{\"claim.name\":"
    "\"org.unit.name\",\"claim.value\":\"R&D\",\"jsonType.label\":\"String\","
    "\"access.token.claim\":\"true\",\"id.token.claim\":\"true\"}},"
    "{\"name\":\"b\",\"protocol\":\"openid-connect\",\"protocolMapper\":"
    "\"oidc-hardcoded-claim-mapper\",\"config\":{\"claim.name\":"
    "\"https://ns\\\\.test/x\",\"claim.value\":\"true\",\"jsonType.label\":"
    "\"boolean\",\"access.token.claim\":\"true\"}},"
    "{\"name\":\"c\",\"protocol\":\"openid-connect\",\"protocolMapper\":"
    "\"oidc-hardcoded-claim-mapper\",\"config\":{\"claim.name\":\"iss\","
    "\"claim.value\":\"https://evil\",\"jsonType.label\":\"String\","
    "\"access.token.claim\":\"true\"}},"
    "{\"name\":\"d\",\"protocol\":\"openid-connect\",\"protocolMapper\":"
    "\"oidc-usermodel-attribute-mapper\",\"config\":{\"user.attribute\":"
    "\"floor\",\"claim.name\":\"floor\",\"jsonType.label\":\"int\","
    "\"aggregate.attrs\":\"true\",\"access.token.claim\":\"true\"}},"
    "{\"name\":\"e\",\"protocol\":\"openid-connect\",\"protocolMapper\":"
    "\"oidc-group-membership-mapper\",\"config\":{\"claim.name\":\"groups\","
    "\"full.path\":\"true\",\"access.token.claim\":\"true\"}},"
    "{\"name\":\"f\",\"protocol\":\"openid-connect\",\"protocolMapper\":"
    "\"oidc-hardcoded-role-mapper\",\"config\":{\"role\":\"app.viewer\"}},"
    "{\"name\":\"g\",\"protocol\":\"openid-connect\",\"protocolMapper\":"
    "\"oidc-role-name-mapper\",\"config\":{\"role\":\"reader\","
    "\"new.role.name\":\"narrow.renamed\"}},"
    "{\"name\":\"h\",\"protocol\":\"openid-connect\",\"protocolMapper\":"
    "\"oidc-audience-mapper\",\"config\":{\"included.custom.audience\":"
    "\"urn:aud\",\"access.token.claim\":\"true\"}},"
    "{\"name\":\"i\",\"protocol\":\"openid-connect\",\"protocolMapper\":"
    "\"oidc-hardcoded-claim-mapper\",\"config\":{\"claim.name\":"
    "\"in_response\",\"claim.value\":\"yes\",\"jsonType.label\":\"String\","
    "\"access.tokenResponse.claim\":\"true\"}},"
    "{\"name\":\"j\",\"protocol\":\"openid-connect\",\"protocolMapper\":"
    "\"oidc-usermodel-realm-role-mapper\",\"config\":{\"claim.name\":"
    "\"rroles\",\"jsonType.label\":\"String\",\"multivalued\":\"true\","
    "\"usermodel.realmRoleMapping.rolePrefix\":\"ROLE_\","
    "\"access.token.claim\":\"true\"}}]")
    "],\"users\":["
    FIXTURE_USER("alice", ",\"clientRoles\":{\"app\":[\"editor\"],"
        "\"narrow\":[\"own\"]},\"groups\":[\"/staff/eng\"]") ","
    FIXTURE_USER("bob", "") ","
    FIXTURE_USER("rooted", ",\"clientRoles\":{\"app\":[\"admin\"]}") ","
    FIXTURE_USER("dave", ",\"requiredActions\":[\"UPDATE_PASSWORD\"]") ","
    "{\"username\":\"carol\",\"enabled\":false,\"credentials\":[{\"type\":"
    "\"password\",\"value\":\"carol-pw\"}]},"
    "{\"username\":\"otto\",\"enabled\":true,\"credentials\":[{\"type\":"
    "\"password\",\"value\":\"otto-pw\"},{\"type\":\"otp\",\"secretData\":"
    "\"{\\\"value\\\":\\\"abcdefghij0123456789\\\"}\",\"credentialData\":"
    "\"{\\\"subType\\\":\\\"totp\\\",\\\"digits\\\":6,\\\"counter\\\":0,"
    "\\\"period\\\":30,\\\"algorithm\\\":\\\"HmacSHA1\\\"}\"}]},"
    "{\"username\":\"service-account-worker\",\"enabled\":true,"
    "\"serviceAccountClientId\":\"worker\",\"realmRoles\":["
    "\"default-roles-acme\"]}]}";

struct realm_fixture {
    struct store_fixture   st;
    struct app             app;
    const struct realm    *realm;
};


static inline void
realm_fixture_renew(struct realm_fixture *x)
{
    fixture_renew(&x->st);
    if (realm_by_name(&x->st.c, "acme", &x->realm) != AB_OK) {
        fail_msg("realm: %s", x->st.c.f.detail);
    }
}


static inline void
realm_fixture_import(struct realm_fixture *x, const char *text)
{
    struct import_result  r;

    fixture_renew(&x->st);
    x->st.c.deadline_ms = clock_mono_ms() + 60000;
    if (import_realm(&x->st.c, "fixture", ab_slice_str(text), &r) != AB_OK) {
        fail_msg("import: %s", x->st.c.f.detail);
    }
}


static inline void
realm_fixture_start(struct realm_fixture *x)
{
    memset(x, 0, sizeof(*x));
    fixture_start(&x->st);
    x->app.keyring = &x->st.keyring;
    x->app.base_url = FIXTURE_BASE;
    x->app.cache = entity_cache_new(10000);
    assert_non_null(x->app.cache);
    x->st.c.app = &x->app;
    x->st.c.base = FIXTURE_BASE;
    realm_fixture_import(x, fixture_realm);
    realm_fixture_renew(x);
}


static inline void
realm_fixture_stop(struct realm_fixture *x)
{
    arena_free(x->st.c.a);
    x->st.c.a = NULL;
    entity_cache_free(x->app.cache);
    fixture_stop(&x->st);
}


static inline const struct client *
realm_fixture_client(struct realm_fixture *x, const char *client_id)
{
    const struct client  *client;

    if (client_by_client_id(&x->st.c, x->realm, client_id, &client) != AB_OK)
    {
        fail_msg("client '%s': %s", client_id, x->st.c.f.detail);
        return NULL;
    }
    return client;
}


static inline const struct user *
realm_fixture_user(struct realm_fixture *x, const char *name)
{
    const struct user  *user;

    if (user_by_username(&x->st.c, x->realm, name, &user) != AB_OK) {
        fail_msg("user '%s': %s", name, x->st.c.f.detail);
        return NULL;
    }
    return user;
}


/* A form "a=b&c=d" at the token endpoint. */
static inline struct token_answer
realm_fixture_post(struct realm_fixture *x, const char *form,
    const char *authorization, const char *origin)
{
    struct ab_param       list[20];
    char                 *mem = arena_alloc(x->st.c.a, strlen(form) + 1);
    struct token_request  in = {
        .realm = x->realm, .form = list, .authorization = authorization,
        .origin = origin, .ip = "192.0.2.7"
    };
    struct token_answer   out = { 0 };
    enum ab_err           e;

    assert_int_equal(ab_form_parse(ab_slice_str(form), mem, list, 20,
                                   &in.n_form), AB_OK);
    fail_clear(&x->st.c.f);
    e = grant_post(&x->st.c, &in, &out);
    if (e != AB_OK || out.body == NULL) {
        fail_msg("token endpoint: %d %s", (int) e, x->st.c.f.detail);
    }
    return out;
}

#endif
