/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_wire.c - frames and tagged fields of the edge protocol.
 *
 * Every number is little-endian. docs/edge-protocol.md explains each row.
 */
#include "ab_wire.h"
#include "ab_ct.h"
#include "ab_time.h"

/* Tags of today's table all lie below this number. */
#define TAGS_N     256
/* Fields may hold fields, and these may once more; no deeper. */
#define NEST_MAX   2
/* What ab_frame_begin() returns when the buffer had failed before. */
#define NO_FRAME   SIZE_MAX

/* Who may send a message. */
enum direction { UP = 1, PUSH };

/* Kind of each tag, 0 where the number is free. */
static const uint8_t  kinds[TAGS_N] = {
#define AB_TAG(name, number, kind)  [number] = AB_KIND_##kind,
#include "ab_wire.def"
#undef AB_TAG
};


static bool check_fields(struct ab_slice in, int depth);


static uint16_t
u16_read(const char *p)
{
    return (uint16_t) ((uint8_t) p[0] | (uint8_t) p[1] << 8);
}


static void
put(char *p, uint64_t v, size_t bytes)
{
    size_t  i;

    for (i = 0; i < bytes; i++) {
        p[i] = (char) (v >> 8 * i);
    }
}


/* A question, its answer, or a push; a push belongs to no question. */
static bool
type_is_known(uint16_t type, uint64_t id)
{
    switch (type & ~AB_WIRE_ANSWER) {
#define AB_MSG(name, number, dir)                                           \
    case AB_MSG_##name:                                                     \
        return dir == UP || (id == 0 && (type & AB_WIRE_ANSWER) == 0);
#include "ab_wire.def"
#undef AB_MSG
    default:
        return false;
    }
}


enum ab_err
ab_frame_read(struct ab_slice in, size_t max, struct ab_frame *ret_frame,
    size_t *ret_used)
{
    struct ab_frame  frame;
    size_t           len;

    *ret_used = 0;
    if (in.len < AB_WIRE_HEADER) {
        return AB_E_STORE_ABSENT;
    }
    len = ab_u32_read(in.p);
    frame.type = u16_read(in.p + 4);
    frame.flags = u16_read(in.p + 6);
    frame.id = ab_u64_read(in.p + 8);
    if (frame.flags != 0 || !type_is_known(frame.type, frame.id)) {
        return AB_E_FORMAT;
    }
    if (len > max) {
        return AB_E_TOO_LARGE;
    }
    if (in.len - AB_WIRE_HEADER < len) {
        return AB_E_STORE_ABSENT;
    }
    frame.payload = ab_slice(in.p + AB_WIRE_HEADER, len);
    *ret_frame = frame;
    *ret_used = AB_WIRE_HEADER + len;
    return AB_OK;
}


size_t
ab_frame_begin(struct ab_buf *out, uint16_t type, uint64_t id)
{
    size_t   at = out->failed ? NO_FRAME : out->len;
    char    *p = ab_buf_room(out, AB_WIRE_HEADER);

    if (p != NULL) {
        put(p, 0, 4);
        put(p + 4, type, 2);
        put(p + 6, 0, 2);
        put(p + 8, id, 8);
    }
    return at;
}


bool
ab_frame_end(struct ab_buf *out, size_t at)
{
    if (at == NO_FRAME) {
        return false;
    }
    if (out->failed || out->len - at - AB_WIRE_HEADER > UINT32_MAX) {
        ab_wipe(out->p + at, out->len - at);
        out->len = at;
        out->failed = false;
        return false;
    }
    put(out->p + at, out->len - at - AB_WIRE_HEADER, 4);
    return true;
}


/* Room for a field of len bytes with its head written, or NULL. */
static char *
add_field(struct ab_buf *out, enum ab_wire_tag tag, size_t len)
{
    char  *p;

    if (len > UINT32_MAX - AB_WIRE_FIELD) {
        out->failed = true;
        return NULL;
    }
    p = ab_buf_room(out, AB_WIRE_FIELD + len);
    if (p == NULL) {
        return NULL;
    }
    put(p, (uint64_t) tag, 2);
    put(p + 2, len, 4);
    return p + AB_WIRE_FIELD;
}


