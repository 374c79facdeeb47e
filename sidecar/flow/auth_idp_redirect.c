/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * auth_idp_redirect.c - the step that sends the browser on to an identity
 * provider: the hinted one, else the realm's default.
 */
#include "auth_steps.h"

#include "ab_limits.h"
#include "ab_uri.h"
#include "broker/begin.h"

/*
 * Which alias, by broker.md 6.2; NULL: the step does not apply. A hint in
 * any form, also an empty or an unknown one, puts the default out of force.
 * With an error on its way to the form the default would loop.
 */
static const char *
wanted_alias(const struct flow_step *s)
{
    const char  *hint = s->in->idp_hint;

    if (hint != NULL) {
        return *hint == '\0' ? NULL : hint;
    }
    return s->in->message != NULL ? NULL
                                  : flow_step_config(s, "defaultProvider");
}


/* With prompt=none only providers that answer such a request without asking
 * may be used; the note tells the callback where errors go. */
static bool
is_passed_on(struct flow_step *s, const struct idp *idp)
{
    if (!s->in->is_passive) {
        return true;
    }
    return idp_config_true(idp, "acceptsPromptNoneForwardFromClient")
           && auth_note_set(s->c, s->in->tab->auth_notes,
                            "FORWARDED_PASSIVE_LOGIN", "true") == AB_OK;
}


static const char *
redirect_url(struct flow_step *s, const struct idp *idp)
{
    const struct flow_input  *in = s->in;
    const char               *hint = auth_note(in->tab->client_notes,
                                               "login_hint");
    const char               *url;
    struct ab_buf             b;

    if (auth_tab_new_code(s->c, in->tab) != AB_OK) {
        return NULL;
    }
    url = broker_login_url(s->c, in->realm, idp, in->client, in->tab);
    if (url == NULL || hint == NULL) {
        return url;
    }
    ab_buf_init(&b, 4 * AB_MAX_URI);
    ab_buf_add_str(&b, url);
    ab_uri_add_param(&b, "login_hint", ab_slice_str(hint));
    url = b.failed ? NULL : arena_dup(s->c->a, ab_buf_slice(&b));
    ab_buf_clear(&b);
    return url;
}


enum exec_state
auth_idp_redirect_run(struct flow_step *s)
{
    const char        *alias = wanted_alias(s);
    const struct idp  *idp;
    enum ab_err        e;

    if (alias == NULL) {
        return EXEC_ATTEMPTED;
    }
    e = idp_by_alias(s->c, s->in->realm, alias, &idp);
    if (e == AB_E_IDP_ABSENT) {
        fail_clear(&s->c->f);
        return EXEC_ATTEMPTED;
    }
    if (e != AB_OK) {
        return flow_step_fail(s, e);
    }
    if (!idp->enabled || !is_passed_on(s, idp)) {
        return EXEC_ATTEMPTED;
    }
    s->out->url = redirect_url(s, idp);
    if (s->out->url == NULL) {
        return flow_step_fail(s, ctx_nomem(s->c));
    }
    s->out->next = FLOW_REDIRECT;
    s->has_out = true;
    return EXEC_CHALLENGED;
}
