/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * broker_endpoints.c - /realms/{realm}/broker/{alias}/…: to an identity
 * provider and back.
 */
#include "endpoints.h"

#include "base/log.h"
#include "broker/begin.h"
#include "broker/bound.h"
#include "broker/callback.h"
#include "broker/identity.h"
#include "login.h"
#include "page.h"


/* {"error":"Identity Provider [ALIAS] not found."} */
enum ab_err
reply_no_idp(struct req *r)
{
    const char  *text = arena_printf(r->c.a, "Identity Provider [%s] not "
                                     "found.", r->args[1]);

    fail_clear(&r->c.f);
    fail(&r->c.f, AB_E_IDP_ABSENT, "provider '%.64s'", r->args[1]);
    log_fail("web_refused", &r->c.f, NULL);
    return text == NULL ? ctx_nomem(&r->c) : reply_error(r, 404, text, NULL);
}


/* ---- /login ------------------------------------------------------------- */

static enum ab_err
send_upstream(struct login *l, const char *alias)
{
    struct req        *r = l->r;
    const struct idp  *idp;
    const char        *url;
    enum ab_err        e = idp_by_alias(&r->c, l->realm, alias, &idp);

    if (e == AB_E_IDP_ABSENT) {
        fail_clear(&r->c.f);
        e = ctx_fail(&r->c, AB_E_IDP_REFUSED, "no provider %s", alias);
    }
    if (e == AB_OK) {
        e = broker_begin(&r->c, l->realm, idp, l->client, l->tab,
                         req_query(r, "login_hint"), &url);
    }
    if (e != AB_OK) {
        reply_drop(r, "Cache-Control");
    }
    return e == AB_OK ? reply_redirect(r, 303, url) : e;
}


/* The link's code is not the one that counts: because the person went on to
 * a provider from there already, or because the page was drawn anew. */
static enum ab_err
link_is_old(struct login *l)
{
    fail_clear(&l->r->c.f);
    return auth_note(l->tab->client_notes, BROKER_NOTE_ALIAS) != NULL
           ? login_expired_page(l) : login_to_start(l);
}


enum ab_err
broker_login_any(struct req *r, const struct realm *realm)
{
    struct login   l = { .r = r, .realm = realm };
    const char    *code = req_query(r, "session_code");
    enum ab_err    e;

    if (strcmp(r->method, "POST") != 0) {
        reply_set(r, "Cache-Control", CACHE_NOCACHE);
    }
    if (code == NULL) {
        return ctx_fail(&r->c, AB_E_BAD_REQUEST, "no session_code");
    }
    e = login_load(&l, req_query(r, "client_id"), req_query(r, "tab_id"),
                   req_query(r, "client_data"));
    if (e != AB_OK || l.tab == NULL) {
        return e;
    }
    if (l.tab->is_done) {
        return login_expired_answer(&l);
    }
    e = auth_tab_take_code(&r->c, l.tab, code);
    if (e == AB_E_PAGE_EXPIRED) {
        return link_is_old(&l);
    }
    return e == AB_OK ? send_upstream(&l, r->args[1]) : e;
}


/* ---- /endpoint ---------------------------------------------------------- */

/* The provider vouched for a user: what every login asks for comes next. */
static enum ab_err
finish(struct login *l, const struct idp *idp, const struct brokered *who,
    const struct user *user)
{
    struct ctx          *c = &l->r->c;
    struct flow_result   res = { .next = FLOW_ERROR };
    struct flow_input    in = {
        .realm = l->realm, .client = l->client, .tab = l->tab,
        .sso = l->b.sso, .sso_user = l->b.sso_user
    };
    enum ab_err          e = broker_notes(c, l->tab, idp, who);

    if (e == AB_OK) {
        e = flow_finish(c, &in, user, &res);
    }
    return e == AB_OK ? login_carry(l, &res) : e;
}


/* Known: sign him in, or what still stands in the way. Unknown: the
 * first-login flow, at its own address. */
static enum ab_err
identified(struct login *l, const struct idp *idp, struct brokered *who)
{
    const struct user  *user = NULL;
    enum ab_err         e = broker_identify(&l->r->c, l->realm, idp, l->tab,
                                            who, &user);

    if (e != AB_OK) {
        return e;
    }
    return user == NULL ? login_to_start(l) : finish(l, idp, who, user);
}


