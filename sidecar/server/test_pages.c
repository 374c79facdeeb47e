/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_pages.c - every page: renders over nothing and over hostile data,
 * holds no script and no style of its own, ties labels and errors to their
 * fields.
 */
#include "page.h"

#include "base/autofree.h"

#include "test_rows.h"

#define EVIL_TAG  "<x-evil"
#define EVIL      "\"'>" EVIL_TAG " onclick=\"x\">&<!--{{name}}"

/* Every file of pages/. */
static const struct {
    const char  *name;
    const char  *text;
} files[] = {
#define ROW(name, text)  { #name, text },
#include "pages.inc"
#undef ROW
};

#define FILES_N  (sizeof(files) / sizeof(files[0]))

static struct app  app = { .base_url = "http://localhost" };
static struct req  r;


static int
set_up(void **state)
{
    (void) state;
    memset(&r, 0, sizeof(r));
    r.c.a = arena_new(1 << 24);
    r.c.app = &app;
    r.method = "GET";
    return r.c.a == NULL;
}


static int
tear_down(void **state)
{
    (void) state;
    arena_free(r.c.a);
    return 0;
}


/* Parts of pages, and what is no page. */
static bool
is_page(size_t i)
{
    static const char *const  parts[] = { "head", "foot", "message",
                                          "style" };
    size_t                    k;

    for (k = 0; k < sizeof(parts) / sizeof(parts[0]); k++) {
        if (strcmp(files[i].name, parts[k]) == 0) {
            return false;
        }
    }
    return true;
}


/* Every name a template may use, with the worst text there is. */
static json_t *
hostile_data(void)
{
    json_t  *o = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}",
        "loginAction", EVIL, "username", EVIL, "usernameLabel", EVIL,
        "usernameError", EVIL, "passwordError", EVIL, "again", EVIL,
        "reason", EVIL, "continueUrl", EVIL, "restartUrl", EVIL,
        "formUrl", EVIL, "heading", EVIL, "text", EVIL, "landing", EVIL);
    json_t  *more = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:b, s:b}",
        "action", EVIL, "code", EVIL, "provider", EVIL, "value", EVIL,
        "realm", EVIL, "clientUrl", EVIL, "isRetry", 1, "isEmail", 1,
        "isUsername", 1, "hasProviders", 1);

    assert_non_null(o);
    assert_non_null(more);
    assert_int_equal(json_object_update(o, more), 0);
    json_decref(more);
    json_object_set_new(o, "message", json_pack("{s:s, s:s}", "type", EVIL,
                                                "text", EVIL));
    json_object_set_new(o, "rememberMe", json_pack("{s:b, s:b}", "shown", 1,
                                                   "checked", 1));
    json_object_set_new(o, "fields", json_pack("[{s:s, s:s}]", "name", EVIL,
                                               "value", EVIL));
    json_object_set_new(o, "providers",
                        json_pack("[{s:s, s:s, s:s, s:s}]", "alias", EVIL,
                                  "displayName", EVIL, "providerId", EVIL,
                                  "loginUrl", EVIL));
    return o;
}


static const char *
render(size_t i)
{
    if (page_render(&r, 200, files[i].name, NULL, NULL, NULL) != AB_OK) {
        fail_msg("%s: %s", files[i].name, r.c.f.detail);
    }
    return arena_dup(r.c.a, r.reply.body);
}


/* ---- looking at markup ------------------------------------------------------ */

/* The value of attr="…" from `at` on, up to the tag's end; NULL when absent. */
static const char *
attribute(const char *at, const char *attr)
{
    char         want[64];
    const char  *end = strchr(at, '>'), *p, *close;

    snprintf(want, sizeof(want), " %s=\"", attr);
    p = strstr(at, want);
    if (p == NULL || (end != NULL && p > end)) {
        return NULL;
    }
    p += strlen(want);
    close = strchr(p, '"');
    return close == NULL ? NULL
                         : arena_dup(r.c.a, ab_slice_between(p, close));
}


static size_t
count(const char *html, const char *text)
{
    const char  *p;
    size_t       n = 0;

    for (p = strstr(html, text); p != NULL; p = strstr(p + 1, text)) {
        n++;
    }
    return n;
}


static size_t
count_attribute(const char *html, const char *attr, const char *value)
{
    char  text[256];

    snprintf(text, sizeof(text), " %s=\"%s\"", attr, value);
    return count(html, text);
}


