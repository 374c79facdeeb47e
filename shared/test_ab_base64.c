/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ab_base64.c - tests of ab_base64.
 */
#include "ab_base64.h"
#include "test_rows.h"

#include <stdint.h>

/* RFC 4648 section 10, and section 5's digits. */
static const struct {
    const char  *plain;
    const char  *std;
    const char  *url;
} known[] = {
    { "",       "",         ""         },
    { "f",      "Zg==",     "Zg"       },
    { "fo",     "Zm8=",     "Zm8"      },
    { "foo",    "Zm9v",     "Zm9v"     },
    { "foob",   "Zm9vYg==", "Zm9vYg"   },
    { "fooba",  "Zm9vYmE=", "Zm9vYmE"  },
    { "foobar", "Zm9vYmFy", "Zm9vYmFy" },
    { "\xfb\xff\xbf", "+/+/", "-_-_"   },
};


static void
knows_the_rfc(void **state)
{
    char    text[32], plain[32];
    size_t  i, n;

    (void) state;
    for (i = 0; i < ROWS(known); i++) {
        struct ab_slice  in = ab_slice_str(known[i].plain);

        n = ab_b64url_encode(text, in);
        CHECK_ROW(i, n == AB_B64URL_LEN(in.len));
        CHECK_ROW(i, ab_slice_eq_str(ab_slice(text, n), known[i].url));
        CHECK_ROW(i, ab_b64url_decode(plain, sizeof(plain),
                                      ab_slice(text, n), &n) == AB_OK);
        CHECK_ROW(i, ab_slice_eq(ab_slice(plain, n), in));

        n = ab_b64_encode(text, in);
        CHECK_ROW(i, n == AB_B64_LEN(in.len));
        CHECK_ROW(i, ab_slice_eq_str(ab_slice(text, n), known[i].std));
        CHECK_ROW(i, ab_b64_decode(plain, sizeof(plain), ab_slice(text, n),
                                   &n) == AB_OK);
        CHECK_ROW(i, ab_slice_eq(ab_slice(plain, n), in));
    }
}


/* 'u': base64url, 's': base64. */
static const struct {
    char             kind;
    struct ab_slice  in;
} bad[] = {
    { 'u', S("Z") },            /* one digit is no octet */
    { 'u', S("Zg==") },         /* padding */
    { 'u', S("Zh") },           /* unused bits not zero */
    { 'u', S("Zm9") },
    { 'u', S("Zm9v\n") },
    { 'u', S("Zm 9v") },
    { 'u', S("+/+/") },         /* the other alphabet */
    { 'u', S("Zm9\0") },
    { 'u', S("Zm9\x80") },
    { 'u', S("Zm9\xff") },
    { 's', S("Zg") },           /* no padding */
    { 's', S("Zg=") },
    { 's', S("Zh==") },
    { 's', S("Z===") },
    { 's', S("====") },
    { 's', S("Zg==Zg==") },     /* padding inside */
    { 's', S("-_-_") },
    { 's', S("Zm9v=") },
};


static void
refuses_other_spellings(void **state)
{
    char         out[32];
    size_t       i, n;
    enum ab_err  e;

    (void) state;
    for (i = 0; i < ROWS(bad); i++) {
        n = 77;
        e = bad[i].kind == 'u'
            ? ab_b64url_decode(out, sizeof(out), bad[i].in, &n)
            : ab_b64_decode(out, sizeof(out), bad[i].in, &n);
        CHECK_ROW(i, e == AB_E_FORMAT && n == 77);
    }
}


static void
stays_inside_its_memory(void **state)
{
    uint8_t         in[300], out[300];
    char            text[404];
    struct ab_buf   b;
    size_t          i, n;

    (void) state;
    for (i = 0; i < sizeof(in); i++) {
        in[i] = (uint8_t) (i * 7);
    }
    for (i = 0; i <= sizeof(in); i++) {
        n = ab_b64url_encode(text, ab_slice(in, i));
        CHECK_ROW(i, n == AB_B64URL_LEN(i));
        CHECK_ROW(i, i == 0
                     || ab_b64url_decode(out, i - 1, ab_slice(text, n), &n)
                        == AB_E_FORMAT);
        CHECK_ROW(i, ab_b64url_decode(out, i, ab_slice(text, n), &n)
                     == AB_OK && n == i);
        CHECK_ROW(i, memcmp(in, out, i) == 0);
        CHECK_ROW(i, n <= AB_B64_DECODED_MAX(AB_B64URL_LEN(i)));
    }
    ab_buf_init(&b, 8);
    ab_b64url_add(&b, AB_S("foobar"));
    assert_true(ab_slice_eq_str(ab_buf_slice(&b), "Zm9vYmFy"));
    ab_b64url_add(&b, AB_S("f"));
    assert_true(b.failed);
    ab_buf_clear(&b);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("RFC 4648 section 10", knows_the_rfc),
        TEST("T-BE9: one value has one spelling", refuses_other_spellings),
        TEST("T-BE9: no octet is written past the size given",
             stays_inside_its_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
