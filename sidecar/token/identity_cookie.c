/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * identity_cookie.c - the value of KEYCLOAK_IDENTITY.
 */
#include "identity_cookie.h"
#include "claims_int.h"

#include "ab_ct.h"
#include "base/random.h"
#include "model/doc.h"

#define TYP      "Serialized-ID"
#define BROWSER  "bwr"


enum ab_err
identity_cookie_make(struct ctx *c, const struct realm *realm,
    const struct identity_cookie *in, const char *browser,
    const char **ret_value)
{
    const char      *issuer = realm_issuer(c, realm);
    struct payload   p = payload_new();
    const json_t    *claims;
    char             jti[37];
    enum ab_err      e;

    random_uuid(jti);
    payload_time(&p, "exp", in->exp);
    payload_time(&p, "iat", in->iat);
    payload_text(&p, "jti", jti);
    payload_text(&p, "iss", issuer);
    payload_text(&p, "sub", in->user_id);
    payload_text(&p, "typ", TYP);
    payload_text(&p, "sid", in->sid);
    payload_text(&p, "state_checker", in->state_checker);
    payload_text(&p, BROWSER, browser);
    p.failed |= issuer == NULL;
    e = payload_done(c, &p, &claims);
    return e == AB_OK ? token_sign(c, realm, "HS512", "JWT", claims, ret_value)
                      : e;
}


enum ab_err
identity_cookie_read(struct ctx *c, const struct realm *realm,
    const char *value, const char *browser,
    struct identity_cookie *ret_cookie)
{
    struct identity_cookie  k;
    const json_t           *claims;
    enum ab_err             e = token_verify_hmac(c, realm, value, TYP, 0,
                                                  &claims);

    if (e != AB_OK) {
        return e;
    }
    k = (struct identity_cookie) {
        .user_id = doc_str(claims, "sub"), .sid = doc_str(claims, "sid"),
        .state_checker = doc_str(claims, "state_checker"),
        .iat = doc_int(claims, "iat", 0), .exp = doc_int(claims, "exp", 0),
    };
    if (k.user_id == NULL || k.sid == NULL || k.state_checker == NULL) {
        return AB_E_TOKEN_CLAIM;
    }
    if (!ab_ct_slice_eq(ab_slice_str(doc_str(claims, BROWSER)),
                        ab_slice_str(browser)))
    {
        return AB_E_TOKEN_BOUND;
    }
    *ret_cookie = k;
    return AB_OK;
}
