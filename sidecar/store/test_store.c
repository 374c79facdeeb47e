/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_store.c - blocking calls against a real Redis, sick and well.
 */
#include "store_fixture.h"
#include "keys.h"

#include "base/fault.h"

#include <signal.h>

static struct store_fixture  fx;

#define KEY(k, id)  key1(&fx.c, KEY_##k, (id))


static void
values_come_back_as_they_were(void **state)
{
    static const char  odd[] = "a\0b\r\n%s%n\xff\xfe$5\r\n";
    struct ab_slice    value = ab_slice(odd, sizeof(odd) - 1), got, empty;

    (void) state;
    fixture_renew(&fx);
    assert_int_equal(store_set(&fx.c, KEY(SESSION_X, "odd"), value, 60), AB_OK);
    assert_int_equal(store_get(&fx.c, KEY(SESSION_X, "odd"), &got), AB_OK);
    assert_true(ab_slice_eq(got, value));
    assert_int_equal(got.p[got.len], '\0');

    assert_int_equal(store_hset(&fx.c, KEY(SESSION, "odd"), value, value),
                     AB_OK);
    assert_int_equal(store_hget(&fx.c, KEY(SESSION, "odd"), value, &got),
                     AB_OK);
    assert_true(ab_slice_eq(got, value));

    assert_int_equal(store_set(&fx.c, KEY(SESSION_X, "e"), ab_slice("", 0), 0),
                     AB_OK);
    assert_int_equal(store_get(&fx.c, KEY(SESSION_X, "e"), &empty), AB_OK);
    assert_true(empty.len == 0 && empty.p != NULL);
}


static void
absent_is_no_fault(void **state)
{
    struct ab_slice  got;

    (void) state;
    fixture_renew(&fx);
    assert_int_equal(store_get(&fx.c, KEY(SESSION_X, "no"), &got),
                     AB_E_STORE_ABSENT);
    assert_int_equal(store_hget(&fx.c, KEY(SESSION, "no"), AB_S("f"), &got),
                     AB_E_STORE_ABSENT);
    assert_int_equal(store_take(&fx.c, KEY(SESSION_X, "no"), &got),
                     AB_E_STORE_ABSENT);
    assert_int_equal(store_del(&fx.c, KEY(SESSION_X, "no")), AB_OK);
    assert_int_equal(fx.c.f.code, AB_OK);
}


static void
taking_happens_once(void **state)
{
    struct ab_slice  got;
    bool             won;

    (void) state;
    fixture_renew(&fx);
    assert_int_equal(store_set_nx(&fx.c, KEY(SESSION_X, "t"), AB_S("1"), 60,
                                  &won), AB_OK);
    assert_true(won);
    assert_int_equal(store_set_nx(&fx.c, KEY(SESSION_X, "t"), AB_S("2"), 60,
                                  &won), AB_OK);
    assert_false(won);
    assert_int_equal(store_take(&fx.c, KEY(SESSION_X, "t"), &got), AB_OK);
    assert_true(ab_slice_eq_str(got, "1"));
    assert_int_equal(store_take(&fx.c, KEY(SESSION_X, "t"), &got),
                     AB_E_STORE_ABSENT);
}


static void
hashes_are_read_in_parts_and_whole(void **state)
{
    struct ab_slice   fields[] = { AB_S("a"), AB_S("none"), AB_S("b") };
    struct ab_slice   got[3];
    struct reply     *all;

    (void) state;
    fixture_renew(&fx);
    assert_int_equal(store_hset(&fx.c, KEY(SESSION, "h"), AB_S("a"),
                                AB_S("1")), AB_OK);
    assert_int_equal(store_hset(&fx.c, KEY(SESSION, "h"), AB_S("b"),
                                AB_S("")), AB_OK);
    assert_int_equal(store_hmget(&fx.c, KEY(SESSION, "h"), fields, 3, got),
                     AB_OK);
    assert_true(ab_slice_eq_str(got[0], "1"));
    assert_null(got[1].p);
    assert_true(got[2].p != NULL && got[2].len == 0);
    assert_int_equal(store_hgetall(&fx.c, KEY(SESSION, "h"), &all), AB_OK);
    assert_int_equal(all->n, 4);
    assert_int_equal(store_hgetall(&fx.c, KEY(SESSION, "hh"), &all), AB_OK);
    assert_int_equal(all->n, 0);
}


