/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * session.h - the one hash of an SSO session: sso, live, client sessions,
 * app-host (edge) sessions, codes.
 *
 * ab:{s:SID} fields:
 *   sso      sealed JSON, written once: realm, user, username, auth_time,
 *            idp …, notes, state_checker, upstream id_token
 *   live     "idle_until last user_version max_until remember started", six
 *            decimal numbers
 *   c:UUID   JSON client session (versioned); holds the keys of its e: and
 *            its chains of refresh tokens
 *   e:KEY    identity bytes of one app-host session, KEY = 64 hex of its
 *            zone key; immutable; with an 8-byte expiry (u64 LE) in front
 *   k:HASH   JSON of one code, kept (used) as long as its tokens
 *   tomb     present after the end, alone: nothing revives it. "1" until the
 *            mark is appended, then "2"
 * Each function below is one script on that key unless it says otherwise.
 * Time is Redis TIME. Limits: ab_limits.h. A refusal (AB_E_SESSION_…,
 * AB_E_CODE_…, AB_E_INVALID_GRANT) is an answer: nothing is put into c->f.
 */
#ifndef MODEL_SESSION_H
#define MODEL_SESSION_H

#include "model/mark.h"
#include "model/user.h"

struct session {
    const char    *sid;             /* 24 characters */
    const char    *realm_id, *user_id, *username;
    int64_t        started, auth_time;
    int64_t        last;            /* last use */
    int64_t        idle_until;      /* ends then unless used */
    int64_t        max_until;       /* ends then in any case */
    bool           remember;
    uint64_t       user_version;    /* from live */
    const char    *idp;             /* alias, NULL: local */
    const char    *idp_id;          /* internalId */
    const char    *idp_username, *broker_user, *broker_sid;
    const char    *ip;
    const json_t  *notes;           /* object of texts (user session notes) */
    const char    *state_checker;
};

struct client_session {
    const char    *client_uuid, *client_id;
    const char    *scope;           /* granted scope names, blank-separated */
    const char    *acr;
    int64_t        started, last, auth_time;
    int64_t        idle_until;      /* 0: as the session */
    int64_t        max_until;       /* 0: as the session */
    int64_t        session_idle_until;  /* after a redeem or refresh moved
                                           it; 0: nothing did */
    const char    *reuse_id;        /* revokeRefreshToken chain, or NULL */
    const char    *refresh_jti;     /* jti the next refresh token carries */
    uint64_t       version;
};

struct code {
    const char    *client_uuid, *client_id;
    const char    *redirect_uri, *challenge, *challenge_method, *nonce;
    const char    *scope, *acr;
    int64_t        issued, auth_time;
    bool           is_used;
};

/* What a sign-in writes. For an SSO hit `sid` is the live session's and only
 * client and code are added. */
struct sign_in {
    const struct realm   *realm;
    const struct user    *user;
    const struct client  *client;
    const char           *sid;          /* NULL: a new session is drawn */
    const char           *old_sid;      /* session this one replaces, or NULL */
    bool                  remember;
    int64_t               auth_time;
    const char           *idp, *idp_id, *idp_username;
    const char           *broker_user, *broker_sid;
    const char           *upstream_id_token;    /* sealed before writing */
    const char           *ip;
    const json_t         *notes;
    /* the code; redirect_uri NULL: none is made (password grant) */
    const char           *redirect_uri, *challenge, *challenge_method, *nonce;
    const char           *scope, *acr;
};

struct signed_in {
    const char  *sid;
    const char  *code;              /* "UUID.SID.CLIENT-UUID" or NULL */
    const char  *state_checker;
    int64_t      started, auth_time, idle_until, max_until;
};

/* AB_E_SESSION_… when sid is given and no longer lives. Index entries (:s,
 * idp index) are written before. Without a code the client session is made
 * at once. old_sid is ended (walk 4) after the new one stands. */
enum ab_err session_sign_in(struct ctx *c, const struct sign_in *in,
    struct signed_in *ret_out);

/* A live session. AB_E_SESSION_UNKNOWN, _ENDED (tombstone), _IDLE, _EXPIRED;
 * _OTHER: another realm's. */
enum ab_err session_load(struct ctx *c, const struct realm *realm,
    const char *sid, const struct session **ret_session);
/* AB_E_INVALID_GRANT: the session has no such client; AB_E_SESSION_IDLE,
 * _EXPIRED: the client session ran out by itself. */
enum ab_err session_client(struct ctx *c, const struct session *s,
    const char *client_uuid, const struct client_session **ret_cs);

