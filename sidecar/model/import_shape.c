/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import_shape.c - what a realm file may look like.
 *
 * One table per kind of object tells the type of each member that anything
 * of ours reads; members that are not listed may be anything and survive.
 * After this check the builders trust types. null counts as absent and is
 * taken out first.
 */
#include "import_int.h"

#include "doc.h"

#include "ab_limits.h"
#include "ab_time.h"

#include <stdio.h>
#include <strings.h>

/* Levels of sub-groups and sub-components. */
#define NEST_MAX   32
/* null is looked for down to here; deeper files are refused. */
#define DEPTH_MAX  64

enum type {
    TEXT,           /* a text without control characters */
    NAME,           /* 1 to 255 bytes of that */
    ID,             /* doc_id_ok() */
    BIG,            /* any text */
    FLAG,           /* true, false, or the text of one */
    NUMBER,         /* whole, or the text of one */
    TEXTS,          /* array of TEXT */
    NAMES,          /* array of NAME */
    MAP,            /* object of texts; flags and numbers become texts */
    LISTS,          /* object of arrays of NAME */
    VALUES,         /* object of arrays of any texts, or single texts */
    OBJECT,         /* one object of `inner`, or any when NULL */
    OBJECTS,        /* array of objects of `inner` */
    OBJECTS_BY,     /* object of arrays of objects of `inner` */
};

struct member {
    const char           *name;
    enum type             type;
    bool                  required;
    const struct member  *inner;
};

/* Each table ends with a row without name. */
static const struct member  mapper[] = {
    { "id", ID, false, NULL }, { "name", NAME, true, NULL },
    { "protocol", NAME, false, NULL }, { "protocolMapper", NAME, true, NULL },
    { "config", MAP, false, NULL }, { .name = NULL }
};

