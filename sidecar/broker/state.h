/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * state.h - the `state` of an authorization request to a provider (broker.md
 * section 8).
 */
#ifndef BROKER_STATE_H
#define BROKER_STATE_H

#include "broker/begin.h"

/* CODE.TAB.CLIENT[.CLIENTDATA] of a tab with its fresh code, in c; NULL: no
 * memory. Read by broker_state_parse() (begin.h). */
const char *broker_state_text(struct ctx *c, const struct idp *idp,
    const struct client *client, const struct auth_tab *tab);

#endif
