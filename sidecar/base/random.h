/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * random.h - the one source of randomness. Ends the process when the kernel
 * has none: nothing may go on with predictable secrets.
 */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>

void random_bytes(void *out, size_t n);
/* base64url text of n random bytes into out, with NUL: out needs
 * AB_B64URL_LEN(n) + 1. */
void random_text(char *out, size_t n);
/* UUID version 4 with NUL: 37 bytes. */
void random_uuid(char out[37]);

#define RANDOM_SID_RAW    18    /* SSO session and root ids: 24 characters */
#define RANDOM_TAB_RAW     8    /* 11 characters */
#define RANDOM_CODE_RAW   32    /* 43 characters */

#endif
