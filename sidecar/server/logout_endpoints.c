/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * logout_endpoints.c - the end of a session at the realm host: asked for by
 * an application, confirmed by a person, told to the identity provider.
 */
#include "endpoints.h"

#include "ab_claims.h"
#include "base/autofree.h"
#include "base/log.h"
#include "browser.h"
#include "broker/logout.h"
#include "hints.h"
#include "model/act.h"
#include "oidc/logout.h"
#include "page.h"

#define ACT_CONFIRM    "logout-confirm"
#define CONFIRM_TTL_S  600


/* Where the browser lands at last: the application, or our own page. */
static enum ab_err
land(struct req *r, const struct realm *realm, const struct client *client,
    const char *landing)
{
    if (landing != NULL) {
        return reply_redirect(r, 302, landing);
    }
    return page_render(r, 200, "logged_out", NULL, realm, client);
}


/* A provider that began the logout itself needs not hear of it. */
static bool
started_it(const struct req *r, const struct session_x *x)
{
    const char  *alias = strcmp(r->method, "POST") == 0
                         ? req_form(r, "initiating_idp")
                         : req_query(r, "initiating_idp");

    return alias != NULL && x->idp != NULL && strcmp(alias, x->idp) == 0;
}


/* The session is over here; its identity provider hears of it through the
 * browser where it wants that (broker.md 22.1). */
static enum ab_err
go_upstream(struct req *r, const struct realm *realm,
    const struct client *client, const char *sid, const char *landing)
{
    struct session_x   x = { 0 };
    const char        *url = NULL;
    enum ab_err        e = session_x_load(&r->c, sid, &x);

    if (e == AB_OK && !started_it(r, &x)) {
        e = broker_logout_url(&r->c, realm, sid, &x, &url);
    }
    if (e == AB_OK) {
        landing = landing != NULL ? landing : x.landing;
    }
    if (e != AB_OK && e != AB_E_STORE_ABSENT) {
        /* The person is signed out here in any case; that the provider
         * cannot be told is for the log. */
        log_fail("upstream_logout", &r->c.f, "srealm", realm->name, NULL);
    }
    fail_clear(&r->c.f);
    return url != NULL ? reply_redirect(r, 302, url)
                       : land(r, realm, client, landing);
}


static void
clear_cookies(struct req *r, const struct realm *realm)
{
    browser_clear(r, realm, "KEYCLOAK_IDENTITY");
    browser_clear(r, realm, "KEYCLOAK_SESSION");
    hint_clear_username(r, realm);
}


static enum ab_err
end_now(struct req *r, const struct realm *realm,
    const struct client *client, const char *sid, const char *landing)
{
    enum ab_err  e;

    e = session_end(&r->c, realm, sid, landing,
                    client == NULL ? NULL : client->client_id);
    if (e != AB_OK) {
        return e;
    }
    log_event(AB_LOG_INFO, "logout", "srealm", realm->name, "ssid", sid,
              NULL);
    clear_cookies(r, realm);
    return go_upstream(r, realm, client, sid, landing);
}


/* The question, under a handle that only this browser's session can use. */
static enum ab_err
ask(struct req *r, const struct realm *realm, const struct browser *b,
    const struct logout_plan *plan)
{
    autofree(json_unrefp) json_t  *kept = NULL, *data = NULL;
    autofree(freep) char          *text = NULL;
    char                           handle[44];
    enum ab_err                    e;

    kept = json_pack("{s:s*, s:s*, s:s*}",
                     "sid", b->sso == NULL ? NULL : b->sso->sid,
                     "landing", plan->landing,
                     "client", plan->client == NULL
                     ? NULL : plan->client->client_id);
    text = kept == NULL ? NULL : json_dumps(kept, JSON_COMPACT);
    if (text == NULL) {
        return ctx_nomem(&r->c);
    }
    e = act_put(&r->c, ACT_CONFIRM, ab_slice_str(text), CONFIRM_TTL_S,
                handle);
    if (e != AB_OK) {
        return e;
    }
    data = json_pack("{s:s, s:s*}", "code", handle, "action",
                     realm_oidc_url(&r->c, realm, "/logout/logout-confirm"));
    return data == NULL ? ctx_nomem(&r->c)
                        : page_render(r, 200, "logout_confirm", data, realm,
                                      plan->client);
}


/* The back-channel form of old adapters (tokens.md 6.5). */
static enum ab_err
by_refresh_token(struct req *r, const struct realm *realm)
{
    struct token_request  in = {
        .realm = realm, .form = r->form, .n_form = r->n_form,
        .authorization = req_header(r, "Authorization"),
        .origin = req_header(r, "Origin"), .ip = r->ip
    };
    struct token_answer   out = { 0 };
    enum ab_err           e = logout_refresh(&r->c, &in, &out);

    if (e != AB_OK) {
        return e;
    }
    log_event(AB_LOG_INFO, "logout", "srealm", realm->name, "sreason",
              out.reason, NULL);
    if (out.body == NULL) {
        reply_set(r, "Cache-Control", CACHE_NOCACHE);
    }
    reply_cors(r, out.allow_origin, CORS_EXPOSE);
    if (out.body == NULL) {
        reply_set(r, "Cache-Control", CACHE_NOCACHE);
    }
    return out.body == NULL ? reply_empty(r, out.status)
                            : reply_json(r, out.status, out.body);
}


