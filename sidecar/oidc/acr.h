/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * acr.h - names of authentication levels (attribute acr.loa.map).
 */
#ifndef OIDC_ACR_H
#define OIDC_ACR_H

#include "model/client.h"

/* Name of a level by the client's map, else the realm's; the number itself
 * when no name is mapped to it. Lives in c. */
enum ab_err acr_name(struct ctx *c, const struct realm *realm,
    const struct client *client, int level, const char **ret_name);
/* Level of a name or number, -1 when unknown. */
enum ab_err acr_level(struct ctx *c, const struct realm *realm,
    const struct client *client, const char *name, int *ret_level);

/* Append the names of the realm's map to a list of texts. */
enum ab_err acr_names(struct ctx *c, const struct realm *realm,
    json_t *list);

/* Values of the acr that a `claims` parameter makes essential (array of
 * texts in c); NULL when it asks for none. Text that is no such JSON counts
 * as asking for none. */
enum ab_err acr_essential(struct ctx *c, const char *claims,
    const json_t **ret_values);
/* Does the request ask for a level: acr_values, essential claim, the
 * client's default.acr.values. Notes are the tab's client notes. */
bool acr_is_asked(const struct client *client, const json_t *notes);

#endif
