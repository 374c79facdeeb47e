/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * app.h - what is the same for every request of the daemon.
 *
 * Made by main, immutable while requests run; what changes hides behind the
 * pointed-to objects, each with its own lock.
 */
#ifndef MODEL_APP_H
#define MODEL_APP_H

#include "conf/keyring.h"
#include "conf/options.h"

struct entity_cache;    /* model/entity.h */
struct http_client;     /* net/http.h */
struct jwks_cache;      /* broker/jwks.h */

struct app {
    const struct options  *opt;
    const struct keyring  *keyring;
    const char            *base_url;    /* --hostname, or what stands in for
                                           it at the edge; never NULL */
    bool                   has_hostname;
    bool                   is_https;    /* of base_url */
    struct entity_cache   *cache;
    struct http_client    *http;
    struct jwks_cache     *jwks;
};

#endif
