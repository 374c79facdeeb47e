/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * script.c - the Lua scripts, run by the name Redis gave them.
 *
 * Redis names a script by a digest of its text. A thread learns the name
 * from SCRIPT LOAD once; a Redis that forgot the script (restart, failover)
 * answers NOSCRIPT and gets the text with the question.
 */
#include "script.h"
#include "reply.h"
#include "store_int.h"

#include "base/autofree.h"

/* name: file name without .lua; text: the script */
static const struct {
    const char  *name;
    const char  *text;
} rows[SCRIPT_N] = {
#define ROW(name, text)  { #name, text },
#include "lua.inc"
#undef ROW
};

static enum ab_err learn_name(struct ctx *c, enum script s);


enum ab_err
script_run(struct ctx *c, enum script s, struct ab_slice key,
    const struct ab_slice *argv, size_t n, struct reply **ret_reply)
{
    autofree(reply_freep) redisReply  *r = NULL;
    struct ab_slice                   *all;
    enum ab_err                        e;

    all = arena_array(c->a, n + 4, sizeof(*all));
    if (all == NULL || key.len == 0) {
        ctx_fail(c, all == NULL ? AB_E_NOMEM : AB_E_INTERNAL,
                 "script %s without %s", rows[s].name,
                 all == NULL ? "memory" : "a key");
        return c->f.code;
    }
    all[2] = AB_S("1");
    all[3] = key;
    if (n > 0) {
        memcpy(all + 4, argv, n * sizeof(*argv));
    }
    e = learn_name(c, s);
    if (e == AB_OK) {
        all[0] = AB_S("EVALSHA");
        all[1] = ab_slice(c->store->sha[s], SHA_TEXT);
        e = store_ask(c, all, n + 4, 0, &r);
    }
    if (e == AB_OK && r->type == REDIS_REPLY_ERROR
        && slots_action(ab_slice(r->str, r->len)) == SLOTS_LOAD)
    {
        freeReplyObject(take_ptr(&r));
        all[0] = AB_S("EVAL");
        all[1] = ab_slice_str(rows[s].text);
        e = store_ask(c, all, n + 4, 0, &r);
    }
    return e == AB_OK ? store_accept(c, r, ret_reply) : e;
}


static enum ab_err
learn_name(struct ctx *c, enum script s)
{
    autofree(reply_freep) redisReply  *r = NULL;
    struct ab_slice                    argv[] = {
        AB_S("SCRIPT"), AB_S("LOAD"), ab_slice_str(rows[s].text)
    };
    struct reply                      *out;
    enum ab_err                        e;

    if (c->store->sha[s][0] != '\0') {
        return AB_OK;
    }
    e = store_ask(c, argv, 3, 0, &r);
    if (e == AB_OK) {
        e = store_accept(c, r, &out);
    }
    if (e != AB_OK) {
        return e;
    }
    if (out->type != REPLY_TEXT || out->s.len != SHA_TEXT) {
        return ctx_fail(c, AB_E_STORE_REPLY, "SCRIPT LOAD: unexpected reply");
    }
    memcpy(c->store->sha[s], out->s.p, SHA_TEXT + 1);
    return AB_OK;
}


const char *
script_name(enum script s)
{
    return rows[s].name;
}


const char *
script_text(enum script s)
{
    return rows[s].text;
}
