/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_form.c - what a form gives, written again, gives the same.
 */
#include "ab_form.h"
#include "ab_limits.h"
#include "fuzz.h"

#include <stdlib.h>


/* The pieces of a raw query, joined, are the query. */
static void
check_pieces(struct ab_slice in)
{
    struct ab_slice  piece;
    struct ab_buf    b;
    size_t           pos = 0;

    ab_buf_init(&b, in.len + 1);
    while (ab_query_next(in, &pos, &piece)) {
        assert(fuzz_inside(in, piece));
        ab_buf_add(&b, piece);
        ab_buf_add_byte(&b, '&');
    }
    assert(b.len == (in.len > 0 ? in.len + 1 : 0));
    assert(in.len == 0 || memcmp(b.p, in.p, in.len) == 0);
    ab_buf_clear(&b);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ab_slice   in = ab_slice(data, len);
    struct ab_param   p[AB_MAX_PARAMS_N], q[AB_MAX_PARAMS_N];
    struct ab_buf     b;
    char             *mem = malloc(len + 1), *mem2 = malloc(3 * len + 500);
    size_t            n, m, i;

    check_pieces(in);
    assert(mem != NULL && mem2 != NULL);
    if (ab_form_parse(in, mem, p, AB_MAX_PARAMS_N, &n) == AB_OK) {
        assert(n <= AB_MAX_PARAMS_N);
        ab_buf_init(&b, 3 * len + 500);
        for (i = 0; i < n; i++) {
            assert(fuzz_inside(ab_slice(mem, len), p[i].name));
            assert(fuzz_inside(ab_slice(mem, len), p[i].value));
            ab_form_add(&b, "n", p[i].value);
        }
        assert(!b.failed);
        assert(ab_form_parse(ab_buf_slice(&b), mem2, q, AB_MAX_PARAMS_N, &m)
               == AB_OK && m == n);
        for (i = 0; i < n; i++) {
            assert(ab_slice_eq(p[i].value, q[i].value));
        }
        (void) ab_form_find(p, n, "a", &m);
        assert(m <= n);
        ab_buf_clear(&b);
    }
    free(mem);
    free(mem2);
    return 0;
}
