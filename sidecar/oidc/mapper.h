/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mapper.h - one protocol mapper as a row, and what its run() works on.
 *
 * Rows of mapper_table.c; run() functions in mappers/. The roles are worked
 * on in priority order first (hardcoded, renamed), then read by the rows
 * that write them into claims.
 */
#ifndef OIDC_MAPPER_H
#define OIDC_MAPPER_H

#include "oidc/claims.h"

/* The roles of one token, as texts: a mapper may name roles that no table
 * has. client NULL: realm role. */
struct token_role {
    const char  *client;
    const char  *name;
};
struct token_roles {
    size_t              n;
    size_t              size;
    struct token_role  *v;
};

struct mapper_run {
    struct ctx              *c;
    const struct claims_in  *in;
    enum claims_target       target;
    const json_t            *config;    /* of this mapper; may be NULL */
    struct token_roles      *roles;
    json_t                  *claims;    /* result so far */
    json_t                  *aud;       /* array of texts, becomes `aud` */
};

/* When a mapper's claims go into a target. */
enum mapper_gate {
    GATE_FLAGS,         /* its flags say so */
    GATE_TOKENS,        /* the same, never userinfo */
    GATE_ASKED,         /* the same, userinfo only by a flag of its own */
    GATE_ACCESS,        /* access token (and introspection) only; a missing
                           flag counts as true, as in old exports */
    GATE_ROLES          /* works on the roles: always */
};

struct mapper_row {
    const char        *name;
    int                priority;        /* lower runs first */
    enum mapper_gate   gate;
    enum ab_err      (*run)(struct mapper_run *m);
};

/* NULL: not built; such a mapper adds nothing. */
const struct mapper_row *mapper_find(const char *name);

/* A config value; NULL when absent or empty. */
const char *mapper_config(const struct mapper_run *m, const char *key);
bool mapper_config_true(const struct mapper_run *m, const char *key);

/* Put values (texts) at the mapper's claim.name by jsonType.label: the list
 * when `multivalued` is on, else the first. n 0 writes nothing. */
enum ab_err mapper_put_texts(struct mapper_run *m, const char *const *values,
    size_t n, bool is_list);
/* Put one JSON value (taken) at a claim path; dots nest, "\." is a dot.
 * Arrays at the same path are merged without duplicates. Names that no
 * mapper may write (jti, iss, exp …) are left alone. */
enum ab_err mapper_put(struct mapper_run *m, const char *path,
    json_t *value);
/* Add to `aud` once. */
enum ab_err mapper_add_aud(struct mapper_run *m, const char *aud);

/* Roles of a token. */
bool token_roles_has(const struct token_roles *r, const char *client,
    const char *name);
enum ab_err token_roles_add(struct ctx *c, struct token_roles *r,
    const char *client, const char *name);
/* True when it was there. */
bool token_roles_remove(struct token_roles *r, const char *client,
    const char *name);
/* "role" or "client.role": the dot is the rightmost one whose left side is a
 * client of the realm. */
enum ab_err token_role_parse(struct mapper_run *m, const char *text,
    struct token_role *ret_role);

/* mappers/user.c */
enum ab_err mapper_attribute(struct mapper_run *m);
enum ab_err mapper_property(struct mapper_run *m);
enum ab_err mapper_full_name(struct mapper_run *m);
enum ab_err mapper_address(struct mapper_run *m);
/* mappers/group.c */
enum ab_err mapper_group(struct mapper_run *m);
/* mappers/role.c */
enum ab_err mapper_realm_role(struct mapper_run *m);
enum ab_err mapper_client_role(struct mapper_run *m);
enum ab_err mapper_hardcoded_role(struct mapper_run *m);
enum ab_err mapper_role_name(struct mapper_run *m);
/* mappers/audience.c */
enum ab_err mapper_audience(struct mapper_run *m);
enum ab_err mapper_audience_resolve(struct mapper_run *m);
enum ab_err mapper_allowed_origins(struct mapper_run *m);
/* mappers/session.c */
enum ab_err mapper_note(struct mapper_run *m);
enum ab_err mapper_sub(struct mapper_run *m);
enum ab_err mapper_pairwise_sub(struct mapper_run *m);
enum ab_err mapper_acr(struct mapper_run *m);
enum ab_err mapper_amr(struct mapper_run *m);
enum ab_err mapper_session_state(struct mapper_run *m);
enum ab_err mapper_nonce(struct mapper_run *m);
enum ab_err mapper_hardcoded_claim(struct mapper_run *m);

#endif
