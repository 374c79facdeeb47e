/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pem.h - a public key or certificate as text.
 */
#ifndef TOKEN_PEM_H
#define TOKEN_PEM_H

#include "base/ctx.h"

/*
 * The DER SubjectPublicKeyInfo of a PEM public key or X.509 certificate
 * (RFC 7468), or of the bare base64 of either, as Keycloak's console stores
 * them. Lives in c. AB_E_FORMAT (nothing recorded), AB_E_NOMEM.
 */
enum ab_err pem_spki(struct ctx *c, const char *text,
    struct ab_slice *ret_spki);

#endif
