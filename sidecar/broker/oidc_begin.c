/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * oidc_begin.c - the authorization request to an OpenID Connect provider
 * (broker.md section 10).
 *
 * Each parameter goes out once: what the configured address carries already
 * stays, and a parameter of ours that it carries is a fault of the
 * configuration (T-LG10).
 */
#include "oidc.h"

#include "comma_list.h"

#include "ab_base64.h"
#include "ab_digest.h"
#include "ab_limits.h"
#include "ab_uri.h"
#include "base/clock.h"
#include "base/random.h"
#include "model/doc.h"

#define NONCE_RAW     16
#define VERIFIER_RAW  64
#define BASE_MAX      32        /* parameters of the configured address */
#define NAMES_MAX     48
#define FORWARD_DEFAULT  "acr_values"

/* An address being made. */
struct query {
    struct ctx       *c;
    struct ab_buf     b;
    struct ab_param   base[BASE_MAX];
    size_t            n_base;
    struct ab_slice   names[NAMES_MAX];     /* added by us */
    size_t            n_names;
    bool              has_clash;
};

static enum ab_err query_init(struct query *q, const char *url);
static bool query_has(const struct query *q, struct ab_slice name);
static void query_must(struct query *q, const char *name, const char *value);
static void query_may(struct query *q, struct ab_slice name,
    const char *value);
static enum ab_err query_end(struct query *q, const char **ret_url);
static enum ab_err add_all(struct query *q, const struct provider_begin *in,
    const struct oidc_settings *s);
static void add_chosen(struct query *q, const struct provider_begin *in);
static void add_forwarded(struct query *q, const struct provider_begin *in);
static const char *forwarded_value(struct query *q,
    const struct provider_begin *in, struct ab_slice name);
static const char *scope_text(struct ctx *c, const struct idp *idp);
static const char *locale(struct ctx *c, const struct provider_begin *in);
static struct ab_slice locale_pick(const json_t *supported,
    const char *list);
static bool locale_is_supported(const json_t *supported,
    struct ab_slice tag);
static const char *max_age_text(struct ctx *c, const char *text);
static enum ab_err add_nonce(struct query *q,
    const struct provider_begin *in);
static enum ab_err add_pkce(struct query *q, const struct provider_begin *in,
    const struct oidc_settings *s);
static const char *challenge(struct ctx *c, const char *method,
    const char *verifier);


enum ab_err
oidc_begin(struct ctx *c, const struct provider_begin *in,
    const char **ret_url)
{
    struct oidc_settings  s;
    struct query          q = { .c = c };
    enum ab_err           err;

    err = oidc_settings_load(c, in->realm, in->idp, &s);
    if (err != AB_OK) {
        return err;
    }
    err = query_init(&q, s.authorization);
    if (err == AB_OK) {
        err = add_all(&q, in, &s);
    }
    if (err == AB_OK) {
        err = query_end(&q, ret_url);
    }
    ab_buf_clear(&q.b);
    return err;
}


static enum ab_err
add_all(struct query *q, const struct provider_begin *in,
    const struct oidc_settings *s)
{
    const char   *now = arena_printf(q->c->a, "%lld",
                                     (long long) clock_now_s());
    enum ab_err   err;

    query_must(q, "scope", scope_text(q->c, in->idp));
    query_must(q, "state", in->state);
    query_must(q, "response_type", "code");
    query_must(q, "client_id", s->client_id);
    query_must(q, "redirect_uri", in->redirect_uri);
    err = add_nonce(q, in);
    if (err == AB_OK) {
        err = add_pkce(q, in, s);
    }
    if (err == AB_OK) {
        err = now == NULL ? ctx_nomem(q->c)
              : auth_note_set(q->c, in->tab->client_notes, OIDC_NOTE_TIME,
                              now);
    }
    if (err == AB_OK) {
        add_chosen(q, in);
        add_forwarded(q, in);
    }
    return err;
}


/* What the settings let through of the client's own request. */
static void
add_chosen(struct query *q, const struct provider_begin *in)
{
    const json_t  *notes = in->tab->client_notes;
    const char    *prompt = idp_config(in->idp, "prompt");

    if (idp_config_true(in->idp, "loginHint")) {
        query_may(q, AB_S("login_hint"), auth_note(notes, "login_hint"));
    }
    if (idp_config_true(in->idp, "uiLocales")) {
        query_may(q, AB_S("ui_locales"), locale(q->c, in));
    }
    if (idp_config_true(in->idp, "passMaxAge")) {
        query_may(q, AB_S("max_age"),
                  max_age_text(q->c, auth_note(notes, "max_age")));
    }
    query_may(q, AB_S("prompt"),
              prompt != NULL ? prompt : auth_note(notes, "prompt"));
}


