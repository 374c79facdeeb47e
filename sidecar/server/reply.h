/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reply.h - the answer under construction.
 */
#ifndef SERVER_REPLY_H
#define SERVER_REPLY_H

#include "ab_buf.h"
#include "ab_error.h"

#include <jansson.h>

#define REPLY_HEADERS_MAX  32

struct req;

struct reply_header {
    const char  *name;
    const char  *value;
};

struct web_reply {
    int                  status;
    struct reply_header  headers[REPLY_HEADERS_MAX];
    size_t               n_headers;
    struct ab_slice      body;      /* in the request's arena, or static */
};

/* Cache-Control values the reference uses. */
#define CACHE_LOGIN    "no-store, must-revalidate, max-age=0"
#define CACHE_STORE    "no-store"
#define CACHE_NOCACHE  "no-cache"
#define CACHE_META     "no-cache, must-revalidate, no-transform, no-store"

/* name is static or in c; value in c or static. Later additions of one name
 * are further headers (Set-Cookie); reply_set replaces. False: no room. */
bool reply_add(struct req *r, const char *name, const char *value);
bool reply_set(struct req *r, const char *name, const char *value);
/* Take all of that name out again. */
void reply_drop(struct req *r, const char *name);
/* The first of that name; NULL when there is none. */
const char *reply_header(const struct req *r, const char *name);

/* Whole answers; each returns AB_OK or AB_E_NOMEM. */
enum ab_err reply_json(struct req *r, int status, const json_t *body);
enum ab_err reply_text(struct req *r, int status, const char *type,
    const char *body);
enum ab_err reply_redirect(struct req *r, int status, const char *url);
enum ab_err reply_empty(struct req *r, int status);
/* {"error":…} or {"error":…,"error_description":…}. */
enum ab_err reply_error(struct req *r, int status, const char *error,
    const char *description);
/* What scripts of an allowed origin may read beyond the usual headers. */
#define CORS_EXPOSE            "Access-Control-Allow-Methods"
#define CORS_EXPOSE_CHALLENGE  "Access-Control-Allow-Methods, " \
                               "WWW-Authenticate"
/* Access-Control-* for an allowed origin (tokens.md 8.4); origin NULL: none. */
void reply_cors(struct req *r, const char *origin, const char *expose);

#endif
