/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_options.c - command lines and environments, good and bad, and that
 * the reference page tells of all of them.
 */
#include "test_rows.h"
#include "options.h"

#define ARGS_MAX  8

struct input {
    const char  *args[ARGS_MAX];
    const char  *env[ARGS_MAX];     /* name, value, … */
};


static enum ab_err
parse(const struct input *in, struct fail *f, struct options *o)
{
    char          name[] = "auth-brokerd";
    char         *argv[ARGS_MAX + 2] = { name };
    int           argc = 1;
    size_t        i;
    enum ab_err   e;

    fail_clear(f);
    for (i = 0; i < ARGS_MAX && in->args[i] != NULL; i++) {
        argv[argc++] = (char *) (uintptr_t) in->args[i];
    }
    for (i = 0; i < ARGS_MAX && in->env[i] != NULL; i += 2) {
        setenv(in->env[i], in->env[i + 1], 1);
    }
    e = options_parse(f, argc, argv, o);
    for (i = 0; i < ARGS_MAX && in->env[i] != NULL; i += 2) {
        unsetenv(in->env[i]);
    }
    return e;
}


static void
defaults_hold(void **state)
{
    static const struct input  none;
    struct options             o;
    struct fail                f;

    (void) state;
    assert_int_equal(parse(&none, &f, &o), AB_OK);
    assert_string_equal(o.state_dir, "/var/lib/auth-broker");
    assert_string_equal(o.redis_fsync, "everysec");
    assert_string_equal(o.log_level, "info");
    assert_null(o.redis);
    assert_int_equal(o.edge_uid.n, 0);
    assert_false(o.check);
    options_clear(&o);
    options_clear(&o);
}


static void
values_come_from_both_places(void **state)
{
    static const struct {
        struct input   in;
        const char    *redis;
    } rows[] = {
        { { { "--redis", "unix:/a" }, { NULL } }, "unix:/a" },
        { { { "--redis=unix:/a=b" }, { NULL } }, "unix:/a=b" },
        { { { NULL }, { "AUTH_BROKER_REDIS", "unix:/e" } }, "unix:/e" },
        { { { NULL }, { "AUTH_BROKER_REDIS", "" } }, NULL },
        { { { "--redis", "unix:/a" }, { "AUTH_BROKER_REDIS", "unix:/e" } },
          "unix:/a" },
        { { { NULL }, { "AUTH_BROKER_UNKNOWN", "x" } }, NULL },
    };
    struct options  o;
    struct fail     f;
    size_t          i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        CHECK_ROW(i, parse(&rows[i].in, &f, &o) == AB_OK);
        CHECK_ROW(i, (o.redis == NULL) == (rows[i].redis == NULL));
        CHECK_ROW(i, o.redis == NULL || strcmp(o.redis, rows[i].redis) == 0);
        options_clear(&o);
    }
}


static void
lists_join_and_replace(void **state)
{
    static const struct {
        struct input   in;
        size_t         n;
        const char    *last;
    } rows[] = {
        { { { "--edge-uid", "a,b", "--edge-uid=c" }, { NULL } }, 3, "c" },
        { { { NULL }, { "AUTH_BROKER_EDGE_UID", "x,y" } }, 2, "y" },
        { { { "--edge-uid", "a" }, { "AUTH_BROKER_EDGE_UID", "x,y" } }, 1,
          "a" },
    };
    struct options  o;
    struct fail     f;
    size_t          i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        CHECK_ROW(i, parse(&rows[i].in, &f, &o) == AB_OK);
        CHECK_ROW(i, o.edge_uid.n == rows[i].n);
        CHECK_ROW(i, strcmp(o.edge_uid.v[rows[i].n - 1], rows[i].last) == 0);
        options_clear(&o);
    }
}


static void
flags_are_true_or_false(void **state)
{
    static const struct {
        struct input   in;
        bool           check;
    } rows[] = {
        { { { "--check" }, { NULL } }, true },
        { { { NULL }, { "AUTH_BROKER_CHECK", "1" } }, true },
        { { { NULL }, { "AUTH_BROKER_CHECK", "true" } }, true },
        { { { NULL }, { "AUTH_BROKER_CHECK", "0" } }, false },
        { { { NULL }, { "AUTH_BROKER_CHECK", "false" } }, false },
        { { { "--check" }, { "AUTH_BROKER_CHECK", "false" } }, true },
    };
    struct options  o;
    struct fail     f;
    size_t          i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        CHECK_ROW(i, parse(&rows[i].in, &f, &o) == AB_OK);
        CHECK_ROW(i, o.check == rows[i].check);
        options_clear(&o);
    }
}