/* No attribute that a browser would run, no element that loads. */
static void
check_is_tame(const char *name, const char *html)
{
    static const char *const  never[] = {
        "<script", "<style", " style=", "<iframe", "<object", "javascript:",
        "http-equiv", "{{#", EVIL_TAG, "\"'>", " onclick=\"", "<!--{"
    };
    size_t                    i;

    for (i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
        if (strstr(html, never[i]) != NULL) {
            fail_msg("%s holds '%s'", name, never[i]);
        }
    }
}


static void
check_frame(const char *name, const char *html)
{
    static const char *const  once[] = {
        "<html lang=\"", "<title>", "<h1>", "<main>", "</html>",
        "<meta charset=\"utf-8\">", "name=\"viewport\""
    };
    size_t                    i;

    for (i = 0; i < sizeof(once) / sizeof(once[0]); i++) {
        if (count(html, once[i]) != 1) {
            fail_msg("%s: %s stands %zu times", name, once[i],
                     count(html, once[i]));
        }
    }
}


/* A field that a person fills in has a label; a wrong one tells why. */
static void
check_fields(const char *name, const char *html)
{
    const char  *p, *id, *type, *by;

    for (p = strstr(html, "<input"); p != NULL; p = strstr(p + 1, "<input")) {
        type = attribute(p, "type");
        id = attribute(p, "id");
        if (type == NULL || strcmp(type, "hidden") == 0) {
            continue;
        }
        if (id == NULL || (count_attribute(html, "for", id) != 1
                           && strcmp(type, "checkbox") != 0))
        {
            fail_msg("%s: input '%s' without label", name, id);
        }
        by = attribute(p, "aria-describedby");
        if ((attribute(p, "aria-invalid") != NULL) != (by != NULL)
            || (by != NULL && count_attribute(html, "id", by) != 1))
        {
            fail_msg("%s: input '%s' and its error", name, id);
        }
    }
}


static void
check_labels(const char *name, const char *html)
{
    const char  *p, *target;

    for (p = strstr(html, "<label"); p != NULL; p = strstr(p + 1, "<label")) {
        target = attribute(p, "for");
        if (target != NULL && count_attribute(html, "id", target) != 1) {
            fail_msg("%s: label for '%s'", name, target);
        }
        /* a label without "for" holds its field */
        if (target == NULL
            && (strstr(p, "<input") == NULL
                || strstr(p, "<input") > strstr(p, "</label>")))
        {
            fail_msg("%s: a label of nothing", name);
        }
    }
}


static void
check_page(const char *name, const char *html)
{
    check_is_tame(name, html);
    check_frame(name, html);
    check_fields(name, html);
    check_labels(name, html);
}


/* ---- tests -------------------------------------------------------------------- */

static void
every_page_renders_over_nothing(void **state)
{
    size_t  i;

    (void) state;
    for (i = 0; i < FILES_N; i++) {
        if (is_page(i)) {
            check_page(files[i].name, render(i));
        }
    }
}


static void
no_text_becomes_markup(void **state)
{
    autofree(json_unrefp) json_t  *data = hostile_data();
    struct client                  client = {
        .client_id = EVIL, .name = EVIL, .base_url = "https://a.test/" EVIL
    };
    struct realm                   realm = { .display_name = EVIL };
    const char                    *html;
    size_t                         i;

    (void) state;
    for (i = 0; i < FILES_N; i++) {
        if (!is_page(i)) {
            continue;
        }
        assert_int_equal(page_render(&r, 200, files[i].name, data, &realm,
                                     &client), AB_OK);
        html = arena_dup(r.c.a, r.reply.body);
        check_page(files[i].name, html);
        assert_non_null(strstr(html, "&lt;x-evil"));
    }
}


/* The name after "{{#" and the like. */
static const char *
tag_name(const char *p)
{
    const char  *start = p + strspn(p, "#^/> ");

    return arena_dup(r.c.a, ab_slice_between(start, start
                                             + strcspn(start, " }")));
}


static bool
is_known(const json_t *data, const char *name)
{
    static const char *const  always[] = {
        "lang", "title", "realmName", "clientName", "clientUrl",
        "usernameHidden"
    };
    const char  *key;
    json_t      *value;
    size_t       i;

    for (i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
        if (strcmp(name, always[i]) == 0) {
            return true;
        }
    }
    json_object_foreach((json_t *) (uintptr_t) data, key, value) {
        if (strcmp(key, name) == 0 || is_known(value, name)
            || is_known(json_array_get(value, 0), name))
        {
            return true;
        }
    }
    return false;
}


