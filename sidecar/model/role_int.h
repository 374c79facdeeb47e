/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * role_int.h - what role.c shares with the tables that refer to roles.
 */
#ifndef MODEL_ROLE_INT_H
#define MODEL_ROLE_INT_H

#include "role.h"

/* An array of role ids as indexes of t, in a; ids that are gone are left
 * out. False: no memory. */
bool role_indexes(struct arena *a, const struct role_table *t,
    const json_t *ids, size_t *ret_n, size_t **ret_v);

#endif
