/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tool_print.h - answers of the daemon for a person to read.
 *
 * Text from outside (user names) is shown without its control characters.
 */
#ifndef CTL_TOOL_PRINT_H
#define CTL_TOOL_PRINT_H

#include <jansson.h>
#include <stdio.h>

/* result: member "result" of the command's answer. */
void print_status(FILE *out, const json_t *result);
void print_sessions(FILE *out, const json_t *result);
void print_revoked(FILE *out, const json_t *result);
/* One text, safe for a terminal. NULL prints "-". */
void print_safe(FILE *out, const char *text);

#endif
