/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * random.c - random bytes from the kernel, as bytes and as ids.
 */
#include "random.h"

#include "ab_base64.h"
#include "ab_ct.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

/* A multiple of 3, so that pieces encode to whole characters. */
#define TEXT_PIECE  48


void
random_bytes(void *out, size_t n)
{
    static const char  msg[] = "no randomness from the kernel\n";
    char              *p = out;
    ssize_t            got;

    while (n > 0) {
        got = getrandom(p, n, 0);
        if (got > 0) {
            p += got;
            n -= (size_t) got;
        } else if (errno != EINTR) {
            if (write(STDERR_FILENO, msg, sizeof(msg) - 1) < 0) {
                /* Nobody listens; the abort below speaks for itself. */
            }
            abort();
        }
    }
}


void
random_text(char *out, size_t n)
{
    uint8_t  raw[TEXT_PIECE];
    size_t   piece;

    while (n > 0) {
        piece = n < sizeof(raw) ? n : sizeof(raw);
        random_bytes(raw, piece);
        out += ab_b64url_encode(out, ab_slice(raw, piece));
        n -= piece;
    }
    *out = '\0';
    ab_wipe(raw, sizeof(raw));
}


/* RFC 9562 section 5.4. */
void
random_uuid(char out[37])
{
    static const char  hex[] = "0123456789abcdef";
    uint8_t            raw[16];
    size_t             i;

    random_bytes(raw, sizeof(raw));
    raw[6] = (uint8_t) ((raw[6] & 0x0f) | 0x40);
    raw[8] = (uint8_t) ((raw[8] & 0x3f) | 0x80);
    for (i = 0; i < sizeof(raw); i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            *out++ = '-';
        }
        *out++ = hex[raw[i] >> 4];
        *out++ = hex[raw[i] & 15];
    }
    *out = '\0';
}
