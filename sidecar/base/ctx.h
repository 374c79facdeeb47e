/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ctx.h - what every blocking step of one request or job carries.
 *
 * One thread at a time. Functions that take it may block until deadline_ms,
 * allocate from `a` and record their fault in `f`. Results that are said to
 * "live in c" live as long as c->a.
 */
#ifndef BASE_CTX_H
#define BASE_CTX_H

#include "base/arena.h"
#include "base/fail.h"

#include <stdint.h>

struct store;       /* store/store.h */
struct app;         /* model/app.h: what is the same for every request */

struct ctx {
    struct arena       *a;
    struct fail         f;
    int64_t             deadline_ms;    /* clock_mono_ms() */
    struct store       *store;          /* blocking connections; borrowed */
    const struct app   *app;            /* borrowed */
    const char         *base;           /* public base URL of this request,
                                           "https://id.example.com", no '/' */
};

/* Record a fault in c; returns code. */
#define ctx_fail(c, code, ...)  fail(&(c)->f, (code), __VA_ARGS__)
/* For a failed allocation. */
#define ctx_nomem(c)            fail(&(c)->f, AB_E_NOMEM, "out of memory")

#endif
