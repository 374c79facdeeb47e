/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * jwks.h - keys of identity providers, fetched once for all who wait.
 *
 * struct jwks_cache holds all that is remembered between logins of a
 * provider (provider_state.h), its keys being the best known part.
 *
 * One entry a provider (realm id + internalId). A kid that is not there
 * causes one fetch for all that wait for it; fetches of one provider are
 * bounded by a bucket of three at once and one more each 10 s, so that an
 * ordinary rotation fails no login and a storm of bad kids costs nothing
 * (T-BE14). The old set is kept when a fetch fails.
 */
#ifndef BROKER_JWKS_H
#define BROKER_JWKS_H

#include "ab_jws.h"
#include "model/idp.h"

struct jwks_cache *jwks_cache_new(void);
void jwks_cache_free(struct jwks_cache *j);
/* Forget a provider (changed or removed); idp_id NULL: all of the realm;
 * realm_id NULL: all. Calls under way keep what they hold. */
void jwks_cache_drop(struct jwks_cache *j, const char *realm_id,
    const char *idp_id);

/*
 * Verify a JWS with the provider's keys (jwksUrl, the configured key, or what
 * discovery names). A bad signature under a known kid causes one refetch too.
 * AB_E_IDP_REPLY: no key fits or the signature is wrong (the detail says
 * which); other AB_E_IDP_… when the keys cannot be had.
 */
enum ab_err jwks_verify(struct ctx *c, const struct realm *realm,
    const struct idp *idp, const struct ab_jws *jws);

#endif