static void
a_lifetime_is_kept(void **state)
{
    struct ab_slice   argv[2] = { AB_S("TTL") };
    struct reply     *r;

    (void) state;
    fixture_renew(&fx);
    argv[1] = KEY(SESSION_X, "ttl");
    assert_int_equal(store_set(&fx.c, argv[1], AB_S("1"), 60), AB_OK);
    assert_int_equal(store_call(&fx.c, 1, argv, 2, &r), AB_OK);
    assert_true(r->type == REPLY_INT && r->i > 55 && r->i <= 60);
    assert_int_equal(store_set(&fx.c, argv[1], AB_S("1"), -1),
                     AB_E_INTERNAL);
}


static void
a_wrong_type_is_a_reply_error(void **state)
{
    struct ab_slice   got;

    (void) state;
    fixture_renew(&fx);
    assert_int_equal(store_hset(&fx.c, KEY(SESSION, "w"), AB_S("f"),
                                AB_S("v")), AB_OK);
    assert_int_equal(store_get(&fx.c, KEY(SESSION, "w"), &got),
                     AB_E_STORE_REPLY);
    assert_non_null(strstr(fx.c.f.detail, "WRONGTYPE"));
    /* and the connection is as good as before */
    fixture_renew(&fx);
    assert_int_equal(store_hget(&fx.c, KEY(SESSION, "w"), AB_S("f"), &got),
                     AB_OK);
}


static void
an_empty_key_is_refused(void **state)
{
    struct ab_slice  got;

    (void) state;
    fixture_renew(&fx);
    assert_int_equal(store_get(&fx.c, KEY(SESSION, "no such id"), &got),
                     AB_E_INTERNAL);
    assert_non_null(strstr(fx.c.f.detail, "malformed id"));
}


static void
sealed_values_open_only_in_their_place(void **state)
{
    struct ab_slice  key, sealed, again, plain;
    char            *changed;

    (void) state;
    fixture_renew(&fx);
    key = KEY(USER, "u1");
    assert_int_equal(store_seal(&fx.c, key, "cred", AB_S("secret"), &sealed),
                     AB_OK);
    assert_int_equal(store_seal(&fx.c, key, "cred", AB_S("secret"), &again),
                     AB_OK);
    assert_false(ab_slice_eq(sealed, again));
    assert_int_equal(store_unseal(&fx.c, key, "cred", sealed, &plain), AB_OK);
    assert_string_equal(plain.p, "secret");
    assert_int_equal(store_unseal(&fx.c, key, "links", sealed, &plain),
                     AB_E_SEAL);
    assert_int_equal(store_unseal(&fx.c, KEY(USER, "u2"), "cred", sealed,
                                  &plain), AB_E_SEAL);
    changed = arena_dup(fx.c.a, sealed);
    changed[sealed.len - 1] ^= 1;
    assert_int_equal(store_unseal(&fx.c, key, "cred",
                                  ab_slice(changed, sealed.len), &plain),
                     AB_E_SEAL);
    assert_int_equal(store_unseal(&fx.c, key, "cred", ab_slice("", 0),
                                  &plain), AB_E_SEAL);
}


static void
the_check_at_start_passes_and_measures(void **state)
{
    const char  *warning = "unset";
    bool         acked = false;

    (void) state;
    fixture_renew(&fx);
    assert_int_equal(store_check(&fx.c, true, &warning), AB_OK);
    assert_null(warning);
    assert_int_equal(store_check(&fx.c, false, &warning), AB_OK);
    assert_true(llabs(clock_offset_ms()) < 1000);
    assert_int_equal(store_wait(&fx.c, key0(&fx.c, KEY_REV), &acked), AB_OK);
    assert_true(acked);
}


static void
another_key_file_is_refused(void **state)
{
    struct keyring           other;
    struct store_conf        conf = { fx.conf.url, &other };
    struct store            *mine = fx.c.store;
    const char              *warning;
    char                     path[128];

    (void) state;
    fixture_renew(&fx);
    snprintf(path, sizeof(path), "%s/other-keys", fx.dir);
    assert_int_equal(keyring_load(&fx.c.f, path, &other), AB_OK);
    fx.c.store = store_new(&conf);
    assert_int_equal(store_check(&fx.c, true, &warning), AB_E_KEYRING);
    store_free(fx.c.store);
    fx.c.store = mine;
}


static void
set_config(const char *name, const char *value)
{
    struct ab_slice   argv[] = { AB_S("CONFIG"), AB_S("SET"),
                                 ab_slice_str(name), ab_slice_str(value) };
    struct reply     *r;

    assert_int_equal(store_call(&fx.c, 2, argv, 4, &r), AB_OK);
}


