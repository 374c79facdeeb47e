/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_cookie.c - a cookie that is found lies inside the header, one that is
 * cut is gone, and the rest stays.
 */
#include "ab_cookie.h"
#include "ab_limits.h"
#include "fuzz.h"

#include <stdlib.h>


static unsigned
count(struct ab_slice header, struct ab_slice name)
{
    struct ab_cookie_hit  hit = { { NULL, 0 }, 0, false };

    ab_cookie_find(header, &name, 1, &hit);
    assert(hit.value.len <= AB_MAX_COOKIE_VALUE);
    assert(fuzz_inside(header, hit.value));
    assert(!hit.differ || hit.count > 0);
    return hit.count;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const struct ab_slice  names[] = { AB_S("auth"), AB_S("auth-login") };
    struct ab_slice        header = ab_slice(data, len), name;
    unsigned               ours, other = count(header, AB_S("a"));
    char                  *mem = malloc(len + 1);
    size_t                 left = len;
    bool                   is_cut;

    ours = count(header, names[0]) + count(header, names[1]);
    assert(mem != NULL);
    memcpy(mem, data, len);
    is_cut = ab_cookie_cut(mem, &left, names, 2);
    assert(left <= len && is_cut == (ours > 0));
    assert(is_cut || memcmp(mem, data, len) == 0);
    header = ab_slice(mem, left);
    assert(count(header, names[0]) == 0 && count(header, names[1]) == 0);
    assert(count(header, AB_S("a")) == other);
    free(mem);

    header = ab_slice(data, len);
    name = ab_set_cookie_name(header);
    assert(fuzz_inside(header, name));
    assert(ab_slice_find(name, '=') == name.len
           && ab_slice_find(name, ';') == name.len);
    return 0;
}
