/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import_default_flows.c - the flows and required actions of a new realm
 * (flows.md 2, 7.2).
 */
#include "import_int.h"

#include "doc.h"

/*
 * The flows, depth first. depth 0 starts a top flow, whose `what` is its
 * alias; deeper, `what` names an authenticator or, in brackets, a sub-flow,
 * whose executions follow one level deeper. kind: provider of a flow (NULL:
 * basic-flow), or the alias of an execution's config. A row with org is not
 * in the master realm, nor is what lies below it.
 */
static const struct flow_row {
    int          depth, priority;
    const char  *requirement, *what, *kind;
    bool         org;
} flow_rows[] = {
    { 0, 0, NULL, "browser", NULL, false },
    { 1, 10, "ALTERNATIVE", "auth-cookie", NULL, false },
    { 1, 20, "DISABLED", "auth-spnego", NULL, false },
    { 1, 25, "ALTERNATIVE", "identity-provider-redirector", NULL, false },
    { 1, 26, "ALTERNATIVE", "[Organization]", NULL, true },
    { 2, 10, "CONDITIONAL", "[Browser - Conditional Organization]", NULL, true },
    { 3, 10, "REQUIRED", "conditional-user-configured", NULL, true },
    { 3, 20, "ALTERNATIVE", "organization", NULL, true },
    { 1, 30, "ALTERNATIVE", "[forms]", NULL, false },
    { 2, 10, "REQUIRED", "auth-username-password-form", NULL, false },
    { 2, 20, "CONDITIONAL", "[Browser - Conditional 2FA]", NULL, false },
    { 3, 10, "REQUIRED", "conditional-user-configured", NULL, false },
    { 3, 20, "REQUIRED", "conditional-credential", "browser-conditional-credential", false },
    { 3, 30, "ALTERNATIVE", "auth-otp-form", NULL, false },
    { 3, 40, "DISABLED", "webauthn-authenticator", NULL, false },
    { 3, 50, "DISABLED", "auth-recovery-authn-code-form", NULL, false },

    { 0, 0, NULL, "direct grant", NULL, false },
    { 1, 10, "REQUIRED", "direct-grant-validate-username", NULL, false },
    { 1, 20, "REQUIRED", "direct-grant-validate-password", NULL, false },
    { 1, 30, "CONDITIONAL", "[Direct Grant - Conditional OTP]", NULL, false },
    { 2, 10, "REQUIRED", "conditional-user-configured", NULL, false },
    { 2, 20, "REQUIRED", "direct-grant-validate-otp", NULL, false },

    { 0, 0, NULL, "registration", NULL, false },
    { 1, 10, "REQUIRED", "[registration form]", "form-flow", false },
    { 2, 20, "REQUIRED", "registration-user-creation", NULL, false },
    { 2, 50, "REQUIRED", "registration-password-action", NULL, false },
    { 2, 60, "DISABLED", "registration-recaptcha-action", NULL, false },
    { 2, 70, "DISABLED", "registration-terms-and-conditions", NULL, false },

    { 0, 0, NULL, "reset credentials", NULL, false },
    { 1, 10, "REQUIRED", "reset-credentials-choose-user", NULL, false },
    { 1, 20, "REQUIRED", "reset-credential-email", NULL, false },
    { 1, 30, "REQUIRED", "reset-password", NULL, false },
    { 1, 40, "CONDITIONAL", "[Reset - Conditional OTP]", NULL, false },
    { 2, 10, "REQUIRED", "conditional-user-configured", NULL, false },
    { 2, 20, "REQUIRED", "reset-otp", NULL, false },

    { 0, 0, NULL, "clients", "client-flow", false },
    { 1, 10, "ALTERNATIVE", "client-secret", NULL, false },
    { 1, 20, "ALTERNATIVE", "client-jwt", NULL, false },
    { 1, 30, "ALTERNATIVE", "client-secret-jwt", NULL, false },
    { 1, 40, "ALTERNATIVE", "client-x509", NULL, false },
    { 1, 50, "ALTERNATIVE", "federated-jwt", NULL, false },

    { 0, 0, NULL, "first broker login", NULL, false },
    { 1, 10, "REQUIRED", "idp-review-profile", "review profile config", false },
    { 1, 20, "REQUIRED", "[User creation or linking]", NULL, false },
    { 2, 10, "ALTERNATIVE", "idp-create-user-if-unique", "create unique user config", false },
    { 2, 20, "ALTERNATIVE", "[Handle Existing Account]", NULL, false },
    { 3, 10, "REQUIRED", "idp-confirm-link", NULL, false },
    { 3, 20, "REQUIRED", "[Account verification options]", NULL, false },
    { 4, 10, "ALTERNATIVE", "idp-email-verification", NULL, false },
    { 4, 20, "ALTERNATIVE", "[Verify Existing Account by Re-authentication]", NULL, false },
    { 5, 10, "REQUIRED", "idp-username-password-form", NULL, false },
    { 5, 20, "CONDITIONAL", "[First broker login - Conditional 2FA]", NULL, false },
    { 6, 10, "REQUIRED", "conditional-user-configured", NULL, false },
    { 6, 20, "REQUIRED", "conditional-credential", "first-broker-login-conditional-credential", false },
    { 6, 30, "ALTERNATIVE", "auth-otp-form", NULL, false },
    { 6, 40, "DISABLED", "webauthn-authenticator", NULL, false },
    { 6, 50, "DISABLED", "auth-recovery-authn-code-form", NULL, false },
    { 1, 60, "CONDITIONAL", "[First Broker Login - Conditional Organization]", NULL, true },
    { 2, 10, "REQUIRED", "conditional-user-configured", NULL, true },
    { 2, 20, "REQUIRED", "idp-add-organization-member", NULL, true },

    { 0, 0, NULL, "docker auth", NULL, false },
    { 1, 10, "REQUIRED", "docker-http-basic-authenticator", NULL, false },
};

