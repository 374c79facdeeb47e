/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_identity.c - the identity projection as a view over wire fields.
 */
#include "ab_identity.h"

#include <stdint.h>

#define TAG_FIRST  128

/* Which member a tag fills: texts and keys as slices, numbers as uint64_t.
 * `is_number` tells which; the lists stay in the bytes. */
struct member {
    enum ab_wire_tag  tag;
    bool              is_number;
    size_t            offset;
};

#define TEXT(tag, name)    { AB_TAG_##tag, false, \
                             offsetof(struct ab_identity, name) }
#define NUMBER(tag, name)  { AB_TAG_##tag, true, \
                             offsetof(struct ab_identity, name) }

/* In the order of their tags, which is the order they are written in. */
static const struct member  members[] = {
    TEXT(ID_KEY, key), TEXT(SID, sid), TEXT(SUB, sub),
    TEXT(USERNAME, username), TEXT(EMAIL, email), TEXT(NAME, name),
    TEXT(ACR, acr), NUMBER(AUTH_TIME, auth_time), TEXT(IDP, idp),
    TEXT(REALM, realm), TEXT(REALM_ID, realm_id), TEXT(CLIENT, client),
    TEXT(ORIGIN, origin), TEXT(ISSUER, issuer), TEXT(AZP, azp),
    TEXT(SCOPE, scope), NUMBER(AS_OF, as_of),
    NUMBER(USER_VERSION, user_version), NUMBER(REALM_EPOCH, realm_epoch),
    TEXT(METHOD, method),
};

#define MEMBERS_N  (sizeof(members) / sizeof(members[0]))

/* What was met so far: tags seen, entries over all lists. */
struct seen {
    uint32_t  tags;
    size_t    entries[3];
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


/* Count an entry of a list; false above the limit. */
static bool
take_entry(struct seen *seen, uint16_t tag)
{
    size_t  i = tag == AB_TAG_ROLE ? 0 : tag == AB_TAG_GROUP ? 1 : 2;

    return ++seen->entries[i] <= AB_MAX_IDENTITY_LIST_N;
}


static bool
take_once(struct seen *seen, uint16_t tag)
{
    uint32_t  bit = (uint32_t) 1 << (tag - TAG_FIRST);

    if (seen->tags & bit) {
        return false;
    }
    seen->tags |= bit;
    return true;
}


static const struct member *
member_of(uint16_t tag)
{
    size_t  i;

    for (i = 0; i < MEMBERS_N; i++) {
        if (members[i].tag == tag) {
            return &members[i];
        }
    }
    return NULL;
}


static bool
take_field(struct ab_identity *id, struct seen *seen, uint16_t tag,
    struct ab_slice v)
{
    const struct member  *m;
    int                   kind = ab_wire_kind_of(tag);

    if (kind == 0) {
        return true;            /* from a later version */
    }
    if (v.len > AB_MAX_IDENTITY_TEXT) {
        return false;
    }
    if (kind == AB_KIND_LIST) {
        return take_entry(seen, tag);
    }
    if (!take_once(seen, tag) || (kind == AB_KIND_U64 && v.len != 8)
        || (kind == AB_KIND_KEY && v.len != AB_SHA256_LEN))
    {
        return false;
    }
    if (tag == AB_TAG_EMAIL_VERIFIED) {
        id->email_verified = ab_u64_read(v.p) == 1;
        return true;
    }
    m = member_of(tag);
    if (m == NULL) {
        return false;
    }
    if (m->is_number) {
        *(uint64_t *) ((char *) id + m->offset) = ab_u64_read(v.p);
    } else {
        *(struct ab_slice *) ((char *) id + m->offset) = v;
    }
    return true;
}


void
ab_identity_write(struct ab_buf *out, const struct ab_identity *id)
{
    struct ab_slice  text;
    uint64_t         number;
    size_t           i;

    for (i = 0; i < MEMBERS_N; i++) {
        const char  *at = (const char *) id + members[i].offset;

        if (members[i].is_number) {
            memcpy(&number, at, sizeof(number));
            if (number != 0) {
                ab_wire_add_u64(out, members[i].tag, number);
            }
            continue;
        }
        memcpy(&text, at, sizeof(text));
        if (text.len != 0) {
            ab_wire_add(out, members[i].tag, text);
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
ab_identity_has(const struct ab_identity *id, enum ab_wire_tag tag,
    struct ab_slice value)
{
    struct ab_slice  v;
    size_t           pos = 0;

    while (ab_wire_each(id->raw, tag, &pos, &v)) {
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


/* Append one entry with '%' and ',' encoded; false on a control byte. */
static bool
join_entry(struct ab_buf *out, struct ab_slice v)
{
    size_t   i;
    uint8_t  c;

    for (i = 0; i < v.len; i++) {
        c = (uint8_t) v.p[i];
        if (c < 0x20 || c == 0x7f) {
            return false;
        }
        if (c == '%' || c == ',') {
            ab_buf_add_str(out, c == '%' ? "%25" : "%2C");
        } else {
            ab_buf_add_byte(out, c);
        }
    }
    return true;
}


enum ab_err
ab_identity_join(const struct ab_identity *id, enum ab_wire_tag tag,
    struct ab_buf *out)
{
    struct ab_slice  v;
    size_t           pos = 0, start = out->len;
    bool             is_first = true;

    while (ab_wire_each(id->raw, tag, &pos, &v)) {
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
