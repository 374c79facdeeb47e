/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_script.c - the rule that binds every script, and how they are run.
 */
#include "store_fixture.h"
#include "keys.h"
#include "script.h"

static struct store_fixture  fx;

/* What may stand between "redis.call(" and the key. */
static const char *const  before_key[] = { "'XINFO', 'STREAM', ", NULL };


/* At the command's opening quote: TIME alone, or a command on KEYS[1], which
 * may be continued only by a literal that starts with ':' and so keeps the
 * hash tag. */
static bool
call_is_on_key_1(const char *at)
{
    size_t  i;

    if (strncmp(at, "'TIME')", 7) == 0) {
        return true;
    }
    for (i = 0; before_key[i] != NULL; i++) {
        if (strncmp(at, before_key[i], strlen(before_key[i])) == 0) {
            at += strlen(before_key[i]);
            return strncmp(at, "KEYS[1]", 7) == 0;
        }
    }
    if (*at++ != '\'') {
        return false;
    }
    at += strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    return strncmp(at, "', KEYS[1]", 10) == 0
           && (at[10] == ',' || at[10] == ')'
               || strncmp(at + 10, " .. ':", 6) == 0);
}


static void
each_script_touches_its_slot_only(void **state)
{
    static const char *const  allowed[] = {
        "redis.call(", "redis.pcall(", "redis.error_reply("
    };
    const char               *at, *text;
    size_t                    i, j;
    bool                      fine;

    (void) state;
    for (i = 0; i < SCRIPT_N; i++) {
        text = script_text((enum script) i);
        for (at = strstr(text, "redis."); at != NULL;
             at = strstr(at + 1, "redis."))
        {
            for (j = 0, fine = false; j < ROWS(allowed); j++) {
                fine |= strncmp(at, allowed[j], strlen(allowed[j])) == 0;
            }
            fine &= strncmp(at, "redis.error", 11) == 0
                    || call_is_on_key_1(strchr(at, '(') + 1);
            if (!fine) {
                fail_msg("%s: %.60s", script_name((enum script) i), at);
            }
        }
        for (at = strstr(text, "KEYS"); at != NULL;
             at = strstr(at + 1, "KEYS"))
        {
            if (at != text && at[-1] == 'H') {
                continue;               /* HKEYS */
            }
            CHECK_ROW(i, strncmp(at, "KEYS[1]", 7) == 0);
        }
        CHECK_ROW(i, strstr(text, "os.") == NULL);
        CHECK_ROW(i, strstr(text, "loadstring") == NULL);
    }
}


static void
each_script_compiles(void **state)
{
    struct ab_slice   argv[3] = { AB_S("SCRIPT"), AB_S("LOAD") };
    struct reply     *r;
    size_t            i;

    (void) state;
    for (i = 0; i < SCRIPT_N; i++) {
        fixture_renew(&fx);
        argv[2] = ab_slice_str(script_text((enum script) i));
        if (store_call(&fx.c, 2, argv, 3, &r) != AB_OK) {
            fail_msg("%s: %s", script_name((enum script) i), fx.c.f.detail);
        }
    }
}


static void
a_forgotten_script_is_sent_again(void **state)
{
    struct ab_slice   flush[] = { AB_S("SCRIPT"), AB_S("FLUSH"),
                                  AB_S("SYNC") };
    struct ab_slice   argv[] = { AB_S("token") };
    struct reply     *r;
    size_t            i;

    (void) state;
    for (i = 0; i < 3; i++) {
        fixture_renew(&fx);
        CHECK_ROW(i, script_run(&fx.c, SCRIPT_lock_release,
                                key1(&fx.c, KEY_ACT, "x"), argv, 1, &r)
                     == AB_OK);
        CHECK_ROW(i, r->type == REPLY_INT && r->i == 0);
        CHECK_ROW(i, store_call(&fx.c, 1, flush, 3, &r) == AB_OK);
    }
}


static void
a_script_needs_a_key(void **state)
{
    struct reply  *r;

    (void) state;
    fixture_renew(&fx);
    assert_int_equal(script_run(&fx.c, SCRIPT_stream_last, ab_slice(NULL, 0),
                                NULL, 0, &r), AB_E_INTERNAL);
}


static int
start(void **state)
{
    (void) state;
    fixture_start(&fx);
    return 0;
}


static int
stop(void **state)
{
    (void) state;
    fixture_stop(&fx);
    return 0;
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("every script touches KEYS[1] and keys of its slot only",
             each_script_touches_its_slot_only),
        TEST("every script compiles", each_script_compiles),
        TEST("a script that Redis forgot is sent again",
             a_forgotten_script_is_sent_again),
        TEST("a script without a key is refused", a_script_needs_a_key),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
