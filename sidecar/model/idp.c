/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * idp.c - an identity provider of a realm, typed, over its document.
 */
#include "idp_int.h"

#include "doc.h"
#include "entity.h"
#include "secret.h"

#include "store/keys.h"

#include <stdlib.h>

#define ALIAS_MAX  255

/* Providers that vouch for clients or grants, never for a person
 * (broker.md 1.1, 6.1). */
static const char *const  not_for_people[] = {
    "spiffe", "kubernetes", "jwt-authorization-grant",
};

/* Providers with a name of their own for the page (broker.md 1.1); all
 * others fall back to the alias. */
static const struct label {
    const char  *provider_id, *name;
} labels[] = {
    { "google", "Google" }, { "facebook", "Facebook" },
    { "twitter", "Twitter" }, { "github", "GitHub" },
    { "linkedin-openid-connect", "LinkedIn" }, { "microsoft", "Microsoft" },
    { "stackoverflow", "StackOverflow" }, { "bitbucket", "BitBucket" },
    { "gitlab", "GitLab" }, { "openshift-v4", "Openshift v4" },
    { "paypal", "PayPal" }, { "instagram", "Instagram" },
};


static const char *
doc_label(const json_t *doc)
{
    const char  *name = doc_filled(doc, "displayName");
    const char  *provider = doc_str(doc, "providerId");
    size_t       i;

    if (name != NULL) {
        return name;
    }
    for (i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        if (provider != NULL && strcmp(labels[i].provider_id, provider) == 0) {
            return labels[i].name;
        }
    }
    return doc_str(doc, "alias");
}


/* ---- the login page's list ----------------------------------------------- */

bool
idp_doc_is_shown(const json_t *doc)
{
    const char  *provider = doc_str(doc, "providerId");
    size_t       i;

    for (i = 0; i < sizeof(not_for_people) / sizeof(not_for_people[0]); i++) {
        if (provider == NULL || strcmp(provider, not_for_people[i]) == 0) {
            return false;
        }
    }
    return doc_bool(doc, "enabled", true) && !doc_bool(doc, "linkOnly", false)
           && !doc_bool(doc, "hideOnLogin", false)
           && doc_filled(doc, "organizationId") == NULL;
}


int64_t
idp_doc_order(const json_t *doc)
{
    const char  *s = doc_filled(json_object_get(doc, "config"), "guiOrder");
    const char  *digits;
    size_t       n;
    long         order;

    if (s == NULL) {
        return IDP_ORDER_LAST;
    }
    /* As the reference reads an int: a sign, then digits, "05" too. */
    digits = s + (*s == '-' || *s == '+');
    n = strspn(digits, "0123456789");
    if (n == 0 || n > 10 || digits[n] != '\0') {
        return IDP_ORDER_LAST;
    }
    order = strtol(s, NULL, 10);
    return order < INT32_MIN || order > INT32_MAX ? IDP_ORDER_LAST : order;
}


struct ab_slice
idp_doc_member(struct ctx *c, const json_t *doc)
{
    const char  *parts[] = { doc_str(doc, "alias"), doc_str(doc, "internalId"),
                             doc_str(doc, "providerId"), doc_label(doc) };
    size_t       i, n, len = 0;
    char        *out;

    for (i = 0; i < 4; i++) {
        len += strlen(parts[i]) + 1;
    }
    out = arena_alloc(c->a, len);
    if (out == NULL) {
        return ab_slice(NULL, 0);
    }
    for (i = 0, len = 0; i < 4; i++) {
        n = strlen(parts[i]) + 1;
        memcpy(out + len, parts[i], n);
        len += n;
    }
    return ab_slice(out, len - 1);
}


static bool
read_member(struct arena *a, struct ab_slice m, struct idp *idp)
{
    const char  **parts[] = { &idp->alias, &idp->id, &idp->provider_id,
                              &idp->display_name };
    size_t        i, n;

    for (i = 0; i < 4; i++) {
        n = ab_slice_find(m, '\0');
        *parts[i] = arena_dup(a, ab_slice(m.p, n));
        if (*parts[i] == NULL) {
            return false;
        }
        m = n < m.len ? ab_slice(m.p + n + 1, m.len - n - 1)
                      : ab_slice(NULL, 0);
    }
    idp->enabled = true;
    return true;
}


