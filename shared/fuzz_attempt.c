/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_attempt.c - a state that nobody sealed does not open; one whose sealed
 * bytes are the input is refused, or comes back the same.
 *
 * The first byte chooses: 's' as state text, else as the bytes inside.
 */
#include "ab_attempt.h"
#include "ab_base64.h"
#include "ab_limits.h"
#include "ab_uri.h"
#include "fuzz.h"

static const struct ab_seal_ring  ring = { .n = 1, .keys = { { 1, { 1 } } } };

#define NOW  1700000000


/* Seal `inside` with our key, as an attacker cannot. */
static void
seal_inside(struct ab_slice inside, struct ab_buf *state)
{
    struct ab_slice  aad[2] = { AB_S("attempt"), AB_S("https://a") };
    struct ab_buf    sealed;

    ab_buf_init(&sealed, AB_MAX_STATE);
    if (ab_seal(&ring, aad, 2, inside, &sealed) == AB_OK) {
        ab_b64url_add(state, ab_buf_slice(&sealed));
    }
    ab_buf_clear(&sealed);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ab_attempt  a, b;
    struct ab_buf      state, plain, again;
    bool               as_text = len > 0 && data[0] == 's';
    enum ab_err        e;

    ab_buf_init(&state, 2 * AB_MAX_STATE);
    ab_buf_init(&plain, AB_MAX_STATE);
    ab_buf_init(&again, 2 * AB_MAX_STATE);
    if (as_text) {
        ab_buf_add(&state, ab_slice(data + 1, len - 1));
    } else {
        seal_inside(ab_slice(data, len), &state);
    }
    e = ab_attempt_open(&ring, AB_S("https://a"), ab_buf_slice(&state), NOW,
                        &plain, &a);
    if (e == AB_OK) {
        assert(!as_text);
        assert(ab_return_path_ok(a.return_path));
        assert(a.time <= NOW + AB_SKEW_S && a.time >= NOW - AB_ATTEMPT_TTL_S);
        assert(fuzz_inside(ab_buf_slice(&plain), a.client));
        if (ab_attempt_seal(&ring, AB_S("https://a"), &a, &again) == AB_OK) {
            ab_buf_reset(&state);
            assert(ab_attempt_open(&ring, AB_S("https://a"),
                                   ab_buf_slice(&again), NOW, &state, &b)
                   == AB_OK);
            assert(ab_slice_eq(ab_buf_slice(&state), ab_buf_slice(&plain)));
        }
    }
    ab_buf_clear(&state);
    ab_buf_clear(&plain);
    ab_buf_clear(&again);
    return 0;
}
