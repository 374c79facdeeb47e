/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * idp_int.h - the login page's list in the store, shared with the import.
 *
 * A member of the sorted set is "alias NUL id NUL providerId NUL label", its
 * score the guiOrder: Redis keeps the page's order, and one read is the
 * whole list.
 */
#ifndef MODEL_IDP_INT_H
#define MODEL_IDP_INT_H

#include "idp.h"

#define IDP_ORDER_LAST  10000

/* Whether the login page lists a document. */
bool idp_doc_is_shown(const json_t *doc);
int64_t idp_doc_order(const json_t *doc);
/* The member, in c; p NULL: no memory. */
struct ab_slice idp_doc_member(struct ctx *c, const json_t *doc);

#endif
