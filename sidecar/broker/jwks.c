/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * jwks.c - signatures of identity providers.
 *
 * Keys come from the provider's settings: a JWKS address, or one key written
 * there. An unknown kid or a bad signature has the set fetched again, within
 * the bounds of fetch.c, so that neither a rotation nor a key replaced under
 * its old kid fails a login.
 */
#include "jwks.h"

#include "ab_limits.h"
#include "fetch.h"
#include "oidc.h"
#include "token/pem.h"

#include <stdlib.h>

#define MAX_AGE_MS  (60 * 60 * 1000)

static enum ab_err verify_fetched(struct ctx *c,
    const struct oidc_settings *s, const struct ab_jws *jws);
static enum ab_err parse_set(struct ctx *c, const struct fetch *spec,
    struct ab_slice body, void **ret_object);
static void free_set(void *object);
static enum ab_err verify_configured(struct ctx *c,
    const struct oidc_settings *s, const struct ab_jws *jws);
static enum ab_err verify_configured_set(struct ctx *c,
    const struct oidc_settings *s, const struct ab_jws *jws);
static enum ab_err verdict(struct ctx *c, enum ab_err err,
    const struct ab_jws *jws);


enum ab_err
jwks_verify(struct ctx *c, const struct realm *realm, const struct idp *idp,
    const struct ab_jws *jws)
{
    struct oidc_settings  s;
    enum ab_err           err = oidc_settings_load(c, realm, idp, &s);

    if (err != AB_OK) {
        return err;
    }
    if (s.jwks != NULL) {
        return verify_fetched(c, &s, jws);
    }
    if (s.public_key == NULL) {
        return ctx_fail(c, AB_E_IDP_CONFIG, "'%.64s' has no keys",
                        idp->alias);
    }
    return verify_configured(c, &s, jws);
}


static enum ab_err
verify_fetched(struct ctx *c, const struct oidc_settings *s,
    const struct ab_jws *jws)
{
    struct provider_state  *st = provider_state_get(c, s->realm, s->idp);
    const struct fetch      spec = {
        .kind = DOC_JWKS, .url = s->jwks, .reply_max = AB_MAX_JWKS,
        .max_age_ms = MAX_AGE_MS, .ssl = s->realm->ssl_required,
        .parse = parse_set, .free_fn = free_set,
    };
    const void   *set;
    uint64_t      generation;
    enum ab_err   err, again;

    if (st == NULL) {
        return c->f.code;
    }
    err = fetch_get(c, st, &spec, 0, &set, &generation);
    if (err != AB_OK) {
        return err;
    }
    err = ab_jws_verify(jws, set, AB_ALGS_ALL);
    if (err != AB_E_TOKEN_KEY && err != AB_E_TOKEN_SIG) {
        return verdict(c, err, jws);
    }
    again = fetch_get(c, st, &spec, generation, &set, &generation);
    if (again == AB_OK) {
        err = ab_jws_verify(jws, set, AB_ALGS_ALL);
    } else {
        /* The old set has spoken; why no newer one came matters less. */
        fail_clear(&c->f);
    }
    return verdict(c, err, jws);
}


static enum ab_err
parse_set(struct ctx *c, const struct fetch *spec, struct ab_slice body,
    void **ret_object)
{
    struct ab_jwk_set  *set = calloc(1, sizeof(*set));
    size_t              skipped = 0;
    enum ab_err         err;

    if (set == NULL) {
        return ctx_nomem(c);
    }
    err = ab_jwk_set_parse(body, set, &skipped);
    if (err != AB_OK) {
        free(set);
        return ctx_fail(c, err == AB_E_NOMEM ? err : AB_E_IDP_REPLY,
                        "JWKS of %.200s: %s", spec->url, ab_err_reason(err));
    }
    if (set->n == 0) {
        free_set(set);
        return ctx_fail(c, AB_E_IDP_REPLY, "JWKS of %.200s: no usable key, "
                        "%zu skipped", spec->url, skipped);
    }
    *ret_object = set;
    return AB_OK;
}


static void
free_set(void *object)
{
    ab_jwk_set_clear(object);
    free(object);
}


/* One PEM key or certificate, or a JWKS as text. With a key id in the
 * settings only a token of exactly that kid may use it. */
static enum ab_err
verify_configured(struct ctx *c, const struct oidc_settings *s,
    const struct ab_jws *jws)
{
    struct ab_slice  spki;
    struct ab_jwk    key;
    enum ab_err      err;

    if (s->public_kid != NULL
        && !ab_slice_eq_str(ab_slice(jws->kid, jws->kid_len), s->public_kid))
    {
        return verdict(c, AB_E_TOKEN_KEY, jws);
    }
    if (s->public_key[strspn(s->public_key, " \t\r\n")] == '{') {
        return verify_configured_set(c, s, jws);
    }
    err = pem_spki(c, s->public_key, &spki);
    if (err != AB_OK) {
        return ctx_fail(c, AB_E_IDP_CONFIG, "publicKeySignatureVerifier of "
                        "'%.64s'", s->idp->alias);
    }
    /* Refused unless the key's kind serves this algorithm. */
    err = ab_jwk_from_spki(spki, jws->alg, ab_slice(NULL, 0), &key);
    if (err != AB_OK) {
        return verdict(c, err == AB_E_NOMEM ? err : AB_E_TOKEN_ALG, jws);
    }
    err = ab_jws_verify_key(jws, &key, AB_ALGS_ALL);
    ab_jwk_clear(&key);
    return verdict(c, err, jws);
}


static enum ab_err
verify_configured_set(struct ctx *c, const struct oidc_settings *s,
    const struct ab_jws *jws)
{
    struct ab_jwk_set  set;
    enum ab_err        err = ab_jwk_set_parse(ab_slice_str(s->public_key),
                                              &set, NULL);

    if (err != AB_OK) {
        return ctx_fail(c, err == AB_E_NOMEM ? err : AB_E_IDP_CONFIG,
                        "publicKeySignatureVerifier of '%.64s'",
                        s->idp->alias);
    }
    err = ab_jws_verify(jws, &set, AB_ALGS_ALL);
    ab_jwk_set_clear(&set);
    return verdict(c, err, jws);
}


/* The kid is the provider's text: cut and, by the log, escaped. */
static enum ab_err
verdict(struct ctx *c, enum ab_err err, const struct ab_jws *jws)
{
    if (err == AB_OK) {
        return AB_OK;
    }
    if (err == AB_E_NOMEM) {
        return ctx_nomem(c);
    }
    return ctx_fail(c, AB_E_IDP_REPLY, "%s, alg %s, kid '%.64s'",
                    ab_err_reason(err), ab_alg_name(jws->alg), jws->kid);
}
