/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import_idps.c - identity providers with their mappers, and components, of
 * a realm file.
 */
#include "import_int.h"

#include "doc.h"
#include "secret.h"

#define KEY_PROVIDER  "org.keycloak.keys.KeyProvider"


/* ---- identity providers -------------------------------------------------- */

/* config: empty texts go, hideOnLoginPage moves up (broker.md 1). */
static enum ab_err
idp_config(struct import *im, json_t *idp)
{
    json_t      *config = json_object_get(idp, "config"), *v;
    const char  *key;
    void        *next;

    if (config == NULL) {
        return json_object_set_new(idp, "config", json_object()) == 0
               ? AB_OK : ctx_nomem(im->c);
    }
    json_object_foreach_safe(config, next, key, v) {
        if (json_string_length(v) == 0) {
            (void) json_object_del(config, key);
        }
    }
    v = json_object_get(config, "hideOnLoginPage");
    if (v != NULL) {
        if (json_object_get(idp, "hideOnLogin") == NULL
            && json_object_set_new(idp, "hideOnLogin", json_boolean(doc_bool(
                                   config, "hideOnLoginPage", false))) != 0)
        {
            return ctx_nomem(im->c);
        }
        (void) json_object_del(config, "hideOnLoginPage");
    }
    return import_unmask(im, config, "clientSecret");
}


static enum ab_err
idp_flows(struct import *im, const json_t *idp, size_t i)
{
    static const char *const  names[] = { "firstBrokerLoginFlowAlias",
                                          "postBrokerLoginFlowAlias" };
    const char               *alias;
    size_t                    j;

    for (j = 0; j < 2; j++) {
        alias = doc_filled(idp, names[j]);
        if (alias != NULL && doc_str(im->flow_ids, alias) == NULL) {
            return import_bad(im, "no such flow", "identityProviders[%zu].%s",
                              i, names[j]);
        }
    }
    return AB_OK;
}


static enum ab_err
idp_add(struct import *im, json_t *idp, size_t i)
{
    const char   *alias = doc_str(idp, "alias"), *id;
    enum ab_err   e;

    if (strpbrk(alias, " /?#%\\") != NULL) {
        return import_bad(im, "character that no alias may have",
                          "identityProviders[%zu].alias", i);
    }
    id = import_own_id(im, idp, "internalId", "identity provider", alias, "");
    if (id == NULL || !doc_put(idp, "internalId", id)
        || json_object_set_new(idp, "enabled", json_boolean(doc_bool(idp,
                               "enabled", true))) != 0)
    {
        return ctx_nomem(im->c);
    }
    e = idp_config(im, idp);
    if (e == AB_OK) {
        e = idp_flows(im, idp, i);
    }
    if (e == AB_OK) {
        e = import_put(im, PART_IDPS, id, idp, "identityProviders", i);
    }
    if (e == AB_OK) {
        e = import_put(im, PART_IDPS_BY, alias,
                       json_object_get(idp, "internalId"),
                       "identityProviders", i);
    }
    return e;
}


static enum ab_err
mapper_add(struct import *im, json_t *mapper, size_t i)
{
    const char  *alias = doc_str(mapper, "identityProviderAlias");
    const char  *idp = doc_str(im->part[PART_IDPS_BY], alias), *id;
    json_t      *list;

    if (idp == NULL) {
        return import_bad(im, "no such identity provider",
                          "identityProviderMappers[%zu]", i);
    }
    list = json_object_get(im->part[PART_IDP_MAPPERS], idp);
    if (list == NULL) {
        list = json_array();
        if (json_object_set_new(im->part[PART_IDP_MAPPERS], idp, list) != 0) {
            return ctx_nomem(im->c);
        }
    }
    id = import_own_id(im, mapper, "id", "identity provider mapper", idp,
                       doc_str(mapper, "name"));
    if (id == NULL || !doc_put(mapper, "id", id)
        || (json_object_get(mapper, "config") == NULL
            && json_object_set_new(mapper, "config", json_object()) != 0)
        || json_array_append(list, mapper) != 0)
    {
        return ctx_nomem(im->c);
    }
    return AB_OK;
}


