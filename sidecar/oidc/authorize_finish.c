/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * authorize_finish.c - from a finished or failed login to the client.
 */
#include "authorize.h"

#include "ab_base64.h"
#include "ab_claims.h"
#include "ab_limits.h"
#include "base/clock.h"
#include "model/doc.h"
#include "oidc/claims.h"
#include "redirect_target.h"
#include "response.h"

#include <string.h>

/* Which answer: where to, in which mode, with which state. */
struct target {
    const char  *redirect_uri, *response_type, *response_mode, *state;
};


static struct target
target_of(const struct auth_tab *tab)
{
    return (struct target) {
        tab->redirect_uri, tab->response_type, tab->response_mode, tab->state
    };
}


static enum ab_err
deliver(struct ctx *c, const struct realm *realm,
    const struct client *client, const struct target *t,
    const struct response_member *m, size_t n,
    struct authorize_answer *ret_answer)
{
    struct response_delivery  d;
    unsigned                  set = RESPONSE_CODE;

    if (t->response_type == NULL
        || response_type_parse(t->response_type, &set) != AB_OK)
    {
        set = RESPONSE_CODE;
    }
    if (response_mode_parse(t->response_mode, set, &d) != AB_OK) {
        (void) response_mode_parse(NULL, set, &d);
    }
    return response_make(c, realm, client, t->redirect_uri, d, m, n,
                         ret_answer);
}


static enum ab_err
issuer_of(struct ctx *c, const struct realm *realm,
    const struct client *client, const char **ret_iss)
{
    *ret_iss = NULL;
    if (client_attribute_true(client, "exclude.issuer.from.auth.response")) {
        return AB_OK;
    }
    *ret_iss = realm_issuer(c, realm);
    return *ret_iss == NULL ? ctx_nomem(c) : AB_OK;
}


/* ---- success ----------------------------------------------------------- */

/* By the cookie alone the old proof counts; anything else is one of now. */
static enum ab_err
proof_time(struct ctx *c, const struct authorize_done *in, int64_t *ret_time)
{
    if (in->sso != NULL && strcmp(in->acr, "0") == 0) {
        return authorize_auth_time(c, in->sso, in->client, ret_time);
    }
    *ret_time = clock_now_s();
    return AB_OK;
}


static void
from_broker(const struct auth_tab *tab, struct sign_in *s)
{
    s->idp = auth_note(tab->user_notes, NOTE_IDP);
    s->idp_username = auth_note(tab->user_notes, NOTE_IDP_IDENTITY);
    s->idp_id = auth_note(tab->auth_notes, NOTE_IDP_ID);
    s->broker_user = auth_note(tab->auth_notes, NOTE_BROKER_USER);
    s->broker_sid = auth_note(tab->auth_notes, NOTE_BROKER_SID);
    s->upstream_id_token = auth_note(tab->auth_notes, NOTE_BROKER_ID_TOKEN);
    s->notes = tab->user_notes;
}


static enum ab_err
sign_in(struct ctx *c, const struct authorize_done *in,
    struct signed_in *ret_session)
{
    const struct auth_tab  *tab = in->tab;
    struct sign_in          s = {
        .realm = in->realm, .user = in->user, .client = in->client,
        .sid = in->sso == NULL ? NULL : in->sso->sid,
        .remember = in->remember, .ip = in->ip, .acr = in->acr,
        .redirect_uri = tab->redirect_uri, .challenge = tab->challenge,
        .challenge_method = tab->challenge_method, .nonce = tab->nonce
    };
    enum ab_err             e = proof_time(c, in, &s.auth_time);

    if (e == AB_OK) {
        e = scope_grant(c, in->realm, in->client, tab->scope, &s.scope);
    }
    if (e != AB_OK) {
        return e;
    }
    if (tab->response_type != NULL
        && strcmp(tab->response_type, "none") == 0)
    {
        s.redirect_uri = NULL;      /* no code is made */
    }
    from_broker(tab, &s);
    e = session_sign_in(c, &s, ret_session);
    if (e != AB_OK && c->f.code == AB_OK) {
        return ctx_fail(c, e, "sign-in of '%s'", in->client->client_id);
    }
    return e;
}