/* forwardParameters: "a, b" names parameters of the client's request. */
static void
add_forwarded(struct query *q, const struct provider_begin *in)
{
    const char       *list = idp_config(in->idp, "forwardParameters");
    struct ab_slice   rest = ab_slice_str(list != NULL ? list
                                                       : FORWARD_DEFAULT);
    struct ab_slice   name;

    while (comma_list_next(&rest, &name)) {
        query_may(q, name, forwarded_value(q, in, name));
    }
}


static const char *
forwarded_value(struct query *q, const struct provider_begin *in,
    struct ab_slice name)
{
    const char  *note = arena_printf(q->c->a, "client_request_param_%.*s",
                                     (int) name.len, name.p);
    const char  *value;

    if (note == NULL) {
        q->b.failed = true;
        return NULL;
    }
    value = auth_note(in->tab->client_notes, note);
    return value != NULL ? value
        : auth_note(in->tab->client_notes,
                    note + sizeof("client_request_param_") - 1);
}


/* `openid` in front where the text lacks it (broker.md 3.1). */
static const char *
scope_text(struct ctx *c, const struct idp *idp)
{
    const char  *scope = idp_config(idp, "defaultScope");

    if (scope == NULL) {
        return "openid";
    }
    return strstr(scope, "openid") != NULL
           ? scope : arena_printf(c->a, "openid %s", scope);
}


/* Digits alone, leading zeros dropped; NULL when it is no such number. */
static const char *
max_age_text(struct ctx *c, const char *text)
{
    if (text == NULL || *text == '\0' || strlen(text) > 9
        || strspn(text, "0123456789") != strlen(text))
    {
        return NULL;
    }
    return arena_printf(c->a, "%ld", strtol(text, NULL, 10));
}


/* The first locale of the client, then of the browser, that the realm
 * supports, by whole tag or by language; else the realm's default. */
static const char *
locale(struct ctx *c, const struct provider_begin *in)
{
    const json_t  *doc = in->realm->doc;
    const json_t  *supported = json_object_get(doc, "supportedLocales");
    const char    *fallback = doc_filled(doc, "defaultLocale");
    const json_t  *notes = in->tab->client_notes;
    struct ab_slice  tag;

    if (!doc_bool(doc, "internationalizationEnabled", false)) {
        return "en";
    }
    tag = locale_pick(supported, auth_note(notes, "ui_locales"));
    if (tag.len == 0) {
        tag = locale_pick(supported, auth_note(notes, NOTE_LANGUAGES));
    }
    return tag.len > 0 ? arena_dup(c->a, tag)
           : fallback != NULL ? fallback : "en";
}


/* Tags are separated by blanks (OpenID Connect) or commas (RFC 9110 section
 * 12.5.4, whose weights are taken to follow the order). Empty: none fits. */
static struct ab_slice
locale_pick(const json_t *supported, const char *list)
{
    const char       *p = list == NULL ? "" : list;
    struct ab_slice   tag, language;

    while (*(p += strspn(p, " ,")) != '\0') {
        tag = ab_slice(p, strcspn(p, " ,;"));
        language = ab_slice(p, strcspn(p, "-_ ,;"));
        if (locale_is_supported(supported, tag)) {
            return tag;
        }
        if (locale_is_supported(supported, language)) {
            return language;
        }
        p += tag.len;
        p += *p == ';' ? strcspn(p, ",") : 0;
    }
    return ab_slice(NULL, 0);
}


static bool
locale_is_supported(const json_t *supported, struct ab_slice tag)
{
    const json_t  *value;
    size_t         i;

    json_array_foreach(supported, i, value) {
        if (tag.len > 0 && json_is_string(value)
            && ab_slice_eq_nocase(tag, ab_slice_str(json_string_value(value))))
        {
            return true;
        }
    }
    return false;
}


/* disableNonce is the reference's own setting: the state, bound to this
 * browser and taken once, and PKCE stand against a foreign code then. */
