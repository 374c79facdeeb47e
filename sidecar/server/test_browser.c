/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_browser.c - logins at the realm host on https, by browsers that keep
 * cookies, lose them, or hold somebody else's.
 */
#include "browser.h"

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


static int
start(void **state)
{
    (void) state;
    realm_fixture_start(&fx);
    fx.app.has_hostname = true;
    fx.app.is_https = true;
    return 0;
}


static int
stop(void **state)
{
    (void) state;
    realm_fixture_stop(&fx);
    return 0;
}


/* ---- cookies ---------------------------------------------------------------- */

static char *
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


static void
jar_drop(struct jar *j, const char *name)
{
    char  *value = jar_value(j, name);

    if (value != NULL) {
        value[0] = '\0';
    }
}


static void
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


static void
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


static void
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
static const char *
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
static void
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


static int
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


static int
sign_in(struct jar *j)
{
    return ask(j, "POST", action, "username=alice&password=alice-pw");
}


static bool
has_code(void)
{
    const char  *url = reply_header(&r, "Location");

    return url != NULL && strncmp(url, "https://app.test/cb?", 20) == 0
           && strstr(url, "&code=") != NULL;
}


/* A browser with an open form. */
static void
open_form(struct jar *j)
{
    memset(j, 0, sizeof(*j));
    assert_int_equal(ask(j, "GET", AUTH, NULL), 200);
    assert_true(action[0] == '/');
}


/* ---- tests -------------------------------------------------------------------- */

static void
cookies_are_set_with_care(void **state)
{
    static const struct {
        const char  *name, *part;
    } rows[] = {
        { BIND, "; Path=/;" },
        { BIND, "HttpOnly" }, { BIND, "Secure" }, { BIND, "SameSite=None" },
        { ROOT, "; Path=/realms/acme/" },
        { ROOT, "HttpOnly" }, { ROOT, "Secure" }, { ROOT, "SameSite=None" },
        { AGAIN, "HttpOnly" }, { AGAIN, "Secure" },
        { "KC_AUTH_SESSION_HASH", "Max-Age=60" },
    };
    size_t  i;

    (void) state;
    open_form(&mine);
    for (i = 0; i < ROWS(rows); i++) {
        CHECK_ROW(i, set_line(rows[i].name) != NULL);
        CHECK_ROW(i, strstr(set_line(rows[i].name), rows[i].part) != NULL);
    }
    assert_null(strstr(set_line(BIND), "Domain"));
    assert_int_equal(sign_in(&mine), 302);
    assert_true(has_code());
    assert_non_null(strstr(set_line(SSO), "HttpOnly"));
    assert_null(strstr(set_line(SSO), "Max-Age"));
    assert_non_null(strstr(set_line(AGAIN), "Max-Age=0"));
}


static void
one_sign_in_serves_the_next_client(void **state)
{
    (void) state;
    open_form(&mine);
    assert_int_equal(sign_in(&mine), 302);
    assert_int_equal(ask(&mine, "GET", AUTH, NULL), 302);
    assert_true(has_code());
}


/* What was known of a browser before the login opens nothing after it. */
static void
the_login_cookie_changes_with_the_login(void **state)       /* T-SE3, T-SE15 */
{
    char  before[4096], form[4096];

    (void) state;
    open_form(&mine);
    snprintf(before, sizeof(before), "%s", jar_value(&mine, ROOT));
    snprintf(form, sizeof(form), "%s", action);
    assert_int_equal(sign_in(&mine), 302);
    assert_string_not_equal(jar_value(&mine, ROOT), before);
    jar_put(&mine, ROOT, before);
    jar_drop(&mine, SSO);
    assert_int_equal(ask(&mine, "POST", form,
                         "username=alice&password=alice-pw"), 400);
}


static void
a_stolen_cookie_needs_its_browser(void **state)             /* T-LG8 */
{
    static const char *const  names[] = { ROOT, SSO, AGAIN };
    size_t                    i;

    (void) state;
    open_form(&mine);
    assert_int_equal(sign_in(&mine), 302);
    for (i = 0; i < ROWS(names); i++) {
        memset(&other, 0, sizeof(other));
        assert_int_equal(ask(&other, "GET", AUTH, NULL), 200);
        jar_put(&other, names[i], jar_value(&mine, names[i]));
        CHECK_ROW(i, ask(&other, "GET", AUTH, NULL) == 200);
        CHECK_ROW(i, !has_code());
    }
}


static void
a_form_needs_the_browser_it_was_drawn_for(void **state)     /* T-LG8 */
{
    static const struct {
        const char  *name;      /* taken over from the form's browser */
        int          status;
    } rows[] = {
        { NULL, 400 },
        { ROOT, 400 },          /* without its binding cookie */
        { AGAIN, 400 },
    };
    char    form[4096];
    size_t  i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        open_form(&mine);
        snprintf(form, sizeof(form), "%s", action);
        open_form(&other);
        jar_drop(&other, ROOT);
        jar_drop(&other, AGAIN);
        if (rows[i].name != NULL) {
            jar_put(&other, rows[i].name, jar_value(&mine, rows[i].name));
        }
        CHECK_ROW(i, ask(&other, "POST", form,
                         "username=alice&password=alice-pw")
                     == rows[i].status);
        CHECK_ROW(i, set_line(SSO) == NULL);
    }
}


