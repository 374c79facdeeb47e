/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * response.c - how an authorization answer reaches the client: response
 * types and modes, and the address or form made of its members.
 */
#include "response.h"

#include "ab_limits.h"
#include "ab_uri.h"
#include "base/clock.h"
#include "model/doc.h"
#include "token/access_token.h"
#include "token/sign.h"

static const struct {
    const char  *name;
    unsigned     bit;
} types[] = {
    { "code", RESPONSE_CODE }, { "id_token", RESPONSE_ID_TOKEN },
    { "token", RESPONSE_TOKEN }, { "none", RESPONSE_NONE },
};

/* "jwt" alone follows the type's default and stands last. */
static const struct {
    const char                *name;
    struct response_delivery   d;
} modes[] = {
    { "query",         { MODE_QUERY,     false } },
    { "fragment",      { MODE_FRAGMENT,  false } },
    { "form_post",     { MODE_FORM_POST, false } },
    { "query.jwt",     { MODE_QUERY,     true } },
    { "fragment.jwt",  { MODE_FRAGMENT,  true } },
    { "form_post.jwt", { MODE_FORM_POST, true } },
};

#define TYPES_N  (sizeof(types) / sizeof(types[0]))
#define MODES_N  (sizeof(modes) / sizeof(modes[0]))


static unsigned
type_bit(struct ab_slice word)
{
    size_t  i;

    for (i = 0; i < TYPES_N; i++) {
        if (ab_slice_eq_str(word, types[i].name)) {
            return types[i].bit;
        }
    }
    return 0;
}


enum ab_err
response_type_parse(const char *text, unsigned *ret_set)
{
    struct ab_slice  rest = ab_slice_str(text);
    unsigned         set = 0, bit;
    size_t           n;

    for ( ;; ) {
        n = ab_slice_find(rest, ' ');
        bit = type_bit(ab_slice(rest.p, n));
        if (bit == 0) {
            return AB_E_FORMAT;
        }
        set |= bit;
        if (n == rest.len) {
            break;
        }
        rest = ab_slice(rest.p + n + 1, rest.len - n - 1);
    }
    if ((set & RESPONSE_NONE) != 0 && set != RESPONSE_NONE) {
        return AB_E_FORMAT;
    }
    *ret_set = set;
    return AB_OK;
}


enum ab_err
response_mode_parse(const char *text, unsigned set,
    struct response_delivery *ret_d)
{
    struct response_delivery  preset = {
        response_is_front(set) ? MODE_FRAGMENT : MODE_QUERY, false
    };
    size_t                    i;

    if (text == NULL || strcmp(text, "jwt") == 0) {
        preset.is_jwt = text != NULL;
        *ret_d = preset;
        return AB_OK;
    }
    for (i = 0; i < MODES_N; i++) {
        if (strcmp(modes[i].name, text) == 0) {
            *ret_d = modes[i].d;
            return AB_OK;
        }
    }
    return AB_E_FORMAT;
}


/* ---- deliveries -------------------------------------------------------- */

static enum ab_err
keep(struct ctx *c, struct ab_buf *b, const char **ret_url)
{
    char  *url = b->failed ? NULL : arena_dup(c->a, ab_buf_slice(b));

    ab_buf_clear(b);
    if (url == NULL) {
        return ctx_nomem(c);
    }
    *ret_url = url;
    return AB_OK;
}


/* The query goes before a fragment that the address has of its own. */
static enum ab_err
in_query(struct ctx *c, const char *redirect_uri,
    const struct response_member *m, size_t n, const char **ret_url)
{
    struct ab_slice  uri = ab_slice_str(redirect_uri);
    size_t           i, cut = ab_slice_find(uri, '#');
    struct ab_buf    b;

    ab_buf_init(&b, 8 * AB_MAX_URI);
    ab_buf_add(&b, ab_slice(uri.p, cut));
    for (i = 0; i < n; i++) {
        if (m[i].value != NULL) {
            ab_uri_add_param(&b, m[i].name, ab_slice_str(m[i].value));
        }
    }
    ab_buf_add(&b, ab_slice(uri.p + cut, uri.len - cut));
    return keep(c, &b, ret_url);
}


