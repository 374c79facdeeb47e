/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * user.h - users: document, links, roles; unique names by reservation.
 *
 * Stored hash ab:{u:ID}: v (version), state (pending, active, void), realm,
 * doc (UserRepresentation without credentials, roles, groups, links), cred
 * (array of CredentialRepresentation), roles and groups (arrays of ids),
 * links (array of federatedIdentities, with the provider's internalId).
 */
#ifndef MODEL_USER_H
#define MODEL_USER_H

#include "model/idp.h"
#include "model/role.h"

struct user {
    const char    *id;
    uint64_t       version;
    const char    *realm_id;
    const char    *username;
    const char    *email;           /* NULL when absent */
    const char    *first_name, *last_name;      /* NULL when absent */
    bool           enabled, email_verified;
    int64_t        not_before;
    const char    *service_client;  /* serviceAccountClientId or NULL */
    const json_t  *attributes;      /* object of arrays, or NULL */
    const json_t  *required_actions;/* array of texts, or NULL */
    const json_t  *credentials;     /* array */
    const json_t  *roles, *groups;  /* arrays of ids */
    const json_t  *links;           /* array */
    const json_t  *doc;
};

/* AB_E_USER_ABSENT; not found either: pending, void, another realm's. Users
 * are never cached: each call reads the store once. */
enum ab_err user_by_id(struct ctx *c, const struct realm *realm,
    const char *id, const struct user **ret_user);
enum ab_err user_by_username(struct ctx *c, const struct realm *realm,
    const char *username, const struct user **ret_user);
enum ab_err user_by_email(struct ctx *c, const struct realm *realm,
    const char *email, const struct user **ret_user);
/* As a login form means it: e-mail when it holds '@' and the realm allows
 * it, else (or when none has it) the user name. Trimmed, any case. */
enum ab_err user_by_login(struct ctx *c, const struct realm *realm,
    const char *login, const struct user **ret_user);
enum ab_err user_by_link(struct ctx *c, const struct realm *realm,
    const struct idp *idp, const char *subject, const struct user **ret_user);

/* A user to be made, by import or by a first sign-in. */
struct user_new {
    const char    *id;              /* NULL: drawn */
    const char    *username;        /* lower-cased here */
    const char    *email, *first_name, *last_name;
    bool           enabled, email_verified;
    const json_t  *attributes, *required_actions, *credentials;
    const json_t  *roles, *groups;  /* arrays of ids, NULL: none */
    const json_t  *extra;           /* further members of the document */
    /* link to reserve with it; link_idp NULL: none */
    const struct idp *link_idp;
    const char    *link_subject, *link_username;
};

/* Reserve link, name, mail in that order; write pending; confirm; active.
 * AB_E_USER_CLASH when a name, mail (unless duplicates are allowed) or link
 * is taken by an active user: nothing is left behind. A crash half-way
 * leaves reservations that run out (DESIGN section 6, Users). */
enum ab_err user_create(struct ctx *c, const struct realm *realm,
    const struct user_new *new_user, const struct user **ret_user);

/* Change base fields of an existing user (sync mode FORCE). NULL members
 * stay. Versioned; AB_E_CONFLICT after three tries; AB_E_USER_CLASH when
 * the new mail is taken. Bumps the user's epoch (mark_user_epoch). */
struct user_change {
    const char  *email, *first_name, *last_name;
    const bool  *email_verified;
    const char  *link_alias, *link_username;    /* the link's userName */
};
enum ab_err user_update(struct ctx *c, const struct realm *realm,
    const struct user *user, const struct user_change *change,
    const struct user **ret_user);

/* Roles of a user: direct, by groups and parents, composites. */
enum ab_err user_roles(struct ctx *c, const struct realm *realm,
    const struct user *user, struct role_set *ret_set);
/* First value of an attribute; username, email, firstName, lastName too. */
const char *user_attribute(const struct user *user, const char *name);

/* ids of a user's live sessions; stale ones are dropped from the index. */
enum ab_err user_sessions(struct ctx *c, const struct user *user,
    struct text_list *ret_sids);

#endif
