/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_claims.c - claims of a verified access token to an
 * identity, by the names the reference gives them.
 */
#include "ngx_http_auth_broker_claims.h"
#include "ab_claims.h"

/* claim: its name in the token; at: the member it fills. */
static const struct {
    const char  *claim;
    size_t       at;
} texts[] = {
    { "sid",                offsetof(struct ab_identity, sid)      },
    { "sub",                offsetof(struct ab_identity, sub)      },
    { "preferred_username", offsetof(struct ab_identity, username) },
    { "email",              offsetof(struct ab_identity, email)    },
    { "name",               offsetof(struct ab_identity, name)     },
    { "acr",                offsetof(struct ab_identity, acr)      },
    { "identity_provider",  offsetof(struct ab_identity, idp)      },
    { "iss",                offsetof(struct ab_identity, issuer)   },
    { "azp",                offsetof(struct ab_identity, azp)      },
    { "scope",              offsetof(struct ab_identity, scope)    },
};


static struct ab_slice
text_of(const json_t *v)
{
    return ab_slice(json_string_value(v), json_string_length(v));
}


static uint64_t
time_of(const json_t *claims, const char *name)
{
    int64_t  s;

    if (ab_claims_time(claims, name, &s) != AB_OK || s < 0) {
        return 0;
    }
    return (uint64_t) s;
}


/* A list of texts, or one text (RFC 7519 section 4.1.3 for "aud"). */
static void
add_list(struct ab_buf *out, enum ab_wire_tag tag, const json_t *list)
{
    size_t   i;
    json_t  *v;

    if (json_is_string(list)) {
        ab_wire_add(out, tag, text_of(list));
        return;
    }
    json_array_foreach(list, i, v) {
        if (json_is_string(v)) {
            ab_wire_add(out, tag, text_of(v));
        }
    }
}


static void
add_roles(struct ab_buf *out, const char *client, const json_t *access)
{
    size_t   i;
    json_t  *v;

    json_array_foreach(json_object_get(access, "roles"), i, v) {
        if (json_is_string(v)) {
            ab_identity_add_role(out, ab_slice_str(client), text_of(v));
        }
    }
}


static void
add_all_roles(struct ab_buf *out, const json_t *claims)
{
    const char  *client;
    json_t      *access;

    add_roles(out, NULL, json_object_get(claims, "realm_access"));
    json_object_foreach(json_object_get(claims, "resource_access"), client,
                        access)
    {
        add_roles(out, client, access);
    }
}


static struct ab_identity
scalars(const json_t *claims, const ngx_http_auth_broker_realm_t *realm,
    const uint8_t *key)
{
    struct ab_identity  id;
    struct ab_slice     text;
    size_t              i;

    ngx_memzero(&id, sizeof(id));
    id.key = ab_slice(key, AB_SHA256_LEN);
    id.realm = ab_slice(realm->name.data, realm->name.len);
    id.realm_id = ab_slice(realm->id.data, realm->id.len);
    id.method = AB_S("bearer");
    id.as_of = time_of(claims, "iat");
    id.auth_time = time_of(claims, "auth_time");
    id.email_verified = json_is_true(json_object_get(claims,
                                                     "email_verified"));
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (ab_claims_text(claims, texts[i].claim, &text) == AB_OK) {
            *(struct ab_slice *) ((u_char *) &id + texts[i].at) = text;
        }
    }
    id.client = id.azp;
    return id;
}


enum ab_err
ngx_http_auth_broker_claims_write(const json_t *claims,
    const ngx_http_auth_broker_realm_t *realm, const uint8_t *key,
    struct ab_buf *out)
{
    struct ab_identity  id = scalars(claims, realm, key);
    struct ab_slice     jti;

    ab_identity_write(out, &id);
    add_all_roles(out, claims);
    add_list(out, AB_TAG_GROUP, json_object_get(claims, "groups"));
    add_list(out, AB_TAG_AUDIENCE, json_object_get(claims, "aud"));
    if (ab_claims_text(claims, "jti", &jti) == AB_OK && jti.len != 0) {
        ab_wire_add(out, AB_TAG_JTI, jti);
    }
    return out->failed ? AB_E_TOKEN_CLAIM : AB_OK;
}
