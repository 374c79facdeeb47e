/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * browser_fixture.h - browsers with cookie jars at the realm host on https,
 * over an imported realm; requests go through the router as real ones do.
 *
 *   open_form(&jar);                a login page; its form is `action`
 *   sign_in(&jar);                  posts it; r is the last request
 */
#ifndef SERVER_BROWSER_FIXTURE_H
#define SERVER_BROWSER_FIXTURE_H

#include "oidc/realm_fixture.h"
#include "request.h"
#include "router.h"

#include "test_rows.h"

#include <strings.h>

#define AUTH    "/realms/acme/protocol/openid-connect/auth?client_id=app"    \
                "&response_type=code&scope=openid&state=s1"                  \
                "&redirect_uri=https%3A%2F%2Fapp.test%2Fcb"
#define BIND    "__Host-ab-browser"
#define ROOT    "AUTH_SESSION_ID"
#define SSO     "KEYCLOAK_IDENTITY"
#define AGAIN   "KC_RESTART"
#define JAR_MAX 24

/* What one browser keeps. */
struct jar {
    size_t  n;
    char    name[JAR_MAX][64];
    char    value[JAR_MAX][4096];
};

static struct realm_fixture  fx;
static struct req            r;
static struct req_header     headers[8];
static char                  cookie_line[64 * 1024];
static char                  action[4096];      /* of the last form */
static struct jar            mine, other;


static inline int
start(void **state)
{
    (void) state;
    realm_fixture_start(&fx);
    fx.app.has_hostname = true;
    fx.app.is_https = true;
    return 0;
}


static inline int
stop(void **state)
{
    (void) state;
    realm_fixture_stop(&fx);
    return 0;
}


/* ---- cookies ---------------------------------------------------------------- */

static inline char *
jar_value(struct jar *j, const char *name)
{
    size_t  i;

    for (i = 0; i < j->n; i++) {
        if (strcmp(j->name[i], name) == 0) {
            return j->value[i];
        }
    }
    return NULL;
}


static inline void
jar_drop(struct jar *j, const char *name)
{
    char  *value = jar_value(j, name);

    if (value != NULL) {
        value[0] = '\0';
    }
}


static inline void
jar_put(struct jar *j, const char *name, const char *value)
{
    char  *place = jar_value(j, name);

    if (place == NULL) {
        assert_true(j->n < JAR_MAX);
        snprintf(j->name[j->n], sizeof(j->name[0]), "%s", name);
        place = j->value[j->n++];
    }
    snprintf(place, sizeof(j->value[0]), "%s", value);
}


static inline void
jar_keep(struct jar *j)
{
    const char  *line, *eq;
    char         name[64], value[4096];
    size_t       i;

    for (i = 0; i < r.reply.n_headers; i++) {
        if (strcasecmp(r.reply.headers[i].name, "Set-Cookie") != 0) {
            continue;
        }
        line = r.reply.headers[i].value;
        eq = strchr(line, '=');
        snprintf(name, sizeof(name), "%.*s", (int) (eq - line), line);
        snprintf(value, sizeof(value), "%.*s",
                 (int) strcspn(eq + 1, ";"), eq + 1);
        jar_put(j, name, value);
    }
}


static inline void
jar_send(struct jar *j)
{
    size_t  i, n = 0;

    cookie_line[0] = '\0';
    for (i = 0; i < j->n; i++) {
        if (j->value[i][0] != '\0') {
            n += (size_t) snprintf(cookie_line + n, sizeof(cookie_line) - n,
                                   "%s%s=%s", n > 0 ? "; " : "", j->name[i],
                                   j->value[i]);
        }
    }
    headers[r.n_headers++] = (struct req_header) { "Cookie", cookie_line };
}


/* The whole line that sets the cookie in the last answer; NULL: not set. */
static inline const char *
set_line(const char *name)
{
    size_t  i, n = strlen(name);

    for (i = 0; i < r.reply.n_headers; i++) {
        if (strcasecmp(r.reply.headers[i].name, "Set-Cookie") == 0
            && strncmp(r.reply.headers[i].value, name, n) == 0
            && r.reply.headers[i].value[n] == '=')
        {
            return r.reply.headers[i].value;
        }
    }
    return NULL;
}


/* ---- asking ------------------------------------------------------------------- */

/* The form's address, with &amp; undone; "" without a form. */
static inline void
take_action(void)
{
    const char  *html = arena_dup(r.c.a, r.reply.body);
    const char  *p = strstr(html, "action=\"");
    size_t       n = 0;

    action[0] = '\0';
    for (p = p == NULL ? "" : p + 8; *p != '\0' && *p != '"'; p++) {
        action[n++] = *p;
        if (strncmp(p, "&amp;", 5) == 0) {
            p += 4;
        }
    }
    action[n] = '\0';
    if (strncmp(action, FIXTURE_BASE, strlen(FIXTURE_BASE)) == 0) {
        memmove(action, action + strlen(FIXTURE_BASE),
                n + 1 - strlen(FIXTURE_BASE));
    }
}


static inline int
ask(struct jar *j, const char *method, const char *target, const char *body)
{
    static char  kept[4096];

    snprintf(kept, sizeof(kept), "%s", target);
    realm_fixture_renew(&fx);
    memset(&r, 0, sizeof(r));
    r.c = fx.st.c;
    r.method = method;
    r.target = kept;
    r.headers = headers;
    jar_send(j);
    if (body != NULL) {
        headers[r.n_headers++] = (struct req_header) {
            "Content-Type", "application/x-www-form-urlencoded"
        };
    }
    assert_true(request_prepare(&r, ab_slice_str(body == NULL ? "" : body)));
    router_run(&r);
    fx.st.c.f = r.c.f;
    jar_keep(j);
    if (r.reply.status == 200) {
        take_action();
    }
    return r.reply.status;
}


static inline int
sign_in(struct jar *j)
{
    return ask(j, "POST", action, "username=alice&password=alice-pw");
}


static inline bool
has_code(void)
{
    const char  *url = reply_header(&r, "Location");

    return url != NULL && strncmp(url, "https://app.test/cb?", 20) == 0
           && strstr(url, "&code=") != NULL;
}


/* A browser with an open form. */
static inline void
open_form(struct jar *j)
{
    memset(j, 0, sizeof(*j));
    assert_int_equal(ask(j, "GET", AUTH, NULL), 200);
    assert_true(action[0] == '/');
}

#endif
