/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_mustache.c - templates, good and bad, and text that stays text.
 */
#include "test_rows.h"
#include "mustache.h"

#define DATA  "{\"a\":\"<b>&\\\"'\",\"n\":5,\"t\":true,\"f\":false," \
              "\"z\":null," \
              "\"e\":\"\",\"l\":[{\"x\":1},{\"x\":2,\"a\":\"in\"}],\"el\":[]," \
              "\"s\":[\"p\",\"<\"],\"o\":{\"k\":{\"d\":\"deep\"}},\"eo\":{}," \
              "\"nul\":\"a\\u0000b\",\"r\":1.5}"


static const char *
partial(const char *name)
{
    return strcmp(name, "item") == 0 ? "[{{x}}]"
           : strcmp(name, "self") == 0 ? "{{>self}}"
           : strcmp(name, "bad") == 0 ? "{{#x}}" : NULL;
}


static enum ab_err
render(const char *tpl, size_t max, struct ab_buf *out)
{
    json_t       *data = json_loads(DATA, JSON_ALLOW_NUL, NULL);
    enum ab_err   e;

    assert_non_null(data);
    ab_buf_init(out, max);
    e = mustache_render(tpl, data, partial, out);
    json_decref(data);
    return e;
}


static void
templates_render(void **state)
{
    static const struct {
        const char  *tpl, *out;
    } rows[] = {
        { "", "" }, { "plain } } text {", "plain } } text {" },
        { "{{n}}", "5" }, { "{{ n }}", "5" }, { "{{r}}", "1.5" },
        { "{{t}}{{f}}{{z}}{{none}}", "truefalse" },
        { "{{a}}", "&lt;b&gt;&amp;&quot;&#39;" },
        { "{{nul}}", "a\xef\xbf\xbd" "b" },
        { "{{l}}{{o}}", "" },
        { "{{#t}}yes{{/t}}{{^t}}no{{/t}}", "yes" },
        { "{{#f}}yes{{/f}}{{^f}}no{{/f}}", "no" },
        { "{{#e}}y{{/e}}{{#z}}y{{/z}}{{#el}}y{{/el}}{{#eo}}y{{/eo}}", "" },
        { "{{^e}}1{{/e}}{{^z}}2{{/z}}{{^el}}3{{/el}}{{^eo}}4{{/eo}}", "1234" },
        { "{{^none}}absent{{/none}}", "absent" },
        { "{{#l}}{{x}},{{/l}}", "1,2," },
        { "{{#l}}{{a}};{{/l}}", "&lt;b&gt;&amp;&quot;&#39;;in;" },
        { "{{#s}}{{.}}{{/s}}", "p&lt;" },
        { "{{o.k.d}}", "deep" }, { "{{#o}}{{k.d}}{{/o}}", "deep" },
        { "{{o.none.d}}{{n.x}}", "" },
        { "{{#l}}{{>item}}{{/l}}", "[1][2]" },
        { "a{{! a <comment> }}b", "ab" },
        { "{{#f}}{{#l}}{{x}}{{/l}}{{/f}}", "" },
        { "{{#f}}{{>nowhere}}{{/f}}", "" },
        { "{{#l}}{{#l}}{{x}}{{/l}}{{/l}}", "1212" },
    };
    struct ab_buf  out;
    size_t         i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        CHECK_ROW(i, render(rows[i].tpl, 1000, &out) == AB_OK);
        CHECK_ROW(i, ab_slice_eq_str(ab_buf_slice(&out), rows[i].out));
        ab_buf_clear(&out);
    }
}


static void
malformed_templates_are_refused(void **state)
{
    static const char *const  rows[] = {
        "{{", "{{n", "{{n}", "{{}}", "{{ }}", "{{#}}", "{{#t}}", "{{^t}}",
        "{{/t}}", "{{#t}}{{/f}}", "{{#t}}{{#f}}{{/t}}{{/f}}", "{{{a}}}",
        "{{&a}}", "{{=<% %>=}}", "{{a b}}", "{{>nowhere}}", "{{>self}}",
        "{{>bad}}", "{{#none}}{{", "{{#t}}{{{a}}}{{/t}}", "{{a\n}}",
        "{{aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "}}", "{{/}}",
    };
    struct ab_buf  out;
    size_t         i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        CHECK_ROW(i, render(rows[i], 1000, &out) == AB_E_FORMAT);
        ab_buf_clear(&out);
    }
}


static void
depth_and_size_are_bounded(void **state)
{
    char           tpl[4096] = "";
    struct ab_buf  out;
    size_t         i;

    (void) state;
    for (i = 0; i < 40; i++) {
        strcat(tpl, "{{#t}}");
    }
    for (i = 0; i < 40; i++) {
        strcat(tpl, "{{/t}}");
    }
    assert_int_equal(render(tpl, 1000, &out), AB_E_FORMAT);
    ab_buf_clear(&out);
    /* 2^14 repetitions, cut off by the buffer */
    tpl[0] = '\0';
    for (i = 0; i < 14; i++) {
        strcat(tpl, "{{#l}}x");
    }
    for (i = 0; i < 14; i++) {
        strcat(tpl, "{{/l}}");
    }
    assert_int_equal(render(tpl, 1000, &out), AB_E_TOO_LARGE);
    assert_true(out.len <= 1000);
    ab_buf_clear(&out);
    /* and by their number where they write nothing */
    tpl[0] = '\0';
    for (i = 0; i < 30; i++) {
        strcat(tpl, "{{#l}}");
    }
    for (i = 0; i < 30; i++) {
        strcat(tpl, "{{/l}}");
    }
    assert_int_equal(render(tpl, 1000, &out), AB_E_TOO_LARGE);
    ab_buf_clear(&out);
    assert_int_equal(render("{{a}}", 3, &out), AB_E_TOO_LARGE);
    ab_buf_clear(&out);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("templates render, values are escaped", templates_render),
        TEST("malformed templates are refused, unescaped forms with them",
             malformed_templates_are_refused),
        TEST("depth and size are bounded", depth_and_size_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
