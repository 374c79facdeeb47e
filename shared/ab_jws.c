/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_jws.c - verify compact JWS (RFC 7515 section 5.2).
 */
#include "ab_jws.h"
#include "ab_base64.h"
#include "ab_claims.h"
#include "ab_limits.h"

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

/* RSA of 8192 bits has the longest signature. */
#define SIG_MAX      1024
/* SEQUENCE of two INTEGERs of 67 bytes at most. */
#define SIG_DER_MAX  160

/* How an algorithm family signs; `width` of r and of s, for ECDSA. */
enum family { PKCS1, PSS, ECDSA, EDDSA };

static const struct {
    enum family  family;
    size_t       width;
} methods[AB_ALG_N] = {
    [AB_ALG_RS256] = { PKCS1, 0 },
    [AB_ALG_RS384] = { PKCS1, 0 },
    [AB_ALG_RS512] = { PKCS1, 0 },
    [AB_ALG_PS256] = { PSS, 0 },
    [AB_ALG_PS384] = { PSS, 0 },
    [AB_ALG_PS512] = { PSS, 0 },
    [AB_ALG_ES256] = { ECDSA, 32 },
    [AB_ALG_ES384] = { ECDSA, 48 },
    [AB_ALG_ES512] = { ECDSA, 66 },
    [AB_ALG_EDDSA] = { EDDSA, 0 },
};

/*
 * Header members that change what is signed or how, none of which we know:
 * a verifier that does not must refuse (RFC 7515 section 4.1.11, RFC 7797
 * section 6). "enc" makes it a JWE, whatever its shape (T-BE3).
 */
static const char *const  refused[] = { "crit", "b64", "enc" };


static enum ab_err read_header(struct ab_jws *jws);


/* Only digits of base64url, and a count that some octets give. */
static bool
is_b64url(struct ab_slice s)
{
    size_t  i;
    char    c;

    for (i = 0; i < s.len; i++) {
        c = s.p[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
              || (c >= '0' && c <= '9') || c == '-' || c == '_'))
        {
            return false;
        }
    }
    return s.len % 4 != 1;
}


enum ab_err
ab_jws_split(struct ab_slice raw, struct ab_jws *ret_jws)
{
    struct ab_jws    jws;
    struct ab_slice  rest;
    size_t           dot;
    enum ab_err      e;

    memset(&jws, 0, sizeof(jws));
    if (raw.len > AB_MAX_JWT) {
        return AB_E_TOKEN_FORMAT;
    }
    dot = ab_slice_find(raw, '.');
    if (dot == raw.len) {
        return AB_E_TOKEN_FORMAT;
    }
    jws.header_raw = ab_slice(raw.p, dot);
    rest = ab_slice(raw.p + dot + 1, raw.len - dot - 1);
    dot = ab_slice_find(rest, '.');
    if (dot == rest.len) {
        return AB_E_TOKEN_FORMAT;
    }
    jws.payload_raw = ab_slice(rest.p, dot);
    jws.signature_raw = ab_slice(rest.p + dot + 1, rest.len - dot - 1);
    jws.signed_raw = ab_slice_between(raw.p, rest.p + dot);
    /* A further dot, as in a JWE, is no digit either. */
    if (!is_b64url(jws.payload_raw) || !is_b64url(jws.signature_raw)) {
        return AB_E_TOKEN_FORMAT;
    }
    e = read_header(&jws);
    if (e == AB_OK) {
        *ret_jws = jws;
    }
    return e;
}


/* "typ" in lower case, "application/" cut off (RFC 7515 section 4.1.9). */
static bool
read_typ(const json_t *header, struct ab_jws *jws)
{
    struct ab_slice  typ, prefix = AB_S("application/");
    size_t           i;

    if (!ab_claims_has(header, "typ")) {
        return true;
    }
    if (ab_claims_text(header, "typ", &typ) != AB_OK) {
        return false;
    }
    if (typ.len >= prefix.len
        && ab_slice_eq_nocase(ab_slice(typ.p, prefix.len), prefix))
    {
        typ = ab_slice(typ.p + prefix.len, typ.len - prefix.len);
    }
    if (typ.len >= sizeof(jws->typ)) {
        return false;
    }
    for (i = 0; i < typ.len; i++) {
        jws->typ[i] = ab_lower(typ.p[i]);
    }
    return true;
}


/* "kid" is opaque bytes, nothing is looked up by it but our keys (T-BE10). */
static bool
read_kid(const json_t *header, struct ab_jws *jws)
{
    struct ab_slice  kid;

    if (!ab_claims_has(header, "kid")) {
        return true;
    }
    if (ab_claims_text(header, "kid", &kid) != AB_OK
        || kid.len >= sizeof(jws->kid))
    {
        return false;
    }
    if (kid.len > 0) {
        memcpy(jws->kid, kid.p, kid.len);
    }
    jws->kid_len = kid.len;
    jws->has_kid = true;
    return true;
}


static enum ab_err
read_members(const json_t *header, struct ab_jws *jws)
{
    struct ab_slice  alg;
    size_t           i;

    for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        if (ab_claims_has(header, refused[i])) {
            return AB_E_TOKEN_FORMAT;
        }
    }
    if (!read_typ(header, jws) || !read_kid(header, jws)) {
        return AB_E_TOKEN_FORMAT;
    }
    if (ab_claims_text(header, "alg", &alg) != AB_OK) {
        return AB_E_TOKEN_ALG;
    }
    jws->alg = ab_alg_by_name(alg);
    return jws->alg == AB_ALG_NONE ? AB_E_TOKEN_ALG : AB_OK;
}


