/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fail.c - the first fault that was found is the one that is reported.
 */
#include "fail.h"

#include <stdarg.h>
#include <stdio.h>


enum ab_err
fail(struct fail *f, enum ab_err code, const char *fmt, ...)
{
    va_list  args;

    if (f->code == AB_OK) {
        f->code = code;
        va_start(args, fmt);
        vsnprintf(f->detail, sizeof(f->detail), fmt, args);
        va_end(args);
    }
    return code;
}


void
fail_clear(struct fail *f)
{
    f->code = AB_OK;
    f->detail[0] = '\0';
}
