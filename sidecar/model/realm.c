/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * realm.c - a realm's settings, typed, over its Keycloak document.
 */
#include "realm_int.h"

#include "doc.h"
#include "entity.h"

#include "store/keys.h"
#include "store/store.h"

#include "ab_time.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>


/* ---- the typed view ------------------------------------------------------ */

/* Numbers: member of the document, its default, where it goes. */
static const struct number {
    const char  *name;
    int64_t      fallback;
    size_t       at;
} numbers[] = {
    { "accessTokenLifespan", 300, offsetof(struct realm, access_token_lifespan) },
    { "accessCodeLifespan", 60, offsetof(struct realm, access_code_lifespan) },
    { "accessCodeLifespanLogin", 1800, offsetof(struct realm, login_lifespan) },
    { "accessCodeLifespanUserAction", 300, offsetof(struct realm, action_lifespan) },
    { "ssoSessionIdleTimeout", 1800, offsetof(struct realm, sso_idle) },
    { "ssoSessionMaxLifespan", 36000, offsetof(struct realm, sso_max) },
    { "ssoSessionIdleTimeoutRememberMe", 0, offsetof(struct realm, sso_idle_remember) },
    { "ssoSessionMaxLifespanRememberMe", 0, offsetof(struct realm, sso_max_remember) },
    { "clientSessionIdleTimeout", 0, offsetof(struct realm, client_idle) },
    { "clientSessionMaxLifespan", 0, offsetof(struct realm, client_max) },
    { "refreshTokenMaxReuse", 0, offsetof(struct realm, refresh_max_reuse) },
    { "notBefore", 0, offsetof(struct realm, not_before) },
};

/* Texts: an absent or empty member takes the default. */
static const struct text {
    const char  *name, *fallback;
    size_t       at;
} texts[] = {
    { "browserFlow", "browser", offsetof(struct realm, browser_flow) },
    { "directGrantFlow", "direct grant", offsetof(struct realm, direct_grant_flow) },
    { "firstBrokerLoginFlow", "first broker login", offsetof(struct realm, first_broker_flow) },
    { "defaultSignatureAlgorithm", "RS256", offsetof(struct realm, signature_alg) },
};

static const struct flag {
    const char  *name;
    bool         fallback;
    size_t       at;
} flags[] = {
    { "enabled", false, offsetof(struct realm, enabled) },
    { "loginWithEmailAllowed", true, offsetof(struct realm, login_with_email) },
    { "duplicateEmailsAllowed", false, offsetof(struct realm, duplicate_emails) },
    { "registrationEmailAsUsername", false, offsetof(struct realm, email_as_username) },
    { "rememberMe", false, offsetof(struct realm, remember_me) },
    { "revokeRefreshToken", false, offsetof(struct realm, revoke_refresh_token) },
};

#define N(table)     (sizeof(table) / sizeof((table)[0]))
#define AT(r, type, off)  ((type *) (void *) ((char *) (r) + (off)))


static enum ssl_required
ssl_word(const char *word)
{
    if (word != NULL && strcasecmp(word, "none") == 0) {
        return SSL_NONE;
    }
    return word != NULL && strcasecmp(word, "all") == 0 ? SSL_ALL
                                                        : SSL_EXTERNAL;
}


void
realm_view(struct realm *r, const char *id, uint64_t epoch, const json_t *doc)
{
    const char  *s;
    size_t       i;

    *r = (struct realm) { .id = id, .epoch = epoch, .doc = doc };
    for (i = 0; i < N(numbers); i++) {
        *AT(r, int64_t, numbers[i].at)
            = doc_int(doc, numbers[i].name, numbers[i].fallback);
    }
    for (i = 0; i < N(texts); i++) {
        s = doc_filled(doc, texts[i].name);
        *AT(r, const char *, texts[i].at) = s == NULL ? texts[i].fallback : s;
    }
    for (i = 0; i < N(flags); i++) {
        *AT(r, bool, flags[i].at)
            = doc_bool(doc, flags[i].name, flags[i].fallback);
    }
    r->name = doc_str(doc, "realm");
    s = doc_filled(doc, "displayName");
    r->display_name = s == NULL ? r->name : s;
    r->ssl_required = ssl_word(doc_str(doc, "sslRequired"));
    r->login_with_email = r->login_with_email && !r->duplicate_emails;
    r->default_role_id = doc_filled(json_object_get(doc, "defaultRole"), "id");
}


/* ---- loading ------------------------------------------------------------- */

/* ab:realms decides: a document whose name does not lead to it is refused. */
static enum ab_err
realm_is_published(struct ctx *c, const struct realm *r)
{
    struct ab_slice  id;
    enum ab_err      e;

    if (r->name == NULL) {
        return ctx_fail(c, AB_E_STORE_REPLY, "realm %s has no name", r->id);
    }
    e = store_hget(c, key0(c, KEY_REALMS), ab_slice_str(r->name), &id);
    if (e == AB_E_STORE_ABSENT || (e == AB_OK && !ab_slice_eq_str(id, r->id))) {
        return AB_E_REALM_ABSENT;
    }
    return e;
}


