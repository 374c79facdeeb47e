/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * oidc_id_token.c - whether a provider's token means what it should (OpenID
 * Connect Core section 3.1.3.7).
 *
 * One table of checks, walked in order; the first that fails names itself in
 * the log. A claim that is there with a wrong type fails like a wrong value.
 */
#include "oidc.h"

#include "jwks.h"

#include "ab_claims.h"
#include "ab_ct.h"
#include "ab_limits.h"
#include "ab_time.h"
#include "model/doc.h"
#include "token/sign.h"

/* What a check looks at. */
struct checked {
    struct ctx                  *c;
    const struct oidc_expected  *e;
    const struct ab_jws         *jws;
    const json_t                *claims;
};

struct check {
    const char   *name;
    enum ab_err   err;
    bool        (*ok)(const struct checked *t);
};

static bool header_typ_ok(const struct checked *t);
static bool payload_typ_ok(const struct checked *t);
static bool iss_ok(const struct checked *t);
static bool sub_ok(const struct checked *t);
static bool aud_ok(const struct checked *t);
static bool azp_there(const struct checked *t);
static bool azp_ok(const struct checked *t);
static bool exp_ok(const struct checked *t);
static bool nbf_ok(const struct checked *t);
static bool iat_ok(const struct checked *t);
static bool no_events(const struct checked *t);
static bool nonce_there(const struct checked *t);
static bool nonce_ok(const struct checked *t);
static bool at_hash_ok(const struct checked *t);
static bool c_hash_ok(const struct checked *t);
static bool auth_time_ok(const struct checked *t);
static bool access_typ_ok(const struct checked *t);
static bool access_iat_ok(const struct checked *t);
static bool hash_ok(const struct checked *t, const char *name,
    struct ab_slice of);
static enum ab_err run(const struct checked *t, const char *what,
    const struct check *checks, size_t n);

/* Name in the log, error, check. Signature comes before all of them. */
static const struct check  id_checks[] = {
    { "header typ",  AB_E_IDP_REPLY,   header_typ_ok },
    { "iss",         AB_E_IDP_ISSUER,  iss_ok },
    { "sub",         AB_E_IDP_REPLY,   sub_ok },
    { "aud",         AB_E_IDP_REPLY,   aud_ok },
    { "azp missing", AB_E_IDP_REPLY,   azp_there },
    { "azp",         AB_E_IDP_REPLY,   azp_ok },
    { "exp",         AB_E_IDP_REPLY,   exp_ok },
    { "nbf",         AB_E_IDP_REPLY,   nbf_ok },
    { "iat",         AB_E_IDP_REPLY,   iat_ok },
    { "typ",         AB_E_IDP_REPLY,   payload_typ_ok },
    { "events",      AB_E_IDP_REPLY,   no_events },
    { "nonce missing", AB_E_IDP_REPLY, nonce_there },
    { "nonce",       AB_E_TOKEN_NONCE, nonce_ok },
    { "at_hash",     AB_E_IDP_REPLY,   at_hash_ok },
    { "c_hash",      AB_E_IDP_REPLY,   c_hash_ok },
    { "auth_time",   AB_E_IDP_REPLY,   auth_time_ok },
};

static const struct check  access_checks[] = {
    { "header typ",  AB_E_IDP_REPLY,   access_typ_ok },
    { "iss",         AB_E_IDP_ISSUER,  iss_ok },
    { "exp",         AB_E_IDP_REPLY,   exp_ok },
    { "nbf",         AB_E_IDP_REPLY,   nbf_ok },
    { "iat",         AB_E_IDP_REPLY,   access_iat_ok },
};

#define ROWS(a)  (sizeof(a) / sizeof((a)[0]))


enum ab_err
oidc_id_token(struct ctx *c, const struct oidc_expected *e,
    struct ab_slice token, const json_t **ret_claims)
{
    struct ab_jws    jws;
    const json_t    *claims;
    struct checked   t = { .c = c, .e = e, .jws = &jws };
    enum ab_err      err;

