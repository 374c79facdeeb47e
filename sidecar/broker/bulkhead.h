/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bulkhead.h - a provider that is slow or down costs the others nothing.
 *
 * At most AB_MAX_IDP_CALLS_N logins at once wait for one provider. After
 * several failures in a row it is not asked for a few seconds, then by one
 * login alone, whose success opens it to all again.
 */
#ifndef BROKER_BULKHEAD_H
#define BROKER_BULKHEAD_H

#include "broker/provider_state.h"

/* May this login ask the provider now. AB_E_IDP_BUSY: full, else the error
 * the provider gave lately (AB_E_IDP_DOWN, AB_E_IDP_TIMEOUT). After AB_OK
 * bulkhead_leave() must follow. */
enum ab_err bulkhead_enter(struct ctx *c, struct provider_state *st);
/* How it went. Only AB_E_IDP_DOWN and AB_E_IDP_TIMEOUT are failures of the
 * provider; an answer, however wrong, is none. */
void bulkhead_leave(struct provider_state *st, enum ab_err result);

#endif
