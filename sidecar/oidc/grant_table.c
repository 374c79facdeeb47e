/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * grant_table.c - the token endpoint: common checks in the measured order,
 * then the row of the grant.
 */
#include "grant_int.h"

#include "ab_limits.h"
#include "model/doc.h"
#include "oidc/claims.h"

#include <string.h>

/* grant_type, function */
static const struct {
    const char    *name;
    enum ab_err  (*run)(struct grant *g);
} table[] = {
    { "authorization_code", grant_code },
    { "refresh_token", grant_refresh },
    { "password", grant_password },
    { "client_credentials", grant_client },
};

#define TABLE_N  (sizeof(table) / sizeof(table[0]))


/* ---- what the grants share --------------------------------------------- */

/* The first of that name: a repeated one is refused as such, but only after
 * the client proved who it is. */
static const struct ab_param *
first_param(const struct token_request *in, const char *name)
{
    size_t  i;

    for (i = 0; i < in->n_form; i++) {
        if (ab_slice_eq_str(in->form[i].name, name)) {
            return &in->form[i];
        }
    }
    return NULL;
}


const char *
grant_param(const struct grant *g, const char *name)
{
    const struct ab_param  *p = first_param(g->in, name);
    char                   *text;

    if (p == NULL) {
        return NULL;
    }
    text = arena_dup(g->c->a, p->value);
    if (text == NULL) {
        ctx_nomem(g->c);
    }
    return text;
}


enum ab_err
grant_refuse(struct token_answer *out, struct ctx *c, int status,
    const char *error, const char *description, enum ab_err reason)
{
    json_t  *body = doc_own(c, json_pack("{s:s, s:s*}", "error", error,
                                         "error_description", description));

    if (body == NULL) {
        return AB_E_NOMEM;
    }
    out->status = status;
    out->body = body;
    out->reason = ab_err_reason(reason);
    return AB_OK;
}


enum ab_err
grant_invalid(const struct grant *g, const char *description,
    enum ab_err reason)
{
    return grant_refuse(g->out, g->c, 400, "invalid_grant", description,
                        reason);
}


const char *
grant_scope_param(const struct grant *g)
{
    const char  *scope = grant_param(g, "scope");

    return scope != NULL && strlen(scope) > AB_MAX_PARAM ? NULL : scope;
}


enum ab_err
grant_scope(const struct grant *g, const char *asked, const char **ret_scope)
{
    const char   *text;
    enum ab_err   e = scope_grant(g->c, g->in->realm, g->client, asked,
                                  ret_scope);

    if (e != AB_E_INVALID_SCOPE) {
        return e;
    }
    fail_clear(&g->c->f);
    *ret_scope = NULL;
    text = arena_printf(g->c->a, "Invalid scopes: %s", asked);
    return text == NULL ? ctx_nomem(g->c)
                        : grant_refuse(g->out, g->c, 400, "invalid_scope",
                                       text, AB_E_INVALID_SCOPE);
}


/* ---- common checks ----------------------------------------------------- */

/* The own origin passes, without headers: no browser asks for them there. */
static enum ab_err
check_origin(struct grant *g)
{
    const char  *origin = g->in->origin;

    if (origin == NULL || strcmp(origin, g->c->base) == 0) {
        return AB_OK;
    }
    if (*origin == '\0' || !client_origin_ok(g->client, origin)) {
        return grant_refuse(g->out, g->c, 403, "Invalid origin", NULL,
                            AB_E_ORIGIN);
    }
    g->out->allow_origin = origin;
    return AB_OK;
}


static bool
has_duplicate(const struct token_request *in)
{
    size_t  i, j;

    for (i = 0; i < in->n_form; i++) {
        for (j = 0; j < i; j++) {
            if (ab_slice_eq(in->form[i].name, in->form[j].name)) {
                return true;
            }
        }
    }
    return false;
}


/* Tokens bound to a key or a certificate are not built: a client that insists
 * on them gets none, rather than ones that anybody could use. */
static enum ab_err
check_binding(struct grant *g)
{
    const char  *text = NULL;

    if (client_attribute_true(g->client, "dpop.bound.access.tokens")) {
        text = "DPoP proof is missing";
    } else if (client_attribute_true(g->client,
                   "tls.client.certificate.bound.access.tokens"))
    {
        text = "Client Certification missing for MTLS HoK Token Binding";
    }
    return text == NULL ? AB_OK
           : grant_refuse(g->out, g->c, 400, "invalid_request", text,
                          AB_E_TOKEN_BOUND);
}


enum ab_err
grant_client_checks(struct grant *g)
{
    enum ab_err  e = client_auth(g->c, g->in, &g->client, g->out);

    if (g->out->status != 0) {
        g->out->allow_origin = g->in->origin;   /* scripts may read why */
        return AB_OK;
    }
    if (e == AB_OK) {
        e = check_origin(g);
    }
    if (e == AB_OK && g->out->status == 0 && has_duplicate(g->in)) {
        return grant_refuse(g->out, g->c, 400, "invalid_request",
                            "duplicated parameter", AB_E_DUPLICATE);
    }
    return e == AB_OK && g->out->status == 0 ? check_binding(g) : e;
}


static enum ab_err
run_row(struct grant *g, const struct ab_param *type)
{
    size_t       i;
    enum ab_err  e;

    for (i = 0; i < TABLE_N; i++) {
        if (ab_slice_eq_str(type->value, table[i].name)) {
            break;
        }
    }
    if (i == TABLE_N) {
        return grant_refuse(g->out, g->c, 400, "unsupported_grant_type",
                            "Unsupported grant_type", AB_E_GRANT_TYPE);
    }
    e = grant_client_checks(g);
    return e == AB_OK && g->out->status == 0 ? table[i].run(g) : e;
}


enum ab_err
grant_post(struct ctx *c, const struct token_request *in,
    struct token_answer *ret)
{
    const struct ab_param  *type = first_param(in, "grant_type");
    struct grant            g = { .c = c, .in = in, .out = ret };

    memset(ret, 0, sizeof(*ret));
    if (!in->realm->enabled) {
        ret->allow_origin = in->origin;
        return grant_refuse(ret, c, 403, "access_denied",
                            "Realm not enabled", AB_E_REALM_DISABLED);
    }
    if (type == NULL) {
        return grant_refuse(ret, c, 400, "invalid_request",
                            "Missing form parameter: grant_type",
                            AB_E_GRANT_TYPE);
    }
    return run_row(&g, type);
}
