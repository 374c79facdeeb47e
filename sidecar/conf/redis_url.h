/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * redis_url.h - the address of a Redis as an operator writes it.
 *
 * unix:/ABSOLUTE/PATH or redis://[user:password@]HOST[:PORT][/], user and
 * password percent-encoded (RFC 3986 section 3.2.1), IPv6 in brackets,
 * port 6379 by default; database 0 only, as a cluster has no other.
 * rediss:// is told apart here (has_tls); whether it can be served is the
 * store's to say.
 */
#ifndef CONF_REDIS_URL_H
#define CONF_REDIS_URL_H

#include "base/fail.h"

#include <stdbool.h>
#include <stdint.h>

struct redis_url {
    bool      is_unix;
    bool      has_tls;
    uint16_t  port;
    char      path[108];        /* sun_path with its NUL */
    char      host[254];
    char      user[129];        /* empty: the default user */
    char      password[513];    /* empty: no AUTH is sent */
};

/* AB_E_OPTION; the detail never shows the password. */
enum ab_err redis_url_parse(struct fail *f, const char *text,
    struct redis_url *ret_u);
/* Wipes. */
void redis_url_clear(struct redis_url *u);

#endif
