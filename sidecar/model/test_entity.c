/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_entity.c - the cache of documents, without a store.
 */
#include "entity.h"

#include "app.h"

#include "base/clock.h"

#include "test_rows.h"

#include <pthread.h>
#include <stdatomic.h>

static struct entity_cache  *cache;
static struct app            app;
static atomic_int            loads, frees;
static enum ab_err           load_result;
static const char           *drop_while_loading;


static enum ab_err
load(struct ctx *c, const char *realm_id, const char *name, void **ret_object)
{
    struct arena  *a;
    char         **text;

    atomic_fetch_add(&loads, 1);
    if (drop_while_loading != NULL) {
        entity_drop(cache, drop_while_loading);
    }
    if (load_result != AB_OK) {
        return ctx_fail(c, load_result, "wanted");
    }
    text = entity_object_new(sizeof(*text), &a);
    assert_non_null(text);
    *text = arena_printf(a, "%s/%s", realm_id, name);
    *ret_object = text;
    return AB_OK;
}


static void
count_free(void *object)
{
    atomic_fetch_add(&frees, 1);
    entity_object_free(object);
}


static const char *
get(struct ctx *c, enum entity_kind kind, const char *realm, const char *name)
{
    const void  *o = NULL;

    if (entity_get(c, kind, realm, name, load, count_free, &o) != AB_OK) {
        return NULL;
    }
    return *(char *const *) o;
}


static struct ctx
request(void)
{
    return (struct ctx) { .a = arena_new(1024 * 1024), .app = &app };
}


static int
start(void **state)
{
    (void) state;
    cache = entity_cache_new(4);
    app.cache = cache;
    loads = frees = 0;
    load_result = AB_OK;
    drop_while_loading = NULL;
    return cache == NULL;
}


static int
stop(void **state)
{
    (void) state;
    entity_cache_free(cache);
    assert_int_equal(loads, frees + (load_result != AB_OK));
    return 0;
}


static void
test_hit(void **state)
{
    struct ctx   c = request(), d = request();
    const char  *text = get(&c, ENTITY_CLIENT, "r", "n");

    (void) state;
    assert_string_equal(text, "r/n");
    assert_ptr_equal(get(&d, ENTITY_CLIENT, "r", "n"), text);
    assert_int_equal(loads, 1);
    /* another kind, realm or name is another thing; "r/n" + "" too */
    get(&c, ENTITY_IDP, "r", "n");
    get(&c, ENTITY_CLIENT, "rn", "");
    assert_int_equal(loads, 3);
    arena_free(c.a);
    arena_free(d.a);
}


/* What a request holds outlives the drop. */
static void
test_pinned(void **state)
{
    struct ctx   c = request(), d = request();
    const char  *text = get(&c, ENTITY_CLIENT, "r", "n");

    (void) state;
    entity_drop(cache, "r");
    assert_string_equal(text, "r/n");
    assert_int_equal(frees, 0);
    get(&d, ENTITY_CLIENT, "r", "n");
    assert_int_equal(loads, 2);
    arena_free(c.a);
    assert_int_equal(frees, 1);
    arena_free(d.a);
}


static void
test_drop_by_realm(void **state)
{
    struct ctx  c = request();

    (void) state;
    get(&c, ENTITY_CLIENT, "r1", "n");
    get(&c, ENTITY_CLIENT, "r2", "n");
    get(&c, ENTITY_REALM_NAME, "", "one");
    entity_drop(cache, "r1");
    get(&c, ENTITY_CLIENT, "r2", "n");
    assert_int_equal(loads, 3);
    get(&c, ENTITY_CLIENT, "r1", "n");
    get(&c, ENTITY_REALM_NAME, "", "one");
    assert_int_equal(loads, 5);
    entity_drop(cache, NULL);
    get(&c, ENTITY_CLIENT, "r2", "n");
    assert_int_equal(loads, 6);
    arena_free(c.a);
}


/* A load that raced with a drop serves its request, and nobody after it. */
static const struct race_row {
    const char  *dropped;
    int          loads;         /* after the second get */
} race_rows[] = { { "r", 2 }, { NULL, 1 }, { "other", 1 } };


