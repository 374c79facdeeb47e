/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_oidc_identity.c - claims of a proven ID token and userinfo: two JSON
 * objects, one a line.
 *
 * What is accepted names somebody, without control characters, and an
 * address has one '@'.
 */
#include "oidc.h"

#include "ab_claims.h"
#include "ab_limits.h"
#include "model/doc.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


static void
check_text(const char *s)
{
    size_t  n = 0;

    for ( ; s != NULL && *s != '\0'; s++, n++) {
        assert((unsigned char) *s >= 0x20 && *s != 0x7f);
    }
    assert(n <= AB_MAX_IDP_TEXT);
}


static void
check_identity(const struct brokered *b)
{
    const char  *at;

    assert(b->username != NULL && *b->username != '\0');
    assert(b->email_verified >= -1 && b->email_verified <= 1);
    check_text(b->username);
    check_text(b->first_name);
    check_text(b->last_name);
    check_text(b->email);
    at = b->email == NULL ? NULL : strchr(b->email, '@');
    assert(b->email == NULL || (at != NULL && strchr(at + 1, '@') == NULL));
}


static void
run(struct ctx *c, struct ab_slice id, struct ab_slice info)
{
    const struct idp            idp = { .id = "i", .alias = "up",
                                        .config = json_object() };
    const struct oidc_settings  s = { .idp = &idp };
    struct oidc_tokens          tokens = { .id_token = AB_S("t") };
    struct oidc_proven          p = { .tokens = &tokens };
    struct brokered             b;
    json_t                     *id_token = NULL, *userinfo = NULL;
    struct ab_slice             sub;

    if (ab_claims_parse(id, &id_token) == AB_OK
        && ab_claims_text(id_token, "sub", &sub) == AB_OK && sub.len > 0)
    {
        (void) ab_claims_parse(info, &userinfo);
        p.id_token = id_token;
        p.userinfo = userinfo;
        if (oidc_identity(c, &s, &p, &b) == AB_OK) {
            check_identity(&b);
        }
        (void) oidc_essential_claim(c, &idp, id_token);
    }
    json_decref(id_token);
    json_decref(userinfo);
    json_decref((json_t *) (uintptr_t) idp.config);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ctx       c = { .a = arena_new(4 * 1024 * 1024) };
    struct ab_slice  all = ab_slice(data, len);
    size_t           cut = ab_slice_find(all, '\n');

    if (c.a != NULL) {
        run(&c, ab_slice(all.p, cut),
            cut == len ? ab_slice(NULL, 0)
                       : ab_slice(all.p + cut + 1, len - cut - 1));
    }
    arena_free(c.a);
    return 0;
}
