/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * login.c - one login under way at the realm host.
 */
#include "login.h"

#include "ab_limits.h"
#include "ab_uri.h"
#include "base/autofree.h"
#include "base/log.h"
#include "base/metric.h"
#include "broker/identity.h"
#include "hints.h"
#include "page.h"
#include "restart.h"

#define NOTE_FIRST_OK  "FIRST_BROKER_LOGIN_SUCCESS"


/* ---- answers ------------------------------------------------------------ */

enum ab_err
login_answer(struct login *l, const struct authorize_answer *a)
{
    autofree(json_unrefp) json_t  *data = NULL;

    if (a->url != NULL) {
        return reply_redirect(l->r, 302, a->url);
    }
    data = json_pack("{s:s, s:O}", "formUrl", a->form_url, "fields",
                     a->form);
    return data == NULL ? ctx_nomem(&l->r->c)
                        : page_render(l->r, 200, "form_post", data, l->realm,
                                      l->client);
}


static enum ab_err
client_error(struct login *l, const char *error, const char *description)
{
    struct authorize_answer  a = { 0 };
    enum ab_err              e;

    e = authorize_error(&l->r->c, l->realm, l->client, l->tab, error,
                        description, &a);
    return e == AB_OK ? login_answer(l, &a) : e;
}


enum ab_err
login_expired_answer(struct login *l)
{
    return client_error(l, "temporarily_unavailable",
                        "authentication_expired");
}


const char *
login_restart_url(struct login *l)
{
    return flow_action_url(&l->r->c, l->realm, l->client, l->tab, "restart",
                           NULL, NULL);
}


enum ab_err
login_to_start(struct login *l)
{
    return reply_redirect(l->r, 302,
                          flow_action_url(&l->r->c, l->realm, l->client,
                                          l->tab, l->tab->flow_path, NULL,
                                          NULL));
}


enum ab_err
login_expired_page(struct login *l)
{
    autofree(json_unrefp) json_t  *data = NULL;
    const char                    *go_on, *again = login_restart_url(l);

    go_on = flow_action_url(&l->r->c, l->realm, l->client, l->tab,
                            l->tab->flow_path, NULL, l->tab->execution);
    data = json_pack("{s:s, s:s}", "continueUrl", go_on, "restartUrl",
                     again);
    return data == NULL ? ctx_nomem(&l->r->c)
                        : page_render(l->r, 200, "expired", data, l->realm,
                                      l->client);
}


/* ---- from a finished flow to the client --------------------------------- */

static void
log_login(struct login *l, const struct flow_result *res,
    const struct signed_in *s)
{
    metric_add(METRIC_LOGINS, 1);
    log_event(AB_LOG_INFO, "login", "srealm", l->realm->name, "sclient",
              l->client->client_id, "suser", res->user->id, "ssid", s->sid,
              "sidp", auth_note(l->tab->user_notes, "identity_provider"),
              "ssso", res->sso != NULL ? "true" : "false", NULL);
}


/* The cookies of a finished login. */
static enum ab_err
tell_browser(struct login *l, const struct flow_result *res,
    const struct signed_in *s, bool remember)
{
    struct req   *r = l->r;
    enum ab_err   e = AB_OK;

    if (res->sso == NULL) {
        e = browser_set_root(r, &l->b);
        browser_clear_restart(r, &l->b);
    }
    if (e == AB_OK && res->sso == NULL && l->realm->remember_me) {
        e = hint_set_username(r, l->realm, res->user, remember);
    }
    if (e == AB_OK) {
        e = browser_set_identity(r, &l->b, res->user, s, remember);
    }
    return e == AB_OK ? hint_set_locale(r, l->realm, res->user) : e;
}


/* A new session, or a client more on a live one; the browser learns it. The
 * root's secret changes, so what was known before the login is worth
 * nothing after it (T-SE3, T-SE15). */
