/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hmac.h - HMAC of our internal tokens.
 */
#ifndef TOKEN_HMAC_H
#define TOKEN_HMAC_H

#include "alg.h"

#include <stdint.h>

#define TOKEN_HMAC_MAX  64

/* Writes alg->width bytes; returns that number, 0 when OpenSSL fails. */
size_t token_hmac(const struct alg *alg, struct ab_slice secret,
    struct ab_slice in, uint8_t *out);

#endif
