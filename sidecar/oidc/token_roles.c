/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * token_roles.c - the roles of one token, while mappers work on them.
 */
#include "mapper.h"

#include <string.h>


static bool
is_role(const struct token_role *r, const char *client, const char *name)
{
    if ((r->client == NULL) != (client == NULL)
        || strcmp(r->name, name) != 0)
    {
        return false;
    }
    return client == NULL || strcmp(r->client, client) == 0;
}


bool
token_roles_has(const struct token_roles *r, const char *client,
    const char *name)
{
    size_t  i;

    for (i = 0; i < r->n; i++) {
        if (is_role(&r->v[i], client, name)) {
            return true;
        }
    }
    return false;
}


static bool
grow(struct ctx *c, struct token_roles *r)
{
    size_t              size = r->size == 0 ? 32 : 2 * r->size;
    struct token_role  *v = arena_array(c->a, size, sizeof(*v));

    if (v == NULL) {
        return false;
    }
    if (r->n > 0) {
        memcpy(v, r->v, r->n * sizeof(*v));
    }
    r->v = v;
    r->size = size;
    return true;
}


enum ab_err
token_roles_add(struct ctx *c, struct token_roles *r, const char *client,
    const char *name)
{
    if (token_roles_has(r, client, name)) {
        return AB_OK;
    }
    if (r->n == r->size && !grow(c, r)) {
        return ctx_nomem(c);
    }
    r->v[r->n++] = (struct token_role) { client, name };
    return AB_OK;
}


bool
token_roles_remove(struct token_roles *r, const char *client,
    const char *name)
{
    size_t  i;

    for (i = 0; i < r->n; i++) {
        if (is_role(&r->v[i], client, name)) {
            memmove(&r->v[i], &r->v[i + 1],
                    (r->n - i - 1) * sizeof(r->v[0]));
            r->n--;
            return true;
        }
    }
    return false;
}


enum ab_err
token_role_parse(struct mapper_run *m, const char *text,
    struct token_role *ret_role)
{
    const struct client  *client;
    char                 *left = arena_str(m->c->a, text), *dot;
    enum ab_err           e;

    if (left == NULL) {
        return ctx_nomem(m->c);
    }
    for (dot = strrchr(left, '.'); dot != NULL; dot = strrchr(left, '.')) {
        *dot = '\0';
        e = client_by_client_id(m->c, m->in->realm, left, &client);
        if (e == AB_OK) {
            *ret_role = (struct token_role) {
                client->client_id, text + (dot - left) + 1
            };
            return AB_OK;
        }
        if (e != AB_E_CLIENT_ABSENT) {
            return e;
        }
        fail_clear(&m->c->f);
    }
    *ret_role = (struct token_role) { NULL, text };
    return AB_OK;
}
