/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ab_seal.c - tests of ab_seal.
 */
#include "ab_seal.h"
#include "ab_digest.h"
#include "test_rows.h"

static const struct ab_seal_ring  ring = {
    .n = 2, .keys = { { 7, { 1, 2, 3 } }, { 9, { 4, 5, 6 } } },
};
static const struct ab_seal_ring  old_ring = {
    .n = 1, .keys = { { 9, { 4, 5, 6 } } },
};
static const struct ab_slice  aad[2] = { { "purpose", 7 }, { "ctx", 3 } };


/* Seal into mem; returns the sealed bytes. */
static struct ab_slice
seal(const struct ab_seal_ring *r, struct ab_slice plain, struct ab_buf *b)
{
    ab_buf_reset(b);
    assert_int_equal(ab_seal(r, aad, 2, plain, b), AB_OK);
    assert_int_equal(b->len, plain.len + AB_SEAL_OVERHEAD);
    return ab_buf_slice(b);
}


static void
goes_round(void **state)
{
    struct ab_buf    b, out;
    struct ab_slice  s;
    char             plain[1000];
    size_t           i;

    (void) state;
    memset(plain, 'p', sizeof(plain));
    ab_buf_init(&b, 2000);
    ab_buf_init(&out, 2000);
    for (i = 0; i <= sizeof(plain); i += 37) {
        s = seal(&ring, ab_slice(plain, i), &b);
        ab_buf_reset(&out);
        CHECK_ROW(i, ab_open(&ring, aad, 2, s, &out) == AB_OK);
        CHECK_ROW(i, ab_slice_eq(ab_buf_slice(&out), ab_slice(plain, i)));
    }
    /* The first key seals, every key opens. */
    assert_int_equal(s.p[1], 7);
    s = seal(&old_ring, AB_S("x"), &b);
    ab_buf_reset(&out);
    assert_int_equal(ab_open(&ring, aad, 2, s, &out), AB_OK);
    ab_buf_clear(&b);
    ab_buf_clear(&out);
}


/*
 * AES-256-GCM made by hand: version 1, key id 7, a fixed nonce. Computed
 * with another implementation (Python cryptography 48): key 01 02 03 00…,
 * nonce 00…0b, associated data 07000000"purpose"03000000"ctx", text "hello".
 */
static void
known_answer(void **state)
{
    static const uint8_t  sealed[] = {
        1, 7, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
        0xed, 0xaa, 0xbd, 0xfc, 0x81, 0x80, 0xc9, 0x31, 0x50, 0xdd, 0xea,
        0x25, 0xbc, 0xcc, 0xe3, 0x43, 0x28, 0x54, 0xcc, 0xb1, 0xb2,
    };
    struct ab_buf  out;

    (void) state;
    ab_buf_init(&out, 100);
    assert_int_equal(ab_open(&ring, aad, 2, ab_slice(sealed, sizeof(sealed)),
                             &out), AB_OK);
    assert_true(ab_slice_eq_str(ab_buf_slice(&out), "hello"));
    ab_buf_clear(&out);
}


static void
two_sealings_differ(void **state)
{
    struct ab_buf    b;
    char             nonces[500][12];
    struct ab_slice  s;
    size_t           i, j;

    (void) state;
    ab_buf_init(&b, 100);
    for (i = 0; i < ROWS(nonces); i++) {
        s = seal(&ring, AB_S("same"), &b);
        memcpy(nonces[i], s.p + 5, 12);
        for (j = 0; j < i; j++) {
            CHECK_ROW(i, memcmp(nonces[i], nonces[j], 12) != 0);
        }
    }
    ab_buf_clear(&b);
}


