/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * callback.c - what a provider's answer means (broker.md section 11).
 */
#include "callback.h"

#include "begin.h"
#include "bound.h"
#include "broker_url.h"
#include "bulkhead.h"
#include "comma_list.h"

#include "ab_limits.h"
#include "base/clock.h"

#define RETRIES_MAX  3      /* fresh requests for a provider that asks so */

/* One callback being read. */
struct callback {
    struct ctx             *c;
    const struct realm     *realm;
    const struct idp       *idp;
    const struct client    *client;
    struct auth_tab        *tab;
    const struct ab_param  *params;
    size_t                  n_params;
    struct ab_slice         error, description;
    struct broker_answer   *out;
};

static enum ab_err check_provider(struct callback *cb);
static enum ab_err check_params(struct callback *cb);
static enum ab_err check_issuer_of_error(struct callback *cb);
static struct ab_slice param(const struct callback *cb, const char *name);
static enum ab_err on_error(struct callback *cb);
static enum ab_err form_denied(struct callback *cb);
static enum ab_err client_error(struct callback *cb);
static enum ab_err retry(struct callback *cb);
static enum ab_err form_unexpected(struct callback *cb);
static enum ab_err finish(struct callback *cb);
static enum ab_err guarded(struct callback *cb,
    const struct provider_ops *ops, struct provider_state *st,
    const struct provider_finish *in);

/* Parameters of which there may be one only (T-LG10). */
static const char *const  once[] = {
    "state", "code", "error", "error_description", "iss",
};

/*
 * Rows of section 11 for `error`, first fit; description NULL: any.
 */
static const struct {
    const char   *error;
    const char   *description;
    enum ab_err (*run)(struct callback *cb);
} errors[] = {
    { "access_denied",           NULL,                     form_denied },
    { "login_required",          NULL,                     client_error },
    { "interaction_required",    NULL,                     client_error },
    { "temporarily_unavailable", "authentication_expired", retry },
};


enum ab_err
broker_callback(struct ctx *c, const struct realm *realm,
    const struct idp *idp, const struct client *client,
    struct auth_tab *tab, const struct ab_param *params, size_t n_params,
    struct broker_answer *ret_answer)
{
    struct broker_answer  answer = { .next = BROKER_FORM };
    struct callback       cb = {
        .c = c, .realm = realm, .idp = idp, .client = client, .tab = tab,
        .params = params, .n_params = n_params, .out = &answer,
    };
    enum ab_err           err = check_provider(&cb);

    if (err == AB_OK) {
        err = check_params(&cb);
    }
    if (err != AB_OK) {
        return err;
    }
    err = cb.error.len > 0 ? on_error(&cb) : finish(&cb);
    if (err == AB_OK) {
        *ret_answer = answer;
    }
    return err;
}


/* Asked again here, as both may have changed while the person was away
 * (T-BR4, T-BR5). */
static enum ab_err
check_provider(struct callback *cb)
{
    const json_t  *notes = cb->tab->client_notes;
    const char    *alias = auth_note(notes, BROKER_NOTE_ALIAS);
    const char    *id = auth_note(notes, BROKER_NOTE_IDP);

    if (!cb->idp->enabled) {
        return ctx_fail(cb->c, AB_E_IDP_ABSENT, "'%.64s' is disabled",
                        cb->idp->alias);
    }
    if (cb->idp->link_only) {
        return ctx_fail(cb->c, AB_E_IDP_LINK_ONLY, "'%.64s'",
                        cb->idp->alias);
    }
    if (alias == NULL || strcmp(alias, cb->idp->alias) != 0
        || id == NULL || strcmp(id, cb->idp->id) != 0)
    {
        return ctx_fail(cb->c, AB_E_IDP_STATE, "state of another provider "
                        "came to '%.64s'", cb->idp->alias);
    }
    return AB_OK;
}


static enum ab_err
check_params(struct callback *cb)
{
    size_t  i, count;

    for (i = 0; i < sizeof(once) / sizeof(once[0]); i++) {
        (void) ab_form_find(cb->params, cb->n_params, once[i], &count);
        if (count > 1) {
            return ctx_fail(cb->c, AB_E_DUPLICATE, "callback with two '%s'",
                            once[i]);
        }
    }
    cb->error = param(cb, "error");
    cb->description = param(cb, "error_description");
    if (cb->error.len == 0 && param(cb, "code").len == 0) {
        return ctx_fail(cb->c, AB_E_IDP_PARAMS, "neither code nor error");
    }
    return AB_OK;
}


static struct ab_slice
param(const struct callback *cb, const char *name)
{
    const struct ab_param  *p = ab_form_find(cb->params, cb->n_params, name,
                                             NULL);

    return p == NULL ? ab_slice(NULL, 0) : p->value;
}


