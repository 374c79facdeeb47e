/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * broker_url.c - addresses of ours that belong to one identity provider.
 */
#include "broker_url.h"

#include "ab_limits.h"
#include "ab_uri.h"


const char *
broker_url(struct ctx *c, const struct realm *realm, const struct idp *idp,
    const char *tail)
{
    const char     *issuer = realm_issuer(c, realm);
    const char     *url;
    struct ab_buf   b;

    if (issuer == NULL) {
        return NULL;
    }
    ab_buf_init(&b, AB_MAX_URI);
    ab_buf_add_str(&b, issuer);
    ab_buf_add_str(&b, "/broker/");
    ab_uri_add_escaped(&b, ab_slice_str(idp->alias));
    ab_buf_add_str(&b, tail);
    url = b.failed ? NULL : arena_dup(c->a, ab_buf_slice(&b));
    ab_buf_clear(&b);
    return url;
}
