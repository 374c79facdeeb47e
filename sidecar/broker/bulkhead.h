/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bulkhead.h - a provider that is slow or down costs the others nothing.
 *
 * At most AB_MAX_IDP_CALLS_N threads at once work for one provider, and
 * AB_MAX_IDP_CALLS_ALL_N for all of them, so that some of the web pool stay
 * free whatever the providers do. After several failures in a row a provider
 * is not asked for a few seconds, then by one login alone, whose success
 * opens it to all again.
 */
#ifndef BROKER_BULKHEAD_H
#define BROKER_BULKHEAD_H

#include "broker/provider_state.h"

/* AB_E_IDP_BUSY: full. After AB_OK bulkhead_leave() must follow. */
enum ab_err bulkhead_enter(struct ctx *c, struct provider_state *st);
void bulkhead_leave(struct provider_state *st);

/* May the provider be asked now. The error it gave lately (AB_E_IDP_DOWN,
 * AB_E_IDP_TIMEOUT) while it is left alone. After AB_OK breaker_leave() must
 * follow. */
enum ab_err breaker_enter(struct ctx *c, struct provider_state *st);
/* How it went. Only AB_E_IDP_DOWN and AB_E_IDP_TIMEOUT are failures of the
 * provider; an answer, however wrong, is none. */
void breaker_leave(struct provider_state *st, enum ab_err result);

#endif
