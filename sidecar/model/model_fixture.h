/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * model_fixture.h - a real Redis, a cache and one imported realm, for tests
 * of this room.
 */
#ifndef MODEL_MODEL_FIXTURE_H
#define MODEL_MODEL_FIXTURE_H

#include "store/store_fixture.h"

#include "app.h"
#include "client.h"
#include "entity.h"
#include "import.h"

struct model_fixture {
    struct store_fixture   fx;
    struct app             app;
    struct ctx            *c;       /* fx.c */
};


static inline void
model_start(struct model_fixture *m)
{
    fixture_start(&m->fx);
    m->app = (struct app) { .base_url = "http://id.localhost:8080",
                            .has_hostname = true,
                            .keyring = &m->fx.keyring };
    m->app.cache = entity_cache_new(1000);
    assert_non_null(m->app.cache);
    m->c = &m->fx.c;
    m->c->app = &m->app;
    m->c->base = m->app.base_url;
}


/* Fresh arena; `ms` until the deadline. */
static inline void
model_renew(struct model_fixture *m, int64_t ms)
{
    fixture_renew(&m->fx);
    m->c->deadline_ms = clock_mono_ms() + ms;
}


static inline void
model_stop(struct model_fixture *m)
{
    arena_free(m->c->a);
    m->c->a = NULL;
    entity_cache_free(m->app.cache);
    fixture_stop(&m->fx);
}


/* Import a realm given as text; it must work. */
static inline const struct realm *
model_import(struct model_fixture *m, const char *text)
{
    struct import_result  r;
    const struct realm   *realm = NULL;

    model_renew(m, 60000);
    if (import_realm(m->c, "test.json", ab_slice_str(text), &r) != AB_OK
        || realm_by_name(m->c, r.realm, &realm) != AB_OK)
    {
        fail_msg("import: %s", m->c->f.detail);
    }
    return realm;
}

#endif
