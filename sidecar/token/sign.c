/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sign.c - the only user of private keys.
 */
#include "sign.h"
#include "alg.h"
#include "hmac.h"

#include "ab_base64.h"
#include "ab_limits.h"
#include "base/autofree.h"
#include "model/doc.h"

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#define SIGNATURE_MAX  1024         /* RSA of 8192 bits */

static enum ab_err header_text(struct ctx *c, const struct realm_key *key,
    const char *typ, struct ab_slice *ret_text);
static size_t make_signature(const struct alg *alg,
    const struct realm_key *key, struct ab_slice in, uint8_t *out);


enum ab_err
token_sign(struct ctx *c, const struct realm *realm, const char *alg,
    const char *typ, const json_t *claims, const char **ret_token)
{
    const struct realm_key  *key;
    struct ab_slice          header, payload;
    uint8_t                  sig[SIGNATURE_MAX];
    size_t                   n, len;
    char                    *token;
    enum ab_err              e = realm_key_active(c, realm, alg, "sig", &key);

    if (e == AB_OK) {
        e = header_text(c, key, typ, &header);
    }
    if (e == AB_OK) {
        e = doc_text(c, claims, &payload);
    }
    if (e != AB_OK) {
        return e;
    }
    token = arena_alloc(c->a, AB_B64URL_LEN(header.len)
                              + AB_B64URL_LEN(payload.len)
                              + AB_B64URL_LEN(SIGNATURE_MAX) + 3);
    if (token == NULL) {
        return ctx_nomem(c);
    }
    n = ab_b64url_encode(token, header);
    token[n++] = '.';
    n += ab_b64url_encode(token + n, payload);
    len = make_signature(alg_by_name(key->alg), key, ab_slice(token, n), sig);
    if (len == 0) {
        ERR_clear_error();
        return ctx_fail(c, AB_E_INTERNAL, "%s: signing failed", key->alg);
    }
    token[n++] = '.';
    n += ab_b64url_encode(token + n, ab_slice(sig, len));
    if (n > AB_MAX_JWT) {
        return ctx_fail(c, AB_E_TOO_LARGE, "token of %zu bytes", n);
    }
    *ret_token = token;
    return AB_OK;
}


static enum ab_err
header_text(struct ctx *c, const struct realm_key *key, const char *typ,
    struct ab_slice *ret_text)
{
    autofree(json_unrefp) json_t  *doc = json_object();

    if (doc == NULL || !doc_put(doc, "alg", key->alg)
        || !doc_put(doc, "typ", typ) || !doc_put(doc, "kid", key->kid))
    {
        return ctx_nomem(c);
    }
    return doc_text(c, doc, ret_text);
}


/* DER of two numbers into r and s of fixed width (RFC 7518 section 3.4). */
static size_t
ecdsa_raw(const uint8_t *der, size_t len, size_t width, uint8_t *out)
{
    ECDSA_SIG  *pair = d2i_ECDSA_SIG(NULL, &der, (long) len);
    int         w = (int) width;
    bool        ok;

    ok = pair != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, w) == w
         && BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + width, w) == w;
    ECDSA_SIG_free(pair);
    return ok ? 2 * width : 0;
}


static bool
set_padding(EVP_PKEY_CTX *ctx, enum alg_family family)
{
    return family != ALG_PSS
           || (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1
               && EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx,
                                                   RSA_PSS_SALTLEN_DIGEST)
                  == 1);
}


/* Length of the signature in out[SIGNATURE_MAX], 0 on failure. */
static size_t
make_signature(const struct alg *alg, const struct realm_key *key,
    struct ab_slice in, uint8_t *out)
{
    uint8_t        raw[SIGNATURE_MAX];
    EVP_MD_CTX    *md;
    EVP_PKEY_CTX  *ctx = NULL;
    size_t         n = sizeof(raw);
    bool           ok;

    if (alg->family == ALG_HMAC) {
        return token_hmac(alg, key->secret, in, out);
    }
    md = EVP_MD_CTX_new();
    ok = md != NULL
         && EVP_DigestSignInit_ex(md, &ctx, alg->digest, NULL, NULL,
                                  key->pkey, NULL) == 1
         && set_padding(ctx, alg->family)
         && EVP_DigestSign(md, raw, &n, (const uint8_t *) in.p, in.len) == 1;
    EVP_MD_CTX_free(md);
    if (!ok) {
        return 0;
    }
    if (alg->family == ALG_ECDSA) {
        return ecdsa_raw(raw, n, alg->width, out);
    }
    memcpy(out, raw, n);
    return n;
}
