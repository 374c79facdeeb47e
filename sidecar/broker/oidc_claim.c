/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * oidc_claim.c - the essential claim of a provider's settings (broker.md
 * section 2, filteredByClaim).
 *
 * Patterns are POSIX extended ones without back references, so that matching
 * never explodes; what they cannot say (\d, look-ahead) is a fault of the
 * configuration and lets nobody in.
 */
#include "oidc.h"

#include "ab_claims.h"
#include "ab_limits.h"

#include <ctype.h>
#include <regex.h>

#define PATTERN_MAX  256

static enum ab_err pattern_compile(struct ctx *c, const struct idp *idp,
    const char *text, regex_t *ret_re);
static bool pattern_is_plain(const char *text);
static bool claim_fits(const regex_t *re, const json_t *claim);
static bool value_fits(const regex_t *re, const json_t *value);


enum ab_err
oidc_essential_claim(struct ctx *c, const struct idp *idp,
    const json_t *id_token)
{
    const char   *name = idp_config(idp, "claimFilterName");
    const char   *pattern = idp_config(idp, "claimFilterValue");
    regex_t       re;
    enum ab_err   err;
    bool          fits;

    if (!idp_config_true(idp, "filteredByClaim")) {
        return AB_OK;
    }
    if (name == NULL || pattern == NULL) {
        return ctx_fail(c, AB_E_IDP_CONFIG, "claimFilterName or -Value of "
                        "'%.64s'", idp->alias);
    }
    err = pattern_compile(c, idp, pattern, &re);
    if (err != AB_OK) {
        return err;
    }
    fits = claim_fits(&re, json_object_get(id_token, name));
    regfree(&re);
    return fits ? AB_OK : ctx_fail(c, AB_E_IDP_CLAIM, "claim '%.64s'", name);
}


/* The whole text must match. */
static enum ab_err
pattern_compile(struct ctx *c, const struct idp *idp, const char *text,
    regex_t *ret_re)
{
    const char  *whole = arena_printf(c->a, "^(%s)$", text);

    if (whole == NULL) {
        return ctx_nomem(c);
    }
    if (strlen(text) > PATTERN_MAX || !pattern_is_plain(text)
        || regcomp(ret_re, whole, REG_EXTENDED | REG_NOSUB) != 0)
    {
        return ctx_fail(c, AB_E_IDP_CONFIG, "claimFilterValue of '%.64s'",
                        idp->alias);
    }
    return AB_OK;
}


/* No letter or digit behind a backslash, no "(?", no counted repetition. */
static bool
pattern_is_plain(const char *text)
{
    const char  *p;

    for (p = text; *p != '\0'; p++) {
        if (p[0] == '\\') {
            if (p[1] == '\0' || isalnum((unsigned char) p[1])) {
                return false;
            }
            p++;
        } else if (p[0] == '{' || (p[0] == '(' && p[1] == '?')) {
            return false;
        }
    }
    return true;
}


static bool
claim_fits(const regex_t *re, const json_t *claim)
{
    const json_t  *item;
    size_t         i;

    json_array_foreach(claim, i, item) {
        if (value_fits(re, item)) {
            return true;
        }
    }
    return value_fits(re, claim);
}


static bool
value_fits(const regex_t *re, const json_t *value)
{
    char  text[32];

    if (json_is_integer(value)) {
        snprintf(text, sizeof(text), "%lld",
                 (long long) json_integer_value(value));
        return regexec(re, text, 0, NULL, 0) == 0;
    }
    if (json_is_boolean(value)) {
        return regexec(re, json_is_true(value) ? "true" : "false", 0, NULL,
                       0) == 0;
    }
    return json_is_string(value)
           && json_string_length(value) <= AB_MAX_IDENTITY_TEXT
           && regexec(re, json_string_value(value), 0, NULL, 0) == 0;
}
