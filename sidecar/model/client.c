/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client.c - a client of a realm, typed, over its Keycloak document.
 */
#include "client.h"

#include "app.h"
#include "doc.h"
#include "entity.h"
#include "secret.h"
#include "text_list.h"

#include "store/keys.h"

#include "ab_time.h"

#include <stddef.h>
#include <stdlib.h>
#include <strings.h>

#define CLIENT_ID_MAX  255

/* Flags: member, default, where it goes. The import writes each of them, so
 * a default only matters for documents of a later version. */
static const struct flag {
    const char  *name;
    bool         fallback;
    size_t       at;
} flags[] = {
    { "enabled", false, offsetof(struct client, enabled) },
    { "publicClient", false, offsetof(struct client, is_public) },
    { "bearerOnly", false, offsetof(struct client, bearer_only) },
    { "standardFlowEnabled", false, offsetof(struct client, standard_flow) },
    { "implicitFlowEnabled", false, offsetof(struct client, implicit_flow) },
    { "directAccessGrantsEnabled", false, offsetof(struct client, direct_access) },
    { "serviceAccountsEnabled", false, offsetof(struct client, service_accounts) },
    { "fullScopeAllowed", false, offsetof(struct client, full_scope) },
    { "consentRequired", true, offsetof(struct client, consent_required) },
    { "frontchannelLogout", false, offsetof(struct client, frontchannel_logout) },
};

static const struct text {
    const char  *name, *fallback;
    size_t       at;
} texts[] = {
    { "id", NULL, offsetof(struct client, id) },
    { "clientId", NULL, offsetof(struct client, client_id) },
    { "name", NULL, offsetof(struct client, name) },
    { "baseUrl", NULL, offsetof(struct client, base_url) },
    { "protocol", "openid-connect", offsetof(struct client, protocol) },
    { "clientAuthenticatorType", "client-secret", offsetof(struct client, authenticator) },
};


/* ---- addresses ----------------------------------------------------------- */

/*
 * An address of the document made absolute: "${authBaseUrl}" and
 * "${authAdminUrl}" stand for this server, and what starts with '/' lies
 * below `root` or, without one, at this server. NULL: no memory.
 */
static const char *
absolute(struct ctx *c, struct arena *a, const char *root, const char *url)
{
    static const char *const  names[] = { "${authBaseUrl}", "${authAdminUrl}" };
    const char               *base = c->app == NULL ? "" : c->app->base_url;
    size_t                    i, n;

    for (i = 0; i < 2; i++) {
        n = strlen(names[i]);
        if (strncmp(url, names[i], n) == 0) {
            return arena_printf(a, "%s%s", base, url + n);
        }
    }
    if (*url == '/') {
        return arena_printf(a, "%s%s", root == NULL ? base : root, url);
    }
    return arena_str(a, url);
}


static int
longest_first(const void *a, const void *b)
{
    const char  *s = *(const char *const *) a, *t = *(const char *const *) b;
    size_t       m = strlen(s), n = strlen(t);

    return m == n ? strcmp(s, t) : (m < n) - (m > n);
}


static bool
read_addresses(struct ctx *c, struct arena *a, struct client *cl)
{
    const char  *root = doc_filled(cl->doc, "rootUrl");
    size_t       i, n;

    if (root != NULL) {
        char  *cut;

        root = absolute(c, a, NULL, root);
        cut = root == NULL ? NULL : arena_str(a, root);
        if (cut == NULL) {
            return false;
        }
        for (n = strlen(cut); n > 0 && cut[n - 1] == '/'; n--) {
            cut[n - 1] = '\0';
        }
        cl->root_url = root;
        root = cut;
    }
    if (cl->base_url != NULL) {
        cl->base_url = absolute(c, a, root, cl->base_url);
        if (cl->base_url == NULL) {
            return false;
        }
        /* Pages link there: nothing that could run. */
        if (strncmp(cl->base_url, "http://", 7) != 0
            && strncmp(cl->base_url, "https://", 8) != 0)
        {
            cl->base_url = NULL;
        }
    }
    if (!text_list_read(a, json_object_get(cl->doc, "redirectUris"),
                        &cl->redirect_uris))
    {
        return false;
    }
    for (i = 0; i < cl->redirect_uris.n; i++) {
        cl->redirect_uris.v[i] = absolute(c, a, root, cl->redirect_uris.v[i]);
        if (cl->redirect_uris.v[i] == NULL) {
            return false;
        }
    }
    qsort(cl->redirect_uris.v, cl->redirect_uris.n,
          sizeof(cl->redirect_uris.v[0]), longest_first);
    return true;
}


/* ---- the typed view ------------------------------------------------------ */

