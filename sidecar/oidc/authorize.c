/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * authorize.c - checks an authorization request in the reference's order.
 *
 * Until the redirect address is proven to be the client's, every fault ends
 * on a page; from then on it goes back to the client (RFC 6749 section
 * 4.1.2.1).
 */
#include "authorize.h"

#include "acr.h"
#include "oidc/claims.h"
#include "pkce.h"
#include "redirect_target.h"
#include "response.h"

#include <string.h>

/* A request half-way through the checks. */
struct check {
    struct ctx                *c;
    const struct realm        *realm;
    const struct client       *client;
    const struct auth_params  *p;
    const char                *redirect_uri;
    unsigned                   types;       /* RESPONSE_…; 0: unreadable */
    struct response_delivery   delivery;
    /* what goes back to the client */
    enum ab_err                err;
    const char                *error, *description;
};

#define TEXT_QUERY  "Response_mode 'query' not allowed for implicit or " \
                    "hybrid flow"
#define TEXT_JWT    "Response_mode 'query.jwt' is allowed only when the " \
                    "authorization response token is encrypted"
#define TEXT_FLOW   "Client is not allowed to initiate browser login with " \
                    "given response_type. %s flow is disabled for the client."


/* ---- checks that end on a page ----------------------------------------- */

static enum ab_err
check_client(struct check *k)
{
    struct ctx           *c = k->c;
    const struct client  *client;
    enum ab_err           e;

    if (k->p->has_client_id_twice || k->p->client_id == NULL
        || *k->p->client_id == '\0')
    {
        return ctx_fail(c, AB_E_AUTH_PARAM, "client_id missing or repeated");
    }
    if (!k->realm->enabled) {
        return ctx_fail(c, AB_E_REALM_DISABLED, "realm '%s'",
                        k->realm->name);
    }
    e = client_by_client_id(c, k->realm, k->p->client_id, &client);
    if (e != AB_OK) {
        return e;
    }
    k->client = client;
    if (!client->enabled) {
        return ctx_fail(c, AB_E_CLIENT_DISABLED, "client '%s'",
                        client->client_id);
    }
    if (client->bearer_only) {
        return ctx_fail(c, AB_E_CLIENT_BEARER, "client '%s'",
                        client->client_id);
    }
    if (client->protocol != NULL
        && strcmp(client->protocol, "openid-connect") != 0)
    {
        return ctx_fail(c, AB_E_CLIENT_PROTOCOL, "client '%s'",
                        client->client_id);
    }
    return AB_OK;
}


/* Request objects are not built: a request that brings one cannot be read
 * as its author meant it, so it is refused whatever is inside. */
static enum ab_err
check_shape(struct check *k)
{
    const struct auth_params  *p = k->p;
    const json_t              *values;
    int                        level = 0;
    size_t                     i;
    enum ab_err                e;

    if (p->is_max_age_bad) {
        return ctx_fail(k->c, AB_E_AUTH_PARAM, "max_age is no number");
    }
    if (p->request != NULL || p->request_uri != NULL) {
        return ctx_fail(k->c, AB_E_AUTH_PARAM, "request object");
    }
    if (auth_prompt_has(p, "create")) {
        return ctx_fail(k->c, AB_E_FLOW_UNSUPPORTED, "prompt=create");
    }
    e = acr_essential(k->c, p->claims, &values);
    for (i = 0; e == AB_OK && i < json_array_size(values); i++) {
        const char  *name = json_string_value(json_array_get(values, i));

        level = -1;
        if (name != NULL) {
            e = acr_level(k->c, k->realm, k->client, name, &level);
        }
        if (level >= 0) {
            return e;
        }
    }
    return e == AB_OK && level < 0
           ? ctx_fail(k->c, AB_E_AUTH_PARAM, "essential acr unknown") : e;
}


/* ---- checks that go back to the client --------------------------------- */

static void
tell(struct check *k, enum ab_err err, const char *error,
    const char *description)
{
    k->err = err;
    k->error = error;
    k->description = description;
}


static void
check_type(struct check *k)
{
    if (k->p->response_type == NULL) {
        tell(k, AB_E_BAD_REQUEST, "invalid_request",
             "Missing parameter: response_type");
    } else if (response_type_parse(k->p->response_type, &k->types) != AB_OK) {
        tell(k, AB_E_BAD_REQUEST, "unsupported_response_type", NULL);
    }
}


/* The mode is read even when the type is bad: the error goes back in it. */
static void
check_mode(struct check *k)
{
    const char  *mode = k->p->response_mode;
    bool         is_known;

    is_known = response_mode_parse(mode, k->types, &k->delivery) == AB_OK;
    if (!is_known) {
        (void) response_mode_parse(NULL, k->types, &k->delivery);
    }
    if (k->error != NULL) {
        return;
    }
    if (!is_known) {
        tell(k, AB_E_BAD_REQUEST, "invalid_request",
             "Invalid parameter: response_mode");
        return;
    }
    if (response_is_front(k->types) && k->delivery.mode == MODE_QUERY) {
        tell(k, AB_E_BAD_REQUEST, "invalid_request",
             k->delivery.is_jwt ? TEXT_JWT : TEXT_QUERY);
    }
}


