/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store_calls.c - the usual commands with typed answers.
 */
#include "store_int.h"

#include "ab_time.h"
#include "base/clock.h"

#define WAIT_MS           100
#define REPLICAS_FOR_MS   10000     /* how long their number is believed */
#define WAIT_SLACK_MS     50

static enum ab_err text_or_absent(struct ctx *c, const struct reply *r,
    struct ab_slice *ret_value);
static enum ab_err set(struct ctx *c, struct ab_slice key,
    struct ab_slice value, int64_t ttl_s, bool only_new,
    struct reply **ret_reply);
static enum ab_err count_replicas(struct ctx *c, int64_t *ret_n);


enum ab_err
store_get(struct ctx *c, struct ab_slice key, struct ab_slice *ret_value)
{
    struct ab_slice   argv[] = { AB_S("GET"), key };
    struct reply     *r;
    enum ab_err       e = store_call(c, 1, argv, 2, &r);

    return e == AB_OK ? text_or_absent(c, r, ret_value) : e;
}


static enum ab_err
text_or_absent(struct ctx *c, const struct reply *r,
    struct ab_slice *ret_value)
{
    enum ab_err  e;

    if (r->type == REPLY_NIL) {
        return AB_E_STORE_ABSENT;
    }
    e = store_expect(c, r, REPLY_TEXT);
    if (e == AB_OK) {
        *ret_value = r->s;
    }
    return e;
}


enum ab_err
store_set(struct ctx *c, struct ab_slice key, struct ab_slice value,
    int64_t ttl_s)
{
    struct reply  *r;
    enum ab_err    e = set(c, key, value, ttl_s, false, &r);

    return e == AB_OK ? store_expect(c, r, REPLY_STATUS) : e;
}


enum ab_err
store_set_nx(struct ctx *c, struct ab_slice key, struct ab_slice value,
    int64_t ttl_s, bool *ret_won)
{
    struct reply  *r;
    enum ab_err    e = set(c, key, value, ttl_s, true, &r);

    if (e == AB_OK && r->type != REPLY_NIL) {
        e = store_expect(c, r, REPLY_STATUS);
    }
    if (e == AB_OK) {
        *ret_won = r->type == REPLY_STATUS;
    }
    return e;
}


static enum ab_err
set(struct ctx *c, struct ab_slice key, struct ab_slice value, int64_t ttl_s,
    bool only_new, struct reply **ret_reply)
{
    struct ab_slice  argv[6] = { AB_S("SET"), key, value };
    size_t           n = 3;
    char             ttl[24];
    struct ab_buf    b;

    if (ttl_s < 0) {
        return ctx_fail(c, AB_E_INTERNAL, "SET with a negative lifetime");
    }
    if (only_new) {
        argv[n++] = AB_S("NX");
    }
    if (ttl_s > 0) {
        ab_buf_init_fixed(&b, ttl, sizeof(ttl));
        ab_buf_add_dec(&b, ttl_s);
        argv[n++] = AB_S("EX");
        argv[n++] = ab_buf_slice(&b);
    }
    return store_call(c, 1, argv, n, ret_reply);
}


enum ab_err
store_take(struct ctx *c, struct ab_slice key, struct ab_slice *ret_value)
{
    struct ab_slice   argv[] = { AB_S("GETDEL"), key };
    struct reply     *r;
    enum ab_err       e = store_call(c, 1, argv, 2, &r);

    return e == AB_OK ? text_or_absent(c, r, ret_value) : e;
}


enum ab_err
store_del(struct ctx *c, struct ab_slice key)
{
    struct ab_slice   argv[] = { AB_S("DEL"), key };
    struct reply     *r;
    enum ab_err       e = store_call(c, 1, argv, 2, &r);

    return e == AB_OK ? store_expect(c, r, REPLY_INT) : e;
}


