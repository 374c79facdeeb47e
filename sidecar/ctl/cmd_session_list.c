/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cmd_session_list.c - `session list`: a user's live sessions.
 */
#include "session_find.h"

#include "base/autofree.h"

static json_t *row_of(const struct session *s);


enum ab_err
cmd_session_list(struct ctl_call *call, json_t **ret_result)
{
    autofree(json_unrefp) json_t  *rows = json_array();
    const struct realm            *realm;
    const struct user             *user;
    const struct session          *s;
    struct text_list               sids = { .n = 0 };
    size_t                         i;
    enum ab_err                    e = find_user(call, &realm, &user);

    if (e == AB_OK) {
        e = user_sessions(call->c, user, &sids);
    }
    for (i = 0; e == AB_OK && i < sids.n; i++) {
        e = session_load(call->c, realm, sids.v[i], &s);
        if (e == AB_OK && json_array_append_new(rows, row_of(s)) != 0) {
            e = ctx_nomem(call->c);
        } else if (e != AB_OK && call->c->f.code == AB_OK) {
            e = AB_OK;          /* it ended meanwhile */
        }
    }
    if (e != AB_OK) {
        return e;
    }
    *ret_result = json_pack("{s:s, s:s, s:s, s:O}", "realm", realm->name,
                            "user", user->username, "user_id", user->id,
                            "sessions", rows);
    return *ret_result == NULL ? ctx_nomem(call->c) : AB_OK;
}


static json_t *
row_of(const struct session *s)
{
    return json_pack("{s:s, s:I, s:I, s:I, s:I, s:b, s:s*, s:s*}",
                     "sid", s->sid, "started", (json_int_t) s->started,
                     "last", (json_int_t) s->last,
                     "idle_until", (json_int_t) s->idle_until,
                     "max_until", (json_int_t) s->max_until,
                     "remember", s->remember, "idp", s->idp, "ip", s->ip);
}
