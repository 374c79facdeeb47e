/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pkce.h - proof key for code exchange (RFC 7636, tokens.md 2.5).
 */
#ifndef OIDC_PKCE_H
#define OIDC_PKCE_H

#include "model/client.h"

/* What is wrong with a request's challenge, NULL when nothing: a static
 * text for error_description. */
const char *pkce_request_fault(const struct client *client,
    const char *challenge, const char *method);
/* What is wrong with a verifier for a stored challenge; NULL: it fits.
 * challenge and verifier may be NULL; method NULL means plain. */
const char *pkce_verifier_fault(const char *challenge, const char *method,
    const char *verifier);

#endif
