/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * logout.c - tell the identity provider that a session ended.
 */
#include "logout.h"


enum ab_err
broker_logout_url(struct ctx *c, const struct realm *realm, const char *sid,
    const struct session_x *x, const char **ret_url)
{
    const struct provider_ops  *ops;
    const struct idp           *idp;
    enum ab_err                 err;

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
    ops = provider_find(idp->provider_id);
    if (ops == NULL || ops->logout == NULL || !idp->enabled) {
        return AB_OK;
    }
    return ops->logout(c, realm, idp, sid, x->id_token, ret_url);
}
