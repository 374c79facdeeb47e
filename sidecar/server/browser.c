/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * browser.c - what a browser's cookies say at the realm host, and setting
 * them.
 */
#include "browser.h"

#include "ab_base64.h"
#include "ab_cookie.h"
#include "ab_digest.h"
#include "base/clock.h"
#include "base/random.h"
#include "token/identity_cookie.h"

#include <openssl/evp.h>

#define SAME_NAME_MAX  4        /* cookies of one name that are tried */
#define BIND_COOKIE    "__Host-ab-browser"
#define BIND_CHARS     43
#define HASH_AGE_S     60


/* ---- writing ------------------------------------------------------------ */

static enum ab_err
add_cookie(struct req *r, const char *name, const char *value,
    const char *path, int flags, long max_age)
{
    struct ab_buf  b;
    char           mem[AB_MAX_COOKIE_VALUE + 256];
    const char    *text;

    ab_buf_init_fixed(&b, mem, sizeof(mem));
    ab_cookie_format(&b, ab_slice_str(name), ab_slice_str(value), path,
                     flags, max_age);
    text = b.failed ? NULL : arena_dup(r->c.a, ab_buf_slice(&b));
    ab_buf_clear(&b);
    return reply_add(r, "Set-Cookie", text)
           ? AB_OK : ctx_fail(&r->c, AB_E_INTERNAL, "cookie %s", name);
}


static const char *
realm_path(struct req *r, const struct realm *realm)
{
    return arena_printf(r->c.a, "/realms/%s/", realm->name);
}


enum ab_err
browser_set(struct req *r, const struct realm *realm, const char *name,
    const char *value, bool http_only, long max_age)
{
    const char  *path = realm_path(r, realm);
    int          flags = http_only ? AB_COOKIE_HTTP_ONLY : 0;

    if (path == NULL || value == NULL) {
        return ctx_nomem(&r->c);
    }
    flags |= r->is_https || r->is_local
             ? AB_COOKIE_SECURE | AB_COOKIE_NONE : AB_COOKIE_LAX;
    return add_cookie(r, name, value, path, flags, max_age);
}


void
browser_clear(struct req *r, const struct realm *realm, const char *name)
{
    const char  *path = realm_path(r, realm);

    if (path != NULL) {
        add_cookie(r, name, "", path, 0, 0);
    }
}


/* KEYCLOAK_SESSION and KC_AUTH_SESSION_HASH are hashes that page scripts of
 * adapters compare; neither opens anything. */
static const char *
script_hash(struct req *r, const char *digest, const char *id, bool url)
{
    uint8_t   md[EVP_MAX_MD_SIZE];
    unsigned  n = 0;
    char      text[AB_B64_LEN(EVP_MAX_MD_SIZE)];
    size_t    len;

    if (EVP_Digest(id, strlen(id), md, &n, EVP_get_digestbyname(digest),
                   NULL) != 1)
    {
        return NULL;
    }
    len = url ? ab_b64url_encode(text, ab_slice(md, n))
              : ab_b64_encode(text, ab_slice(md, n));
    while (len > 0 && text[len - 1] == '=') {
        len--;
    }
    return arena_dup(r->c.a, ab_slice(text, len));
}


enum ab_err
browser_set_root(struct req *r, const struct browser *b)
{
    const char   *value, *hash;
    enum ab_err   e;

    value = arena_printf(r->c.a, "%s.%s", b->root.id, b->root.secret);
    hash = script_hash(r, "SHA384", b->root.id, false);
    e = browser_set(r, b->realm, "AUTH_SESSION_ID", value, true, -1);
    if (e == AB_OK) {
        e = browser_set(r, b->realm, "KC_AUTH_SESSION_HASH", hash, false,
                        HASH_AGE_S);
    }
    return e;
}


/* Only browsers say so; adapters and scripts need no second cookie. */
static bool
is_page_visit(const struct req *r)
{
    const char  *dest = req_header(r, "Sec-Fetch-Dest");

    return dest != NULL && strcmp(dest, "document") == 0;
}


