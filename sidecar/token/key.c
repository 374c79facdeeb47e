/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * key.c - a realm's keys as one cached, sorted set.
 */
#include "key_int.h"
#include "alg.h"

#include "ab_base64.h"
#include "ab_digest.h"
#include "ab_limits.h"
#include "model/app.h"
#include "model/doc.h"
#include "model/entity.h"
#include "model/mark.h"
#include "store/keys.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>

#define KEYS_MAX           AB_MAX_JWKS_KEYS_N
#define FALLBACK_PRIORITY  "-100"

static enum ab_err load(struct ctx *c, const char *realm_id,
    const char *name, void **ret_object);
static enum ab_err add_component(struct ctx *c, struct arena *a,
    struct ab_slice components, struct ab_slice text, const char *cn,
    struct realm_keys *set);
static enum ab_err fill(struct ctx *c, struct arena *a,
    const struct key_provider *p, const json_t *doc,
    const struct material *m, struct realm_key *ret_key);
static int compare(const void *a, const void *b);
static const struct realm_key *find_active(const struct realm_keys *keys,
    const char *alg, const char *use);
static enum ab_err add_fallback(struct ctx *c, const struct realm *realm,
    const struct alg *alg);


enum ab_err
realm_keys_get(struct ctx *c, const struct realm *realm,
    const struct realm_keys **ret_keys)
{
    const void   *object;
    enum ab_err   e = entity_get(c, ENTITY_KEYS, realm->id, realm->name, load,
                                 entity_object_free, &object);

    if (e == AB_OK) {
        *ret_keys = object;
    }
    return e;
}


/* name: the realm's, for certificates. */
static enum ab_err
load(struct ctx *c, const char *realm_id, const char *name,
    void **ret_object)
{
    struct ab_slice     components = key1(c, KEY_COMPONENTS, realm_id);
    struct realm_keys  *set;
    struct arena       *a;
    struct reply       *r;
    size_t              i;
    enum ab_err         e = store_hgetall(c, components, &r);

    if (e != AB_OK) {
        return e;
    }
    set = entity_object_new(sizeof(*set), &a);
    if (set == NULL) {
        return ctx_nomem(c);
    }
    set->v = arena_array(a, KEYS_MAX, sizeof(*set->v));
    e = set->v == NULL ? ctx_nomem(c) : AB_OK;
    for (i = 0; e == AB_OK && i + 1 < r->n; i += 2) {
        /* "ID" is a document, "ID:key" the material of one. */
        if (ab_slice_find(r->list[i].s, ':') == r->list[i].s.len) {
            e = add_component(c, a, components, r->list[i + 1].s, name, set);
        }
    }
    if (e != AB_OK) {
        entity_object_free(set);
        return e;
    }
    qsort(set->v, set->n, sizeof(*set->v), compare);
    *ret_object = set;
    return AB_OK;
}


/* A component that is no key, or whose material nobody can read, adds none:
 * one bad import does not take the realm's other keys away. */
static enum ab_err
add_component(struct ctx *c, struct arena *a, struct ab_slice components,
    struct ab_slice text, const char *cn, struct realm_keys *set)
{
    const struct key_provider  *p;
    struct ctx                  own = *c;
    struct material             m;
    const json_t               *doc;
    enum ab_err                 e;

    own.a = a;
    e = doc_parse_in(&own, a, "component", text, &doc);
    if (e != AB_OK) {
        return fail(&c->f, e, "%s", own.f.detail);
    }
    p = key_provider_by_id(doc_str(doc, "providerId"));
    if (p == NULL || doc_str(doc, "id") == NULL || set->n == KEYS_MAX) {
        return AB_OK;
    }
    e = key_material_get(&own, components, p, doc, cn, &m);
    if (e == AB_OK) {
        e = fill(&own, a, p, doc, &m, &set->v[set->n]);
    }
    if (e == AB_E_FORMAT || e == AB_E_STORE_ABSENT || e == AB_E_UNSUPPORTED) {
        return AB_OK;
    }
    if (e != AB_OK) {
        return fail(&c->f, e, "%s", own.f.detail);
    }
    set->n++;
    return AB_OK;
}