void
ab_wire_add(struct ab_buf *out, enum ab_wire_tag tag, struct ab_slice v)
{
    char  *p = add_field(out, tag, v.len);

    if (p != NULL && v.len > 0) {
        memcpy(p, v.p, v.len);
    }
}


void
ab_wire_add_u64(struct ab_buf *out, enum ab_wire_tag tag, uint64_t v)
{
    char  *p = add_field(out, tag, 8);

    if (p != NULL) {
        put(p, v, 8);
    }
}


size_t
ab_wire_nest(struct ab_buf *out, enum ab_wire_tag tag)
{
    size_t  at = out->len;

    add_field(out, tag, 0);
    return at;
}


void
ab_wire_nest_end(struct ab_buf *out, size_t at)
{
    if (!out->failed) {
        put(out->p + at + 2, out->len - at - AB_WIRE_FIELD, 4);
    }
}


int
ab_wire_kind_of(uint16_t tag)
{
    return tag < TAGS_N ? kinds[tag] : 0;
}


enum ab_err
ab_wire_check(struct ab_slice payload)
{
    return check_fields(payload, 0) ? AB_OK : AB_E_FORMAT;
}


static bool
check_value(int kind, struct ab_slice v, int depth)
{
    switch (kind) {
    case AB_KIND_U64:
        return v.len == 8;
    case AB_KIND_KEY:
        return v.len == 32;
    case AB_KIND_NEST:
    case AB_KIND_NESTS:
        return depth < NEST_MAX && check_fields(v, depth + 1);
    default:
        return true;
    }
}


static bool
check_fields(struct ab_slice in, int depth)
{
    struct ab_fields  f = ab_fields(in);
    struct ab_slice   v;
    uint64_t          seen[TAGS_N / 64] = { 0 };
    uint16_t          tag;
    int               kind;

    while (ab_fields_next(&f, &tag, &v)) {
        kind = ab_wire_kind_of(tag);
        if (kind == 0) {
            continue;
        }
        if (kind != AB_KIND_LIST && kind != AB_KIND_NESTS
            && (seen[tag / 64] & (uint64_t) 1 << tag % 64) != 0)
        {
            return false;
        }
        seen[tag / 64] |= (uint64_t) 1 << tag % 64;
        if (!check_value(kind, v, depth)) {
            return false;
        }
    }
    return !f.bad;
}


struct ab_slice
ab_wire_get(struct ab_slice payload, enum ab_wire_tag tag)
{
    struct ab_slice  v;
    size_t           pos = 0;

    if (!ab_wire_each(payload, tag, &pos, &v)) {
        return ab_slice(NULL, 0);
    }
    return v;
}


uint64_t
ab_wire_get_u64(struct ab_slice payload, enum ab_wire_tag tag)
{
    struct ab_slice  v = ab_wire_get(payload, tag);

    return v.len == 8 ? ab_u64_read(v.p) : 0;
}


bool
ab_wire_each(struct ab_slice payload, enum ab_wire_tag tag, size_t *pos,
    struct ab_slice *ret_v)
{
    struct ab_fields  f = { payload, *pos, false };
    struct ab_slice   v;
    uint16_t          at;

    while (ab_fields_next(&f, &at, &v)) {
        if (at == tag) {
            *pos = f.pos;
            *ret_v = v;
            return true;
        }
    }
    *pos = payload.len;
    return false;
}


/* "ms-seq" as two numbers; zeros when it is no such thing. */
static void
position_read(struct ab_slice s, uint64_t ret_parts[2])
{
    size_t    dash = ab_slice_find(s, '-');
    uint64_t  ms, seq;

    ret_parts[0] = ret_parts[1] = 0;
    if (dash < s.len && ab_parse_u64(ab_slice(s.p, dash), &ms) == AB_OK
        && ab_parse_u64(ab_slice(s.p + dash + 1, s.len - dash - 1), &seq)
           == AB_OK)
    {
        ret_parts[0] = ms;
        ret_parts[1] = seq;
    }
}


int
ab_position_cmp(struct ab_slice a, struct ab_slice b)
{
    uint64_t  x[2], y[2];
    int       i;

    position_read(a, x);
    position_read(b, y);
    for (i = 0; i < 2; i++) {
        if (x[i] != y[i]) {
            return x[i] < y[i] ? -1 : 1;
        }
    }
    return 0;
}
