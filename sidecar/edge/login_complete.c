/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * login_complete.c - a callback at an app host: redeem the code in process
 * and make the app-host session.
 */
#include "job.h"

#include "ab_ct.h"
#include "base/random.h"
#include "oidc/grant.h"
#include "projection.h"

/* What the steps hand on. */
struct completion {
    const struct realm     *realm;
    const struct client    *client;
    struct ab_slice         origin;
    struct grant_code_out   found;
    char                    cookie[AB_COOKIE_TEXT];
    uint8_t                 key[AB_SHA256_LEN];
    struct ab_slice         identity;
};


static enum ab_err
find_client(struct ctx *c, struct edge_job *j, struct completion *w)
{
    const char   *id = job_text(c, j, AB_TAG_CLIENT);
    enum ab_err   e = job_realm(c, j, &w->realm);

    if (e != AB_OK) {
        return e;
    }
    if (id == NULL) {
        return ctx_fail(c, AB_E_FORMAT, "CLIENT");
    }
    e = client_by_client_id(c, w->realm, id, &w->client);
    if (e == AB_OK && !w->client->enabled) {
        return ctx_fail(c, AB_E_CLIENT_DISABLED, "client %s", id);
    }
    return e;
}


/* The very checks of the token endpoint; the worker proved by its socket
 * that it is the client, so there is no secret. */
static enum ab_err
check_code(struct ctx *c, struct edge_job *j, struct completion *w)
{
    struct grant_code_in  in = { 0 };
    const char           *nonce = job_text(c, j, AB_TAG_NONCE);
    const char           *kept;
    enum ab_err           e;

    w->origin = ab_wire_get(j->payload, AB_TAG_ORIGIN);
    in.realm = w->realm;
    in.client = w->client;
    in.code = job_text(c, j, AB_TAG_CODE);
    in.verifier = job_text(c, j, AB_TAG_VERIFIER);
    in.redirect_uri = arena_printf(c->a, "%.*s/.auth/callback",
                                   (int) w->origin.len, w->origin.p);
    if (in.code == NULL || in.verifier == NULL || in.redirect_uri == NULL) {
        return ctx_fail(c, AB_E_FORMAT, "CODE or VERIFIER");
    }
    e = grant_code_check(c, &in, &w->found);
    if (e != AB_OK) {
        return e;
    }
    kept = w->found.code->nonce;
    if (nonce == NULL || kept == NULL
        || !ab_ct_equal(nonce, strlen(nonce), kept, strlen(kept)))
    {
        return ctx_fail(c, AB_E_TOKEN_NONCE, "nonce of the attempt");
    }
    return AB_OK;
}


static enum ab_err
make_cookie(struct ctx *c, struct completion *w)
{
    const struct keyring  *ring = c->app->keyring;
    struct ab_slice        realm_id = ab_slice_str(w->realm->id);
    uint8_t                rnd[AB_COOKIE_RAND], raw[AB_COOKIE_RAW];
    enum ab_err            e;

    random_bytes(rnd, sizeof(rnd));
    e = ab_session_cookie_make(w->cookie, &ring->mac[0], realm_id,
                               ab_slice_str(w->found.session->sid), rnd);
    if (e == AB_OK) {
        e = ab_session_cookie_decode(ab_slice(w->cookie, AB_COOKIE_TEXT),
                                     raw);
    }
    if (e != AB_OK
        || !ab_credential_key(w->key, AB_CRED_SESSION, realm_id,
                              ab_slice(raw, sizeof(raw))))
    {
        return ctx_fail(c, AB_E_INTERNAL, "session cookie");
    }
    ab_wipe(raw, sizeof(raw));
    return AB_OK;
}


static enum ab_err
make_identity(struct ctx *c, struct completion *w)
{
    struct projection_in  in = { 0 };

    in.realm = w->realm;
    in.client = w->client;
    in.user = w->found.user;
    in.session = w->found.session;
    in.origin = w->origin;
    in.key = w->key;
    in.scope = w->found.code->scope;
    in.acr = w->found.code->acr;
    in.auth_time = w->found.code->auth_time;
    return projection_build(c, &in, &w->identity);
}


static enum ab_err
redeem(struct ctx *c, struct edge_job *j, struct completion *w)
{
    const struct client_session  *cs;
    struct redeem                 in = { 0 };

    in.code = job_text(c, j, AB_TAG_CODE);
    in.edge_key = w->key;
    in.identity = w->identity;
    in.edge_expiry = (uint64_t) w->found.session->max_until;
    return session_redeem(c, w->realm, w->client, &in, &cs);
}


/* A second login at a host ends only the app-host session before it. Its
 * fault does not undo the login. */
static void
end_old(struct ctx *c, struct edge_job *j, struct completion *w)
{
    struct ab_slice  key = ab_wire_get(j->payload, AB_TAG_OLD_KEY);
    const char      *sid = job_text(c, j, AB_TAG_OLD_SID);

    if (key.len == AB_SHA256_LEN && sid != NULL
        && session_end_edge(c, w->realm, sid, (const uint8_t *) key.p)
           != AB_OK)
    {
        fail_clear(&c->f);
    }
}


enum ab_err
login_complete_run(struct ctx *c, struct edge_job *j)
{
    struct completion  w = { 0 };
    enum ab_err        e = find_client(c, j, &w);

    if (e == AB_OK) {
        e = check_code(c, j, &w);
    }
    if (e == AB_OK) {
        e = make_cookie(c, &w);
    }
    if (e == AB_OK) {
        e = make_identity(c, &w);
    }
    if (e == AB_OK) {
        e = redeem(c, j, &w);
    }
    if (e != AB_OK) {
        return e;
    }
    end_old(c, j, &w);
    ab_wire_add(&j->out, AB_TAG_COOKIE, ab_slice(w.cookie, AB_COOKIE_TEXT));
    ab_wire_add(&j->out, AB_TAG_IDENTITY, w.identity);
    ab_wire_add_u64(&j->out, AB_TAG_EXPIRY,
                    (uint64_t) (w.found.session->idle_until
                                < w.found.session->max_until
                                ? w.found.session->idle_until
                                : w.found.session->max_until));
    return AB_OK;
}