static enum ab_err
answered(struct login *l, const struct idp *idp)
{
    struct req            *r = l->r;
    struct broker_answer   answer = { 0 };
    struct flow_input      in = { 0 };
    struct flow_result     res = { .next = FLOW_CLIENT_ERROR };
    enum ab_err            e;

    e = broker_callback(&r->c, l->realm, idp, l->client, l->tab, r->query,
                        r->n_query, &answer);
    if (e != AB_OK) {
        return e;
    }
    switch (answer.next) {
    case BROKER_IDENTITY:
        return identified(l, idp, &answer.who);
    case BROKER_RETRY:
        return reply_redirect(r, 303, answer.url);
    case BROKER_CLIENT_ERROR:
        res.error = answer.error;
        return login_carry(l, &res);
    case BROKER_FORM:
    default:
        in.message = answer.message;
        return login_run(l, &in);
    }
}


/* The login a state belongs to; its code is taken once. */
static enum ab_err
take_state(struct login *l, const char *text)
{
    struct req           *r = l->r;
    struct broker_state   state = { 0 };
    enum ab_err           e;

    if (text == NULL || *text == '\0') {
        return ctx_fail(&r->c, AB_E_IDP_STATE, "callback without state");
    }
    e = broker_state_parse(&r->c, l->realm, text, &state);
    if (e == AB_OK) {
        e = login_load(l, state.client->client_id, state.tab_id,
                       state.client_data);
    }
    if (e != AB_OK || l->tab == NULL) {
        return e;
    }
    if (l->tab->is_done) {
        e = login_expired_answer(l);
        l->tab = NULL;
        return e;
    }
    return auth_tab_take_code(&r->c, l->tab, state.code);
}


/* A fault after the login was found: the person may start again there. */
static enum ab_err
fault_page(struct login *l, enum ab_err e)
{
    if (l->tab == NULL || l->client == NULL) {
        return e;
    }
    l->r->c.f.code = e;
    log_fail("broker_refused", &l->r->c.f, "srealm", l->realm->name,
             "sidp", l->r->args[1], NULL);
    return page_error(l->r, l->realm, l->client, e, NULL,
                      login_restart_url(l));
}


enum ab_err
broker_endpoint_get(struct req *r, const struct realm *realm)
{
    struct login        l = { .r = r, .realm = realm };
    const struct idp   *idp;
    enum ab_err         e = idp_by_alias(&r->c, realm, r->args[1], &idp);

    if (e == AB_E_IDP_ABSENT || (e == AB_OK && !idp->enabled)) {
        return reply_no_idp(r);
    }
    if (e == AB_OK) {
        e = take_state(&l, req_query(r, "state"));
    }
    if (e == AB_E_PAGE_EXPIRED && l.tab != NULL) {
        fail_clear(&r->c.f);
        return strcmp(l.tab->flow_path, "authenticate") == 0
               ? login_expired_page(&l) : login_to_start(&l);
    }
    if (e == AB_OK && l.tab == NULL) {
        return AB_OK;
    }
    if (e == AB_OK) {
        e = answered(&l, idp);
    }
    return e == AB_OK ? AB_OK : fault_page(&l, e);
}


/* ---- /after-first-broker-login ------------------------------------------ */

/* The identity that went through the first-login flow, and its user. */
static enum ab_err
load_first(struct login *l, struct brokered *ret_who,
    const struct idp **ret_idp, const struct user **ret_user)
{
    struct ctx       *c = &l->r->c;
    struct auth_tab  *tab = l->tab;
    enum ab_err       e = broker_context_load(c, tab, ret_who);

    if (e != AB_OK || tab->user_id == NULL
        || auth_note(tab->auth_notes, "FIRST_BROKER_LOGIN_SUCCESS") == NULL)
    {
        fail_clear(&c->f);
        return ctx_fail(c, AB_E_BAD_REQUEST, "no first login is done");
    }
    e = idp_by_alias(c, l->realm, ret_who->alias, ret_idp);
    return e == AB_OK ? user_by_id(c, l->realm, tab->user_id, ret_user) : e;
}


enum ab_err
after_first_broker_get(struct req *r, const struct realm *realm)
{
    struct login          l = { .r = r, .realm = realm };
    struct brokered       who;
    const struct user    *user;
    const struct idp     *idp;
    enum ab_err           e;

    e = login_load(&l, req_query(r, "client_id"), req_query(r, "tab_id"),
                   req_query(r, "client_data"));
    if (e != AB_OK || l.tab == NULL) {
        return e;
    }
    if (l.tab->is_done) {
        return login_expired_answer(&l);
    }
    e = load_first(&l, &who, &idp, &user);
    if (e != AB_OK) {
        return e;
    }
    reply_set(r, "Cache-Control", CACHE_NOCACHE);
    return finish(&l, idp, &who, user);
}
