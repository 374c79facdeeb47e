/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * required_action.h - a realm's required actions, as configured.
 */
#ifndef MODEL_REQUIRED_ACTION_H
#define MODEL_REQUIRED_ACTION_H

#include "model/realm.h"

struct required_action {
    const char  *alias, *name, *provider_id;
    bool         enabled;
    bool         is_default;        /* given to every newly made user */
    int64_t      priority;
};

struct required_action_table {
    size_t                   n;
    struct required_action  *v;     /* in priority order */
};

enum ab_err required_actions_get(struct ctx *c, const struct realm *realm,
    const struct required_action_table **ret_table);
/* NULL when the realm has none of that alias. */
const struct required_action *required_action_find(
    const struct required_action_table *t, const char *alias);

#endif