static enum ab_err
realm_load(struct ctx *c, const char *id, const char *name, void **ret_object)
{
    static const struct ab_slice  fields[] = { { "v", 1 }, { "doc", 3 } };
    struct ab_slice   values[2];
    struct arena     *a;
    struct realm     *r;
    const json_t     *doc;
    uint64_t          epoch;
    enum ab_err       e;

    (void) name;
    e = store_hmget(c, key1(c, KEY_REALM, id), fields, 2, values);
    if (e != AB_OK) {
        return e;
    }
    if (values[0].p == NULL || values[1].p == NULL
        || ab_parse_u64(values[0], &epoch) != AB_OK)
    {
        return AB_E_REALM_ABSENT;
    }
    r = entity_object_new(sizeof(*r), &a);
    if (r == NULL) {
        return ctx_nomem(c);
    }
    e = doc_parse_in(c, a, "realm", values[1], &doc);
    if (e == AB_OK) {
        realm_view(r, arena_str(a, id), epoch, doc);
        e = r->id == NULL ? ctx_nomem(c) : realm_is_published(c, r);
    }
    if (e != AB_OK) {
        entity_object_free(r);
        return e;
    }
    *ret_object = r;
    return AB_OK;
}


enum ab_err
realm_by_id(struct ctx *c, const char *id, const struct realm **ret_realm)
{
    const void   *r;
    enum ab_err   e;

    if (!doc_id_ok(id)) {
        return AB_E_REALM_ABSENT;
    }
    e = entity_get(c, ENTITY_REALM, id, "", realm_load, entity_object_free,
                   &r);
    if (e == AB_OK) {
        *ret_realm = r;
    }
    return e;
}


static enum ab_err
realm_name_load(struct ctx *c, const char *realm_id, const char *name,
    void **ret_object)
{
    struct ab_slice   id;
    struct arena     *a;
    const char      **text;
    enum ab_err       e;

    (void) realm_id;
    e = store_hget(c, key0(c, KEY_REALMS), ab_slice_str(name), &id);
    if (e != AB_OK) {
        return e == AB_E_STORE_ABSENT ? AB_E_REALM_ABSENT : e;
    }
    text = entity_object_new(sizeof(*text), &a);
    if (text == NULL || (*text = arena_dup(a, id)) == NULL) {
        entity_object_free(text);
        return ctx_nomem(c);
    }
    *ret_object = text;
    return AB_OK;
}


enum ab_err
realm_by_name(struct ctx *c, const char *name, const struct realm **ret_realm)
{
    const void   *id;
    enum ab_err   e;

    if (*name == '\0' || strlen(name) > REALM_NAME_MAX) {
        return AB_E_REALM_ABSENT;
    }
    e = entity_get(c, ENTITY_REALM_NAME, "", name, realm_name_load,
                   entity_object_free, &id);
    if (e != AB_OK) {
        return e;
    }
    return realm_by_id(c, *(const char *const *) id, ret_realm);
}


/* ---- lists and addresses ------------------------------------------------- */

static int
by_name(const void *a, const void *b)
{
    return strcmp(((const struct realm_name *) a)->name,
                  ((const struct realm_name *) b)->name);
}


enum ab_err
realm_list(struct ctx *c, struct realm_name **ret_list, size_t *ret_n)
{
    struct realm_name  *list;
    struct reply       *all;
    size_t              i, n;
    enum ab_err         e;

    e = store_hgetall(c, key0(c, KEY_REALMS), &all);
    if (e != AB_OK) {
        return e;
    }
    n = all->n / 2;
    list = arena_array(c->a, n == 0 ? 1 : n, sizeof(*list));
    if (list == NULL) {
        return ctx_nomem(c);
    }
    for (i = 0; i < n; i++) {
        list[i].name = all->list[2 * i].s.p;
        list[i].id = all->list[2 * i + 1].s.p;
    }
    qsort(list, n, sizeof(*list), by_name);
    *ret_list = list;
    *ret_n = n;
    return AB_OK;
}


/* The name as a path segment (RFC 3986 section 2.3: the rest is encoded). */
static const char *
name_segment(struct ctx *c, const char *name)
{
    static const char  digits[] = "0123456789ABCDEF";
    char              *out = arena_alloc(c->a, 3 * strlen(name) + 1), *to = out;
    unsigned char      ch;

    for (; out != NULL && *name != '\0'; name++) {
        ch = (unsigned char) *name;
        if ((ch | 0x20) >= 'a' && (ch | 0x20) <= 'z') {
            *to++ = *name;
        } else if ((ch >= '0' && ch <= '9') || strchr("-._~", ch) != NULL) {
            *to++ = *name;
        } else {
            *to++ = '%';
            *to++ = digits[ch >> 4];
            *to++ = digits[ch & 15];
        }
    }
    return out;
}


const char *
realm_issuer(struct ctx *c, const struct realm *realm)
{
    const char  *name = name_segment(c, realm->name);

    return name == NULL ? NULL
                        : arena_printf(c->a, "%s/realms/%s", c->base, name);
}


const char *
realm_oidc_url(struct ctx *c, const struct realm *realm, const char *tail)
{
    const char  *issuer = realm_issuer(c, realm);

    return issuer == NULL ? NULL
           : arena_printf(c->a, "%s/protocol/openid-connect%s", issuer, tail);
}
