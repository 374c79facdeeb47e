/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * token_check.c - does a bearer token of ours, whose signature the worker
 * checked, still count.
 *
 * Asked when a mark or an epoch is newer than the token. Roles that the user
 * no longer holds fall out; a new one is never added: the token's holder
 * gets a new token for that.
 */
#include "job.h"

#include "model/session.h"
#include "projection.h"


/* A token of a session lives no longer than the session and its client's
 * part of it. */
static enum ab_err
check_session(struct ctx *c, const struct realm *realm, const char *sid,
    const char *sub, const char *client_id)
{
    const struct session         *s;
    const struct client          *client;
    const struct client_session  *cs;
    enum ab_err                   e = session_load(c, realm, sid, &s);

    if (e == AB_OK && strcmp(s->user_id, sub) != 0) {
        return AB_E_SESSION_OTHER;
    }
    if (e == AB_OK && client_id != NULL) {
        e = client_by_client_id(c, realm, client_id, &client);
        if (e == AB_OK && !client->enabled) {
            return AB_E_TOKEN_REVOKED;
        }
        if (e == AB_OK) {
            e = session_client(c, s, client->id, &cs);
        }
    }
    return e == AB_E_INVALID_GRANT || e == AB_E_CLIENT_ABSENT
           ? AB_E_TOKEN_REVOKED : e;
}


/* The token's roles that the user still has, as an identity of roles alone. */
static void
keep_roles(struct edge_job *j, const struct ab_buf *now, struct ab_buf *out)
{
    struct ab_slice  asked, held;
    size_t           pos = 0, at, nest = ab_wire_nest(out, AB_TAG_IDENTITY);
    bool             found;

    while (ab_wire_each(j->payload, AB_TAG_ROLE, &pos, &asked)) {
        found = false;
        for (at = 0; !found && ab_wire_each(ab_buf_slice(now), AB_TAG_ROLE,
                                            &at, &held); )
        {
            found = ab_slice_eq(asked, held);
        }
        if (found) {
            ab_wire_add(out, AB_TAG_ROLE, asked);
        }
    }
    ab_wire_nest_end(out, nest);
}


static enum ab_err
add_roles(struct ctx *c, struct edge_job *j, const struct realm *realm,
    const struct user *user)
{
    struct role_set  roles;
    struct ab_buf    now;
    enum ab_err      e = user_roles(c, realm, user, &roles);

    if (e != AB_OK) {
        return e;
    }
    ab_buf_init(&now, AB_MAX_FRAME_UP);
    projection_roles(&now, &roles);
    if (now.failed) {
        e = ctx_fail(c, AB_E_TOO_LARGE, "roles of user %s", user->id);
    } else {
        keep_roles(j, &now, &j->out);
    }
    ab_buf_clear(&now);
    return e;
}


enum ab_err
token_check_run(struct ctx *c, struct edge_job *j)
{
    const struct realm  *realm;
    const struct user   *user;
    const char          *sid = job_text(c, j, AB_TAG_SID);
    const char          *sub = job_text(c, j, AB_TAG_SUB);
    uint64_t             iat = ab_wire_get_u64(j->payload, AB_TAG_IAT);
    enum ab_err          e = job_realm(c, j, &realm);

    if (e == AB_OK && sub == NULL) {
        e = ctx_fail(c, AB_E_FORMAT, "SUB");
    }
    if (e == AB_OK && sid != NULL) {
        e = check_session(c, realm, sid, sub, job_text(c, j, AB_TAG_CLIENT));
    }
    if (e == AB_OK) {
        e = user_by_id(c, realm, sub, &user);
        e = e == AB_E_USER_ABSENT ? AB_E_TOKEN_REVOKED : e;
    }
    if (e != AB_OK) {
        return e;
    }
    if (!user->enabled || (int64_t) iat < user->not_before
        || (int64_t) iat < realm->not_before)
    {
        return ctx_fail(c, AB_E_TOKEN_REVOKED, "user %s or notBefore", sub);
    }
    return add_roles(c, j, realm, user);
}
