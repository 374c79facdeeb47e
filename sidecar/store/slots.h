/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * slots.h - what an error reply asks of the driver that got it.
 *
 * Pure: text in, action out. Both drivers (store.c, store_async.c) act on
 * it, so that redirections are understood in one place.
 */
#ifndef STORE_SLOTS_H
#define STORE_SLOTS_H

#include "ab_slice.h"

enum slots_action {
    SLOTS_ERROR,        /* the question itself was wrong: pass the error on */
    SLOTS_LOAD,         /* NOSCRIPT: send the script's text */
    SLOTS_DOWN,         /* this node cannot answer now: connect anew */
    SLOTS_WAIT,         /* it will answer soon, on the same connection */
    SLOTS_ELSEWHERE     /* MOVED, ASK: another node has the slot */
};

/* error: an error reply's text, without the leading '-'. */
enum slots_action slots_action(struct ab_slice error);

#endif
