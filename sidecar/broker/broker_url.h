/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * broker_url.h - addresses of ours that belong to one identity provider.
 */
#ifndef BROKER_BROKER_URL_H
#define BROKER_BROKER_URL_H

#include "model/idp.h"

/* "BASE/realms/R/broker/ALIAS" and tail ("/endpoint"), in c. NULL: no
 * memory. */
const char *broker_url(struct ctx *c, const struct realm *realm,
    const struct idp *idp, const char *tail);

#endif