static enum ab_err
shown_build(struct ctx *c, const struct reply *r, struct arena *a,
    struct idp_list *list)
{
    struct idp   *idps = arena_array(a, r->n + 1, sizeof(*idps));
    const struct idp **v = arena_array(a, r->n + 1, sizeof(struct idp *));
    size_t        i;

    if (idps == NULL || v == NULL) {
        return ctx_nomem(c);
    }
    for (i = 0; i < r->n; i++) {
        if (!read_member(a, r->list[i].s, &idps[i])) {
            return ctx_nomem(c);
        }
        v[i] = &idps[i];
    }
    list->n = r->n;
    list->v = v;
    return AB_OK;
}


static enum ab_err
shown_load(struct ctx *c, const char *realm_id, const char *name,
    void **ret_object)
{
    struct ab_slice   argv[] = { AB_S("ZRANGE"),
                                 key1(c, KEY_IDPS_LIST, realm_id),
                                 AB_S("0"), AB_S("-1") };
    struct idp_list  *list;
    struct arena     *a;
    struct reply     *r;
    enum ab_err       e;

    (void) name;
    e = store_call(c, 1, argv, 4, &r);
    if (e != AB_OK) {
        return e;
    }
    list = entity_object_new(sizeof(*list), &a);
    if (list == NULL) {
        return ctx_nomem(c);
    }
    e = shown_build(c, r, a, list);
    if (e != AB_OK) {
        entity_object_free(list);
        return e;
    }
    *ret_object = list;
    return AB_OK;
}


enum ab_err
idp_shown(struct ctx *c, const struct realm *realm,
    const struct idp_list **ret_list)
{
    const void   *list;
    enum ab_err   e;

    e = entity_get(c, ENTITY_IDPS_SHOWN, realm->id, "", shown_load,
                   entity_object_free, &list);
    if (e == AB_OK) {
        *ret_list = list;
    }
    return e;
}


/* ---- one provider -------------------------------------------------------- */

/* config with clientSecret in the open; the document keeps it sealed. */
static enum ab_err
open_config(struct ctx *c, struct arena *a, struct ab_slice key,
    struct idp *idp)
{
    const json_t  *config = json_object_get(idp->doc, "config");
    const char    *sealed = doc_filled(config, "clientSecret"), *plain, *field;
    json_t        *copy;
    enum ab_err    e;

    idp->config = config;
    if (sealed == NULL) {
        return AB_OK;
    }
    field = arena_printf(c->a, "%s:clientSecret", idp->id);
    if (field == NULL) {
        return ctx_nomem(c);
    }
    e = secret_open(c, key, field, sealed, &plain);
    if (e != AB_OK) {
        return e;
    }
    copy = doc_copy(config);
    if (copy == NULL || !doc_put(copy, "clientSecret", plain)) {
        json_decref(copy);
        return ctx_nomem(c);
    }
    idp->config = copy;
    return arena_own(a, copy, doc_unref) ? AB_OK : ctx_nomem(c);
}


static enum ab_err
idp_view(struct ctx *c, struct arena *a, struct ab_slice key,
    struct idp *idp)
{
    const json_t  *d = idp->doc;

    idp->id = doc_filled(d, "internalId");
    idp->alias = doc_filled(d, "alias");
    idp->provider_id = doc_filled(d, "providerId");
    if (idp->id == NULL || idp->alias == NULL || idp->provider_id == NULL) {
        return ctx_fail(c, AB_E_STORE_REPLY, "identity provider without id");
    }
    idp->display_name = doc_label(d);
    idp->enabled = doc_bool(d, "enabled", true);
    idp->trust_email = doc_bool(d, "trustEmail", false);
    idp->store_token = doc_bool(d, "storeToken", false);
    idp->add_read_token_role = doc_bool(d, "addReadTokenRoleOnCreate", false);
    idp->link_only = doc_bool(d, "linkOnly", false);
    idp->hide_on_login = doc_bool(d, "hideOnLogin", false);
    idp->first_flow = doc_filled(d, "firstBrokerLoginFlowAlias");
    idp->post_flow = doc_filled(d, "postBrokerLoginFlowAlias");
    return open_config(c, a, key, idp);
}


