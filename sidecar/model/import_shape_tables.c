/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import_shape_tables.c - the members of a realm file that anything of ours
 * reads.
 */
#include "import_shape.h"

#include <stddef.h>

/* Short names, for the tables alone. */
#define TEXT        SHAPE_TEXT
#define NAME        SHAPE_NAME
#define ID          SHAPE_ID
#define BIG         SHAPE_BIG
#define FLAG        SHAPE_FLAG
#define NUMBER      SHAPE_NUMBER
#define TEXTS       SHAPE_TEXTS
#define NAMES       SHAPE_NAMES
#define MAP         SHAPE_MAP
#define LISTS       SHAPE_LISTS
#define VALUES      SHAPE_VALUES
#define OBJECT      SHAPE_OBJECT
#define OBJECTS     SHAPE_OBJECTS
#define OBJECTS_BY  SHAPE_OBJECTS_BY

/* name, type, whether it must be there, table of what is inside */
static const struct shape_member  mapper[] = {
    { "id", ID, false, NULL }, { "name", NAME, true, NULL },
    { "protocol", NAME, false, NULL }, { "protocolMapper", NAME, true, NULL },
    { "config", MAP, false, NULL }, { .name = NULL }
};

static const struct shape_member  client[] = {
    { "id", ID, false, NULL }, { "clientId", NAME, true, NULL },
    { "name", TEXT, false, NULL }, { "secret", TEXT, false, NULL },
    { "protocol", NAME, false, NULL }, { "rootUrl", TEXT, false, NULL },
    { "baseUrl", TEXT, false, NULL }, { "adminUrl", TEXT, false, NULL },
    { "clientAuthenticatorType", NAME, false, NULL },
    { "enabled", FLAG, false, NULL }, { "publicClient", FLAG, false, NULL },
    { "bearerOnly", FLAG, false, NULL },
    { "standardFlowEnabled", FLAG, false, NULL },
    { "implicitFlowEnabled", FLAG, false, NULL },
    { "directAccessGrantsEnabled", FLAG, false, NULL },
    { "serviceAccountsEnabled", FLAG, false, NULL },
    { "fullScopeAllowed", FLAG, false, NULL },
    { "consentRequired", FLAG, false, NULL },
    { "frontchannelLogout", FLAG, false, NULL },
    { "notBefore", NUMBER, false, NULL },
    { "redirectUris", TEXTS, false, NULL },
    { "webOrigins", TEXTS, false, NULL },
    { "defaultClientScopes", NAMES, false, NULL },
    { "optionalClientScopes", NAMES, false, NULL },
    { "attributes", MAP, false, NULL },
    { "authenticationFlowBindingOverrides", MAP, false, NULL },
    { "protocolMappers", OBJECTS, false, mapper }, { .name = NULL }
};

static const struct shape_member  scope[] = {
    { "id", ID, false, NULL }, { "name", NAME, true, NULL },
    { "protocol", NAME, false, NULL }, { "attributes", MAP, false, NULL },
    { "protocolMappers", OBJECTS, false, mapper }, { .name = NULL }
};

static const struct shape_member  composites[] = {
    { "realm", NAMES, false, NULL }, { "client", LISTS, false, NULL },
    { .name = NULL }
};

static const struct shape_member  role[] = {
    { "id", ID, false, NULL }, { "name", NAME, true, NULL },
    { "description", TEXT, false, NULL },
    { "composites", OBJECT, false, composites },
    { "attributes", VALUES, false, NULL }, { .name = NULL }
};

static const struct shape_member  roles[] = {
    { "realm", OBJECTS, false, role }, { "client", OBJECTS_BY, false, role },
    { .name = NULL }
};

static const struct shape_member  default_role[] = {
    { "id", ID, false, NULL }, { "name", NAME, true, NULL }, { .name = NULL }
};