static void
test_race(void **state)
{
    struct ctx  c;
    size_t      i;

    (void) state;
    for (i = 0; i < ROWS(race_rows); i++) {
        entity_drop(cache, NULL);
        loads = frees = 0;
        c = request();
        drop_while_loading = race_rows[i].dropped;
        CHECK_ROW(i, get(&c, ENTITY_CLIENT, "r", "n") != NULL);
        drop_while_loading = NULL;
        CHECK_ROW(i, get(&c, ENTITY_CLIENT, "r", "n") != NULL);
        CHECK_ROW(i, loads == race_rows[i].loads);
        arena_free(c.a);
    }
}


static void
test_bound(void **state)
{
    struct ctx  c = request();
    char        name[8];
    int         i;

    (void) state;
    for (i = 0; i < 10; i++) {
        snprintf(name, sizeof(name), "%d", i);
        get(&c, ENTITY_CLIENT, "r", name);
        get(&c, ENTITY_CLIENT, "r", "0");       /* used all the time: stays */
    }
    assert_int_equal(loads, 10);
    arena_free(c.a);
    assert_int_equal(frees, 6);
    c = request();
    get(&c, ENTITY_CLIENT, "r", "0");
    get(&c, ENTITY_CLIENT, "r", "9");
    assert_int_equal(loads, 10);
    get(&c, ENTITY_CLIENT, "r", "5");
    assert_int_equal(loads, 11);
    arena_free(c.a);
}


static void
test_error(void **state)
{
    struct ctx   c = request();
    const void  *o;

    (void) state;
    load_result = AB_E_STORE_DOWN;
    assert_int_equal(entity_get(&c, ENTITY_CLIENT, "r", "n", load, count_free,
                                &o), AB_E_STORE_DOWN);
    assert_string_equal(c.f.detail, "wanted");
    load_result = AB_OK;
    fail_clear(&c.f);
    assert_non_null(get(&c, ENTITY_CLIENT, "r", "n"));
    assert_int_equal(loads, 2);
    loads = 1;                  /* the failed one made nothing to free */
    arena_free(c.a);
}


static void
test_without_cache(void **state)
{
    struct ctx  c = request();

    (void) state;
    c.app = NULL;
    get(&c, ENTITY_CLIENT, "r", "n");
    get(&c, ENTITY_CLIENT, "r", "n");
    assert_int_equal(loads, 2);
    arena_free(c.a);
    assert_int_equal(frees, 2);
}


static void *
hammer(void *arg)
{
    struct ctx  c;
    char        name[8];
    int         i;

    for (i = 0; i < 3000; i++) {
        c = request();
        snprintf(name, sizeof(name), "%d", i % 7);
        if (get(&c, ENTITY_CLIENT, "r", name) == NULL) {
            *(bool *) arg = false;
        }
        if (i % 50 == 0) {
            entity_drop(cache, i % 100 == 0 ? "r" : NULL);
        }
        arena_free(c.a);
    }
    return NULL;
}


static void
test_threads(void **state)
{
    pthread_t  t[8];
    bool       ok[8];
    int        i;

    (void) state;
    for (i = 0; i < 8; i++) {
        ok[i] = true;
        assert_int_equal(pthread_create(&t[i], NULL, hammer, &ok[i]), 0);
    }
    for (i = 0; i < 8; i++) {
        pthread_join(t[i], NULL);
        CHECK_ROW(i, ok[i]);
    }
}


#define CASE(title, function)  { title, function, start, stop, NULL }

int
main(void)
{
    const struct CMUnitTest  tests[] = {
        CASE("a second request gets the same object", test_hit),
        CASE("an object lives as long as a request holds it", test_pinned),
        CASE("a drop takes one realm's, and all names of realms",
             test_drop_by_realm),
        CASE("a load that raced with a drop is not kept", test_race),
        CASE("the least recently used goes when it is full", test_bound),
        CASE("an error is passed on and not kept", test_error),
        CASE("without a cache each request loads", test_without_cache),
        CASE("eight threads and drops end with nothing lost", test_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
