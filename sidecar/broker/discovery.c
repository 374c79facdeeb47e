/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * discovery.c - a provider's metadata document.
 */
#include "discovery.h"

#include "fetch.h"

#include "ab_claims.h"
#include "ab_limits.h"
#include "ab_uri.h"
#include "model/doc.h"

#define MAX_AGE_MS  (60 * 60 * 1000)
#define WELL_KNOWN  "/.well-known/openid-configuration"

/* What the parser must know beside the address. */
struct expected {
    const char *const  *issuers;
    size_t              n;
};

/* Addresses in the document; is_needed: without it no login works. */
static const struct {
    const char  *name;
    bool         is_needed;
} addresses[] = {
    { "authorization_endpoint", true },
    { "token_endpoint",         true },
    { "jwks_uri",               true },
    { "userinfo_endpoint",      false },
    { "end_session_endpoint",   false },
};

static enum ab_err parse(struct ctx *c, const struct fetch *spec,
    struct ab_slice body, void **ret_object);
static enum ab_err check(struct ctx *c, const struct fetch *spec,
    const json_t *doc);
static bool issuer_fits(const struct fetch *spec, struct ab_slice issuer);
static bool address_fits(const json_t *doc, size_t row, bool is_https);


enum ab_err
discovery_get(struct ctx *c, const struct realm *realm,
    const struct idp *idp, const char *url, const char *const *issuers,
    size_t n, const json_t **ret_metadata)
{
    struct provider_state  *st = provider_state_get(c, realm, idp);
    const struct expected   expected = { issuers, n };
    const struct fetch      spec = {
        .kind = DOC_DISCOVERY, .url = url, .reply_max = AB_MAX_IDP_REPLY,
        .max_age_ms = MAX_AGE_MS, .ssl = realm->ssl_required,
        .parse = parse, .free_fn = doc_unref, .arg = &expected,
    };
    const void   *object;
    uint64_t      generation;
    enum ab_err   err;

    if (st == NULL) {
        return c->f.code;
    }
    err = fetch_get(c, st, &spec, 0, &object, &generation);
    if (err != AB_OK) {
        return err;
    }
    /* It may have been read for other settings than today's. */
    err = check(c, &spec, object);
    if (err == AB_OK) {
        *ret_metadata = object;
    }
    return err;
}


bool
discovery_lists(const json_t *metadata, const char *name, const char *text)
{
    return json_is_array(json_object_get(metadata, name))
           && ab_claims_contains(metadata, name, ab_slice_str(text));
}


static enum ab_err
parse(struct ctx *c, const struct fetch *spec, struct ab_slice body,
    void **ret_object)
{
    json_t       *doc = NULL;
    enum ab_err   err = ab_claims_parse(body, &doc);

    if (err == AB_E_NOMEM) {
        return ctx_nomem(c);
    }
    if (err != AB_OK) {
        return ctx_fail(c, AB_E_IDP_REPLY, "no JSON object at %.200s",
                        spec->url);
    }
    err = check(c, spec, doc);
    if (err != AB_OK) {
        json_decref(doc);
        return err;
    }
    *ret_object = doc;
    return AB_OK;
}


static enum ab_err
check(struct ctx *c, const struct fetch *spec, const json_t *doc)
{
    bool             is_https = strncasecmp(spec->url, "https:", 6) == 0;
    struct ab_slice  issuer;
    size_t           i;

    if (ab_claims_text(doc, "issuer", &issuer) != AB_OK
        || !issuer_fits(spec, issuer))
    {
        return ctx_fail(c, AB_E_IDP_ISSUER, "issuer of %.200s", spec->url);
    }
    for (i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        if (!address_fits(doc, i, is_https)) {
            return ctx_fail(c, AB_E_IDP_REPLY, "%s of %.200s",
                            addresses[i].name, spec->url);
        }
    }
    return AB_OK;
}


static bool
issuer_fits(const struct fetch *spec, struct ab_slice issuer)
{
    const struct expected  *e = spec->arg;
    struct ab_slice         url = ab_slice_str(spec->url);
    size_t                  i;

    for (i = 0; i < e->n; i++) {
        if (ab_slice_eq_str(issuer, e->issuers[i])) {
            return true;
        }
    }
    if (e->n > 0) {
        return false;
    }
    if (issuer.len > 0 && issuer.p[issuer.len - 1] == '/') {
        issuer.len--;
    }
    return issuer.len > 0 && ab_slice_starts(url, issuer)
           && ab_slice_eq(ab_slice(url.p + issuer.len, url.len - issuer.len),
                          AB_S(WELL_KNOWN));
}


static bool
address_fits(const json_t *doc, size_t row, bool is_https)
{
    struct ab_slice  text;
    struct ab_uri    u;

    if (!ab_claims_has(doc, addresses[row].name)) {
        return !addresses[row].is_needed;
    }
    return ab_claims_text(doc, addresses[row].name, &text) == AB_OK
           && ab_uri_parse(text, &u) == AB_OK && !u.has_userinfo
           && u.fragment.p == NULL && (u.is_https || !is_https);
}
