/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_wire.h - frames and tagged fields of the edge protocol.
 *
 * Frame: u32 length of what follows the header, u16 type, u16 flags (0),
 * u64 id; all little-endian; then the payload. Field: u16 tag, u32 length,
 * bytes. Unknown tags are skipped, unknown types refused. A tag that is not
 * LIST or NESTS and occurs twice makes the payload malformed.
 */
#ifndef AB_WIRE_H
#define AB_WIRE_H

#include "ab_buf.h"
#include "ab_error.h"
#include "ab_limits.h"

#define AB_WIRE_VERSION  1
#define AB_WIRE_ANSWER   0x8000
#define AB_WIRE_FIELD    6          /* bytes of a field's head */

enum ab_wire_kind {
    AB_KIND_TEXT = 1, AB_KIND_U64, AB_KIND_KEY, AB_KIND_NEST, AB_KIND_LIST,
    AB_KIND_NESTS
};

enum ab_wire_msg {
#define AB_MSG(name, number, dir)  AB_MSG_##name = number,
#include "ab_wire.def"
#undef AB_MSG
};

enum ab_wire_tag {
#define AB_TAG(name, number, kind)  AB_TAG_##name = number,
#include "ab_wire.def"
#undef AB_TAG
};

enum ab_mark_kind {
    AB_MARK_SID = 1,            /* an SSO session ended */
    AB_MARK_CLIENT_SESSION,     /* one client's part of it (sid + client) */
    AB_MARK_EDGE,               /* one app-host session (edge key) */
    AB_MARK_JTI,
    AB_MARK_USER,               /* everything of a user before TIME */
    AB_MARK_CLIENT,             /* everything of a client before TIME */
    AB_MARK_REALM,              /* everything of a realm before TIME */
    AB_MARK_USER_EPOCH,         /* a user's roles, groups or flags changed */
    AB_MARK_REALM_EPOCH
};

struct ab_frame {
    uint16_t         type;
    uint16_t         flags;
    uint64_t         id;
    struct ab_slice  payload;
};

/*
 * Look at the front of `in`. AB_OK: a whole frame, *ret_used its bytes.
 * AB_E_STORE_ABSENT: not whole yet, *ret_used is 0. AB_E_TOO_LARGE: payload
 * longer than max; AB_E_FORMAT: flags not 0, type unknown, a push with an id.
 */
enum ab_err ab_frame_read(struct ab_slice in, size_t max,
    struct ab_frame *ret_frame, size_t *ret_used);

/* Write a header with length 0; returns what ab_frame_end() asks for. */
size_t ab_frame_begin(struct ab_buf *out, uint16_t type, uint64_t id);
/* Fill in the length. If the buffer failed since ab_frame_begin() the frame
 * is taken back, the buffer is as it was then, and false is returned. */
bool ab_frame_end(struct ab_buf *out, size_t at);

void ab_wire_add(struct ab_buf *out, enum ab_wire_tag tag, struct ab_slice v);
void ab_wire_add_u64(struct ab_buf *out, enum ab_wire_tag tag, uint64_t v);
/* Nested fields: begin, add fields, end. */
size_t ab_wire_nest(struct ab_buf *out, enum ab_wire_tag tag);
void ab_wire_nest_end(struct ab_buf *out, size_t at);

/* Little-endian numbers at p. Inline, as is the walk over fields: both run
 * for every request, and a call within a shared object is not free. */
static inline uint32_t
ab_u32_read(const void *p)
{
    const uint8_t  *b = p;

    return (uint32_t) b[0] | (uint32_t) b[1] << 8 | (uint32_t) b[2] << 16
           | (uint32_t) b[3] << 24;
}


static inline uint64_t
ab_u64_read(const void *p)
{
    return (uint64_t) ab_u32_read(p)
           | (uint64_t) ab_u32_read((const uint8_t *) p + 4) << 32;
}


/* A cursor over fields; start with pos = 0. */
struct ab_fields {
    struct ab_slice  in;
    size_t           pos;
    bool             bad;       /* ended by a malformed field */
};

static inline struct ab_fields
ab_fields(struct ab_slice in)
{
    return (struct ab_fields) { in, 0, false };
}


/* The next field; false at the end or when malformed (then bad is set). */
static inline bool
ab_fields_next(struct ab_fields *f, uint16_t *ret_tag, struct ab_slice *ret_v)
{
    size_t       left = f->in.len - f->pos, len;
    const char  *p;

    if (f->bad || left == 0) {
        return false;
    }
    p = f->in.p + f->pos;
    if (left < AB_WIRE_FIELD
        || (len = ab_u32_read(p + 2)) > left - AB_WIRE_FIELD)
    {
        f->bad = true;
        return false;
    }
    f->pos += AB_WIRE_FIELD + len;
    *ret_tag = (uint16_t) ((uint8_t) p[0] | (uint8_t) p[1] << 8);
    *ret_v = ab_slice(p + AB_WIRE_FIELD, len);
    return true;
}


/* Check the whole payload once against the table: sizes of U64 and KEY,
 * repetition, nests well-formed (two levels). AB_E_FORMAT. */
enum ab_err ab_wire_check(struct ab_slice payload);
/* The kind of a tag, enum ab_wire_kind; 0 when the table lacks it. */
int ab_wire_kind_of(uint16_t tag);
/* First value of a tag in a checked payload; empty slice with p NULL when
 * absent. Nothing looks inside nests. */
struct ab_slice ab_wire_get(struct ab_slice payload, enum ab_wire_tag tag);
/* 0 when absent. */
uint64_t ab_wire_get_u64(struct ab_slice payload, enum ab_wire_tag tag);
/* The next value of a repeated tag; *pos starts at 0. */
bool ab_wire_each(struct ab_slice payload, enum ab_wire_tag tag, size_t *pos,
    struct ab_slice *ret_v);


/* Order of two stream ids "ms-seq"; malformed or empty sorts first. */
int ab_position_cmp(struct ab_slice a, struct ab_slice b);

#endif