enum ab_err
store_hget(struct ctx *c, struct ab_slice key, struct ab_slice field,
    struct ab_slice *ret_value)
{
    struct ab_slice   argv[] = { AB_S("HGET"), key, field };
    struct reply     *r;
    enum ab_err       e = store_call(c, 1, argv, 3, &r);

    return e == AB_OK ? text_or_absent(c, r, ret_value) : e;
}


enum ab_err
store_hset(struct ctx *c, struct ab_slice key, struct ab_slice field,
    struct ab_slice value)
{
    struct ab_slice   argv[] = { AB_S("HSET"), key, field, value };
    struct reply     *r;
    enum ab_err       e = store_call(c, 1, argv, 4, &r);

    return e == AB_OK ? store_expect(c, r, REPLY_INT) : e;
}


enum ab_err
store_hmget(struct ctx *c, struct ab_slice key, const struct ab_slice *fields,
    size_t n, struct ab_slice *ret_values)
{
    struct ab_slice  *argv = arena_array(c->a, n + 2, sizeof(*argv));
    struct reply     *r;
    size_t            i;
    enum ab_err       e;

    if (argv == NULL) {
        return ctx_nomem(c);
    }
    argv[0] = AB_S("HMGET");
    argv[1] = key;
    memcpy(argv + 2, fields, n * sizeof(*fields));
    e = store_call(c, 1, argv, n + 2, &r);
    if (e == AB_OK) {
        e = store_expect(c, r, REPLY_LIST);
    }
    if (e != AB_OK) {
        return e;
    }
    if (r->n != n) {
        return ctx_fail(c, AB_E_STORE_REPLY, "HMGET: %zu of %zu values", r->n,
                        n);
    }
    for (i = 0; i < n; i++) {
        ret_values[i] = r->list[i].s;       /* a nil has p NULL */
    }
    return AB_OK;
}


enum ab_err
store_hgetall(struct ctx *c, struct ab_slice key, struct reply **ret_reply)
{
    struct ab_slice   argv[] = { AB_S("HGETALL"), key };
    struct reply     *r;
    enum ab_err       e = store_call(c, 1, argv, 2, &r);

    if (e == AB_OK) {
        e = store_expect(c, r, REPLY_LIST);
    }
    if (e == AB_OK) {
        *ret_reply = r;
    }
    return e;
}


/* WAIT speaks of what this very connection wrote, so it follows the write
 * on the same thread's store. */
enum ab_err
store_wait(struct ctx *c, struct ab_slice key, bool *ret_acked)
{
    struct ab_slice   argv[] = { AB_S("WAIT"), AB_S("1"), AB_S("100") };
    struct reply     *r;
    int64_t           n = 0;
    enum ab_err       e;

    if (key.len == 0) {         /* it tells the node */
        return ctx_fail(c, AB_E_INTERNAL, "WAIT without a key");
    }
    e = count_replicas(c, &n);
    if (e != AB_OK) {
        return e;
    }
    if (n == 0) {
        *ret_acked = true;
        return AB_OK;
    }
    e = store_call_blocking(c, 0, argv, 3, WAIT_MS + WAIT_SLACK_MS, &r);
    if (e == AB_OK) {
        e = store_expect(c, r, REPLY_INT);
    }
    if (e == AB_OK) {
        *ret_acked = r->i >= 1;
    }
    return e;
}


static enum ab_err
count_replicas(struct ctx *c, int64_t *ret_n)
{
    struct store     *st = c->store;
    struct ab_slice   info;
    enum ab_err       e;

    if (clock_mono_ms() >= st->replicas_until_ms) {
        e = store_info(c, "replication", &info);
        if (e != AB_OK) {
            return e;
        }
        if (ab_parse_i64(store_info_field(info, "connected_slaves"),
                         &st->replicas) != AB_OK)
        {
            return ctx_fail(c, AB_E_STORE_REPLY, "INFO: no replica count");
        }
        st->replicas_until_ms = clock_mono_ms() + REPLICAS_FOR_MS;
    }
    *ret_n = st->replicas;
    return AB_OK;
}