/* A fragment the address has already is kept and goes on with '&'. */
static enum ab_err
in_fragment(struct ctx *c, const char *redirect_uri,
    const struct response_member *m, size_t n, const char **ret_url)
{
    struct ab_slice  uri = ab_slice_str(redirect_uri);
    char             sep = ab_slice_find(uri, '#') < uri.len ? '&' : '#';
    struct ab_buf    b;
    size_t           i;

    ab_buf_init(&b, 8 * AB_MAX_URI);
    ab_buf_add(&b, uri);
    for (i = 0; i < n; i++) {
        if (m[i].value == NULL) {
            continue;
        }
        ab_buf_add_byte(&b, (uint8_t) sep);
        ab_buf_add_str(&b, m[i].name);
        ab_buf_add_byte(&b, '=');
        ab_uri_add_escaped(&b, ab_slice_str(m[i].value));
        sep = '&';
    }
    return keep(c, &b, ret_url);
}


static enum ab_err
in_form(struct ctx *c, const char *redirect_uri,
    const struct response_member *m, size_t n, struct authorize_answer *ret)
{
    json_t  *list = doc_own(c, json_array());
    size_t   i;

    if (list == NULL) {
        return AB_E_NOMEM;
    }
    for (i = 0; i < n; i++) {
        if (m[i].value != NULL
            && json_array_append_new(list,
                   json_pack("{s:s, s:s}", "name", m[i].name,
                             "value", m[i].value)) != 0)
        {
            return ctx_nomem(c);
        }
    }
    ret->url = NULL;
    ret->form = list;
    ret->form_url = arena_str(c->a, redirect_uri);
    return ret->form_url == NULL ? ctx_nomem(c) : AB_OK;
}


/* JARM: the members as claims of one signed parameter. */
static enum ab_err
wrap(struct ctx *c, const struct realm *realm, const struct client *client,
    const struct response_member *m, size_t n, const char **ret_jwt)
{
    const char  *iss = realm_issuer(c, realm);
    const char  *alg = client_attribute(client,
                                        "authorization.signed.response.alg");
    json_t      *claims;
    size_t       i;

    claims = iss == NULL ? NULL : doc_own(c,
        json_pack("{s:s, s:s, s:I}", "iss", iss, "aud", client->client_id,
                  "exp", (json_int_t) (clock_now_s()
                                       + realm->access_code_lifespan)));
    if (claims == NULL) {
        return ctx_nomem(c);
    }
    for (i = 0; i < n; i++) {
        if (m[i].value != NULL && !doc_put(claims, m[i].name, m[i].value)) {
            return ctx_nomem(c);
        }
    }
    return token_sign(c, realm, alg == NULL || *alg == '\0' ? "RS256" : alg,
                      "JWT", claims, ret_jwt);
}


enum ab_err
response_make(struct ctx *c, const struct realm *realm,
    const struct client *client, const char *redirect_uri,
    struct response_delivery d, const struct response_member *m, size_t n,
    struct authorize_answer *ret_answer)
{
    struct authorize_answer  a = { 0 };
    struct response_member   jwt = { "response", NULL };
    enum ab_err              e = AB_OK;

    if (d.is_jwt) {
        e = wrap(c, realm, client, m, n, &jwt.value);
        m = &jwt;
        n = 1;
    }
    if (e != AB_OK) {
        return e;
    }
    switch (d.mode) {
    case MODE_FORM_POST:
        e = in_form(c, redirect_uri, m, n, &a);
        break;
    case MODE_FRAGMENT:
        e = in_fragment(c, redirect_uri, m, n, &a.url);
        break;
    case MODE_QUERY:
    default:
        e = in_query(c, redirect_uri, m, n, &a.url);
        break;
    }
    if (e == AB_OK) {
        *ret_answer = a;
    }
    return e;
}
