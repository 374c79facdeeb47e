/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * secret.h - secrets inside stored documents, sealed as text.
 *
 * A sealed member is the text "sealed:" and base64url. It is bound to the
 * Redis key it lies under and to `field`, a name for its place there
 * ("CLIENT-UUID:secret"), so that it opens nowhere else.
 */
#ifndef MODEL_SECRET_H
#define MODEL_SECRET_H

#include "store/store.h"

#include <jansson.h>

/* The sealed form of a text, in c. */
enum ab_err secret_text(struct ctx *c, struct ab_slice key,
    const char *field, const char *plain, const char **ret_text);
/* Replace the non-empty text member `name` of doc by its sealed form; absent
 * and empty stay. AB_E_SEAL, AB_E_NOMEM. */
enum ab_err secret_seal(struct ctx *c, struct ab_slice key,
    const char *field, json_t *doc, const char *name);
/* A text member opened, in c; NULL in *ret_plain when absent or empty.
 * AB_E_SEAL for what is not sealed or does not open. */
enum ab_err secret_open(struct ctx *c, struct ab_slice key,
    const char *field, const char *sealed, const char **ret_plain);
/* n random characters of [A-Za-z0-9], with NUL: out needs n + 1. */
void secret_random(char *out, size_t n);

#endif
