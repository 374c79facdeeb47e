/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_oidc_tokens.c - a provider's token response.
 *
 * What is accepted can go into a header as it is: printable, within limits.
 */
#include "oidc.h"

#include "ab_limits.h"
#include "net/http.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


static void
check_text(struct ab_slice s, size_t max)
{
    size_t  i;

    assert(s.len > 0 && s.len <= max);
    for (i = 0; i < s.len; i++) {
        assert(s.p[i] >= 0x20 && s.p[i] <= 0x7e);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ctx          c = { .a = arena_new(4 * 1024 * 1024) };
    struct http_reply   reply = { 200, "application/json",
                                  ab_slice(data, len) };
    struct oidc_tokens  t;
    enum ab_err         err;

    if (c.a != NULL) {
        err = oidc_tokens_read(&c, &reply, &t);
        if (err == AB_OK) {
            check_text(t.access_token, AB_MAX_BEARER);
            check_text(t.id_token, AB_MAX_JWT);
            assert(t.expires_in >= 0);
        } else {
            assert(c.f.code == err);
        }
    }
    arena_free(c.a);
    return 0;
}