static const struct config_row {
    const char  *alias, *key, *value;
} config_rows[] = {
    { "browser-conditional-credential", "credentials", "webauthn-passwordless" },
    { "review profile config", "update.profile.on.first.login", "missing" },
    { "create unique user config", "require.password.update.after.registration", "false" },
    { "first-broker-login-conditional-credential", "credentials", "webauthn-passwordless" },
};

/* None of them is given to new users. */
static const struct action_row {
    const char  *alias, *name;
    int          priority;
    bool         enabled;
} action_rows[] = {
    { "TERMS_AND_CONDITIONS", "Terms and Conditions", 20, false },
    { "UPDATE_PROFILE", "Update Profile", 40, true },
    { "VERIFY_EMAIL", "Verify Email", 50, true },
    { "CONFIGURE_TOTP", "Configure OTP", 54, true },
    { "UPDATE_PASSWORD", "Update Password", 57, true },
    { "delete_account", "Delete Account", 60, false },
    { "UPDATE_EMAIL", "Update Email", 70, false },
    { "webauthn-register", "Webauthn Register", 80, true },
    { "webauthn-register-passwordless", "Webauthn Register Passwordless", 90, true },
    { "VERIFY_PROFILE", "Verify Profile", 100, true },
    { "delete_credential", "Delete Credential", 110, true },
    { "idp_link", "Linking Identity Provider", 120, true },
    { "CONFIGURE_RECOVERY_AUTHN_CODES", "Recovery Authentication Codes", 130, true },
    { "update_user_locale", "Update User Locale", 1000, true },
};

#define N(table)   (sizeof(table) / sizeof((table)[0]))
#define DEPTH_MAX  8


/* ---- flows --------------------------------------------------------------- */

static bool
has_alias(const json_t *list, const char *alias)
{
    const json_t  *item;
    const char    *a;
    size_t         i;

    json_array_foreach(list, i, item) {
        a = doc_str(item, "alias");
        if (a != NULL && strcmp(a, alias) == 0) {
            return true;
        }
    }
    return false;
}


