/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * token_fixture.h - key components put in place by hand.
 */
#ifndef TOKEN_TOKEN_FIXTURE_H
#define TOKEN_TOKEN_FIXTURE_H

#include "model/secret.h"
#include "model/session_fixture.h"
#include "token/key.h"

#define EMPTY_CONFIG  "\"priority\":[\"100\"]"


/* config: members of its object, as JSON. */
static inline void
token_fixture_component(struct session_fixture *x, const char *id,
    const char *provider, const char *config)
{
    const char  *doc = arena_printf(x->st.c.a, "{\"id\":\"%s\",\"name\":"
        "\"%s\",\"providerId\":\"%s\",\"providerType\":"
        "\"org.keycloak.keys.KeyProvider\",\"config\":{%s}}", id, id,
        provider, config);

    assert_int_equal(store_hset(&x->st.c, key1(&x->st.c, KEY_COMPONENTS,
                                               x->realm.id),
                                ab_slice_str(id), ab_slice_str(doc)), AB_OK);
}


/* A secret member of a config as the import stores it: `"NAME":["sealed"]` */
static inline const char *
token_fixture_secret(struct session_fixture *x, const char *id,
    const char *name, const char *plain)
{
    struct ctx  *c = &x->st.c;
    const char  *text;

    assert_int_equal(secret_text(c, key1(c, KEY_COMPONENTS, x->realm.id),
                                 arena_printf(c->a, "%s:%s", id, name),
                                 plain, &text), AB_OK);
    return arena_printf(c->a, "\"%s\":[\"%s\"]", name, text);
}


/* What a new realm has. */
static inline void
token_fixture_defaults(struct session_fixture *x)
{
    token_fixture_component(x, "k-rsa", "rsa-generated", EMPTY_CONFIG);
    token_fixture_component(x, "k-enc", "rsa-enc-generated",
                            EMPTY_CONFIG ",\"algorithm\":[\"RSA-OAEP\"]");
    token_fixture_component(x, "k-hmac", "hmac-generated",
                            EMPTY_CONFIG ",\"algorithm\":[\"HS512\"]");
    token_fixture_component(x, "k-aes", "aes-generated", EMPTY_CONFIG);
}


static inline void
token_fixture_forget(struct session_fixture *x)
{
    assert_int_equal(store_del(&x->st.c, key1(&x->st.c, KEY_COMPONENTS,
                                              x->realm.id)), AB_OK);
}

#endif
