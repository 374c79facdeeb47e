/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_browser.c - logins at the realm host on https, by browsers that keep
 * cookies, lose them, or hold somebody else's.
 */
#include "browser_fixture.h"


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