static void
mistakes_are_told(void **state)
{
    static const struct {
        struct input   in;
        const char    *detail;
    } rows[] = {
        { { { "--nothing" }, { NULL } }, "unknown option" },
        { { { "redis" }, { NULL } }, "unknown option" },
        { { { "-h" }, { NULL } }, "unknown option" },
        { { { "--redi", "x" }, { NULL } }, "unknown option" },
        { { { "" }, { NULL } }, "unknown option" },
        { { { "--redis" }, { NULL } }, "needs a value" },
        { { { "--redis=" }, { NULL } }, "needs a value" },
        { { { "--check=1" }, { NULL } }, "takes no value" },
        { { { "--hostname", "https://a", "--hostname", "https://b" },
            { NULL } }, "given twice" },
        { { { "--redis", "h:1" }, { NULL } }, "--redis: neither" },
        { { { "--redis-fsync", "no" }, { NULL } }, "neither everysec" },
        { { { "--log-level", "all" }, { NULL } }, "none of debug" },
        { { { NULL }, { "AUTH_BROKER_LOG_LEVEL", "all" } }, "none of debug" },
        { { { NULL }, { "AUTH_BROKER_CHECK", "yes" } }, "neither true" },
        { { { "--web-listen", "8080" }, { NULL } }, "not ADDR:PORT" },
        { { { "--web-listen", "127.0.0.1:0" }, { NULL } }, "not ADDR:PORT" },
        { { { "--web-listen", "127.0.0.1:70000" }, { NULL } },
          "not ADDR:PORT" },
        { { { "--web-listen", "0.0.0.0:80" }, { NULL } }, "not a loopback" },
        { { { "--web-listen", "example.com:80" }, { NULL } },
          "not a loopback" },
        { { { "--hostname", "id.example.com" }, { NULL } }, "not an http" },
        { { { "--hostname", "https://u@h" }, { NULL } }, "not an http" },
        { { { "--hostname", "https://h/auth" }, { NULL } }, "a path" },
        { { { "--hostname", "https://h?x" }, { NULL } }, "a path" },
        { { { "--outbound-allow", "10.0.0.0/33" }, { NULL } }, "not an addr" },
        { { { "--outbound-allow", "10.0.0.1,host" }, { NULL } },
          "not an addr" },
        { { { "--outbound-allow", "10.0.0.1,,::1" }, { NULL } }, "empty" },
        { { { "--edge-socket",
              "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
              "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
            { NULL } }, "too long" },
    };
    struct options  o;
    struct fail     f;
    size_t          i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        CHECK_ROW(i, parse(&rows[i].in, &f, &o) == AB_E_OPTION);
        CHECK_ROW(i, strstr(f.detail, rows[i].detail) != NULL);
    }
}


static void
good_values_pass(void **state)
{
    static const struct input  rows[] = {
        { { "--web-listen", "127.0.0.1:8080" }, { NULL } },
        { { "--web-listen", "[::1]:8080" }, { NULL } },
        { { "--web-listen", "localhost:1" }, { NULL } },
        { { "--hostname", "https://id.example.com" }, { NULL } },
        { { "--hostname", "http://id.localhost:8080/" }, { NULL } },
        { { "--outbound-allow", "10.0.0.0/8,::1,fd00::/8,127.0.0.1" },
          { NULL } },
        { { "--redis-fsync=always", "--log-level=debug" }, { NULL } },
    };
    struct options  o;
    struct fail     f;
    size_t          i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        CHECK_ROW(i, parse(&rows[i], &f, &o) == AB_OK);
        options_clear(&o);
    }
}


static char *
printed(void (*print)(FILE *))
{
    char    *text = NULL;
    size_t   len;
    FILE    *out = open_memstream(&text, &len);

    assert_non_null(out);
    print(out);
    fclose(out);
    return text;
}


static void
the_reference_page_is_this_table(void **state)
{
    char  *page = test_read_page("docs/options.md");
    char  *table = printed(options_print_markdown);
    char  *help = printed(options_print);

    (void) state;
    if (strstr(page, table) == NULL) {
        fail_msg("docs/options.md lacks this table:\n%s", table);
    }
    assert_non_null(strstr(help, "--redis-fsync WHEN"));
    assert_non_null(strstr(help, "AUTH_BROKER_REDIS_FSYNC"));
    free(page);
    free(table);
    free(help);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("defaults hold", defaults_hold),
        TEST("values come from both places, the command line wins",
             values_come_from_both_places),
        TEST("lists join and replace", lists_join_and_replace),
        TEST("flags are true or false", flags_are_true_or_false),
        TEST("mistakes are told with their option", mistakes_are_told),
        TEST("good values pass", good_values_pass),
        TEST("docs/options.md holds exactly this table",
             the_reference_page_is_this_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
