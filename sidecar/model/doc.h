/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * doc.h - stored JSON documents: reading, writing, typed members.
 *
 * The typed reads take a default and never fail: a document in the store
 * passed the import's checks. An unexpected type counts as absent.
 */
#ifndef MODEL_DOC_H
#define MODEL_DOC_H

#include "base/ctx.h"

#include <jansson.h>

/* Longest id of an entity; see doc_id_ok(). */
#define DOC_ID_MAX  64

/* Whether parsing failed for want of memory: jansson then often says nothing
 * at all. */
bool doc_ran_out(const json_error_t *je);
/* Parse stored text. A new reference; AB_E_STORE_REPLY when it is not JSON
 * of ours (`what` names it in the detail). */
enum ab_err doc_parse(struct ctx *c, const char *what, struct ab_slice text,
    json_t **ret_doc);
/* The same, owned by the arena `a`. */
enum ab_err doc_parse_in(struct ctx *c, struct arena *a, const char *what,
    struct ab_slice text, const json_t **ret_doc);
/* json_decref as a clean-up for arena_own(). */
void doc_unref(void *doc);
/* Compact text in c. */
enum ab_err doc_text(struct ctx *c, const json_t *doc,
    struct ab_slice *ret_text);

/* Borrowed from doc; NULL when absent or no text. */
const char *doc_str(const json_t *doc, const char *name);
/* The same, but an empty text is absent too. */
const char *doc_filled(const json_t *doc, const char *name);
/* true and false, and the texts "true" and "false" in any case. */
bool doc_bool(const json_t *doc, const char *name, bool fallback);
/* Whole numbers, and texts that are one. */
int64_t doc_int(const json_t *doc, const char *name, int64_t fallback);
/* First text of an array at name (component configs), or NULL. */
const char *doc_first(const json_t *doc, const char *name);

/* Takes doc: c frees it in the end. doc itself, or NULL: no memory (recorded
 * in c), also when doc is NULL. */
json_t *doc_own(struct ctx *c, json_t *doc);
/* json_copy() and json_deep_copy() that do not leave out what found no
 * memory: NULL then, and for NULL. */
json_t *doc_copy(const json_t *v);
json_t *doc_deep_copy(const json_t *v);
/* Put a copy of text; false without memory. */
bool doc_put(json_t *doc, const char *name, const char *text);
/* 1 to 64 of [A-Za-z0-9_-]: what an id may consist of. */
bool doc_id_ok(const char *id);

#endif