static enum ab_err
idp_load_id(struct ctx *c, const char *realm_id, struct ab_slice id,
    void **ret_object)
{
    struct ab_slice   key = key1(c, KEY_IDPS, realm_id), text;
    struct arena     *a;
    struct idp       *idp;
    enum ab_err       e;

    e = store_hget(c, key, id, &text);
    if (e != AB_OK) {
        return e == AB_E_STORE_ABSENT ? AB_E_IDP_ABSENT : e;
    }
    idp = entity_object_new(sizeof(*idp), &a);
    if (idp == NULL) {
        return ctx_nomem(c);
    }
    e = doc_parse_in(c, a, "identity provider", text, &idp->doc);
    if (e == AB_OK) {
        e = idp_view(c, a, key, idp);
    }
    if (e != AB_OK) {
        entity_object_free(idp);
        return e;
    }
    *ret_object = idp;
    return AB_OK;
}


static enum ab_err
idp_load(struct ctx *c, const char *realm_id, const char *alias,
    void **ret_object)
{
    struct ab_slice  id;
    enum ab_err      e;

    e = store_hget(c, key1(c, KEY_IDPS_BY, realm_id), ab_slice_str(alias),
                   &id);
    if (e != AB_OK) {
        return e == AB_E_STORE_ABSENT ? AB_E_IDP_ABSENT : e;
    }
    return idp_load_id(c, realm_id, id, ret_object);
}


enum ab_err
idp_by_alias(struct ctx *c, const struct realm *realm, const char *alias,
    const struct idp **ret_idp)
{
    const void   *idp;
    enum ab_err   e;

    if (*alias == '\0' || strlen(alias) > ALIAS_MAX) {
        return AB_E_IDP_ABSENT;
    }
    e = entity_get(c, ENTITY_IDP_BY, realm->id, alias, idp_load,
                   entity_object_free, &idp);
    if (e == AB_OK) {
        *ret_idp = idp;
    }
    return e;
}


/* ---- mappers and config -------------------------------------------------- */

static enum ab_err
mappers_load(struct ctx *c, const char *realm_id, const char *id,
    void **ret_object)
{
    struct ab_slice   text;
    struct arena     *a;
    const json_t    **array;
    enum ab_err       e;

    e = store_hget(c, key1(c, KEY_IDP_MAPPERS, realm_id), ab_slice_str(id),
                   &text);
    if (e == AB_E_STORE_ABSENT) {
        text = AB_S("[]");
    } else if (e != AB_OK) {
        return e;
    }
    array = entity_object_new(sizeof(*array), &a);
    if (array == NULL) {
        return ctx_nomem(c);
    }
    e = doc_parse_in(c, a, "mappers", text, array);
    if (e != AB_OK) {
        entity_object_free(array);
        return e;
    }
    *ret_object = array;
    return AB_OK;
}


enum ab_err
idp_mappers(struct ctx *c, const struct realm *realm, const struct idp *idp,
    const json_t **ret_mappers)
{
    const void   *array;
    enum ab_err   e;

    e = entity_get(c, ENTITY_IDP_MAPPERS, realm->id, idp->id, mappers_load,
                   entity_object_free, &array);
    if (e == AB_OK) {
        *ret_mappers = *(const json_t *const *) array;
    }
    return e;
}


const char *
idp_config(const struct idp *idp, const char *key)
{
    return doc_filled(idp->config, key);
}


bool
idp_config_true(const struct idp *idp, const char *key)
{
    return doc_bool(idp->config, key, false);
}


bool
idp_config_default_true(const struct idp *idp, const char *key)
{
    return doc_bool(idp->config, key, true);
}
