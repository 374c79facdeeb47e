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

/* A cookie fits into it and is hashed in one go. Whole blocks. */
#define FRONT_LEN  192

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


static size_t
whole_blocks(size_t len)
{
    return (len + AB_GHASH_LEN - 1) / AB_GHASH_LEN * AB_GHASH_LEN;
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


/* The lengths come first: who reads them knows where each part ends, however
 * it is filled up to a block. */
bool
ab_ghash(struct ab_ghash *g, uint32_t kind, struct ab_slice name,
    struct ab_slice text, uint8_t out[AB_GHASH_LEN])
{
    static const uint8_t  nonce[12];
    uint8_t               front[FRONT_LEN] = { 0 };
    uint32_t              head[4] = { kind, (uint32_t) name.len,
                                      (uint32_t) text.len, 0 };
    size_t                n, rest;

    if (name.len > AB_GHASH_SHORT || text.len > UINT32_MAX) {
        memset(out, 0, AB_GHASH_LEN);
        return false;
    }
    memcpy(front, head, sizeof(head));
    memcpy(front + sizeof(head), name.len == 0 ? "" : name.p, name.len);
    n = sizeof(head) + whole_blocks(name.len);
    rest = text.len < FRONT_LEN - n ? text.len : FRONT_LEN - n;
    memcpy(front + n, text.len == 0 ? "" : text.p, rest);
    n += whole_blocks(rest);

    CRYPTO_gcm128_setiv(g->gcm, nonce, sizeof(nonce));
    if (CRYPTO_gcm128_aad(g->gcm, front, n) != 0
        || (rest < text.len
            && CRYPTO_gcm128_aad(g->gcm, (const uint8_t *) text.p + rest,
                                 text.len - rest) != 0))
    {
        memset(out, 0, AB_GHASH_LEN);
        return false;
    }
    CRYPTO_gcm128_tag(g->gcm, out, AB_GHASH_LEN);
    return true;
}
