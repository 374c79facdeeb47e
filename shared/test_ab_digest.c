/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ab_digest.c - tests of ab_digest.
 */
#include "ab_digest.h"
#include "test_rows.h"

#include <openssl/hmac.h>


/* FIPS 180-4 examples. */
static void
knows_sha256(void **state)
{
    static const struct {
        const char  *in;
        uint8_t      want[4];       /* first bytes */
    } rows[] = {
        { "",    { 0xe3, 0xb0, 0xc4, 0x42 } },
        { "abc", { 0xba, 0x78, 0x16, 0xbf } },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          { 0x24, 0x8d, 0x6a, 0x61 } },
    };
    uint8_t  out[AB_SHA256_LEN];
    size_t   i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        CHECK_ROW(i, ab_sha256(out, ab_slice_str(rows[i].in)));
        CHECK_ROW(i, memcmp(out, rows[i].want, 4) == 0);
    }
}


/* RFC 4231 test case 2. */
static void
knows_hmac(void **state)
{
    static const uint8_t  want[AB_SHA256_LEN] = {
        0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e,
        0x6a, 0x04, 0x24, 0x26, 0x08, 0x95, 0x75, 0xc7,
        0x5a, 0x00, 0x3f, 0x08, 0x9d, 0x27, 0x39, 0x83,
        0x9d, 0xec, 0x58, 0xb9, 0x64, 0xec, 0x38, 0x43,
    };
    uint8_t  out[AB_SHA256_LEN];

    (void) state;
    assert_true(ab_hmac_sha256(out, AB_S("Jefe"),
                               AB_S("what do ya want for nothing?")));
    assert_memory_equal(out, want, sizeof(want));
    assert_true(ab_hmac_sha256(out, ab_slice(NULL, 0), ab_slice(NULL, 0)));
    assert_int_equal(out[0], 0xb6);     /* HMAC("", "") */
}


/* Keys around the length of a block, messages around that of two. */
static void
agrees_with_openssl(void **state)
{
    uint8_t       mine[AB_SHA256_LEN], theirs[AB_SHA256_LEN];
    char          bytes[140];
    unsigned int  len;
    size_t        i;

    (void) state;
    for (i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (char) (i * 7);
    }
    for (i = 0; i <= sizeof(bytes); i++) {
        CHECK_ROW(i, ab_hmac_sha256(mine, ab_slice(bytes, i),
                                    ab_slice(bytes, sizeof(bytes) - i)));
        CHECK_ROW(i, HMAC(EVP_sha256(), bytes, (int) i,
                          (const uint8_t *) bytes, sizeof(bytes) - i, theirs,
                          &len) != NULL && len == AB_SHA256_LEN);
        CHECK_ROW(i, memcmp(mine, theirs, AB_SHA256_LEN) == 0);
    }
}


/* RFC 5869 test case 3: no salt, no info. */
static void
knows_hkdf(void **state)
{
    static const uint8_t  want[42] = {
        0x8d, 0xa4, 0xe7, 0x75, 0xa5, 0x63, 0xc1, 0x8f, 0x71, 0x5f, 0x80,
        0x2a, 0x06, 0x3c, 0x5a, 0x31, 0xb8, 0xa1, 0x1f, 0x5c, 0x5e, 0xe1,
        0x87, 0x9e, 0xc3, 0x45, 0x4e, 0x5f, 0x3c, 0x73, 0x8d, 0x2d, 0x9d,
        0x20, 0x13, 0x95, 0xfa, 0xa4, 0xb6, 0x1a, 0x96, 0xc8,
    };
    uint8_t  key[22], out[42], other[42], large[255 * 32 + 1];

    (void) state;
    memset(key, 0x0b, sizeof(key));
    assert_true(ab_hkdf(out, sizeof(out), ab_slice(key, sizeof(key)),
                        ab_slice("", 0)));
    assert_memory_equal(out, want, sizeof(want));
    assert_true(ab_hkdf(out, sizeof(out), ab_slice(key, sizeof(key)),
                        ab_slice(NULL, 0)));
    assert_memory_equal(out, want, sizeof(want));
    assert_true(ab_hkdf(other, sizeof(other), ab_slice(key, sizeof(key)),
                        AB_S("purpose")));
    assert_memory_not_equal(out, other, sizeof(out));
    /* More than 255 blocks is not HKDF any more (section 2.3). */
    assert_false(ab_hkdf(large, sizeof(large), ab_slice(key, sizeof(key)),
                         AB_S("")));
}


static void
cannot_be_split_in_two_ways(void **state)
{
    static const struct ab_slice  rows[][3] = {
        { { "ab", 2 }, { "c", 1 }, { "", 0 } },
        { { "a", 1 },  { "bc", 2 }, { "", 0 } },
        { { "", 0 },   { "abc", 3 }, { "", 0 } },
        { { "abc", 3 }, { "", 0 },  { "", 0 } },
        { { "ab", 2 }, { "", 0 },   { "c", 1 } },
    };
    uint8_t  hash[ROWS(rows)][AB_SHA256_LEN], mac[ROWS(rows)][AB_SHA256_LEN];
    size_t   i, j;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        CHECK_ROW(i, ab_sha256_parts(hash[i], rows[i], 3));
        CHECK_ROW(i, ab_hmac_sha256_parts(mac[i], AB_S("key"), rows[i], 3));
        for (j = 0; j < i; j++) {
            CHECK_ROW(i, memcmp(hash[i], hash[j], AB_SHA256_LEN) != 0);
            CHECK_ROW(i, memcmp(mac[i], mac[j], AB_SHA256_LEN) != 0);
        }
    }
    /* Length and bytes, nothing else. */
    assert_true(ab_sha256(hash[1],
                    ab_slice("\2\0\0\0ab\1\0\0\0c\0\0\0\0", 15)));
    assert_memory_equal(hash[0], hash[1], AB_SHA256_LEN);
    assert_true(ab_hmac_sha256(mac[1], AB_S("key"),
                    ab_slice("\2\0\0\0ab\1\0\0\0c\0\0\0\0", 15)));
    assert_memory_equal(mac[0], mac[1], AB_SHA256_LEN);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("FIPS 180-4 examples", knows_sha256),
        TEST("RFC 4231 test case 2", knows_hmac),
        TEST("HMAC of keys of any length", agrees_with_openssl),
        TEST("RFC 5869 test case 3", knows_hkdf),
        TEST("T-SE5: no two lists of parts share their input",
             cannot_be_split_in_two_ways),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
