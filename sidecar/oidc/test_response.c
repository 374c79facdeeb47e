/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_response.c - response types, modes, and the addresses made of them
 * (tokens.md 2.4).
 */
#include "response.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static struct ctx  c;


static int
set_up(void **state)
{
    (void) state;
    c.a = arena_new(1 << 22);
    c.base = "https://id.example.com";
    return c.a == NULL;
}


static int
tear_down(void **state)
{
    (void) state;
    arena_free(c.a);
    return 0;
}


static void
types(void **state)
{
    static const struct {
        const char  *text;
        unsigned     want;      /* 0: refused */
    } rows[] = {
        { "code", RESPONSE_CODE }, { "none", RESPONSE_NONE },
        { "code code", RESPONSE_CODE },
        { "id_token token", RESPONSE_ID_TOKEN | RESPONSE_TOKEN },
        { "token id_token code",
          RESPONSE_ID_TOKEN | RESPONSE_TOKEN | RESPONSE_CODE },
        { "", 0 }, { "CODE", 0 }, { "code banana", 0 }, { "code  token", 0 },
        { " code", 0 }, { "code ", 0 }, { "none code", 0 }, { "codex", 0 },
    };
    unsigned     got;
    size_t       i;
    enum ab_err  e;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        got = 0;
        e = response_type_parse(rows[i].text, &got);
        if (got != rows[i].want || (e == AB_OK) != (rows[i].want != 0)) {
            fail_msg("row %zu: '%s' gives %u", i, rows[i].text, got);
        }
    }
}


static void
modes(void **state)
{
    static const struct {
        const char          *text;
        unsigned             set;
        enum ab_err          want;
        enum response_mode   mode;
        bool                 is_jwt;
    } rows[] = {
        { NULL, RESPONSE_CODE, AB_OK, MODE_QUERY, false },
        { NULL, RESPONSE_NONE, AB_OK, MODE_QUERY, false },
        { NULL, RESPONSE_TOKEN, AB_OK, MODE_FRAGMENT, false },
        { "query", RESPONSE_CODE, AB_OK, MODE_QUERY, false },
        { "fragment", RESPONSE_CODE, AB_OK, MODE_FRAGMENT, false },
        { "form_post", RESPONSE_CODE, AB_OK, MODE_FORM_POST, false },
        { "jwt", RESPONSE_CODE, AB_OK, MODE_QUERY, true },
        { "jwt", RESPONSE_ID_TOKEN, AB_OK, MODE_FRAGMENT, true },
        { "form_post.jwt", RESPONSE_CODE, AB_OK, MODE_FORM_POST, true },
        { "", RESPONSE_CODE, AB_E_FORMAT, MODE_QUERY, false },
        { "banana", RESPONSE_CODE, AB_E_FORMAT, MODE_QUERY, false },
        { "Query", RESPONSE_CODE, AB_E_FORMAT, MODE_QUERY, false },
    };
    struct response_delivery  d;
    size_t                    i;
    enum ab_err               e;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        e = response_mode_parse(rows[i].text, rows[i].set, &d);
        if (e != rows[i].want
            || (e == AB_OK && (d.mode != rows[i].mode
                               || d.is_jwt != rows[i].is_jwt)))
        {
            fail_msg("row %zu", i);
        }
    }
}


/* Also T-RD7: what the client's own address holds stays where it was. */
static void
addresses(void **state)
{
    static const struct {
        const char          *uri;
        enum response_mode   mode;
        const char          *want;
    } rows[] = {
        { "https://a/cb", MODE_QUERY, "https://a/cb?state=a%20b%26c&code=x" },
        { "https://a/cb?x=1", MODE_QUERY,
          "https://a/cb?x=1&state=a%20b%26c&code=x" },
        { "https://a/cb#frag", MODE_QUERY,
          "https://a/cb?state=a%20b%26c&code=x#frag" },
        { "https://a/cb", MODE_FRAGMENT,
          "https://a/cb#state=a%20b%26c&code=x" },
        { "https://a/cb?x=1", MODE_FRAGMENT,
          "https://a/cb?x=1#state=a%20b%26c&code=x" },
        { "https://a/cb#frag", MODE_FRAGMENT,
          "https://a/cb#frag&state=a%20b%26c&code=x" },
        { "custom.app:/cb", MODE_QUERY,
          "custom.app:/cb?state=a%20b%26c&code=x" },
    };
    const struct response_member  m[] = {
        { "state", "a b&c" }, { "session_state", NULL }, { "code", "x" }
    };
    struct response_delivery      d = { MODE_QUERY, false };
    struct authorize_answer       a;
    size_t                        i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        d.mode = rows[i].mode;
        assert_int_equal(response_make(&c, NULL, NULL, rows[i].uri, d, m, 3,
                                       &a), AB_OK);
        if (strcmp(a.url, rows[i].want) != 0) {
            fail_msg("row %zu: %s", i, a.url);
        }
        assert_null(a.form_url);
    }
}


static void
a_form_holds_the_members_that_have_a_value(void **state)
{
    const struct response_member  m[] = {
        { "state", "<\"'>" }, { "iss", NULL }, { "code", "x" }
    };
    struct response_delivery      d = { MODE_FORM_POST, false };
    struct authorize_answer       a;
    const json_t                 *one;

    (void) state;
    assert_int_equal(response_make(&c, NULL, NULL, "https://a/cb?x=1", d, m,
                                   3, &a), AB_OK);
    assert_null(a.url);
    assert_string_equal(a.form_url, "https://a/cb?x=1");
    assert_int_equal(json_array_size(a.form), 2);
    one = json_array_get(a.form, 0);
    assert_string_equal(json_string_value(json_object_get(one, "value")),
                        "<\"'>");
    one = json_array_get(a.form, 1);
    assert_string_equal(json_string_value(json_object_get(one, "name")),
                        "code");
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(types),
        cmocka_unit_test(modes),
        cmocka_unit_test(addresses),
        cmocka_unit_test(a_form_holds_the_members_that_have_a_value),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
