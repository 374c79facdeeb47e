/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * projection.c - the identity of an app-host session as bytes.
 */
#include "projection.h"

#include "base/clock.h"
#include "oidc/claims.h"


void
projection_roles(struct ab_buf *out, const struct role_set *roles)
{
    const struct role  *role;
    size_t              i;

    for (i = 0; i < roles->table->n; i++) {
        role = &roles->table->v[i];
        if (roles->bits[i]) {
            ab_identity_add_role(out, ab_slice_str(role->client),
                                 ab_slice_str(role->name));
        }
    }
}


static enum ab_err
add_groups(struct ctx *c, const struct projection_in *in, struct ab_buf *out)
{
    const struct group_table  *table;
    const char                *id;
    size_t                     i, at;
    enum ab_err                e = group_table_get(c, in->realm, &table);

    for (i = 0; e == AB_OK && i < json_array_size(in->user->groups); i++) {
        id = json_string_value(json_array_get(in->user->groups, i));
        at = id == NULL ? SIZE_MAX : group_find(table, id);
        if (at != SIZE_MAX) {
            ab_wire_add(out, AB_TAG_GROUP,
                        ab_slice_str(table->v[at].path));
        }
    }
    return e;
}


/* "First Last", whichever of the two there is. */
static struct ab_slice
full_name(struct ctx *c, const struct user *u)
{
    if (u->first_name == NULL || u->last_name == NULL) {
        return ab_slice_str(u->first_name != NULL ? u->first_name
                                                  : u->last_name);
    }
    return ab_slice_str(arena_printf(c->a, "%s %s", u->first_name,
                                     u->last_name));
}


static void
add_scalars(struct ctx *c, const struct projection_in *in,
    struct ab_buf *out)
{
    struct ab_identity  id = { 0 };

    id.key = ab_slice(in->key, AB_SHA256_LEN);
    id.sid = ab_slice_str(in->session->sid);
    id.sub = ab_slice_str(in->user->id);
    id.username = ab_slice_str(in->user->username);
    id.email = ab_slice_str(in->user->email);
    id.email_verified = in->user->email_verified;
    id.name = full_name(c, in->user);
    id.acr = ab_slice_str(in->acr);
    id.idp = ab_slice_str(in->session->idp);
    id.realm = ab_slice_str(in->realm->name);
    id.realm_id = ab_slice_str(in->realm->id);
    id.client = ab_slice_str(in->client->client_id);
    id.azp = id.client;
    id.origin = in->origin;
    id.issuer = ab_slice_str(realm_issuer(c, in->realm));
    id.scope = ab_slice_str(in->scope);
    id.method = AB_S("session");
    id.auth_time = (uint64_t) in->auth_time;
    id.as_of = (uint64_t) clock_now_s();
    id.user_version = in->user->version;
    id.realm_epoch = in->realm->epoch;
    ab_identity_write(out, &id);
}


/* Roles as an access token of this client would carry them. */
static enum ab_err
add_roles(struct ctx *c, const struct projection_in *in, struct ab_buf *out)
{
    struct claims_in  claims = { 0 };
    struct role_set   roles;
    enum ab_err       e;

    claims.realm = in->realm;
    claims.client = in->client;
    claims.user = in->user;
    claims.session = in->session;
    claims.scope = in->scope;
    claims.acr = in->acr;
    claims.auth_time = in->auth_time;
    e = claims_roles(c, &claims, &roles);
    if (e == AB_OK) {
        projection_roles(out, &roles);
    }
    return e;
}


enum ab_err
projection_build(struct ctx *c, const struct projection_in *in,
    struct ab_slice *ret_bytes)
{
    struct ab_identity  view;
    struct ab_buf       out;
    struct ab_slice     bytes = { NULL, 0 };
    enum ab_err         e;

    ab_buf_init(&out, AB_MAX_IDENTITY);
    add_scalars(c, in, &out);
    e = add_roles(c, in, &out);
    if (e == AB_OK) {
        e = add_groups(c, in, &out);
    }
    if (e == AB_OK && (out.failed || ab_identity_read(ab_buf_slice(&out),
                                                      &view) != AB_OK))
    {
        e = ctx_fail(c, AB_E_HEADER_VALUE, "identity of user %s is too large",
                     in->user->id);
    }
    if (e == AB_OK) {
        bytes = arena_slice(c->a, ab_buf_slice(&out));
        e = bytes.p == NULL ? ctx_nomem(c) : AB_OK;
    }
    ab_buf_clear(&out);
    if (e == AB_OK) {
        *ret_bytes = bytes;
    }
    return e;
}
