/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * oidc_redeem.c - the token request and the form of its answer (RFC 6749
 * sections 2.3.1, 4.1.3, 5.1).
 */
#include "oidc.h"

#include "ab_base64.h"
#include "ab_claims.h"
#include "ab_ct.h"
#include "ab_limits.h"
#include "ab_time.h"
#include "model/doc.h"
#include "net/http.h"

#define FORM_MAX  (32 * 1024)
#define PART_MAX  4096          /* client id or secret, encoded */

/* A token request being made. */
struct token_request {
    struct ctx                  *c;
    const struct oidc_settings  *s;
    const char                  *secret;    /* NULL: a public client */
    struct ab_buf                form;
    const char                  *authorization; /* header, or NULL */
};

static enum ab_err request_fill(struct token_request *r,
    const char *redirect_uri, const char *code, const char *verifier);
static enum ab_err client_auth(struct token_request *r);
static enum ab_err auth_post(struct token_request *r);
static enum ab_err auth_basic(struct token_request *r);
static enum ab_err auth_basic_raw(struct token_request *r);
static enum ab_err auth_not_built(struct token_request *r);
static enum ab_err basic_header(struct token_request *r, const char *id,
    const char *secret);
static const char *form_encoded(struct ctx *c, const char *text);
static enum ab_err request_send(struct token_request *r,
    struct http_reply *ret_reply);
static enum ab_err tokens_read(struct ctx *c, const struct http_reply *reply,
    struct oidc_tokens *ret_tokens);
static enum ab_err tokens_check(struct ctx *c, const json_t *o,
    struct oidc_tokens *ret_tokens);
static bool is_said(const json_t *o, const char *name);
static bool text_member(const json_t *o, const char *name, size_t max,
    struct ab_slice *ret);
static bool expires_member(const json_t *o, int64_t *ret_s);

/*
 * clientAuthMethod (broker.md 12.2). One that is not listed counts as
 * client_secret_post; the ones that must not send the secret are listed, so
 * that they do not.
 */
static const struct {
    const char   *name;
    enum ab_err (*fill)(struct token_request *r);
} methods[] = {
    { "client_secret_post",            auth_post },
    { "client_secret_basic",           auth_basic },
    { "client_secret_basic_unencoded", auth_basic_raw },
    { "client_secret_jwt",             auth_not_built },
    { "private_key_jwt",               auth_not_built },
    { "tls_client_auth",               auth_not_built },
};


enum ab_err
oidc_redeem(struct ctx *c, const struct oidc_settings *s,
    const char *redirect_uri, const char *code, const char *verifier,
    struct oidc_tokens *ret_tokens)
{
    struct token_request  r = { .c = c, .s = s };
    struct http_reply     reply;
    enum ab_err           err;

    r.secret = idp_config(s->idp, "clientSecret");
    ab_buf_init(&r.form, FORM_MAX);
    err = request_fill(&r, redirect_uri, code, verifier);
    if (err == AB_OK) {
        err = request_send(&r, &reply);
    }
    ab_buf_clear(&r.form);
    return err == AB_OK ? tokens_read(c, &reply, ret_tokens) : err;
}


static enum ab_err
request_fill(struct token_request *r, const char *redirect_uri,
    const char *code, const char *verifier)
{
    const struct oidc_flavour  *flavour = r->s->flavour;

    ab_form_add(&r->form, "grant_type", AB_S("authorization_code"));
    ab_form_add(&r->form, "code", ab_slice_str(code));
    ab_form_add(&r->form, "redirect_uri", ab_slice_str(redirect_uri));
    if (verifier != NULL) {
        ab_form_add(&r->form, "code_verifier", ab_slice_str(verifier));
    }
    if (flavour->form_name != NULL) {
        ab_form_add(&r->form, flavour->form_name,
                    ab_slice_str(flavour->form_value));
    }
    return client_auth(r);
}


