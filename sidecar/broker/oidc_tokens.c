/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * oidc_tokens.c - the form of a token response (RFC 6749 section 5.1).
 */
#include "oidc.h"

#include "ab_claims.h"
#include "ab_limits.h"
#include "ab_time.h"
#include "model/doc.h"
#include "net/http.h"

static enum ab_err tokens_check(struct ctx *c, const json_t *o,
    struct oidc_tokens *ret_tokens);
static enum ab_err session_member(struct ctx *c, const json_t *o,
    const char **ret_text);
static bool is_said(const json_t *o, const char *name);
static bool text_member(const json_t *o, const char *name, size_t max,
    struct ab_slice *ret);
static bool expires_member(const json_t *o, int64_t *ret_s);


enum ab_err
oidc_tokens_read(struct ctx *c, const struct http_reply *reply,
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
    struct ab_slice     type;
    enum ab_err         err;

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
    err = session_member(c, o, &t.session_state);
    if (err == AB_OK) {
        *ret_tokens = t;
    }
    return err;
}


/* Keycloak's name for the session there. */
static enum ab_err
session_member(struct ctx *c, const json_t *o, const char **ret_text)
{
    struct ab_slice  text;

    if (!is_said(o, "session_state")) {
        return AB_OK;
    }
    if (!text_member(o, "session_state", AB_MAX_IDP_TEXT, &text)) {
        return ctx_fail(c, AB_E_IDP_REPLY, "token response: session_state");
    }
    *ret_text = arena_dup(c->a, text);
    return *ret_text == NULL ? ctx_nomem(c) : AB_OK;
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
