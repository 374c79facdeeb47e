/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import_default_clients.c - the clients, roles and keys of a new realm
 * (admin-api.md 1.2 and "A new realm contains", tokens.md 8.1).
 */
#include "import_int.h"

#include "doc.h"

#include <stdio.h>

/* What a built-in client is; the letters stand for members that are true. */
#define PUBLIC   "p"    /* publicClient */
#define BEARER   "b"    /* bearerOnly */
#define NO_CODE  "n"    /* standardFlowEnabled off */
#define DIRECT   "d"    /* directAccessGrantsEnabled */
#define FULL     "f"    /* fullScopeAllowed */
#define PKCE     "k"    /* pkce.code.challenge.method S256 */
#define LIGHT    "l"    /* lightweight access tokens */
#define SERVER   "s"    /* realm_client */

/* path: below the root, with one %s for the realm's name; NULL: the client
 * has no addresses. origins: webOrigins "+". in: 'm' only in the master
 * realm, 'o' only in the others, '*' in both. */
static const struct client_row {
    const char  *client_id, *flags, *root, *path;
    bool         origins;
    char         in;
} client_rows[] = {
    { "account", PUBLIC, "${authBaseUrl}", "/realms/%s/account/", false, '*' },
    { "account-console", PUBLIC PKCE, "${authBaseUrl}", "/realms/%s/account/", false, '*' },
    { "admin-cli", PUBLIC NO_CODE DIRECT FULL LIGHT, NULL, NULL, false, '*' },
    { "broker", BEARER SERVER, NULL, NULL, false, '*' },
    { "realm-management", BEARER SERVER, NULL, NULL, false, 'o' },
    { "master-realm", BEARER SERVER, NULL, NULL, false, 'm' },
    { "security-admin-console", PUBLIC FULL PKCE LIGHT, "${authAdminUrl}", "/admin/%s/console/", true, '*' },
};

/* Each adds its own rows to those of a realm; see import_int.h. */
static const struct import_default_role  common_roles[] = {
    { NULL, "offline_access", NULL },
    { NULL, "uma_authorization", NULL },
    { "account", "manage-account-links", NULL },
    { "account", "view-profile", NULL },
    { "account", "manage-account", "manage-account-links" },
    { "account", "view-applications", NULL },
    { "account", "view-consent", NULL },
    { "account", "manage-consent", "view-consent" },
    { "account", "view-groups", NULL },
    { "account", "delete-account", NULL },
    { "broker", "read-token", NULL },
};

static const struct import_default_role  realm_roles[] = {
    { "realm-management", "realm-admin", "*" },
};

static const struct import_default_role  master_roles[] = {
    { NULL, "create-realm", NULL },
    { NULL, "admin", NULL },        /* composites: import_roles.c */
};

static const struct admin_role {
    const char  *name, *composites;
} admin_roles[] = {
    { "create-client", NULL }, { "impersonation", NULL },
    { "manage-authorization", NULL }, { "manage-clients", NULL },
    { "manage-events", NULL }, { "manage-identity-providers", NULL },
    { "manage-organizations", NULL }, { "manage-realm", NULL },
    { "manage-users", NULL }, { "query-clients", NULL },
    { "query-groups", NULL }, { "query-organizations", NULL },
    { "query-realms", NULL }, { "query-users", NULL },
    { "view-authorization", NULL }, { "view-clients", "query-clients" },
    { "view-events", NULL }, { "view-identity-providers", NULL },
    { "view-organizations", "query-organizations" }, { "view-realm", NULL },
    { "view-users", "query-users query-groups" },
};

/* A key provider that a realm must have: what stands in for it. */
static const struct key_row {
    const char  *name, *provider_id, *algorithm;
    const char  *instead[3];
} key_rows[] = {
    { "rsa-generated", "rsa-generated", NULL, { "rsa", "java-keystore", NULL } },
    { "rsa-enc-generated", "rsa-enc-generated", "RSA-OAEP", { "rsa-enc", NULL, NULL } },
    { "hmac-generated-hs512", "hmac-generated", "HS512", { NULL, NULL, NULL } },
    { "aes-generated", "aes-generated", NULL, { NULL, NULL, NULL } },
};

#define N(table)       (sizeof(table) / sizeof((table)[0]))
#define KEY_PROVIDER   "org.keycloak.keys.KeyProvider"


/* ---- clients ------------------------------------------------------------- */

static bool
has(const struct client_row *row, const char *flag)
{
    return strstr(row->flags, flag) != NULL;
}


static bool
client_addresses(struct import *im, const struct client_row *row, json_t *cl)
{
    const char  *path = "", *all;
    json_t      *uris = json_array();
    int          cut;

    if (json_object_set_new(cl, "redirectUris", uris) != 0
        || json_object_set_new(cl, "webOrigins",
               row->origins ? json_pack("[s]", "+") : json_array()) != 0)
    {
        return false;
    }
    if (row->path == NULL) {
        return true;
    }
    cut = (int) (strstr(row->path, "%s") - row->path);
    path = arena_printf(im->c->a, "%.*s%s%s", cut, row->path, im->name,
                        row->path + cut + 2);
    all = path == NULL ? NULL : arena_printf(im->c->a, "%s*", path);
    return all != NULL && doc_put(cl, "rootUrl", row->root)
           && doc_put(cl, "baseUrl", path)
           && json_array_append_new(uris, json_string(all)) == 0;
}


