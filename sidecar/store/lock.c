/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lock.c - a lease on a name, held across processes.
 */
#include "lock.h"
#include "script.h"
#include "store_int.h"

#include "base/random.h"

#define TOKEN_RAW  32

static enum ab_err if_ours(struct ctx *c, enum script s, struct ab_slice key,
    const struct ab_slice *argv, size_t n);


enum ab_err
lock_take(struct ctx *c, struct ab_slice key, int64_t ttl_s,
    char ret_token[44])
{
    char         token[44];
    bool         won = false;
    enum ab_err  e;

    random_text(token, TOKEN_RAW);
    e = store_set_nx(c, key, ab_slice_str(token), ttl_s, &won);
    if (e != AB_OK) {
        return e;
    }
    if (!won) {
        return AB_E_CONFLICT;
    }
    memcpy(ret_token, token, sizeof(token));
    return AB_OK;
}


enum ab_err
lock_extend(struct ctx *c, struct ab_slice key, int64_t ttl_s,
    const char *token)
{
    char             ttl[24];
    struct ab_buf    b;
    struct ab_slice  argv[2] = { ab_slice_str(token) };

    ab_buf_init_fixed(&b, ttl, sizeof(ttl));
    ab_buf_add_dec(&b, ttl_s);
    argv[1] = ab_buf_slice(&b);
    return if_ours(c, SCRIPT_lock_extend, key, argv, 2);
}


enum ab_err
lock_release(struct ctx *c, struct ab_slice key, const char *token)
{
    struct ab_slice  argv[] = { ab_slice_str(token) };

    return if_ours(c, SCRIPT_lock_release, key, argv, 1);
}


/* The scripts answer 1 when the token was the holder's. */
static enum ab_err
if_ours(struct ctx *c, enum script s, struct ab_slice key,
    const struct ab_slice *argv, size_t n)
{
    struct reply  *r;
    enum ab_err    e = script_run(c, s, key, argv, n, &r);

    if (e == AB_OK) {
        e = store_expect(c, r, REPLY_INT);
    }
    if (e != AB_OK) {
        return e;
    }
    return r->i == 1 ? AB_OK : AB_E_CONFLICT;
}