    err = oidc_verify(c, e->s, "id_token", token, &jws, &claims);
    if (err != AB_OK) {
        return err;
    }
    t.claims = claims;
    err = run(&t, "id_token", id_checks, ROWS(id_checks));
    if (err == AB_OK) {
        *ret_claims = claims;
    }
    return err;
}


enum ab_err
oidc_access_token(struct ctx *c, const struct oidc_expected *e,
    struct ab_slice token, struct ab_slice sub, const json_t **ret_claims)
{
    struct ab_jws    jws;
    struct ab_slice  got;
    const json_t    *claims;
    struct checked   t = { .c = c, .e = e, .jws = &jws };
    enum ab_err      err;

    err = oidc_verify(c, e->s, "access_token", token, &jws, &claims);
    if (err != AB_OK) {
        return err;
    }
    t.claims = claims;
    err = run(&t, "access_token", access_checks, ROWS(access_checks));
    if (err != AB_OK) {
        return err;
    }
    if (ab_claims_has(claims, "sub")
        && (ab_claims_text(claims, "sub", &got) != AB_OK
            || !ab_slice_eq(got, sub)))
    {
        return ctx_fail(c, AB_E_IDP_SUBJECT, "access_token: sub");
    }
    *ret_claims = claims;
    return AB_OK;
}


enum ab_err
oidc_verify(struct ctx *c, const struct oidc_settings *s, const char *what,
    struct ab_slice token, struct ab_jws *ret_jws, const json_t **ret_claims)
{
    json_t       *claims = NULL;
    enum ab_err   err = ab_jws_split(token, ret_jws);

    if (err != AB_OK) {
        return ctx_fail(c, AB_E_IDP_REPLY, "%s: %s", what,
                        ab_err_reason(err));
    }
    err = jwks_verify(c, s->realm, s->idp, ret_jws);
    if (err != AB_OK) {
        return err;
    }
    err = ab_jws_claims(ret_jws, &claims);
    if (err == AB_E_NOMEM) {
        return ctx_nomem(c);
    }
    if (err != AB_OK) {
        return ctx_fail(c, AB_E_IDP_REPLY, "%s: claims", what);
    }
    *ret_claims = doc_own(c, claims);
    return *ret_claims == NULL ? c->f.code : AB_OK;
}


static enum ab_err
run(const struct checked *t, const char *what, const struct check *checks,
    size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        if (!checks[i].ok(t)) {
            return t->c->f.code != AB_OK ? t->c->f.code
                   : ctx_fail(t->c, checks[i].err, "%s: %s", what,
                              checks[i].name);
        }
    }
    return AB_OK;
}


/* RFC 8725 section 3.11: another kind of token must not pass for this one. */
static bool
header_typ_ok(const struct checked *t)
{
    return t->jws->typ[0] == '\0' || strcmp(t->jws->typ, "jwt") == 0
           || strcmp(t->jws->typ, "jose") == 0;
}


static bool
access_typ_ok(const struct checked *t)
{
    return header_typ_ok(t) || strcmp(t->jws->typ, "at+jwt") == 0;
}


/* Keycloak's own `typ` in the payload: its access and refresh tokens have
 * others. */
static bool
payload_typ_ok(const struct checked *t)
{
    struct ab_slice  typ;

    return !ab_claims_has(t->claims, "typ")
           || (ab_claims_text(t->claims, "typ", &typ) == AB_OK
               && (ab_slice_eq_nocase(typ, AB_S("ID"))
                   || ab_slice_eq_nocase(typ, AB_S("JWT"))));
}


static bool
iss_ok(const struct checked *t)
{
    struct ab_slice  iss;

    return ab_claims_text(t->claims, "iss", &iss) == AB_OK
           && oidc_issuer_is_known(t->e->s, iss);
}


/* At most 255 ASCII characters (section 2); no controls, as it goes into
 * logs and pages. */
static bool
sub_ok(const struct checked *t)
{
    struct ab_slice  sub;
    size_t           i;

    if (ab_claims_text(t->claims, "sub", &sub) != AB_OK || sub.len == 0
        || sub.len > AB_MAX_IDP_TEXT)
    {
        return false;
    }
    for (i = 0; i < sub.len; i++) {
        if (sub.p[i] < 0x20 || sub.p[i] > 0x7e) {
            return false;
        }
    }
    return true;
}