static void
a_redis_that_evicts_is_refused(void **state)
{
    const char  *warning = NULL;

    (void) state;
    fixture_renew(&fx);
    set_config("maxmemory-policy", "allkeys-lru");
    assert_int_equal(store_check(&fx.c, false, &warning), AB_E_OPTION);
    assert_non_null(strstr(fx.c.f.detail, "noeviction"));
    fixture_renew(&fx);
    set_config("maxmemory-policy", "noeviction");
    set_config("appendonly", "no");
    assert_int_equal(store_check(&fx.c, false, &warning), AB_OK);
    assert_non_null(warning);
    set_config("appendonly", "yes");
}


static void
a_newer_schema_is_refused(void **state)
{
    const char  *warning;

    (void) state;
    fixture_renew(&fx);
    assert_int_equal(store_hset(&fx.c, key0(&fx.c, KEY_SCHEMA),
                                AB_S("min_reader"), AB_S("2")), AB_OK);
    assert_int_equal(store_check(&fx.c, true, &warning), AB_E_OPTION);
    fixture_renew(&fx);
    assert_int_equal(store_hset(&fx.c, key0(&fx.c, KEY_SCHEMA),
                                AB_S("min_reader"), AB_S("1")), AB_OK);
    assert_int_equal(store_check(&fx.c, true, &warning), AB_OK);
}


static void
silence_ends_at_the_deadline_or_after_two_seconds(void **state)
{
    static const struct {
        int  deadline_ms, least_ms, most_ms;
    } rows[] = { { 300, 280, 900 }, { 10000, 1900, 2600 } };
    struct ab_slice  got;
    int64_t          start, took;
    size_t           i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        fixture_renew(&fx);
        store_get(&fx.c, KEY(SESSION_X, "x"), &got);
        kill(private_redis_pid(fx.redis), SIGSTOP);
        start = clock_mono_ms();
        fx.c.deadline_ms = start + rows[i].deadline_ms;
        CHECK_ROW(i, store_get(&fx.c, KEY(SESSION_X, "x"), &got)
                     == AB_E_STORE_DOWN);
        took = clock_mono_ms() - start;
        kill(private_redis_pid(fx.redis), SIGCONT);
        CHECK_ROW(i, took >= rows[i].least_ms && took <= rows[i].most_ms);
        fixture_renew(&fx);
        CHECK_ROW(i, store_get(&fx.c, KEY(SESSION_X, "x"), &got)
                     == AB_E_STORE_ABSENT);
    }
}


/* A reply that comes after its question was given up must not be taken for
 * the next one's. */
static void
a_late_reply_is_nobodys(void **state)
{
    struct ab_slice  got;
    size_t           i;

    (void) state;
    fixture_renew(&fx);
    store_set(&fx.c, KEY(SESSION_X, "one"), AB_S("1"), 60);
    store_set(&fx.c, KEY(SESSION_X, "two"), AB_S("2"), 60);
    for (i = 0; i < 20; i++) {
        fixture_renew(&fx);
        kill(private_redis_pid(fx.redis), SIGSTOP);
        fx.c.deadline_ms = clock_mono_ms() + 10;
        store_get(&fx.c, KEY(SESSION_X, "one"), &got);
        kill(private_redis_pid(fx.redis), SIGCONT);
        fixture_renew(&fx);
        CHECK_ROW(i, store_get(&fx.c, KEY(SESSION_X, "two"), &got) == AB_OK);
        CHECK_ROW(i, ab_slice_eq_str(got, "2"));
    }
}


static void
a_killed_redis_is_down_then_back_with_its_data(void **state)
{
    struct ab_slice  got;
    int64_t          start = clock_mono_ms();
    enum ab_err      e = AB_E_STORE_DOWN;

    (void) state;
    fixture_renew(&fx);
    set_config("appendfsync", "always");
    assert_int_equal(store_set(&fx.c, KEY(SESSION_X, "kept"), AB_S("yes"), 0),
                     AB_OK);
    kill(private_redis_pid(fx.redis), SIGKILL);
    usleep(50000);
    assert_int_equal(store_get(&fx.c, KEY(SESSION_X, "kept"), &got),
                     AB_E_STORE_DOWN);
    assert_true(clock_mono_ms() - start < 1000);
    while (!private_redis_tend(fx.redis)) {
        assert_true(clock_mono_ms() - start < 5000);
        usleep(1000);
    }
    while (e == AB_E_STORE_DOWN && clock_mono_ms() - start < 5000) {
        fixture_renew(&fx);
        e = store_get(&fx.c, KEY(SESSION_X, "kept"), &got);
        usleep(1000);
    }
    assert_int_equal(e, AB_OK);
    assert_true(ab_slice_eq_str(got, "yes"));
}


