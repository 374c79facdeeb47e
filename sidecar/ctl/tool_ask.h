/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tool_ask.h - one question to a running daemon, from auth-brokerctl.
 */
#ifndef CTL_TOOL_ASK_H
#define CTL_TOOL_ASK_H

#include "base/fail.h"

#include <jansson.h>

/* Borrows question, gives *ret_answer (an object). AB_E_EDGE_DOWN: nobody
 * listens at path, or nothing came within 15 s; AB_E_JSON: not an answer. */
enum ab_err tool_ask(struct fail *f, const char *path, const json_t *question,
    json_t **ret_answer);

#endif