static bool
aud_ok(const struct checked *t)
{
    return ab_claims_contains(t->claims, "aud",
                              ab_slice_str(t->e->s->client_id));
}


/* Items 3 and 4: for whom is it, when it names others beside us. */
static bool
azp_there(const struct checked *t)
{
    const json_t  *aud = json_object_get(t->claims, "aud");

    return !json_is_array(aud) || json_array_size(aud) == 1
           || ab_claims_has(t->claims, "azp");
}


static bool
azp_ok(const struct checked *t)
{
    struct ab_slice  azp;

    return !ab_claims_has(t->claims, "azp")
           || (ab_claims_text(t->claims, "azp", &azp) == AB_OK
               && ab_slice_eq_str(azp, t->e->s->client_id));
}


static bool
exp_ok(const struct checked *t)
{
    int64_t  exp;

    return ab_claims_time(t->claims, "exp", &exp) == AB_OK
           && t->e->now < exp;
}


static bool
nbf_ok(const struct checked *t)
{
    int64_t  nbf;

    return !ab_claims_has(t->claims, "nbf")
           || (ab_claims_time(t->claims, "nbf", &nbf) == AB_OK
               && nbf <= ab_time_add(t->e->now, t->e->s->skew_s));
}


static bool
iat_ok(const struct checked *t)
{
    int64_t  iat;

    return ab_claims_time(t->claims, "iat", &iat) == AB_OK && iat > 0
           && iat <= ab_time_add(t->e->now, t->e->s->skew_s);
}


/* Optional in access tokens (RFC 7519 section 4.1.6). */
static bool
access_iat_ok(const struct checked *t)
{
    return !ab_claims_has(t->claims, "iat") || iat_ok(t);
}


/* A logout token (Back-Channel Logout section 2.4) or another security
 * event is no sign-in. */
static bool
no_events(const struct checked *t)
{
    return !ab_claims_has(t->claims, "events");
}


static bool
nonce_there(const struct checked *t)
{
    return t->e->nonce == NULL || ab_claims_has(t->claims, "nonce");
}


/*
 * Item 11. Without it a code stolen from another browser's flow signs its
 * thief in here: injection, RFC 9700 section 4.5. A nonce that nobody sent
 * belongs to such a flow too.
 */
static bool
nonce_ok(const struct checked *t)
{
    struct ab_slice  nonce;

    if (t->e->nonce == NULL) {
        return !ab_claims_has(t->claims, "nonce");
    }
    return ab_claims_text(t->claims, "nonce", &nonce) == AB_OK
           && ab_ct_slice_eq(nonce, ab_slice_str(t->e->nonce));
}


static bool
at_hash_ok(const struct checked *t)
{
    return hash_ok(t, "at_hash", t->e->access_token);
}


static bool
c_hash_ok(const struct checked *t)
{
    return hash_ok(t, "c_hash", t->e->code);
}


/* Section 3.1.3.6, when it is there. */
static bool
hash_ok(const struct checked *t, const char *name, struct ab_slice of)
{
    struct ab_slice  got;
    const char      *want;

    if (!ab_claims_has(t->claims, name)) {
        return true;
    }
    if (ab_claims_text(t->claims, name, &got) != AB_OK) {
        return false;
    }
    want = token_half_hash(t->c, ab_alg_name(t->jws->alg), of);
    return want != NULL && ab_ct_slice_eq(got, ab_slice_str(want));
}


/* Measured from when the browser left for the provider: the time the person
 * takes there is not the provider's. */
static bool
auth_time_ok(const struct checked *t)
{
    int64_t  at;

    if (!ab_claims_has(t->claims, "auth_time")) {
        return t->e->max_age_s < 0;
    }
    if (ab_claims_time(t->claims, "auth_time", &at) != AB_OK || at < 0
        || at > ab_time_add(t->e->now, t->e->s->skew_s))
    {
        return false;
    }
    return t->e->max_age_s < 0
           || ab_time_add(at, t->e->max_age_s + t->e->s->skew_s)
              >= t->e->began;
}