static enum ab_err
typical_work(void)
{
    struct ab_slice   got, fields[] = { AB_S("f"), AB_S("g") }, values[2];
    struct ab_slice   key = KEY(SESSION, "loop");
    enum ab_err       e;

    e = store_hset(&fx.c, key, AB_S("f"), AB_S("v"));
    if (e == AB_OK) {
        e = store_hmget(&fx.c, key, fields, 2, values);
    }
    if (e == AB_OK) {
        e = store_hget(&fx.c, key, AB_S("f"), &got);
    }
    return e;
}


/* T-SE7: no failure is ever taken for an answer. */
static void
every_failed_call_is_down(void **state)
{
    long  n;

    (void) state;
    for (n = 0; n < 100; n++) {
        fixture_renew(&fx);
        fault_store_at(n);
        if (typical_work() == AB_OK) {
            break;
        }
        CHECK_ROW(n, fx.c.f.code == AB_E_STORE_DOWN && fault_was_hit());
    }
    fault_store_at(-1);
    CHECK_ROW(n, n == 3);
}


static void
every_failed_allocation_is_reported(void **state)
{
    long         n;
    bool         hit = true;
    enum ab_err  e;

    (void) state;
    for (n = 0; hit && n < 1000; n++) {
        fixture_renew(&fx);
        fault_alloc_at(n);
        e = typical_work();
        hit = fault_was_hit();
        fault_alloc_at(-1);
        CHECK_ROW(n, hit ? e == AB_E_NOMEM || e == AB_E_INTERNAL : e == AB_OK);
        CHECK_ROW(n, !hit || fx.c.f.code == AB_E_NOMEM);
    }
    assert_true(n > 1 && n < 1000);
}


static void
an_absent_redis_is_down_at_once(void **state)
{
    struct store_conf   conf = { strdup("redis://127.0.0.1:1"), &fx.keyring };
    struct store       *mine = fx.c.store;
    static const char  *urls[] = {
        "unix:/nonexistent/redis.sock", "redis://127.0.0.1:1",
        "redis://localhost:1", "redis://[::1]:1",
        "redis://no-such-host.invalid",
    };
    struct ab_slice     got;
    size_t              i;

    (void) state;
    for (i = 0; i < ROWS(urls); i++) {
        fixture_renew(&fx);
        free(conf.url);
        conf.url = strdup(urls[i]);
        fx.c.store = store_new(&conf);
        CHECK_ROW(i, store_get(&fx.c, KEY(SESSION_X, "x"), &got)
                     == AB_E_STORE_DOWN);
        store_free(fx.c.store);
    }
    fixture_renew(&fx);
    free(conf.url);
    conf.url = strdup("rediss://127.0.0.1");
    fx.c.store = store_new(&conf);
    assert_int_equal(store_get(&fx.c, KEY(SESSION_X, "x"), &got),
                     AB_E_OPTION);
    assert_non_null(strstr(fx.c.f.detail, "hiredis 1.0"));
    store_free(fx.c.store);
    free(conf.url);
    fx.c.store = mine;
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
        TEST("T-SE8: values with NUL, CRLF, % come back as they were",
             values_come_back_as_they_were),
        TEST("an absent value is no fault", absent_is_no_fault),
        TEST("a value is won and taken once", taking_happens_once),
        TEST("hashes are read in parts and whole",
             hashes_are_read_in_parts_and_whole),
        TEST("a lifetime is kept", a_lifetime_is_kept),
        TEST("a wrong type is a reply error, the connection stays",
             a_wrong_type_is_a_reply_error),
        TEST("an empty key is refused", an_empty_key_is_refused),
        TEST("T-SE1: sealed values differ, and open only in their place",
             sealed_values_open_only_in_their_place),
        TEST("the check at start passes and measures the clock",
             the_check_at_start_passes_and_measures),
        TEST("another key file is refused", another_key_file_is_refused),
        TEST("a Redis that evicts is refused, one that forgets is warned of",
             a_redis_that_evicts_is_refused),
        TEST("data of a newer version is refused", a_newer_schema_is_refused),
        TEST("silence ends at the deadline, or after two seconds",
             silence_ends_at_the_deadline_or_after_two_seconds),
        TEST("T-SE13: a late reply is not taken for the next question's",
             a_late_reply_is_nobodys),
        TEST("a killed Redis is down at once, and back with its data",
             a_killed_redis_is_down_then_back_with_its_data),
        TEST("T-SE7: every failed store call is an error",
             every_failed_call_is_down),
        TEST("every failed allocation is an error",
             every_failed_allocation_is_reported),
        TEST("an absent Redis is down at once; rediss:// says why it cannot",
             an_absent_redis_is_down_at_once),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