/* Split a code into sid and hash; AB_E_CODE_INVALID for other shapes. */
enum ab_err session_code_parse(struct ctx *c, const char *code,
    const char **ret_sid, const char **ret_client_uuid,
    struct ab_slice *ret_hash);
/* Read a code with its session, spending nothing. AB_E_CODE_INVALID when
 * unknown, expired, of another realm or of a session that does not live;
 * AB_E_CODE_USED sets the results too (of the code: client_uuid, client_id
 * and issued only), so that the caller can end what it led to. */
enum ab_err session_code_peek(struct ctx *c, const struct realm *realm,
    const char *code, const struct session **ret_session,
    const struct code **ret_code);
/* Mark it used without success (wrong verifier, redirect, client). */
enum ab_err session_code_spend(struct ctx *c, const char *code);

/* Redeem: code used, client session made or refreshed and, when edge_key is
 * not NULL, the app-host session added, in one step. AB_E_CODE_USED when
 * another was first (reported only; the caller ends the client session). */
struct redeem {
    const char       *code;
    const uint8_t    *edge_key;         /* 32 bytes or NULL */
    struct ab_slice   identity;         /* identity bytes for e: */
    uint64_t          edge_expiry;      /* 0: the session's own end */
};
enum ab_err session_redeem(struct ctx *c, const struct realm *realm,
    const struct client *client, const struct redeem *in,
    const struct client_session **ret_cs);

/*
 * A refresh: moves last and idle, checks the reuse rule when the realm
 * revokes refresh tokens: a token may be used refreshTokenMaxReuse + 1
 * times, and only one that this chain issued. AB_E_SESSION_… (also when the
 * client session ran out); AB_E_INVALID_GRANT: client session gone ("Session
 * doesn't have required client"); AB_E_CODE_USED: reused once too often (the
 * caller ends the client session by rule 6).
 */
struct refresh_use {
    const char  *jti;           /* of the refresh token presented */
    const char  *reuse_id;      /* its claim, or NULL */
};
enum ab_err session_refresh(struct ctx *c, const struct realm *realm,
    const struct session *s, const struct client *client,
    const struct refresh_use *use, const struct client_session **ret_cs);

/* Extend idle. AB_E_SESSION_…; *ret_idle_until. */
enum ab_err session_touch(struct ctx *c, const struct realm *realm,
    const char *sid, int64_t *ret_idle_until);

/* A user's new version into a live session, before the epoch is appended;
 * AB_OK for one that does not live. */
enum ab_err session_user_version(struct ctx *c, const char *sid,
    uint64_t version);

/* Replace the identity bytes of an app-host session that lives (rebuild
 * after an epoch). */
enum ab_err session_edge_put(struct ctx *c, const char *sid,
    const uint8_t *edge_key, struct ab_slice identity, uint64_t expiry);

/* ---- ends: walk 4. Each does all of it: ending mark, script, outbox, mark */

/* What a logout still needs afterwards (ab:{s:SID}:x). */
struct session_x {
    const char  *realm_id, *idp, *id_token;     /* id_token opened */
    const char  *landing, *client_id, *user_id;
};

/* End the SSO session. Idempotent: a tombstone is AB_OK. landing may be
 * NULL. */
enum ab_err session_end(struct ctx *c, const struct realm *realm,
    const char *sid, const char *landing, const char *client_id);
enum ab_err session_end_client(struct ctx *c, const struct realm *realm,
    const char *sid, const struct client *client);
enum ab_err session_end_edge(struct ctx *c, const struct realm *realm,
    const char *sid, const uint8_t *edge_key);
/* Complete an `ending` whose mark did not come: the same script, then the
 * mark. For the follower; other kinds of marks are AB_OK and left alone. */
enum ab_err session_end_finish(struct ctx *c, const struct mark *ending);
/* Read (and keep) :x of an ended session. AB_E_STORE_ABSENT. */
enum ab_err session_x_load(struct ctx *c, const char *sid,
    struct session_x *ret_x);

/* Names for the edge loop's own HMGET (one read, no script). */
struct ab_slice session_edge_field(struct ctx *c, const uint8_t *edge_key);
/*
 * Verdict over the three fields (live, tomb, e:KEY) of a SESSION_GET, pure.
 * now: Redis-corrected seconds. AB_OK with identity bytes and expiry, else
 * AB_E_SESSION_…. The bytes are checked to carry edge_key.
 */
enum ab_err session_edge_verdict(struct ab_slice live, struct ab_slice tomb,
    struct ab_slice edge, const uint8_t *edge_key, int64_t now,
    struct ab_slice *ret_identity, uint64_t *ret_expiry,
    uint64_t *ret_user_version);

#endif
