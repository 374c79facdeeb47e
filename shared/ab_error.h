/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_error.h - reason codes and what each of them means to the outside.
 */
#ifndef AB_ERROR_H
#define AB_ERROR_H

enum ab_err {
    AB_OK = 0,
#define AB_E(name, reason, status, oauth, level, text)  AB_E_##name,
#include "ab_error.def"
#undef AB_E
    AB_ERR_N
};

enum ab_level { AB_LOG_DEBUG, AB_LOG_INFO, AB_LOG_WARN, AB_LOG_ERROR };

/* One row of ab_error.def; oauth may be NULL. All strings are static. */
struct ab_err_row {
    const char     *name;
    const char     *reason;
    int             status;
    const char     *oauth;
    enum ab_level   level;
    const char     *text;
};

/* The row of e. AB_OK gives a row with reason "ok" and status 200; a number
 * outside the enum gives AB_E_INTERNAL's. Never NULL. */
const struct ab_err_row *ab_err_row(enum ab_err e);
static inline const char *
ab_err_reason(enum ab_err e)
{
    return ab_err_row(e)->reason;
}

#endif
