/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stream.c - the stream of ends and epochs.
 */
#include "stream.h"
#include "keys.h"
#include "store_int.h"

#define NUMBER_TEXT  24

static enum ab_err call_on(struct ctx *c, struct ab_slice *argv, size_t argc,
    size_t key_at, int64_t block_ms, struct reply **ret_reply);
static struct ab_slice number(char mem[NUMBER_TEXT], int64_t v);
static enum ab_err entry_from(struct ctx *c, const struct reply *r,
    struct stream_entry *e);
static enum ab_err entries_from(struct ctx *c, const struct reply *r,
    struct stream_entry **ret_entries, size_t *ret_n);


enum ab_err
stream_append(struct ctx *c, const struct ab_slice *pairs, size_t n,
    struct ab_slice *ret_id)
{
    struct ab_slice  *argv = arena_array(c->a, 2 * n + 3, sizeof(*argv));
    struct reply     *r;
    enum ab_err       e;

    if (argv == NULL) {
        return ctx_nomem(c);
    }
    argv[0] = AB_S("XADD");
    argv[2] = AB_S("*");
    memcpy(argv + 3, pairs, 2 * n * sizeof(*pairs));
    e = call_on(c, argv, 2 * n + 3, 1, 0, &r);
    if (e == AB_OK) {
        e = store_expect(c, r, REPLY_TEXT);
    }
    if (e == AB_OK) {
        *ret_id = r->s;
    }
    return e;
}


/* Puts the stream's key at key_at and asks. */
static enum ab_err
call_on(struct ctx *c, struct ab_slice *argv, size_t argc, size_t key_at,
    int64_t block_ms, struct reply **ret_reply)
{
    argv[key_at] = key0(c, KEY_REV);
    return store_call_blocking(c, key_at, argv, argc, block_ms, ret_reply);
}


static struct ab_slice
number(char mem[NUMBER_TEXT], int64_t v)
{
    struct ab_buf  b;

    ab_buf_init_fixed(&b, mem, NUMBER_TEXT);
    ab_buf_add_dec(&b, v);
    return ab_buf_slice(&b);
}


enum ab_err
stream_read(struct ctx *c, struct ab_slice after, size_t max,
    int64_t block_ms, struct stream_entry **ret_entries, size_t *ret_n)
{
    char              count[NUMBER_TEXT], block[NUMBER_TEXT];
    struct ab_slice   argv[8] = {
        AB_S("XREAD"), AB_S("COUNT"), number(count, (int64_t) max)
    };
    struct reply     *r;
    size_t            n = 3;
    enum ab_err       e;

    if (block_ms > 0) {
        argv[n++] = AB_S("BLOCK");
        argv[n++] = number(block, block_ms);
    }
    argv[n++] = AB_S("STREAMS");
    argv[n + 1] = after;
    e = call_on(c, argv, n + 2, n, block_ms, &r);
    if (e != AB_OK) {
        return e;
    }
    if (r->type == REPLY_NIL) {
        *ret_entries = NULL;
        *ret_n = 0;
        return AB_OK;
    }
    /* [[key, [entry, ...]]] */
    if (r->type != REPLY_LIST || r->n != 1 || r->list[0].n != 2
        || r->list[0].list[1].type != REPLY_LIST)
    {
        return ctx_fail(c, AB_E_STORE_REPLY, "XREAD: unexpected reply");
    }
    return entries_from(c, &r->list[0].list[1], ret_entries, ret_n);
}


static enum ab_err
entries_from(struct ctx *c, const struct reply *r,
    struct stream_entry **ret_entries, size_t *ret_n)
{
    struct stream_entry  *list = arena_array(c->a, r->n, sizeof(*list));
    size_t                i;
    enum ab_err           e = list == NULL ? ctx_nomem(c) : AB_OK;

    for (i = 0; i < r->n && e == AB_OK; i++) {
        e = entry_from(c, &r->list[i], &list[i]);
    }
    if (e == AB_OK) {
        *ret_entries = list;
        *ret_n = r->n;
    }
    return e;
}


/* [id, [field, value, ...]] */
static enum ab_err
entry_from(struct ctx *c, const struct reply *r, struct stream_entry *out)
{
    const struct reply  *pairs;
    size_t               i;

    if (r->type != REPLY_LIST || r->n != 2 || r->list[0].type != REPLY_TEXT
        || r->list[1].type != REPLY_LIST || r->list[1].n % 2 != 0)
    {
        return ctx_fail(c, AB_E_STORE_REPLY, "stream entry: unexpected form");
    }
    pairs = &r->list[1];
    out->id = r->list[0].s;
    out->n = pairs->n / 2;
    out->pairs = arena_array(c->a, pairs->n, sizeof(*out->pairs));
    if (out->pairs == NULL) {
        return ctx_nomem(c);
    }
    for (i = 0; i < pairs->n; i++) {
        out->pairs[i] = pairs->list[i].s;
    }
    return AB_OK;
}


/* The last id ever given, not that of the last entry there is: a stream
 * trimmed empty must not look like one that lost its entries. */
enum ab_err
stream_last(struct ctx *c, struct ab_slice *ret_id)
{
    struct reply  *r;
    enum ab_err    e;

    e = script_run(c, SCRIPT_stream_last, key0(c, KEY_REV), NULL, 0, &r);
    if (e == AB_OK) {
        e = store_expect(c, r, REPLY_TEXT);
    }
    if (e == AB_OK) {
        *ret_id = r->s;
    }
    return e;
}


enum ab_err
stream_trim(struct ctx *c, int64_t older_than_ms)
{
    char              oldest[NUMBER_TEXT];
    struct ab_slice   argv[4] = { AB_S("XTRIM"), AB_S(""), AB_S("MINID") };
    struct reply     *r;
    int64_t           now;
    enum ab_err       e = store_time_ms(c, &now);

    if (e != AB_OK) {
        return e;
    }
    argv[3] = number(oldest, now > older_than_ms ? now - older_than_ms : 0);
    e = call_on(c, argv, 4, 1, 0, &r);
    return e == AB_OK ? store_expect(c, r, REPLY_INT) : e;
}
