/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * login_actions.c - /realms/{realm}/login-actions/…: the pages of a login
 * and what they post (flows.md 6.3, 6.4).
 */
#include "endpoints.h"

#include "login.h"


static enum ab_err
load(struct login *l, struct req *r, const struct realm *realm)
{
    l->r = r;
    l->realm = realm;
    reply_set(r, "Cache-Control", CACHE_LOGIN);
    return login_load(l, req_query(r, "client_id"), req_query(r, "tab_id"),
                      req_query(r, "client_data"));
}


/* No session_code: somebody looks at the page (steps 6). */
static enum ab_err
view(struct login *l, const char *execution)
{
    struct flow_input  in = { 0 };

    if (execution != NULL && (l->tab->execution == NULL
                              || strcmp(execution, l->tab->execution) != 0))
    {
        return login_expired_page(l);
    }
    in.message = auth_note(l->tab->auth_notes, "FORWARDED_MESSAGE");
    return login_run(l, &in);
}


/* A session_code: it must be the tab's, once (step 7). */
static enum ab_err
act(struct login *l, const char *code, const char *execution)
{
    struct req         *r = l->r;
    struct flow_input   in = { 0 };
    enum ab_err         e = auth_tab_take_code(&r->c, l->tab, code);

    if (e == AB_E_PAGE_EXPIRED) {
        fail_clear(&r->c.f);
        return execution != NULL && l->tab->execution != NULL
               && strcmp(execution, l->tab->execution) == 0
               ? login_to_start(l) : login_expired_page(l);
    }
    if (e != AB_OK) {
        return e;
    }
    in.form = r->form;
    in.n_form = r->n_form;
    in.is_action = true;
    in.execution = execution;
    return login_run(l, &in);
}


static enum ab_err
step(struct req *r, const struct realm *realm, const char *path)
{
    struct login   l = { 0 };
    const char    *code = req_query(r, "session_code");
    const char    *execution = req_query(r, "execution");
    enum ab_err    e = load(&l, r, realm);

    if (e != AB_OK || l.tab == NULL) {
        return e;
    }
    if (l.tab->is_done) {
        return login_expired_answer(&l);
    }
    if (strcmp(l.tab->flow_path, path) != 0) {
        return login_expired_page(&l);
    }
    return code == NULL ? view(&l, execution) : act(&l, code, execution);
}


enum ab_err
authenticate_step(struct req *r, const struct realm *realm)
{
    return step(r, realm, "authenticate");
}


enum ab_err
first_broker_step(struct req *r, const struct realm *realm)
{
    return step(r, realm, "first-broker-login");
}


enum ab_err
restart_get(struct req *r, const struct realm *realm)
{
    struct login  l = { 0 };
    enum ab_err   e = load(&l, r, realm);

    if (e != AB_OK || l.tab == NULL) {
        return e;
    }
    if (l.tab->is_done) {
        return login_expired_answer(&l);
    }
    auth_tab_reset(l.tab);
    l.tab->flow_path = "authenticate";
    e = auth_tab_save(&r->c, realm, l.tab, true);
    return e == AB_OK ? login_to_start(&l) : e;
}