/* Of several cookies of one name the fitting one counts: a sub-domain may
 * have planted others. */
static void
a_planted_cookie_beside_the_real_one_is_passed_over(void **state)
{
    static const char *const  names[] = { ROOT, SSO, AGAIN };
    char                      line[8 * 1024];
    size_t                    i;

    (void) state;
    open_form(&mine);
    assert_int_equal(sign_in(&mine), 302);
    open_form(&other);
    for (i = 0; i < ROWS(names); i++) {
        /* the planted one goes first, as a longer path does */
        snprintf(line, sizeof(line), "junk.junk; %s=%s", names[i],
                 jar_value(&mine, names[i]));
        if (jar_value(&mine, names[i])[0] != '\0'
            && strlen(line) < sizeof(mine.value[0]))
        {
            jar_put(&mine, names[i], line);
        }
    }
    assert_int_equal(ask(&mine, "GET", AUTH, NULL), 302);
    assert_true(has_code());
}


static void
a_dead_identity_is_cleared(void **state)
{
    static const char *const  values[] = {
        "junk", "eyJhbGciOiJub25lIn0.e30.", "a.b.c", "..",
    };
    size_t                    i;

    (void) state;
    for (i = 0; i < ROWS(values); i++) {
        memset(&mine, 0, sizeof(mine));
        jar_put(&mine, SSO, values[i]);
        CHECK_ROW(i, ask(&mine, "GET", AUTH, NULL) == 200);
        CHECK_ROW(i, set_line(SSO) != NULL);
        CHECK_ROW(i, strstr(set_line(SSO), "Max-Age=0") != NULL);
    }
}


static void
a_form_is_taken_once(void **state)
{
    char  form[4096];

    (void) state;
    open_form(&mine);
    snprintf(form, sizeof(form), "%s", action);
    assert_int_equal(sign_in(&mine), 302);
    assert_int_equal(ask(&mine, "POST", form,
                         "username=alice&password=alice-pw"), 302);
    assert_false(has_code());
    assert_non_null(strstr(reply_header(&r, "Location"),
                           "error=temporarily_unavailable"));
}


static void
a_lost_login_begins_again_with_its_request(void **state)
{
    (void) state;
    open_form(&mine);
    jar_drop(&mine, ROOT);
    assert_int_equal(sign_in(&mine), 302);
    assert_false(has_code());
    snprintf(action, sizeof(action), "%s",
             reply_header(&r, "Location") + strlen(FIXTURE_BASE));
    assert_int_equal(ask(&mine, "GET", action, NULL), 200);
    assert_int_equal(sign_in(&mine), 302);
    assert_true(has_code());
    assert_non_null(strstr(reply_header(&r, "Location"), "state=s1"));
}


static void
the_name_is_remembered_when_asked_for(void **state)
{
    (void) state;
    open_form(&mine);
    assert_int_equal(ask(&mine, "POST", action, "username=alice&password="
                         "alice-pw&rememberMe=on"), 302);
    assert_non_null(strstr(set_line("KEYCLOAK_REMEMBER_ME"),
                           "=username:alice;"));
    assert_non_null(strstr(set_line(SSO), "Max-Age="));
    jar_drop(&mine, SSO);
    assert_int_equal(ask(&mine, "GET", AUTH, NULL), 200);
    assert_non_null(strstr(arena_dup(r.c.a, r.reply.body),
                           "value=\"alice\""));
    assert_int_equal(sign_in(&mine), 302);
    assert_non_null(strstr(set_line("KEYCLOAK_REMEMBER_ME"), "Max-Age=0"));
}


static void
a_remembered_name_is_only_text(void **state)
{
    static const char *const  values[] = {
        "username:%22%3E%3Cb%3E", "username:%00", "username:%zz", "x",
        "username:",
    };
    size_t                    i;

    (void) state;
    for (i = 0; i < ROWS(values); i++) {
        memset(&mine, 0, sizeof(mine));
        jar_put(&mine, "KEYCLOAK_REMEMBER_ME", values[i]);
        CHECK_ROW(i, ask(&mine, "GET", AUTH, NULL) == 200);
        CHECK_ROW(i, strstr(arena_dup(r.c.a, r.reply.body), "<b>") == NULL);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("cookies are set with care", cookies_are_set_with_care),
        TEST("one sign-in serves the next client",
             one_sign_in_serves_the_next_client),
        TEST("the login cookie changes with the login (T-SE3, T-SE15)",
             the_login_cookie_changes_with_the_login),
        TEST("a stolen cookie needs its browser (T-LG8)",
             a_stolen_cookie_needs_its_browser),
        TEST("a form needs the browser it was drawn for (T-LG8)",
             a_form_needs_the_browser_it_was_drawn_for),
        TEST("a planted cookie beside the real one is passed over",
             a_planted_cookie_beside_the_real_one_is_passed_over),
        TEST("a dead identity is cleared", a_dead_identity_is_cleared),
        TEST("a form is taken once", a_form_is_taken_once),
        TEST("a lost login begins again with its request",
             a_lost_login_begins_again_with_its_request),
        TEST("the name is remembered when asked for",
             the_name_is_remembered_when_asked_for),
        TEST("a remembered name is only text",
             a_remembered_name_is_only_text),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
