/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * oidc_identity.c - from proven claims to a brokered identity (broker.md
 * section 15).
 *
 * Userinfo, where it was asked, replaces the ID token's values, absent ones
 * included. A value of a shape that no honest provider sends is no value but
 * a refusal.
 */
#include "oidc.h"

#include "ab_claims.h"
#include "ab_limits.h"
#include "base/clock.h"
#include "model/doc.h"

static enum ab_err read_names(struct ctx *c, const json_t *from,
    struct brokered *b);
static enum ab_err claim_text(struct ctx *c, const json_t *o,
    const char *name, const char **ret_text);
static enum ab_err split_name(struct ctx *c, const char *name,
    struct brokered *b);
static enum ab_err choose_username(struct ctx *c,
    const struct oidc_settings *s, const char *preferred,
    struct brokered *b);
static enum ab_err read_email_verified(struct ctx *c,
    const struct oidc_proven *p, struct brokered *b);
static bool mail_is_sound(const char *mail);
static enum ab_err read_session(struct ctx *c, const struct oidc_proven *p,
    struct brokered *b);
static enum ab_err keep_claims(struct ctx *c, const struct oidc_proven *p,
    struct brokered *b);


enum ab_err
oidc_identity(struct ctx *c, const struct oidc_settings *s,
    const struct oidc_proven *p, struct brokered *ret_b)
{
    const json_t     *from = p->userinfo != NULL ? p->userinfo : p->id_token;
    struct brokered   b = { .alias = s->idp->alias, .idp_id = s->idp->id,
                            .email_verified = -1 };
    const char       *preferred;
    enum ab_err       err;

    err = claim_text(c, p->id_token, "sub", &b.id);
    if (err == AB_OK) {
        err = read_names(c, from, &b);
    }
    if (err == AB_OK) {
        err = claim_text(c, from, "preferred_username", &preferred);
    }
    if (err == AB_OK) {
        err = choose_username(c, s, preferred, &b);
    }
    if (err == AB_OK) {
        err = read_email_verified(c, p, &b);
    }
    if (err == AB_OK) {
        err = read_session(c, p, &b);
    }
    if (err == AB_OK) {
        err = keep_claims(c, p, &b);
    }
    if (err == AB_OK) {
        *ret_b = b;
    }
    return err;
}


static enum ab_err
read_names(struct ctx *c, const json_t *from, struct brokered *b)
{
    const char   *name = NULL;
    enum ab_err   err;

    err = claim_text(c, from, "given_name", &b->first_name);
    if (err == AB_OK) {
        err = claim_text(c, from, "family_name", &b->last_name);
    }
    if (err == AB_OK) {
        err = claim_text(c, from, "name", &name);
    }
    if (err == AB_OK) {
        err = claim_text(c, from, "email", &b->email);
    }
    if (err != AB_OK) {
        return err;
    }
    if (b->email != NULL && !mail_is_sound(b->email)) {
        return ctx_fail(c, AB_E_IDP_REPLY, "claim email");
    }
    if (name != NULL && b->first_name == NULL && b->last_name == NULL) {
        return split_name(c, name, b);
    }
    return AB_OK;
}


/* Texts, numbers and booleans as text; NULL for absent, null and "". */
static enum ab_err
claim_text(struct ctx *c, const json_t *o, const char *name,
    const char **ret_text)
{
    const json_t  *v = json_object_get(o, name);
    const char    *text = NULL, *p;

    *ret_text = NULL;
    if (v == NULL || json_is_null(v)) {
        return AB_OK;
    }
    if (json_is_string(v)) {
        text = json_string_value(v);
    } else if (json_is_boolean(v)) {
        text = json_is_true(v) ? "true" : "false";
    } else if (json_is_integer(v)) {
        text = arena_printf(c->a, "%lld", (long long) json_integer_value(v));
    } else {
        return ctx_fail(c, AB_E_IDP_REPLY, "claim %s: type", name);
    }
    if (text != NULL && *text == '\0') {
        return AB_OK;
    }
    for (p = text; p != NULL && *p != '\0'; p++) {
        if ((unsigned char) *p < 0x20 || *p == 0x7f
            || p - text >= AB_MAX_IDP_TEXT)
        {
            return ctx_fail(c, AB_E_IDP_REPLY, "claim %s: length or control "
                            "character", name);
        }
    }
    *ret_text = text == NULL ? NULL : arena_str(c->a, text);
    return *ret_text == NULL ? ctx_nomem(c) : AB_OK;
}