static void
nothing_else_opens(void **state)
{
    static const struct ab_slice  others[][2] = {
        { { "purpose", 7 }, { "other", 5 } },
        { { "other", 5 },   { "ctx", 3 } },
        { { "purposec", 8 }, { "tx", 2 } },
        { { "ctx", 3 },     { "purpose", 7 } },
        { { "purpose", 7 }, { "", 0 } },
    };
    struct ab_buf  b, out;
    size_t         i, len;

    (void) state;
    ab_buf_init(&b, 200);
    ab_buf_init(&out, 200);
    ab_buf_add_str(&out, "kept");
    len = seal(&ring, AB_S("secret"), &b).len;
    for (i = 0; i < len * 8; i++) {
        b.p[i / 8] ^= (char) (1 << i % 8);
        CHECK_ROW(i, ab_open(&ring, aad, 2, ab_buf_slice(&b), &out)
                     == AB_E_SEAL);
        b.p[i / 8] ^= (char) (1 << i % 8);
    }
    for (i = 0; i < len; i++) {
        CHECK_ROW(i, ab_open(&ring, aad, 2, ab_slice(b.p, i), &out)
                     == AB_E_SEAL);
    }
    for (i = 0; i < ROWS(others); i++) {
        CHECK_ROW(i, ab_open(&ring, others[i], 2, ab_buf_slice(&b), &out)
                     == AB_E_SEAL);
    }
    assert_int_equal(ab_open(&ring, aad, 1, ab_buf_slice(&b), &out),
                     AB_E_SEAL);
    assert_int_equal(ab_open(&old_ring, aad, 2, ab_buf_slice(&b), &out),
                     AB_E_SEAL);
    assert_true(ab_slice_eq_str(ab_buf_slice(&out), "kept"));
    ab_buf_add_byte(&b, 0);                         /* a longer tag */
    assert_int_equal(ab_open(&ring, aad, 2, ab_buf_slice(&b), &out),
                     AB_E_SEAL);
    ab_buf_clear(&b);
    ab_buf_clear(&out);
}


static void
full_and_empty(void **state)
{
    static const struct ab_seal_ring  none = { .n = 0 };
    struct ab_buf                     b, out;
    char                              mem[5];

    (void) state;
    ab_buf_init(&b, AB_SEAL_OVERHEAD + 6);
    ab_buf_init_fixed(&out, mem, sizeof(mem));
    assert_int_equal(ab_seal(&none, aad, 2, AB_S("secret"), &b), AB_E_SEAL);
    assert_int_equal(ab_seal(&ring, aad, 2, AB_S("secrets"), &b),
                     AB_E_TOO_LARGE);
    ab_buf_reset(&b);
    assert_int_equal(ab_seal(&ring, aad, 2, AB_S("secret"), &b), AB_OK);
    assert_int_equal(ab_open(&ring, aad, 2, ab_buf_slice(&b), &out),
                     AB_E_TOO_LARGE);
    assert_int_equal(ab_open(&none, aad, 2, ab_buf_slice(&b), &out),
                     AB_E_SEAL);
    ab_buf_clear(&b);
}


static void
children_differ_by_purpose(void **state)
{
    struct ab_seal_key  a, b, c;

    (void) state;
    assert_true(ab_seal_derive(&ring.keys[0], "edge seal", &a));
    assert_true(ab_seal_derive(&ring.keys[0], "edge mac", &b));
    assert_true(ab_seal_derive(&ring.keys[0], "edge seal", &c));
    assert_int_equal(a.id, 7);
    assert_memory_not_equal(a.key, b.key, 32);
    assert_memory_equal(a.key, c.key, 32);
    assert_memory_not_equal(a.key, ring.keys[0].key, 32);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("what is sealed opens", goes_round),
        TEST("another implementation's sealing opens", known_answer),
        TEST("T-SE1: no two sealings share a nonce", two_sealings_differ),
        TEST("T-BE8: no changed, cut or re-labelled value opens",
             nothing_else_opens),
        TEST("a full buffer or an empty ring is an error", full_and_empty),
        TEST("T-SE1: a key serves one purpose", children_differ_by_purpose),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
