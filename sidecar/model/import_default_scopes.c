/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import_default_scopes.c - the client scopes of a new realm (tokens.md 5.1).
 */
#include "import_int.h"

#include "doc.h"

/* in_token and shown: "1", "0", or NULL where the member is absent.
 * list: 'd' realm default, 'o' optional, '-' neither. */
static const struct scope_row {
    const char  *name, *protocol;
    const char  *in_token, *shown, *text;
    char         list;
} scope_rows[] = {
    { "role_list", "saml", NULL, "1", "${samlRoleListScopeConsentText}", 'd' },
    { "saml_organization", "saml", NULL, "0", NULL, 'd' },
    { "AuthnContextClassRef", "saml", NULL, NULL, NULL, 'd' },
    { "profile", NULL, "1", "1", "${profileScopeConsentText}", 'd' },
    { "email", NULL, "1", "1", "${emailScopeConsentText}", 'd' },
    { "roles", NULL, "0", "1", "${rolesScopeConsentText}", 'd' },
    { "web-origins", NULL, "0", "0", "", 'd' },
    { "acr", NULL, "0", "0", NULL, 'd' },
    { "basic", NULL, "0", "0", NULL, 'd' },
    { "offline_access", NULL, NULL, "1", "${offlineAccessScopeConsentText}", 'o' },
    { "address", NULL, "1", "1", "${addressScopeConsentText}", 'o' },
    { "phone", NULL, "1", "1", "${phoneScopeConsentText}", 'o' },
    { "microprofile-jwt", NULL, "1", "0", NULL, 'o' },
    { "organization", NULL, "1", "1", "${organizationScopeConsentText}", 'o' },
    { "service_account", NULL, "0", "0", NULL, '-' },
};

#define ATTRIBUTE  "oidc-usermodel-attribute-mapper"
#define NOTE       "oidc-usersessionmodel-note-mapper"
#define REALM_ROLE "oidc-usermodel-realm-role-mapper"

/*
 * scope, mapper name, provider; where: where the claim goes (a access token,
 * i ID token, u userinfo, n introspection, m a list); claim and its type;
 * source: value of from_key (the attribute, note …), NULL: no such member.
 */
static const struct mapper_row {
    const char  *scope, *name, *provider, *where, *claim, *type;
    const char  *from_key, *from;
} mapper_rows[] = {
    { "profile", "full name", "oidc-full-name-mapper", "aiun", NULL, NULL, NULL, NULL },
    { "profile", "family name", ATTRIBUTE, "aiun", "family_name", "String", "user.attribute", "lastName" },
    { "profile", "given name", ATTRIBUTE, "aiun", "given_name", "String", "user.attribute", "firstName" },
    { "profile", "middle name", ATTRIBUTE, "aiun", "middle_name", "String", "user.attribute", "middleName" },
    { "profile", "nickname", ATTRIBUTE, "aiun", "nickname", "String", "user.attribute", "nickname" },
    { "profile", "username", ATTRIBUTE, "aiun", "preferred_username", "String", "user.attribute", "username" },
    { "profile", "profile", ATTRIBUTE, "aiun", "profile", "String", "user.attribute", "profile" },
    { "profile", "picture", ATTRIBUTE, "aiun", "picture", "String", "user.attribute", "picture" },
    { "profile", "website", ATTRIBUTE, "aiun", "website", "String", "user.attribute", "website" },
    { "profile", "gender", ATTRIBUTE, "aiun", "gender", "String", "user.attribute", "gender" },
    { "profile", "birthdate", ATTRIBUTE, "aiun", "birthdate", "String", "user.attribute", "birthdate" },
    { "profile", "zoneinfo", ATTRIBUTE, "aiun", "zoneinfo", "String", "user.attribute", "zoneinfo" },
    { "profile", "locale", ATTRIBUTE, "aiun", "locale", "String", "user.attribute", "locale" },
    { "profile", "updated at", ATTRIBUTE, "aiun", "updated_at", "long", "user.attribute", "updatedAt" },
    { "email", "email", ATTRIBUTE, "aiun", "email", "String", "user.attribute", "email" },
    { "email", "email verified", "oidc-usermodel-property-mapper", "aiun", "email_verified", "boolean", "user.attribute", "emailVerified" },
    { "address", "address", "oidc-address-mapper", "aiun", NULL, NULL, NULL, NULL },
    { "phone", "phone number", ATTRIBUTE, "aiun", "phone_number", "String", "user.attribute", "phoneNumber" },
    { "phone", "phone number verified", ATTRIBUTE, "aiun", "phone_number_verified", "boolean", "user.attribute", "phoneNumberVerified" },
    { "roles", "realm roles", REALM_ROLE, "anm", "realm_access.roles", "String", "user.attribute", "foo" },
    { "roles", "client roles", "oidc-usermodel-client-role-mapper", "anm", "resource_access.${client_id}.roles", "String", "user.attribute", "foo" },
    { "roles", "audience resolve", "oidc-audience-resolve-mapper", "an", NULL, NULL, NULL, NULL },
    { "web-origins", "allowed web origins", "oidc-allowed-origins-mapper", "an", NULL, NULL, NULL, NULL },
    { "acr", "acr loa level", "oidc-acr-mapper", "ain", NULL, NULL, NULL, NULL },
    { "basic", "auth_time", NOTE, "ain", "auth_time", "long", "user.session.note", "AUTH_TIME" },
    { "basic", "sub", "oidc-sub-mapper", "an", NULL, NULL, NULL, NULL },
    { "microprofile-jwt", "upn", ATTRIBUTE, "aiun", "upn", "String", "user.attribute", "username" },
    { "microprofile-jwt", "groups", REALM_ROLE, "ainm", "groups", "String", "user.attribute", "foo" },
    { "organization", "organization", "oidc-organization-membership-mapper", "ainm", "organization", "String", NULL, NULL },
    { "service_account", "Client ID", NOTE, "ain", "client_id", "String", "user.session.note", "client_id" },
    { "service_account", "Client Host", NOTE, "ain", "clientHost", "String", "user.session.note", "clientHost" },
    { "service_account", "Client IP Address", NOTE, "ain", "clientAddress", "String", "user.session.note", "clientAddress" },
    { "role_list", "role list", "saml-role-list-mapper", "", NULL, NULL, NULL, NULL },
    { "saml_organization", "organization", "saml-organization-membership-mapper", "", NULL, NULL, NULL, NULL },
    { "AuthnContextClassRef", "AuthnContextClassRef", "saml-authn-context-class-ref-mapper", "", NULL, NULL, NULL, NULL },
};

