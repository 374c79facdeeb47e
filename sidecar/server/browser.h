/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * browser.h - what a browser's cookies say at the realm host, and setting
 * them (tokens.md 2.6, flows.md 6.2).
 *
 * On https a __Host-ab-browser cookie binds AUTH_SESSION_ID, KC_RESTART and
 * KEYCLOAK_IDENTITY: they carry its hash. Of several cookies of one name the
 * fitting one is taken.
 */
#ifndef SERVER_BROWSER_H
#define SERVER_BROWSER_H

#include "http.h"
#include "model/auth_session.h"
#include "model/session.h"

/* First tabs opened at once reach us without a cookie, each; every one gets a
 * root, and the browser's AUTH_SESSION_ID is that of the last. So that the
 * others stay findable, a page visit that came without AUTH_SESSION_ID gets a
 * second, short-lived cookie with the root's own name. */
#define BROWSER_ROOTS_MAX    8
#define BROWSER_ROOT_PREFIX  "AUTH_SESSION_ID_"
#define BROWSER_ROOT_AGE_S   1800

struct browser {
    const struct realm    *realm;
    const char            *bind;        /* hash, NULL on plain http */
    size_t                 n_roots;
    struct auth_root       roots[BROWSER_ROOTS_MAX];    /* all that fit */
    bool                   has_root;
    struct auth_root       root;        /* the one in use: roots[0] at first */
    const struct session  *sso;         /* live session, or NULL */
    const struct user     *sso_user;
    const char            *state_checker;
    bool                   has_dead_identity;   /* to be cleared */
};

/* Read the cookies. Unusable ones count as absent; only a store that fails
 * is an error. On https a missing binding cookie is drawn and set. */
enum ab_err browser_load(struct req *r, const struct realm *realm,
    struct browser *ret_b);

/* The root in use from now on. */
void browser_use_root(struct browser *b, size_t i);
/* A new root and its cookies. */
enum ab_err browser_new_root(struct req *r, struct browser *b);
/* Set AUTH_SESSION_ID for the root as it is (after a rekey), and
 * KC_AUTH_SESSION_HASH. */
enum ab_err browser_set_root(struct req *r, const struct browser *b);
/* KEYCLOAK_IDENTITY and KEYCLOAK_SESSION of a session. */
enum ab_err browser_set_identity(struct req *r, const struct browser *b,
    const struct user *user, const struct signed_in *s, bool remember);
void browser_clear_identity(struct req *r, const struct browser *b);
void browser_clear_restart(struct req *r, const struct browser *b);

/* One cookie of the realm: path /realms/NAME/, SameSite=None; Secure on
 * https and loopback, else Lax. max_age < 0: session cookie. */
enum ab_err browser_set(struct req *r, const struct realm *realm,
    const char *name, const char *value, bool http_only, long max_age);
void browser_clear(struct req *r, const struct realm *realm,
    const char *name);

#endif
