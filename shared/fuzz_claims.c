/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_claims.c - an accepted document is one object, and written again is
 * accepted as the same.
 */
#include "ab_claims.h"
#include "ab_limits.h"
#include "fuzz.h"

#include <stdlib.h>


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ab_slice  in = ab_slice(data, len), text;
    json_t          *doc, *again;
    int64_t          s;
    char            *out;

    if (ab_json_parse(in, &doc) == AB_OK) {
        json_decref(doc);
    }
    if (ab_claims_parse(in, &doc) != AB_OK) {
        return 0;
    }
    assert(json_is_object(doc) && len <= AB_MAX_JSON);
    if (ab_claims_text(doc, "iss", &text) == AB_OK) {
        assert(memchr(text.p, '\0', text.len) == NULL);
        assert(ab_claims_contains(doc, "iss", text));
    }
    (void) ab_claims_time(doc, "exp", &s);
    (void) ab_claims_contains(doc, "aud", AB_S("a"));
    (void) ab_claims_path(doc, "realm_access.roles");
    out = json_dumps(doc, JSON_COMPACT | JSON_REAL_PRECISION(17));
    assert(out != NULL);
    if (strlen(out) <= AB_MAX_JSON) {
        assert(ab_claims_parse(ab_slice_str(out), &again) == AB_OK);
        assert(json_equal(doc, again));
        json_decref(again);
    }
    free(out);
    json_decref(doc);
    return 0;
}
