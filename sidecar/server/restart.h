/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * restart.h - KC_RESTART: a sealed copy of an authorization request, from
 * which an expired login is begun anew.
 */
#ifndef SERVER_RESTART_H
#define SERVER_RESTART_H

#include "browser.h"

/* Set the cookie for a tab. Nothing is set (and AB_OK returned) when the
 * request is too large for a cookie: the login then just cannot restart. */
enum ab_err restart_set(struct req *r, const struct browser *b,
    const struct auth_tab *tab);

/*
 * A new tab in b's root (made when there is none) from the browser's
 * KC_RESTART, if that opens, belongs to this browser and names this client
 * (client_id). *ret_tab NULL when it does not.
 */
enum ab_err restart_tab(struct req *r, struct browser *b,
    const struct client *client, struct auth_tab **ret_tab);

#endif
