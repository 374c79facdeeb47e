/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_identity.c - an identity that is read is whole, inside its bytes, and
 * written again reads the same.
 */
#include "ab_identity.h"
#include "fuzz.h"


static void
check_join(const struct ab_identity *id, enum ab_wire_tag tag)
{
    struct ab_buf  out;
    size_t         i;

    ab_buf_init(&out, 4 * AB_MAX_IDENTITY);
    if (ab_identity_join(id, tag, &out) == AB_OK) {
        assert(out.len <= AB_MAX_IDENTITY_HEADER);
        for (i = 0; i < out.len; i++) {
            assert((uint8_t) out.p[i] >= 0x20 && out.p[i] != 0x7f);
        }
    } else {
        assert(out.len == 0);
    }
    ab_buf_clear(&out);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ab_slice     raw = ab_slice(data, len), v;
    struct ab_identity  id, again;
    struct ab_buf       out, out2;
    size_t              pos = 0;

    if (ab_identity_read(raw, &id) != AB_OK) {
        return 0;
    }
    assert(id.key.len == 32 && id.sub.len > 0 && id.realm_id.len > 0);
    assert(fuzz_inside(raw, id.key) && fuzz_inside(raw, id.scope)
           && fuzz_inside(raw, id.method) && fuzz_inside(raw, id.email));
    while (ab_wire_each(raw, AB_TAG_ROLE, &pos, &v)) {
        assert(fuzz_inside(raw, v) && ab_identity_has(&id, AB_TAG_ROLE, v));
    }
    (void) ab_identity_has_scope(&id, AB_S("openid"));
    check_join(&id, AB_TAG_ROLE);
    check_join(&id, AB_TAG_GROUP);

    ab_buf_init(&out, AB_MAX_IDENTITY);
    ab_buf_init(&out2, AB_MAX_IDENTITY);
    ab_identity_write(&out, &id);
    assert(!out.failed);
    assert(ab_identity_read(ab_buf_slice(&out), &again) == AB_OK);
    ab_identity_write(&out2, &again);
    assert(ab_slice_eq(ab_buf_slice(&out), ab_buf_slice(&out2)));
    ab_buf_clear(&out);
    ab_buf_clear(&out2);
    return 0;
}