static enum ab_err
sign_in(struct login *l, const struct flow_result *res)
{
    struct req              *r = l->r;
    struct authorize_answer  a = { 0 };
    struct signed_in         s;
    struct authorize_done    done = { 0 };
    enum ab_err              e;

    done.realm = l->realm;
    done.client = l->client;
    done.tab = l->tab;
    done.user = res->user;
    done.sso = res->sso;
    done.acr = res->acr;
    done.ip = r->ip;
    done.remember = res->sso != NULL ? res->sso->remember
        : auth_note(l->tab->auth_notes, "remember_me") != NULL;
    e = authorize_finish(&r->c, &done, &s, &a);
    if (e == AB_OK) {
        l->tab->is_done = true;
        e = auth_tab_save(&r->c, l->realm, l->tab, true);
    }
    if (e == AB_OK && res->sso == NULL) {
        e = auth_root_rekey(&r->c, &l->b.root);
    }
    if (e == AB_OK) {
        e = tell_browser(l, res, &s, done.remember);
    }
    if (e != AB_OK) {
        return e;
    }
    log_login(l, res, &s);
    return login_answer(l, &a);
}


/* "BASE/realms/R/broker/after-first-broker-login" and the login's names. */
static const char *
after_first_url(struct login *l)
{
    struct ctx     *c = &l->r->c;
    struct ab_buf   b;
    char            mem[AB_MAX_URI];

    ab_buf_init_fixed(&b, mem, sizeof(mem));
    ab_buf_add_str(&b, realm_issuer(c, l->realm));
    ab_buf_add_str(&b, "/broker/after-first-broker-login");
    ab_uri_add_param(&b, "session_code", ab_slice_str(l->tab->code));
    ab_uri_add_param(&b, "client_id", ab_slice_str(l->client->client_id));
    ab_uri_add_param(&b, "tab_id", ab_slice_str(l->tab->tab_id));
    ab_uri_add_param(&b, "client_data",
                     ab_slice_str(flow_client_data(c, l->tab)));
    return b.failed ? NULL : arena_dup(c->a, ab_buf_slice(&b));
}


/* The first-login flow is done: the login goes on at an address of its own
 * (broker.md 18.2). */
static enum ab_err
to_after_first(struct login *l, const struct flow_result *res)
{
    struct ctx       *c = &l->r->c;
    struct brokered   who;
    enum ab_err       e = broker_context_load(c, l->tab, &who);

    if (e == AB_OK) {
        e = auth_note_set(c, l->tab->auth_notes, NOTE_FIRST_OK, who.alias);
    }
    if (e == AB_OK) {
        l->tab->user_id = res->user->id;
        e = auth_tab_new_code(c, l->tab);
    }
    if (e == AB_OK) {
        e = auth_tab_save(c, l->realm, l->tab, true);
    }
    return e == AB_OK ? reply_redirect(l->r, 302, after_first_url(l)) : e;
}


static enum ab_err
error_page(struct login *l, const struct flow_result *res)
{
    enum ab_err  e = l->r->c.f.code;

    metric_add(METRIC_LOGIN_FAILURES, 1);
    log_fail("login_refused", &l->r->c.f, "srealm", l->realm->name,
             "sclient", l->client->client_id, NULL);
    if (res->page != NULL) {
        return page_render(l->r, ab_err_row(e)->status, res->page, res->data,
                           l->realm, l->client);
    }
    return page_error(l->r, l->realm, l->client, e, NULL,
                      login_restart_url(l));
}


enum ab_err
login_carry(struct login *l, const struct flow_result *res)
{
    switch (res->next) {
    case FLOW_PAGE:
        reply_set(l->r, "Cache-Control", CACHE_LOGIN);
        return page_render(l->r, 200, res->page, res->data, l->realm,
                           l->client);
    case FLOW_REDIRECT:
        return reply_redirect(l->r, 303, res->url);
    case FLOW_CLIENT_ERROR:
        return client_error(l, res->error, res->description);
    case FLOW_DONE:
        return strcmp(l->tab->flow_path, "first-broker-login") == 0
               && auth_note(l->tab->auth_notes, NOTE_FIRST_OK) == NULL
               ? to_after_first(l, res) : sign_in(l, res);
    case FLOW_ERROR:
    default:
        return error_page(l, res);
    }
}


