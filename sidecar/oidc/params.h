/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * params.h - an authorization request, typed once.
 */
#ifndef OIDC_PARAMS_H
#define OIDC_PARAMS_H

#include "ab_form.h"
#include "model/client.h"

/* Absent, or longer than Keycloak reads (AB_MAX_PARAM; login_hint 255):
 * NULL. */
struct auth_params {
    const char  *client_id, *response_type, *redirect_uri, *scope, *state;
    const char  *nonce, *response_mode, *prompt, *login_hint, *ui_locales;
    const char  *acr_values, *claims, *idp_hint, *action;
    const char  *challenge, *challenge_method, *request, *request_uri;
    bool         has_max_age;
    int64_t      max_age;
    bool         has_client_id_twice, has_duplicate, is_max_age_bad;
    const char  *duplicate;
    json_t      *extra;     /* at most 5 others, for authenticators */
};

enum ab_err auth_params_parse(struct ctx *c, const struct ab_param *params,
    size_t n, struct auth_params *ret_p);

/* Words of a prompt. */
bool auth_prompt_has(const struct auth_params *p, const char *word);

#endif