static const struct shape_member  group[] = {
    { "id", ID, false, NULL }, { "name", NAME, true, NULL },
    { "attributes", VALUES, false, NULL },
    { "realmRoles", NAMES, false, NULL },
    { "clientRoles", LISTS, false, NULL },
    { "subGroups", OBJECTS, false, group }, { .name = NULL }
};

static const struct shape_member  mapping[] = {
    { "client", NAME, false, NULL }, { "clientScope", NAME, false, NULL },
    { "roles", NAMES, true, NULL }, { .name = NULL }
};

static const struct shape_member  execution[] = {
    { "requirement", NAME, true, NULL }, { "priority", NUMBER, false, NULL },
    { "authenticator", NAME, false, NULL }, { "flowAlias", NAME, false, NULL },
    { "authenticatorConfig", NAME, false, NULL },
    { "authenticatorFlow", FLAG, false, NULL },
    { "autheticatorFlow", FLAG, false, NULL }, { .name = NULL }
};

static const struct shape_member  flow[] = {
    { "id", ID, false, NULL }, { "alias", NAME, true, NULL },
    { "providerId", NAME, false, NULL }, { "topLevel", FLAG, false, NULL },
    { "builtIn", FLAG, false, NULL },
    { "authenticationExecutions", OBJECTS, false, execution },
    { .name = NULL }
};

static const struct shape_member  config[] = {
    { "id", ID, false, NULL }, { "alias", NAME, true, NULL },
    { "config", MAP, false, NULL }, { .name = NULL }
};

static const struct shape_member  action[] = {
    { "alias", NAME, true, NULL }, { "providerId", NAME, false, NULL },
    { "name", TEXT, false, NULL }, { "enabled", FLAG, false, NULL },
    { "defaultAction", FLAG, false, NULL },
    { "priority", NUMBER, false, NULL }, { "config", MAP, false, NULL },
    { .name = NULL }
};

static const struct shape_member  idp[] = {
    { "internalId", ID, false, NULL }, { "alias", NAME, true, NULL },
    { "providerId", NAME, true, NULL }, { "displayName", TEXT, false, NULL },
    { "enabled", FLAG, false, NULL }, { "trustEmail", FLAG, false, NULL },
    { "storeToken", FLAG, false, NULL },
    { "addReadTokenRoleOnCreate", FLAG, false, NULL },
    { "linkOnly", FLAG, false, NULL }, { "hideOnLogin", FLAG, false, NULL },
    { "firstBrokerLoginFlowAlias", TEXT, false, NULL },
    { "postBrokerLoginFlowAlias", TEXT, false, NULL },
    { "organizationId", TEXT, false, NULL },
    { "config", MAP, false, NULL }, { .name = NULL }
};

static const struct shape_member  idp_mapper[] = {
    { "id", ID, false, NULL }, { "name", NAME, true, NULL },
    { "identityProviderAlias", NAME, true, NULL },
    { "identityProviderMapper", NAME, true, NULL },
    { "config", MAP, false, NULL }, { .name = NULL }
};

static const struct shape_member  component[] = {
    { "id", ID, false, NULL }, { "name", TEXT, false, NULL },
    { "providerId", NAME, true, NULL }, { "subType", TEXT, false, NULL },
    { "config", VALUES, false, NULL },
    { "subComponents", OBJECTS_BY, false, component }, { .name = NULL }
};

static const struct shape_member  credential[] = {
    { "type", NAME, true, NULL }, { "value", BIG, false, NULL },
    { "secretData", BIG, false, NULL }, { "credentialData", BIG, false, NULL },
    { "temporary", FLAG, false, NULL }, { .name = NULL }
};

static const struct shape_member  link[] = {
    { "identityProvider", NAME, true, NULL }, { "userId", NAME, true, NULL },
    { "userName", TEXT, false, NULL }, { .name = NULL }
};

