/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ab_ghash.c - tests of ab_ghash.
 */
#include "ab_ghash.h"
#include "test_rows.h"

/* Inputs that all differ, in pairs that look alike when joined. */
static const struct {
    uint32_t     kind;
    const char  *name, *text;
} inputs[] = {
    { 1, "",                     ""                      },
    { 2, "",                     ""                      },
    { 1, "a",                    ""                      },
    { 1, "",                     "a"                     },
    { 1, "ab",                   "c"                     },
    { 1, "a",                    "bc"                    },
    { 2, "a",                    "bc"                    },
    { 1, "b",                    "ac"                    },
    { 1, "0123456789abcdef",     "0123456789abcdef"      },
    { 1, "0123456789abcdef0",    "123456789abcdef"       },
    { 1, "",                     "0123456789abcdef0123456789abcdef" },
    { 1, "0123456789abcdef",     "0123456789abcdeg"      },
    { 1, "a",                    "a"                     },
};

#define INPUTS_N  (sizeof(inputs) / sizeof(inputs[0]))


static void
hash_row(struct ab_ghash *g, size_t i, uint8_t out[AB_GHASH_LEN])
{
    CHECK_ROW(i, ab_ghash(g, inputs[i].kind, ab_slice_str(inputs[i].name),
                               ab_slice_str(inputs[i].text), out));
}


static void
same_only_for_same(void **state)
{
    uint8_t           out[INPUTS_N][AB_GHASH_LEN], again[AB_GHASH_LEN];
    struct ab_ghash  *g = ab_ghash_new();
    size_t            i, j;

    (void) state;
    assert_non_null(g);
    for (i = 0; i < INPUTS_N; i++) {
        hash_row(g, i, out[i]);
    }
    for (i = 0; i < INPUTS_N; i++) {
        hash_row(g, i, again);
        CHECK_ROW(i, memcmp(again, out[i], AB_GHASH_LEN) == 0);
        for (j = 0; j < i; j++) {
            CHECK_ROW(i, memcmp(out[j], out[i], AB_GHASH_LEN) != 0);
        }
    }
    ab_ghash_free(g);
}


/* Every byte counts, wherever it stands in a token. */
static void
every_byte_counts(void **state)
{
    uint8_t           whole[AB_GHASH_LEN], out[AB_GHASH_LEN];
    struct ab_ghash  *g = ab_ghash_new();
    char              text[300];
    size_t            i;

    (void) state;
    assert_non_null(g);
    memset(text, 'x', sizeof(text));
    assert_true(ab_ghash(g, 1, AB_S("realm"),
                              ab_slice(text, sizeof(text)), whole));
    for (i = 0; i < sizeof(text); i++) {
        text[i] ^= 1;
        CHECK_ROW(i, ab_ghash(g, 1, AB_S("realm"),
                                   ab_slice(text, sizeof(text)), out)
                     && memcmp(out, whole, AB_GHASH_LEN) != 0);
        text[i] ^= 1;
    }
    ab_ghash_free(g);
}


static void
points_differ(void **state)
{
    uint8_t           one[AB_GHASH_LEN], two[AB_GHASH_LEN];
    struct ab_ghash  *a = ab_ghash_new(), *b = ab_ghash_new();

    (void) state;
    assert_non_null(a);
    assert_non_null(b);
    assert_true(ab_ghash(a, 1, AB_S("realm"), AB_S("token"), one));
    assert_true(ab_ghash(b, 1, AB_S("realm"), AB_S("token"), two));
    assert_memory_not_equal(one, two, AB_GHASH_LEN);
    ab_ghash_free(a);
    ab_ghash_free(b);
    ab_ghash_free(NULL);
}


/* The length is refused before a byte is read. */
static void
refuses_too_long(void **state)
{
    uint8_t           out[AB_GHASH_LEN], zero[AB_GHASH_LEN] = { 0 };
    char              name[AB_GHASH_SHORT + 1] = { 0 };
    struct ab_ghash  *g = ab_ghash_new();

    (void) state;
    assert_non_null(g);
    memset(out, 1, sizeof(out));
    assert_false(ab_ghash(g, 1, AB_S("realm"),
                               ab_slice("x", (size_t) UINT32_MAX + 1), out));
    assert_memory_equal(out, zero, AB_GHASH_LEN);
    memset(out, 1, sizeof(out));
    assert_false(ab_ghash(g, 1, ab_slice(name, sizeof(name)), AB_S("x"),
                          out));
    assert_memory_equal(out, zero, AB_GHASH_LEN);
    assert_true(ab_ghash(g, 1, ab_slice(name, sizeof(name) - 1), AB_S("x"),
                         out));
    ab_ghash_free(g);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(same_only_for_same),
        cmocka_unit_test(every_byte_counts),
        cmocka_unit_test(points_differ),
        cmocka_unit_test(refuses_too_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
