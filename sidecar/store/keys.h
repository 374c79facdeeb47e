/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keys.h - the one builder of Redis key names.
 */
#ifndef STORE_KEYS_H
#define STORE_KEYS_H

#include "base/ctx.h"

enum store_key {
#define STORE_KEY(name, pattern, type, holds)  KEY_##name,
#include "store/keys.def"
#undef STORE_KEY
    KEY_N
};

/* Build a key name in c. parts: one slice for each %i, in order; then all
 * that remain go into the %h. On a bad id or no memory an empty slice comes
 * back and c->f is set; store calls refuse an empty key. */
struct ab_slice key_build(struct ctx *c, enum store_key k,
    const struct ab_slice *parts, size_t n);

/* Short forms for the usual numbers of parts (NULL-terminated strings). */
struct ab_slice key0(struct ctx *c, enum store_key k);
struct ab_slice key1(struct ctx *c, enum store_key k, const char *p1);
struct ab_slice key2(struct ctx *c, enum store_key k, const char *p1,
    const char *p2);
struct ab_slice key3(struct ctx *c, enum store_key k, const char *p1,
    const char *p2, const char *p3);

/* Redis Cluster slot of a key (CRC16 of the hash tag). */
unsigned key_slot(struct ab_slice key);
/* The table, for status and tests. */
const char *key_pattern(enum store_key k);

#endif
