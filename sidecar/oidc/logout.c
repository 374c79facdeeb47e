/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * logout.c - what a logout request means (tokens.md 6.5, OpenID Connect
 * RP-Initiated Logout 1.0).
 *
 * A link on a foreign page must not end a session: without an ID token of
 * that very session the person is asked (threat T-LO4).
 */
#include "logout.h"

#include "ab_claims.h"
#include "ab_limits.h"
#include "ab_uri.h"
#include "model/act.h"
#include "model/doc.h"
#include "token/id_token.h"

#include <string.h>

#define ACT_HANDLE  "logout"

/* The request, typed. An empty value counts as absent. */
struct request {
    const char           *hint, *client_id, *landing, *state, *handle;
    const struct client  *client;
    const char           *hint_sid;
};


/* ---- handles ----------------------------------------------------------- */

enum ab_err
logout_handle_put(struct ctx *c, const char *sid, const char *landing,
    char ret_handle[44])
{
    json_t           *o = doc_own(c, json_pack("{s:s, s:s*}", "sid", sid,
                                               "landing", landing));
    struct ab_slice   text;
    enum ab_err       e = o == NULL ? AB_E_NOMEM : doc_text(c, o, &text);

    return e == AB_OK ? act_put(c, ACT_HANDLE, text, AB_HANDLE_TTL_S,
                                ret_handle) : e;
}


/* The session behind a handle, if it ended in this realm. *ret_found false:
 * unknown, used, run out, or another realm's. */
static enum ab_err
handle_take(struct ctx *c, const struct realm *realm, const char *handle,
    struct logout_plan *plan, bool *ret_found)
{
    struct session_x   x;
    struct ab_slice    text;
    const json_t      *doc;
    enum ab_err        e = act_take(c, ACT_HANDLE, handle, &text);

    *ret_found = false;
    if (e == AB_OK) {
        e = doc_parse_in(c, c->a, "logout handle", text, &doc);
    }
    if (e == AB_OK) {
        plan->handle_sid = doc_filled(doc, "sid");
        e = plan->handle_sid == NULL ? AB_E_STORE_ABSENT
            : session_x_load(c, plan->handle_sid, &x);
    }
    if (e == AB_OK) {
        plan->landing = doc_filled(doc, "landing");
        *ret_found = x.realm_id != NULL && strcmp(x.realm_id, realm->id) == 0;
    }
    return e == AB_E_STORE_ABSENT ? AB_OK : e;
}


/* The session behind it ended already, so there is nothing to ask; a handle
 * that is worth nothing leaves a live session to the question. */
static enum ab_err
plan_handle(struct ctx *c, const struct realm *realm,
    const struct request *r, const struct session *sso,
    struct logout_plan *ret_plan)
{
    struct logout_plan  plan = { .next = LOGOUT_HANDLE };
    bool                found;
    enum ab_err         e = handle_take(c, realm, r->handle, &plan, &found);

    if (e != AB_OK) {
        return e;
    }
    if (!found) {
        plan = (struct logout_plan) {
            .next = sso == NULL ? LOGOUT_LAND : LOGOUT_ASK
        };
    }
    *ret_plan = plan;
    return AB_OK;
}


/* ---- the request ------------------------------------------------------- */

static enum ab_err
take_param(struct ctx *c, const struct ab_param *params, size_t n,
    const char *name, const char **ret_text)
{
    const struct ab_param  *p;
    size_t                  count;

    p = ab_form_find(params, n, name, &count);
    if (count > 1) {
        return ctx_fail(c, AB_E_DUPLICATE, "%s", name);
    }
    if (p == NULL || p->value.len == 0 || p->value.len > AB_MAX_JWT) {
        return AB_OK;
    }
    *ret_text = arena_dup(c->a, p->value);
    return *ret_text == NULL ? ctx_nomem(c) : AB_OK;
}


static enum ab_err
take_params(struct ctx *c, const struct ab_param *params, size_t n,
    struct request *r)
{
    const struct {
        const char   *name;
        const char  **field;
    } list[] = {
        { "id_token_hint", &r->hint }, { "client_id", &r->client_id },
        { "post_logout_redirect_uri", &r->landing }, { "state", &r->state },
        { "ab_handle", &r->handle },
    };
    size_t       i;
    enum ab_err  e = AB_OK;

