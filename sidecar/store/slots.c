/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * slots.c - what an error reply asks of the driver that got it.
 */
#include "slots.h"

/* word: first word of an error reply; action: what follows from it */
static const struct {
    const char         *word;
    enum slots_action   action;
} rows[] = {
    { "NOSCRIPT",    SLOTS_LOAD },
    { "READONLY",    SLOTS_DOWN },      /* a former master */
    { "MASTERDOWN",  SLOTS_DOWN },
    { "LOADING",     SLOTS_WAIT },      /* reads its file after a start */
    { "BUSY",        SLOTS_WAIT },      /* a script runs too long */
    { "TRYAGAIN",    SLOTS_WAIT },
    { "CLUSTERDOWN", SLOTS_WAIT },
    { "MOVED",       SLOTS_ELSEWHERE },
    { "ASK",         SLOTS_ELSEWHERE },
};


enum slots_action
slots_action(struct ab_slice error)
{
    struct ab_slice  word = ab_slice(error.p, ab_slice_find(error, ' '));
    size_t           i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (ab_slice_eq_str(word, rows[i].word)) {
            return rows[i].action;
        }
    }
    return SLOTS_ERROR;
}
