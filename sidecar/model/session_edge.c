/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * session_edge.c - app-host sessions: the identity bytes a worker asks for.
 *
 * A value is its expiry (u64, little-endian) followed by identity bytes,
 * which name the key they belong to: an answer can be checked against its
 * question anywhere on its way.
 */
#include "session_int.h"

#include "ab_ct.h"
#include "ab_identity.h"
#include "store/keys.h"

#define PREFIX    8
#define KEY_HEX   (2 * AB_SHA256_LEN)


enum ab_err
edge_value(struct ctx *c, struct ab_slice identity, uint64_t expiry,
    struct ab_slice *ret_value)
{
    uint8_t  *p;
    size_t    i;

    if (identity.len > AB_MAX_IDENTITY) {
        return ctx_fail(c, AB_E_TOO_LARGE, "identity of %zu bytes",
                        identity.len);
    }
    p = arena_alloc(c->a, PREFIX + identity.len);
    if (p == NULL) {
        return ctx_nomem(c);
    }
    for (i = 0; i < PREFIX; i++) {
        p[i] = (uint8_t) ((expiry == 0 ? UINT64_MAX : expiry) >> (8 * i));
    }
    if (identity.len > 0) {
        memcpy(p + PREFIX, identity.p, identity.len);
    }
    *ret_value = ab_slice(p, PREFIX + identity.len);
    return AB_OK;
}


struct ab_slice
edge_hex(struct ctx *c, const uint8_t *edge_key)
{
    static const char  digits[] = "0123456789abcdef";
    char              *hex = arena_alloc(c->a, KEY_HEX + 1);
    size_t             i;

    if (hex == NULL) {
        return ab_slice(NULL, 0);
    }
    for (i = 0; i < AB_SHA256_LEN; i++) {
        hex[2 * i] = digits[edge_key[i] >> 4];
        hex[2 * i + 1] = digits[edge_key[i] & 15];
    }
    return ab_slice(hex, KEY_HEX);
}


struct ab_slice
session_edge_field(struct ctx *c, const uint8_t *edge_key)
{
    struct ab_slice  hex = edge_hex(c, edge_key);

    return hex.p == NULL ? hex : session_field(c, "e:", hex);
}


enum ab_err
session_edge_put(struct ctx *c, const char *sid, const uint8_t *edge_key,
    struct ab_slice identity, uint64_t expiry)
{
    struct step          step = step_new(c);
    struct ab_slice      hex = edge_hex(c, edge_key), value;
    const struct reply  *r;
    enum ab_err          e = edge_value(c, identity, expiry, &value);

    if (e != AB_OK || hex.p == NULL) {
        return e == AB_OK ? ctx_nomem(c) : e;
    }
    if (!sid_is_formed(sid)) {
        return AB_E_SESSION_UNKNOWN;
    }
    step_slice(&step, hex);
    step_slice(&step, value);
    return step_run(&step, SCRIPT_session_edge_put, key1(c, KEY_SESSION, sid),
                    0, &r);
}


enum ab_err
session_edge_verdict(struct ab_slice live, struct ab_slice tomb,
    struct ab_slice edge, const uint8_t *edge_key, int64_t now,
    struct ab_slice *ret_identity, uint64_t *ret_expiry,
    uint64_t *ret_user_version)
{
    struct live      l;
    struct ab_slice  identity, key;
    uint64_t         expiry;
    enum ab_err      e;

    if (tomb.p != NULL) {
        return AB_E_SESSION_ENDED;
    }
    if (live.p == NULL || edge.p == NULL) {
        return AB_E_SESSION_UNKNOWN;
    }
    e = live_parse(live, &l);
    if (e == AB_OK) {
        e = live_state(&l, now);
    }
    if (e != AB_OK) {
        return e;
    }
    if (edge.len < PREFIX) {
        return AB_E_STORE_REPLY;
    }
    expiry = ab_u64_read(edge.p);
    identity = ab_slice(edge.p + PREFIX, edge.len - PREFIX);
    key = ab_wire_get(identity, AB_TAG_ID_KEY);
    if (!ab_ct_equal(key.p, key.len, edge_key, AB_SHA256_LEN)) {
        return AB_E_EDGE_MISMATCH;
    }
    if ((uint64_t) now >= expiry) {
        return AB_E_SESSION_EXPIRED;
    }
    *ret_identity = identity;
    *ret_expiry = expiry < (uint64_t) l.idle_until ? expiry
                                                   : (uint64_t) l.idle_until;
    *ret_user_version = l.user_version;
    return AB_OK;
}
