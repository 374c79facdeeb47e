/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_log.c - what is logged is one JSON object a line, whatever the values.
 */
#include "test_rows.h"
#include "log.h"

#include <fcntl.h>
#include <jansson.h>
#include <unistd.h>

static int   before, file;
static char  text[65536];


static void
capture(void)
{
    char  name[] = "/tmp/ab-log-XXXXXX";

    file = mkstemp(name);
    assert_true(file >= 0);
    unlink(name);
    before = dup(STDERR_FILENO);
    dup2(file, STDERR_FILENO);
}


static const char *
captured(void)
{
    ssize_t  n;

    dup2(before, STDERR_FILENO);
    close(before);
    n = pread(file, text, sizeof(text) - 1, 0);
    close(file);
    text[n > 0 ? n : 0] = '\0';
    return text;
}


static json_t *
line(void)
{
    json_error_t  e;
    json_t       *v;

    captured();
    assert_true(text[0] != '\0' && text[strlen(text) - 1] == '\n');
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
    v = json_loads(text, JSON_REJECT_DUPLICATES, &e);
    if (v == NULL) {
        fail_msg("%s in %s", e.text, text);
    }
    return v;
}


static void
members_stand_in_order(void **state)
{
    (void) state;
    capture();
    log_event(AB_LOG_WARN, "login", "srealm", "acme", "ims", (int64_t) -12,
              "snone", NULL, "sclient", "app", NULL);
    captured();
    assert_memory_equal(text, "{\"time\":\"20", 11);
    assert_string_equal(strstr(text, ",\"level\""),
                        ",\"level\":\"warn\",\"event\":\"login\",\"realm\":"
                        "\"acme\",\"ms\":-12,\"client\":\"app\"}\n");
    assert_memory_equal(text + 9 + 10, "T", 1);
    assert_memory_equal(text + 9 + 23, "Z\"", 2);
}


static void
levels_hold_back(void **state)
{
    static const struct {
        enum ab_level  least, level;
        bool           shown;
    } rows[] = {
        { AB_LOG_INFO, AB_LOG_DEBUG, false },
        { AB_LOG_INFO, AB_LOG_INFO, true },
        { AB_LOG_ERROR, AB_LOG_WARN, false },
        { AB_LOG_DEBUG, AB_LOG_DEBUG, true },
    };
    enum ab_level  level;
    size_t         i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        capture();
        log_set_level(rows[i].least);
        log_event(rows[i].level, "x", NULL);
        CHECK_ROW(i, (captured()[0] != '\0') == rows[i].shown);
    }
    log_set_level(AB_LOG_INFO);
    assert_true(log_parse_level("error", &level) && level == AB_LOG_ERROR);
    assert_false(log_parse_level("Error", &level));
    assert_false(log_parse_level("", &level));
}


static void
values_cannot_break_the_line(void **state)
{
    static const struct {
        const char  *in, *out;
    } rows[] = {
        { "", "" },
        { "a\"b\\c", "a\"b\\c" },
        { "a\r\n{\"level\":\"error\"}", "a\r\n{\"level\":\"error\"}" },
        { "\x01\x1b[31m\x7f", "\x01\x1b[31m\x7f" },
        { "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80",
          "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80" },
        { "\xc2\x9b" "31m", "\xc2\x9b" "31m" },
        { "a\xff" "b", "a\xef\xbf\xbd" "b" },
        { "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd" },         /* overlong */
        { "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
        { "\xf4\x90\x80\x80",
          "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
        { "\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd" },         /* cut off */
    };
    json_t  *v;
    size_t   i;
    char    *p;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        capture();
        log_event(AB_LOG_INFO, "x", "sv", rows[i].in, NULL);
        v = line();
        CHECK_ROW(i, strcmp(json_string_value(json_object_get(v, "v")),
                            rows[i].out) == 0);
        for (p = text; *p != '\0'; p++) {       /* no raw control leaves */
            CHECK_ROW(i, *p == '\n' || (unsigned char) *p >= 0x20);
            CHECK_ROW(i, *p != 0x7f);
        }
        json_decref(v);
    }
}


static void
long_values_are_cut(void **state)
{
    char     large[20000];
    json_t  *v;

    (void) state;
    memset(large, '\x01', sizeof(large) - 1);
    large[sizeof(large) - 1] = '\0';
    capture();
    log_event(AB_LOG_INFO, "x", "sa", large, "sb", large, "sc", "short", NULL);
    v = line();
    assert_true(json_string_length(json_object_get(v, "a")) < 1100);
    assert_null(json_object_get(v, "b"));           /* did not fit */
    assert_string_equal(json_string_value(json_object_get(v, "c")), "short");
    assert_true(json_is_true(json_object_get(v, "cut")));
    json_decref(v);
}


static void
a_fault_brings_its_level_and_reason(void **state)
{
    struct fail  f = { .code = AB_OK };
    json_t      *v;

    (void) state;
    fail(&f, AB_E_STORE_DOWN, "connect: \"refused\"");
    capture();
    log_fail("request", &f, "srid", "r1", NULL);
    v = line();
    assert_string_equal(json_string_value(json_object_get(v, "level")),
                        "warn");
    assert_string_equal(json_string_value(json_object_get(v, "reason")),
                        "store_down");
    assert_string_equal(json_string_value(json_object_get(v, "detail")),
                        "connect: \"refused\"");
    assert_string_equal(json_string_value(json_object_get(v, "rid")), "r1");
    json_decref(v);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("members stand in order", members_stand_in_order),
        TEST("levels hold back", levels_hold_back),
        TEST("values cannot break the line or reach a terminal",
             values_cannot_break_the_line),
        TEST("long values are cut, the line stays JSON", long_values_are_cut),
        TEST("a fault brings its level and reason",
             a_fault_brings_its_level_and_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
