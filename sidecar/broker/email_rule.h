/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * email_rule.h - does an address that a provider names count as verified
 * (broker.md section 17.4).
 */
#ifndef BROKER_EMAIL_RULE_H
#define BROKER_EMAIL_RULE_H

#include "broker/provider.h"

/* For a new user, or an address that changes: only from a provider whose
 * addresses the realm trusts, and then as it says itself. */
static inline bool
email_rule_verified(const struct idp *idp, const struct brokered *who)
{
    return idp->trust_email && who->email != NULL
           && who->email_verified != 0;
}

#endif