/* Config beyond what a row says. */
static const struct more_row {
    const char  *provider, *key, *value;
} more_rows[] = {
    { "oidc-address-mapper", "user.attribute.formatted", "formatted" },
    { "oidc-address-mapper", "user.attribute.street", "street" },
    { "oidc-address-mapper", "user.attribute.locality", "locality" },
    { "oidc-address-mapper", "user.attribute.region", "region" },
    { "oidc-address-mapper", "user.attribute.postal_code", "postal_code" },
    { "oidc-address-mapper", "user.attribute.country", "country" },
    { "saml-role-list-mapper", "attribute.name", "Role" },
    { "saml-role-list-mapper", "attribute.nameformat", "Basic" },
    { "saml-role-list-mapper", "single", "false" },
};

/* Letters of mapper_row.where. */
static const struct place {
    char         letter;
    const char  *key;
} places[] = {
    { 'a', "access.token.claim" }, { 'i', "id.token.claim" },
    { 'u', "userinfo.token.claim" }, { 'n', "introspection.token.claim" },
    { 'm', "multivalued" },
};

#define N(table)  (sizeof(table) / sizeof((table)[0]))


static bool
put_if(json_t *o, const char *key, const char *value)
{
    return key == NULL || value == NULL || doc_put(o, key, value);
}


static bool
mapper_config(const struct mapper_row *row, json_t *config)
{
    size_t  i;
    bool    ok = put_if(config, "claim.name", row->claim)
                 && put_if(config, "jsonType.label", row->type)
                 && put_if(config, row->from_key, row->from);

    for (i = 0; ok && i < N(places); i++) {
        if (strchr(row->where, places[i].letter) != NULL) {
            ok = doc_put(config, places[i].key, "true");
        }
    }
    for (i = 0; ok && i < N(more_rows); i++) {
        if (strcmp(more_rows[i].provider, row->provider) == 0) {
            ok = doc_put(config, more_rows[i].key, more_rows[i].value);
        }
    }
    return ok;
}


static bool
add_mappers(const struct scope_row *scope, const char *protocol,
    json_t *mappers)
{
    const struct mapper_row  *row;
    json_t                   *m;
    size_t                    i;

    for (i = 0; i < N(mapper_rows); i++) {
        row = &mapper_rows[i];
        if (strcmp(row->scope, scope->name) != 0) {
            continue;
        }
        m = json_pack("{s:s, s:s, s:s, s:b, s:{}}", "name", row->name,
                      "protocol", protocol, "protocolMapper", row->provider,
                      "consentRequired", 0, "config");
        if (json_array_append_new(mappers, m) != 0
            || !mapper_config(row, json_object_get(m, "config")))
        {
            return false;
        }
    }
    return true;
}


static const char *
truth(const char *digit)
{
    return digit == NULL ? NULL : *digit == '1' ? "true" : "false";
}


static bool
add_scope(const struct scope_row *row, json_t *scopes)
{
    const char  *protocol = row->protocol == NULL ? "openid-connect"
                                                  : row->protocol;
    json_t      *s = json_pack("{s:s, s:s, s:{}, s:[]}", "name", row->name,
                               "protocol", protocol, "attributes",
                               "protocolMappers");
    json_t      *attributes = json_object_get(s, "attributes");

    return json_array_append_new(scopes, s) == 0
           && put_if(attributes, "include.in.token.scope",
                     truth(row->in_token))
           && put_if(attributes, "display.on.consent.screen",
                     truth(row->shown))
           && put_if(attributes, "consent.screen.text", row->text)
           && add_mappers(row, protocol,
                          json_object_get(s, "protocolMappers"));
}


bool
import_default_scopes(json_t *scopes)
{
    size_t  i;
    bool    ok = true;

    for (i = 0; ok && i < N(scope_rows); i++) {
        ok = add_scope(&scope_rows[i], scopes);
    }
    return ok;
}


bool
import_default_offline_scope(json_t *scopes)
{
    size_t  i = 0;

    while (strcmp(scope_rows[i].name, "offline_access") != 0) {
        i++;
    }
    return add_scope(&scope_rows[i], scopes);
}


json_t *
import_default_scope_names(bool is_default)
{
    json_t  *names = json_array();
    size_t   i;

    for (i = 0; names != NULL && i < N(scope_rows); i++) {
        if (scope_rows[i].list == (is_default ? 'd' : 'o')
            && json_array_append_new(names,
                                     json_string(scope_rows[i].name)) != 0)
        {
            json_decref(names);
            return NULL;
        }
    }
    return names;
}
