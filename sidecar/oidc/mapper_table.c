/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mapper_table.c - every protocol mapper that is built.
 */
#include "mapper.h"

#include <string.h>

/* Priorities of the reference (tokens.md 5.2): what changes roles runs
 * before what reads them; subjects early, so that a claim may replace them. */
#define PRIO_SUB        5
#define PRIO_ROLE_NAME  10
#define PRIO_HARDCODED  20
#define PRIO_RESOLVE    30
#define PRIO_ROLES      40
#define PRIO_OTHER      100

/* name, priority, gate, run */
static const struct mapper_row  table[] = {
    { "oidc-sub-mapper", PRIO_SUB, GATE_FLAGS, mapper_sub },
    { "oidc-sha256-pairwise-sub-mapper", PRIO_OTHER, GATE_FLAGS,
      mapper_pairwise_sub },
    { "oidc-role-name-mapper", PRIO_ROLE_NAME, GATE_ROLES,
      mapper_role_name },
    { "oidc-hardcoded-role-mapper", PRIO_HARDCODED, GATE_ROLES,
      mapper_hardcoded_role },
    { "oidc-audience-resolve-mapper", PRIO_RESOLVE, GATE_ACCESS,
      mapper_audience_resolve },
    { "oidc-usermodel-realm-role-mapper", PRIO_ROLES, GATE_FLAGS,
      mapper_realm_role },
    { "oidc-usermodel-client-role-mapper", PRIO_ROLES, GATE_FLAGS,
      mapper_client_role },
    { "oidc-usermodel-attribute-mapper", PRIO_OTHER, GATE_FLAGS,
      mapper_attribute },
    { "oidc-usermodel-property-mapper", PRIO_OTHER, GATE_FLAGS,
      mapper_property },
    { "oidc-full-name-mapper", PRIO_OTHER, GATE_FLAGS, mapper_full_name },
    { "oidc-address-mapper", PRIO_OTHER, GATE_FLAGS, mapper_address },
    { "oidc-group-membership-mapper", PRIO_OTHER, GATE_FLAGS, mapper_group },
    { "oidc-audience-mapper", PRIO_OTHER, GATE_TOKENS, mapper_audience },
    { "oidc-allowed-origins-mapper", PRIO_OTHER, GATE_ACCESS,
      mapper_allowed_origins },
    { "oidc-usersessionmodel-note-mapper", PRIO_OTHER, GATE_ASKED,
      mapper_note },
    { "oidc-acr-mapper", PRIO_OTHER, GATE_TOKENS, mapper_acr },
    { "oidc-amr-mapper", PRIO_OTHER, GATE_TOKENS, mapper_amr },
    { "oidc-session-state-mapper", PRIO_OTHER, GATE_FLAGS,
      mapper_session_state },
    { "oidc-nonce-backwards-compatible-mapper", PRIO_OTHER, GATE_ACCESS,
      mapper_nonce },
    { "oidc-hardcoded-claim-mapper", PRIO_OTHER, GATE_FLAGS,
      mapper_hardcoded_claim },
};

#define TABLE_N  (sizeof(table) / sizeof(table[0]))


const struct mapper_row *
mapper_find(const char *name)
{
    size_t  i;

    for (i = 0; name != NULL && i < TABLE_N; i++) {
        if (strcmp(table[i].name, name) == 0) {
            return &table[i];
        }
    }
    return NULL;
}
