/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_error.c - the table of reason codes.
 */
#include "ab_error.h"

#include <stddef.h>

/* Columns are those of ab_error.def; the first row is success. */
static const struct ab_err_row  rows[AB_ERR_N] = {
    { "OK", "ok", 200, NULL, AB_LOG_DEBUG, "" },
#define AB_E(name, reason, status, oauth, level, text)                      \
    [AB_E_##name] = { #name, reason, status, oauth, AB_LOG_##level, text },
#include "ab_error.def"
#undef AB_E
};


const struct ab_err_row *
ab_err_row(enum ab_err e)
{
    if ((unsigned) e >= AB_ERR_N) {
        return &rows[AB_E_INTERNAL];
    }
    return &rows[e];
}
