/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * id_token.c - our ID tokens.
 */
#include "id_token.h"
#include "access_token.h"
#include "claims_int.h"

#include "base/random.h"

static void put_audience(struct payload *p, const char *client_id,
    const json_t *more);
static void put_hash(struct ctx *c, struct payload *p, const char *name,
    const char *alg, const char *text);


enum ab_err
id_token_make(struct ctx *c, const struct realm *realm,
    const struct id_token *in, const char **ret_token)
{
    const char      *alg = token_client_alg(realm, in->client,
                                            "id.token.signed.response.alg");
    const char      *issuer = realm_issuer(c, realm);
    const char      *sub = json_string_value(json_object_get(in->claims,
                                                             "sub"));
    struct payload   p = payload_new();
    const json_t    *claims;
    char             jti[37];
    enum ab_err      e;

    random_uuid(jti);
    payload_time(&p, "exp", in->exp);
    payload_time(&p, "iat", in->iat);
    payload_text(&p, "jti", jti);
    payload_text(&p, "iss", issuer);
    put_audience(&p, in->client->client_id,
                 json_object_get(in->claims, "aud"));
    payload_text(&p, "sub", sub == NULL ? in->sub : sub);
    payload_text(&p, "typ", "ID");
    payload_text(&p, "azp", in->client->client_id);
    payload_text(&p, "nonce", in->nonce);
    payload_text(&p, "sid", in->sid);
    put_hash(c, &p, "at_hash", alg, in->access_token);
    put_hash(c, &p, "c_hash", alg, in->code);
    put_hash(c, &p, "s_hash", alg, in->state);
    payload_merge(&p, in->claims);
    p.failed |= issuer == NULL;
    e = payload_done(c, &p, &claims);
    return e == AB_OK ? token_sign(c, realm, alg, "JWT", claims, ret_token)
                      : e;
}


/* The client itself first; what audience mappers add makes it an array. */
static void
put_audience(struct payload *p, const char *client_id, const json_t *more)
{
    json_t  *list = json_array(), *one;
    size_t   i;

    p->failed |= json_array_append_new(list, json_string(client_id)) != 0;
    if (json_is_string(more) && strcmp(json_string_value(more), client_id)) {
        p->failed |= json_array_append(list, (json_t *) (uintptr_t) more) != 0;
    }
    json_array_foreach((json_t *) (uintptr_t) more, i, one) {
        if (json_is_string(one) && strcmp(json_string_value(one), client_id)) {
            p->failed |= json_array_append(list, one) != 0;
        }
    }
    one = json_array_size(list) == 1 ? json_array_get(list, 0) : list;
    p->failed |= json_object_set(p->doc, "aud", one) != 0;
    json_decref(list);
}


static void
put_hash(struct ctx *c, struct payload *p, const char *name, const char *alg,
    const char *text)
{
    const char  *half;

    if (text == NULL) {
        return;
    }
    half = token_half_hash(c, alg, ab_slice_str(text));
    p->failed |= half == NULL;
    payload_text(p, name, half);
}


enum ab_err
id_token_hint_read(struct ctx *c, const struct realm *realm,
    const char *token, const json_t **ret_claims)
{
    enum ab_err  e = token_verify(c, realm, token, "ID", TOKEN_EXPIRED_OK,
                                  ret_claims);

    return e == AB_E_TOKEN_ALG
           ? token_verify_hmac(c, realm, token, "ID", TOKEN_EXPIRED_OK,
                               ret_claims) : e;
}
