/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * oidc_redeem.c - the token request (RFC 6749 sections 2.3.1, 4.1.3).
 */
#include "oidc.h"

#include "ab_base64.h"
#include "ab_limits.h"
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
    return err == AB_OK ? oidc_tokens_read(c, &reply, ret_tokens) : err;
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
