/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * user_int.h - rows of users, shared by the files that write them.
 */
#ifndef MODEL_USER_INT_H
#define MODEL_USER_INT_H

#include "user.h"

/* Longest user name and address. */
#define USER_NAME_MAX  255

/* The fields of a stored user, in the order they are read. */
enum user_field { USER_V, USER_STATE, USER_REALM, USER_DOC, USER_CRED,
                  USER_ROLES, USER_GROUPS, USER_LINKS, USER_FIELD_N };
extern const struct ab_slice  user_fields[USER_FIELD_N];

/* A user to be written. Nothing is NULL but where said. */
struct user_row {
    const char    *id;
    bool           may_resume;      /* over remains under the same id */
    const char    *username;        /* lower_text() */
    const char    *email;           /* lower_text(), or NULL */
    const json_t  *doc;             /* has username and email as above */
    const json_t  *credentials, *roles, *groups;        /* arrays */
    const json_t  *links;           /* array: identityProvider, idpId (absent:
                                       no such provider), userId, userName */
};

/* Reserve, write, confirm, activate; see user_create(). AB_E_CONFLICT:
 * overtaken by another request (or an active user has that id). */
enum ab_err user_insert(struct ctx *c, const struct realm *realm,
    const struct user_row *row);

/* The realm's sorted sets: put in what a document says; take out what `doc`
 * put in where `keep` (NULL: nothing) says something else. Taking out ignores
 * faults: an index is a superset. */
enum ab_err user_index_write(struct ctx *c, const char *realm_id,
    const char *id, const json_t *doc);
void user_index_remove(struct ctx *c, const char *realm_id, const char *id,
    const json_t *doc, const json_t *keep);

/* An active user of the realm; AB_E_USER_ABSENT. */
enum ab_err user_read(struct ctx *c, const char *realm_id, const char *id,
    const struct user **ret_user);

#endif
