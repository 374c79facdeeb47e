/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_keys.c - key names: known slots, hostile parts, unambiguous joins.
 */
#include "test_rows.h"
#include "keys.h"

static struct ctx  c;


static void
fresh(void)
{
    arena_free(c.a);
    c = (struct ctx) { .a = arena_new(1024 * 1024) };
    assert_non_null(c.a);
}


/* Values of `CLUSTER KEYSLOT` of Redis 7.0.15. */
static void
slots_are_those_of_redis_cluster(void **state)
{
    static const struct {
        const char  *key;
        unsigned     slot;
    } rows[] = {
        { "", 0 },
        { "123456789", 12739 },
        { "foo", 12182 },
        { "bar", 5061 },
        { "{user1000}.following", 3443 },
        { "user1000", 3443 },
        { "foo{}{bar}", 8363 },
        { "foo{{bar}}zap", 4015 },
        { "{bar", 4015 },
        { "foo{bar}{zap}", 5061 },
    };
    size_t  i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CHECK_ROW(i, key_slot(ab_slice_str(rows[i].key)) == rows[i].slot);
    }
}


static void
patterns_expand(void **state)
{
    (void) state;
    fresh();
    assert_true(ab_slice_eq_str(key0(&c, KEY_REV), "ab:{rev}"));
    assert_true(ab_slice_eq_str(key1(&c, KEY_USER, "u-1_A"), "ab:{u:u-1_A}"));
    assert_true(ab_slice_eq_str(key1(&c, KEY_SESSION_X, "S"), "ab:{s:S}:x"));
    assert_int_equal(key2(&c, KEY_NAME, "r", "alice").len,
                     strlen("ab:name:r:") + 43);
    assert_int_equal(c.f.code, AB_OK);
}


/* T-SE8, T-BR17: nothing from outside becomes part of a key as it is. */
static void
hostile_ids_are_refused(void **state)
{
    static const struct {
        const char  *p;
        size_t       len;
    } rows[] = {
        { "", 0 }, { "a b", 3 }, { "a:b", 3 }, { "a\r\nSET x y", 10 },
        { "%s%n", 4 }, { "a\0b", 3 }, { "a}", 2 }, { "{a", 2 },
        { "\xc3\xa4", 2 }, { "a*", 2 }, { "../a", 4 },
        { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
          65 },
    };
    struct ab_slice  part, key;
    size_t           i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        fresh();
        part = ab_slice(rows[i].p, rows[i].len);
        key = key_build(&c, KEY_SESSION, &part, 1);
        CHECK_ROW(i, key.len == 0 && c.f.code == AB_E_INTERNAL);
    }
}


static void
hostile_parts_are_hashed(void **state)
{
    static const char  odd[] = "\0\r\n%s{}:*\xff";
    struct ab_slice    parts[] = { AB_S("r"), ab_slice(odd, sizeof(odd) - 1) };
    struct ab_slice    key;
    size_t             i;

    (void) state;
    fresh();
    key = key_build(&c, KEY_MAIL, parts, 2);
    assert_int_equal(key.len, strlen("ab:mail:r:") + 43);
    for (i = strlen("ab:mail:r:"); i < key.len; i++) {
        CHECK_ROW(i, strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrst"
                            "uvwxyz0123456789-_", key.p[i]) != NULL);
    }
}


/* T-BR17: alias "a:b" with subject "c", alias "a" with subject "b:c". */
static void
joins_are_unambiguous(void **state)
{
    static const struct {
        const char  *a[2];
        const char  *b[2];
    } rows[] = {
        { { "a:b", "c" }, { "a", "b:c" } },
        { { "ab", "c" }, { "a", "bc" } },
        { { "", "abc" }, { "abc", "" } },
    };
    size_t  i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        fresh();
        CHECK_ROW(i, !ab_slice_eq(
            key3(&c, KEY_LINK, "r", rows[i].a[0], rows[i].a[1]),
            key3(&c, KEY_LINK, "r", rows[i].b[0], rows[i].b[1])));
    }
}


static void
wrong_numbers_of_parts_are_refused(void **state)
{
    (void) state;
    fresh();
    assert_int_equal(key0(&c, KEY_USER).len, 0);
    fresh();
    assert_int_equal(key2(&c, KEY_USER, "a", "b").len, 0);
    fresh();
    assert_int_equal(key1(&c, KEY_MAIL, "r").len, 0);
    assert_int_equal(c.f.code, AB_E_INTERNAL);
}


/* Every row: starts with ab:, at most one tag, and no two rows can meet. */
static void
the_table_is_sound(void **state)
{
    size_t  i, j;

    (void) state;
    for (i = 0; i < KEY_N; i++) {
        CHECK_ROW(i, strncmp(key_pattern(i), "ab:", 3) == 0);
        for (j = 0; j < i; j++) {
            CHECK_ROW(i, strcmp(key_pattern(i), key_pattern(j)) != 0);
        }
    }
}


static int
finish(void **state)
{
    (void) state;
    arena_free(c.a);
    return 0;
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("slots are those of CLUSTER KEYSLOT",
             slots_are_those_of_redis_cluster),
        TEST("patterns expand to key names",
             patterns_expand),
        TEST("T-SE8: an id with colon, brace, CR, LF, NUL, % is refused",
             hostile_ids_are_refused),
        TEST("T-SE8: hostile parts come in hashed only",
             hostile_parts_are_hashed),
        TEST("T-BR17: parts split differently give different keys",
             joins_are_unambiguous),
        TEST("too few or too many parts are refused",
             wrong_numbers_of_parts_are_refused),
        TEST("no two rows share a pattern",
             the_table_is_sound),
    };

    return cmocka_run_group_tests(tests, NULL, finish);
}
