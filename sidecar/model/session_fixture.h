/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * session_fixture.h - a realm, a client and a user by hand over a real
 * Redis, for tests of sessions and of what is built on them.
 */
#ifndef MODEL_SESSION_FIXTURE_H
#define MODEL_SESSION_FIXTURE_H

#include "model/session.h"
#include "store/keys.h"
#include "store/store_fixture.h"

struct session_fixture {
    struct store_fixture  st;
    struct realm          realm;
    struct client         client;
    struct user           user;
    json_t               *client_doc;
};


static inline void
session_fixture_start(struct session_fixture *x)
{
    fixture_start(&x->st);
    x->st.c.base = "https://id.example.com";
    x->client_doc = json_pack("{s:{}}", "attributes");
    assert_non_null(x->client_doc);
    x->realm = (struct realm) {
        .id = "realm-1", .name = "acme", .enabled = true,
        .remember_me = true, .access_token_lifespan = 300,
        .access_code_lifespan = 60, .login_lifespan = 1800,
        .action_lifespan = 300, .sso_idle = 1800, .sso_max = 36000,
        .signature_alg = "RS256",
    };
    x->client = (struct client) {
        .id = "6c1f4a52-0000-4000-8000-000000000001", .client_id = "wiki",
        .enabled = true, .doc = x->client_doc,
    };
    x->user = (struct user) {
        .id = "8d2b0000-0000-4000-8000-000000000002", .version = 3,
        .realm_id = "realm-1", .username = "alice", .enabled = true,
    };
}


static inline void
session_fixture_stop(struct session_fixture *x)
{
    json_decref(x->client_doc);
    fixture_stop(&x->st);
}


/* A sign-in with a code, as a first one in a browser. */
static inline struct sign_in
session_fixture_in(const struct session_fixture *x)
{
    return (struct sign_in) {
        .realm = &x->realm, .user = &x->user, .client = &x->client,
        .auth_time = 1700000000, .redirect_uri = "https://wiki/cb",
        .challenge = "abc", .challenge_method = "S256", .nonce = "n-1",
        .scope = "openid profile", .acr = "1", .ip = "192.0.2.7",
    };
}


static inline struct signed_in
session_fixture_sign_in(struct session_fixture *x)
{
    struct sign_in    in = session_fixture_in(x);
    struct signed_in  out;

    assert_int_equal(session_sign_in(&x->st.c, &in, &out), AB_OK);
    return out;
}


/* A field of a session's hash as a test wants it. */
static inline void
session_fixture_put(struct session_fixture *x, const char *sid,
    const char *field, const char *value)
{
    assert_int_equal(store_hset(&x->st.c, key1(&x->st.c, KEY_SESSION, sid),
                                ab_slice_str(field), ab_slice_str(value)),
                     AB_OK);
}


static inline bool
session_fixture_has(struct session_fixture *x, const char *sid,
    const char *field)
{
    struct ab_slice  v;

    return store_hget(&x->st.c, key1(&x->st.c, KEY_SESSION, sid),
                      ab_slice_str(field), &v) == AB_OK;
}

#endif