enum ab_err
login_run(struct login *l, struct flow_input *in)
{
    struct flow_result  res = { .next = FLOW_ERROR };
    enum ab_err         e;

    in->realm = l->realm;
    in->client = l->client;
    in->tab = l->tab;
    in->sso = l->b.sso;
    in->sso_user = l->b.sso_user;
    e = flow_run(&l->r->c, in, &res);
    return e == AB_OK ? login_carry(l, &res) : e;
}


/* ---- finding it again --------------------------------------------------- */

/* The tab is gone, the browser has a KC_RESTART for this client: begin anew
 * and say that it took too long. */
static enum ab_err
restart(struct login *l)
{
    struct auth_tab  *tab = NULL;
    enum ab_err       e = restart_tab(l->r, &l->b, l->client, &tab);

    if (e != AB_OK || tab == NULL) {
        return e;
    }
    l->tab = tab;
    e = auth_note_set(&l->r->c, tab->auth_notes, "FORWARDED_MESSAGE",
                      "You took too long to sign in. Please start again.");
    if (e == AB_OK) {
        e = auth_tab_save(&l->r->c, l->realm, tab, false);
    }
    if (e == AB_OK) {
        e = login_to_start(l);
    }
    l->tab = NULL;
    return e;
}


/* Signed in already: the client hears so where client_data names an address
 * of its own, else a page says it. */
static enum ab_err
signed_in_already(struct login *l, const char *client_data)
{
    struct authorize_answer  a = { 0 };
    enum ab_err              e;

    if (client_data == NULL) {
        return ctx_fail(&l->r->c, AB_E_ALREADY_DONE, "no client_data");
    }
    e = authorize_error_data(&l->r->c, l->realm, l->client, client_data,
                             "temporarily_unavailable",
                             "authentication_expired", &a);
    return e == AB_OK ? login_answer(l, &a) : e;
}


static enum ab_err
no_tab(struct login *l, const char *client_data)
{
    enum ab_err  e = restart(l);

    if (e != AB_OK || l->r->reply.status != 0) {
        return e;
    }
    if (l->b.sso != NULL) {
        return signed_in_already(l, client_data);
    }
    return ctx_fail(&l->r->c, AB_E_COOKIE_MISSING, "no login session");
}


static enum ab_err
find_client(struct login *l, const char *client_id)
{
    enum ab_err  e;

    if (client_id == NULL) {
        return ctx_fail(&l->r->c, AB_E_BAD_REQUEST, "no client_id");
    }
    e = client_by_client_id(&l->r->c, l->realm, client_id, &l->client);
    if (e == AB_OK && !l->client->enabled) {
        return ctx_fail(&l->r->c, AB_E_CLIENT_DISABLED, "client %s",
                        client_id);
    }
    return e;
}


static enum ab_err
find_tab(struct login *l, const char *tab_id)
{
    struct auth_tab  *tab;
    size_t            i;
    enum ab_err       e;

    for (i = 0; i < l->b.n_roots && tab_id != NULL; i++) {
        e = auth_tab_load(&l->r->c, &l->b.roots[i], tab_id, &tab);
        if (e == AB_E_STORE_ABSENT) {
            fail_clear(&l->r->c.f);
            continue;
        }
        if (e != AB_OK) {
            return e;
        }
        if (strcmp(tab->client_uuid, l->client->id) == 0) {
            browser_use_root(&l->b, i);
            l->tab = tab;
            break;
        }
    }
    return AB_OK;
}


enum ab_err
login_load(struct login *l, const char *client_id, const char *tab_id,
    const char *client_data)
{
    enum ab_err  e;

    l->tab = NULL;
    e = find_client(l, client_id);
    if (e == AB_OK) {
        e = browser_load(l->r, l->realm, &l->b);
    }
    if (e == AB_OK) {
        e = find_tab(l, tab_id);
    }
    if (e != AB_OK) {
        return e;
    }
    return l->tab == NULL ? no_tab(l, client_data) : AB_OK;
}