enum ab_err
import_idps(struct import *im)
{
    json_t       *list = json_object_get(im->doc, "identityProviders"), *item;
    size_t        i;
    enum ab_err   e = AB_OK;

    json_array_foreach(list, i, item) {
        if (e == AB_OK) {
            e = idp_add(im, item, i);
        }
    }
    list = json_object_get(im->doc, "identityProviderMappers");
    json_array_foreach(list, i, item) {
        if (e == AB_OK) {
            e = mapper_add(im, item, i);
        }
    }
    return e;
}


/* ---- components ---------------------------------------------------------- */

static enum ab_err components_add(struct import *im, json_t *by_type,
    const char *parent_id);


/* A key of a realm that was masked is not made up from random text: the
 * component gets new material like one without (token/key.h). */
static void
unmask_key(struct import *im, json_t *config, const char *key)
{
    im->n_masked++;
    (void) json_object_del(config, key);
    (void) json_object_del(config, "certificate");
}


static bool
put_first(json_t *config, const char *key, const char *text)
{
    return json_object_set_new(config, key, json_pack("[s]", text)) == 0;
}


/* Config values are arrays; a single text becomes one. */
static enum ab_err
component_config(struct import *im, json_t *component, bool is_key)
{
    json_t      *config = json_object_get(component, "config"), *v;
    const char  *key, *text;
    void        *next;
    char         random[33];

    if (config == NULL) {
        return json_object_set_new(component, "config", json_object()) == 0
               ? AB_OK : ctx_nomem(im->c);
    }
    json_object_foreach_safe(config, next, key, v) {
        text = json_is_array(v) ? doc_first(config, key)
                                : json_string_value(v);
        if (text != NULL && strcmp(text, IMPORT_MASK) == 0) {
            if (is_key) {
                unmask_key(im, config, key);
                continue;
            }
            im->n_masked++;
            secret_random(random, sizeof(random) - 1);
            text = random;
        } else if (json_is_array(v)) {
            continue;
        }
        if (!put_first(config, key, text)) {
            return ctx_nomem(im->c);
        }
    }
    return AB_OK;
}


static enum ab_err
component_add(struct import *im, json_t *component, const char *type,
    const char *parent_id, size_t i)
{
    const char   *name = doc_filled(component, "name"), *id, *place;
    json_t       *below = json_incref(json_object_get(component,
                                                      "subComponents"));
    enum ab_err   e;

    place = arena_printf(im->c->a, "%s:%s:%zu", type,
                         name == NULL ? "" : name, i);
    id = place == NULL ? NULL : import_own_id(im, component, "id",
                                              "component", parent_id, place);
    (void) json_object_del(component, "subComponents");
    if (id == NULL || !doc_put(component, "id", id)
        || !doc_put(component, "providerType", type)
        || !doc_put(component, "parentId", parent_id)
        || (name == NULL && !doc_put(component, "name",
                                     doc_str(component, "providerId"))))
    {
        e = ctx_nomem(im->c);
    } else {
        e = component_config(im, component, strcmp(type, KEY_PROVIDER) == 0);
    }
    if (e == AB_OK) {
        e = import_put(im, PART_COMPONENTS, id, component, "components", i);
    }
    if (e == AB_OK && below != NULL) {
        e = components_add(im, below, id);
    }
    json_decref(below);
    return e;
}


/* The depth was checked with the file's shape. */
static enum ab_err
components_add(struct import *im, json_t *by_type, const char *parent_id)
{
    const char   *type;
    json_t       *list, *component;
    size_t        i;
    enum ab_err   e = AB_OK;

    json_object_foreach(by_type, type, list) {
        json_array_foreach(list, i, component) {
            if (e == AB_OK) {
                e = component_add(im, component, type, parent_id, i);
            }
        }
    }
    return e;
}


enum ab_err
import_components(struct import *im)
{
    json_t  *by_type = json_object_get(im->doc, "components");

    if (by_type == NULL) {
        by_type = json_object();
        if (json_object_set_new(im->doc, "components", by_type) != 0) {
            return ctx_nomem(im->c);
        }
    }
    return import_default_keys(by_type)
           ? components_add(im, by_type, im->rid) : ctx_nomem(im->c);
}