static enum ab_err
add_nonce(struct query *q, const struct provider_begin *in)
{
    char         nonce[AB_B64URL_LEN(NONCE_RAW) + 1];
    enum ab_err  err;

    if (idp_config_true(in->idp, "disableNonce")) {
        return auth_note_set(q->c, in->tab->client_notes, OIDC_NOTE_NONCE,
                             NULL);
    }
    random_text(nonce, NONCE_RAW);
    err = auth_note_set(q->c, in->tab->client_notes, OIDC_NOTE_NONCE, nonce);
    query_must(q, "nonce", nonce);
    return err;
}


static enum ab_err
add_pkce(struct query *q, const struct provider_begin *in,
    const struct oidc_settings *s)
{
    char         verifier[AB_B64URL_LEN(VERIFIER_RAW) + 1];
    enum ab_err  err;

    if (s->pkce == NULL) {
        return auth_note_set(q->c, in->tab->client_notes, OIDC_NOTE_VERIFIER,
                             NULL);
    }
    random_text(verifier, VERIFIER_RAW);
    err = auth_note_set(q->c, in->tab->client_notes, OIDC_NOTE_VERIFIER,
                        verifier);
    query_must(q, "code_challenge", challenge(q->c, s->pkce, verifier));
    query_must(q, "code_challenge_method", s->pkce);
    return err;
}


static const char *
challenge(struct ctx *c, const char *method, const char *verifier)
{
    uint8_t   digest[AB_SHA256_LEN];
    char     *out;

    if (strcmp(method, "plain") == 0) {
        return arena_str(c->a, verifier);
    }
    out = arena_alloc(c->a, AB_B64URL_LEN(AB_SHA256_LEN) + 1);
    if (out == NULL || !ab_sha256(digest, ab_slice_str(verifier))) {
        return NULL;
    }
    ab_b64url_encode(out, ab_slice(digest, sizeof(digest)));
    return out;
}


static enum ab_err
query_init(struct query *q, const char *url)
{
    struct ab_uri   u;
    char           *mem;

    ab_buf_init(&q->b, 4 * AB_MAX_URI);
    ab_buf_add_str(&q->b, url);
    if (ab_uri_parse(ab_slice_str(url), &u) != AB_OK) {
        return ctx_fail(q->c, AB_E_IDP_CONFIG, "authorizationUrl");
    }
    if (u.query.len == 0) {
        return AB_OK;
    }
    mem = arena_alloc(q->c->a, u.query.len);
    if (mem == NULL) {
        return ctx_nomem(q->c);
    }
    if (ab_form_parse(u.query, mem, q->base, BASE_MAX, &q->n_base) != AB_OK) {
        return ctx_fail(q->c, AB_E_IDP_CONFIG, "query of authorizationUrl");
    }
    return AB_OK;
}


static bool
query_has(const struct query *q, struct ab_slice name)
{
    size_t  i;

    for (i = 0; i < q->n_base; i++) {
        if (ab_slice_eq(q->base[i].name, name)) {
            return true;
        }
    }
    for (i = 0; i < q->n_names; i++) {
        if (ab_slice_eq(q->names[i], name)) {
            return true;
        }
    }
    return false;
}


/* value NULL: no memory for it. */
static void
query_must(struct query *q, const char *name, const char *value)
{
    if (value == NULL) {
        q->b.failed = true;
    } else if (query_has(q, ab_slice_str(name))) {
        q->has_clash = true;
    } else {
        query_may(q, ab_slice_str(name), value);
    }
}


/* Nothing for an absent or empty value, or a name that is there. */
static void
query_may(struct query *q, struct ab_slice name, const char *value)
{
    char  *text;

    if (value == NULL || *value == '\0' || query_has(q, name)) {
        return;
    }
    text = arena_dup(q->c->a, name);
    if (text == NULL || q->n_names == NAMES_MAX) {
        q->b.failed = true;
        return;
    }
    q->names[q->n_names++] = ab_slice(text, name.len);
    ab_uri_add_param(&q->b, text, ab_slice_str(value));
}


static enum ab_err
query_end(struct query *q, const char **ret_url)
{
    const char  *url;

    if (q->has_clash) {
        return ctx_fail(q->c, AB_E_IDP_CONFIG, "authorizationUrl has a "
                        "parameter of ours");
    }
    url = q->b.failed ? NULL : arena_dup(q->c->a, ab_buf_slice(&q->b));
    if (url == NULL) {
        return ctx_fail(q->c, AB_E_NOMEM, "authorization request");
    }
    *ret_url = url;
    return AB_OK;
}
