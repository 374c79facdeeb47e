/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * identity.h - from a brokered identity to a local user.
 */
#ifndef BROKER_IDENTITY_H
#define BROKER_IDENTITY_H

#include "broker/provider.h"

/*
 * Find the user linked to (provider, subject) and bring him up to date by
 * sync mode. *ret_user NULL: nobody is linked; the identity is then kept on
 * the tab (auth note BROKERED_CONTEXT, tab reset, ATTEMPTED_USERNAME) and
 * the first-broker-login flow comes next. AB_E_USER_DISABLED,
 * AB_E_IDP_LINK_ONLY. The tab is saved.
 */
enum ab_err broker_identify(struct ctx *c, const struct realm *realm,
    const struct idp *idp, struct auth_tab *tab, struct brokered *who,
    const struct user **ret_user);

/* The identity kept on the tab; AB_E_NOT_FOUND when there is none. */
enum ab_err broker_context_load(struct ctx *c, const struct auth_tab *tab,
    struct brokered *ret_who);

/*
 * Make the user of a first sign-in with his link, or AB_E_USER_CLASH with
 * nothing changed (name or mail taken). Default roles and groups of the realm
 * granted. Two logins of one identity at once make one user: the second finds
 * him. AB_E_IDP_REFUSED: the provider was switched off or replaced meanwhile.
 */
enum ab_err broker_create_user(struct ctx *c, const struct realm *realm,
    const struct idp *idp, const struct brokered *who,
    const struct user **ret_user);

/* Notes for the user session: identity_provider and the like, broker ids,
 * sealed tokens. Written to tab->user_notes / auth_notes under the NOTE_…
 * names of model/auth_session.h. */
enum ab_err broker_notes(struct ctx *c, struct auth_tab *tab,
    const struct idp *idp, const struct brokered *who);

#endif
