/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page.c - HTML pages: a template of pages/, data, strict headers.
 *
 * No script, no inline style, nothing from elsewhere. The policy has no
 * form-action: the login form's POST may end, by redirects, at a client, and
 * Chromium applies form-action to those too.
 */
#include "page.h"

#include "ab_limits.h"
#include "base/autofree.h"
#include "base/mustache.h"

/* A realm may show thousands of providers, each with a link of its own. */
#define PAGE_MAX  (24 * 1024 * 1024)

#define PAGE_CSP  "default-src 'none'; style-src 'self'; img-src 'self' data:; " \
                  "base-uri 'none'; frame-ancestors 'self'"

/* The embedded files of pages/. */
static const struct {
    const char  *name;
    const char  *text;
} files[] = {
#define ROW(name, text)  { #name, text },
#include "pages.inc"
#undef ROW
};

#define FILES_N  (sizeof(files) / sizeof(files[0]))

/* name: the template (file name with '_' for '-'); title: of the window. */
static const struct {
    const char  *name;
    const char  *title;
} titles[] = {
    { "login",          "Sign in" },
    { "error",          "Sorry" },
    { "info",           "Sign in" },
    { "logged_out",     "Signed out" },
    { "logout_confirm", "Sign out" },
    { "expired",        "Page has expired" },
    { "idp_clash",      "Account exists" },
    { "form_post",      "One moment" },
};


/* Names are equal when they differ in '-' and '_' alone: a C name of a file
 * has no '-'. */
static bool
same_name(const char *a, const char *b)
{
    while (*a != '\0' && (*a == *b || (*a == '_' && *b == '-'))) {
        a++;
        b++;
    }
    return *a == *b;
}


static const char *
file_text(const char *name)
{
    size_t  i;

    for (i = 0; i < FILES_N; i++) {
        if (same_name(files[i].name, name)) {
            return files[i].text;
        }
    }
    return NULL;
}


static const char *
title_of(const char *name)
{
    size_t  i;

    for (i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
        if (same_name(titles[i].name, name)) {
            return titles[i].title;
        }
    }
    return "Sign in";
}


void
page_headers(struct req *r)
{
    reply_set(r, "Content-Security-Policy", PAGE_CSP);
    reply_set(r, "X-Frame-Options", "SAMEORIGIN");
    reply_set(r, "X-Content-Type-Options", "nosniff");
    reply_set(r, "X-Robots-Tag", "none");
    reply_set(r, "Referrer-Policy", "no-referrer");
    reply_set(r, "Strict-Transport-Security",
              "max-age=31536000; includeSubDomains");
}


const char *
page_client_url(const struct client *client)
{
    const char  *url = client == NULL ? NULL : client->base_url;

    return url != NULL && (strncmp(url, "https://", 8) == 0
                           || strncmp(url, "http://", 7) == 0) ? url : NULL;
}


/* data plus what every template sees; new reference. */
static json_t *
full_data(const char *name, const json_t *data, const struct realm *realm,
    const struct client *client)
{
    json_t  *all = json_pack("{s:s, s:s, s:s, s:s*, s:s*}",
                             "lang", "en", "title", title_of(name),
                             "realmName", realm == NULL
                             ? "Auth Broker" : realm->display_name,
                             "clientName", client == NULL ? NULL
                             : client->name != NULL ? client->name
                                                    : client->client_id,
                             "clientUrl", page_client_url(client));

    if (all != NULL && data != NULL
        && json_object_update(all, (json_t *) (uintptr_t) data) != 0)
    {
        json_decref(all);
        return NULL;
    }
    return all;
}


enum ab_err
page_render(struct req *r, int status, const char *name, const json_t *data,
    const struct realm *realm, const struct client *client)
{
    autofree(json_unrefp) json_t  *all = full_data(name, data, realm, client);
    const char                    *tpl = file_text(name);
    struct ab_buf                  out;
    char                          *text;
    enum ab_err                    e;

    if (all == NULL) {
        return ctx_nomem(&r->c);
    }
    if (tpl == NULL) {
        return ctx_fail(&r->c, AB_E_INTERNAL, "no template %s", name);
    }
    ab_buf_init(&out, PAGE_MAX);
    e = mustache_render(tpl, all, file_text, &out);
    text = e == AB_OK ? arena_dup(r->c.a, ab_buf_slice(&out)) : NULL;
    ab_buf_clear(&out);
    if (text == NULL) {
        return ctx_fail(&r->c, e == AB_OK ? AB_E_NOMEM : AB_E_INTERNAL,
                        "template %s", name);
    }
    page_headers(r);
    return reply_text(r, status, "text/html;charset=utf-8", text);
}


enum ab_err
page_error(struct req *r, const struct realm *realm,
    const struct client *client, enum ab_err e, const char *message,
    const char *again)
{
    const struct ab_err_row       *row = ab_err_row(e);
    autofree(json_unrefp) json_t  *data = NULL;

    data = json_pack("{s:s, s:s*, s:s, s:b}",
                     "message", message != NULL ? message : row->text,
                     "again", again, "reason", row->reason,
                     "isRetry", row->status >= 500);
    if (data == NULL) {
        return ctx_nomem(&r->c);
    }
    if (row->status == 503) {
        reply_set(r, "Retry-After", "5");
    }
    return page_render(r, row->status, "error", data, realm, client);
}


enum ab_err
page_style(struct req *r, const struct realm *realm)
{
    const char  *css = file_text("style");

    (void) realm;
    if (css == NULL) {
        return ctx_fail(&r->c, AB_E_NOT_FOUND, "style");
    }
    reply_set(r, "Cache-Control", "public, max-age=3600");
    reply_set(r, "X-Content-Type-Options", "nosniff");
    return reply_text(r, 200, "text/css;charset=utf-8", css);
}
