/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_attempt.c - a login attempt, sealed into the `state` parameter.
 *
 * Sealed bytes: format 1, flags, u64 time, 32 bytes of the browser's hash,
 * then each text behind its length as u16; numbers little-endian.
 */
#include "ab_attempt.h"
#include "ab_base64.h"
#include "ab_ct.h"
#include "ab_limits.h"
#include "ab_uri.h"
#include "ab_wire.h"

#define FORMAT    1
#define RETRY     1         /* in flags */
#define HEAD_LEN  (1 + 1 + 8 + AB_SHA256_LEN)

/* The texts, in the order they are written. */
static const size_t  texts[] = {
    offsetof(struct ab_attempt, return_path),
    offsetof(struct ab_attempt, nonce),
    offsetof(struct ab_attempt, verifier),
    offsetof(struct ab_attempt, realm_id),
    offsetof(struct ab_attempt, client),
    offsetof(struct ab_attempt, asks),
};

#define TEXTS_N  (sizeof(texts) / sizeof(texts[0]))


static void
write_plain(const struct ab_attempt *a, struct ab_buf *out)
{
    struct ab_slice  text;
    size_t           i;

    ab_buf_add_byte(out, FORMAT);
    ab_buf_add_byte(out, a->is_retry ? RETRY : 0);
    for (i = 0; i < 8; i++) {
        ab_buf_add_byte(out, (uint8_t) (a->time >> 8 * i));
    }
    ab_buf_add(out, ab_slice(a->browser, sizeof(a->browser)));
    for (i = 0; i < TEXTS_N; i++) {
        memcpy(&text, (const char *) a + texts[i], sizeof(text));
        /* Longer ones do not fit into the buffer anyway. */
        ab_buf_add_byte(out, (uint8_t) text.len);
        ab_buf_add_byte(out, (uint8_t) (text.len >> 8));
        ab_buf_add(out, text);
    }
}


enum ab_err
ab_attempt_seal(const struct ab_seal_ring *ring, struct ab_slice origin,
    const struct ab_attempt *a, struct ab_buf *out)
{
    struct ab_slice  aad[2] = { AB_S("attempt"), origin };
    struct ab_buf    plain, sealed;
    char             mem[2][AB_B64_DECODED_MAX(AB_MAX_STATE)];
    enum ab_err      e = AB_E_TOO_LARGE;

    ab_buf_init_fixed(&plain, mem[0], sizeof(mem[0]));
    ab_buf_init_fixed(&sealed, mem[1], sizeof(mem[1]));
    write_plain(a, &plain);
    if (!plain.failed && a->return_path.len <= AB_MAX_RETURN_PATH) {
        e = ab_seal(ring, aad, 2, ab_buf_slice(&plain), &sealed);
    }
    if (e == AB_OK && AB_B64URL_LEN(sealed.len) > AB_MAX_STATE) {
        e = AB_E_TOO_LARGE;
    }
    if (e == AB_OK) {
        ab_b64url_add(out, ab_buf_slice(&sealed));
        e = out->failed ? AB_E_TOO_LARGE : AB_OK;
    }
    ab_buf_clear(&plain);
    ab_buf_clear(&sealed);
    return e;
}


/* The whole of `in` as an attempt; the slices point into it. */
static bool
read_plain(struct ab_slice in, struct ab_attempt *ret_a)
{
    struct ab_slice  text;
    size_t           pos = HEAD_LEN, i, len;

    if (in.len < HEAD_LEN || in.p[0] != FORMAT || (in.p[1] & ~RETRY) != 0) {
        return false;
    }
    ret_a->is_retry = (in.p[1] & RETRY) != 0;
    ret_a->time = ab_u64_read(in.p + 2);
    memcpy(ret_a->browser, in.p + 10, AB_SHA256_LEN);
    for (i = 0; i < TEXTS_N; i++) {
        if (in.len - pos < 2) {
            return false;
        }
        len = (uint8_t) in.p[pos] | (size_t) (uint8_t) in.p[pos + 1] << 8;
        pos += 2;
        if (in.len - pos < len) {
            return false;
        }
        text = ab_slice(in.p + pos, len);
        memcpy((char *) ret_a + texts[i], &text, sizeof(text));
        pos += len;
    }
    return pos == in.len;
}


/* Written so that neither a huge time nor a huge now can wrap (T-SE11). */
static bool
is_current(uint64_t time, uint64_t now)
{
    return time <= now ? now - time <= AB_ATTEMPT_TTL_S
                       : time - now <= AB_SKEW_S;
}


enum ab_err
ab_attempt_open(const struct ab_seal_ring *ring, struct ab_slice origin,
    struct ab_slice state, uint64_t now, struct ab_buf *plain,
    struct ab_attempt *ret_a)
{
    struct ab_slice    aad[2] = { AB_S("attempt"), origin };
    struct ab_attempt  a;
    uint8_t            sealed[AB_B64_DECODED_MAX(AB_MAX_STATE)];
    size_t             len, start = plain->len;
    enum ab_err        e;

    if (state.len == 0 || state.len > AB_MAX_STATE
        || ab_b64url_decode(sealed, sizeof(sealed), state, &len) != AB_OK)
    {
        return AB_E_ATTEMPT_FORMAT;
    }
    e = ab_open(ring, aad, 2, ab_slice(sealed, len), plain);
    if (e != AB_OK) {
        return AB_E_ATTEMPT_SEAL;
    }
    /* The path is checked again: it becomes a Location header (T-RD9). */
    if (!read_plain(ab_slice(plain->p + start, plain->len - start), &a)
        || !ab_return_path_ok(a.return_path))
    {
        return AB_E_ATTEMPT_FORMAT;
    }
    if (!is_current(a.time, now)) {
        return AB_E_ATTEMPT_EXPIRED;
    }
    *ret_a = a;
    return AB_OK;
}


bool
ab_attempt_browser(uint8_t out[AB_SHA256_LEN], struct ab_slice cookie)
{
    struct ab_slice  parts[2];

    parts[0] = AB_S("attempt-browser");
    parts[1] = cookie;
    return ab_sha256_parts(out, parts, 2);
}
