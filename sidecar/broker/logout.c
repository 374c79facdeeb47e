/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * logout.c - tell the identity provider that a session ended.
 */
#include "logout.h"

#include "bulkhead.h"

#include "base/clock.h"

#define LIMIT_MS  3000      /* the person waits for his own logout */

static enum ab_err tell(struct ctx *c, const struct realm *realm,
    const struct idp *idp, const char *sid, const char *id_token,
    const char **ret_url);


enum ab_err
broker_logout_url(struct ctx *c, const struct realm *realm, const char *sid,
    const struct session_x *x, const char **ret_url)
{
    const struct idp  *idp;
    enum ab_err        err;

    *ret_url = NULL;
    if (x->idp == NULL) {
        return AB_OK;
    }
    err = idp_by_alias(c, realm, x->idp, &idp);
    if (err == AB_E_IDP_ABSENT) {
        fail_clear(&c->f);
        return AB_OK;
    }
    if (err != AB_OK) {
        return err;
    }
    return idp->enabled ? tell(c, realm, idp, sid, x->id_token, ret_url)
                        : AB_OK;
}


/* A provider that is slow or full of waiting logins stops nobody's logout. */
static enum ab_err
tell(struct ctx *c, const struct realm *realm, const struct idp *idp,
    const char *sid, const char *id_token, const char **ret_url)
{
    const struct provider_ops  *ops = provider_find(idp->provider_id);
    struct provider_state      *st;
    int64_t                     kept = c->deadline_ms;
    int64_t                     limit = clock_mono_ms() + LIMIT_MS;
    enum ab_err                 err;

    if (ops == NULL || ops->logout == NULL) {
        return AB_OK;
    }
    st = provider_state_get(c, realm, idp);
    if (st == NULL) {
        return c->f.code;
    }
    if (bulkhead_enter(c, st) != AB_OK) {
        fail_clear(&c->f);
        return AB_OK;
    }
    c->deadline_ms = kept < limit ? kept : limit;
    err = ops->logout(c, realm, idp, sid, id_token, ret_url);
    c->deadline_ms = kept;
    bulkhead_leave(st);
    return err;
}
