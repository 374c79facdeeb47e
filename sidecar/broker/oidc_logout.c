/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * oidc_logout.c - ending the session at an OpenID Connect provider (broker.md
 * section 22.1; RP-Initiated Logout 1.0).
 */
#include "oidc.h"

#include "broker_url.h"

#include "ab_limits.h"
#include "ab_uri.h"
#include "net/http.h"

#define HINT_MAX        4096    /* longer ones break request lines on the way */

static const char *logout_url(struct ctx *c, const struct oidc_settings *s,
    const char *sid, const char *id_token, bool is_browser);


/* With backchannelSupported the provider is told from here, as well as it
 * goes; the browser then stays. A provider that cannot be asked for its
 * addresses stops nobody's logout. */
enum ab_err
oidc_logout(struct ctx *c, const struct realm *realm, const struct idp *idp,
    const char *sid, const char *id_token, const char **ret_url)
{
    bool  is_browser = !idp_config_true(idp, "backchannelSupported");
    struct oidc_settings  s;
    struct http_reply     reply;
    struct http_request   req = { .method = "GET",
                                  .reply_max = AB_MAX_IDP_REPLY };
    const char           *url;

    *ret_url = NULL;
    if (oidc_settings_load(c, realm, idp, &s) != AB_OK || s.logout == NULL) {
        fail_clear(&c->f);
        return AB_OK;
    }
    url = logout_url(c, &s, sid, id_token, is_browser);
    if (url == NULL) {
        return ctx_nomem(c);
    }
    if (is_browser) {
        *ret_url = url;
        return AB_OK;
    }
    req.url = url;
    req.ssl = realm->ssl_required;
    if (http_call(c, &req, &reply) != AB_OK) {
        fail_clear(&c->f);
    }
    return AB_OK;
}


static const char *
logout_url(struct ctx *c, const struct oidc_settings *s, const char *sid,
    const char *id_token, bool is_browser)
{
    const char     *back = broker_url(c, s->realm, s->idp,
                                      "/endpoint/logout_response");
    const char     *url;
    bool            wants_hint = id_token != NULL
                                 && idp_config_default_true(s->idp,
                                                   "sendIdTokenOnLogout");
    bool            has_hint = wants_hint && strlen(id_token) <= HINT_MAX;
    struct ab_buf   b;

    if (back == NULL) {
        return NULL;
    }
    ab_buf_init(&b, 4 * AB_MAX_URI);
    ab_buf_add_str(&b, s->logout);
    ab_uri_add_param(&b, "state", ab_slice_str(sid));
    if (has_hint) {
        ab_uri_add_param(&b, "id_token_hint", ab_slice_str(id_token));
    }
    /* the reference's setting, and what stands in for a hint too long */
    if (wants_hint != has_hint
        || idp_config_true(s->idp, "sendClientIdOnLogout"))
    {
        ab_uri_add_param(&b, "client_id", ab_slice_str(s->client_id));
    }
    if (is_browser) {
        ab_uri_add_param(&b, "post_logout_redirect_uri", ab_slice_str(back));
    }
    url = b.failed ? NULL : arena_dup(c->a, ab_buf_slice(&b));
    ab_buf_clear(&b);
    return url;
}
