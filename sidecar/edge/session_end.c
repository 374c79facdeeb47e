/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * session_end.c - a logout at an app host: the SSO session ends before
 * anybody is redirected.
 */
#include "job.h"

#include "base/log.h"
#include "model/session.h"
#include "oidc/logout.h"


/* The realm's logout address with a one-time handle: there the browser's
 * realm cookies go and the identity provider hears of it. */
static enum ab_err
next_url(struct ctx *c, const struct realm *realm, const char *sid,
    const char *landing, const char **ret_url)
{
    char         handle[44];
    enum ab_err  e = logout_handle_put(c, sid, landing, handle);

    if (e != AB_OK) {
        return e;
    }
    *ret_url = arena_printf(c->a, "%s?ab_handle=%s",
                            realm_oidc_url(c, realm, "/logout"), handle);
    return *ret_url == NULL ? ctx_nomem(c) : AB_OK;
}


enum ab_err
session_end_run(struct ctx *c, struct edge_job *j)
{
    const struct realm  *realm;
    const char          *sid = job_text(c, j, AB_TAG_SID), *url;
    const char          *landing = job_text(c, j, AB_TAG_URL);
    enum ab_err          e = job_realm(c, j, &realm);

    if (e == AB_OK && sid == NULL) {
        e = ctx_fail(c, AB_E_FORMAT, "SID");
    }
    if (e == AB_OK) {
        e = session_end(c, realm, sid, landing,
                        job_text(c, j, AB_TAG_CLIENT));
    }
    if (e == AB_OK) {
        log_event(AB_LOG_INFO, "logout", "srealm", realm->name, "ssid", sid,
                  NULL);
        e = next_url(c, realm, sid, landing, &url);
    }
    if (e == AB_OK) {
        ab_wire_add(&j->out, AB_TAG_URL, ab_slice_str(url));
    }
    return e;
}
