/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * session_redeem.c - tokens are given: a code redeemed, a refresh token used.
 */
#include "session_int.h"

#include "base/random.h"
#include "store/keys.h"

static enum ab_err add_edge(struct step *step, const struct redeem *in);
static enum ab_err take_result(struct ctx *c, const struct client *client,
    const struct reply *r, const struct client_session **ret_cs);


enum ab_err
session_redeem(struct ctx *c, const struct realm *realm,
    const struct client *client, const struct redeem *in,
    const struct client_session **ret_cs)
{
    struct step          step = step_new(c);
    const struct reply  *r;
    struct ab_slice      hash;
    const char          *sid, *code_client;
    char                 jti[37], chain[37];
    struct life          life;
    enum ab_err          e;

    e = session_code_parse(c, in->code, &sid, &code_client, &hash);
    if (e != AB_OK) {
        return e;
    }
    random_uuid(jti);
    random_uuid(chain);
    life_of(realm, client, &life);
    step_slice(&step, hash);
    step_text(&step, client->id);
    step_num(&step, life.idle_s);
    step_num(&step, life.idle_remember_s);
    step_num(&step, life.client_idle_s);
    step_num(&step, life.client_max_s);
    step_text(&step, realm->revoke_refresh_token ? chain : "");
    step_text(&step, jti);
    e = add_edge(&step, in);
    step_num(&step, AB_MAX_CLIENTS_PER_SESSION_N);
    step_num(&step, AB_MAX_EDGE_PER_SESSION_N);
    step_num(&step, AB_MAX_SESSION_HASH);
    if (e == AB_OK) {
        e = step_run_durable(&step, SCRIPT_session_redeem,
                             key1(c, KEY_SESSION, sid), 2, &r);
    }
    return e == AB_OK ? take_result(c, client, r, ret_cs) : e;
}


/* r: client session, idle end of the session. */
static enum ab_err
take_result(struct ctx *c, const struct client *client,
    const struct reply *r, const struct client_session **ret_cs)
{
    struct client_session  *cs;
    enum ab_err             e = client_session_parse(c, client->id,
                                                     r->list[1].s, &cs);

    if (e == AB_OK) {
        cs->session_idle_until = step_result(r, 2);
        *ret_cs = cs;
    }
    return e;
}


/* Key and value of the app-host session; two empty texts for none. */
static enum ab_err
add_edge(struct step *step, const struct redeem *in)
{
    struct ab_slice  hex = AB_S(""), value = AB_S("");
    enum ab_err      e = AB_OK;

    if (in->edge_key != NULL) {
        e = edge_value(step->c, in->identity, in->edge_expiry, &value);
        hex = edge_hex(step->c, in->edge_key);
        if (hex.p == NULL) {
            return ctx_nomem(step->c);
        }
    }
    step_slice(step, hex);
    step_slice(step, value);
    return e;
}


enum ab_err
session_refresh(struct ctx *c, const struct realm *realm,
    const struct session *s, const struct client *client,
    const struct refresh_use *use, const struct client_session **ret_cs)
{
    struct step          step = step_new(c);
    const struct reply  *r = NULL;
    bool                 revokes = realm->revoke_refresh_token;
    char                 jti[37];
    struct life          life;
    enum ab_err          e;

    random_uuid(jti);
    life_of(realm, client, &life);
    step_text(&step, client->id);
    step_num(&step, life.idle_s);
    step_num(&step, life.idle_remember_s);
    step_num(&step, life.client_idle_s);
    step_num(&step, life.client_max_s);
    step_num(&step, !revokes ? 0 : realm->refresh_max_reuse < 0 ? 1
                                   : realm->refresh_max_reuse + 1);
    step_text(&step, use->jti);
    step_text(&step, use->reuse_id);
    step_text(&step, jti);
    e = (revokes ? step_run_durable : step_run)(&step, SCRIPT_session_refresh,
        key1(c, KEY_SESSION, s->sid), 2, &r);
    return e == AB_OK ? take_result(c, client, r, ret_cs) : e;
}
