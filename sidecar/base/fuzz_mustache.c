/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_mustache.c - any template over any text: bounded, and never markup
 * that the template did not have.
 *
 * Input: template, NUL, text of the value.
 */
#include "mustache.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#define OUT_MAX  65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


static const char *
partial(const char *name)
{
    return name[0] == 'p' ? "{{v}}{{#l}}{{.}}{{/l}}" : NULL;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ab_slice  in = ab_slice(data, len), tpl, text;
    struct ab_buf    out;
    json_t          *doc;
    char            *copy;

    tpl = ab_slice(in.p, ab_slice_find(in, '\0'));
    text = tpl.len < len ? ab_slice(in.p + tpl.len + 1, len - tpl.len - 1)
                         : ab_slice("<", 1);
    copy = strndup(tpl.len == 0 ? "" : tpl.p, tpl.len);
    doc = json_pack("{s:o, s:[s, {s:s}], s:b, s:{s:s}}", "v",
                    json_stringn_nocheck(text.len == 0 ? "" : text.p,
                                         text.len),
                    "l", "<1>", "x", "'2'", "t", 1, "o", "k", "\"3\"");
    ab_buf_init(&out, OUT_MAX);
    if (mustache_render(copy, doc, partial, &out) == AB_OK) {
        assert(!out.failed && out.len <= OUT_MAX);
        assert(ab_slice_find(tpl, '<') < tpl.len
               || ab_slice_find(ab_buf_slice(&out), '<') == out.len);
        assert(ab_slice_find(tpl, '"') < tpl.len
               || ab_slice_find(ab_buf_slice(&out), '"') == out.len);
    }
    ab_buf_clear(&out);
    json_decref(doc);
    free(copy);
    return 0;
}
