/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import_clients.c - client scopes and clients of a realm file.
 */
#include "import_int.h"

#include "doc.h"
#include "secret.h"

#include "base/clock.h"

#define SECRET_LEN  32

/* Members the reference gives a client of a file that says nothing
 * (recorded: admin-import); consent decides about full scope. */
static const struct flag {
    const char  *name;
    bool         value;
} flags[] = {
    { "enabled", true }, { "publicClient", false }, { "bearerOnly", false },
    { "standardFlowEnabled", true }, { "implicitFlowEnabled", false },
    { "directAccessGrantsEnabled", false },
    { "serviceAccountsEnabled", false }, { "consentRequired", false },
    { "frontchannelLogout", false }, { "alwaysDisplayInConsole", false },
    { "surrogateAuthRequired", false },
};

static const struct text {
    const char  *name, *value;
} texts[] = {
    { "protocol", "openid-connect" },
    { "clientAuthenticatorType", "client-secret" },
};


/* The array of the file, made when it has none. Borrowed. */
static json_t *
list_of(struct import *im, const char *name)
{
    json_t  *list = json_object_get(im->doc, name);

    if (list == NULL) {
        list = json_array();
        if (json_object_set_new(im->doc, name, list) != 0) {
            return NULL;
        }
    }
    return list;
}


enum ab_err
import_protocol_mappers(struct import *im, json_t *doc, const char *owner)
{
    json_t      *m;
    const char  *id, *protocol = doc_str(doc, "protocol");
    size_t       i;

    json_array_foreach(json_object_get(doc, "protocolMappers"), i, m) {
        id = import_own_id(im, m, "id", "protocol mapper", owner,
                           doc_str(m, "name"));
        if (id == NULL || !doc_put(m, "id", id)
            || (doc_filled(m, "protocol") == NULL && protocol != NULL
                && !doc_put(m, "protocol", protocol))
            || (json_object_get(m, "config") == NULL
                && json_object_set_new(m, "config", json_object()) != 0))
        {
            return ctx_nomem(im->c);
        }
    }
    return AB_OK;
}


/* ---- scopes -------------------------------------------------------------- */

static bool
has_name(const json_t *list, const char *name)
{
    const json_t  *item;
    size_t         i;

    json_array_foreach(list, i, item) {
        if (strcmp(doc_str(item, "name"), name) == 0) {
            return true;
        }
    }
    return false;
}


/*
 * A file with clientScopes gets only those and offline_access; its realm
 * lists are what it says, or empty (admin-api.md, "A new realm contains").
 */
static enum ab_err
complete_scopes(struct import *im)
{
    bool     is_own = json_object_get(im->doc, "clientScopes") != NULL;
    json_t  *scopes = list_of(im, "clientScopes"), *list;

    if (scopes == NULL || (!is_own && !import_default_scopes(scopes))
        || (!has_name(scopes, "offline_access")
            && !import_default_offline_scope(scopes)))
    {
        return ctx_nomem(im->c);
    }
    if (json_object_get(im->settings, "defaultDefaultClientScopes") == NULL) {
        list = is_own ? json_array() : import_default_scope_names(true);
        if (json_object_set_new(im->settings, "defaultDefaultClientScopes",
                                list) != 0)
        {
            return ctx_nomem(im->c);
        }
    }
    if (json_object_get(im->settings, "defaultOptionalClientScopes") == NULL) {
        list = is_own ? json_pack("[s]", "offline_access")
                      : import_default_scope_names(false);
        if (json_object_set_new(im->settings, "defaultOptionalClientScopes",
                                list) != 0)
        {
            return ctx_nomem(im->c);
        }
    }
    return AB_OK;
}


static const json_t *
scope_by_name(struct import *im, const char *name)
{
    const char    *key;
    json_t        *scope;

    json_object_foreach(im->part[PART_SCOPES], key, scope) {
        if (strcmp(doc_str(scope, "name"), name) == 0) {
            return scope;
        }
    }
    return NULL;
}


