/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * script.h - the Lua scripts (store/lua/NAME.lua), each on one key.
 *
 * A script's text is embedded at build; SCRIPT_NAME is its file name in
 * lower case. EVALSHA first, EVAL on NOSCRIPT. A script touches KEYS[1] and
 * keys with the same hash tag, nothing else (a test reads them all for
 * that). It takes the time from Redis TIME, never from an argument.
 */
#ifndef STORE_SCRIPT_H
#define STORE_SCRIPT_H

#include "store/store.h"

enum script {
#define ROW(name, text)  SCRIPT_##name,
#include "lua.inc"
#undef ROW
    SCRIPT_N
};

/* Run on one key with argv[n]. */
enum ab_err script_run(struct ctx *c, enum script s, struct ab_slice key,
    const struct ab_slice *argv, size_t n, struct reply **ret_reply);
const char *script_name(enum script s);
const char *script_text(enum script s);

#endif
