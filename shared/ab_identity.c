/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_identity.c - the identity projection as a view over wire fields.
 */
#include "ab_identity.h"

#include <stdint.h>

#define TAG_FIRST  128

/* Which member a tag fills, by tag: a text or key is a slice, a number an
 * uint64_t. Rows that are NONE are lists, which stay in the bytes, or tags
 * handled apart. Rows are in the order they are written in. */
enum holds { NONE, SLICE, NUMBER };

struct member {
    enum holds  holds;
    size_t      offset;
};

#define MEMBER(tag, holds, name)                                            \
    [AB_TAG_##tag - TAG_FIRST] = { holds, offsetof(struct ab_identity, name) }

static const struct member  members[] = {
    MEMBER(ID_KEY,       SLICE,  key),
    MEMBER(SID,          SLICE,  sid),
    MEMBER(SUB,          SLICE,  sub),
    MEMBER(USERNAME,     SLICE,  username),
    MEMBER(EMAIL,        SLICE,  email),
    MEMBER(NAME,         SLICE,  name),
    MEMBER(ACR,          SLICE,  acr),
    MEMBER(AUTH_TIME,    NUMBER, auth_time),
    MEMBER(IDP,          SLICE,  idp),
    MEMBER(REALM,        SLICE,  realm),
    MEMBER(REALM_ID,     SLICE,  realm_id),
    MEMBER(CLIENT,       SLICE,  client),
    MEMBER(ORIGIN,       SLICE,  origin),
    MEMBER(ISSUER,       SLICE,  issuer),
    MEMBER(AZP,          SLICE,  azp),
    MEMBER(SCOPE,        SLICE,  scope),
    MEMBER(AS_OF,        NUMBER, as_of),
    MEMBER(USER_VERSION, NUMBER, user_version),
    MEMBER(REALM_EPOCH,  NUMBER, realm_epoch),
    MEMBER(METHOD,       SLICE,  method),
};

#define MEMBERS_N  (sizeof(members) / sizeof(members[0]))

/* The texts stand in a row. */
#define TEXTS_N  ((offsetof(struct ab_identity, method)                     \
                   - offsetof(struct ab_identity, key))                     \
                  / sizeof(struct ab_slice) + 1)

/* What was met so far: tags seen, entries over all lists. */
struct seen {
    uint64_t  tags;             /* bits, from TAG_FIRST */
    size_t    entries[3];       /* of ROLE, GROUP, AUDIENCE */
};


static bool take_field(struct ab_identity *id, struct seen *seen,
    uint16_t tag, struct ab_slice v);


enum ab_err
ab_identity_read(struct ab_slice raw, struct ab_identity *ret_id)
{
    struct ab_identity  id;
    struct ab_fields    f = ab_fields(raw);
    struct ab_slice     v;
    struct seen         seen;
    uint16_t            tag;

    if (raw.len > AB_MAX_IDENTITY) {
        return AB_E_FORMAT;
    }
    memset(&id, 0, sizeof(id));
    memset(&seen, 0, sizeof(seen));
    id.raw = raw;
    while (ab_fields_next(&f, &tag, &v)) {
        if (tag >= TAG_FIRST && !take_field(&id, &seen, tag, v)) {
            return AB_E_FORMAT;
        }
    }
    if (f.bad || id.key.len == 0 || id.sub.len == 0 || id.realm_id.len == 0) {
        return AB_E_FORMAT;
    }
    *ret_id = id;
    return AB_OK;
}


static size_t
list_index(enum ab_wire_tag tag)
{
    return tag == AB_TAG_ROLE ? 0 : tag == AB_TAG_GROUP ? 1 : 2;
}


/* Count an entry of a list; false above the limit. */
static bool
take_entry(struct ab_identity *id, struct seen *seen, uint16_t tag,
    struct ab_slice v)
{
    size_t           i = list_index((enum ab_wire_tag) tag);
    uint32_t         at = (uint32_t) (v.p - id->raw.p);
    struct ab_span  *span = &id->lists[i];

    if (span->to == 0) {
        span->from = at - AB_WIRE_FIELD;
    }
    span->to = at + (uint32_t) v.len;
    return ++seen->entries[i] <= AB_MAX_IDENTITY_LIST_N;
}


static bool
take_once(struct seen *seen, uint16_t tag)
{
    unsigned  row = tag - TAG_FIRST;

    if (row >= 64 || (seen->tags & (uint64_t) 1 << row) != 0) {
        return false;
    }
    seen->tags |= (uint64_t) 1 << row;
    return true;
}


/* Put a checked value into its member; false when the tag has none. */
static bool
fill_member(struct ab_identity *id, uint16_t tag, struct ab_slice v)
{
    size_t    row = (size_t) tag - TAG_FIRST;
    uint64_t  number;

    if (tag == AB_TAG_EMAIL_VERIFIED) {
        id->email_verified = ab_u64_read(v.p) == 1;
        return true;
    }
    if (row >= MEMBERS_N || members[row].holds == NONE) {
        return false;
    }
    if (members[row].holds == NUMBER) {
        number = ab_u64_read(v.p);
        memcpy((char *) id + members[row].offset, &number, sizeof(number));
    } else {
        memcpy((char *) id + members[row].offset, &v, sizeof(v));
    }
    return true;
}


static bool
take_field(struct ab_identity *id, struct seen *seen, uint16_t tag,
    struct ab_slice v)
{
    int  kind = ab_wire_kind_of(tag);

