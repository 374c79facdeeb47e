/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * refresh_token.c - our refresh tokens.
 */
#include "refresh_token.h"
#include "claims_int.h"

#include "base/random.h"
#include "model/doc.h"


enum ab_err
refresh_token_make(struct ctx *c, const struct realm *realm,
    const struct refresh_token *in, const struct client_session *cs,
    const json_t *aud_x, const char **ret_token)
{
    const char      *issuer = realm_issuer(c, realm);
    struct payload   p = payload_new();
    const json_t    *claims;
    enum ab_err      e;

    payload_time(&p, "exp", in->exp);
    payload_time(&p, "iat", in->iat);
    payload_text(&p, "jti", cs->refresh_jti);
    payload_text(&p, "iss", issuer);
    payload_text(&p, "aud", issuer);
    payload_text(&p, "sub", in->sub);
    payload_text(&p, "typ", "Refresh");
    payload_text(&p, "azp", in->client_id);
    payload_text(&p, "sid", in->sid);
    payload_text(&p, "scope", in->scope);
    payload_text(&p, "reuse_id", cs->reuse_id);
    payload_text(&p, "prov", "default");
    if (aud_x != NULL) {
        p.failed |= json_object_set(p.doc, "aud_x",
                                    (json_t *) (uintptr_t) aud_x) != 0;
    }
    p.failed |= issuer == NULL || cs->refresh_jti == NULL;
    e = payload_done(c, &p, &claims);
    return e == AB_OK ? token_sign(c, realm, "HS512", "JWT", claims, ret_token)
                      : e;
}


enum ab_err
refresh_token_read(struct ctx *c, const struct realm *realm,
    const char *token, struct refresh_token *ret_token)
{
    struct refresh_token  t;
    const json_t         *claims;
    enum ab_err           e = token_verify_hmac(c, realm, token, "Refresh", 0,
                                                &claims);

    if (e != AB_OK) {
        return e;
    }
    t = (struct refresh_token) {
        .client_id = doc_str(claims, "azp"), .sid = doc_str(claims, "sid"),
        .sub = doc_str(claims, "sub"), .scope = doc_str(claims, "scope"),
        .jti = doc_str(claims, "jti"), .iat = doc_int(claims, "iat", 0),
        .reuse_id = doc_filled(claims, "reuse_id"),
        .exp = doc_int(claims, "exp", 0),
    };
    /* that of a lightweight access token has no subject either */
    if (t.client_id == NULL || t.sid == NULL || t.jti == NULL
        || t.scope == NULL)
    {
        return AB_E_TOKEN_CLAIM;
    }
    *ret_token = t;
    return AB_OK;
}


int64_t
refresh_token_exp(const struct session *s, const struct client_session *cs,
    int64_t iat)
{
    /* s was read before the grant that moved its idle end. */
    int64_t  exp = cs->session_idle_until > 0 ? cs->session_idle_until
                                              : s->idle_until;

    if (s->max_until < exp) {
        exp = s->max_until;
    }
    if (cs->idle_until > 0 && cs->idle_until < exp) {
        exp = cs->idle_until;
    }
    if (cs->max_until > 0 && cs->max_until < exp) {
        exp = cs->max_until;
    }
    return exp < iat ? iat : exp;
}
