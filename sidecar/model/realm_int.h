/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * realm_int.h - what realm.c shares with the import.
 */
#ifndef MODEL_REALM_INT_H
#define MODEL_REALM_INT_H

#include "realm.h"

#include "ab_limits.h"

#define REALM_NAME_MAX  255

/* Fill *r from a document; id and doc are borrowed for r's life. */
void realm_view(struct realm *r, const char *id, uint64_t epoch,
    const json_t *doc);

#endif
