/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_params.c - authorization requests, typed.
 */
#include "params.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "ab_limits.h"

static struct ctx       c;
static char             mem[64 * 1024];
static struct ab_param  list[AB_MAX_PARAMS_N + 8];


static size_t
form(const char *text)
{
    size_t  n = 0;

    assert_int_equal(ab_form_parse(ab_slice_str(text), mem, list,
                                   AB_MAX_PARAMS_N + 8, &n), AB_OK);
    return n;
}


static struct auth_params
parse(const char *text)
{
    struct auth_params  p;
    size_t              n = form(text);

    fail_clear(&c.f);
    assert_int_equal(auth_params_parse(&c, list, n, &p), AB_OK);
    return p;
}


static int
set_up(void **state)
{
    (void) state;
    c.a = arena_new(1 << 24);
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
every_parameter_has_its_place(void **state)
{
    struct auth_params  p = parse("client_id=a&response_type=b&redirect_uri=c"
        "&scope=d+e&state=f&nonce=g&response_mode=h&prompt=i&login_hint=j"
        "&ui_locales=k&acr_values=l&claims=m&kc_idp_hint=&kc_action=o"
        "&code_challenge=p&code_challenge_method=q&request=r&request_uri=s"
        "&max_age=60&x=y");

    (void) state;
    assert_string_equal(p.client_id, "a");
    assert_string_equal(p.response_type, "b");
    assert_string_equal(p.redirect_uri, "c");
    assert_string_equal(p.scope, "d e");
    assert_string_equal(p.state, "f");
    assert_string_equal(p.nonce, "g");
    assert_string_equal(p.response_mode, "h");
    assert_string_equal(p.prompt, "i");
    assert_string_equal(p.login_hint, "j");
    assert_string_equal(p.ui_locales, "k");
    assert_string_equal(p.acr_values, "l");
    assert_string_equal(p.claims, "m");
    assert_string_equal(p.idp_hint, "");
    assert_string_equal(p.action, "o");
    assert_string_equal(p.challenge, "p");
    assert_string_equal(p.challenge_method, "q");
    assert_string_equal(p.request, "r");
    assert_string_equal(p.request_uri, "s");
    assert_true(p.has_max_age);
    assert_int_equal(p.max_age, 60);
    assert_false(p.has_duplicate);
    assert_string_equal(json_string_value(json_object_get(p.extra, "x")),
                        "y");
    p = parse("client_id=a");
    assert_null(p.idp_hint);
    assert_null(p.state);
    assert_false(p.has_max_age);
}


static void
max_age_is_a_whole_number_of_32_bits(void **state)
{
    static const struct {
        const char  *text;
        bool         is_bad;
        int64_t      value;
    } rows[] = {
        { "0", false, 0 }, { "-5", false, -5 },
        { "2147483647", false, INT32_MAX }, { "2147483648", true, 0 },
        { "-2147483649", true, 0 }, { "", true, 0 }, { "1.5", true, 0 },
        { "x", true, 0 }, { "%201", true, 0 }, { "01", true, 0 },
        { "99999999999999999999", true, 0 },
    };
    struct auth_params  p;
    char                text[64];
    size_t              i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        snprintf(text, sizeof(text), "max_age=%s", rows[i].text);
        p = parse(text);
        if (p.is_max_age_bad != rows[i].is_bad
            || p.has_max_age == rows[i].is_bad
            || p.max_age != rows[i].value)
        {
            fail_msg("row %zu: '%s'", i, rows[i].text);
        }
    }
}


/* T-LG10: a name that comes twice is seen, whatever it is, and the first
 * value is the one that is read. */
static void
a_name_sent_twice_is_seen(void **state)
{
    struct auth_params  p = parse("state=1&client_id=a&state=2");

    (void) state;
    assert_true(p.has_duplicate);
    assert_false(p.has_client_id_twice);
    assert_string_equal(p.state, "1");
    assert_string_equal(p.duplicate, "state");
    p = parse("client_id=a&client_id=a");
    assert_true(p.has_client_id_twice);
    p = parse("foo=1&foo=2");
    assert_true(p.has_duplicate);
    p = parse("kc_idp_hint=a&kc_idp_hint=b");
    assert_true(p.has_duplicate);
    p = parse("max_age=1&max_age=2");
    assert_true(p.has_duplicate);
    assert_int_equal(p.max_age, 1);
}


static void
a_long_value_counts_as_absent(void **state)
{
    static const struct {
        const char  *name;
        size_t       len;
        bool         is_there;
    } rows[] = {
        { "state", AB_MAX_PARAM, true }, { "state", AB_MAX_PARAM + 1, false },
        { "login_hint", AB_MAX_LOGIN_HINT, true },
        { "login_hint", AB_MAX_LOGIN_HINT + 1, false },
    };
    struct auth_params  p;
    static char         text[AB_MAX_PARAM + 64];
    size_t              i, n;
    const char         *got;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        n = (size_t) snprintf(text, sizeof(text), "%s=", rows[i].name);
        memset(text + n, 'x', rows[i].len);
        text[n + rows[i].len] = '\0';
        p = parse(text);
        got = rows[i].name[0] == 's' ? p.state : p.login_hint;
        if ((got != NULL) != rows[i].is_there) {
            fail_msg("row %zu", i);
        }
    }
}


static void
five_other_parameters_are_kept(void **state)
{
    struct auth_params  p = parse("a=1&b=2&c=3&d=4&e=5&f=6");
    static char         text[4096] = "long=";
    struct auth_params  q;
    size_t              n;

    (void) state;
    assert_int_equal(json_object_size(p.extra), 5);
    assert_null(json_object_get(p.extra, "f"));
    memset(text + 5, 'x', 2001);
    assert_int_equal(json_object_size(parse(text).extra), 0);
    for (n = 0; n < AB_MAX_PARAMS_N + 1; n++) {
        list[n] = (struct ab_param) { AB_S("n"), AB_S("v") };
    }
    assert_int_equal(auth_params_parse(&c, list, AB_MAX_PARAMS_N + 1, &q),
                     AB_E_AUTH_PARAM);
}


static void
words_of_a_prompt_are_whole_and_keep_their_case(void **state)
{
    static const struct {
        const char  *prompt, *word;
        bool         has;
    } rows[] = {
        { "none", "none", true }, { "login none", "none", true },
        { "nonelogin", "none", false }, { "NONE", "none", false },
        { "", "none", false }, { "login  consent", "consent", true },
        { "none,login", "none", false },
    };
    struct auth_params  p = { 0 };
    size_t              i;

    (void) state;
    assert_false(auth_prompt_has(&p, "none"));
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        p.prompt = rows[i].prompt;
        if (auth_prompt_has(&p, rows[i].word) != rows[i].has) {
            fail_msg("row %zu: '%s'", i, rows[i].prompt);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(every_parameter_has_its_place),
        cmocka_unit_test(max_age_is_a_whole_number_of_32_bits),
        cmocka_unit_test(a_name_sent_twice_is_seen),
        cmocka_unit_test(a_long_value_counts_as_absent),
        cmocka_unit_test(five_other_parameters_are_kept),
        cmocka_unit_test(words_of_a_prompt_are_whole_and_keep_their_case),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
