/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * step.c - one script of ours: arguments in, a word and results out.
 */
#include "step.h"

#include "ab_time.h"
#include "base/metric.h"

/* word: first text of a script's answer; err: what it means */
static const struct {
    const char   *word;
    enum ab_err   err;
} words[] = {
    { "ok",           AB_OK },
    /* session */
    { "unknown",      AB_E_SESSION_UNKNOWN },
    { "ended",        AB_E_SESSION_ENDED },
    { "idle",         AB_E_SESSION_IDLE },
    { "expired",      AB_E_SESSION_EXPIRED },
    { "code",         AB_E_CODE_INVALID },
    { "used",         AB_E_CODE_USED },
    { "client_other", AB_E_CODE_OTHER },
    { "client_gone",  AB_E_INVALID_GRANT },
    { "reused",       AB_E_CODE_USED },
    { "taken",        AB_E_INTERNAL },
    /* authentication session */
    { "absent",       AB_E_STORE_ABSENT },
    { "conflict",     AB_E_CONFLICT },
    { "page",         AB_E_PAGE_EXPIRED },
};

static enum ab_err check_reply(struct ctx *c, enum script script,
    const struct reply *r, size_t results);


void
step_slice(struct step *s, struct ab_slice v)
{
    if (s->n == STEP_ARGS_MAX) {
        s->failed = true;
        return;
    }
    s->argv[s->n++] = v.p == NULL ? AB_S("") : v;
}


void
step_text(struct step *s, const char *v)
{
    step_slice(s, ab_slice_str(v));
}


void
step_num(struct step *s, int64_t v)
{
    const char  *text = arena_printf(s->c->a, "%lld", (long long) v);

    if (text == NULL) {
        s->failed = true;
    }
    step_text(s, text);
}


enum ab_err
step_run(struct step *s, enum script script, struct ab_slice key,
    size_t results, const struct reply **ret_reply)
{
    struct reply  *r;
    enum ab_err    e;

    if (s->failed) {
        return ctx_nomem(s->c);
    }
    e = script_run(s->c, script, key, s->argv, s->n, &r);
    if (e == AB_OK) {
        e = check_reply(s->c, script, r, results);
    }
    if (e == AB_OK) {
        *ret_reply = r;
    }
    return e;
}


static enum ab_err
check_reply(struct ctx *c, enum script script, const struct reply *r,
    size_t results)
{
    bool    is_list = r->type == REPLY_LIST && r->n > 0;
    size_t  i;

    for (i = 0; is_list && i < r->n; i++) {
        is_list = r->list[i].type == REPLY_TEXT;
    }
    for (i = 0; is_list && i < sizeof(words) / sizeof(*words); i++) {
        if (!ab_slice_eq_str(r->list[0].s, words[i].word)) {
            continue;
        }
        if (words[i].err != AB_OK || r->n == results + 1) {
            return words[i].err;
        }
    }
    return ctx_fail(c, AB_E_STORE_REPLY, "script %s: unexpected answer",
                    script_name(script));
}


enum ab_err
step_run_durable(struct step *s, enum script script, struct ab_slice key,
    size_t results, const struct reply **ret_reply)
{
    const struct reply  *r;
    enum ab_err          e = step_run(s, script, key, results, &r);

    if (e == AB_OK) {
        e = step_wait(s->c, key);
    }
    if (e == AB_OK) {
        *ret_reply = r;
    }
    return e;
}


enum ab_err
step_wait(struct ctx *c, struct ab_slice key)
{
    bool         acked = false;
    enum ab_err  e = store_wait(c, key, &acked);

    if (e == AB_OK && !acked) {
        metric_add(METRIC_STORE_UNACKED, 1);
    }
    return e;
}


int64_t
step_result(const struct reply *r, size_t i)
{
    int64_t  v;

    return ab_parse_i64(r->list[i].s, &v) == AB_OK ? v : 0;
}
