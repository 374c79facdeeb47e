/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_ghash.c - GHASH by OpenSSL's GCM, whose block cipher is replaced.
 *
 * GCM takes the point from the encryption of the zero block, and adds the
 * encryption of the nonce's block to the result. A cipher that answers the
 * secret point every time leaves the bare hash, plus a constant.
 */
#include "ab_ghash.h"
#include "ab_ct.h"

#include <openssl/modes.h>
#include <openssl/rand.h>

#include <stdlib.h>

struct ab_ghash {
    uint8_t          point[AB_GHASH_LEN];
    GCM128_CONTEXT  *gcm;           /* borrows point */
};


static void
answer_point(const unsigned char in[16], unsigned char out[16],
    const void *key)
{
    (void) in;
    memcpy(out, key, AB_GHASH_LEN);
}


struct ab_ghash *
ab_ghash_new(void)
{
    struct ab_ghash  *g = calloc(1, sizeof(*g));

    if (g == NULL) {
        return NULL;
    }
    if (RAND_bytes(g->point, sizeof(g->point)) == 1) {
        g->gcm = CRYPTO_gcm128_new(g->point, answer_point);
    }
    if (g->gcm == NULL) {
        ab_ghash_free(g);
        return NULL;
    }
    return g;
}


void
ab_ghash_free(struct ab_ghash *g)
{
    if (g != NULL) {
        CRYPTO_gcm128_release(g->gcm);
        ab_wipe(g, sizeof(*g));
        free(g);
    }
}


/* The lengths come first: who reads them knows where each text ends. They
 * fill one block, so the longer text, put next, is hashed in whole blocks. */
bool
ab_ghash_pair(struct ab_ghash *g, uint32_t kind, struct ab_slice a,
    struct ab_slice b, uint8_t out[AB_GHASH_LEN])
{
    static const uint8_t  nonce[12];
    uint32_t              head[4] = { kind, (uint32_t) a.len,
                                      (uint32_t) b.len, 0 };

    if (a.len > UINT32_MAX || b.len > UINT32_MAX) {
        memset(out, 0, AB_GHASH_LEN);
        return false;
    }
    CRYPTO_gcm128_setiv(g->gcm, nonce, sizeof(nonce));
    if (CRYPTO_gcm128_aad(g->gcm, (const uint8_t *) head, sizeof(head)) != 0
        || CRYPTO_gcm128_aad(g->gcm, (const uint8_t *) b.p, b.len) != 0
        || CRYPTO_gcm128_aad(g->gcm, (const uint8_t *) a.p, a.len) != 0)
    {
        memset(out, 0, AB_GHASH_LEN);
        return false;
    }
    CRYPTO_gcm128_tag(g->gcm, out, AB_GHASH_LEN);
    return true;
}
