/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * session_find.c - the realm, user and sessions an operator means.
 */
#include "session_find.h"

static enum ab_err search_realms(struct ctl_call *call, const char *sid,
    const struct realm **ret_realm);


enum ab_err
find_user(struct ctl_call *call, const struct realm **ret_realm,
    const struct user **ret_user)
{
    struct ctx   *c = call->c;
    const char   *realm = ctl_arg(call, "realm");
    const char   *user = ctl_arg(call, "user");
    enum ab_err   e;

    if (realm == NULL || user == NULL) {
        return ctx_fail(c, AB_E_BAD_REQUEST, "realm and user are needed");
    }
    e = realm_by_name(c, realm, ret_realm);
    if (e == AB_OK) {
        e = user_by_username(c, *ret_realm, user, ret_user);
    }
    if (e == AB_E_USER_ABSENT) {
        fail_clear(&c->f);
        e = user_by_id(c, *ret_realm, user, ret_user);
    }
    return e;
}


enum ab_err
find_session(struct ctl_call *call, const char *sid,
    const struct realm **ret_realm)
{
    const char            *name = ctl_arg(call, "realm");
    const struct session  *s;
    enum ab_err            e;

    if (name == NULL) {
        return search_realms(call, sid, ret_realm);
    }
    e = realm_by_name(call->c, name, ret_realm);
    return e == AB_OK ? session_load(call->c, *ret_realm, sid, &s) : e;
}


/* A session knows its realm, but says it only to those who ask for it: each
 * realm is asked once, until one does not call it another's. */
static enum ab_err
search_realms(struct ctl_call *call, const char *sid,
    const struct realm **ret_realm)
{
    struct realm_name     *list;
    const struct session  *s;
    size_t                 n, i;
    enum ab_err            e = realm_list(call->c, &list, &n);

    if (e != AB_OK) {
        return e;
    }
    e = AB_E_SESSION_UNKNOWN;
    for (i = 0; i < n; i++) {
        e = realm_by_id(call->c, list[i].id, ret_realm);
        if (e == AB_OK) {
            e = session_load(call->c, *ret_realm, sid, &s);
        }
        if (e != AB_E_SESSION_OTHER) {
            return e;
        }
    }
    return e;
}
