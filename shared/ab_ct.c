/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_ct.c - constant-time compare, and wiping that stays.
 */
#include "ab_ct.h"

#include <openssl/crypto.h>


bool
ab_ct_equal(const void *a, size_t a_len, const void *b, size_t b_len)
{
    if (a_len != b_len) {
        return false;
    }
    return a_len == 0 || CRYPTO_memcmp(a, b, a_len) == 0;
}


void
ab_wipe(void *p, size_t len)
{
    if (p != NULL && len > 0) {
        OPENSSL_cleanse(p, len);
    }
}