static void
client_flags(struct client *cl)
{
    const char  *s;
    size_t       i;

    for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        *(bool *) ((char *) cl + flags[i].at)
            = doc_bool(cl->doc, flags[i].name, flags[i].fallback);
    }
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        s = doc_filled(cl->doc, texts[i].name);
        *(const char **) (void *) ((char *) cl + texts[i].at)
            = s == NULL ? texts[i].fallback : s;
    }
    cl->not_before = doc_int(cl->doc, "notBefore", 0);
    cl->mappers = json_object_get(cl->doc, "protocolMappers");
}


static enum ab_err
client_secret(struct ctx *c, struct arena *a, struct ab_slice key,
    struct client *cl)
{
    const char   *sealed = doc_filled(cl->doc, "secret"), *plain, *field;
    enum ab_err   e;

    if (sealed == NULL) {
        return AB_OK;
    }
    field = arena_printf(c->a, "%s:secret", cl->id);
    if (field == NULL) {
        return ctx_nomem(c);
    }
    e = secret_open(c, key, field, sealed, &plain);
    if (e != AB_OK) {
        return e;
    }
    cl->secret = arena_str(a, plain);
    return cl->secret == NULL ? ctx_nomem(c) : AB_OK;
}


static enum ab_err
client_view(struct ctx *c, struct arena *a, struct ab_slice key,
    struct client *cl)
{
    client_flags(cl);
    if (cl->id == NULL || cl->client_id == NULL) {
        return ctx_fail(c, AB_E_STORE_REPLY, "client without id");
    }
    if (!read_addresses(c, a, cl)
        || !text_list_read(a, json_object_get(cl->doc, "webOrigins"),
                           &cl->web_origins)
        || !text_list_read(a, json_object_get(cl->doc, "defaultClientScopes"),
                           &cl->default_scopes)
        || !text_list_read(a, json_object_get(cl->doc, "optionalClientScopes"),
                           &cl->optional_scopes))
    {
        return ctx_nomem(c);
    }
    return client_secret(c, a, key, cl);
}


/* ---- loading ------------------------------------------------------------- */

static enum ab_err
client_load(struct ctx *c, const char *realm_id, const char *id,
    void **ret_object)
{
    struct ab_slice   key = key1(c, KEY_CLIENTS, realm_id), text;
    struct arena     *a;
    struct client    *cl;
    enum ab_err       e;

    e = store_hget(c, key, ab_slice_str(id), &text);
    if (e != AB_OK) {
        return e == AB_E_STORE_ABSENT ? AB_E_CLIENT_ABSENT : e;
    }
    cl = entity_object_new(sizeof(*cl), &a);
    if (cl == NULL) {
        return ctx_nomem(c);
    }
    e = doc_parse_in(c, a, "client", text, &cl->doc);
    if (e == AB_OK) {
        e = client_view(c, a, key, cl);
    }
    if (e != AB_OK) {
        entity_object_free(cl);
        return e;
    }
    *ret_object = cl;
    return AB_OK;
}


static enum ab_err
client_load_by(struct ctx *c, const char *realm_id, const char *client_id,
    void **ret_object)
{
    struct ab_slice  id;
    enum ab_err      e;

    e = store_hget(c, key1(c, KEY_CLIENTS_BY, realm_id),
                   ab_slice_str(client_id), &id);
    if (e != AB_OK) {
        return e == AB_E_STORE_ABSENT ? AB_E_CLIENT_ABSENT : e;
    }
    return client_load(c, realm_id, id.p, ret_object);
}


static enum ab_err
client_get(struct ctx *c, enum entity_kind kind, const struct realm *realm,
    const char *name, const struct client **ret_client)
{
    const void   *cl;
    enum ab_err   e;

    if (*name == '\0' || strlen(name) > CLIENT_ID_MAX) {
        return AB_E_CLIENT_ABSENT;
    }
    e = entity_get(c, kind, realm->id, name,
                   kind == ENTITY_CLIENT ? client_load : client_load_by,
                   entity_object_free, &cl);
    if (e == AB_OK) {
        *ret_client = cl;
    }
    return e;
}


enum ab_err
client_by_client_id(struct ctx *c, const struct realm *realm,
    const char *client_id, const struct client **ret_client)
{
    return client_get(c, ENTITY_CLIENT_BY, realm, client_id, ret_client);
}


enum ab_err
client_by_id(struct ctx *c, const struct realm *realm, const char *id,
    const struct client **ret_client)
{
    return client_get(c, ENTITY_CLIENT, realm, id, ret_client);
}


/* ---- attributes ---------------------------------------------------------- */

const char *
client_attribute(const struct client *client, const char *name)
{
    return doc_str(json_object_get(client->doc, "attributes"), name);
}


bool
client_attribute_true(const struct client *client, const char *name)
{
    const char  *v = client_attribute(client, name);

    return v != NULL && strcasecmp(v, "true") == 0;
}


int64_t
client_attribute_number(const struct client *client, const char *name,
    int64_t fallback)
{
    const char  *v = client_attribute(client, name);
    int64_t      n;

    if (v == NULL || ab_parse_i64(ab_slice_str(v), &n) != AB_OK || n <= 0) {
        return fallback;
    }
    return n;
}
