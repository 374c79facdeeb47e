/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * discovery.h - a provider's metadata document (OpenID Connect Discovery 1.0
 * section 4, RFC 8414).
 */
#ifndef BROKER_DISCOVERY_H
#define BROKER_DISCOVERY_H

#include "model/idp.h"

/*
 * The checked document, cached an hour and kept while it cannot be had anew.
 * issuers[n]: one of them must be its issuer; n 0: `url` itself must be that
 * issuer's well-known address (section 4.3, else a document of somebody else
 * would speak for it). Endpoints are https where the document came by https.
 * AB_E_IDP_…, AB_E_OUTBOUND. The object is pinned to c.
 */
enum ab_err discovery_get(struct ctx *c, const struct realm *realm,
    const struct idp *idp, const char *url, const char *const *issuers,
    size_t n, const json_t **ret_metadata);

/* Is the text in the array `name` of the document. */
bool discovery_lists(const json_t *metadata, const char *name,
    const char *text);

#endif
