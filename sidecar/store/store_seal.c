/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store_seal.c - seal and open what is at rest.
 *
 * Key and field stand in the associated data: a sealed value copied to
 * another place does not open there.
 */
#include "store_int.h"


enum ab_err
store_seal(struct ctx *c, struct ab_slice key, const char *field,
    struct ab_slice plain, struct ab_slice *ret_sealed)
{
    struct ab_slice  aad[] = { AB_S("store"), key, ab_slice_str(field) };
    size_t           size = plain.len + AB_SEAL_OVERHEAD;
    char            *mem = plain.len > SIZE_MAX - AB_SEAL_OVERHEAD ? NULL
                           : arena_alloc(c->a, size);
    struct ab_buf    out;
    enum ab_err      e;

    if (mem == NULL) {
        return ctx_nomem(c);
    }
    ab_buf_init_fixed(&out, mem, size);
    e = ab_seal(&c->store->conf->keyring->store, aad, 3, plain, &out);
    if (e != AB_OK) {
        return ctx_fail(c, e, "%s could not be sealed", field);
    }
    *ret_sealed = ab_buf_slice(&out);
    return AB_OK;
}


enum ab_err
store_unseal(struct ctx *c, struct ab_slice key, const char *field,
    struct ab_slice sealed, struct ab_slice *ret_plain)
{
    struct ab_slice  aad[] = { AB_S("store"), key, ab_slice_str(field) };
    char            *mem = arena_dup(c->a, sealed);
    struct ab_buf    out;
    enum ab_err      e;

    if (mem == NULL) {
        return ctx_nomem(c);
    }
    /* One byte less than there is: the text keeps a NUL behind it. */
    ab_buf_init_fixed(&out, mem, sealed.len);
    e = ab_open(&c->store->conf->keyring->store, aad, 3, sealed, &out);
    if (e != AB_OK) {
        return ctx_fail(c, e, "%s could not be opened", field);
    }
    mem[out.len] = '\0';
    *ret_plain = ab_buf_slice(&out);
    return AB_OK;
}
