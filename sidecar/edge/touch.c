/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * touch.c - a session in use: its idle time is extended, and its identity
 * is what it is now.
 */
#include "job.h"

#include "base/clock.h"
#include "model/session.h"
#include "projection.h"
#include "store/keys.h"

/* The stored identity of one app-host session, with its verdict. */
struct stored {
    const struct realm   *realm;
    const char           *sid;
    const uint8_t        *key;
    struct ab_slice       bytes;
    struct ab_identity    id;
    uint64_t              expiry, user_version;
};


static enum ab_err
load(struct ctx *c, struct edge_job *j, struct stored *s)
{
    struct ab_slice  fields[3], values[3];
    enum ab_err      e = job_realm(c, j, &s->realm);

    s->sid = job_text(c, j, AB_TAG_SID);
    s->key = (const uint8_t *) ab_wire_get(j->payload, AB_TAG_KEY).p;
    if (e != AB_OK) {
        return e;
    }
    if (s->sid == NULL) {
        return ctx_fail(c, AB_E_FORMAT, "SID");
    }
    fields[0] = AB_S("live");
    fields[1] = AB_S("tomb");
    fields[2] = session_edge_field(c, s->key);
    e = store_hmget(c, key1(c, KEY_SESSION, s->sid), fields, 3, values);
    if (e == AB_OK) {
        e = session_edge_verdict(values[0], values[1], values[2], s->key,
                                 clock_now_s(), &s->bytes, &s->expiry,
                                 &s->user_version);
    }
    if (e == AB_OK && ab_identity_read(s->bytes, &s->id) != AB_OK) {
        e = ctx_fail(c, AB_E_STORE_REPLY, "identity bytes");
    }
    return e;
}


/* From the user, his roles and groups as they are now. The other facts of
 * the session (client, origin, acr …) are in the old bytes. */
static enum ab_err
rebuild(struct ctx *c, struct stored *s)
{
    struct projection_in    in = { 0 };
    const struct session   *session;
    enum ab_err             e;

    e = client_by_client_id(c, s->realm, arena_dup(c->a, s->id.client),
                            &in.client);
    if (e == AB_OK) {
        e = session_load(c, s->realm, s->sid, &session);
    }
    if (e == AB_OK) {
        e = user_by_id(c, s->realm, session->user_id, &in.user);
    }
    if (e == AB_OK && (!in.user->enabled || !in.client->enabled)) {
        e = AB_E_SESSION_ENDED;
    }
    if (e != AB_OK) {
        return e;
    }
    in.realm = s->realm;
    in.session = session;
    in.origin = s->id.origin;
    in.key = s->key;
    in.scope = arena_dup(c->a, s->id.scope);
    in.acr = arena_dup(c->a, s->id.acr);
    in.auth_time = (int64_t) s->id.auth_time;
    e = projection_build(c, &in, &s->bytes);
    return e == AB_OK ? session_edge_put(c, s->sid, s->key, s->bytes,
                                         (uint64_t) session->max_until) : e;
}


static void
answer(struct edge_job *j, const struct stored *s)
{
    ab_wire_add_u64(&j->out, AB_TAG_EXPIRY, s->expiry);
    ab_wire_add(&j->out, AB_TAG_IDENTITY, s->bytes);
}


enum ab_err
rebuild_run(struct ctx *c, struct edge_job *j)
{
    struct stored  s = { 0 };
    enum ab_err    e = load(c, j, &s);

    if (e == AB_OK) {
        e = rebuild(c, &s);
    }
    if (e == AB_OK) {
        answer(j, &s);
    }
    return e;
}


enum ab_err
touch_run(struct ctx *c, struct edge_job *j)
{
    struct stored  s = { 0 };
    int64_t        idle;
    enum ab_err    e = load(c, j, &s);

    if (e == AB_OK) {
        e = session_touch(c, s.realm, s.sid, &idle);
    }
    if (e == AB_OK && (s.id.user_version < s.user_version
                       || s.id.realm_epoch < s.realm->epoch))
    {
        e = rebuild(c, &s);
    }
    if (e == AB_OK) {
        e = load(c, j, &s);
    }
    if (e == AB_OK) {
        answer(j, &s);
    }
    return e;
}
