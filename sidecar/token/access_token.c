/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * access_token.c - our access tokens.
 */
#include "access_token.h"
#include "alg.h"
#include "claims_int.h"

#include "ab_time.h"
#include "base/random.h"

#define LIGHTWEIGHT  "client.use.lightweight.access.token.enabled"


bool
access_token_is_lightweight(const struct client *client)
{
    return client_attribute_true(client, LIGHTWEIGHT);
}


const char *
token_client_alg(const struct realm *realm, const struct client *client,
    const char *name)
{
    const struct alg  *alg = alg_by_name(client_attribute(client, name));

    if (alg == NULL || strcmp(alg->use, "sig") != 0) {
        alg = alg_by_name(realm->signature_alg);
    }
    return alg == NULL || strcmp(alg->use, "sig") != 0 ? "RS256" : alg->name;
}


/* A mapper cannot forge what the token says of itself. */
static const char *
make_jti(struct ctx *c, const struct access_token *in)
{
    char  uuid[37];

    random_uuid(uuid);
    return arena_printf(c->a, "%s%s%s:%s", in->session,
                        access_token_is_lightweight(in->client) ? "lt" : "rt",
                        in->grant, uuid);
}


enum ab_err
access_token_make(struct ctx *c, const struct realm *realm,
    const struct access_token *in, const char **ret_token,
    const json_t **ret_claims)
{
    bool             is_9068 = client_attribute_true(in->client,
                                   "access.token.header.type.rfc9068");
    const char      *alg = token_client_alg(realm, in->client,
                                   "access.token.signed.response.alg");
    const char      *issuer = realm_issuer(c, realm);
    const char      *jti = make_jti(c, in);
    struct payload   p = payload_new();
    const json_t    *claims;
    enum ab_err      e;

    payload_time(&p, "exp", in->exp);
    payload_time(&p, "iat", in->iat);
    payload_text(&p, "jti", jti);
    payload_text(&p, "iss", issuer);
    payload_text(&p, "typ", "Bearer");
    payload_text(&p, "azp", in->client->client_id);
    payload_text(&p, "sid", in->sid);
    payload_text(&p, "scope", in->scope == NULL ? "" : in->scope);
    payload_merge(&p, in->claims);
    if (in->sid == NULL) {
        json_object_del(p.doc, "sid");
    }
    p.failed |= jti == NULL || issuer == NULL;
    e = payload_done(c, &p, &claims);
    if (e == AB_OK) {
        e = token_sign(c, realm, alg, is_9068 ? "at+jwt" : "JWT", claims,
                       ret_token);
    }
    if (e == AB_OK && ret_claims != NULL) {
        *ret_claims = claims;
    }
    return e;
}


static int64_t
sooner(int64_t a, int64_t b)
{
    return b > 0 && b < a ? b : a;
}


int64_t
access_token_exp(const struct realm *realm, const struct client *client,
    const struct session *s, const struct client_session *cs, int64_t iat)
{
    const char  *own = client_attribute(client, "access.token.lifespan");
    int64_t      life = client_attribute_number(client,
                            "access.token.lifespan",
                            realm->access_token_lifespan);
    int64_t      exp;

    if (own != NULL && strcmp(own, "-1") == 0) {
        life = -1;
    }
    if (life < 0) {                 /* as long as a session may last */
        life = s == NULL ? realm->sso_max : s->max_until - iat;
    }
    exp = ab_time_add(iat, life);
    if (s != NULL) {
        exp = sooner(exp, s->max_until);
    }
    return cs == NULL ? exp : sooner(exp, cs->max_until);
}


enum ab_err
access_token_read(struct ctx *c, const struct realm *realm,
    const char *token, const json_t **ret_claims)
{
    enum ab_err  e = token_verify(c, realm, token, "Bearer", 0, ret_claims);

    /* A client may ask for HMAC (tokens.md 4.5): only we can read those. */
    return e == AB_E_TOKEN_ALG
           ? token_verify_hmac(c, realm, token, "Bearer", 0, ret_claims) : e;
}
