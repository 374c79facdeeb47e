/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reply.c - the answer under construction.
 */
#include "reply.h"

#include "http.h"

#include <stdlib.h>
#include <strings.h>


bool
reply_add(struct req *r, const char *name, const char *value)
{
    struct web_reply  *reply = &r->reply;

    if (value == NULL || reply->n_headers == REPLY_HEADERS_MAX) {
        return false;
    }
    reply->headers[reply->n_headers].name = name;
    reply->headers[reply->n_headers].value = value;
    reply->n_headers++;
    return true;
}


bool
reply_set(struct req *r, const char *name, const char *value)
{
    struct web_reply  *reply = &r->reply;
    size_t             i;

    for (i = 0; i < reply->n_headers; i++) {
        if (strcasecmp(reply->headers[i].name, name) == 0) {
            reply->headers[i].value = value;
            return value != NULL;
        }
    }
    return reply_add(r, name, value);
}


void
reply_drop(struct req *r, const char *name)
{
    struct web_reply  *reply = &r->reply;
    size_t             i, n = 0;

    for (i = 0; i < reply->n_headers; i++) {
        if (strcasecmp(reply->headers[i].name, name) != 0) {
            reply->headers[n++] = reply->headers[i];
        }
    }
    reply->n_headers = n;
}


const char *
reply_header(const struct req *r, const char *name)
{
    size_t  i;

    for (i = 0; i < r->reply.n_headers; i++) {
        if (strcasecmp(r->reply.headers[i].name, name) == 0) {
            return r->reply.headers[i].value;
        }
    }
    return NULL;
}


enum ab_err
reply_json(struct req *r, int status, const json_t *body)
{
    char  *text = json_dumps(body, JSON_COMPACT);

    if (text == NULL || !arena_own(r->c.a, text, free)) {
        return ctx_nomem(&r->c);
    }
    r->reply.status = status;
    r->reply.body = ab_slice_str(text);
    reply_set(r, "Content-Type", "application/json");
    return AB_OK;
}


enum ab_err
reply_text(struct req *r, int status, const char *type, const char *body)
{
    r->reply.status = status;
    r->reply.body = ab_slice_str(body);
    reply_set(r, "Content-Type", type);
    return AB_OK;
}


enum ab_err
reply_redirect(struct req *r, int status, const char *url)
{
    r->reply.status = status;
    r->reply.body = ab_slice("", 0);
    return reply_set(r, "Location", url) ? AB_OK : ctx_nomem(&r->c);
}


enum ab_err
reply_empty(struct req *r, int status)
{
    r->reply.status = status;
    r->reply.body = ab_slice("", 0);
    return AB_OK;
}


enum ab_err
reply_error(struct req *r, int status, const char *error,
    const char *description)
{
    json_t       *body = json_pack("{s:s, s:s*}", "error", error,
                                   "error_description", description);
    enum ab_err   e;

    if (body == NULL) {
        reply_text(r, 503, "application/json",
                   "{\"error\":\"temporarily_unavailable\"}");
        return ctx_nomem(&r->c);
    }
    e = reply_json(r, status, body);
    json_decref(body);
    return e;
}


void
reply_cors(struct req *r, const char *origin, const char *expose)
{
    if (origin == NULL) {
        return;
    }
    reply_set(r, "Access-Control-Allow-Origin", origin);
    reply_set(r, "Access-Control-Allow-Credentials", "true");
    if (expose != NULL) {
        reply_set(r, "Access-Control-Expose-Headers", expose);
    }
}