static const struct shape_member  user[] = {
    { "id", ID, false, NULL }, { "username", NAME, true, NULL },
    { "email", TEXT, false, NULL }, { "firstName", TEXT, false, NULL },
    { "lastName", TEXT, false, NULL }, { "enabled", FLAG, false, NULL },
    { "emailVerified", FLAG, false, NULL }, { "notBefore", NUMBER, false, NULL },
    { "attributes", VALUES, false, NULL },
    { "requiredActions", NAMES, false, NULL },
    { "realmRoles", NAMES, false, NULL },
    { "clientRoles", LISTS, false, NULL }, { "groups", NAMES, false, NULL },
    { "credentials", OBJECTS, false, credential },
    { "federatedIdentities", OBJECTS, false, link },
    { "serviceAccountClientId", NAME, false, NULL }, { .name = NULL }
};

static const struct shape_member  smtp[] = {
    { "password", TEXT, false, NULL }, { .name = NULL }
};

const struct shape_member  import_realm_shape[] = {
    { "id", TEXT, false, NULL }, { "realm", NAME, true, NULL },
    { "displayName", TEXT, false, NULL }, { "enabled", FLAG, false, NULL },
    { "sslRequired", NAME, false, NULL },
    { "loginWithEmailAllowed", FLAG, false, NULL },
    { "duplicateEmailsAllowed", FLAG, false, NULL },
    { "registrationEmailAsUsername", FLAG, false, NULL },
    { "rememberMe", FLAG, false, NULL },
    { "revokeRefreshToken", FLAG, false, NULL },
    { "refreshTokenMaxReuse", NUMBER, false, NULL },
    { "accessTokenLifespan", NUMBER, false, NULL },
    { "accessCodeLifespan", NUMBER, false, NULL },
    { "accessCodeLifespanLogin", NUMBER, false, NULL },
    { "accessCodeLifespanUserAction", NUMBER, false, NULL },
    { "ssoSessionIdleTimeout", NUMBER, false, NULL },
    { "ssoSessionMaxLifespan", NUMBER, false, NULL },
    { "ssoSessionIdleTimeoutRememberMe", NUMBER, false, NULL },
    { "ssoSessionMaxLifespanRememberMe", NUMBER, false, NULL },
    { "clientSessionIdleTimeout", NUMBER, false, NULL },
    { "clientSessionMaxLifespan", NUMBER, false, NULL },
    { "notBefore", NUMBER, false, NULL },
    { "browserFlow", TEXT, false, NULL },
    { "directGrantFlow", TEXT, false, NULL },
    { "firstBrokerLoginFlow", TEXT, false, NULL },
    { "registrationFlow", TEXT, false, NULL },
    { "resetCredentialsFlow", TEXT, false, NULL },
    { "clientAuthenticationFlow", TEXT, false, NULL },
    { "dockerAuthenticationFlow", TEXT, false, NULL },
    { "defaultSignatureAlgorithm", TEXT, false, NULL },
    { "attributes", MAP, false, NULL },
    { "smtpServer", OBJECT, false, smtp },
    { "roles", OBJECT, false, roles },
    { "defaultRole", OBJECT, false, default_role },
    { "defaultRoles", NAMES, false, NULL },
    { "defaultGroups", NAMES, false, NULL },
    { "groups", OBJECTS, false, group },
    { "clientScopes", OBJECTS, false, scope },
    { "defaultDefaultClientScopes", NAMES, false, NULL },
    { "defaultOptionalClientScopes", NAMES, false, NULL },
    { "clients", OBJECTS, false, client },
    { "scopeMappings", OBJECTS, false, mapping },
    { "clientScopeMappings", OBJECTS_BY, false, mapping },
    { "authenticationFlows", OBJECTS, false, flow },
    { "authenticatorConfig", OBJECTS, false, config },
    { "requiredActions", OBJECTS, false, action },
    { "identityProviders", OBJECTS, false, idp },
    { "identityProviderMappers", OBJECTS, false, idp_mapper },
    { "components", OBJECTS_BY, false, component },
    { "users", OBJECTS, false, user }, { .name = NULL }
};