enum ab_err
authorize_finish(struct ctx *c, const struct authorize_done *in,
    struct signed_in *ret_session, struct authorize_answer *ret_answer)
{
    struct target            t = target_of(in->tab);
    struct response_member   m[] = {
        { "state", t.state }, { "session_state", NULL }, { "iss", NULL },
        { "kc_action_status", NULL }, { "code", NULL }
    };
    struct signed_in         s = { 0 };
    enum ab_err              e = sign_in(c, in, &s);

    if (e == AB_OK) {
        e = issuer_of(c, in->realm, in->client, &m[2].value);
    }
    if (e != AB_OK) {
        return e;
    }
    if (!client_attribute_true(in->client,
                               "exclude.session.state.from.auth.response"))
    {
        m[1].value = s.sid;
    }
    if (auth_note(in->tab->client_notes, "kc_action") != NULL) {
        m[3].value = "error";       /* no action of ours goes by that name */
    }
    m[4].value = s.code;
    e = deliver(c, in->realm, in->client, &t, m, 5, ret_answer);
    if (e == AB_OK) {
        *ret_session = s;
    }
    return e;
}


/* ---- errors ------------------------------------------------------------ */

static enum ab_err
error_to(struct ctx *c, const struct realm *realm,
    const struct client *client, const struct target *t, const char *error,
    const char *description, struct authorize_answer *ret_answer)
{
    struct response_member  m[] = {
        { "error", error }, { "error_description", description },
        { "state", t->state }, { "iss", NULL }
    };
    enum ab_err             e = issuer_of(c, realm, client, &m[3].value);

    return e == AB_OK ? deliver(c, realm, client, t, m, 4, ret_answer) : e;
}


enum ab_err
authorize_error(struct ctx *c, const struct realm *realm,
    const struct client *client, const struct auth_tab *tab,
    const char *error, const char *description,
    struct authorize_answer *ret_answer)
{
    struct target  t = target_of(tab);

    return error_to(c, realm, client, &t, error, description, ret_answer);
}


static enum ab_err
client_data_read(struct ctx *c, const char *text, const json_t **ret_doc)
{
    struct ab_slice  in = ab_slice_str(text);
    json_t          *doc = NULL;
    char            *raw;
    size_t           len;

    if (in.len > 4 * AB_MAX_URI) {
        return ctx_fail(c, AB_E_BAD_REQUEST, "client_data too long");
    }
    raw = arena_alloc(c->a, AB_B64_DECODED_MAX(in.len));
    if (raw == NULL) {
        return ctx_nomem(c);
    }
    if (ab_b64url_decode(raw, AB_B64_DECODED_MAX(in.len), in, &len) != AB_OK
        || ab_claims_parse(ab_slice(raw, len), &doc) != AB_OK)
    {
        return ctx_fail(c, AB_E_BAD_REQUEST, "client_data unreadable");
    }
    *ret_doc = doc_own(c, doc);
    return *ret_doc == NULL ? AB_E_NOMEM : AB_OK;
}


/* client_data comes from the browser: it only says which of the client's own
 * addresses is meant. */
enum ab_err
authorize_error_data(struct ctx *c, const struct realm *realm,
    const struct client *client, const char *client_data,
    const char *error, const char *description,
    struct authorize_answer *ret_answer)
{
    const json_t   *doc;
    struct target   t;
    enum ab_err     e = client_data_read(c, client_data, &doc);

    if (e != AB_OK) {
        return e;
    }
    t = (struct target) {
        doc_str(doc, "ru"), doc_str(doc, "rt"), doc_str(doc, "rm"),
        doc_str(doc, "st")
    };
    e = redirect_target_check(c, client, t.redirect_uri);
    return e == AB_OK ? error_to(c, realm, client, &t, error, description,
                                 ret_answer) : e;
}
