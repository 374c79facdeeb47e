/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cond_user.c - conditions on what the user has: set-up credentials, a role,
 * an attribute (flows.md 4.3).
 */
#include "auth_steps.h"

#include "model/doc.h"

#include <string.h>
#include <strings.h>


static bool
config_true(const struct flow_step *s, const char *key)
{
    const char  *v = flow_step_config(s, key);

    return v != NULL && strcasecmp(v, "true") == 0;
}


/* A sibling counts as set up unless its row names a credential the user
 * lacks. */
static bool
is_set_up(const struct flow_step *s, const struct execution *e)
{
    const struct authenticator  *a = authenticator_find(e->authenticator);

    return a == NULL || authenticator_is_configured(a, s->user);
}


/* All REQUIRED siblings set up; without such, any ALTERNATIVE one; without
 * those too it holds. Nested sub-flows are not looked into. */
bool
cond_user_configured(struct flow_step *s)
{
    const struct execution      *e;
    const struct authenticator  *a;
    bool                         any = false, has_alternative = false;
    bool                         has_required = false;
    size_t                       i;

    if (s->user == NULL) {
        return true;
    }
    for (i = 0; i < s->level->n; i++) {
        e = &s->level->v[i];
        a = authenticator_find(e->authenticator);
        if (e->flow != NULL || (a != NULL && a->kind == AUTH_CONDITION)) {
            continue;
        }
        if (e->requirement == REQ_REQUIRED) {
            has_required = true;
            if (!is_set_up(s, e)) {
                return false;
            }
        } else if (e->requirement == REQ_ALTERNATIVE) {
            has_alternative = true;
            any = any || is_set_up(s, e);
        }
    }
    return has_required || !has_alternative || any;
}


/* "role" or "client.role"; any dot may be the one, tried from the right. */
static bool
has_role(const struct role_set *set, char *name)
{
    char  *dot;

    if (role_set_has(set, NULL, name)) {
        return true;
    }
    for (dot = strrchr(name, '.'); dot != NULL; dot = strrchr(name, '.')) {
        *dot = '\0';
        if (role_set_has(set, name, dot + 1)) {
            return true;
        }
    }
    return false;
}


bool
cond_user_role(struct flow_step *s)
{
    const char       *want = flow_step_config(s, "condUserRole");
    struct role_set   set;
    char             *name;
    enum ab_err       e;

    if (s->user == NULL) {
        return false;
    }
    if (want == NULL) {
        return config_true(s, "negate");
    }
    e = user_roles(s->c, s->in->realm, s->user, &set);
    name = arena_str(s->c->a, want);
    if (e == AB_OK && name == NULL) {
        e = ctx_nomem(s->c);
    }
    if (e != AB_OK) {
        s->err = e;
        return true;
    }
    return has_role(&set, name) != config_true(s, "negate");
}


static bool
has_value(const struct user *user, const char *name, const char *want)
{
    const json_t  *values = json_object_get(user->attributes, name);
    const char    *v = user_attribute(user, name);
    size_t         i;

    if (v != NULL && strcmp(v, want) == 0) {
        return true;
    }
    for (i = 0; i < json_array_size(values); i++) {
        v = json_string_value(json_array_get(values, i));
        if (v != NULL && strcmp(v, want) == 0) {
            return true;
        }
    }
    return false;
}


/* Attributes of groups and regular expressions are not looked at: such a
 * condition is not decided, so the login is refused. */
bool
cond_user_attribute(struct flow_step *s)
{
    const char  *name = flow_step_config(s, "attribute_name");
    const char  *want = flow_step_config(s, "attribute_expected_value");

    if (s->user == NULL) {
        return false;
    }
    if (config_true(s, "regex") || config_true(s, "include_group_attributes"))
    {
        return cond_not_built(s);
    }
    return (name != NULL && want != NULL && has_value(s->user, name, want))
           != config_true(s, "not");
}