/* The cookie by which a tab's root is found when a later tab took over
 * AUTH_SESSION_ID. */
static enum ab_err
set_own_root(struct req *r, const struct browser *b)
{
    const char  *name, *value;

    name = arena_printf(r->c.a, BROWSER_ROOT_PREFIX "%.8s", b->root.id);
    value = arena_printf(r->c.a, "%s.%s", b->root.id, b->root.secret);
    return name == NULL ? ctx_nomem(&r->c)
                        : browser_set(r, b->realm, name, value, true,
                                      BROWSER_ROOT_AGE_S);
}


enum ab_err
browser_new_root(struct req *r, struct browser *b)
{
    enum ab_err  e = auth_root_new(&r->c, b->realm, b->bind, &b->root);

    if (e != AB_OK) {
        return e;
    }
    b->has_root = true;
    e = browser_set_root(r, b);
    return e == AB_OK && is_page_visit(r) ? set_own_root(r, b) : e;
}


void
browser_use_root(struct browser *b, size_t i)
{
    b->root = b->roots[i];
    b->has_root = true;
}


enum ab_err
browser_set_identity(struct req *r, const struct browser *b,
    const struct user *user, const struct signed_in *s, bool remember)
{
    const struct realm      *realm = b->realm;
    struct identity_cookie   in = { 0 };
    int64_t                  now = clock_now_s(), max;
    const char              *value;
    enum ab_err              e;

    max = remember && realm->sso_max_remember > 0 ? realm->sso_max_remember
                                                  : realm->sso_max;
    in.user_id = user->id;
    in.sid = s->sid;
    in.state_checker = s->state_checker;
    in.iat = now;
    in.exp = now + max;
    e = identity_cookie_make(&r->c, realm, &in, b->bind, &value);
    if (e == AB_OK) {
        e = browser_set(r, realm, "KEYCLOAK_IDENTITY", value, true,
                        remember ? (long) max : -1);
    }
    if (e == AB_OK) {
        e = browser_set(r, realm, "KEYCLOAK_SESSION",
                        script_hash(r, "SHA256", s->sid, true), false,
                        (long) max);
    }
    return e;
}


void
browser_clear_identity(struct req *r, const struct browser *b)
{
    browser_clear(r, b->realm, "KEYCLOAK_IDENTITY");
    browser_clear(r, b->realm, "KEYCLOAK_SESSION");
}


void
browser_clear_restart(struct req *r, const struct browser *b)
{
    browser_clear(r, b->realm, "KC_RESTART");
}


/* ---- reading ------------------------------------------------------------ */

/* The hash of the binding cookie; drawn and set where it is missing. */
static enum ab_err
load_bind(struct req *r, struct browser *b)
{
    const char  *list[SAME_NAME_MAX], *value;
    uint8_t      hash[AB_SHA256_LEN];
    char         fresh[BIND_CHARS + 1], text[AB_B64URL_LEN(AB_SHA256_LEN)];
    enum ab_err  e;

    if (!r->is_https) {
        return AB_OK;
    }
    value = req_cookies(r, BIND_COOKIE, list, 1) == 1
            && strlen(list[0]) == BIND_CHARS ? list[0] : NULL;
    if (value == NULL) {
        random_text(fresh, RANDOM_CODE_RAW);
        value = fresh;
        e = add_cookie(r, BIND_COOKIE, fresh, "/", AB_COOKIE_HTTP_ONLY
                       | AB_COOKIE_SECURE | AB_COOKIE_NONE, -1);
        if (e != AB_OK) {
            return e;
        }
    }
    if (!ab_sha256_parts(hash, (struct ab_slice []) { AB_S("browser"),
                         ab_slice_str(value) }, 2))
    {
        return ctx_fail(&r->c, AB_E_INTERNAL, "SHA-256");
    }
    ab_b64url_encode(text, ab_slice(hash, sizeof(hash)));
    b->bind = arena_dup(r->c.a, ab_slice(text, sizeof(text)));
    return b->bind == NULL ? ctx_nomem(&r->c) : AB_OK;
}


