/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * oidc_userinfo.c - the userinfo endpoint (OpenID Connect Core section 5.3).
 */
#include "oidc.h"

#include "ab_claims.h"
#include "ab_limits.h"
#include "base/clock.h"
#include "model/doc.h"
#include "net/http.h"

static enum ab_err ask(struct ctx *c, const struct oidc_settings *s,
    struct ab_slice access_token, struct http_reply *ret_reply);
static enum ab_err read_json(struct ctx *c, struct ab_slice body,
    const json_t **ret_claims);
static enum ab_err read_jwt(struct ctx *c, const struct oidc_settings *s,
    struct ab_slice body, const json_t **ret_claims);
static bool jwt_claims_ok(const struct oidc_settings *s,
    const json_t *claims);


enum ab_err
oidc_userinfo(struct ctx *c, const struct oidc_settings *s,
    struct ab_slice access_token, struct ab_slice sub,
    const json_t **ret_claims)
{
    struct http_reply   reply;
    struct ab_slice     got;
    const json_t       *claims;
    enum ab_err         err = ask(c, s, access_token, &reply);

    if (err != AB_OK) {
        return err;
    }
    if (reply.status != 200) {
        return ctx_fail(c, AB_E_IDP_REPLY, "userinfo: status %d",
                        reply.status);
    }
    if (strcmp(reply.content_type, "application/json") == 0) {
        err = read_json(c, reply.body, &claims);
    } else if (strcmp(reply.content_type, "application/jwt") == 0) {
        err = read_jwt(c, s, reply.body, &claims);
    } else {
        err = ctx_fail(c, AB_E_IDP_REPLY, "userinfo: content type");
    }
    if (err != AB_OK) {
        return err;
    }
    /* Section 5.3.2: else it is about somebody else (token substitution). */
    if (ab_claims_text(claims, "sub", &got) != AB_OK
        || !ab_slice_eq(got, sub))
    {
        return ctx_fail(c, AB_E_IDP_SUBJECT, "userinfo: sub");
    }
    *ret_claims = claims;
    return AB_OK;
}


static enum ab_err
ask(struct ctx *c, const struct oidc_settings *s,
    struct ab_slice access_token, struct http_reply *ret_reply)
{
    const struct http_header   headers[] = {
        { "Accept", "application/json, application/jwt" },
        { "Authorization", arena_printf(c->a, "Bearer %.*s",
                                        (int) access_token.len,
                                        access_token.p) },
    };
    const struct http_request  req = {
        .method = "GET", .url = s->userinfo, .headers = headers,
        .n_headers = 2, .reply_max = AB_MAX_IDP_REPLY,
        .ssl = s->realm->ssl_required,
    };

    if (headers[1].value == NULL) {
        return ctx_nomem(c);
    }
    return http_call(c, &req, ret_reply);
}


static enum ab_err
read_json(struct ctx *c, struct ab_slice body, const json_t **ret_claims)
{
    json_t       *o = NULL;
    enum ab_err   err = ab_claims_parse(body, &o);

    if (err == AB_E_NOMEM) {
        return ctx_nomem(c);
    }
    if (err != AB_OK) {
        return ctx_fail(c, AB_E_IDP_REPLY, "userinfo: JSON");
    }
    *ret_claims = doc_own(c, o);
    return *ret_claims == NULL ? c->f.code : AB_OK;
}


static enum ab_err
read_jwt(struct ctx *c, const struct oidc_settings *s, struct ab_slice body,
    const json_t **ret_claims)
{
    struct ab_jws   jws;
    const json_t   *claims;
    enum ab_err     err = oidc_verify(c, s, "userinfo", body, &jws, &claims);

    if (err != AB_OK) {
        return err;
    }
    if (!jwt_claims_ok(s, claims)) {
        return ctx_fail(c, AB_E_IDP_REPLY, "userinfo: iss, aud or exp");
    }
    *ret_claims = claims;
    return AB_OK;
}


/* Each may be left out (section 5.3.2), none may be wrong. */
static bool
jwt_claims_ok(const struct oidc_settings *s, const json_t *claims)
{
    struct ab_slice  iss;
    int64_t          exp;

    if (ab_claims_has(claims, "iss")
        && (ab_claims_text(claims, "iss", &iss) != AB_OK
            || !oidc_issuer_is_known(s, iss)))
    {
        return false;
    }
    if (ab_claims_has(claims, "aud")
        && !ab_claims_contains(claims, "aud", ab_slice_str(s->client_id)))
    {
        return false;
    }
    return !ab_claims_has(claims, "exp")
           || (ab_claims_time(claims, "exp", &exp) == AB_OK
               && clock_now_s() < exp);
}