    if (kind == 0) {
        return true;            /* from a later version */
    }
    if (v.len > AB_MAX_IDENTITY_TEXT) {
        return false;
    }
    if (kind == AB_KIND_LIST) {
        return take_entry(id, seen, tag, v);
    }
    if (!take_once(seen, tag) || (kind == AB_KIND_U64 && v.len != 8)
        || (kind == AB_KIND_KEY && v.len != AB_SHA256_LEN))
    {
        return false;
    }
    return fill_member(id, tag, v);
}


void
ab_identity_move(struct ab_identity *id, const char *to)
{
    struct ab_slice  *s = (struct ab_slice *)
                          ((char *) id + offsetof(struct ab_identity, key));
    size_t            i;

    for (i = 0; i < TEXTS_N; i++) {
        if (s[i].p != NULL) {
            s[i].p = to + (s[i].p - id->raw.p);
        }
    }
    id->raw.p = to;
}


void
ab_identity_write(struct ab_buf *out, const struct ab_identity *id)
{
    const char       *at;
    struct ab_slice   text;
    uint64_t          number;
    size_t            i;

    for (i = 0; i < MEMBERS_N; i++) {
        at = (const char *) id + members[i].offset;
        if (members[i].holds == NUMBER) {
            memcpy(&number, at, sizeof(number));
            if (number != 0) {
                ab_wire_add_u64(out, (enum ab_wire_tag) (TAG_FIRST + i),
                                number);
            }
        } else if (members[i].holds == SLICE) {
            memcpy(&text, at, sizeof(text));
            if (text.len != 0) {
                ab_wire_add(out, (enum ab_wire_tag) (TAG_FIRST + i), text);
            }
        }
    }
    if (id->email_verified) {
        ab_wire_add_u64(out, AB_TAG_EMAIL_VERIFIED, 1);
    }
}


bool
ab_identity_add_role(struct ab_buf *out, struct ab_slice client,
    struct ab_slice role)
{
    size_t  at;

    if (role.len == 0 || ab_slice_find(role, ':') < role.len
        || client.len + role.len + 1 > AB_MAX_IDENTITY_TEXT)
    {
        return false;
    }
    at = ab_wire_nest(out, AB_TAG_ROLE);
    if (client.p != NULL) {
        ab_buf_add(out, client);
        ab_buf_add_byte(out, ':');
    }
    ab_buf_add(out, role);
    ab_wire_nest_end(out, at);
    return !out->failed;
}


bool
ab_identity_each(const struct ab_identity *id, enum ab_wire_tag tag,
    size_t *pos, struct ab_slice *ret_v)
{
    struct ab_span  span = id->lists[list_index(tag)];

    if (*pos < span.from) {
        *pos = span.from;
    }
    return *pos < span.to
           && ab_wire_each(ab_slice(id->raw.p, span.to), tag, pos, ret_v);
}


size_t
ab_identity_list_size(const struct ab_identity *id, enum ab_wire_tag tag)
{
    struct ab_span  span = id->lists[list_index(tag)];

    return span.to - span.from;
}


bool
ab_identity_has(const struct ab_identity *id, enum ab_wire_tag tag,
    struct ab_slice value)
{
    struct ab_slice  v;
    size_t           pos = 0;

    while (ab_identity_each(id, tag, &pos, &v)) {
        if (ab_slice_eq(v, value)) {
            return true;
        }
    }
    return false;
}


bool
ab_identity_has_scope(const struct ab_identity *id, struct ab_slice s)
{
    struct ab_slice  rest = id->scope;
    size_t           at;

    while (rest.len > 0) {
        at = ab_slice_find(rest, ' ');
        if (at > 0 && ab_slice_eq(ab_slice(rest.p, at), s)) {
            return true;
        }
        at += at < rest.len;
        rest = ab_slice(rest.p + at, rest.len - at);
    }
    return false;
}


/* Append one entry with '%' and ',' encoded, what lies between them in one
 * piece; false on a control byte. */
static bool
join_entry(struct ab_buf *out, struct ab_slice v)
{
    size_t   i, from = 0;
    uint8_t  c;

    for (i = 0; i < v.len; i++) {
        c = (uint8_t) v.p[i];
        if (c < 0x20 || c == 0x7f) {
            return false;
        }
        if (c == '%' || c == ',') {
            ab_buf_add(out, ab_slice_between(v.p + from, v.p + i));
            ab_buf_add_str(out, c == '%' ? "%25" : "%2C");
            from = i + 1;
        }
    }
    ab_buf_add(out, ab_slice(v.p + from, v.len - from));
    return true;
}


enum ab_err
ab_identity_join(const struct ab_identity *id, enum ab_wire_tag tag,
    struct ab_buf *out)
{
    struct ab_slice  v;
    size_t           pos = 0, start = out->len;
    bool             is_first = true;

    while (ab_identity_each(id, tag, &pos, &v)) {
        if (!is_first) {
            ab_buf_add_byte(out, ',');
        }
        is_first = false;
        if (!join_entry(out, v) || out->failed
            || out->len - start > AB_MAX_IDENTITY_HEADER)
        {
            out->len = start;
            return AB_E_HEADER_VALUE;
        }
    }
    return AB_OK;
}


bool
ab_credential_key(uint8_t out[AB_SHA256_LEN], const char *kind,
    struct ab_slice realm_id, struct ab_slice credential)
{
    struct ab_slice  parts[3];

    parts[0] = ab_slice_str(kind);
    parts[1] = realm_id;
    parts[2] = credential;
    return ab_sha256_parts(out, parts, 3);
}
