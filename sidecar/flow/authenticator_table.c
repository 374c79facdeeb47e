/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * authenticator_table.c - every authenticator a flow may name.
 *
 * One row each. What is not built yet has a row that says to whom it would
 * apply: such a user is refused, everybody else goes on as if the row were
 * built. A name without a row is refused for everybody.
 */
#include "authenticator.h"

#include "auth_steps.h"
#include "model/doc.h"

#include <string.h>

/* name, kind, needs a user, credential type, run, condition */
static const struct authenticator  table[] = {
    { "auth-cookie", AUTH_STEP, false, NULL, auth_cookie_run, NULL },
    { "identity-provider-redirector", AUTH_STEP, false, NULL,
      auth_idp_redirect_run, NULL },
    { "auth-username-password-form", AUTH_STEP, false, NULL,
      auth_password_run, NULL },
    { "idp-create-user-if-unique", AUTH_STEP, false, NULL,
      auth_idp_create_user_run, NULL },
    { "allow-access-authenticator", AUTH_STEP, false, NULL,
      auth_allow_run, NULL },
    { "deny-access-authenticator", AUTH_STEP, false, NULL,
      auth_deny_run, NULL },
    { "idp-review-profile", AUTH_PASSED, false, NULL, NULL, NULL },

    /* Kerberos tickets need a federation with Kerberos, organization rows a
     * realm with organizations: neither exists here, so they never apply. */
    { "auth-spnego", AUTH_ABSENT, false, NULL, NULL, NULL },
    { "organization", AUTH_ABSENT, false, NULL, NULL, NULL },
    { "idp-add-organization-member", AUTH_ABSENT, false, NULL, NULL, NULL },

    { "conditional-user-configured", AUTH_CONDITION, false, NULL, NULL,
      cond_user_configured },
    { "conditional-user-role", AUTH_CONDITION, true, NULL, NULL,
      cond_user_role },
    { "conditional-user-attribute", AUTH_CONDITION, true, NULL, NULL,
      cond_user_attribute },
    { "conditional-client-scope", AUTH_CONDITION, false, NULL, NULL,
      cond_client_scope },
    { "conditional-credential", AUTH_CONDITION, false, NULL, NULL,
      cond_credential },
    { "conditional-sub-flow-executed", AUTH_CONDITION, false, NULL, NULL,
      cond_sub_flow_executed },
    { "conditional-level-of-authentication", AUTH_CONDITION, false, NULL,
      NULL, cond_not_built },

    { "auth-otp-form", AUTH_NOT_BUILT, true, "otp", NULL, NULL },
    { "auth-recovery-authn-code-form", AUTH_NOT_BUILT, true,
      "recovery-authn-codes", NULL, NULL },
    { "webauthn-authenticator", AUTH_NOT_BUILT, true, "webauthn", NULL,
      NULL },
};

#define TABLE_N  (sizeof(table) / sizeof(table[0]))


const struct authenticator *
authenticator_find(const char *name)
{
    size_t  i;

    for (i = 0; name != NULL && i < TABLE_N; i++) {
        if (strcmp(table[i].name, name) == 0) {
            return &table[i];
        }
    }
    return NULL;
}


bool
authenticator_is_configured(const struct authenticator *a,
    const struct user *user)
{
    const char  *type;
    size_t       i;

    if (a->kind == AUTH_ABSENT) {
        return false;
    }
    if (a->credential == NULL) {
        return a->kind != AUTH_ABSENT;
    }
    for (i = 0; user != NULL && i < json_array_size(user->credentials); i++) {
        type = doc_str(json_array_get(user->credentials, i), "type");
        if (type != NULL && strcmp(type, a->credential) == 0) {
            return true;
        }
    }
    return false;
}
