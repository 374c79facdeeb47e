/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * params.c - an authorization request, typed once.
 *
 * Nobody reads the query again after this. A parameter that came twice is
 * taken at its first value, so that the refusal it causes can still reach
 * the client.
 */
#include "params.h"

#include "ab_limits.h"
#include "ab_time.h"
#include "model/doc.h"

#include <stddef.h>
#include <string.h>

#define EXTRA_N    5        /* other parameters kept for authenticators */
#define EXTRA_MAX  2000     /* longest of them */

/* name, place in struct auth_params, longest value that is read */
static const struct {
    const char  *name;
    size_t       offset;
    size_t       max;
} known[] = {
#define PARAM(name, field, max) \
    { name, offsetof(struct auth_params, field), max }
    PARAM("client_id",             client_id,        AB_MAX_PARAM),
    PARAM("response_type",         response_type,    AB_MAX_PARAM),
    PARAM("redirect_uri",          redirect_uri,     AB_MAX_PARAM),
    PARAM("scope",                 scope,            AB_MAX_PARAM),
    PARAM("state",                 state,            AB_MAX_PARAM),
    PARAM("nonce",                 nonce,            AB_MAX_PARAM),
    PARAM("response_mode",         response_mode,    AB_MAX_PARAM),
    PARAM("prompt",                prompt,           AB_MAX_PARAM),
    PARAM("login_hint",            login_hint,       AB_MAX_LOGIN_HINT),
    PARAM("ui_locales",            ui_locales,       AB_MAX_PARAM),
    PARAM("acr_values",            acr_values,       AB_MAX_PARAM),
    PARAM("claims",                claims,           AB_MAX_PARAM),
    PARAM("kc_idp_hint",           idp_hint,         AB_MAX_PARAM),
    PARAM("kc_action",             action,           AB_MAX_PARAM),
    PARAM("code_challenge",        challenge,        AB_MAX_PARAM),
    PARAM("code_challenge_method", challenge_method, AB_MAX_PARAM),
    PARAM("request",               request,          AB_MAX_PARAM),
    PARAM("request_uri",           request_uri,      AB_MAX_PARAM),
#undef PARAM
};

#define KNOWN_N  (sizeof(known) / sizeof(known[0]))


static enum ab_err
take_known(struct ctx *c, const struct ab_param *param, size_t i,
    struct auth_params *p)
{
    const char  **field;

    field = (const char **) (void *) ((char *) p + known[i].offset);
    if (*field != NULL || param->value.len > known[i].max) {
        return AB_OK;
    }
    *field = arena_dup(c->a, param->value);
    return *field == NULL ? ctx_nomem(c) : AB_OK;
}


/* A whole number of 32 bits, negative ones too ("long ago enough"). */
static void
take_max_age(const struct ab_param *param, struct auth_params *p)
{
    int64_t  v;

    if (p->has_max_age || param->value.len > AB_MAX_PARAM) {
        return;
    }
    if (ab_parse_i64(param->value, &v) != AB_OK || v < INT32_MIN
        || v > INT32_MAX)
    {
        p->is_max_age_bad = true;
        return;
    }
    p->has_max_age = true;
    p->max_age = v;
}


static enum ab_err
take_extra(struct ctx *c, const struct ab_param *param,
    struct auth_params *p)
{
    char  *name;

    if (json_object_size(p->extra) >= EXTRA_N
        || param->value.len > EXTRA_MAX || param->name.len > EXTRA_MAX)
    {
        return AB_OK;
    }
    name = arena_dup(c->a, param->name);
    if (name == NULL
        || (json_object_get(p->extra, name) == NULL
            && json_object_set_new(p->extra, name,
                   json_stringn(param->value.p == NULL ? ""
                                                       : param->value.p,
                                param->value.len)) != 0))
    {
        return ctx_nomem(c);
    }
    return AB_OK;
}


static enum ab_err
take_one(struct ctx *c, const struct ab_param *param, struct auth_params *p)
{
    size_t  i;

    for (i = 0; i < KNOWN_N; i++) {
        if (ab_slice_eq_str(param->name, known[i].name)) {
            return take_known(c, param, i, p);
        }
    }
    if (ab_slice_eq_str(param->name, "max_age")) {
        take_max_age(param, p);
        return AB_OK;
    }
    return take_extra(c, param, p);
}


static enum ab_err
note_duplicates(struct ctx *c, const struct ab_param *params, size_t n,
    struct auth_params *p)
{
    size_t  i, j;

    for (i = 0; i < n; i++) {
        for (j = 0; j < i; j++) {
            if (!ab_slice_eq(params[i].name, params[j].name)) {
                continue;
            }
            p->has_duplicate = true;
            p->has_client_id_twice = p->has_client_id_twice
                || ab_slice_eq_str(params[i].name, "client_id");
            p->duplicate = arena_dup(c->a, params[i].name);
            if (p->duplicate == NULL) {
                return ctx_nomem(c);
            }
        }
    }
    return AB_OK;
}


enum ab_err
auth_params_parse(struct ctx *c, const struct ab_param *params, size_t n,
    struct auth_params *ret_p)
{
    struct auth_params  p = { 0 };
    enum ab_err         e = AB_OK;
    size_t              i;

    if (n > AB_MAX_PARAMS_N) {
        return ctx_fail(c, AB_E_AUTH_PARAM, "%zu parameters", n);
    }
    p.extra = doc_own(c, json_object());
    if (p.extra == NULL) {
        return AB_E_NOMEM;
    }
    for (i = 0; e == AB_OK && i < n; i++) {
        e = take_one(c, &params[i], &p);
    }
    if (e == AB_OK) {
        e = note_duplicates(c, params, n, &p);
    }
    if (e == AB_OK) {
        *ret_p = p;
    }
    return e;
}


/* Case matters, and unknown words are nobody's (OIDC Core 3.1.2.1). */
bool
auth_prompt_has(const struct auth_params *p, const char *word)
{
    size_t       len = strlen(word);
    const char  *at = p->prompt, *end;

    while (at != NULL && *at != '\0') {
        end = strchrnul(at, ' ');
        if ((size_t) (end - at) == len && memcmp(at, word, len) == 0) {
            return true;
        }
        at = *end == '\0' ? NULL : end + 1;
    }
    return false;
}