    for (i = 0; e == AB_OK && i < sizeof(list) / sizeof(list[0]); i++) {
        e = take_param(c, params, n, list[i].name, list[i].field);
    }
    return e;
}


static enum ab_err
bad_hint(struct ctx *c, const char *why)
{
    fail_clear(&c->f);
    return ctx_fail(c, AB_E_LOGOUT_HINT, "%s", why);
}


/* An ID token of ours, of any age; whose it is, is the client's name. */
static enum ab_err
read_hint(struct ctx *c, const struct realm *realm, struct request *r)
{
    const json_t  *claims;
    const char    *azp;
    enum ab_err    e = id_token_hint_read(c, realm, r->hint, &claims);

    if (e != AB_OK) {
        return ab_err_row(e)->status < 500 ? bad_hint(c, "id_token_hint") : e;
    }
    azp = doc_filled(claims, "azp");
    r->hint_sid = doc_filled(claims, "sid");
    if (azp == NULL || r->hint_sid == NULL
        || (r->client_id != NULL && strcmp(azp, r->client_id) != 0))
    {
        return bad_hint(c, "id_token_hint of another client");
    }
    e = client_by_client_id(c, realm, azp, &r->client);
    return e == AB_E_CLIENT_ABSENT ? bad_hint(c, "its client is gone") : e;
}


static enum ab_err
find_client(struct ctx *c, const struct realm *realm, struct request *r)
{
    enum ab_err  e = client_by_client_id(c, realm, r->client_id, &r->client);

    if (e == AB_E_CLIENT_ABSENT) {
        fail_clear(&c->f);
        r->client = NULL;
        return AB_OK;
    }
    return e;
}


/* Exactly a registered address, with the state appended. */
static enum ab_err
check_landing(struct ctx *c, struct request *r)
{
    struct ab_slice  uri = ab_slice_str(r->landing);
    size_t           cut = ab_slice_find(uri, '#');
    struct ab_buf    b;

    if (r->client == NULL
        || client_post_logout_ok(r->client, r->landing) != AB_OK)
    {
        return ctx_fail(c, AB_E_REDIRECT_URI, "post_logout_redirect_uri");
    }
    if (r->state == NULL) {
        return AB_OK;
    }
    ab_buf_init(&b, 4 * AB_MAX_URI);
    ab_buf_add(&b, ab_slice(uri.p, cut));
    ab_uri_add_param(&b, "state", ab_slice_str(r->state));
    ab_buf_add(&b, ab_slice(uri.p + cut, uri.len - cut));
    r->landing = b.failed ? NULL : arena_dup(c->a, ab_buf_slice(&b));
    ab_buf_clear(&b);
    return r->landing == NULL ? ctx_nomem(c) : AB_OK;
}


static enum ab_err
check_request(struct ctx *c, const struct realm *realm, struct request *r)
{
    enum ab_err  e = AB_OK;

    if (r->hint != NULL) {
        e = read_hint(c, realm, r);
    } else if (r->client_id != NULL) {
        e = find_client(c, realm, r);
    } else if (r->landing != NULL) {
        return bad_hint(c, "missing id_token_hint");
    }
    return e == AB_OK && r->landing != NULL ? check_landing(c, r) : e;
}


/* ---- the plan ---------------------------------------------------------- */

static enum logout_next
choose(const struct request *r, const struct session *sso)
{
    if (r->hint_sid != NULL) {
        return sso == NULL || strcmp(sso->sid, r->hint_sid) == 0
               ? LOGOUT_NOW : LOGOUT_ASK;
    }
    return sso == NULL && r->client != NULL && r->landing != NULL
           ? LOGOUT_LAND : LOGOUT_ASK;
}


enum ab_err
logout_plan(struct ctx *c, const struct realm *realm,
    const struct ab_param *params, size_t n, const struct session *sso,
    struct logout_plan *ret_plan)
{
    struct request  r = { 0 };
    enum ab_err     e = take_params(c, params, n, &r);

    if (e == AB_OK && r.handle != NULL) {
        return plan_handle(c, realm, &r, sso, ret_plan);
    }
    if (e == AB_OK) {
        e = check_request(c, realm, &r);
    }
    if (e != AB_OK) {
        return e;
    }
    *ret_plan = (struct logout_plan) {
        .next = choose(&r, sso), .sid = r.hint_sid, .landing = r.landing,
        .client = r.client
    };
    return AB_OK;
}
