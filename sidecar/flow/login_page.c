/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * login_page.c - data of the page with user name and password.
 */
#include "login_page.h"

#include "broker/begin.h"
#include "model/doc.h"

#include <string.h>

/* Once the user is known only the providers he is linked to may prove it
 * (broker.md 6.1). */
static bool
is_offered(const struct flow_step *s, const struct idp *idp)
{
    const char  *alias;
    size_t       i;

    if (s->user == NULL) {
        return true;
    }
    for (i = 0; i < json_array_size(s->user->links); i++) {
        alias = doc_str(json_array_get(s->user->links, i),
                        "identityProvider");
        if (alias != NULL && strcmp(alias, idp->alias) == 0) {
            return true;
        }
    }
    return false;
}


static bool
add_provider(struct flow_step *s, const struct idp *idp, json_t *list)
{
    const struct flow_input  *in = s->in;
    const char  *url = broker_login_url(s->c, in->realm, idp, in->client,
                                        in->tab);

    return url != NULL
           && json_array_append_new(list,
                  json_pack("{s:s, s:s, s:s, s:s}", "alias", idp->alias,
                            "displayName", idp->display_name,
                            "providerId", idp->provider_id,
                            "loginUrl", url)) == 0;
}


static enum ab_err
put_providers(struct flow_step *s, json_t *data)
{
    const struct idp_list  *shown;
    json_t                 *list = json_array();
    size_t                  i;
    enum ab_err             e;

    if (json_object_set_new(data, "providers", list) != 0) {
        return ctx_nomem(s->c);
    }
    e = idp_shown(s->c, s->in->realm, &shown);
    for (i = 0; e == AB_OK && i < shown->n; i++) {
        if (is_offered(s, shown->v[i])
            && !add_provider(s, shown->v[i], list))
        {
            e = ctx_nomem(s->c);
        }
    }
    if (e == AB_OK && json_array_size(list) > 0
        && json_object_set_new(data, "hasProviders", json_true()) != 0)
    {
        e = ctx_nomem(s->c);
    }
    return e;
}


static const char *
username_label(const struct realm *realm)
{
    if (realm->email_as_username) {
        return "Email";
    }
    return realm->login_with_email ? "Username or email" : "Username";
}


static bool
put_text(json_t *data, const char *name, const char *text)
{
    return text == NULL || doc_put(data, name, text);
}


static bool
put_message(json_t *data, const struct login_page *page)
{
    return page->message == NULL
           || json_object_set_new(data, "message",
                  json_pack("{s:s, s:s}",
                            "type", page->is_info ? "info" : "error",
                            "text", page->message)) == 0;
}


/* The tick is offered where the realm allows it, not when signing in again:
 * the session and its kind are there already. */
static bool
put_remember(const struct flow_step *s, json_t *data,
    const struct login_page *page)
{
    json_t  *o;

    if (!s->in->realm->remember_me || s->user != NULL) {
        return true;
    }
    o = json_pack("{s:b}", "shown", 1);
    return json_object_set_new(data, "rememberMe", o) == 0
           && (!page->remember_checked
               || json_object_set_new(o, "checked", json_true()) == 0);
}


static bool
put_fixed_user(struct flow_step *s, json_t *data)
{
    return s->user == NULL
           || (doc_put(data, "username", s->user->username)
               && json_object_set_new(data, "usernameHidden", json_true())
                  == 0);
}


static json_t *
page_data(struct flow_step *s, const struct login_page *page)
{
    const struct flow_input  *in = s->in;
    json_t      *data = doc_own(s->c, json_object());
    const char  *action = flow_action_url(s->c, in->realm, in->client,
                                          in->tab, in->tab->flow_path,
                                          in->tab->code, s->execution->id);

    if (data == NULL || action == NULL
        || !doc_put(data, "realm", in->realm->display_name)
        || !doc_put(data, "loginAction", action)
        || !doc_put(data, "usernameLabel", username_label(in->realm))
        || !put_text(data, "username", page->username)
        || !put_text(data, "usernameError", page->username_error)
        || !put_text(data, "passwordError", page->password_error)
        || !put_message(data, page)
        || !put_remember(s, data, page)
        || !put_fixed_user(s, data))
    {
        return NULL;
    }
    return data;
}


enum exec_state
login_page_show(struct flow_step *s, const struct login_page *page)
{
    json_t       *data;
    enum ab_err   e = auth_tab_new_code(s->c, s->in->tab);

    if (e != AB_OK) {
        return flow_step_fail(s, e);
    }
    data = page_data(s, page);
    e = data == NULL ? ctx_nomem(s->c) : put_providers(s, data);
    if (e != AB_OK) {
        return flow_step_fail(s, e);
    }
    s->out->next = FLOW_PAGE;
    s->out->page = "login";
    s->out->data = data;
    s->has_out = true;
    return EXEC_CHALLENGED;
}
