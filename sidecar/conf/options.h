/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * options.h - command line and environment as one struct.
 */
#ifndef CONF_OPTIONS_H
#define CONF_OPTIONS_H

#include "base/fail.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct option_list {
    size_t    n;
    char    **v;
};

struct options {
#define OPTION_TEXT    char *
#define OPTION_FLAG    bool
#define OPTION_LIST    struct option_list
#define OPTION_NUMBER  long
#define OPTION(field, name, type, def, metavar, help)  OPTION_##type field;
#include "conf/options.def"
#undef OPTION
};

/* Parse; the strings are owned by *ret_o. AB_E_OPTION for an unknown option,
 * a missing or surplus value, a value that fails its check (log level,
 * fsync, URL shapes, web-listen not loopback). */
enum ab_err options_parse(struct fail *f, int argc, char **argv,
    struct options *ret_o);
void options_clear(struct options *o);
/* The list for --help, and the same as docs/options.md's table rows. */
void options_print(FILE *out);
void options_print_markdown(FILE *out);

#endif