static enum ab_err
client_auth(struct token_request *r)
{
    const char  *method = idp_config(r->s->idp, "clientAuthMethod");
    size_t       i;

    /* A vault is not built; its reference is no secret to send. */
    if (r->secret != NULL && strncmp(r->secret, "${vault.", 8) == 0) {
        return ctx_fail(r->c, AB_E_IDP_CONFIG, "clientSecret of '%.64s' "
                        "names a vault", r->s->idp->alias);
    }
    if (method == NULL && r->s->basic_is_default) {
        method = "client_secret_basic";
    }
    for (i = 0; method != NULL && i < sizeof(methods) / sizeof(methods[0]);
         i++)
    {
        if (strcmp(method, methods[i].name) == 0) {
            return methods[i].fill(r);
        }
    }
    return auth_post(r);
}


static enum ab_err
auth_post(struct token_request *r)
{
    ab_form_add(&r->form, "client_id", ab_slice_str(r->s->client_id));
    if (r->secret != NULL) {
        ab_form_add(&r->form, "client_secret", ab_slice_str(r->secret));
    }
    return AB_OK;
}


/* Both parts are form-encoded first (RFC 6749 section 2.3.1). */
static enum ab_err
auth_basic(struct token_request *r)
{
    const char  *id = form_encoded(r->c, r->s->client_id);
    const char  *secret;

    if (r->secret == NULL) {
        return auth_post(r);
    }
    secret = form_encoded(r->c, r->secret);
    if (id == NULL || secret == NULL) {
        return ctx_fail(r->c, AB_E_IDP_CONFIG, "client id or secret of "
                        "'%.64s' is too long", r->s->idp->alias);
    }
    return basic_header(r, id, secret);
}


static enum ab_err
auth_basic_raw(struct token_request *r)
{
    return r->secret == NULL ? auth_post(r)
                             : basic_header(r, r->s->client_id, r->secret);
}


static enum ab_err
auth_not_built(struct token_request *r)
{
    return ctx_fail(r->c, AB_E_IDP_CONFIG, "clientAuthMethod of '%.64s' is "
                    "not available", r->s->idp->alias);
}


static enum ab_err
basic_header(struct token_request *r, const char *id, const char *secret)
{
    char   *pair = arena_printf(r->c->a, "%s:%s", id, secret);
    char   *header;
    size_t  n;

    if (pair == NULL) {
        return ctx_nomem(r->c);
    }
    header = arena_alloc(r->c->a, AB_B64_LEN(strlen(pair)) + 7);
    if (header == NULL) {
        return ctx_nomem(r->c);
    }
    memcpy(header, "Basic ", 6);
    n = ab_b64_encode(header + 6, ab_slice_str(pair));
    header[6 + n] = '\0';
    r->authorization = header;
    return AB_OK;
}


/* NULL: too long, or no memory. */
static const char *
form_encoded(struct ctx *c, const char *text)
{
    struct ab_buf  b;
    const char    *out = NULL;

    ab_buf_init(&b, PART_MAX);
    ab_form_add(&b, "x", ab_slice_str(text));
    if (!b.failed) {
        out = arena_dup(c->a, ab_slice(b.p + 2, b.len - 2));
    }
    ab_buf_clear(&b);
    return out;
}


static enum ab_err
request_send(struct token_request *r, struct http_reply *ret_reply)
{
    struct http_header   headers[2] = {
        { "Accept", "application/json" },
        { "Authorization", r->authorization },
    };
    struct http_request  req = {
        .method = "POST", .url = r->s->token, .headers = headers,
        .n_headers = r->authorization != NULL ? 2 : 1,
        .content_type = "application/x-www-form-urlencoded",
        .body = ab_buf_slice(&r->form), .reply_max = AB_MAX_IDP_REPLY,
        .ssl = r->s->realm->ssl_required,
    };

    if (r->form.failed) {
        return ctx_fail(r->c, AB_E_NOMEM, "token request");
    }
    return http_call(r->c, &req, ret_reply);
}


