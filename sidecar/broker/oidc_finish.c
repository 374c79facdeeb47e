/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * oidc_finish.c - from a provider's callback to a brokered identity.
 */
#include "oidc.h"

#include "ab_claims.h"
#include "ab_time.h"
#include "base/clock.h"
#include "model/doc.h"

static enum ab_err check_issuer(struct ctx *c, const struct oidc_settings *s,
    const struct provider_finish *in);
static enum ab_err expect(struct ctx *c, const struct oidc_settings *s,
    const struct provider_finish *in, struct oidc_expected *ret_e);
static enum ab_err prove(struct ctx *c, const struct oidc_settings *s,
    const struct oidc_expected *e, const struct oidc_tokens *tokens,
    struct oidc_proven *ret_p);
static enum ab_err forget_notes(struct ctx *c, struct auth_tab *tab);
static int64_t note_number(const json_t *notes, const char *name,
    int64_t fallback);


enum ab_err
oidc_finish(struct ctx *c, const struct provider_finish *in,
    struct brokered *ret_b)
{
    const struct ab_param  *code = ab_form_find(in->params, in->n_params,
                                                "code", NULL);
    struct oidc_settings    s;
    struct oidc_expected    e;
    struct oidc_tokens      tokens;
    struct oidc_proven      p;
    enum ab_err             err;

    if (code == NULL || code->value.len == 0) {
        return ctx_fail(c, AB_E_IDP_PARAMS, "no code");
    }
    err = oidc_settings_load(c, in->realm, in->idp, &s);
    if (err == AB_OK) {
        err = check_issuer(c, &s, in);
    }
    if (err == AB_OK) {
        err = expect(c, &s, in, &e);
    }
    if (err == AB_OK) {
        err = oidc_redeem(c, &s, in->redirect_uri, e.code.p,
                          auth_note(in->tab->client_notes,
                                    OIDC_NOTE_VERIFIER), &tokens);
    }
    if (err == AB_OK) {
        err = prove(c, &s, &e, &tokens, &p);
    }
    if (err == AB_OK) {
        err = oidc_identity(c, &s, &p, ret_b);
    }
    return err == AB_OK ? forget_notes(c, in->tab) : err;
}


/* RFC 9207: before the code goes anywhere, that it comes from this provider
 * and no other (mix-up, T-LG6). */
static enum ab_err
check_issuer(struct ctx *c, const struct oidc_settings *s,
    const struct provider_finish *in)
{
    size_t                  count;
    const struct ab_param  *iss = ab_form_find(in->params, in->n_params,
                                               "iss", &count);

    if (count == 0 && !s->iss_is_advertised) {
        return AB_OK;
    }
    if (iss == NULL || !oidc_issuer_is_known(s, iss->value)) {
        return ctx_fail(c, AB_E_IDP_ISSUER, "iss parameter %s",
                        count == 0 ? "missing" : "of another issuer");
    }
    return AB_OK;
}


static enum ab_err
expect(struct ctx *c, const struct oidc_settings *s,
    const struct provider_finish *in, struct oidc_expected *ret_e)
{
    const json_t           *notes = in->tab->client_notes;
    const struct ab_param  *code = ab_form_find(in->params, in->n_params,
                                                "code", NULL);
    const char             *text = arena_dup(c->a, code->value);

    if (text == NULL) {
        return ctx_nomem(c);
    }
    *ret_e = (struct oidc_expected) {
        .s = s,
        .code = ab_slice(text, code->value.len),
        .nonce = auth_note(notes, OIDC_NOTE_NONCE),
        .max_age_s = idp_config_true(in->idp, "passMaxAge")
                     ? note_number(notes, "max_age", -1) : -1,
        .began = note_number(notes, OIDC_NOTE_TIME, clock_now_s()),
        .now = clock_now_s(),
    };
    /* Without both, a callback that lost its notes would be unguarded. */
    if (ret_e->nonce == NULL && !idp_config_true(in->idp, "disableNonce")) {
        return ctx_fail(c, AB_E_IDP_STATE, "the login has no nonce");
    }
    return AB_OK;
}


static enum ab_err
prove(struct ctx *c, const struct oidc_settings *s,
    const struct oidc_expected *e, const struct oidc_tokens *tokens,
    struct oidc_proven *ret_p)
{
    struct oidc_proven    p = { .tokens = tokens };
    struct oidc_expected  with = *e;
    struct ab_slice       sub;
    enum ab_err           err;

    with.access_token = tokens->access_token;
    with.now = clock_now_s();
    err = oidc_id_token(c, &with, tokens->id_token, &p.id_token);
    if (err != AB_OK) {
        return err;
    }
    (void) ab_claims_text(p.id_token, "sub", &sub);
    if (s->userinfo != NULL && !idp_config_true(s->idp, "disableUserInfo")) {
        err = oidc_userinfo(c, s, tokens->access_token, sub, &p.userinfo);
    }
    if (err == AB_OK && s->access_token_is_jwt) {
        err = oidc_access_token(c, &with, tokens->access_token, sub,
                                &p.access_token);
    }
    if (err == AB_OK) {
        err = oidc_essential_claim(c, s->idp, p.id_token);
    }
    if (err == AB_OK) {
        *ret_p = p;
    }
    return err;
}


/* Used once: a later answer finds nothing to compare with. */
static enum ab_err
forget_notes(struct ctx *c, struct auth_tab *tab)
{
    static const char *const  names[] = {
        OIDC_NOTE_NONCE, OIDC_NOTE_VERIFIER, OIDC_NOTE_TIME,
    };
    enum ab_err  err = AB_OK;
    size_t       i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]) && err == AB_OK; i++) {
        err = auth_note_set(c, tab->client_notes, names[i], NULL);
    }
    return err;
}


static int64_t
note_number(const json_t *notes, const char *name, int64_t fallback)
{
    const char  *text = auth_note(notes, name);
    size_t       zeros = text == NULL ? 0 : strspn(text, "0");
    uint64_t     n;

    if (text == NULL) {
        return fallback;
    }
    if (zeros > 0 && text[zeros] == '\0') {
        return 0;
    }
    return ab_parse_u64(ab_slice_str(text + zeros), &n) == AB_OK
           && n <= INT32_MAX * 4ull ? (int64_t) n : fallback;
}
