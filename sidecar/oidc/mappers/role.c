/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * role.c - mappers that change a token's roles, or write them into claims.
 *
 * A realm role and a client role of one name are never the same: they live
 * under different owners all the way (T-CD6).
 */
#include "mapper.h"

#include "ab_buf.h"

#include <string.h>

#define CLAIM_MAX     2048
#define PLACEHOLDER   "${client_id}"


/* ---- what changes them ------------------------------------------------- */

enum ab_err
mapper_hardcoded_role(struct mapper_run *m)
{
    const char         *text = mapper_config(m, "role");
    struct token_role   role;
    enum ab_err         e;

    if (text == NULL) {
        return AB_OK;
    }
    e = token_role_parse(m, text, &role);
    return e == AB_OK
           ? token_roles_add(m->c, m->roles, role.client, role.name) : e;
}


enum ab_err
mapper_role_name(struct mapper_run *m)
{
    const char         *from = mapper_config(m, "role");
    const char         *to = mapper_config(m, "new.role.name");
    struct token_role   old, new;
    enum ab_err         e;

    if (from == NULL || to == NULL) {
        return AB_OK;
    }
    e = token_role_parse(m, from, &old);
    if (e == AB_OK) {
        e = token_role_parse(m, to, &new);
    }
    if (e != AB_OK || !token_roles_remove(m->roles, old.client, old.name)) {
        return e;
    }
    return token_roles_add(m->c, m->roles, new.client, new.name);
}


/* ---- what writes them -------------------------------------------------- */

/* The claim's path for one owner: the placeholder stands for the client, its
 * dots escaped. */
static const char *
claim_path(struct mapper_run *m, const char *client)
{
    const char     *path = mapper_config(m, "claim.name"), *at;
    const char     *out;
    struct ab_buf   b;
    char            mem[CLAIM_MAX];

    if (path == NULL || client == NULL) {
        return path;
    }
    at = strstr(path, PLACEHOLDER);
    if (at == NULL) {
        return path;
    }
    ab_buf_init_fixed(&b, mem, sizeof(mem));
    ab_buf_add(&b, ab_slice_between(path, at));
    for (; *client != '\0'; client++) {
        if (*client == '.' || *client == '\\') {
            ab_buf_add_byte(&b, '\\');
        }
        ab_buf_add_byte(&b, (uint8_t) *client);
    }
    ab_buf_add_str(&b, at + strlen(PLACEHOLDER));
    out = b.failed ? NULL : arena_dup(m->c->a, ab_buf_slice(&b));
    if (out == NULL) {
        ctx_nomem(m->c);
    }
    return out;
}


static bool
same_owner(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}


/* All roles of one owner as one list. */
static enum ab_err
write_roles(struct mapper_run *m, const char *client, const char *prefix)
{
    json_t      *list = json_array(), *text;
    const char  *path = claim_path(m, client);
    size_t       i;

    if (path == NULL || list == NULL) {
        json_decref(list);
        return m->c->f.code;
    }
    for (i = 0; i < m->roles->n; i++) {
        if (!same_owner(m->roles->v[i].client, client)) {
            continue;
        }
        text = json_sprintf("%s%s", prefix == NULL ? "" : prefix,
                            m->roles->v[i].name);
        if (json_array_append_new(list, text) != 0) {
            json_decref(list);
            return ctx_nomem(m->c);
        }
    }
    if (json_array_size(list) == 0) {
        json_decref(list);
        return AB_OK;
    }
    if (!mapper_config_true(m, "multivalued")) {
        text = json_incref(json_array_get(list, 0));
        json_decref(list);
        return mapper_put(m, path, text);
    }
    return mapper_put(m, path, list);
}


enum ab_err
mapper_realm_role(struct mapper_run *m)
{
    if (mapper_config(m, "claim.name") == NULL) {
        return AB_OK;
    }
    return write_roles(m, NULL,
                       mapper_config(m,
                                     "usermodel.realmRoleMapping.rolePrefix"));
}


/* Is v[i] the first role of its client. */
static bool
is_first(const struct token_roles *r, size_t i)
{
    size_t  j;

    for (j = 0; j < i; j++) {
        if (same_owner(r->v[j].client, r->v[i].client)) {
            return false;
        }
    }
    return true;
}


enum ab_err
mapper_client_role(struct mapper_run *m)
{
    const char   *only, *prefix;
    size_t        i;
    enum ab_err   e = AB_OK;

    only = mapper_config(m, "usermodel.clientRoleMapping.clientId");
    prefix = mapper_config(m, "usermodel.clientRoleMapping.rolePrefix");
    if (mapper_config(m, "claim.name") == NULL) {
        return AB_OK;
    }
    if (only != NULL) {
        return write_roles(m, only, prefix);
    }
    for (i = 0; e == AB_OK && i < m->roles->n; i++) {
        if (m->roles->v[i].client != NULL && is_first(m->roles, i)) {
            e = write_roles(m, m->roles->v[i].client, prefix);
        }
    }
    return e;
}
