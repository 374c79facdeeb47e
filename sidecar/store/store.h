/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store.h - questions to Redis.
 *
 * Blocking form, for pool threads: a struct store holds one thread's
 * connections. Every call names its key, from which the node is chosen.
 * Each question ends by c->deadline_ms (at most 2 s of silence, then the
 * connection is dropped and made anew by the next call). Errors:
 * AB_E_STORE_DOWN (cannot connect, cut, silent), AB_E_STORE_REPLY (an error
 * reply or another type than asked for).
 *
 * The process ignores SIGPIPE: hiredis writes to sockets whose other side
 * may be gone.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/ctx.h"
#include "conf/keyring.h"

/* Where Redis is. Immutable after start; shared by all threads. */
struct store_conf {
    char                  *url;         /* redis://… or unix:PATH */
    const struct keyring  *keyring;
};

enum reply_type { REPLY_NIL, REPLY_TEXT, REPLY_INT, REPLY_LIST, REPLY_STATUS };

/* A reply, copied into the arena of the call's ctx. */
struct reply {
    enum reply_type   type;
    int64_t           i;
    struct ab_slice   s;        /* has a NUL behind it */
    size_t            n;
    struct reply     *list;
};

/* One thread's connections, made at first use. NULL: no memory. */
struct store *store_new(const struct store_conf *conf);
void store_free(struct store *st);
const struct keyring *store_keyring(const struct store *st);

/* Any command. argv[key_at] is its key (built by keys.h). */
enum ab_err store_call(struct ctx *c, size_t key_at,
    const struct ab_slice *argv, size_t argc, struct reply **ret_reply);

/* The usual ones. A missing value is AB_E_STORE_ABSENT without a fault
 * recorded. Values live in c. */
enum ab_err store_get(struct ctx *c, struct ab_slice key,
    struct ab_slice *ret_value);
enum ab_err store_set(struct ctx *c, struct ab_slice key,
    struct ab_slice value, int64_t ttl_s);          /* ttl 0: for ever */
/* SET NX; *ret_won tells whether it was free. */
enum ab_err store_set_nx(struct ctx *c, struct ab_slice key,
    struct ab_slice value, int64_t ttl_s, bool *ret_won);
/* GETDEL. */
enum ab_err store_take(struct ctx *c, struct ab_slice key,
    struct ab_slice *ret_value);
enum ab_err store_del(struct ctx *c, struct ab_slice key);
enum ab_err store_hget(struct ctx *c, struct ab_slice key,
    struct ab_slice field, struct ab_slice *ret_value);
enum ab_err store_hset(struct ctx *c, struct ab_slice key,
    struct ab_slice field, struct ab_slice value);
/* fields[n] → values[n]; an absent one has p NULL. */
enum ab_err store_hmget(struct ctx *c, struct ab_slice key,
    const struct ab_slice *fields, size_t n, struct ab_slice *ret_values);
/* All pairs: list of 2n texts. Empty hash: n 0. */
enum ab_err store_hgetall(struct ctx *c, struct ab_slice key,
    struct reply **ret_reply);

/* Redis TIME in milliseconds; also measures the clock's offset. */
enum ab_err store_time_ms(struct ctx *c, int64_t *ret_ms);

/* WAIT 1 100 where there are replicas; a miss is counted and logged by the
 * caller through *ret_acked. For ends and grants. */
enum ab_err store_wait(struct ctx *c, struct ab_slice key, bool *ret_acked);

/* At start: refuses a foreign Redis without `noeviction`, checks version
 * (>= 7, or Valkey) and the keyring probe (AB_E_KEYRING), writes ab:schema.
 * *ret_warning: a static sentence or NULL (no AOF and no replica). */
enum ab_err store_check(struct ctx *c, bool is_private,
    const char **ret_warning);

/* Seal and open what is at rest; the associated data is ("store", key,
 * field). Results live in c. AB_E_SEAL. */
enum ab_err store_seal(struct ctx *c, struct ab_slice key, const char *field,
    struct ab_slice plain, struct ab_slice *ret_sealed);
enum ab_err store_unseal(struct ctx *c, struct ab_slice key,
    const char *field, struct ab_slice sealed, struct ab_slice *ret_plain);

#endif
