/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cmd_session_revoke.c - `session revoke`: end one session, or all of a user,
 * everywhere (walk 4).
 */
#include "session_find.h"

#include "base/log.h"

static enum ab_err revoke_one(struct ctl_call *call, const char *sid,
    json_int_t *ret_n);
static enum ab_err revoke_all(struct ctl_call *call, json_int_t *ret_n);
static enum ab_err end(struct ctl_call *call, const struct realm *realm,
    const char *sid);


enum ab_err
cmd_session_revoke(struct ctl_call *call, json_t **ret_result)
{
    const char   *sid = ctl_arg(call, "sid");
    json_int_t    n = 0;
    enum ab_err   e;

    if ((sid == NULL) == (ctl_arg(call, "user") == NULL)) {
        return ctx_fail(call->c, AB_E_BAD_REQUEST,
                        "either sid, or realm and user");
    }
    e = sid != NULL ? revoke_one(call, sid, &n) : revoke_all(call, &n);
    if (e != AB_OK) {
        return e;
    }
    *ret_result = json_pack("{s:I}", "revoked", n);
    return *ret_result == NULL ? ctx_nomem(call->c) : AB_OK;
}


/* What has ended already is as the operator wants it. */
static enum ab_err
revoke_one(struct ctl_call *call, const char *sid, json_int_t *ret_n)
{
    const struct realm  *realm;
    enum ab_err          e = find_session(call, sid, &realm);

    if (e == AB_E_SESSION_ENDED || e == AB_E_SESSION_IDLE
        || e == AB_E_SESSION_EXPIRED)
    {
        return AB_OK;
    }
    if (e == AB_OK) {
        e = end(call, realm, sid);
    }
    *ret_n = e == AB_OK;
    return e;
}


static enum ab_err
revoke_all(struct ctl_call *call, json_int_t *ret_n)
{
    const struct realm  *realm;
    const struct user   *user;
    struct text_list     sids = { .n = 0 };
    size_t               i;
    enum ab_err          e = find_user(call, &realm, &user);

    if (e == AB_OK) {
        e = user_sessions(call->c, user, &sids);
    }
    for (i = 0; e == AB_OK && i < sids.n; i++) {
        e = end(call, realm, sids.v[i]);
        *ret_n += e == AB_OK;
    }
    return e;
}


static enum ab_err
end(struct ctl_call *call, const struct realm *realm, const char *sid)
{
    enum ab_err  e = session_end(call->c, realm, sid, NULL, NULL);

    if (e == AB_OK) {
        log_event(AB_LOG_INFO, "session_revoked", "srealm", realm->name,
                  "ssid", sid, "iuid", (int64_t) call->uid, NULL);
    }
    return e;
}
