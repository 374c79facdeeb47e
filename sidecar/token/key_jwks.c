/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * key_jwks.c - the public halves of a realm's keys as a JWKS (RFC 7517).
 */
#include "key.h"

#include "ab_base64.h"
#include "ab_limits.h"
#include "base/autofree.h"
#include "model/doc.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#define NUMBER_MAX  1024            /* RSA of 8192 bits */

static bool put_key(json_t *jwk, const struct realm_key *key);
static bool put_rsa(json_t *jwk, EVP_PKEY *pkey);
static bool put_ec(json_t *jwk, EVP_PKEY *pkey);
static bool put_okp(json_t *jwk, EVP_PKEY *pkey);
static bool put_cert(json_t *jwk, struct ab_slice cert);


enum ab_err
realm_jwks(struct ctx *c, const struct realm *realm, json_t **ret_jwks)
{
    autofree(json_unrefp) json_t  *doc = json_object();
    const struct realm_keys       *keys;
    json_t                        *list = json_array(), *jwk;
    size_t                         i;
    enum ab_err                    e = realm_keys_get(c, realm, &keys);

    if (json_object_set_new(doc, "keys", list) != 0) {
        return ctx_nomem(c);
    }
    for (i = 0; e == AB_OK && i < keys->n; i++) {
        if (keys->v[i].pkey == NULL || keys->v[i].status == KEY_DISABLED) {
            continue;
        }
        jwk = json_object();
        if (json_array_append_new(list, jwk) != 0
            || !put_key(jwk, &keys->v[i]))
        {
            e = ctx_fail(c, AB_E_INTERNAL, "a key could not be shown");
        }
    }
    if (e == AB_OK) {
        *ret_jwks = take_ptr(&doc);
    }
    return e;
}


static bool
put_key(json_t *jwk, const struct realm_key *key)
{
    bool  is_rsa = EVP_PKEY_is_a(key->pkey, "RSA");
    bool  is_ec = EVP_PKEY_is_a(key->pkey, "EC");

    return doc_put(jwk, "kid", key->kid)
           && doc_put(jwk, "kty", is_rsa ? "RSA" : is_ec ? "EC" : "OKP")
           && doc_put(jwk, "alg", key->alg) && doc_put(jwk, "use", key->use)
           && (is_rsa ? put_rsa(jwk, key->pkey)
               : is_ec ? put_ec(jwk, key->pkey) : put_okp(jwk, key->pkey))
           && (key->cert.len == 0 || put_cert(jwk, key->cert));
}


static bool
put_b64url(json_t *jwk, const char *name, struct ab_slice raw)
{
    char  text[AB_B64URL_LEN(NUMBER_MAX) + 1];

    if (raw.len > NUMBER_MAX) {
        return false;
    }
    text[ab_b64url_encode(text, raw)] = '\0';
    return doc_put(jwk, name, text);
}


/* width 0: as short as it is. */
static bool
put_number(json_t *jwk, const char *name, EVP_PKEY *pkey, const char *param,
    int width)
{
    unsigned char   raw[NUMBER_MAX];
    BIGNUM         *n = NULL;
    int             len = -1;

    if (EVP_PKEY_get_bn_param(pkey, param, &n) == 1) {
        len = BN_num_bytes(n) > NUMBER_MAX ? -1
              : BN_bn2binpad(n, raw, width == 0 ? BN_num_bytes(n) : width);
    }
    BN_free(n);
    return len > 0 && put_b64url(jwk, name, ab_slice(raw, (size_t) len));
}


static bool
put_rsa(json_t *jwk, EVP_PKEY *pkey)
{
    return put_number(jwk, "n", pkey, OSSL_PKEY_PARAM_RSA_N, 0)
           && put_number(jwk, "e", pkey, OSSL_PKEY_PARAM_RSA_E, 0);
}


/* Coordinates have the width of the field (RFC 7518 section 6.2.1.2). */
static bool
put_ec(json_t *jwk, EVP_PKEY *pkey)
{
    int  bits = EVP_PKEY_get_bits(pkey), width = (bits + 7) / 8;

    return doc_put(jwk, "crv", bits == 256 ? "P-256"
                               : bits == 384 ? "P-384" : "P-521")
           && put_number(jwk, "x", pkey, OSSL_PKEY_PARAM_EC_PUB_X, width)
           && put_number(jwk, "y", pkey, OSSL_PKEY_PARAM_EC_PUB_Y, width);
}


static bool
put_okp(json_t *jwk, EVP_PKEY *pkey)
{
    unsigned char  raw[64];
    size_t         n = sizeof(raw);

    return doc_put(jwk, "crv", EVP_PKEY_is_a(pkey, "ED448") ? "Ed448"
                                                            : "Ed25519")
           && EVP_PKEY_get_raw_public_key(pkey, raw, &n) == 1
           && put_b64url(jwk, "x", ab_slice(raw, n));
}


static bool
put_thumbprint(json_t *jwk, const char *name, const char *digest,
    struct ab_slice cert)
{
    unsigned char  hash[EVP_MAX_MD_SIZE];
    size_t         n = 0;

    return EVP_Q_digest(NULL, digest, NULL, cert.p, cert.len, hash, &n) == 1
           && put_b64url(jwk, name, ab_slice(hash, n));
}


static bool
put_cert(json_t *jwk, struct ab_slice cert)
{
    struct ab_buf  text;
    json_t        *chain = json_array();
    char          *room;
    bool           ok;

    ab_buf_init(&text, AB_MAX_JWKS);
    room = ab_buf_room(&text, AB_B64_LEN(cert.len));
    if (room != NULL) {
        ab_b64_encode(room, cert);
    }
    ok = json_object_set_new(jwk, "x5c", chain) == 0 && room != NULL
         && json_array_append_new(chain, json_stringn(text.p, text.len)) == 0;
    ab_buf_clear(&text);
    return ok && put_thumbprint(jwk, "x5t", "SHA1", cert)
           && put_thumbprint(jwk, "x5t#S256", "SHA256", cert);
}