/* A flow with nothing in it; its list of executions, NULL: no memory. */
static json_t *
add_flow(struct import *im, json_t *flows, const char *alias,
    const struct flow_row *row, const char **ret_id)
{
    const char  *id = import_id(im, "built-in flow", alias, "");
    const char  *provider = row->kind == NULL ? "basic-flow" : row->kind;
    json_t      *flow;

    if (id == NULL) {
        return NULL;
    }
    flow = json_pack("{s:s, s:s, s:s, s:b, s:b, s:[]}", "id", id,
                     "alias", alias, "providerId", provider,
                     "topLevel", row->depth == 0, "builtIn", 1,
                     "authenticationExecutions");
    if (json_array_append_new(flows, flow) != 0) {
        return NULL;
    }
    *ret_id = id;
    return json_object_get(flow, "authenticationExecutions");
}


/* Appended to `into`; a sub-flow's own list comes back in *ret_inner. */
static bool
add_execution(struct import *im, json_t *flows, json_t *into,
    const struct flow_row *row, json_t **ret_inner)
{
    json_t      *x = json_pack("{s:s, s:i, s:b}", "requirement",
                               row->requirement, "priority", row->priority,
                               "userSetupAllowed", 0);
    bool         is_flow = row->what[0] == '[';
    const char  *alias, *id;

    if (json_array_append_new(into, x) != 0
        || json_object_set_new(x, "authenticatorFlow",
                               json_boolean(is_flow)) != 0
        || json_object_set_new(x, "autheticatorFlow",
                               json_boolean(is_flow)) != 0)
    {
        return false;
    }
    if (!is_flow) {
        return doc_put(x, "authenticator", row->what)
               && (row->kind == NULL
                   || doc_put(x, "authenticatorConfig", row->kind));
    }
    alias = arena_dup(im->c->a, ab_slice(row->what + 1,
                                         strlen(row->what) - 2));
    *ret_inner = alias == NULL ? NULL
                 : add_flow(im, flows, alias, row, &id);
    if (*ret_inner == NULL || !doc_put(x, "flowAlias", alias)
        || !doc_put(x, "builtInFlowId", id))
    {
        return false;
    }
    return strcmp(alias, "registration form") != 0
           || doc_put(x, "authenticator", "registration-page-form");
}


/* One top flow and all below it, from row i; the row behind it. */
static size_t
add_tree(struct import *im, json_t *flows, size_t i, bool *ret_ok)
{
    json_t      *lists[DEPTH_MAX + 1] = { NULL };
    const char  *id;

    lists[0] = add_flow(im, flows, flow_rows[i].what, &flow_rows[i], &id);
    *ret_ok = lists[0] != NULL;
    for (i++; i < N(flow_rows) && flow_rows[i].depth > 0; i++) {
        if (*ret_ok && !(flow_rows[i].org && im->is_master)) {
            *ret_ok = add_execution(im, flows, lists[flow_rows[i].depth - 1],
                                    &flow_rows[i],
                                    &lists[flow_rows[i].depth]);
        }
    }
    return i;
}


static size_t
skip_tree(size_t i)
{
    do {
        i++;
    } while (i < N(flow_rows) && flow_rows[i].depth > 0);
    return i;
}


bool
import_default_flows(struct import *im, json_t *flows, json_t *configs)
{
    size_t  i = 0;
    bool    ok = true;

    while (ok && i < N(flow_rows)) {
        i = has_alias(flows, flow_rows[i].what) ? skip_tree(i)
                                                : add_tree(im, flows, i, &ok);
    }
    for (i = 0; ok && i < N(config_rows); i++) {
        if (!has_alias(configs, config_rows[i].alias)) {
            ok = json_array_append_new(configs, json_pack("{s:s, s:{s:s}}",
                     "alias", config_rows[i].alias, "config",
                     config_rows[i].key, config_rows[i].value)) == 0;
        }
    }
    return ok;
}


/* ---- required actions ---------------------------------------------------- */

bool
import_default_actions(json_t *actions)
{
    size_t  i;
    bool    ok = true;

    for (i = 0; ok && i < N(action_rows); i++) {
        ok = json_array_append_new(actions, json_pack(
                 "{s:s, s:s, s:s, s:b, s:b, s:i, s:{}}",
                 "alias", action_rows[i].alias, "name", action_rows[i].name,
                 "providerId", action_rows[i].alias,
                 "enabled", action_rows[i].enabled, "defaultAction", 0,
                 "priority", action_rows[i].priority, "config")) == 0;
    }
    return ok;
}
