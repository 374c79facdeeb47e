/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_digest.c - SHA-256, HMAC and HKDF over OpenSSL.
 *
 * SHA-256 and HMAC stand on the path of every request that is met anew.
 * OpenSSL 3 marks its streaming SHA256_… calls as old in favour of EVP, which
 * looks the algorithm up by name and allocates a context each time; keeping a
 * fetched one would be state, and an HMAC by EVP costs three times as much.
 * So those calls are used here, and nowhere else.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "ab_digest.h"
#include "ab_ct.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/sha.h>


#define INNER_PAD  0x36
#define OUTER_PAD  0x5c

/* One HMAC-SHA256 under way. */
struct hmac {
    SHA256_CTX  inner, outer;
};


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


/* Start both hashes of HMAC (RFC 2104 section 2). A key longer than a block
 * is hashed first. */
static bool
hmac_start(struct hmac *h, struct ab_slice key)
{
    uint8_t  block[SHA256_CBLOCK] = { 0 };
    size_t   i;
    bool     ok = true;

    if (key.len > sizeof(block)) {
        ok = ab_sha256(block, key);
    } else if (key.len > 0) {
        memcpy(block, key.p, key.len);
    }
    for (i = 0; i < sizeof(block); i++) {
        block[i] ^= INNER_PAD;
    }
    ok = ok && SHA256_Init(&h->inner) == 1
         && SHA256_Update(&h->inner, block, sizeof(block)) == 1;
    for (i = 0; i < sizeof(block); i++) {
        block[i] ^= INNER_PAD ^ OUTER_PAD;
    }
    ok = ok && SHA256_Init(&h->outer) == 1
         && SHA256_Update(&h->outer, block, sizeof(block)) == 1;
    ab_wipe(block, sizeof(block));
    return ok;
}


static bool
hmac_add(struct hmac *h, struct ab_slice in)
{
    return in.len == 0 || SHA256_Update(&h->inner, in.p, in.len) == 1;
}


/* Ends and wipes *h. */
static bool
hmac_end(struct hmac *h, bool ok, uint8_t out[AB_SHA256_LEN])
{
    uint8_t  inner[AB_SHA256_LEN];

    ok = ok && SHA256_Final(inner, &h->inner) == 1
         && SHA256_Update(&h->outer, inner, sizeof(inner)) == 1
         && SHA256_Final(out, &h->outer) == 1;
    ab_wipe(inner, sizeof(inner));
    ab_wipe(h, sizeof(*h));
    if (!ok) {
        memset(out, 0, AB_SHA256_LEN);
    }
    return ok;
}


bool
ab_hmac_sha256(uint8_t out[AB_SHA256_LEN], struct ab_slice key,
    struct ab_slice in)
{
    struct hmac  h;
    bool         ok = hmac_start(&h, key) && hmac_add(&h, in);

    return hmac_end(&h, ok, out);
}


bool
ab_hmac_sha256_parts(uint8_t out[AB_SHA256_LEN], struct ab_slice key,
    const struct ab_slice *parts, size_t n)
{
    struct hmac  h;
    uint8_t      prefix[4];
    size_t       i;
    bool         ok = hmac_start(&h, key);

    for (i = 0; i < n && ok; i++) {
        length_prefix(prefix, parts[i].len);
        ok = parts[i].len <= UINT32_MAX
             && hmac_add(&h, ab_slice(prefix, sizeof(prefix)))
             && hmac_add(&h, parts[i]);
    }
    return hmac_end(&h, ok, out);
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
