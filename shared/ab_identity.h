/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_identity.h - the identity projection: who asks, in the same bytes in a
 * frame, in Redis and in a worker's zone.
 *
 * The bytes are fields of ab_wire.def (tags 128 and up). Facts only: no
 * verdict, no lifetime. A view points into the bytes.
 */
#ifndef AB_IDENTITY_H
#define AB_IDENTITY_H

#include "ab_wire.h"
#include "ab_digest.h"

/* The part of the bytes in which all entries of a list stand. */
struct ab_span {
    uint32_t  from, to;
};

struct ab_identity {
    struct ab_slice  raw;           /* the bytes this view was made of */
    /* the texts: key first, method last, nothing else between them */
    struct ab_slice  key;           /* 32 bytes */
    struct ab_slice  sid, sub, username, email, name, acr, idp;
    struct ab_slice  realm, realm_id, client, origin;
    struct ab_slice  issuer, azp, scope, method;
    uint64_t         auth_time, as_of, user_version, realm_epoch;
    bool             email_verified;
    struct ab_span   lists[3];      /* of ROLE, GROUP, AUDIENCE */
};

/* Make a view of well-formed identity bytes. AB_E_FORMAT when malformed,
 * over AB_MAX_IDENTITY, a text over AB_MAX_IDENTITY_TEXT, a list over
 * AB_MAX_IDENTITY_LIST_N, key or sub or realm_id missing. No allocation. */
enum ab_err ab_identity_read(struct ab_slice raw, struct ab_identity *ret_id);
/* Let a view made by read look at a copy of its bytes, at `to`. */
void ab_identity_move(struct ab_identity *id, const char *to);
/* Write the scalar fields of a view (lists are added by the caller with
 * ab_wire_add(), in any place). Empty members are left out. */
void ab_identity_write(struct ab_buf *out, const struct ab_identity *id);

/*
 * Append a ROLE: "role", or "client:role" with a client (p NULL: a realm
 * role). A role whose own name holds a ':' is left out and false returned:
 * the realm role "pay:admin" must not read as role admin of client pay, nor
 * role "b:c" of client a as role c of client "a:b" (T-CD6).
 */
bool ab_identity_add_role(struct ab_buf *out, struct ab_slice client,
    struct ab_slice role);

/* The next entry of a list; *pos starts at 0. tag: ROLE, GROUP, AUDIENCE. */
bool ab_identity_each(const struct ab_identity *id, enum ab_wire_tag tag,
    size_t *pos, struct ab_slice *ret_v);
/* At most so many bytes are in its entries; 0 when it has none. */
size_t ab_identity_list_size(const struct ab_identity *id,
    enum ab_wire_tag tag);
/* The list holds exactly this value. */
bool ab_identity_has(const struct ab_identity *id, enum ab_wire_tag tag,
    struct ab_slice value);
/* The blank-separated scope holds this word. */
bool ab_identity_has_scope(const struct ab_identity *id, struct ab_slice s);
/* Join a list with ','; '%' and ',' percent-encoded. AB_E_HEADER_VALUE when
 * a value has a control byte or the result is over AB_MAX_IDENTITY_HEADER.
 */
enum ab_err ab_identity_join(const struct ab_identity *id,
    enum ab_wire_tag tag, struct ab_buf *out);

/* Zone key of a credential: SHA-256 over (kind, realm id, credential), each
 * length-prefixed. kind: AB_CRED_SESSION takes the raw 58 bytes of the
 * cookie, AB_CRED_BEARER the token's bytes. */
#define AB_CRED_SESSION  "session"
#define AB_CRED_BEARER   "bearer"
#define AB_CRED_CODE     "code"
bool ab_credential_key(uint8_t out[AB_SHA256_LEN], const char *kind,
    struct ab_slice realm_id, struct ab_slice credential);

#endif
