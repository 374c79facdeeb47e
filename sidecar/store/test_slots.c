/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_slots.c - error replies and what follows from them.
 */
#include "test_rows.h"
#include "slots.h"


static void
error_replies_lead_to_actions(void **state)
{
    static const struct {
        const char         *error;
        enum slots_action   action;
    } rows[] = {
        { "ERR unknown command", SLOTS_ERROR },
        { "WRONGTYPE Operation against a key", SLOTS_ERROR },
        { "NOSCRIPT No matching script.", SLOTS_LOAD },
        { "NOSCRIPTS", SLOTS_ERROR },
        { "MOVED 3999 127.0.0.1:6381", SLOTS_ELSEWHERE },
        { "ASK 3999 127.0.0.1:6381", SLOTS_ELSEWHERE },
        { "ASKING", SLOTS_ERROR },
        { "READONLY You can't write against a read only replica.",
          SLOTS_DOWN },
        { "LOADING Redis is loading the dataset in memory", SLOTS_WAIT },
        { "CLUSTERDOWN The cluster is down", SLOTS_WAIT },
        { "MOVED", SLOTS_ELSEWHERE },
        { "", SLOTS_ERROR },
        { " MOVED", SLOTS_ERROR },
        { "moved 1 h:1", SLOTS_ERROR },
    };
    size_t  i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        CHECK_ROW(i, slots_action(ab_slice_str(rows[i].error))
                     == rows[i].action);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("error replies lead to actions", error_replies_lead_to_actions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
