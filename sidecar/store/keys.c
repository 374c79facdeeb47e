/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keys.c - the one builder of Redis key names.
 */
#include "keys.h"

#include "ab_base64.h"
#include "ab_digest.h"

#define ID_MAX      64
#define SHORT_PARTS 3

/* pattern: see keys.def */
static const char *const  patterns[KEY_N] = {
#define STORE_KEY(name, pattern, type, holds)  pattern,
#include "store/keys.def"
#undef STORE_KEY
};

static bool add_id(struct ab_buf *out, struct ab_slice id);
static bool add_hash(struct ab_buf *out, const struct ab_slice *parts,
    size_t n);
static size_t room_for(const char *pattern);
static bool expand(struct ab_buf *out, const char *pattern,
    const struct ab_slice *parts, size_t n);


struct ab_slice
key_build(struct ctx *c, enum store_key k, const struct ab_slice *parts,
    size_t n)
{
    struct ab_buf  out;
    size_t         size = room_for(patterns[k]);
    char          *mem = arena_alloc(c->a, size);

    if (mem == NULL) {
        ctx_nomem(c);
        return ab_slice(NULL, 0);
    }
    ab_buf_init_fixed(&out, mem, size - 1);
    if (!expand(&out, patterns[k], parts, n) || out.failed) {
        ctx_fail(c, AB_E_INTERNAL, "key %s: malformed id", patterns[k]);
        return ab_slice(NULL, 0);
    }
    return ab_buf_slice(&out);
}


static size_t
room_for(const char *pattern)
{
    size_t  n = strlen(pattern) + 1;

    for (; *pattern != '\0'; pattern++) {
        n += *pattern == '%' ? ID_MAX : 0;
    }
    return n;
}


/* Each %i takes one part, %h all that are left; none may be left over. */
static bool
expand(struct ab_buf *out, const char *pattern, const struct ab_slice *parts,
    size_t n)
{
    const char  *p;
    size_t       used = 0;

    for (p = pattern; *p != '\0'; p++) {
        if (*p != '%') {
            ab_buf_add_byte(out, (uint8_t) *p);
            continue;
        }
        p++;
        if (used == n) {
            return false;
        }
        if (*p == 'h') {
            if (!add_hash(out, parts + used, n - used)) {
                return false;
            }
            used = n;
        } else if (!add_id(out, parts[used++])) {
            return false;
        }
    }
    return used == n;
}


static bool
add_id(struct ab_buf *out, struct ab_slice id)
{
    size_t  i;
    char    ch;

    for (i = 0; i < id.len; i++) {
        ch = id.p[i];
        if (!((ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z')
              || (ch >= '0' && ch <= '9') || ch == '_' || ch == '-'))
        {
            return false;
        }
    }
    ab_buf_add(out, id);
    return id.len > 0 && id.len <= ID_MAX;
}


static bool
add_hash(struct ab_buf *out, const struct ab_slice *parts, size_t n)
{
    uint8_t  raw[AB_SHA256_LEN];

    if (!ab_sha256_parts(raw, parts, n)) {
        return false;
    }
    ab_b64url_add(out, ab_slice(raw, sizeof(raw)));
    return true;
}


struct ab_slice
key0(struct ctx *c, enum store_key k)
{
    return key_build(c, k, NULL, 0);
}


struct ab_slice
key1(struct ctx *c, enum store_key k, const char *p1)
{
    struct ab_slice  parts[] = { ab_slice_str(p1) };

    return key_build(c, k, parts, 1);
}


struct ab_slice
key2(struct ctx *c, enum store_key k, const char *p1, const char *p2)
{
    struct ab_slice  parts[] = { ab_slice_str(p1), ab_slice_str(p2) };

    return key_build(c, k, parts, 2);
}


struct ab_slice
key3(struct ctx *c, enum store_key k, const char *p1, const char *p2,
    const char *p3)
{
    struct ab_slice  parts[SHORT_PARTS] = {
        ab_slice_str(p1), ab_slice_str(p2), ab_slice_str(p3)
    };

    return key_build(c, k, parts, SHORT_PARTS);
}


/* Redis Cluster specification: CRC16 (XMODEM) of what stands between the
 * first '{' and the next '}', if that is not empty, else of the whole key. */
unsigned
key_slot(struct ab_slice key)
{
    size_t           open = ab_slice_find(key, '{'), i, bit;
    struct ab_slice  tag = key, rest;
    unsigned         crc = 0;

    if (open < key.len) {
        rest = ab_slice(key.p + open + 1, key.len - open - 1);
        i = ab_slice_find(rest, '}');
        if (i > 0 && i < rest.len) {
            tag = ab_slice(rest.p, i);
        }
    }
    for (i = 0; i < tag.len; i++) {
        crc ^= (unsigned) (unsigned char) tag.p[i] << 8;
        for (bit = 0; bit < 8; bit++) {
            crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
        }
        crc &= 0xffff;
    }
    return crc % 16384;
}


const char *
key_pattern(enum store_key k)
{
    return patterns[k];
}
