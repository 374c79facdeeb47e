/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * claims_int.h - what the builders of our tokens share.
 */
#ifndef TOKEN_CLAIMS_INT_H
#define TOKEN_CLAIMS_INT_H

#include "base/ctx.h"

#include <jansson.h>

/* A payload being written: the first failure is kept, so a builder writes
 * all its claims and looks once. */
struct payload {
    json_t  *doc;
    bool     failed;
};

static inline struct payload
payload_new(void)
{
    json_t  *doc = json_object();

    return (struct payload) { doc, doc == NULL };
}


/* NULL leaves the claim out. */
static inline void
payload_text(struct payload *p, const char *name, const char *text)
{
    if (text != NULL
        && json_object_set_new(p->doc, name, json_string(text)) != 0)
    {
        p->failed = true;
    }
}


static inline void
payload_time(struct payload *p, const char *name, int64_t t)
{
    if (json_object_set_new(p->doc, name, json_integer(t)) != 0) {
        p->failed = true;
    }
}


/* Claims that are there already win. NULL adds none. */
static inline void
payload_merge(struct payload *p, const json_t *claims)
{
    if (claims != NULL
        && json_object_update_missing(p->doc, (json_t *) (uintptr_t) claims)
           != 0)
    {
        p->failed = true;
    }
}


static inline void
payload_free(void *doc)
{
    json_decref(doc);
}


/* Ends a payload: it lives in c. */
static inline enum ab_err
payload_done(struct ctx *c, struct payload *p, const json_t **ret_claims)
{
    if (!arena_own(c->a, p->doc, payload_free) || p->failed) {
        return ctx_nomem(c);
    }
    *ret_claims = p->doc;
    return AB_OK;
}

#endif
