/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * jwks.h - keys of identity providers, fetched once for all who wait.
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
/* Forget a provider (changed or removed); id NULL: all of the realm. */
void jwks_cache_drop(struct jwks_cache *j, const char *realm_id,
    const char *idp_id);

/*
 * Verify a JWS with the provider's keys (jwksUrl, or the configured key).
 * A bad signature under a known kid causes one refetch too. AB_OK,
 * AB_E_TOKEN_…, AB_E_IDP_… when the keys cannot be had.
 */
enum ab_err jwks_verify(struct ctx *c, const struct realm *realm,
    const struct idp *idp, const struct ab_jws *jws);

#endif
