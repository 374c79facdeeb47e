/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mustache.h - logic-less templates, always escaped.
 *
 * {{name}} HTML-escaped text, {{#name}}…{{/name}} list, object or true,
 * {{^name}}…{{/name}} absent, false or empty, {{>name}} partial, {{! }}
 * comment. There is no unescaped form: text from outside cannot become
 * markup. Names are looked up in the innermost object first; "a.b" steps.
 */
#ifndef BASE_MUSTACHE_H
#define BASE_MUSTACHE_H

#include "ab_buf.h"
#include "ab_error.h"

#include <jansson.h>

/* A partial's text by name, NULL when unknown. */
typedef const char *(*mustache_partial)(const char *name);

/* Append the rendering of tpl over data. AB_E_FORMAT: the template is
 * malformed (ours, so a test catches it). AB_E_TOO_LARGE: out full, or
 * more than 100,000 sections were gone through. */
enum ab_err mustache_render(const char *tpl, const json_t *data,
    mustache_partial partial, struct ab_buf *out);

#endif
