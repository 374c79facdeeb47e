/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * session_sign_in.c - what a completed authentication writes.
 *
 * The session's id is drawn here, never before: whatever a browser carried
 * while it signed in is worthless afterwards (fixation).
 */
#include "session_int.h"

#include "ab_base64.h"
#include "ab_digest.h"
#include "ab_time.h"
#include "base/clock.h"
#include "base/random.h"
#include "store/keys.h"

#define INDEX_SLACK_S  60

/* One sign-in under way. */
struct opening {
    const struct sign_in  *in;
    struct life            life;
    bool                   is_new;
    bool                   remember;
    struct signed_in       out;
    struct ab_slice        key;
    struct ab_slice        sso;         /* sealed; empty: it exists */
    struct ab_slice        code_hash;   /* empty: no code */
};

static enum ab_err prepare_known(struct ctx *c, struct opening *o);
static enum ab_err prepare_new(struct ctx *c, struct opening *o);
static enum ab_err draw_code(struct ctx *c, struct opening *o);
static enum ab_err write_it(struct ctx *c, struct opening *o);


enum ab_err
session_sign_in(struct ctx *c, const struct sign_in *in,
    struct signed_in *ret_out)
{
    struct opening  o = {
        .in = in, .is_new = in->sid == NULL, .remember = in->remember,
        .out.auth_time = in->auth_time,
    };
    enum ab_err     e;

    life_of(in->realm, in->client, &o.life);
    e = o.is_new ? prepare_new(c, &o) : prepare_known(c, &o);
    if (e == AB_OK && in->redirect_uri != NULL) {
        e = draw_code(c, &o);
    }
    if (e == AB_OK) {
        e = write_it(c, &o);
    }
    if (e == AB_OK && in->old_sid != NULL) {
        e = session_end(c, in->realm, in->old_sid, NULL, NULL);
    }
    if (e == AB_OK) {
        *ret_out = o.out;
    }
    return e;
}


static enum ab_err
prepare_known(struct ctx *c, struct opening *o)
{
    const struct session  *s;
    enum ab_err            e = session_load(c, o->in->realm, o->in->sid, &s);

    if (e != AB_OK) {
        return e;
    }
    o->out.sid = s->sid;
    o->out.state_checker = s->state_checker;
    o->key = key1(c, KEY_SESSION, s->sid);
    return AB_OK;
}


static enum ab_err
prepare_new(struct ctx *c, struct opening *o)
{
    char             sid[AB_SID_TEXT + 1], checker[44];
    int64_t          max_s = o->remember ? o->life.max_remember_s
                                         : o->life.max_s;
    enum ab_err      e;

    random_text(sid, RANDOM_SID_RAW);
    random_text(checker, RANDOM_CODE_RAW);
    o->out.sid = arena_str(c->a, sid);
    o->out.state_checker = arena_str(c->a, checker);
    if (o->out.sid == NULL || o->out.state_checker == NULL) {
        return ctx_nomem(c);
    }
    o->key = key1(c, KEY_SESSION, o->out.sid);
    e = sso_seal(c, o->key, o->in, o->out.state_checker, &o->sso);
    if (e == AB_OK) {
        e = session_index_add(c, o->out.sid, o->in,
                              ab_time_add(clock_now_s(),
                                          max_s + INDEX_SLACK_S));
    }
    return e;
}


/* UUID.SID.CLIENT-UUID; Redis sees its hash. */
static enum ab_err
draw_code(struct ctx *c, struct opening *o)
{
    const char  *ignored_sid, *ignored_client;
    char         uuid[37];

    random_uuid(uuid);
    o->out.code = arena_printf(c->a, "%s.%s.%s", uuid, o->out.sid,
                               o->in->client->id);
    if (o->out.code == NULL) {
        return ctx_nomem(c);
    }
    return session_code_parse(c, o->out.code, &ignored_sid, &ignored_client,
                              &o->code_hash);
}


static enum ab_err
write_it(struct ctx *c, struct opening *o)
{
    struct step          step = step_new(c);
    const struct reply  *r;
    struct ab_slice      doc;
    char                 jti[37], chain[37];
    enum ab_err          e = sign_in_text(c, o->in, &doc);

    if (e != AB_OK) {
        return e;
    }
    random_uuid(jti);
    random_uuid(chain);
    step_slice(&step, o->sso);
    step_num(&step, (int64_t) o->in->user->version);
    step_num(&step, o->remember);
    step_num(&step, o->life.idle_s);
    step_num(&step, o->life.idle_remember_s);
    step_num(&step, o->remember ? o->life.max_remember_s : o->life.max_s);
    step_slice(&step, o->code_hash);
    step_slice(&step, doc);
    step_num(&step, o->life.code_s);
    step_num(&step, AB_MAX_CODES_PER_SESSION_N);
    step_text(&step, o->in->client->id);
    step_num(&step, AB_MAX_CLIENTS_PER_SESSION_N);
    step_num(&step, o->life.client_idle_s);
    step_num(&step, o->life.client_max_s);
    step_text(&step, o->in->realm->revoke_refresh_token ? chain : "");
    step_text(&step, jti);
    e = step_run_durable(&step, SCRIPT_session_sign_in, o->key, 3, &r);
    if (e == AB_OK) {
        o->out.started = step_result(r, 1);
        o->out.idle_until = step_result(r, 2);
        o->out.max_until = step_result(r, 3);
    }
    return e;
}
