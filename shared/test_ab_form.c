/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ab_form.c - tests of ab_form.
 */
#include "ab_form.h"
#include "test_rows.h"


static void
decodes(void **state)
{
    struct ab_slice         in = AB_S("a=1&&b=x+y%2B%26&c&=e&a=2&d=a=b&%61=3");
    struct ab_param         p[10];
    const struct ab_param  *hit;
    char                    mem[100];
    size_t                  n, count;
    static const char *const  want[][2] = {
        { "a", "1" }, { "b", "x y+&" }, { "c", "" }, { "", "e" },
        { "a", "2" }, { "d", "a=b" }, { "a", "3" },
    };
    size_t                  i;

    (void) state;
    assert_int_equal(ab_form_parse(in, mem, p, 10, &n), AB_OK);
    assert_int_equal(n, ROWS(want));
    for (i = 0; i < n; i++) {
        CHECK_ROW(i, ab_slice_eq_str(p[i].name, want[i][0]));
        CHECK_ROW(i, ab_slice_eq_str(p[i].value, want[i][1]));
    }
    hit = ab_form_find(p, n, "b", &count);
    assert_ptr_equal(hit, &p[1]);
    assert_int_equal(count, 1);
    assert_null(ab_form_find(p, n, "a", &count));       /* three of them */
    assert_int_equal(count, 3);
    assert_null(ab_form_find(p, n, "A", &count));
    assert_int_equal(count, 0);
    assert_null(ab_form_find(p, n, "zz", NULL));
    assert_int_equal(ab_form_parse(in, mem, p, 6, &n), AB_E_TOO_LARGE);
    assert_int_equal(ab_form_parse(in, mem, p, 7, &n), AB_OK);
    assert_int_equal(ab_form_parse(AB_S(""), mem, p, 0, &n), AB_OK);
    assert_int_equal(n, 0);
    assert_int_equal(ab_form_parse(AB_S("&&"), mem, p, 0, &n), AB_OK);
}


static void
any_text_is_taken(void **state)
{
    static const struct ab_slice  rows[] = {
        S("a=%c3%bc"), S("a=%e2%82%ac"), S("a=%f0%9f%98%80"),
        S("a=%ed%9f%bf"), S("a=%ee%80%80"), S("a=%f4%8f%bf%bf"),
        S("%c3%bc=1"), S("a=\xc3\xbc"),
    };
    struct ab_param  p[1];
    char             mem[20];
    size_t           i, n;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        CHECK_ROW(i, ab_form_parse(rows[i], mem, p, 1, &n) == AB_OK);
    }
}


static void
refuses(void **state)
{
    static const struct ab_slice  rows[] = {
        S("a=%"), S("a=%4"), S("a=%4x"), S("%=1"),
        S("a=%00"), S("a=\0"), S("a\0b=1"), S("a=1%2"),
        S("a=%80"), S("a=%c3"), S("a=%c3x"), S("a=%c0%af"),
        S("a=%ed%a0%80"), S("a=%f8"), S("a=%e2%82"), S("%ff=1"),
        S("a=%f5"), S("a=\xc3"),
    };
    struct ab_param  p[10];
    char             mem[16];
    size_t           i, n = 77;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        CHECK_ROW(i, ab_form_parse(rows[i], mem, p, 10, &n) == AB_E_FORMAT);
        CHECK_ROW(i, n == 77);
    }
}


static void
walks_raw_pieces(void **state)
{
    static const char *const  rows[] = {
        "a=1&b=2", "a&&b", "&a", "a&", "&", "u=https://x/?y=%zz&z", "a",
    };
    struct ab_slice  in, piece;
    char             mem[100];
    size_t           i, pos, len;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        in = ab_slice_str(rows[i]);
        for (pos = 0, len = 0; ab_query_next(in, &pos, &piece); ) {
            memcpy(mem + len, piece.p, piece.len);
            len += piece.len;
            mem[len++] = '&';
        }
        CHECK_ROW(i, len > 0 && ab_slice_eq(ab_slice(mem, len - 1), in));
    }
    pos = 0;
    assert_false(ab_query_next(AB_S(""), &pos, &piece));
}


static void
encodes(void **state)
{
    struct ab_param  p[4];
    struct ab_buf    b;
    char             mem[200];
    uint8_t          all[127 + 2 * 64];
    size_t           i, n;

    (void) state;
    ab_buf_init(&b, 2000);
    ab_form_add(&b, "a b", AB_S("1+2=3&~*-._"));
    ab_form_add(&b, "c", AB_S(""));
    assert_true(ab_slice_eq_str(ab_buf_slice(&b),
                                "a+b=1%2B2%3D3%26%7E*-._&c="));
    assert_int_equal(ab_form_parse(ab_buf_slice(&b), mem, p, 4, &n), AB_OK);
    assert_true(ab_slice_eq_str(p[0].value, "1+2=3&~*-._"));

    /* U+0001 to U+007F, then sixty-four letters of two bytes */
    for (i = 0; i < 127; i++) {
        all[i] = (uint8_t) (i + 1);
    }
    for (; i < sizeof(all); i += 2) {
        all[i] = 0xc3;
        all[i + 1] = (uint8_t) (0x80 + (i - 127) / 2);
    }
    ab_buf_reset(&b);
    ab_form_add(&b, "v", ab_slice(all, sizeof(all)));
    {
        char  large[2000];

        assert_int_equal(ab_form_parse(ab_buf_slice(&b), large, p, 4, &n),
                         AB_OK);
        assert_true(ab_slice_eq(p[0].value, ab_slice(all, sizeof(all))));
    }
    ab_buf_clear(&b);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("T-LG3: repeated names are seen as such", decodes),
        TEST("any text is taken", any_text_is_taken),
        TEST("T-BE6: NUL, bad percent sequences and what is no text are refused",
             refuses),
        TEST("T-RD8: the raw pieces give the query back", walks_raw_pieces),
        TEST("what is encoded is decoded", encodes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