static void
check_flow(struct check *k)
{
    bool         back = (k->types & (RESPONSE_CODE | RESPONSE_NONE)) != 0;
    const char  *off = NULL;

    if (back && !k->client->standard_flow) {
        off = "Standard";
    } else if (response_is_front(k->types) && !k->client->implicit_flow) {
        off = "Implicit";
    }
    if (off != NULL) {
        tell(k, AB_E_GRANT_CLIENT, "unauthorized_client",
             arena_printf(k->c->a, TEXT_FLOW, off));
    }
}


static void
check_pushed(struct check *k)
{
    if (client_attribute_true(k->client,
                              "require.pushed.authorization.requests"))
    {
        tell(k, AB_E_GRANT_CLIENT, "invalid_request",
             "Pushed Authorization Request is only allowed.");
    }
}


static void
check_duplicate(struct check *k)
{
    if (k->p->has_duplicate) {
        tell(k, AB_E_DUPLICATE, "invalid_request", "duplicated parameter");
    }
}


static void
check_scope(struct check *k)
{
    const char   *scope;
    enum ab_err   e = scope_grant(k->c, k->realm, k->client, k->p->scope,
                                  &scope);

    if (e == AB_E_INVALID_SCOPE) {
        fail_clear(&k->c->f);
        tell(k, e, "invalid_scope",
             arena_printf(k->c->a, "Invalid scopes: %s", k->p->scope));
    } else if (e != AB_OK) {
        tell(k, e, "server_error", NULL);
    }
}


static void
check_nonce(struct check *k)
{
    if ((k->types & RESPONSE_ID_TOKEN) != 0 && k->p->nonce == NULL) {
        tell(k, AB_E_BAD_REQUEST, "invalid_request",
             "Missing parameter: nonce");
    }
}


/* Pure implicit has no code that a challenge could protect. */
static void
check_pkce(struct check *k)
{
    const char  *fault = NULL;

    if ((k->types & (RESPONSE_CODE | RESPONSE_NONE)) != 0) {
        fault = pkce_request_fault(k->client, k->p->challenge,
                                   k->p->challenge_method);
    }
    if (fault != NULL) {
        tell(k, AB_E_BAD_REQUEST, "invalid_request", fault);
    }
}


/* Tokens through the browser are not built (and not advertised). */
static void
check_built(struct check *k)
{
    if (response_is_front(k->types)) {
        tell(k, AB_E_UNSUPPORTED, "unsupported_response_type", NULL);
    }
}


/* The first fault is the one that is told; the order is measured. */
static void (*const  checks[])(struct check *k) = {
    check_type, check_mode, check_flow, check_pushed, check_duplicate,
    check_scope, check_nonce, check_pkce, check_built,
};

#define CHECKS_N  (sizeof(checks) / sizeof(checks[0]))


static enum ab_err
answer(struct check *k, struct authorize_answer *ret_answer)
{
    struct response_member  m[] = {
        { "error", k->error }, { "error_description", k->description },
        { "state", k->p->state }, { "iss", NULL }
    };
    enum ab_err             e = k->err;

    if (!client_attribute_true(k->client, "exclude.issuer.from.auth.response"))
    {
        m[3].value = realm_issuer(k->c, k->realm);
    }
    ctx_fail(k->c, k->err, "%s: %.128s", k->error,
             k->description == NULL ? "" : k->description);
    if (ab_err_row(k->err)->status < 500 || k->err == AB_E_UNSUPPORTED) {
        (void) response_make(k->c, k->realm, k->client, k->redirect_uri,
                             k->delivery, m, 4, ret_answer);
    }
    return e;
}


enum ab_err
authorize_check(struct ctx *c, const struct realm *realm,
    const struct auth_params *p, const struct client **ret_client,
    struct authorize_answer *ret_answer)
{
    struct check  k = { .c = c, .realm = realm, .p = p };
    enum ab_err   e = check_client(&k);
    size_t        i;

    if (k.client != NULL) {
        *ret_client = k.client;
    }
    if (e == AB_OK) {
        e = check_shape(&k);
    }
    if (e == AB_OK) {
        e = redirect_target(c, k.client, p, &k.redirect_uri);
    }
    if (e != AB_OK) {
        return e;
    }
    for (i = 0; i < CHECKS_N; i++) {
        /* the second one also settles how the first one's fault travels */
        if (k.error == NULL || checks[i] == check_mode) {
            checks[i](&k);
        }
    }
    return k.error == NULL ? AB_OK : answer(&k, ret_answer);
}
