/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * auth_root.c - the root of a browser's logins, told by a cookie.
 *
 * The cookie is id "." secret; the store holds the secret's hash. Only the
 * secret changes at completion, so other tabs keep their root.
 */
#include "auth_int.h"
#include "doc.h"
#include "step.h"

#include "ab_base64.h"
#include "ab_ct.h"
#include "ab_digest.h"
#include "ab_limits.h"
#include "base/autofree.h"
#include "base/clock.h"
#include "base/random.h"
#include "store/keys.h"

#define ID_TEXT      24
#define SECRET_TEXT  43

static enum ab_err root_text(struct ctx *c, const struct auth_root *root,
    struct ab_slice *ret_text);
static enum ab_err root_check(struct ctx *c, const json_t *doc,
    const struct realm *realm, const char *secret, const char *browser);


bool
auth_hash(struct ab_slice secret, char ret_hash[44])
{
    uint8_t  raw[AB_SHA256_LEN];
    bool     ok = ab_sha256(raw, secret);

    ret_hash[ab_b64url_encode(ret_hash, ab_slice(raw, sizeof(raw)))] = '\0';
    return ok;
}


int64_t
auth_lifespan_s(const struct realm *realm)
{
    int64_t  s = realm->login_lifespan;

    s = realm->action_lifespan > s ? realm->action_lifespan : s;
    s = realm->access_code_lifespan > s ? realm->access_code_lifespan : s;
    /* A year bounds what a realm file may say. */
    return s < AB_AUTH_FIRST_TTL_S ? AB_AUTH_FIRST_TTL_S
           : s > 31536000 ? 31536000 : s;
}


bool
auth_is_text(const char *s, size_t n)
{
    return s != NULL
           && strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "abcdefghijklmnopqrstuvwxyz0123456789_-") == n
           && s[n] == '\0';
}


enum ab_err
auth_root_new(struct ctx *c, const struct realm *realm, const char *browser,
    struct auth_root *ret_root)
{
    struct step          step = step_new(c);
    const struct reply  *r;
    struct ab_slice      text;
    char                 id[ID_TEXT + 1], secret[SECRET_TEXT + 1];
    struct auth_root     root = { .started = clock_now_s() };
    enum ab_err          e;

    random_text(id, RANDOM_SID_RAW);
    random_text(secret, RANDOM_CODE_RAW);
    root.id = arena_str(c->a, id);
    root.secret = arena_str(c->a, secret);
    root.realm_id = realm->id;
    root.browser = browser;
    if (root.id == NULL || root.secret == NULL) {
        return ctx_nomem(c);
    }
    e = root_text(c, &root, &text);
    if (e != AB_OK) {
        return e;
    }
    step_slice(&step, text);
    step_num(&step, AB_AUTH_FIRST_TTL_S);
    e = step_run(&step, SCRIPT_auth_root_new, key1(c, KEY_AUTH, root.id), 1,
                 &r);
    if (e == AB_OK) {
        *ret_root = root;
    }
    return e;
}


static enum ab_err
root_text(struct ctx *c, const struct auth_root *root,
    struct ab_slice *ret_text)
{
    autofree(json_unrefp) json_t  *doc = json_object();
    char                           hash[44];

    if (!auth_hash(ab_slice_str(root->secret), hash)) {
        return ctx_fail(c, AB_E_INTERNAL, "SHA-256");
    }
    if (doc == NULL || !doc_put(doc, "realm", root->realm_id)
        || !doc_put(doc, "secret", hash)
        || (root->browser != NULL
            && !doc_put(doc, "browser", root->browser))
        || json_object_set_new(doc, "started",
                               json_integer(root->started)) != 0)
    {
        return ctx_nomem(c);
    }
    return doc_text(c, doc, ret_text);
}


enum ab_err
auth_root_load(struct ctx *c, const struct realm *realm, const char *cookie,
    const char *browser, struct auth_root *ret_root)
{
    struct ab_slice  text;
    const json_t    *doc;
    const char      *id;
    enum ab_err      e;

    if (cookie == NULL || strlen(cookie) != ID_TEXT + 1 + SECRET_TEXT
        || cookie[ID_TEXT] != '.'
        || !auth_is_text(cookie + ID_TEXT + 1, SECRET_TEXT))
    {
        return AB_E_COOKIE_MISSING;
    }
    id = arena_dup(c->a, ab_slice(cookie, ID_TEXT));
    if (id == NULL) {
        return ctx_nomem(c);
    }
    if (!auth_is_text(id, ID_TEXT)) {
        return AB_E_COOKIE_MISSING;
    }
    e = store_hget(c, key1(c, KEY_AUTH, id), AB_S("root"), &text);
    if (e == AB_OK) {
        e = doc_parse_in(c, c->a, "root", text, &doc);
    }
    if (e == AB_OK) {
        e = root_check(c, doc, realm, cookie + ID_TEXT + 1, browser);
    }
    if (e != AB_OK) {
        return e == AB_E_STORE_ABSENT ? AB_E_COOKIE_MISSING : e;
    }
    *ret_root = (struct auth_root) {
        .id = id, .realm_id = realm->id, .browser = doc_str(doc, "browser"),
        .started = doc_int(doc, "started", 0),
        .is_answered = doc_bool(doc, "answered", false),
    };
    return AB_OK;
}


/* All parts are looked at before one answer for each of them. */
static enum ab_err
root_check(struct ctx *c, const json_t *doc, const struct realm *realm,
    const char *secret, const char *browser)
{
    const char  *own_realm = doc_str(doc, "realm");
    bool         fits = own_realm != NULL;
    char         hash[44];

    if (!auth_hash(ab_slice_str(secret), hash)) {
        return ctx_fail(c, AB_E_INTERNAL, "SHA-256");
    }
    fits = fits && strcmp(own_realm, realm->id) == 0;
    fits &= ab_ct_slice_eq(ab_slice_str(hash),
                           ab_slice_str(doc_str(doc, "secret")));
    /* A root bound to a browser fits no other, nor none; and the reverse. */
    fits &= ab_ct_slice_eq(ab_slice_str(browser),
                           ab_slice_str(doc_str(doc, "browser")));
    return fits ? AB_OK : AB_E_COOKIE_MISSING;
}


/* The old secret's hash is read back rather than remembered: whoever holds
 * the root may rekey it, and of two at once the second finds another hash. */
enum ab_err
auth_root_rekey(struct ctx *c, struct auth_root *root)
{
    struct step          step = step_new(c);
    struct ab_slice      key = key1(c, KEY_AUTH, root->id), text;
    const struct reply  *r;
    const json_t        *doc;
    char                 secret[SECRET_TEXT + 1], hash[44];
    const char          *fresh;
    enum ab_err          e;

    random_text(secret, RANDOM_CODE_RAW);
    fresh = arena_str(c->a, secret);
    if (fresh == NULL || !auth_hash(ab_slice_str(secret), hash)) {
        return ctx_nomem(c);
    }
    e = store_hget(c, key, AB_S("root"), &text);
    if (e == AB_OK) {
        e = doc_parse_in(c, c->a, "root", text, &doc);
    }
    if (e != AB_OK) {
        return e;
    }
    step_text(&step, doc_str(doc, "secret"));
    step_text(&step, hash);
    e = step_run(&step, SCRIPT_auth_root_rekey, key, 0, &r);
    if (e == AB_OK) {
        root->secret = fresh;
    }
    return e;
}
