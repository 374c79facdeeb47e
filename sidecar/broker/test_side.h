/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_side.h - our side of a test with a scripted provider: realm, settings,
 * tab and ctx made by hand, no store.
 */
#ifndef BROKER_TEST_SIDE_H
#define BROKER_TEST_SIDE_H

#include "broker/oidc.h"
#include "broker/test_provider.h"
#include "model/app.h"

#include <signal.h>

struct test_side {
    struct options   opt;
    struct app       app;
    struct ctx       c;
    struct realm     realm;
    struct idp       idp;
    struct auth_tab  tab;
    json_t          *config, *realm_doc;
};


/* Full settings for the provider, then the row's patch. */
static inline void
side_config(struct test_side *s, const struct test_provider *p,
    const char *patch)
{
    char  url[5][128];
    int   i;
    static const char *const  tails[5] = { "/auth", "/token", "/userinfo",
                                           "/jwks", "/logout" };

    for (i = 0; i < 5; i++) {
        snprintf(url[i], sizeof(url[i]), "%s%s", p->base, tails[i]);
    }
    json_decref(s->config);
    s->config = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s,"
        " s:s}",
        "clientId", "cid", "clientSecret", "s3cret", "issuer", p->base,
        "authorizationUrl", url[0], "tokenUrl", url[1], "userInfoUrl", url[2],
        "jwksUrl", url[3], "logoutUrl", url[4], "useJwksUrl", "true",
        "validateSignature", "true", "defaultScope", "openid email");
    tp_patch(s->config, patch);
    s->idp.config = s->config;
}


static inline void
side_renew(struct test_side *s)
{
    arena_free(s->c.a);
    s->c.a = arena_new(16 * 1024 * 1024);
    assert_non_null(s->c.a);
    fail_clear(&s->c.f);
    s->c.deadline_ms = clock_mono_ms() + 5000;
    json_object_clear(s->tab.client_notes);
    json_object_clear(s->tab.auth_notes);
    json_object_clear(s->tab.user_notes);
    json_object_set_new(s->tab.client_notes, OIDC_NOTE_NONCE,
                        json_string("nonce-1"));
}


/* Forget all fetched documents. */
static inline void
side_forget(struct test_side *s)
{
    jwks_cache_drop(s->app.jwks, NULL, NULL);
}


static inline void
side_start(struct test_side *s, const struct test_provider *p)
{
    struct fail  f = { .code = AB_OK };

    signal(SIGPIPE, SIG_IGN);
    memset(s, 0, sizeof(*s));
    s->app.opt = &s->opt;
    s->app.base_url = "http://localhost:8080";
    assert_int_equal(http_client_new(&f, &s->app, &s->app.http), AB_OK);
    s->app.jwks = jwks_cache_new();
    assert_non_null(s->app.jwks);
    s->c.app = &s->app;
    s->c.base = "https://id.example.com";
    s->realm_doc = json_object();
    s->realm = (struct realm) { .id = "realm-1", .name = "acme",
                                .doc = s->realm_doc };
    s->idp = (struct idp) { .id = "idp-1", .alias = "up",
                            .provider_id = "oidc", .enabled = true,
                            .display_name = "Up" };
    s->tab.tab_id = "tab12345678";
    s->tab.client_notes = json_object();
    s->tab.auth_notes = json_object();
    s->tab.user_notes = json_object();
    s->tab.states = json_object();
    side_config(s, p, NULL);
    side_renew(s);
}


static inline void
side_stop(struct test_side *s)
{
    arena_free(s->c.a);
    jwks_cache_free(s->app.jwks);
    http_client_free(s->app.http);
    json_decref(s->config);
    json_decref(s->realm_doc);
    json_decref(s->tab.client_notes);
    json_decref(s->tab.auth_notes);
    json_decref(s->tab.user_notes);
    json_decref(s->tab.states);
}


/* The callback with these parameters, through the provider's row. */
static inline enum ab_err
side_finish(struct test_side *s, const char *query, struct brokered *ret)
{
    struct ab_param         params[16];
    struct provider_finish  in = {
        .realm = &s->realm, .idp = &s->idp, .tab = &s->tab,
        .redirect_uri = "https://id.example.com/realms/acme/broker/up/"
                        "endpoint",
        .params = params,
    };
    char                   *mem = arena_alloc(s->c.a, strlen(query) + 1);

    assert_int_equal(ab_form_parse(ab_slice_str(query), mem, params, 16,
                                   &in.n_params), AB_OK);
    return provider_find(s->idp.provider_id)->finish(&s->c, &in, ret);
}

#endif
