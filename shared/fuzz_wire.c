/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_wire.c - frames and fields: what is read lies inside the bytes, and
 * what is written again is the same.
 */
#include "ab_wire.h"
#include "fuzz.h"


static void
check_payload(struct ab_slice payload)
{
    struct ab_fields  f = ab_fields(payload);
    struct ab_slice   v, first;
    struct ab_buf     again;
    uint16_t          tag;

    ab_buf_init(&again, payload.len);
    while (ab_fields_next(&f, &tag, &v)) {
        assert(fuzz_inside(payload, v));
        ab_wire_add(&again, (enum ab_wire_tag) tag, v);
        first = ab_wire_get(payload, (enum ab_wire_tag) tag);
        assert(first.p != NULL && first.p <= v.p);
        (void) ab_wire_get_u64(payload, (enum ab_wire_tag) tag);
        if (tag == AB_TAG_POSITION || tag == AB_TAG_PREVIOUS) {
            assert(ab_position_cmp(v, first) == -ab_position_cmp(first, v));
        }
    }
    assert(!again.failed);
    if (ab_wire_check(payload) == AB_OK) {
        assert(!f.bad && ab_slice_eq(ab_buf_slice(&again), payload));
    }
    ab_buf_clear(&again);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ab_slice  in = ab_slice(data, len);
    struct ab_frame  frame;
    struct ab_buf    out;
    size_t           used, at;

    while (ab_frame_read(in, AB_MAX_FRAME_DOWN, &frame, &used) == AB_OK) {
        assert(used >= AB_WIRE_HEADER && used <= in.len);
        assert(fuzz_inside(in, frame.payload));
        check_payload(frame.payload);
        ab_buf_init(&out, used);
        at = ab_frame_begin(&out, frame.type, frame.id);
        ab_buf_add(&out, frame.payload);
        assert(ab_frame_end(&out, at));
        assert(ab_slice_eq(ab_buf_slice(&out), ab_slice(in.p, used)));
        ab_buf_clear(&out);
        in = ab_slice(in.p + used, in.len - used);
    }
    assert(used == 0);
    check_payload(ab_slice(data, len));
    return 0;
}
