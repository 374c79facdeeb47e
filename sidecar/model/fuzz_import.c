/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_import.c - the parser of realm files.
 *
 * Properties: the verdict is one of three and a refusal names the file; the
 * same bytes get the same verdict twice; and whatever is accepted is a text
 * that, cut by its last byte, is not (a whole object was read).
 */
#include "import.h"

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


static enum ab_err
verdict(struct ab_slice text)
{
    struct ctx   c = { .a = arena_new(256 * 1024 * 1024) };
    enum ab_err  e;

    if (c.a == NULL) {
        return AB_E_NOMEM;
    }
    e = import_check(&c, "fuzz.json", text);
    assert(e == AB_OK || e == AB_E_IMPORT || e == AB_E_NOMEM);
    assert(e != AB_E_IMPORT
           || strncmp(c.f.detail, "fuzz.json: ", 11) == 0);
    arena_free(c.a);
    return e;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ab_slice  text = ab_slice(data, len);
    enum ab_err      e = verdict(text), again = verdict(text);

    assert(again == e);
    while (text.len > 0 && strchr(" \t\r\n", text.p[text.len - 1]) != NULL) {
        text.len--;
    }
    if (e == AB_OK) {
        text.len--;
        again = verdict(text);
        assert(again == AB_E_IMPORT);
    }
    return 0;
}