enum ab_err
logout_any(struct req *r, const struct realm *realm)
{
    bool                 is_post = strcmp(r->method, "POST") == 0;
    struct browser       b;
    struct logout_plan   plan = { 0 };
    enum ab_err          e;

    if (is_post && req_form(r, "refresh_token") != NULL) {
        return by_refresh_token(r, realm);
    }
    reply_set(r, "Cache-Control", CACHE_NOCACHE);
    e = browser_load(r, realm, &b);
    if (e == AB_OK) {
        e = logout_plan(&r->c, realm, is_post ? r->form : r->query,
                        is_post ? r->n_form : r->n_query, b.sso, &plan);
    }
    if (e != AB_OK) {
        return e;
    }
    switch (plan.next) {
    case LOGOUT_NOW:
        return end_now(r, realm, plan.client, plan.sid, plan.landing);
    case LOGOUT_LAND:
        return land(r, realm, plan.client, plan.landing);
    case LOGOUT_HANDLE:
        clear_cookies(r, realm);
        return go_upstream(r, realm, plan.client, plan.handle_sid,
                           plan.landing);
    case LOGOUT_ASK:
    default:
        return ask(r, realm, &b, &plan);
    }
}


/* The kept question, if it was asked of this very session: a question that
 * somebody else was asked ends nothing here (T-LO4). One whose session is
 * gone meanwhile has nothing to end. */
static enum ab_err
take_question(struct req *r, const struct browser *b, const char *handle,
    json_t **ret_kept)
{
    struct ab_slice   value;
    const char       *sid;
    json_t           *kept;
    enum ab_err       e;

    if (handle == NULL) {
        return ctx_fail(&r->c, AB_E_BAD_REQUEST, "no session_code");
    }
    e = act_take(&r->c, ACT_CONFIRM, handle, &value);
    if (e == AB_E_STORE_ABSENT) {
        return ctx_fail(&r->c, AB_E_BAD_REQUEST, "session_code not known");
    }
    if (e == AB_OK) {
        e = ab_claims_parse(value, &kept);
    }
    if (e != AB_OK) {
        return e;
    }
    sid = json_string_value(json_object_get(kept, "sid"));
    if (b->sso != NULL && (sid == NULL || strcmp(sid, b->sso->sid) != 0)) {
        json_decref(kept);
        return ctx_fail(&r->c, AB_E_BAD_REQUEST, "asked of another session");
    }
    *ret_kept = kept;
    return AB_OK;
}


enum ab_err
logout_confirm_post(struct req *r, const struct realm *realm)
{
    autofree(json_unrefp) json_t  *kept = NULL;
    const struct client           *client = NULL;
    const char                    *landing, *client_id;
    struct browser                 b;
    enum ab_err                    e = browser_load(r, realm, &b);

    reply_set(r, "Cache-Control", CACHE_NOCACHE);
    if (e == AB_OK) {
        e = take_question(r, &b, req_form(r, "session_code"), &kept);
    }
    if (e != AB_OK) {
        return e;
    }
    client_id = json_string_value(json_object_get(kept, "client"));
    if (client_id != NULL
        && client_by_client_id(&r->c, realm, client_id, &client) != AB_OK)
    {
        return r->c.f.code;
    }
    landing = json_string_value(json_object_get(kept, "landing"));
    landing = landing == NULL ? NULL : arena_str(r->c.a, landing);
    return b.sso == NULL ? land(r, realm, client, landing)
                         : end_now(r, realm, client, b.sso->sid, landing);
}


/* The provider sent the browser back (broker.md 22.3). */
enum ab_err
logout_response_get(struct req *r, const struct realm *realm)
{
    const char          *sid = req_query(r, "state");
    const struct client *client = NULL;
    const struct idp    *idp;
    struct session_x     x = { 0 };
    enum ab_err          e = idp_by_alias(&r->c, realm, r->args[1], &idp);

    if (e == AB_E_IDP_ABSENT || (e == AB_OK && !idp->enabled)) {
        return reply_no_idp(r);
    }
    if (e != AB_OK) {
        return e;
    }
    if (sid == NULL) {
        return ctx_fail(&r->c, AB_E_BAD_REQUEST, "logout_response: no state");
    }
    e = session_x_load(&r->c, sid, &x);
    if (e == AB_E_STORE_ABSENT || (e == AB_OK
                                   && strcmp(x.realm_id, realm->id) != 0))
    {
        return ctx_fail(&r->c, AB_E_BAD_REQUEST,
                        "logout_response: no such logout");
    }
    if (e != AB_OK) {
        return e;
    }
    if (x.client_id != NULL
        && client_by_client_id(&r->c, realm, x.client_id, &client) != AB_OK)
    {
        fail_clear(&r->c.f);
    }
    return land(r, realm, client, x.landing);
}