static enum ab_err
fill_public(struct ctx *c, struct arena *a, struct realm_key *key)
{
    unsigned char  *der = NULL;
    int             n = i2d_PUBKEY(key->pkey, &der);
    uint8_t         hash[AB_SHA256_LEN];
    char           *kid = arena_alloc(a, AB_B64URL_LEN(sizeof(hash)) + 1);

    key->spki = n > 0 ? arena_slice(a, ab_slice(der, (size_t) n))
                      : ab_slice(NULL, 0);
    OPENSSL_free(der);
    if (key->spki.p == NULL || kid == NULL || !ab_sha256(hash, key->spki)) {
        return ctx_nomem(c);
    }
    ab_b64url_encode(kid, ab_slice(hash, sizeof(hash)));
    key->kid = kid;
    return AB_OK;
}


/* The algorithm and the key must belong together. */
static bool
is_fitting(const struct alg *alg, const struct key_provider *p,
    const struct material *m)
{
    const char  *type = p->kind == MATERIAL_RSA ? "RSA"
                        : p->kind == MATERIAL_EC ? "EC" : NULL;
    bool         is_rsa = alg->family == ALG_PKCS1 || alg->family == ALG_PSS;

    if (strcmp(alg->use, p->use) != 0) {
        return false;
    }
    if (m->pkey == NULL) {
        return p->kind == MATERIAL_SECRET
               && (alg->family == ALG_HMAC || alg->family == ALG_OTHER);
    }
    if (type != NULL && !EVP_PKEY_is_a(m->pkey, type)) {
        return false;
    }
    switch (p->kind) {
    case MATERIAL_RSA:
        return (is_rsa || alg->family == ALG_OTHER)
               && EVP_PKEY_get_bits(m->pkey) >= 2048;
    case MATERIAL_EC:
        return alg->family == ALG_OTHER
               || (alg->family == ALG_ECDSA
                   && EVP_PKEY_get_bits(m->pkey)
                      == (alg->width == 66 ? 521 : (int) alg->width * 8));
    case MATERIAL_OKP:
        return alg->family == ALG_EDDSA
               && (EVP_PKEY_is_a(m->pkey, "ED25519")
                   || EVP_PKEY_is_a(m->pkey, "ED448"));
    default:
        return false;
    }
}


/* AB_E_UNSUPPORTED: an algorithm we do not know, or not this key's. */
static enum ab_err
fill(struct ctx *c, struct arena *a, const struct key_provider *p,
    const json_t *doc, const struct material *m, struct realm_key *ret_key)
{
    const json_t      *config = json_object_get(doc, "config");
    const char        *name = p->alg_name == NULL
                              ? NULL : doc_first(config, p->alg_name);
    const char        *enabled = doc_first(config, "enabled");
    const char        *active = doc_first(config, "active");
    const char        *priority = doc_first(config, "priority");
    const char        *curve = p->curve_name == NULL
                               ? NULL : doc_first(config, p->curve_name);
    const struct alg  *alg = alg_by_name(name == NULL ? p->alg : name);
    struct realm_key   key = {
        .kid = m->kid, .provider = p->id, .use = p->use,
        .status = KEY_ACTIVE, .pkey = m->pkey, .secret = m->secret,
        .cert = m->cert, .id = doc_str(doc, "id"),
        .priority = priority == NULL ? 0 : strtoll(priority, NULL, 10),
    };

    if (p->alg == NULL) {
        alg = alg_by_curve(curve == NULL ? p->curve : curve);
    }
    if (alg == NULL || !is_fitting(alg, p, m)) {
        return AB_E_UNSUPPORTED;
    }
    key.alg = alg->name;
    if (active != NULL && strcmp(active, "true") != 0) {
        key.status = KEY_PASSIVE;
    }
    if (enabled != NULL && strcmp(enabled, "true") != 0) {
        key.status = KEY_DISABLED;
    }
    *ret_key = key;
    return key.pkey == NULL ? AB_OK : fill_public(c, a, ret_key);
}


