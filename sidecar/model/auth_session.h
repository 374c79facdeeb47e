/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * auth_session.h - a login under way: one root a browser and realm, one tab
 * an attempt.
 *
 * ab:{a:ID} fields: root (JSON: realm, secret hash, browser hash, started,
 * answered), t:TAB ("version saved:" and the sealed tab) and k:TAB (hash of
 * the tab's active code). Lives AB_AUTH_FIRST_TTL_S until its first answer,
 * then as the realm's login lifespan says.
 * Answers such as AB_E_COOKIE_MISSING, _PAGE_EXPIRED, _CONFLICT and
 * _STORE_ABSENT put nothing into c->f.
 */
#ifndef MODEL_AUTH_SESSION_H
#define MODEL_AUTH_SESSION_H

#include "model/client.h"

struct auth_root {
    const char  *id;            /* 24 characters */
    const char  *secret;        /* 43 characters; only when just made */
    const char  *realm_id;
    const char  *browser;       /* hash of __Host-ab-browser, or NULL */
    int64_t      started;
    bool         is_answered;   /* somebody answered a page of it once */
};

/* Notes that carry a broker login to the session made at its end: written by
 * broker_notes(), read by authorize_finish(). The first two are user notes
 * (and stay user session notes), the others auth notes. */
#define NOTE_IDP              "identity_provider"           /* alias */
#define NOTE_IDP_IDENTITY     "identity_provider_identity"  /* name there */
#define NOTE_IDP_ID           "BROKER_IDP_ID"               /* internalId */
#define NOTE_BROKER_USER      "BROKER_USER_ID"              /* alias.subject */
#define NOTE_BROKER_SID       "BROKER_SESSION_ID"           /* alias.sid */
#define NOTE_BROKER_ID_TOKEN  "BROKER_ID_TOKEN"

/* Client note: Accept-Language of the authorization request. */
#define NOTE_LANGUAGES        "accept_language"

/* What happens next on a tab. */
#define AUTH_ACTION_AUTHENTICATE  "AUTHENTICATE"
#define AUTH_ACTION_REQUIRED      "REQUIRED_ACTIONS"

/* All members but tab_id live as JSON text in the store. Strings live in c;
 * change members, then auth_tab_save(). */
struct auth_tab {
    const char  *root_id;
    const char  *tab_id;            /* 11 characters */
    uint64_t     version;
    const char  *client_uuid;
    const char  *redirect_uri, *response_type, *response_mode;
    const char  *state, *nonce, *scope, *challenge, *challenge_method;
    const char  *action;
    const char  *flow_path;         /* "authenticate", "first-broker-login" */
    const char  *code;              /* active session_code, 43 characters;
                                       NULL: none */
    const char  *execution;         /* current execution id, or NULL */
    const char  *user_id;           /* authenticated or being so, or NULL */
    bool         is_done;           /* sign-in finished; kept for repeats */
    int64_t      started;
    json_t      *client_notes;      /* objects of texts, never NULL */
    json_t      *auth_notes;
    json_t      *user_notes;        /* become user session notes */
    json_t      *states;            /* execution id -> state name */
};

/* A new root; cookie value is id + "." + secret. */
enum ab_err auth_root_new(struct ctx *c, const struct realm *realm,
    const char *browser, struct auth_root *ret_root);
/* By the cookie's value; AB_E_COOKIE_MISSING when malformed, unknown, of
 * another realm, or the secret or browser hash does not fit. */
enum ab_err auth_root_load(struct ctx *c, const struct realm *realm,
    const char *cookie, const char *browser, struct auth_root *ret_root);
/* A new secret in place of the old (at completion). */
enum ab_err auth_root_rekey(struct ctx *c, struct auth_root *root);

/* A fresh tab of a root, saved, without a code. While the root is
 * unanswered it counts among the realm's AB_MAX_UNANSWERED_N newest, of which
 * the oldest goes; above AB_MAX_TABS_N the root's oldest tab goes. */
enum ab_err auth_tab_new(struct ctx *c, const struct realm *realm,
    const struct auth_root *root, const struct client *client,
    struct auth_tab **ret_tab);
/* AB_E_STORE_ABSENT. */
enum ab_err auth_tab_load(struct ctx *c, const struct auth_root *root,
    const char *tab_id, struct auth_tab **ret_tab);
/* Versioned write; AB_E_CONFLICT when another request was first.
 * is_answer: the person answered, the short first life ends. */
enum ab_err auth_tab_save(struct ctx *c, const struct realm *realm,
    struct auth_tab *tab, bool is_answer);
/* Draw a new session_code (saved by the next auth_tab_save). */
enum ab_err auth_tab_new_code(struct ctx *c, struct auth_tab *tab);
/* Take the code once: compares in constant time and removes it in one
 * script. AB_E_PAGE_EXPIRED when it is another or was used. */
enum ab_err auth_tab_take_code(struct ctx *c, struct auth_tab *tab,
    const char *code);
/* Flow reset (flows.md 1.7): user, states, user and auth notes and the
 * current execution go; action becomes AUTHENTICATE. Saved by the next
 * auth_tab_save. */
void auth_tab_reset(struct auth_tab *tab);

/* Notes. value NULL removes. Text lives in c / in the tab. */
const char *auth_note(const json_t *notes, const char *name);
enum ab_err auth_note_set(struct ctx *c, json_t *notes, const char *name,
    const char *value);

#endif
