/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * auth_password.c - the step with user name and password.
 *
 * An unknown name and a wrong password give one answer in one time.
 */
#include "auth_steps.h"

#include "login_page.h"
#include "model/credential.h"

#include <string.h>

/* What was posted. A field sent twice counts as not sent (T-LG10). */
struct posted {
    const char       *username;     /* trimmed, in c; "" when absent */
    struct ab_slice   password;
    bool              remember;
};


static struct ab_slice
trim(struct ab_slice s)
{
    while (s.len > 0 && (unsigned char) s.p[0] <= ' ') {
        s.p++;
        s.len--;
    }
    while (s.len > 0 && (unsigned char) s.p[s.len - 1] <= ' ') {
        s.len--;
    }
    return s;
}


static bool
read_form(struct flow_step *s, struct posted *p)
{
    const struct ab_param  *name, *password;

    name = ab_form_find(s->in->form, s->in->n_form, "username", NULL);
    password = ab_form_find(s->in->form, s->in->n_form, "password", NULL);
    p->username = arena_dup(s->c->a, name == NULL ? ab_slice(NULL, 0)
                                                  : trim(name->value));
    p->password = password == NULL ? ab_slice(NULL, 0) : password->value;
    p->remember = s->in->realm->remember_me
                  && ab_form_find(s->in->form, s->in->n_form, "rememberMe",
                                  NULL) != NULL;
    return p->username != NULL;
}


/* Fill in: the client's hint, else the name this browser remembers. */
static enum exec_state
first_page(struct flow_step *s)
{
    const struct auth_tab  *tab = s->in->tab;
    struct login_page       page = { .message = s->in->message };

    page.username = auth_note(tab->client_notes, "login_hint");
    if (page.username == NULL && s->in->realm->remember_me) {
        page.username = s->in->remember;
        page.remember_checked = page.username != NULL;
    }
    if (s->user != NULL && page.message == NULL) {
        page.message = "Please sign in again to continue.";
        page.is_info = true;
    }
    return login_page_show(s, &page);
}


/* The form again. A fixed name is right by itself: then the password is
 * what is marked. */
static enum exec_state
wrong_page(struct flow_step *s, const struct posted *p)
{
    const char         *text = ab_err_row(AB_E_CREDENTIALS)->text;
    struct login_page   page = {
        .username = p->username, .remember_checked = p->remember
    };

    if (s->user != NULL) {
        page.password_error = text;
    } else {
        page.username_error = text;
    }
    return login_page_show(s, &page);
}


static enum exec_state
disabled_page(struct flow_step *s, const struct posted *p)
{
    struct login_page  page = {
        .username = p->username, .remember_checked = p->remember,
        .message = ab_err_row(AB_E_USER_DISABLED)->text
    };

    return login_page_show(s, &page);
}


/* Who is meant: the fixed user, else the one of that name, else nobody. */
static enum ab_err
find_user(struct flow_step *s, const struct posted *p,
    const struct user **ret_user)
{
    enum ab_err  e;

    *ret_user = s->user;
    if (s->user != NULL || *p->username == '\0') {
        return AB_OK;
    }
    e = user_by_login(s->c, s->in->realm, p->username, ret_user);
    if (e == AB_E_USER_ABSENT) {
        fail_clear(&s->c->f);
        *ret_user = NULL;
        return AB_OK;
    }
    return e;
}


static enum exec_state
accept_user(struct flow_step *s, const struct posted *p,
    const struct user *user)
{
    json_t  *notes = s->in->tab->auth_notes;

    flow_step_set_user(s, user);
    if (auth_note_set(s->c, notes, "PASSWORD_VALIDATED", "true") != AB_OK
        || auth_note_set(s->c, notes, "credentials_used", "password") != AB_OK
        || auth_note_set(s->c, notes, "remember_me",
                         p->remember ? "true" : NULL) != AB_OK)
    {
        return flow_step_fail(s, s->c->f.code);
    }
    return EXEC_SUCCESS;
}


static enum exec_state
check_form(struct flow_step *s, const struct posted *p)
{
    const struct user  *user;
    enum ab_err         e = find_user(s, p, &user);

    if (e == AB_OK && *p->username != '\0') {
        e = auth_note_set(s->c, s->in->tab->auth_notes, "ATTEMPTED_USERNAME",
                          p->username);
    }
    if (e != AB_OK) {
        return flow_step_fail(s, e);
    }
    if (p->password.len == 0) {
        return wrong_page(s, p);        /* the same for every name */
    }
    e = credential_check(s->c, s->in->realm, user, p->password);
    if (e == AB_E_CREDENTIALS || (e == AB_OK && user == NULL)) {
        fail_clear(&s->c->f);
        return wrong_page(s, p);
    }
    if (e != AB_OK) {
        return flow_step_fail(s, e);
    }
    return user->enabled ? accept_user(s, p, user) : disabled_page(s, p);
}


enum exec_state
auth_password_run(struct flow_step *s)
{
    struct posted  p;

    if (!s->is_answer) {
        return first_page(s);
    }
    if (ab_form_find(s->in->form, s->in->n_form, "cancel", NULL) != NULL) {
        s->out->next = FLOW_CLIENT_ERROR;
        s->out->error = "access_denied";
        s->has_out = true;
        return EXEC_FAILED;
    }
    if (!read_form(s, &p)) {
        return flow_step_fail(s, ctx_nomem(s->c));
    }
    return check_form(s, &p);
}