/* Highest priority first; among equals the order is fixed by the id. */
static int
compare(const void *a, const void *b)
{
    const struct realm_key  *x = a, *y = b;

    if (x->priority != y->priority) {
        return x->priority > y->priority ? -1 : 1;
    }
    return strcmp(x->id, y->id);
}


const struct realm_key *
realm_key_by_kid(const struct realm_keys *keys, const char *kid)
{
    size_t  i;

    for (i = 0; kid != NULL && i < keys->n; i++) {
        if (keys->v[i].status != KEY_DISABLED
            && strcmp(keys->v[i].kid, kid) == 0)
        {
            return &keys->v[i];
        }
    }
    return NULL;
}


enum ab_err
realm_key_active(struct ctx *c, const struct realm *realm, const char *alg,
    const char *use, const struct realm_key **ret_key)
{
    const struct alg         *row = alg_by_name(alg);
    const struct realm_keys  *keys;
    enum ab_err               e = realm_keys_get(c, realm, &keys);

    if (e != AB_OK) {
        return e;
    }
    *ret_key = find_active(keys, alg, use);
    if (*ret_key != NULL) {
        return AB_OK;
    }
    if (row == NULL || strcmp(row->use, use) != 0) {
        return ctx_fail(c, AB_E_TOKEN_KEY, "no key for algorithm %s",
                        row == NULL ? "asked for" : row->name);
    }
    e = add_fallback(c, realm, row);
    if (e == AB_OK) {
        e = realm_keys_get(c, realm, &keys);
    }
    if (e != AB_OK) {
        return e;
    }
    *ret_key = find_active(keys, alg, use);
    return *ret_key == NULL
           ? ctx_fail(c, AB_E_TOKEN_KEY, "no key for algorithm %s", row->name)
           : AB_OK;
}


static const struct realm_key *
find_active(const struct realm_keys *keys, const char *alg, const char *use)
{
    size_t  i;

    for (i = 0; i < keys->n; i++) {
        if (keys->v[i].status == KEY_ACTIVE
            && strcmp(keys->v[i].alg, alg) == 0
            && strcmp(keys->v[i].use, use) == 0)
        {
            return &keys->v[i];
        }
    }
    return NULL;
}


/*
 * An algorithm that is asked for and has no key gets one, as in Keycloak
 * (tokens.md 8.1). The component's id follows from the algorithm, so two
 * daemons add one; the epoch tells the others and the workers.
 */
static enum ab_err
add_fallback(struct ctx *c, const struct realm *realm, const struct alg *alg)
{
    const struct key_provider  *p = key_provider_by_id(alg->provider);
    const char                 *id = arena_printf(c->a, "fallback-%s",
                                                  alg->name);
    struct ab_slice             argv[] = {
        AB_S("HSETNX"), key1(c, KEY_COMPONENTS, realm->id), ab_slice_str(id),
        { NULL, 0 }
    };
    struct reply               *r;
    const char                 *text;
    enum ab_err                 e;

    text = arena_printf(c->a, "{\"id\":\"fallback-%s\","
        "\"name\":\"fallback-%s\",\"providerId\":\"%s\","
        "\"providerType\":\"org.keycloak.keys.KeyProvider\","
        "\"config\":{\"priority\":[\"" FALLBACK_PRIORITY "\"],"
        "\"%s\":[\"%s\"]}}", alg->name, alg->name, p->id,
        p->curve_name == NULL ? "algorithm" : p->curve_name,
        p->curve_name == NULL ? alg->name : alg->curve);
    if (id == NULL || text == NULL) {
        return ctx_nomem(c);
    }
    argv[3] = ab_slice_str(text);
    e = store_call(c, 1, argv, 4, &r);
    if (e == AB_OK && c->app != NULL && c->app->cache != NULL) {
        entity_drop(c->app->cache, realm->id);
    }
    return e == AB_OK ? mark_realm_epoch(c, realm->id) : e;
}
