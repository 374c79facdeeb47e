/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * router.h - from a path to a handler, by one table.
 */
#ifndef SERVER_ROUTER_H
#define SERVER_ROUTER_H

#include "http.h"
#include "model/realm.h"

/* A handler fills r->reply and returns AB_OK, or returns an error that is
 * recorded in r->c.f and becomes an error page (or JSON) by its row. realm
 * is NULL only for routes outside realms. */
typedef enum ab_err (*route_handler)(struct req *r,
    const struct realm *realm);

#define M_GET      1
#define M_POST     2
#define M_OPTIONS  4

#define R_REALM    1    /* {} number 0 is a realm's name */
#define R_ENABLED  2    /* a disabled realm is refused before the handler */
#define R_JSON     4    /* errors are JSON, not a page */
#define R_TLS      8    /* the realm's sslRequired counts */
#define R_ONLY     16   /* another method is 404, not 405 */

/*
 * One route. pattern: literal segments and {} for one segment.
 *   methods      bits; others are 405, or 404 by R_ONLY
 *   flags        R_…
 *   cors         methods a preflight names; NULL: no script of another
 *                origin is let in
 *   deadline_ms  what all waits of the request share; 0: the default
 */
struct route {
    const char     *pattern;
    int             methods;
    int             flags;
    const char     *cors;
    int             deadline_ms;
    route_handler   run;
};

/* Answer r by the table; always leaves a reply. Logs one line a refusal. */
void router_run(struct req *r);

/* For tests: the table, ended by a NULL pattern. */
extern const struct route  routes[];

#endif
