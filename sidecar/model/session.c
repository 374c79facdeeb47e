/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * session.c - read a living session, keep it alive.
 */
#include "session_int.h"
#include "doc.h"

#include "base/clock.h"
#include "store/keys.h"


enum ab_err
session_load(struct ctx *c, const struct realm *realm, const char *sid,
    const struct session **ret_session)
{
    const struct ab_slice   fields[] = {
        AB_S("sso"), AB_S("live"), AB_S("tomb")
    };
    struct ab_slice         key, got[3];
    struct session         *s;
    struct live             live;
    const json_t           *doc;
    enum ab_err             e;

    if (!sid_is_formed(sid)) {
        return AB_E_SESSION_UNKNOWN;
    }
    key = key1(c, KEY_SESSION, sid);
    e = store_hmget(c, key, fields, 3, got);
    if (e == AB_OK) {
        e = session_judge(c, key, got, &live, &doc);
    }
    if (e != AB_OK) {
        return e;
    }
    s = arena_alloc(c->a, sizeof(*s));
    if (s == NULL || (s->sid = arena_str(c->a, sid)) == NULL) {
        return ctx_nomem(c);
    }
    sso_view(doc, &live, s);
    e = session_fits(s, realm);
    if (e == AB_OK) {
        *ret_session = s;
    }
    return e;
}


enum ab_err
session_judge(struct ctx *c, struct ab_slice key,
    const struct ab_slice got[3], struct live *ret_live,
    const json_t **ret_doc)
{
    struct live  live;
    enum ab_err  e;

    if (got[2].p != NULL) {
        return AB_E_SESSION_ENDED;
    }
    if (got[0].p == NULL || got[1].p == NULL) {
        return AB_E_SESSION_UNKNOWN;
    }
    e = live_parse(got[1], &live);
    if (e != AB_OK) {
        return ctx_fail(c, e, "session: field live");
    }
    e = live_state(&live, clock_now_s());
    if (e == AB_OK) {
        e = sso_open(c, key, got[0], ret_doc);
    }
    if (e == AB_OK) {
        *ret_live = live;
    }
    return e;
}


enum ab_err
session_fits(const struct session *s, const struct realm *realm)
{
    if (s->realm_id == NULL || s->user_id == NULL
        || strcmp(s->realm_id, realm->id) != 0)
    {
        return AB_E_SESSION_OTHER;
    }
    /* A realm that no longer remembers ends what was remembered. */
    return s->remember && !realm->remember_me ? AB_E_SESSION_EXPIRED : AB_OK;
}


enum ab_err
session_client(struct ctx *c, const struct session *s,
    const char *client_uuid, const struct client_session **ret_cs)
{
    struct client_session  *cs;
    struct ab_slice         text, field;
    int64_t                 now = clock_now_s();
    enum ab_err             e;

    field = session_field(c, "c:", ab_slice_str(client_uuid));
    if (field.p == NULL) {
        return ctx_nomem(c);
    }
    e = store_hget(c, key1(c, KEY_SESSION, s->sid), field, &text);
    if (e == AB_E_STORE_ABSENT) {
        return AB_E_INVALID_GRANT;
    }
    if (e == AB_OK) {
        e = client_session_parse(c, client_uuid, text, &cs);
    }
    if (e != AB_OK) {
        return e;
    }
    if (cs->max_until > 0 && now >= cs->max_until) {
        return AB_E_SESSION_EXPIRED;
    }
    if (cs->idle_until > 0 && now >= cs->idle_until) {
        return AB_E_SESSION_IDLE;
    }
    *ret_cs = cs;
    return AB_OK;
}


enum ab_err
session_touch(struct ctx *c, const struct realm *realm, const char *sid,
    int64_t *ret_idle_until)
{
    struct step          step = step_new(c);
    const struct reply  *r;
    struct life          life;
    enum ab_err          e;

    if (!sid_is_formed(sid)) {
        return AB_E_SESSION_UNKNOWN;
    }
    life_of(realm, NULL, &life);
    step_num(&step, life.idle_s);
    step_num(&step, life.idle_remember_s);
    step_num(&step, realm->remember_me);
    e = step_run(&step, SCRIPT_session_touch, key1(c, KEY_SESSION, sid), 1,
                 &r);
    if (e == AB_OK) {
        *ret_idle_until = step_result(r, 1);
    }
    return e;
}


enum ab_err
session_user_version(struct ctx *c, const char *sid, uint64_t version)
{
    struct step          step = step_new(c);
    const struct reply  *r;
    enum ab_err          e;

    if (!sid_is_formed(sid)) {
        return AB_OK;
    }
    step_num(&step, (int64_t) version);
    e = step_run(&step, SCRIPT_session_version, key1(c, KEY_SESSION, sid), 0,
                 &r);
    return e == AB_E_SESSION_UNKNOWN || e == AB_E_SESSION_ENDED
           || e == AB_E_SESSION_IDLE || e == AB_E_SESSION_EXPIRED ? AB_OK : e;
}


struct ab_slice
session_field(struct ctx *c, const char *prefix, struct ab_slice name)
{
    return ab_slice_str(arena_printf(c->a, "%s%.*s", prefix, (int) name.len,
                                     name.len == 0 ? "" : name.p));
}
