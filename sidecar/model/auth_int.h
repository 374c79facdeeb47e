/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * auth_int.h - what roots and tabs share.
 */
#ifndef MODEL_AUTH_INT_H
#define MODEL_AUTH_INT_H

#include "auth_session.h"

/* base64url SHA-256 of a secret, 43 characters and NUL. */
bool auth_hash(struct ab_slice secret, char ret_hash[44]);
/* Seconds a login may take once somebody answered: the longest of the
 * realm's three (flows.md 6.1). */
int64_t auth_lifespan_s(const struct realm *realm);
/* Exactly n characters of base64url. */
bool auth_is_text(const char *s, size_t n);

/* A tab that is nowhere stored yet, in c; NULL: no memory. */
struct auth_tab *auth_tab_blank(struct ctx *c, const struct auth_root *root,
    const struct client *client);
/* A tab's members from and to the JSON text that is sealed. root_id, tab_id
 * and version stand outside it. */
enum ab_err auth_tab_parse(struct ctx *c, struct ab_slice text,
    struct auth_tab *tab);
enum ab_err auth_tab_text(struct ctx *c, const struct auth_tab *tab,
    struct ab_slice *ret_text);

#endif
