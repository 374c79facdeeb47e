/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scratch.h - a ctx with an arena of its own, for steps that read much and
 * keep little.
 */
#ifndef MODEL_SCRATCH_H
#define MODEL_SCRATCH_H

#include "base/ctx.h"

/* What one load or one row of an import may use beside its result. */
#define SCRATCH_MAX  ((size_t) 256 * 1024 * 1024)

/* AB_E_NOMEM. Everything but the arena is c's; close it in any case. */
static inline enum ab_err
scratch_open(struct ctx *c, struct ctx *ret_s)
{
    *ret_s = *c;
    fail_clear(&ret_s->f);
    ret_s->a = arena_new(SCRATCH_MAX);
    return ret_s->a == NULL ? ctx_nomem(c) : AB_OK;
}


/* Passes on the fault of s, frees its arena. Returns err. */
static inline enum ab_err
scratch_close(struct ctx *c, struct ctx *s, enum ab_err err)
{
    if (err != AB_OK && s->f.code != AB_OK) {
        fail(&c->f, s->f.code, "%s", s->f.detail);
    }
    arena_free(s->a);
    s->a = NULL;
    return err;
}

#endif
