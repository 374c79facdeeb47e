/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_rule.c - a rule that is parsed gives a verdict, and never lets in who
 * has nothing, unless it says "not".
 *
 * First line: the word; the rest: an identity's bytes.
 */
#include "ab_rule.h"
#include "fuzz.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ab_slice     in = ab_slice(data, len), word = fuzz_take(&in, '\n');
    struct ab_identity  id, nobody = { .sub = AB_S("") };
    struct ab_rule      rule;
    const char         *why = NULL;
    enum ab_err         e;

    if (ab_rule_parse(word, &rule, &why) != AB_OK) {
        assert(why != NULL);
        return 0;
    }
    assert(fuzz_inside(word, rule.values) && fuzz_inside(word, rule.path));
    e = ab_rule_check(&rule, &nobody, AB_S(""), 1700000000);
    assert(e != AB_OK || ab_slice_find(rule.values, '!') < rule.values.len);
    if (ab_identity_read(in, &id) == AB_OK) {
        e = ab_rule_check(&rule, &id, AB_S("wiki"), 1700000000);
        assert(e == AB_OK || (e >= AB_E_RULE_ROLE && e <= AB_E_RULE_MAX_AGE));
    }
    return 0;
}
