/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hints.h - cookies that only spare typing: the user name for the next time
 * (KEYCLOAK_REMEMBER_ME), the language of pages (KEYCLOAK_LOCALE).
 *
 * Neither proves anything; what they say fills in a form.
 */
#ifndef SERVER_HINTS_H
#define SERVER_HINTS_H

#include "browser.h"

/* The remembered user name, in c; NULL when there is none to be read. */
const char *hint_username(struct req *r);

/* After a sign-in: remember the name, or forget one remembered before. */
enum ab_err hint_set_username(struct req *r, const struct realm *realm,
    const struct user *user, bool remember);
/* The user's language, where his account names one. */
enum ab_err hint_set_locale(struct req *r, const struct realm *realm,
    const struct user *user);
/* At logout. */
void hint_clear_username(struct req *r, const struct realm *realm);

#endif
