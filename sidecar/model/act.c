/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * act.c - take-once actions.
 *
 * The key's name is a hash of kind and handle, the value is sealed: who
 * reads Redis learns neither.
 */
#include "act.h"

#include "base/random.h"
#include "store/keys.h"
#include "store/store.h"


enum ab_err
act_put(struct ctx *c, const char *kind, struct ab_slice value, int64_t ttl_s,
    char ret_handle[44])
{
    char             handle[44];
    struct ab_slice  key, sealed;
    enum ab_err      e;

    random_text(handle, RANDOM_CODE_RAW);
    key = key2(c, KEY_ACT, kind, handle);
    e = store_seal(c, key, "act", value, &sealed);
    if (e == AB_OK) {
        e = store_set(c, key, sealed, ttl_s);
    }
    if (e == AB_OK) {
        memcpy(ret_handle, handle, sizeof(handle));
    }
    return e;
}


enum ab_err
act_take(struct ctx *c, const char *kind, const char *handle,
    struct ab_slice *ret_value)
{
    struct ab_slice  key = key2(c, KEY_ACT, kind, handle);
    struct ab_slice  sealed;
    enum ab_err      e;

    if (strlen(handle) != 43) {
        return AB_E_STORE_ABSENT;
    }
    e = store_take(c, key, &sealed);
    if (e != AB_OK) {
        return e;
    }
    return store_unseal(c, key, "act", sealed, ret_value);
}
