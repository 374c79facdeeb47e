/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * oidc_endpoints.c - /realms/{realm}/protocol/openid-connect/… and
 * discovery: HTTP around oidc/.
 */
#include "endpoints.h"

#include "ab_limits.h"
#include "ab_utf8.h"
#include "base/log.h"
#include "hints.h"
#include "login.h"
#include "oidc/endpoints.h"
#include "oidc/grant.h"
#include "page.h"
#include "restart.h"
#include "token/key.h"

#include <strings.h>


/* ---- authorization ------------------------------------------------------ */

/* An identity provider may be told it (broker.md 10, ui_locales). */
static enum ab_err
note_language(struct login *l)
{
    const char  *languages = req_header(l->r, "Accept-Language");

    if (languages == NULL || strlen(languages) > AB_MAX_LANGUAGES
        || !ab_is_utf8(ab_slice_str(languages)))
    {
        return AB_OK;
    }
    return auth_note_set(&l->r->c, l->tab->client_notes, NOTE_LANGUAGES,
                         languages);
}


/* Root, tab and cookies of a new attempt. */
static enum ab_err
begin(struct login *l, const struct auth_params *p)
{
    struct req   *r = l->r;
    enum ab_err   e = AB_OK;

    if (!l->b.has_root) {
        e = browser_new_root(r, &l->b);
    } else if (l->b.sso != NULL || l->b.has_dead_identity) {
        e = browser_set_root(r, &l->b);
    }
    if (e == AB_OK) {
        e = auth_tab_new(&r->c, l->realm, &l->b.root, l->client, &l->tab);
    }
    if (e == AB_OK) {
        e = authorize_tab(&r->c, l->realm, l->client, p, l->tab);
    }
    if (e == AB_OK && !auth_prompt_has(p, "none")) {
        e = restart_set(r, &l->b, l->tab);
    }
    if (e == AB_OK) {
        e = note_language(l);
    }
    if (e == AB_OK && l->b.has_dead_identity) {
        browser_clear_identity(r, &l->b);
    }
    return e;
}


static enum ab_err
authorize(struct req *r, const struct realm *realm,
    const struct auth_params *p, const struct client *client)
{
    struct login       l = { .r = r, .realm = realm, .client = client };
    struct flow_input  in = { 0 };
    enum ab_err        e = browser_load(r, realm, &l.b);

    reply_set(r, "Cache-Control", CACHE_LOGIN);
    if (e == AB_OK) {
        e = begin(&l, p);
    }
    if (e != AB_OK) {
        return e;
    }
    in.idp_hint = p->idp_hint != NULL ? p->idp_hint
                                      : req_query(r, "kc_idp_hint");
    in.is_passive = auth_prompt_has(p, "none");
    in.remember = hint_username(r);
    return login_run(&l, &in);
}


enum ab_err
auth_get(struct req *r, const struct realm *realm)
{
    bool                   is_post = strcmp(r->method, "POST") == 0;
    struct auth_params     p = { 0 };
    struct login           l = { .r = r, .realm = realm };
    struct authorize_answer  a = { 0 };
    enum ab_err            e;

    e = auth_params_parse(&r->c, is_post ? r->form : r->query,
                          is_post ? r->n_form : r->n_query, &p);
    if (e == AB_OK) {
        e = authorize_check(&r->c, realm, &p, &l.client, &a);
    }
    if (a.url != NULL || a.form_url != NULL) {
        log_fail("auth_refused", &r->c.f, "srealm", realm->name, NULL);
        reply_set(r, "Cache-Control", CACHE_LOGIN);
        return login_answer(&l, &a);
    }
    return e == AB_OK ? authorize(r, realm, &p, l.client) : e;
}


/* ---- token, keys, documents --------------------------------------------- */

enum ab_err
token_post(struct req *r, const struct realm *realm)
{
    struct token_request  in = { 0 };
    struct token_answer   out = { 0 };
    enum ab_err           e;

    in.realm = realm;
    in.form = r->form;
    in.n_form = r->n_form;
    in.authorization = req_header(r, "Authorization");
    in.origin = req_header(r, "Origin");
    in.ip = r->ip;
    e = grant_post(&r->c, &in, &out);
    if (e != AB_OK && out.body == NULL) {
        return e;
    }
    if (out.reason != NULL) {
        log_event(AB_LOG_INFO, "token_refused", "srealm", realm->name,
                  "sreason", out.reason, "sdetail", r->c.f.detail, NULL);
    }
    reply_set(r, "Cache-Control", CACHE_STORE);
    reply_set(r, "Pragma", "no-cache");
    reply_cors(r, out.allow_origin, CORS_EXPOSE);
    return reply_json(r, out.status, out.body);
}


/* Documents anybody's script may read. */
static enum ab_err
open_document(struct req *r, const json_t *doc, const char *cache)
{
    reply_set(r, "Cache-Control", cache);
    reply_cors(r, req_header(r, "Origin"), NULL);
    return reply_json(r, 200, doc);
}