static enum ab_err
tokens_read(struct ctx *c, const struct http_reply *reply,
    struct oidc_tokens *ret_tokens)
{
    json_t       *o = NULL;
    enum ab_err   err;

    if (reply->status != 200) {
        return ctx_fail(c, AB_E_IDP_ERROR, "token endpoint: status %d",
                        reply->status);
    }
    if (strcmp(reply->content_type, "application/json") != 0) {
        return ctx_fail(c, AB_E_IDP_REPLY, "token response: content type");
    }
    err = ab_claims_parse(reply->body, &o);
    if (err == AB_E_NOMEM) {
        return ctx_nomem(c);
    }
    if (err != AB_OK) {
        return ctx_fail(c, AB_E_IDP_REPLY, "token response: JSON");
    }
    if (doc_own(c, o) == NULL) {
        return c->f.code;
    }
    return tokens_check(c, o, ret_tokens);
}


static enum ab_err
tokens_check(struct ctx *c, const json_t *o, struct oidc_tokens *ret_tokens)
{
    struct oidc_tokens  t = { .expires_in = 0 };
    struct ab_slice     type, session;

    /* RFC 6749 section 7.1: a client must not use a type it does not know. */
    if (!text_member(o, "token_type", 32, &type)
        || !ab_slice_eq_nocase(type, AB_S("bearer")))
    {
        return ctx_fail(c, AB_E_IDP_REPLY, "token response: token_type");
    }
    if (!text_member(o, "access_token", AB_MAX_BEARER, &t.access_token)) {
        return ctx_fail(c, AB_E_IDP_REPLY, "token response: access_token");
    }
    if (!text_member(o, "id_token", AB_MAX_JWT, &t.id_token)) {
        return ctx_fail(c, AB_E_IDP_REPLY, "token response: id_token");
    }
    if (is_said(o, "error") || !expires_member(o, &t.expires_in)) {
        return ctx_fail(c, AB_E_IDP_REPLY, "token response: error or "
                        "expires_in");
    }
    if (is_said(o, "session_state")) {
        if (!text_member(o, "session_state", AB_MAX_IDP_TEXT, &session)) {
            return ctx_fail(c, AB_E_IDP_REPLY, "token response: "
                            "session_state");
        }
        t.session_state = arena_dup(c->a, session);
        if (t.session_state == NULL) {
            return ctx_nomem(c);
        }
    }
    *ret_tokens = t;
    return AB_OK;
}


/* Some say null for what they do not say. */
static bool
is_said(const json_t *o, const char *name)
{
    return ab_claims_has(o, name)
           && !json_is_null(json_object_get(o, name));
}


/* Not empty, printable ASCII (RFC 6749 appendix A.12: VSCHAR). */
static bool
text_member(const json_t *o, const char *name, size_t max,
    struct ab_slice *ret)
{
    struct ab_slice  s;
    size_t           i;

    if (ab_claims_text(o, name, &s) != AB_OK || s.len == 0 || s.len > max) {
        return false;
    }
    for (i = 0; i < s.len; i++) {
        if (s.p[i] < 0x20 || s.p[i] > 0x7e) {
            return false;
        }
    }
    *ret = s;
    return true;
}


/* A number, or a text of digits as some providers send; absent: 0. */
static bool
expires_member(const json_t *o, int64_t *ret_s)
{
    struct ab_slice  text;
    uint64_t         n;

    if (!is_said(o, "expires_in")) {
        return true;
    }
    if (ab_claims_text(o, "expires_in", &text) == AB_OK) {
        if (ab_parse_u64(text, &n) != AB_OK || n > INT32_MAX) {
            return false;
        }
        *ret_s = (int64_t) n;
        return true;
    }
    return ab_claims_time(o, "expires_in", ret_s) == AB_OK && *ret_s >= 0
           && *ret_s <= INT32_MAX;
}
