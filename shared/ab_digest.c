/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_digest.c - SHA-256, HMAC and HKDF over OpenSSL.
 *
 * SHA-256 stands on every request's path. OpenSSL 3 marks its streaming
 * SHA256_… calls as old in favour of EVP, which looks the algorithm up by
 * name and allocates a context each time; keeping a fetched one would be
 * state. So those calls are used here, and nowhere else.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "ab_digest.h"
#include "ab_ct.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/sha.h>


static void length_prefix(uint8_t out[4], size_t len);


bool
ab_sha256(uint8_t out[AB_SHA256_LEN], struct ab_slice in)
{
    SHA256_CTX  ctx;
    bool        ok;

    ok = SHA256_Init(&ctx) == 1
         && (in.len == 0 || SHA256_Update(&ctx, in.p, in.len) == 1)
         && SHA256_Final(out, &ctx) == 1;
    ab_wipe(&ctx, sizeof(ctx));
    if (!ok) {
        memset(out, 0, AB_SHA256_LEN);
    }
    return ok;
}


bool
ab_sha256_parts(uint8_t out[AB_SHA256_LEN], const struct ab_slice *parts,
    size_t n)
{
    SHA256_CTX  ctx;
    uint8_t     prefix[4];
    size_t      i;
    bool        ok = SHA256_Init(&ctx) == 1;

    for (i = 0; i < n && ok; i++) {
        length_prefix(prefix, parts[i].len);
        ok = parts[i].len <= UINT32_MAX
             && SHA256_Update(&ctx, prefix, sizeof(prefix)) == 1
             && (parts[i].len == 0
                 || SHA256_Update(&ctx, parts[i].p, parts[i].len) == 1);
    }
    ok = ok && SHA256_Final(out, &ctx) == 1;
    ab_wipe(&ctx, sizeof(ctx));
    if (!ok) {
        memset(out, 0, AB_SHA256_LEN);
    }
    return ok;
}


static void
length_prefix(uint8_t out[4], size_t len)
{
    out[0] = (uint8_t) len;
    out[1] = (uint8_t) (len >> 8);
    out[2] = (uint8_t) (len >> 16);
    out[3] = (uint8_t) (len >> 24);
}


/* A started HMAC-SHA256, or NULL. */
static EVP_MAC_CTX *
hmac_start(struct ab_slice key)
{
    OSSL_PARAM    params[2];
    char          digest[] = "SHA256";
    EVP_MAC      *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX  *ctx = mac == NULL ? NULL : EVP_MAC_CTX_new(mac);

    EVP_MAC_free(mac);
    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
                                                 digest, 0);
    params[1] = OSSL_PARAM_construct_end();
    /* An empty key must not be NULL: that would mean "keep the old one". */
    if (ctx != NULL
        && EVP_MAC_init(ctx, (const uint8_t *) (key.len ? key.p : ""),
                        key.len, params) != 1)
    {
        EVP_MAC_CTX_free(ctx);
        return NULL;
    }
    return ctx;
}


static bool
hmac_add(EVP_MAC_CTX *ctx, struct ab_slice in)
{
    return in.len == 0
           || EVP_MAC_update(ctx, (const uint8_t *) in.p, in.len) == 1;
}


/* Ends and frees ctx, which may be NULL. */
static bool
hmac_end(EVP_MAC_CTX *ctx, bool ok, uint8_t out[AB_SHA256_LEN])
{
    size_t  len = 0;

    ok = ok && ctx != NULL && EVP_MAC_final(ctx, out, &len, AB_SHA256_LEN) == 1
         && len == AB_SHA256_LEN;
    EVP_MAC_CTX_free(ctx);
    if (!ok) {
        memset(out, 0, AB_SHA256_LEN);
    }
    return ok;
}


bool
ab_hmac_sha256(uint8_t out[AB_SHA256_LEN], struct ab_slice key,
    struct ab_slice in)
{
    EVP_MAC_CTX  *ctx = hmac_start(key);

    return hmac_end(ctx, ctx != NULL && hmac_add(ctx, in), out);
}


bool
ab_hmac_sha256_parts(uint8_t out[AB_SHA256_LEN], struct ab_slice key,
    const struct ab_slice *parts, size_t n)
{
    EVP_MAC_CTX  *ctx = hmac_start(key);
    uint8_t       prefix[4];
    size_t        i;
    bool          ok = ctx != NULL;

    for (i = 0; i < n && ok; i++) {
        length_prefix(prefix, parts[i].len);
        ok = parts[i].len <= UINT32_MAX
             && hmac_add(ctx, ab_slice(prefix, sizeof(prefix)))
             && hmac_add(ctx, parts[i]);
    }
    return hmac_end(ctx, ok, out);
}


bool
ab_hkdf(uint8_t *out, size_t out_len, struct ab_slice key,
    struct ab_slice info)
{
    OSSL_PARAM    params[4];
    char          digest[] = "SHA256";
    EVP_KDF      *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX  *ctx = kdf == NULL ? NULL : EVP_KDF_CTX_new(kdf);
    bool          ok;

    EVP_KDF_free(kdf);
    /* The parameters are only read, though their type is not const. */
    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
                                                 digest, 0);
    params[1] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY,
                                                  (void *) key.p, key.len);
    params[2] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO,
                                                  (void *) info.p, info.len);
    params[3] = OSSL_PARAM_construct_end();
    ok = ctx != NULL && EVP_KDF_derive(ctx, out, out_len, params) == 1;
    EVP_KDF_CTX_free(ctx);
    if (!ok) {
        ab_wipe(out, out_len);
    }
    return ok;
}
