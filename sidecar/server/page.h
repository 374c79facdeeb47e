/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page.h - HTML pages: a template of pages/, data, strict headers.
 */
#ifndef SERVER_PAGE_H
#define SERVER_PAGE_H

#include "http.h"
#include "model/client.h"

/*
 * Render pages/NAME.mustache with data (borrowed, may be NULL). Templates
 * also see: title, realmName, lang, clientName, clientUrl (when the client
 * has one). realm and client may be NULL.
 */
enum ab_err page_render(struct req *r, int status, const char *name,
    const json_t *data, const struct realm *realm,
    const struct client *client);

/* The error page of a reason code; message NULL: the row's own text.
 * again: a link to start again, or NULL. */
enum ab_err page_error(struct req *r, const struct realm *realm,
    const struct client *client, enum ab_err e, const char *message,
    const char *again);

/* Where a client lives, if a link may lead there; NULL: nowhere. */
const char *page_client_url(const struct client *client);

/* Headers that every page carries. */
void page_headers(struct req *r);

/* GET /resources/ab/style.css */
enum ab_err page_style(struct req *r, const struct realm *realm);

#endif
