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

struct ab_identity {
    struct ab_slice  raw;           /* the bytes this view was made of */
    struct ab_slice  key;           /* 32 bytes */
    struct ab_slice  sid, sub, username, email, name, acr, idp;
    struct ab_slice  realm, realm_id, client, origin;
    struct ab_slice  issuer, azp, scope, method;
    uint64_t         auth_time, as_of, user_version, realm_epoch;
    bool             email_verified;
};

/* Make a view of well-formed identity bytes. AB_E_FORMAT when malformed,
 * over AB_MAX_IDENTITY, a text over AB_MAX_IDENTITY_TEXT, a list over
 * AB_MAX_IDENTITY_LIST_N, key or sub or realm_id missing. No allocation. */
enum ab_err ab_identity_read(struct ab_slice raw, struct ab_identity *ret_id);
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

/* The list holds exactly this value. tag: ROLE, GROUP, AUDIENCE. */
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
