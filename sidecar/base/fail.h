/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fail.h - an error on its way to whoever reports it.
 *
 * Who finds the fault writes it once with detail; the others pass the code
 * up untouched. The detail is for the log: it may name keys, hosts, status
 * codes and claims' names, never secrets, tokens, passwords or their parts.
 */
#ifndef BASE_FAIL_H
#define BASE_FAIL_H

#include "ab_error.h"

struct fail {
    enum ab_err  code;
    char         detail[320];
};

/* Record unless something is recorded already; returns code. */
enum ab_err fail(struct fail *f, enum ab_err code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Forget what was recorded. */
void fail_clear(struct fail *f);

#endif