/* At the last blank. */
static enum ab_err
split_name(struct ctx *c, const char *name, struct brokered *b)
{
    const char  *cut = strrchr(name, ' ');

    if (cut == NULL) {
        b->first_name = name;
        return AB_OK;
    }
    b->last_name = cut[1] == '\0' ? NULL : cut + 1;
    if (cut == name) {
        return AB_OK;
    }
    b->first_name = arena_dup(c->a, ab_slice_between(name, cut));
    return b->first_name == NULL ? ctx_nomem(c) : AB_OK;
}


/* preferred_username, else e-mail, else subject; lower case unless the
 * settings keep it. */
static enum ab_err
choose_username(struct ctx *c, const struct oidc_settings *s,
    const char *preferred, struct brokered *b)
{
    const char  *name = preferred != NULL ? preferred
                        : b->email != NULL ? b->email : b->id;
    char        *copy = arena_str(c->a, name), *p;

    if (copy == NULL) {
        return ctx_nomem(c);
    }
    if (!idp_config_true(s->idp, "caseSensitiveOriginalUsername")) {
        for (p = copy; *p != '\0'; p++) {
            *p = ab_lower(*p);
        }
    }
    b->username = copy;
    return AB_OK;
}


/*
 * The ID token's word counts for the address it names itself; for another
 * one only userinfo's own. Texts are taken too, as a large provider sends
 * them.
 */
static enum ab_err
read_email_verified(struct ctx *c, const struct oidc_proven *p,
    struct brokered *b)
{
    const json_t  *mail = json_object_get(p->id_token, "email");
    const json_t  *v = json_object_get(p->id_token, "email_verified");
    bool           is_other = json_is_string(mail) && b->email != NULL
                              && strcasecmp(json_string_value(mail),
                                            b->email) != 0;

    if ((v == NULL || is_other) && p->userinfo != NULL) {
        v = json_object_get(p->userinfo, "email_verified");
    }
    if (v == NULL || json_is_null(v)) {
        return AB_OK;
    }
    if (json_is_boolean(v)) {
        b->email_verified = json_is_true(v);
        return AB_OK;
    }
    if (json_is_string(v)
        && (strcmp(json_string_value(v), "true") == 0
            || strcmp(json_string_value(v), "false") == 0))
    {
        b->email_verified = strcmp(json_string_value(v), "true") == 0;
        return AB_OK;
    }
    return ctx_fail(c, AB_E_IDP_REPLY, "claim email_verified");
}


/* One '@' with something on both sides, no blank (T-LG11). */
static bool
mail_is_sound(const char *mail)
{
    const char  *at = strchr(mail, '@');

    return at != NULL && at != mail && at[1] != '\0'
           && strchr(at + 1, '@') == NULL && strchr(mail, ' ') == NULL;
}


static enum ab_err
read_session(struct ctx *c, const struct oidc_proven *p, struct brokered *b)
{
    const char   *sid = p->tokens->session_state;
    enum ab_err   err;

    if (sid == NULL) {
        err = claim_text(c, p->id_token, "sid", &sid);
        if (err != AB_OK) {
            return err;
        }
    }
    b->broker_user = arena_printf(c->a, "%s.%s", b->alias, b->id);
    if (b->broker_user == NULL) {
        return ctx_nomem(c);
    }
    if (sid != NULL) {
        b->broker_sid = arena_printf(c->a, "%s.%s", b->alias, sid);
        if (b->broker_sid == NULL) {
            return ctx_nomem(c);
        }
    }
    b->id_token = arena_dup(c->a, p->tokens->id_token);
    if (b->id_token == NULL) {
        return ctx_nomem(c);
    }
    (void) ab_claims_time(p->id_token, "auth_time", &b->auth_time);
    return AB_OK;
}


/* What mappers will look at, and the session's note of the tokens' life. */
static enum ab_err
keep_claims(struct ctx *c, const struct oidc_proven *p, struct brokered *b)
{
    long long    expires = p->tokens->expires_in == 0 ? 0
                           : (long long) (clock_now_s()
                                          + p->tokens->expires_in);
    const char  *text = arena_printf(c->a, "%lld", expires);

    b->attributes = doc_own(c, json_object());
    b->notes = doc_own(c, json_object());
    b->claims = doc_own(c, json_pack("{s:O, s:O*, s:O*}", "id_token",
                                     p->id_token, "userinfo", p->userinfo,
                                     "access_token", p->access_token));
    if (text == NULL || b->attributes == NULL || b->notes == NULL
        || b->claims == NULL
        || !doc_put(b->notes, "FEDERATED_TOKEN_EXPIRATION", text))
    {
        return ctx_nomem(c);
    }
    return AB_OK;
}
