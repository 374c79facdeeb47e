/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_seal.c - AES-256-GCM under a ring of keys.
 *
 * Nonces are random: below 2^32 sealings under one key the chance of a
 * repeated one stays under 2^-32 (NIST SP 800-38D section 8.3).
 */
#include "ab_seal.h"
#include "ab_ct.h"
#include "ab_digest.h"
#include "ab_wire.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#define VERSION    1
#define NONCE_LEN  12
#define TAG_LEN    16
#define HEAD_LEN   (1 + 4 + NONCE_LEN)


/* Feed the parts of the associated data, each behind its length as u32 LE,
 * so that no other list of parts gives the same bytes. */
static bool
add_aad(EVP_CIPHER_CTX *ctx, const struct ab_slice *aad, size_t n)
{
    uint8_t  prefix[4];
    size_t   i, j;
    int      len;

    for (i = 0; i < n; i++) {
        if (aad[i].len > INT32_MAX) {
            return false;
        }
        for (j = 0; j < sizeof(prefix); j++) {
            prefix[j] = (uint8_t) (aad[i].len >> 8 * j);
        }
        if (EVP_CipherUpdate(ctx, NULL, &len, prefix, sizeof(prefix)) != 1
            || (aad[i].len > 0
                && EVP_CipherUpdate(ctx, NULL, &len,
                                    (const uint8_t *) aad[i].p,
                                    (int) aad[i].len) != 1))
        {
            return false;
        }
    }
    return true;
}


/* One run of the cipher; with `encrypt` the tag is written, else checked. */
static bool
run(const struct ab_seal_key *key, bool encrypt, const uint8_t *nonce,
    const struct ab_slice *aad, size_t n, struct ab_slice in, uint8_t *out,
    uint8_t tag[TAG_LEN])
{
    EVP_CIPHER_CTX  *ctx = EVP_CIPHER_CTX_new();
    uint8_t          none[1];
    int              len = 0, last = 0;
    bool             ok;

    ok = ctx != NULL && in.len <= INT32_MAX
         && EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, key->key, nonce,
                              encrypt) == 1
         && add_aad(ctx, aad, n)
         && (in.len == 0
             || EVP_CipherUpdate(ctx, out, &len, (const uint8_t *) in.p,
                                 (int) in.len) == 1)
         && (encrypt
             || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_LEN,
                                    tag) == 1)
         && EVP_CipherFinal_ex(ctx, none, &last) == 1
         && (!encrypt
             || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_LEN,
                                    tag) == 1);
    EVP_CIPHER_CTX_free(ctx);
    return ok;
}


enum ab_err
ab_seal(const struct ab_seal_ring *ring, const struct ab_slice *aad, size_t n,
    struct ab_slice plain, struct ab_buf *out)
{
    const struct ab_seal_key  *key = &ring->keys[0];
    size_t                     start = out->len;
    uint8_t                   *p;

    if (ring->n == 0 || plain.len > INT32_MAX) {
        return AB_E_SEAL;
    }
    p = (uint8_t *) ab_buf_room(out, AB_SEAL_OVERHEAD + plain.len);
    if (p == NULL) {
        return AB_E_TOO_LARGE;
    }
    p[0] = VERSION;
    p[1] = (uint8_t) key->id;
    p[2] = (uint8_t) (key->id >> 8);
    p[3] = (uint8_t) (key->id >> 16);
    p[4] = (uint8_t) (key->id >> 24);
    if (RAND_bytes(p + 5, NONCE_LEN) != 1
        || !run(key, true, p + 5, aad, n, plain, p + HEAD_LEN,
                p + HEAD_LEN + plain.len))
    {
        ab_wipe(p, AB_SEAL_OVERHEAD + plain.len);
        out->len = start;
        return AB_E_SEAL;
    }
    return AB_OK;
}


static const struct ab_seal_key *
key_by_id(const struct ab_seal_ring *ring, uint32_t id)
{
    size_t  i;

    for (i = 0; i < ring->n; i++) {
        if (ring->keys[i].id == id) {
            return &ring->keys[i];
        }
    }
    return NULL;
}


enum ab_err
ab_open(const struct ab_seal_ring *ring, const struct ab_slice *aad, size_t n,
    struct ab_slice sealed, struct ab_buf *out)
{
    const struct ab_seal_key  *key;
    struct ab_slice            text;
    uint8_t                    tag[TAG_LEN], *p;

    if (sealed.len < AB_SEAL_OVERHEAD || sealed.p[0] != VERSION) {
        return AB_E_SEAL;
    }
    key = key_by_id(ring, ab_u32_read(sealed.p + 1));
    if (key == NULL) {
        return AB_E_SEAL;
    }
    text = ab_slice(sealed.p + HEAD_LEN, sealed.len - AB_SEAL_OVERHEAD);
    memcpy(tag, text.p + text.len, TAG_LEN);
    p = (uint8_t *) ab_buf_room(out, text.len);
    if (p == NULL) {
        return AB_E_TOO_LARGE;
    }
    if (!run(key, false, (const uint8_t *) sealed.p + 5, aad, n, text, p,
             tag))
    {
        /* What was written is not authenticated; nobody may see it. */
        ab_wipe(p, text.len);
        out->len -= text.len;
        return AB_E_SEAL;
    }
    return AB_OK;
}


bool
ab_seal_derive(const struct ab_seal_key *parent, const char *info,
    struct ab_seal_key *ret_key)
{
    struct ab_seal_key  child = { .id = parent->id };
    bool                ok;

    ok = ab_hkdf(child.key, sizeof(child.key),
                 ab_slice(parent->key, sizeof(parent->key)),
                 ab_slice_str(info));
    if (ok) {
        *ret_key = child;
    }
    ab_wipe(&child, sizeof(child));
    return ok;
}
