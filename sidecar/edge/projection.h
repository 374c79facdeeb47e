/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * projection.h - the identity of an app-host session as bytes.
 */
#ifndef EDGE_PROJECTION_H
#define EDGE_PROJECTION_H

#include "ab_identity.h"
#include "model/session.h"

struct projection_in {
    const struct realm    *realm;
    const struct client   *client;
    const struct user     *user;
    const struct session  *session;
    struct ab_slice        origin;
    const uint8_t         *key;         /* 32 bytes, the cookie's zone key */
    const char            *scope, *acr;
    int64_t                auth_time;
};

/* Who, by today's roles and groups. Blocking. Bytes live in c.
 * AB_E_HEADER_VALUE: more than an identity may hold (AB_MAX_IDENTITY). */
enum ab_err projection_build(struct ctx *c, const struct projection_in *in,
    struct ab_slice *ret_bytes);

/* Add ROLE for each role of the set: "role" or "client:role". */
void projection_roles(struct ab_buf *out, const struct role_set *roles);

#endif