static bool
client_attributes(const struct client_row *row, json_t *cl)
{
    json_t  *a = json_object();

    return json_object_set_new(cl, "attributes", a) == 0
           && doc_put(a, "realm_client", has(row, SERVER) ? "true" : "false")
           && (!has(row, PKCE)
               || doc_put(a, "pkce.code.challenge.method", "S256"))
           && (!has(row, LIGHT)
               || doc_put(a, "client.use.lightweight.access.token.enabled",
                          "true"))
           && (row->path == NULL
               || doc_put(a, "post.logout.redirect.uris", "+"));
}


/* The console's mappers: who it is for, and in which language. */
static bool
client_mappers(const struct client_row *row, json_t *cl)
{
    json_t  *list;

    if (strcmp(row->client_id, "account-console") == 0) {
        list = json_pack("[{s:s, s:s, s:s, s:b, s:{}}]", "name",
                         "audience resolve", "protocol", "openid-connect",
                         "protocolMapper", "oidc-audience-resolve-mapper",
                         "consentRequired", 0, "config");
    } else if (strcmp(row->client_id, "security-admin-console") == 0) {
        list = json_pack("[{s:s, s:s, s:s, s:b,"
                         " s:{s:s, s:s, s:s, s:s, s:s, s:s, s:s}}]",
                         "name", "locale", "protocol", "openid-connect",
                         "protocolMapper", "oidc-usermodel-attribute-mapper",
                         "consentRequired", 0, "config",
                         "user.attribute", "locale", "claim.name", "locale",
                         "jsonType.label", "String",
                         "access.token.claim", "true",
                         "id.token.claim", "true",
                         "userinfo.token.claim", "true",
                         "introspection.token.claim", "true");
    } else {
        return true;
    }
    return json_object_set_new(cl, "protocolMappers", list) == 0;
}


static bool
add_client(struct import *im, const struct client_row *row, json_t *clients)
{
    const char  *name = arena_printf(im->c->a, "${client_%s}",
                                     row->client_id);
    json_t      *cl;

    if (name == NULL) {
        return false;
    }
    cl = json_pack("{s:s, s:s, s:b, s:b, s:b, s:b, s:b, s:b, s:i}",
                   "clientId", row->client_id, "name", name, "enabled", 1,
                   "publicClient", has(row, PUBLIC),
                   "bearerOnly", has(row, BEARER),
                   "standardFlowEnabled", !has(row, NO_CODE),
                   "directAccessGrantsEnabled", has(row, DIRECT),
                   "fullScopeAllowed", has(row, FULL),
                   "nodeReRegistrationTimeout", 0);
    return json_array_append_new(clients, cl) == 0
           && client_addresses(im, row, cl) && client_attributes(row, cl)
           && client_mappers(row, cl);
}


static bool
has_client(const json_t *clients, const char *client_id)
{
    const json_t  *cl;
    const char    *id;
    size_t         i;

    json_array_foreach(clients, i, cl) {
        id = doc_str(cl, "clientId");
        if (id != NULL && strcmp(id, client_id) == 0) {
            return true;
        }
    }
    return false;
}


bool
import_default_clients(struct import *im, json_t *clients)
{
    size_t  i;
    bool    ok = true;

    for (i = 0; ok && i < N(client_rows); i++) {
        if (client_rows[i].in != (im->is_master ? 'o' : 'm')
            && !has_client(clients, client_rows[i].client_id))
        {
            ok = add_client(im, &client_rows[i], clients);
        }
    }
    return ok;
}


/* ---- roles --------------------------------------------------------------- */

bool
import_default_role(bool is_master, size_t i,
    struct import_default_role *ret_row)
{
    size_t  n = is_master ? N(master_roles) : N(realm_roles);

    if (i < N(common_roles)) {
        *ret_row = common_roles[i];
        return true;
    }
    i -= N(common_roles);
    if (i < n) {
        *ret_row = is_master ? master_roles[i] : realm_roles[i];
        return true;
    }
    i -= n;
    if (i < N(admin_roles)) {
        *ret_row = (struct import_default_role) {
            is_master ? "master-realm" : "realm-management",
            admin_roles[i].name, admin_roles[i].composites,
        };
        return true;
    }
    return false;
}


/* ---- keys ---------------------------------------------------------------- */

static bool
stands_for(const struct key_row *row, const char *provider)
{
    size_t  i;

    if (provider == NULL || strcmp(provider, row->provider_id) == 0) {
        return provider != NULL;
    }
    for (i = 0; i < N(row->instead) && row->instead[i] != NULL; i++) {
        if (strcmp(provider, row->instead[i]) == 0) {
            return true;
        }
    }
    return false;
}


bool
import_default_keys(json_t *components)
{
    json_t        *list = json_object_get(components, KEY_PROVIDER), *k;
    const json_t  *item;
    size_t         i, j;
    bool           found;

    if (list == NULL) {
        list = json_array();
        if (json_object_set_new(components, KEY_PROVIDER, list) != 0) {
            return false;
        }
    }
    for (i = 0; i < N(key_rows); i++) {
        found = false;
        json_array_foreach(list, j, item) {
            found |= stands_for(&key_rows[i], doc_str(item, "providerId"));
        }
        if (found) {
            continue;
        }
        k = json_pack("{s:s, s:s, s:{s:[s]}}", "name", key_rows[i].name,
                      "providerId", key_rows[i].provider_id, "config",
                      "priority", "100");
        if (json_array_append_new(list, k) != 0
            || (key_rows[i].algorithm != NULL
                && json_object_set_new(json_object_get(k, "config"),
                       "algorithm",
                       json_pack("[s]", key_rows[i].algorithm)) != 0))
        {
            return false;
        }
    }
    return true;
}