static enum ab_err
on_error(struct callback *cb)
{
    enum ab_err  err = check_issuer_of_error(cb);
    size_t       i;

    if (err != AB_OK) {
        return err;
    }
    for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        if (ab_slice_eq_str(cb->error, errors[i].error)
            && (errors[i].description == NULL
                || ab_slice_eq_str(cb->description, errors[i].description)))
        {
            return errors[i].run(cb);
        }
    }
    return form_unexpected(cb);
}


/* RFC 9207 section 2.4 holds for errors too; the settings' list is enough
 * here, nothing is sent anywhere. */
static enum ab_err
check_issuer_of_error(struct callback *cb)
{
    const char       *list = idp_config(cb->idp, "issuer");
    struct ab_slice   iss = param(cb, "iss");
    struct ab_slice   rest = ab_slice_str(list), piece;

    if (iss.len == 0 || list == NULL) {
        return AB_OK;
    }
    while (comma_list_next(&rest, &piece)) {
        if (ab_slice_eq(piece, iss)) {
            return AB_OK;
        }
    }
    return ctx_fail(cb->c, AB_E_IDP_ISSUER, "iss parameter of another "
                    "issuer");
}


static enum ab_err
form_denied(struct callback *cb)
{
    cb->out->next = BROKER_FORM;
    cb->out->error = "access_denied";
    cb->out->message = arena_printf(cb->c->a, "You did not let %s sign you "
                                    "in.", cb->idp->display_name);
    return cb->out->message == NULL ? ctx_nomem(cb->c) : AB_OK;
}


/* Whatever the client's prompt was, and without the description. */
static enum ab_err
client_error(struct callback *cb)
{
    cb->out->next = BROKER_CLIENT_ERROR;
    cb->out->error = arena_dup(cb->c->a, cb->error);
    return cb->out->error == NULL ? ctx_nomem(cb->c) : AB_OK;
}


/* The provider's own login ran out. Counted, or a provider that always says
 * so would keep the browser going round. */
static enum ab_err
retry(struct callback *cb)
{
    json_t       *notes = cb->tab->client_notes;
    const char   *so_far = auth_note(notes, BROKER_NOTE_RETRIES);
    int           n = so_far == NULL ? 0 : so_far[0] - '0';
    char          text[2] = { (char) ('1' + n), '\0' };
    enum ab_err   err;

    if (n >= RETRIES_MAX) {
        return form_unexpected(cb);
    }
    err = auth_note_set(cb->c, notes, BROKER_NOTE_RETRIES, text);
    if (err == AB_OK) {
        err = broker_begin(cb->c, cb->realm, cb->idp, cb->client, cb->tab,
                           NULL, &cb->out->url);
    }
    cb->out->next = BROKER_RETRY;
    return err;
}


static enum ab_err
form_unexpected(struct callback *cb)
{
    cb->out->next = BROKER_FORM;
    cb->out->error = arena_dup(cb->c->a, cb->error);
    cb->out->message = "Unexpected error when authenticating with identity "
                       "provider";
    return cb->out->error == NULL ? ctx_nomem(cb->c) : AB_OK;
}


/* All calls of this login share one time limit. */
static enum ab_err
finish(struct callback *cb)
{
    const struct provider_ops  *ops = provider_find(cb->idp->provider_id);
    struct provider_state      *st;
    struct provider_finish      in = {
        .realm = cb->realm, .idp = cb->idp, .tab = cb->tab,
        .redirect_uri = broker_url(cb->c, cb->realm, cb->idp, "/endpoint"),
        .params = cb->params, .n_params = cb->n_params,
    };
    int64_t      kept = cb->c->deadline_ms;
    int64_t      limit = clock_mono_ms() + AB_IDP_TIMEOUT_MS;
    enum ab_err  err;

    if (ops == NULL) {
        return ctx_fail(cb->c, AB_E_IDP_REFUSED, "'%.64s' is of a kind that "
                        "is not built", cb->idp->alias);
    }
    st = provider_state_get(cb->c, cb->realm, cb->idp);
    if (st == NULL || in.redirect_uri == NULL) {
        return ctx_nomem(cb->c);
    }
    cb->out->next = BROKER_IDENTITY;
    cb->c->deadline_ms = kept < limit ? kept : limit;
    err = guarded(cb, ops, st, &in);
    cb->c->deadline_ms = kept;
    return err;
}


static enum ab_err
guarded(struct callback *cb, const struct provider_ops *ops,
    struct provider_state *st, const struct provider_finish *in)
{
    enum ab_err  err = bulkhead_enter(cb->c, st);

    if (err != AB_OK) {
        return err;
    }
    err = breaker_enter(cb->c, st);
    if (err == AB_OK) {
        err = ops->finish(cb->c, in, &cb->out->who);
        breaker_leave(st, err);
    }
    bulkhead_leave(st);
    return err;
}