static void
the_hostile_data_fill_every_tag(void **state)
{
    autofree(json_unrefp) json_t  *data = hostile_data();
    const char                    *p;
    size_t                         i;

    (void) state;
    for (i = 0; i < FILES_N; i++) {
        p = strstr(files[i].text, "{{");
        for (; p != NULL; p = strstr(p + 2, "{{")) {
            if (p[2] != '>' && p[2] != '!' && !is_known(data, tag_name(p + 2)))
            {
                fail_msg("%s: {{%s}} is not tested", files[i].name,
                         tag_name(p + 2));
            }
        }
    }
}


static void
the_fixed_user_has_no_name_field(void **state)
{
    autofree(json_unrefp) json_t  *data = json_pack("{s:b, s:s, s:s}",
        "usernameHidden", 1, "username", "alice", "passwordError", "wrong");
    const char                    *html;

    (void) state;
    assert_int_equal(page_render(&r, 200, "login", data, NULL, NULL), AB_OK);
    html = arena_dup(r.c.a, r.reply.body);
    check_page("login", html);
    assert_null(strstr(html, "name=\"username\""));
    assert_non_null(strstr(html, "<strong>alice</strong>"));
}


static void
only_web_addresses_become_links(void **state)
{
    static const struct {
        const char  *url;
        bool         is_link;
    } rows[] = {
        { "https://app.example/x?a=b", true },
        { "http://localhost:8080/", true },
        { "javascript:alert(1)", false },
        { "data:text/html,x", false },
        { "//app.example/", false },
        { "/app", false },
        { "", false },
    };
    struct client  client = { .client_id = "app" };
    size_t         i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        client.base_url = rows[i].url;
        assert_int_equal(page_render(&r, 200, "error", NULL, NULL, &client),
                         AB_OK);
        CHECK_ROW(i, (strstr(arena_dup(r.c.a, r.reply.body), "<a ") != NULL)
                     == rows[i].is_link);
    }
}


static void
pages_carry_strict_headers(void **state)
{
    static const struct {
        const char  *name, *value;
    } rows[] = {
        { "X-Frame-Options", "SAMEORIGIN" },
        { "X-Content-Type-Options", "nosniff" },
        { "X-Robots-Tag", "none" },
        { "Referrer-Policy", "no-referrer" },
        { "Strict-Transport-Security", "max-age=31536000; includeSubDomains" },
        { "Content-Type", "text/html;charset=utf-8" },
    };
    const char  *csp;
    size_t       i;

    (void) state;
    assert_int_equal(page_error(&r, NULL, NULL, AB_E_NOT_FOUND, NULL, NULL),
                     AB_OK);
    assert_int_equal(r.reply.status, 404);
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(reply_header(&r, rows[i].name), rows[i].value);
    }
    csp = reply_header(&r, "Content-Security-Policy");
    assert_non_null(strstr(csp, "default-src 'none'"));
    assert_non_null(strstr(csp, "frame-ancestors 'self'"));
    assert_null(strstr(csp, "unsafe"));
}


static void
a_busy_service_says_when_to_come_back(void **state)
{
    (void) state;
    assert_int_equal(page_error(&r, NULL, NULL, AB_E_STORE_DOWN, NULL,
                                "http://localhost/again"), AB_OK);
    assert_int_equal(r.reply.status, 503);
    assert_non_null(reply_header(&r, "Retry-After"));
    assert_non_null(strstr(arena_dup(r.c.a, r.reply.body),
                           "href=\"http://localhost/again\""));
}


static void
an_unknown_template_is_our_fault(void **state)
{
    (void) state;
    assert_int_equal(page_render(&r, 200, "nosuch", NULL, NULL, NULL),
                     AB_E_INTERNAL);
}


int
main(void)
{
#define CASE(f)  cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest  tests[] = {
        CASE(every_page_renders_over_nothing),
        CASE(no_text_becomes_markup),
        CASE(the_hostile_data_fill_every_tag),
        CASE(the_fixed_user_has_no_name_field),
        CASE(only_web_addresses_become_links),
        CASE(pages_carry_strict_headers),
        CASE(a_busy_service_says_when_to_come_back),
        CASE(an_unknown_template_is_our_fault),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