enum ab_err
import_scopes(struct import *im)
{
    json_t       *scope, *scopes;
    const char   *id, *name;
    size_t        i;
    enum ab_err   e = complete_scopes(im);

    if (e != AB_OK) {
        return e;
    }
    scopes = json_object_get(im->doc, "clientScopes");
    json_array_foreach(scopes, i, scope) {
        name = doc_str(scope, "name");
        if (scope_by_name(im, name) != NULL) {
            return import_bad(im, "stands in the file twice",
                              "clientScopes[%zu].name", i);
        }
        id = import_own_id(im, scope, "id", "scope", name, "");
        if (id == NULL || !doc_put(scope, "id", id)
            || (doc_filled(scope, "protocol") == NULL
                && !doc_put(scope, "protocol", "openid-connect")))
        {
            return ctx_nomem(im->c);
        }
        e = import_protocol_mappers(im, scope, id);
        if (e == AB_OK) {
            e = import_put(im, PART_SCOPES, id, scope, "clientScopes", i);
        }
        if (e != AB_OK) {
            return e;
        }
    }
    return AB_OK;
}


/* ---- clients ------------------------------------------------------------- */

/* A list of scope names without those the realm does not have (the reference
 * warns and goes on) or, from the realm's lists, of another protocol. */
static enum ab_err
put_scopes(struct import *im, json_t *cl, const char *name,
    const json_t *from, const char *protocol)
{
    json_t        *list = json_array();
    const json_t  *item, *scope;
    size_t         i;
    bool           ok = list != NULL;

    json_array_foreach(from, i, item) {
        scope = scope_by_name(im, json_string_value(item));
        if (ok && scope != NULL
            && (protocol == NULL
                || strcmp(doc_str(scope, "protocol"), protocol) == 0))
        {
            ok = json_array_append_new(list, doc_copy(item)) == 0;
        }
    }
    if (!ok) {
        json_decref(list);
        return ctx_nomem(im->c);
    }
    return json_object_set_new(cl, name, list) == 0 ? AB_OK
                                                    : ctx_nomem(im->c);
}


/* Either list in the file replaces both of the realm's. */
static enum ab_err
client_scopes(struct import *im, json_t *cl)
{
    const json_t  *d = json_object_get(cl, "defaultClientScopes");
    const json_t  *o = json_object_get(cl, "optionalClientScopes");
    json_t        *list;
    const char    *protocol = NULL;
    enum ab_err    e;

    if (d == NULL && o == NULL) {
        d = json_object_get(im->settings, "defaultDefaultClientScopes");
        o = json_object_get(im->settings, "defaultOptionalClientScopes");
        protocol = doc_str(cl, "protocol");
    }
    e = put_scopes(im, cl, "defaultClientScopes", d, protocol);
    if (e == AB_OK) {
        e = put_scopes(im, cl, "optionalClientScopes", o, protocol);
    }
    list = json_object_get(cl, "defaultClientScopes");
    if (e == AB_OK && protocol != NULL
        && doc_bool(cl, "serviceAccountsEnabled", false)
        && scope_by_name(im, "service_account") != NULL
        && json_array_append_new(list, json_string("service_account")) != 0)
    {
        e = ctx_nomem(im->c);
    }
    return e;
}


/* Whoever must authenticate has a secret. */
static enum ab_err
client_secret(struct import *im, json_t *cl)
{
    char         secret[SECRET_LEN + 1];
    const char  *now;
    enum ab_err  e = import_unmask(im, cl, "secret");

    if (e != AB_OK || doc_filled(cl, "secret") != NULL
        || doc_bool(cl, "publicClient", false)
        || doc_bool(cl, "bearerOnly", false))
    {
        return e;
    }
    secret_random(secret, SECRET_LEN);
    now = arena_printf(im->c->a, "%lld", (long long) clock_now_s());
    return now != NULL && doc_put(cl, "secret", secret)
           && doc_put(json_object_get(cl, "attributes"),
                      "client.secret.creation.time", now)
           ? AB_OK : ctx_nomem(im->c);
}


/* What stands before the path of an http or https address; "" else. */
static struct ab_slice
origin_of(const char *uri)
{
    const char  *host = strstr(uri, "://");
    size_t       n;

    if (host == NULL || (strncmp(uri, "http://", 7) != 0
                         && strncmp(uri, "https://", 8) != 0))
    {
        return ab_slice(NULL, 0);
    }
    host += strlen("://");
    n = strcspn(host, "/?#*");
    return n == 0 ? ab_slice(NULL, 0) : ab_slice_between(uri, host + n);
}


