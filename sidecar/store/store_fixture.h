/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store_fixture.h - a real private Redis in a folder of its own, for tests
 * of this room and those above.
 *
 *   struct store_fixture fx;
 *   fixture_start(&fx);             then fx.c is ready for store calls
 *   fixture_renew(&fx);             fresh arena, no fault, 10 s
 *   fixture_stop(&fx);
 */
#ifndef STORE_STORE_FIXTURE_H
#define STORE_STORE_FIXTURE_H

#include "base/clock.h"
#include "base/random.h"
#include "store/private_redis.h"
#include "store/store.h"

#include "test_rows.h"

#include <ftw.h>
#include <signal.h>
#include <unistd.h>

#define FIXTURE_ARENA  (64 * 1024 * 1024)
#define FIXTURE_MS     10000

struct store_fixture {
    char                    dir[64];
    struct private_redis   *redis;
    struct keyring          keyring;
    struct store_conf       conf;
    struct ctx              c;
};


static inline int
fixture_remove(const char *path, const struct stat *st, int type,
    struct FTW *at)
{
    (void) st;
    (void) type;
    (void) at;
    return remove(path);
}


static inline void
fixture_renew(struct store_fixture *fx)
{
    arena_free(fx->c.a);
    fx->c.a = arena_new(FIXTURE_ARENA);
    assert_non_null(fx->c.a);
    fail_clear(&fx->c.f);
    fx->c.deadline_ms = clock_mono_ms() + FIXTURE_MS;
}


static inline void
fixture_folder(struct store_fixture *fx)
{
    *fx = (struct store_fixture) { .dir = "/tmp/ab-test-XXXXXX" };
    assert_non_null(mkdtemp(fx->dir));
    signal(SIGPIPE, SIG_IGN);
}


static inline void
fixture_start(struct store_fixture *fx)
{
    struct fail  f = { .code = AB_OK };
    char         path[128];

    fixture_folder(fx);
    snprintf(path, sizeof(path), "%s/keys", fx->dir);
    if (keyring_load(&f, path, &fx->keyring) != AB_OK
        || private_redis_start(&f, fx->dir, "everysec", &fx->redis) != AB_OK)
    {
        fail_msg("fixture: %s", f.detail);
    }
    fx->conf.url = strdup(private_redis_url(fx->redis));
    fx->conf.keyring = &fx->keyring;
    fx->c.store = store_new(&fx->conf);
    assert_non_null(fx->conf.url);
    assert_non_null(fx->c.store);
    fixture_renew(fx);
}


static inline void
fixture_stop(struct store_fixture *fx)
{
    store_free(fx->c.store);
    private_redis_stop(fx->redis);
    arena_free(fx->c.a);
    keyring_clear(&fx->keyring);
    free(fx->conf.url);
    nftw(fx->dir, fixture_remove, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
