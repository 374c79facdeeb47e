/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * session_int.h - what the files of the session share.
 */
#ifndef MODEL_SESSION_INT_H
#define MODEL_SESSION_INT_H

#include "session.h"
#include "step.h"

#include "ab_limits.h"
#include "ab_session_cookie.h"

/* The six numbers of the field `live`. */
struct live {
    int64_t   idle_until, last, max_until, started;
    uint64_t  user_version;
    bool      remember;
};

/* AB_E_STORE_REPLY for other texts. Pure. */
enum ab_err live_parse(struct ab_slice text, struct live *ret_live);
/* AB_OK while it lives, AB_E_SESSION_EXPIRED, AB_E_SESSION_IDLE. Pure. */
enum ab_err live_state(const struct live *live, int64_t now);

/* Lifetimes in seconds, each at most a hundred years, so that no sum of a
 * time and a lifetime leaves what a Lua number holds exactly. */
struct life {
    int64_t  idle_s, idle_remember_s;
    int64_t  max_s, max_remember_s;
    int64_t  client_idle_s, client_max_s;       /* 0: as the session */
    int64_t  code_s;
    int64_t  tomb_s;            /* the realm's longest session, and a bit */
};

/* client NULL: the realm's own values. */
void life_of(const struct realm *realm, const struct client *client,
    struct life *ret_life);

/* 24 characters of base64url: what can be a session's id. */
bool sid_is_formed(const char *sid);

/* The value of `sso`: sealed for its key. */
enum ab_err sso_seal(struct ctx *c, struct ab_slice key,
    const struct sign_in *in, const char *state_checker,
    struct ab_slice *ret_sealed);
/* Opened, as a document that lives in c. */
enum ab_err sso_open(struct ctx *c, struct ab_slice key,
    struct ab_slice sealed, const json_t **ret_doc);
/* The session of a document and its live; strings borrow from doc. */
void sso_view(const json_t *doc, const struct live *live, struct session *s);

/* What a script needs to make a client session of a sign-in: the members of
 * the code too. */
enum ab_err sign_in_text(struct ctx *c, const struct sign_in *in,
    struct ab_slice *ret_text);
enum ab_err client_session_parse(struct ctx *c, const char *client_uuid,
    struct ab_slice text, struct client_session **ret_cs);
/* ret_exp: when an unused code runs out. */
enum ab_err code_parse(struct ctx *c, struct ab_slice text,
    const struct code **ret_code, int64_t *ret_exp);

/* Judge the fields sso, live, tomb of a session's key and open the first.
 * AB_E_SESSION_UNKNOWN, _ENDED, _IDLE, _EXPIRED. */
enum ab_err session_judge(struct ctx *c, struct ab_slice key,
    const struct ab_slice got[3], struct live *ret_live,
    const json_t **ret_doc);
/* It is this realm's (AB_E_SESSION_OTHER) and may be remembered there
 * (AB_E_SESSION_EXPIRED). Pure. */
enum ab_err session_fits(const struct session *s, const struct realm *realm);

/* "k:" + hash and the like, in c; empty slice: no memory. */
struct ab_slice session_field(struct ctx *c, const char *prefix,
    struct ab_slice name);
/* 64 hexadecimal digits of an edge key, in c. */
struct ab_slice edge_hex(struct ctx *c, const uint8_t *edge_key);
/* The value of e:KEY: expiry (0: the session's own end), then the identity.
 * AB_E_TOO_LARGE above AB_MAX_IDENTITY. */
enum ab_err edge_value(struct ctx *c, struct ab_slice identity,
    uint64_t expiry, struct ab_slice *ret_value);

/* Index entries of a session: user's sessions, upstream subject and sid. */
enum ab_err session_index_add(struct ctx *c, const char *sid,
    const struct sign_in *in, int64_t until);
/* doc: an opened sso. Failures are forgotten: an index may be too large. */
void session_index_drop(struct ctx *c, const char *sid, const json_t *doc);

#endif
