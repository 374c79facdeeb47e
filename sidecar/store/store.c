/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store.c - questions to Redis from a pool's thread.
 *
 * A question is never sent twice: after a cut nobody knows whether it was
 * done. A connection found closed before a question is made anew unseen.
 */
#include "store_int.h"
#include "reply.h"

#include "base/autofree.h"
#include "base/clock.h"
#include "base/fault.h"
#include "ab_time.h"
#include "base/metric.h"

#define ERROR_SHOWN  160        /* of an error reply, in a fault's detail */

static enum ab_err connected(struct ctx *c);
static void drop(struct store *st);


struct store *
store_new(const struct store_conf *conf)
{
    struct store  *st = calloc(1, sizeof(*st));

    if (st != NULL) {
        st->conf = conf;
    }
    return st;
}


void
store_free(struct store *st)
{
    if (st == NULL) {
        return;
    }
    drop(st);
    free(st);
}


const struct keyring *
store_keyring(const struct store *st)
{
    return st->conf->keyring;
}


static void
drop(struct store *st)
{
    redis_close(st->redis);
    st->redis = NULL;
    st->replicas_until_ms = 0;
}


static enum ab_err
connected(struct ctx *c)
{
    struct store      *st = c->store;
    struct redis_url   u;
    enum ab_err        e;

    if (st->redis != NULL && redis_is_usable(st->redis)) {
        return AB_OK;
    }
    drop(st);
    e = redis_url_parse(&c->f, st->conf->url, &u);
    if (e == AB_OK) {
        e = redis_open(c, &u, &st->redis);
        redis_url_clear(&u);
    }
    return e;
}


enum ab_err
store_ask(struct ctx *c, const struct ab_slice *argv, size_t argc,
    int64_t block_ms, redisReply **ret_reply)
{
    enum ab_err  e;

    metric_add(METRIC_STORE_CALLS, 1);
    e = fault_store() ? ctx_fail(c, AB_E_STORE_DOWN, "fault injected")
                      : connected(c);
    if (e == AB_OK) {
        e = redis_ask(c->store->redis, c, argv, argc, block_ms, ret_reply);
    }
    if (e != AB_OK) {
        metric_add(METRIC_STORE_ERRORS, 1);
        drop(c->store);
    }
    return e;
}


enum ab_err
store_accept(struct ctx *c, const redisReply *r, struct reply **ret_reply)
{
    struct ab_slice     text = ab_slice(r->str, r->len);
    enum slots_action   action;
    struct reply       *out;
    enum ab_err         e;

    if (r->type == REDIS_REPLY_ERROR) {
        metric_add(METRIC_STORE_ERRORS, 1);
        action = slots_action(text);
        if (action == SLOTS_DOWN) {
            drop(c->store);
        }
        text.len = text.len > ERROR_SHOWN ? ERROR_SHOWN : text.len;
        return ctx_fail(c, action == SLOTS_DOWN || action == SLOTS_WAIT
                        ? AB_E_STORE_DOWN : AB_E_STORE_REPLY, "%.*s",
                        (int) text.len, text.p);
    }
    out = arena_alloc(c->a, sizeof(*out));
    e = out == NULL ? AB_E_NOMEM : reply_copy(c->a, r, out);
    if (e != AB_OK) {
        return ctx_fail(c, e, "reply of Redis could not be taken over");
    }
    *ret_reply = out;
    return AB_OK;
}


enum ab_err
store_call(struct ctx *c, size_t key_at, const struct ab_slice *argv,
    size_t argc, struct reply **ret_reply)
{
    return store_call_blocking(c, key_at, argv, argc, 0, ret_reply);
}


enum ab_err
store_call_blocking(struct ctx *c, size_t key_at, const struct ab_slice *argv,
    size_t argc, int64_t block_ms, struct reply **ret_reply)
{
    autofree(reply_freep) redisReply  *r = NULL;
    enum ab_err                        e;

    if (key_at >= argc || argv[key_at].len == 0) {
        ctx_fail(c, AB_E_INTERNAL, "%.*s without a key", (int) argv[0].len,
                 argv[0].p);
        return c->f.code;
    }
    e = store_ask(c, argv, argc, block_ms, &r);
    return e == AB_OK ? store_accept(c, r, ret_reply) : e;
}


enum ab_err
store_expect(struct ctx *c, const struct reply *r, enum reply_type type)
{
    static const char *const  words[] = {
        "nothing", "text", "a number", "a list", "a status"
    };

    if (r->type == type) {
        return AB_OK;
    }
    return ctx_fail(c, AB_E_STORE_REPLY, "Redis answers %s instead of %s",
                    words[r->type], words[type]);
}


enum ab_err
store_time_ms(struct ctx *c, int64_t *ret_ms)
{
    autofree(reply_freep) redisReply  *r = NULL;
    struct ab_slice                    argv[] = { AB_S("TIME") };
    struct reply                      *t;
    int64_t                            s, us, before = clock_mono_ms(), ms;
    enum ab_err                        e;

    e = store_ask(c, argv, 1, 0, &r);
    if (e == AB_OK) {
        e = store_accept(c, r, &t);
    }
    if (e != AB_OK) {
        return e;
    }
    if (t->type != REPLY_LIST || t->n != 2
        || ab_parse_i64(t->list[0].s, &s) != AB_OK
        || ab_parse_i64(t->list[1].s, &us) != AB_OK)
    {
        return ctx_fail(c, AB_E_STORE_REPLY, "TIME: unexpected reply");
    }
    ms = s * 1000 + us / 1000;
    /* Half the way there and back is when Redis read its clock. */
    clock_set_offset_ms(clock_offset_ms() + ms
                        + (clock_mono_ms() - before) / 2 - clock_now_ms());
    *ret_ms = ms;
    return AB_OK;
}


enum ab_err
store_info(struct ctx *c, const char *section, struct ab_slice *ret_info)
{
    autofree(reply_freep) redisReply  *r = NULL;
    struct ab_slice                    argv[2] = { AB_S("INFO") };
    struct reply                      *out;
    enum ab_err                        e;

    argv[1] = ab_slice_str(section);
    e = store_ask(c, argv, section == NULL ? 1 : 2, 0, &r);
    if (e == AB_OK) {
        e = store_accept(c, r, &out);
    }
    if (e == AB_OK) {
        e = store_expect(c, out, REPLY_TEXT);
    }
    if (e == AB_OK) {
        *ret_info = out->s;
    }
    return e;
}


struct ab_slice
store_info_field(struct ab_slice info, const char *name)
{
    struct ab_slice  want = ab_slice_str(name), line;
    size_t           end;

    while (info.len > 0) {
        end = ab_slice_find(info, '\n');
        line = ab_slice(info.p, end);
        end += end < info.len;
        info = ab_slice(info.p + end, info.len - end);
        if (line.len > want.len && ab_slice_starts(line, want)
            && line.p[want.len] == ':')
        {
            line = ab_slice(line.p + want.len + 1, line.len - want.len - 1);
            line.len -= line.len > 0 && line.p[line.len - 1] == '\r';
            return line;
        }
    }
    return ab_slice(NULL, 0);
}
