/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * begin.h - send a browser to an identity provider.
 */
#ifndef BROKER_BEGIN_H
#define BROKER_BEGIN_H

#include "broker/provider.h"

/* "BASE/realms/R/broker/ALIAS/login?session_code&client_id&tab_id&client_data";
 * in c. */
const char *broker_login_url(struct ctx *c, const struct realm *realm,
    const struct idp *idp, const struct client *client,
    const struct auth_tab *tab);

/*
 * Draw a state (broker.md section 8, bound to the alias by a client note),
 * ask the provider for its URL, save the tab. The caller verified the
 * session code. AB_E_IDP_REFUSED: unknown kind, disabled, linkOnly.
 */
enum ab_err broker_begin(struct ctx *c, const struct realm *realm,
    const struct idp *idp, const struct client *client,
    struct auth_tab *tab, const char *login_hint, const char **ret_url);

/* A state taken apart: CODE.TAB.CLIENT[.CLIENTDATA]. */
struct broker_state {
    const char            *code;
    const char            *tab_id;
    const struct client   *client;
    const char            *client_data;     /* NULL when absent */
};
/* AB_E_BAD_REQUEST: not three or four parts; AB_E_CLIENT_ABSENT. */
enum ab_err broker_state_parse(struct ctx *c, const struct realm *realm,
    const char *state, struct broker_state *ret_state);

#endif