enum ab_err
certs_get(struct req *r, const struct realm *realm)
{
    json_t       *jwks;
    enum ab_err   e = realm_jwks(&r->c, realm, &jwks);

    if (e != AB_OK) {
        return e;
    }
    e = open_document(r, jwks, CACHE_NOCACHE);
    json_decref(jwks);
    return e;
}


enum ab_err
discovery_page(struct req *r, const struct realm *realm)
{
    json_t       *doc;
    enum ab_err   e = discovery_document(&r->c, realm, &doc);

    return e == AB_OK ? open_document(r, doc, CACHE_META) : e;
}


enum ab_err
realm_get(struct req *r, const struct realm *realm)
{
    json_t       *doc;
    enum ab_err   e = realm_info(&r->c, realm, &doc);

    if (e == AB_OK) {
        e = open_document(r, doc, CACHE_NOCACHE);
    }
    if (e == AB_OK) {
        reply_set(r, "Content-Type", "application/json;charset=utf-8");
    }
    return e;
}


/* To where a client lives: links to applications go through here. */
enum ab_err
client_redirect_get(struct req *r, const struct realm *realm)
{
    const struct client  *client = NULL;
    const char           *url;
    enum ab_err           e = client_by_client_id(&r->c, realm, r->args[1],
                                                  &client);

    if (e == AB_E_CLIENT_ABSENT) {
        fail_clear(&r->c.f);
        return reply_empty(r, 204);
    }
    if (e != AB_OK) {
        return e;
    }
    url = page_client_url(client);
    return url == NULL ? reply_empty(r, 204) : reply_redirect(r, 303, url);
}


/* ---- userinfo ----------------------------------------------------------- */

static void
log_userinfo(const struct realm *realm, const char *reason)
{
    log_event(AB_LOG_INFO, "userinfo_refused", "srealm", realm->name,
              "sreason", reason, NULL);
}


static enum ab_err
challenge(struct req *r, const struct realm *realm, int status,
    const char *error, const char *description)
{
    const char  *text;

    text = error == NULL
           ? arena_printf(r->c.a, "Bearer realm=\"%s\"", realm->name)
           : arena_printf(r->c.a, "Bearer realm=\"%s\", error=\"%s\", "
                          "error_description=\"%s\"", realm->name, error,
                          description);
    reply_set(r, "WWW-Authenticate", text);
    reply_set(r, "Cache-Control", CACHE_STORE);
    reply_cors(r, req_header(r, "Origin"), CORS_EXPOSE_CHALLENGE);
    return reply_text(r, status, "text/plain;charset=UTF-8", "");
}


/* RFC 6750 section 2: the header, or the form of a POST; not both. */
static const char *
bearer_of(const struct req *r, const char **ret_fault)
{
    const char  *header = req_header(r, "Authorization");
    const char  *form = NULL;
    size_t       n = 0;

    if (header != NULL && strncasecmp(header, "Bearer ", 7) == 0
        && header[7] != ' ')
    {
        header += 7;
    } else {
        header = NULL;
    }
    if (strcmp(r->method, "POST") == 0) {
        form = req_form(r, "access_token");
        ab_form_find(r->form, r->n_form, "access_token", &n);
    }
    *ret_fault = n > 1 ? "Duplicate parameter"
                 : header == NULL || form == NULL ? NULL
                 : "More than one method used for including an access token";
    return header != NULL ? header : form;
}


enum ab_err
userinfo_any(struct req *r, const struct realm *realm)
{
    struct userinfo_answer  out = { 0 };
    const char             *fault;
    const char             *token = bearer_of(r, &fault);
    enum ab_err             e;

    if (fault != NULL) {
        log_userinfo(realm, ab_err_reason(AB_E_DUPLICATE));
        return challenge(r, realm, 400, "invalid_request", fault);
    }
    if (token == NULL) {
        log_userinfo(realm, ab_err_reason(AB_E_NO_CREDENTIAL));
        return challenge(r, realm, 401, NULL, NULL);
    }
    e = userinfo_get(&r->c, realm, token, req_header(r, "Origin"), &out);
    if (e != AB_OK && out.status == 0) {
        return e;
    }
    if (out.reason != NULL) {
        log_userinfo(realm, out.reason);
    }
    if (out.body == NULL) {
        return challenge(r, realm, out.status, out.error, out.description);
    }
    reply_set(r, "Cache-Control", CACHE_STORE);
    if (out.status == 200) {
        reply_add(r, "Cache-Control", CACHE_NOCACHE);
    }
    reply_cors(r, out.allow_origin, CORS_EXPOSE);
    if (out.jwt != NULL) {
        return reply_text(r, out.status, "application/jwt", out.jwt);
    }
    return reply_json(r, out.status, out.body);
}