/* Faults that only mean "this cookie is of no use". */
static bool
is_store_fault(enum ab_err e)
{
    return e == AB_E_STORE_DOWN || e == AB_E_STORE_REPLY || e == AB_E_NOMEM
           || e == AB_E_SEAL;
}


static bool
knows_root(const struct browser *b, const char *cookie)
{
    size_t  i;

    for (i = 0; i < b->n_roots; i++) {
        if (strncmp(b->roots[i].id, cookie, strlen(b->roots[i].id)) == 0) {
            return true;
        }
    }
    return false;
}


/* Every root the cookies of that name open. */
static enum ab_err
load_roots(struct req *r, struct browser *b, const char *name)
{
    const char        *list[BROWSER_ROOTS_MAX];
    struct auth_root  *root;
    size_t             i, n = req_cookies(r, name, list, BROWSER_ROOTS_MAX);
    enum ab_err        e;

    for (i = 0; i < n && b->n_roots < BROWSER_ROOTS_MAX; i++) {
        if (knows_root(b, list[i])) {
            continue;
        }
        root = &b->roots[b->n_roots];
        e = auth_root_load(&r->c, b->realm, list[i], b->bind, root);
        if (is_store_fault(e)) {
            return e;
        }
        fail_clear(&r->c.f);
        if (e != AB_OK) {
            continue;
        }
        if (root->secret == NULL) {
            /* Only its hash is stored; the cookie that fitted has it. */
            root->secret = strchr(list[i], '.') + 1;
        }
        b->n_roots++;
    }
    return AB_OK;
}


static enum ab_err
load_root(struct req *r, struct browser *b)
{
    enum ab_err  e = load_roots(r, b, "AUTH_SESSION_ID");

    if (e == AB_OK) {
        e = load_roots(r, b, BROWSER_ROOT_PREFIX "*");
    }
    if (e == AB_OK && b->n_roots > 0) {
        browser_use_root(b, 0);
    }
    return e;
}


/* The session an identity cookie stands for, with its user. */
static enum ab_err
load_identity(struct req *r, struct browser *b, const char *value)
{
    struct identity_cookie   id;
    const struct session    *s;
    const struct user       *user;
    enum ab_err              e;

    e = identity_cookie_read(&r->c, b->realm, value, b->bind, &id);
    if (e == AB_OK) {
        e = session_load(&r->c, b->realm, id.sid, &s);
    }
    if (e == AB_OK) {
        e = user_by_id(&r->c, b->realm, s->user_id, &user);
    }
    if (e != AB_OK) {
        return e;
    }
    if (strcmp(user->id, id.user_id) != 0 || !user->enabled) {
        return AB_E_SESSION_OTHER;
    }
    b->sso = s;
    b->sso_user = user;
    b->state_checker = id.state_checker;
    return AB_OK;
}


static enum ab_err
load_sso(struct req *r, struct browser *b)
{
    const char   *list[SAME_NAME_MAX];
    size_t        i, n = req_cookies(r, "KEYCLOAK_IDENTITY", list,
                                     SAME_NAME_MAX);
    enum ab_err   e;

    for (i = 0; i < n && b->sso == NULL; i++) {
        if (list[i][0] == '\0') {
            continue;
        }
        e = load_identity(r, b, list[i]);
        if (is_store_fault(e)) {
            return e;
        }
        fail_clear(&r->c.f);
        b->has_dead_identity = e != AB_OK;
    }
    return AB_OK;
}


enum ab_err
browser_load(struct req *r, const struct realm *realm,
    struct browser *ret_b)
{
    struct browser  b = { .realm = realm };
    enum ab_err     e = load_bind(r, &b);

    if (e == AB_OK) {
        e = load_root(r, &b);
    }
    if (e == AB_OK) {
        e = load_sso(r, &b);
    }
    if (e == AB_OK) {
        b.has_dead_identity &= b.sso == NULL;
        *ret_b = b;
    }
    return e;
}