static bool
has_text(const json_t *list, struct ab_slice text)
{
    const json_t  *item;
    size_t         i;

    json_array_foreach(list, i, item) {
        if (ab_slice_eq_str(text, json_string_value(item))) {
            return true;
        }
    }
    return false;
}


/* A file that says nothing of web origins means those of the addresses. */
static bool
client_addresses(json_t *cl)
{
    json_t           *uris = json_object_get(cl, "redirectUris"), *uri;
    json_t           *origins = json_array();
    struct ab_slice   origin;
    size_t            i;
    bool              ok = origins != NULL;

    json_array_foreach(uris, i, uri) {
        origin = origin_of(json_string_value(uri));
        if (ok && origin.len > 0 && !has_text(origins, origin)) {
            ok = json_array_append_new(origins, json_stringn(origin.p,
                                                             origin.len)) == 0;
        }
    }
    if (ok && json_object_get(cl, "webOrigins") == NULL) {
        ok = json_object_set(cl, "webOrigins", origins) == 0;
    }
    json_decref(origins);
    return ok && (uris != NULL
                  || json_object_set_new(cl, "redirectUris",
                                         json_array()) == 0);
}


static bool
client_members(json_t *cl, bool is_built_in)
{
    json_t  *attributes;
    size_t   i;
    bool     ok = true;

    for (i = 0; ok && i < sizeof(flags) / sizeof(*flags); i++) {
        ok = json_object_set_new(cl, flags[i].name, json_boolean(
                 doc_bool(cl, flags[i].name, flags[i].value))) == 0;
    }
    ok = ok && json_object_set_new(cl, "fullScopeAllowed", json_boolean(
                   doc_bool(cl, "fullScopeAllowed",
                            !doc_bool(cl, "consentRequired", false)))) == 0;
    for (i = 0; ok && i < sizeof(texts) / sizeof(*texts); i++) {
        ok = doc_filled(cl, texts[i].name) != NULL
             || doc_put(cl, texts[i].name, texts[i].value);
    }
    ok = ok && client_addresses(cl);
    attributes = json_object_get(cl, "attributes");
    if (ok && attributes == NULL) {
        attributes = json_object();
        ok = json_object_set_new(cl, "attributes", attributes) == 0;
    }
    return ok && (is_built_in || json_object_get(attributes,
                                     "post.logout.redirect.uris") != NULL
                  || doc_put(attributes, "post.logout.redirect.uris", "+"));
}


static enum ab_err
client_add(struct import *im, json_t *cl, size_t i, bool is_built_in)
{
    const char   *client_id = doc_str(cl, "clientId"), *id;
    enum ab_err   e;

    id = import_own_id(im, cl, "id", "client", client_id, "");
    if (id == NULL || !doc_put(cl, "id", id)
        || !client_members(cl, is_built_in))
    {
        return ctx_nomem(im->c);
    }
    e = client_secret(im, cl);
    if (e == AB_OK) {
        e = client_scopes(im, cl);
    }
    if (e == AB_OK) {
        e = import_protocol_mappers(im, cl, id);
    }
    if (e == AB_OK) {
        e = import_put(im, PART_CLIENTS, id, cl, "clients", i);
    }
    if (e == AB_OK) {
        e = import_put(im, PART_CLIENTS_BY, client_id,
                       json_object_get(cl, "id"), "clients", i);
    }
    return e;
}


enum ab_err
import_clients(struct import *im)
{
    json_t       *clients = list_of(im, "clients"), *cl;
    size_t        i, own = json_array_size(clients);
    enum ab_err   e;

    if (clients == NULL || !import_default_clients(im, clients)) {
        return ctx_nomem(im->c);
    }
    im->n_own_clients = own;
    json_array_foreach(clients, i, cl) {
        e = client_add(im, cl, i, i >= own);
        if (e != AB_OK) {
            return e;
        }
    }
    return AB_OK;
}