static const struct member  client[] = {
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

static const struct member  scope[] = {
    { "id", ID, false, NULL }, { "name", NAME, true, NULL },
    { "protocol", NAME, false, NULL }, { "attributes", MAP, false, NULL },
    { "protocolMappers", OBJECTS, false, mapper }, { .name = NULL }
};

static const struct member  composites[] = {
    { "realm", NAMES, false, NULL }, { "client", LISTS, false, NULL },
    { .name = NULL }
};

static const struct member  role[] = {
    { "id", ID, false, NULL }, { "name", NAME, true, NULL },
    { "description", TEXT, false, NULL },
    { "composites", OBJECT, false, composites },
    { "attributes", VALUES, false, NULL }, { .name = NULL }
};

static const struct member  roles[] = {
    { "realm", OBJECTS, false, role }, { "client", OBJECTS_BY, false, role },
    { .name = NULL }
};

static const struct member  default_role[] = {
    { "id", ID, false, NULL }, { "name", NAME, true, NULL }, { .name = NULL }
};

static const struct member  group[] = {
    { "id", ID, false, NULL }, { "name", NAME, true, NULL },
    { "attributes", VALUES, false, NULL },
    { "realmRoles", NAMES, false, NULL },
    { "clientRoles", LISTS, false, NULL },
    { "subGroups", OBJECTS, false, group }, { .name = NULL }
};

static const struct member  mapping[] = {
    { "client", NAME, false, NULL }, { "clientScope", NAME, false, NULL },
    { "roles", NAMES, true, NULL }, { .name = NULL }
};

static const struct member  execution[] = {
    { "requirement", NAME, true, NULL }, { "priority", NUMBER, false, NULL },
    { "authenticator", NAME, false, NULL }, { "flowAlias", NAME, false, NULL },
    { "authenticatorConfig", NAME, false, NULL },
    { "authenticatorFlow", FLAG, false, NULL },
    { "autheticatorFlow", FLAG, false, NULL }, { .name = NULL }
};

static const struct member  flow[] = {
    { "id", ID, false, NULL }, { "alias", NAME, true, NULL },
    { "providerId", NAME, false, NULL }, { "topLevel", FLAG, false, NULL },
    { "builtIn", FLAG, false, NULL },
    { "authenticationExecutions", OBJECTS, false, execution },
    { .name = NULL }
};

static const struct member  config[] = {
    { "id", ID, false, NULL }, { "alias", NAME, true, NULL },
    { "config", MAP, false, NULL }, { .name = NULL }
};

static const struct member  action[] = {
    { "alias", NAME, true, NULL }, { "providerId", NAME, false, NULL },
    { "name", TEXT, false, NULL }, { "enabled", FLAG, false, NULL },
    { "defaultAction", FLAG, false, NULL },
    { "priority", NUMBER, false, NULL }, { "config", MAP, false, NULL },
    { .name = NULL }
};

static const struct member  idp[] = {
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

static const struct member  idp_mapper[] = {
    { "id", ID, false, NULL }, { "name", NAME, true, NULL },
    { "identityProviderAlias", NAME, true, NULL },
    { "identityProviderMapper", NAME, true, NULL },
    { "config", MAP, false, NULL }, { .name = NULL }
};

static const struct member  component[] = {
    { "id", ID, false, NULL }, { "name", TEXT, false, NULL },
    { "providerId", NAME, true, NULL }, { "subType", TEXT, false, NULL },
    { "config", VALUES, false, NULL },
    { "subComponents", OBJECTS_BY, false, component }, { .name = NULL }
};

static const struct member  credential[] = {
    { "type", NAME, true, NULL }, { "value", BIG, false, NULL },
    { "secretData", BIG, false, NULL }, { "credentialData", BIG, false, NULL },
    { "temporary", FLAG, false, NULL }, { .name = NULL }
};

static const struct member  link[] = {
    { "identityProvider", NAME, true, NULL }, { "userId", NAME, true, NULL },
    { "userName", TEXT, false, NULL }, { .name = NULL }
};

static const struct member  user[] = {
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

static const struct member  smtp[] = {
    { "password", TEXT, false, NULL }, { .name = NULL }
};

static const struct member  realm[] = {
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

/* Where in the file; grows and shrinks with the walk. */
struct walk {
    struct import  *im;
    char            path[192];
    size_t          len;
    int             nest;
};

static enum ab_err object_check(struct walk *w, json_t *o,
    const struct member *members);


/* ---- paths --------------------------------------------------------------- */

static size_t
path_name(struct walk *w, const char *name)
{
    size_t  before = w->len;
    int     n = snprintf(w->path + w->len, sizeof(w->path) - w->len, "%s%.48s",
                         w->len == 0 ? "" : ".", name);

    w->len += n < 0 ? 0 : (size_t) n;
    if (w->len >= sizeof(w->path)) {
        w->len = sizeof(w->path) - 1;
    }
    return before;
}


static size_t
path_index(struct walk *w, size_t i)
{
    size_t  before = w->len;
    int     n = snprintf(w->path + w->len, sizeof(w->path) - w->len, "[%zu]",
                         i);

    w->len += n < 0 ? 0 : (size_t) n;
    if (w->len >= sizeof(w->path)) {
        w->len = sizeof(w->path) - 1;
    }
    return before;
}


static void
path_back(struct walk *w, size_t before)
{
    w->len = before;
    w->path[before] = '\0';
}


static enum ab_err
bad(struct walk *w, const char *reason)
{
    return import_bad(w->im, reason, "%s", w->path);
}


/* ---- values -------------------------------------------------------------- */

static const char *
text_fault(const json_t *v, enum type type)
{
    const char  *s = json_string_value(v);
    size_t       i;

    if (s == NULL) {
        return "a text is wanted";
    }
    for (i = 0; type != BIG && s[i] != '\0'; i++) {
        if ((unsigned char) s[i] < 0x20 && (type != TEXT || s[i] == '\0'
            || strchr("\t\r\n", s[i]) == NULL))
        {
            return "control character";
        }
    }
    if (type == NAME && (*s == '\0' || strlen(s) > 255)) {
        return "1 to 255 bytes are wanted";
    }
    if (type == ID && !doc_id_ok(s)) {
        return "1 to 64 of A-Z, a-z, 0-9, '-' and '_' are wanted";
    }
    return NULL;
}


static const char *
scalar_fault(const json_t *v, enum type type)
{
    const char  *s = json_string_value(v);
    int64_t      n;

    if (type == FLAG) {
        return json_is_boolean(v)
               || (s != NULL && (strcasecmp(s, "true") == 0
                                 || strcasecmp(s, "false") == 0))
               ? NULL : "true or false is wanted";
    }
    if (type == NUMBER) {
        return json_is_integer(v)
               || (s != NULL && ab_parse_i64(ab_slice_str(s), &n) == AB_OK)
               ? NULL : "a whole number is wanted";
    }
    return text_fault(v, type);
}


static enum ab_err
texts_check(struct walk *w, const json_t *v, enum type each)
{
    const json_t  *item;
    const char    *fault;
    size_t         i;

    if (!json_is_array(v)) {
        return bad(w, "an array is wanted");
    }
    json_array_foreach(v, i, item) {
        fault = text_fault(item, each);
        if (fault != NULL) {
            path_index(w, i);
            return bad(w, fault);
        }
    }
    return AB_OK;
}


/* Flags and numbers of a map become texts, as the reference stores them. */
static enum ab_err
map_check(struct walk *w, json_t *v)
{
    const char  *key;
    json_t      *item;
    void        *next;
    char         digits[24];

    if (!json_is_object(v)) {
        return bad(w, "an object is wanted");
    }
    json_object_foreach_safe(v, next, key, item) {
        if (json_is_string(item)) {
            continue;
        }
        snprintf(digits, sizeof(digits), "%lld",
                 (long long) json_integer_value(item));
        if (!json_is_integer(item) && !json_is_boolean(item)) {
            path_name(w, key);
            return bad(w, "a text is wanted");
        }
        if (!doc_put(v, key, json_is_integer(item) ? digits
                             : json_is_true(item) ? "true" : "false"))
        {
            return ctx_nomem(w->im->c);
        }
    }
    return AB_OK;
}


/* Arrays by name; with VALUES a single text may stand for an array. */
static enum ab_err
lists_check(struct walk *w, json_t *v, enum type type)
{
    const char   *key;
    json_t       *item;
    size_t        before;
    enum ab_err   e = AB_OK;

    if (!json_is_object(v)) {
        return bad(w, "an object is wanted");
    }
    json_object_foreach(v, key, item) {
        if (type == VALUES && json_is_string(item)) {
            continue;
        }
        before = path_name(w, key);
        e = texts_check(w, item, type == VALUES ? BIG : NAME);
        if (e != AB_OK) {
            return e;
        }
        path_back(w, before);
    }
    return e;
}


static enum ab_err
objects_check(struct walk *w, const json_t *v, const struct member *inner)
{
    json_t       *item;
    size_t        i, before;
    enum ab_err   e;

    if (!json_is_array(v)) {
        return bad(w, "an array is wanted");
    }
    json_array_foreach(v, i, item) {
        before = path_index(w, i);
        e = object_check(w, item, inner);
        if (e != AB_OK) {
            return e;
        }
        path_back(w, before);
    }
    return AB_OK;
}


static enum ab_err
objects_by_check(struct walk *w, json_t *v, const struct member *inner)
{
    const char   *key;
    json_t       *item;
    size_t        before;
    enum ab_err   e;

    if (!json_is_object(v)) {
        return bad(w, "an object is wanted");
    }
    json_object_foreach(v, key, item) {
        before = path_name(w, key);
        e = objects_check(w, item, inner);
        if (e != AB_OK) {
            return e;
        }
        path_back(w, before);
    }
    return AB_OK;
}


static enum ab_err
member_check(struct walk *w, json_t *v, const struct member *m)
{
    const char  *fault;

    switch (m->type) {
    case TEXTS:
        return texts_check(w, v, TEXT);
    case NAMES:
        return texts_check(w, v, NAME);
    case MAP:
        return map_check(w, v);
    case LISTS:
    case VALUES:
        return lists_check(w, v, m->type);
    case OBJECT:
        return object_check(w, v, m->inner);
    case OBJECTS:
        return objects_check(w, v, m->inner);
    case OBJECTS_BY:
        return objects_by_check(w, v, m->inner);
    default:
        fault = scalar_fault(v, m->type);
        return fault == NULL ? AB_OK : bad(w, fault);
    }
}


static enum ab_err
object_check(struct walk *w, json_t *o, const struct member *members)
{
    const struct member  *m;
    json_t               *v;
    size_t                before;
    enum ab_err           e = AB_OK;

    if (!json_is_object(o)) {
        return bad(w, "an object is wanted");
    }
    if (++w->nest > NEST_MAX) {
        return bad(w, "nested too deep");
    }
    for (m = members; e == AB_OK && m->name != NULL; m++) {
        v = json_object_get(o, m->name);
        before = path_name(w, m->name);
        if (v != NULL) {
            e = member_check(w, v, m);
        } else if (m->required) {
            e = bad(w, "is missing");
        }
        if (e == AB_OK) {
            path_back(w, before);
        }
    }
    w->nest--;
    return e;
}


/* ---- null ---------------------------------------------------------------- */

/* False: too deep. */
static bool
drop_nulls(json_t *v, int depth)
{
    const char  *key;
    json_t      *item;
    void        *next;
    size_t       i;
    bool         ok = depth <= DEPTH_MAX;

    json_object_foreach_safe(v, next, key, item) {
        if (json_is_null(item)) {
            (void) json_object_del(v, key);
        } else {
            ok = ok && drop_nulls(item, depth + 1);
        }
    }
    json_array_foreach(v, i, item) {
        ok = ok && drop_nulls(item, depth + 1);
    }
    return ok;
}


enum ab_err
import_shape(struct import *im)
{
    struct walk  w = { .im = im };

    if (!json_is_object(im->doc)) {
        return import_bad(im, "one realm, an object, is wanted", "$");
    }
    if (!drop_nulls(im->doc, 0)) {
        return import_bad(im, "nested too deep", "$");
    }
    return object_check(&w, im->doc, realm);
}