static enum ab_err
read_header(struct ab_jws *jws)
{
    char          text[AB_MAX_JWT_HEADER];
    json_t       *header;
    size_t        len;
    enum ab_err   e;

    if (ab_b64url_decode(text, sizeof(text), jws->header_raw, &len)
        != AB_OK)
    {
        return AB_E_TOKEN_FORMAT;
    }
    e = ab_claims_parse(ab_slice(text, len), &header);
    if (e != AB_OK) {
        return e == AB_E_NOMEM ? e : AB_E_TOKEN_FORMAT;
    }
    e = read_members(header, jws);
    json_decref(header);
    return e;
}


/*
 * r ‖ s of exact width (RFC 7518 section 3.4) as the DER that OpenSSL wants.
 * Returns its length, 0 when the width is wrong or there is no memory.
 */
static size_t
ecdsa_der(const uint8_t *sig, size_t len, size_t width,
    uint8_t out[SIG_DER_MAX])
{
    ECDSA_SIG  *pair;
    BIGNUM     *r, *s;
    int         n = 0;

    if (len != 2 * width) {
        return 0;
    }
    pair = ECDSA_SIG_new();
    r = BN_bin2bn(sig, (int) width, NULL);
    s = BN_bin2bn(sig + width, (int) width, NULL);
    if (pair == NULL || r == NULL || s == NULL
        || ECDSA_SIG_set0(pair, r, s) != 1)
    {
        BN_free(r);
        BN_free(s);
    } else if (i2d_ECDSA_SIG(pair, NULL) <= SIG_DER_MAX) {
        n = i2d_ECDSA_SIG(pair, &out);
    }
    ECDSA_SIG_free(pair);
    return n < 0 ? 0 : (size_t) n;
}


/* PSS with MGF1 of the same digest and a salt as long as it (RFC 7518
 * section 3.5). */
static bool
set_padding(EVP_PKEY_CTX *ctx, enum family family)
{
    if (family == PKCS1) {
        return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1;
    }
    return family != PSS
           || (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1
               && EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx,
                                                   RSA_PSS_SALTLEN_DIGEST)
                  == 1);
}


static bool
signature_ok(const struct ab_jws *jws, EVP_PKEY *pkey)
{
    uint8_t         mem[SIG_MAX], der[SIG_DER_MAX], *sig = mem;
    EVP_MD_CTX     *md;
    EVP_PKEY_CTX   *ctx;
    enum family     family = methods[jws->alg].family;
    size_t          len;
    bool            ok;

    if (ab_b64url_decode(mem, sizeof(mem), jws->signature_raw, &len) != AB_OK)
    {
        return false;
    }
    if (family == ECDSA) {
        len = ecdsa_der(mem, len, methods[jws->alg].width, der);
        sig = der;
    } else if (len != (size_t) EVP_PKEY_get_size(pkey)) {
        return false;
    }
    md = len == 0 ? NULL : EVP_MD_CTX_new();
    ok = md != NULL
         && EVP_DigestVerifyInit_ex(md, &ctx, ab_alg_digest(jws->alg), NULL,
                                    NULL, pkey, NULL) == 1
         && set_padding(ctx, family)
         && EVP_DigestVerify(md, sig, len,
                             (const uint8_t *) jws->signed_raw.p,
                             jws->signed_raw.len) == 1;
    EVP_MD_CTX_free(md);
    return ok;
}


enum ab_err
ab_jws_verify_key(const struct ab_jws *jws, const struct ab_jwk *key,
    uint32_t allow)
{
    bool  ok;

    if (jws->alg <= AB_ALG_NONE || jws->alg >= AB_ALG_N
        || (AB_ALG_BIT(jws->alg) & allow & key->algs) == 0)
    {
        return AB_E_TOKEN_ALG;
    }
    /* A refused token leaves no message in OpenSSL's queue: NGINX would take
     * it for one of the connection's own. */
    ERR_set_mark();
    ok = signature_ok(jws, key->pkey);
    ERR_pop_to_mark();
    return ok ? AB_OK : AB_E_TOKEN_SIG;
}


enum ab_err
ab_jws_verify(const struct ab_jws *jws, const struct ab_jwk_set *keys,
    uint32_t allow)
{
    const struct ab_jwk  *key;
    struct ab_slice       kid = ab_slice(jws->has_kid ? jws->kid : NULL,
                                         jws->kid_len);

    if (jws->alg <= AB_ALG_NONE || jws->alg >= AB_ALG_N
        || (AB_ALG_BIT(jws->alg) & allow) == 0)
    {
        return AB_E_TOKEN_ALG;
    }
    key = ab_jwk_set_find(keys, kid, jws->alg);
    return key == NULL ? AB_E_TOKEN_KEY : ab_jws_verify_key(jws, key, allow);
}


enum ab_err
ab_jws_claims(const struct ab_jws *jws, json_t **ret_claims)
{
    char         text[AB_B64_DECODED_MAX(AB_MAX_JWT)];
    size_t       len;
    enum ab_err  e;

    if (ab_b64url_decode(text, sizeof(text), jws->payload_raw, &len)
        != AB_OK)
    {
        return AB_E_TOKEN_FORMAT;
    }
    e = ab_claims_parse(ab_slice(text, len), ret_claims);
    return e == AB_OK || e == AB_E_NOMEM ? e : AB_E_TOKEN_FORMAT;
}
