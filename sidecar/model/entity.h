/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * entity.h - cached documents of a realm: immutable, counted, dropped when
 * the follower says so.
 *
 * A document found through the cache stays valid as long as the ctx that
 * asked for it. One lock, never held across I/O. A load that raced with a
 * drop is not kept.
 */
#ifndef MODEL_ENTITY_H
#define MODEL_ENTITY_H

#include "base/ctx.h"

struct entity_cache;

enum entity_kind {
    ENTITY_REALM_NAME, ENTITY_REALM, ENTITY_CLIENT, ENTITY_CLIENT_BY,
    ENTITY_IDP, ENTITY_IDP_BY, ENTITY_IDPS_SHOWN, ENTITY_ROLES,
    ENTITY_GROUPS, ENTITY_FLOWS, ENTITY_SCOPES, ENTITY_ACTIONS,
    ENTITY_KEYS, ENTITY_IDP_MAPPERS
};

struct entity_cache *entity_cache_new(size_t max_entries);
void entity_cache_free(struct entity_cache *e);

/*
 * Get (kind, realm id, name). On a miss load() makes the object from the
 * store (blocking; its ctx has an arena of its own that goes when it
 * returns); free_fn frees it when nobody uses it any more. The object is
 * pinned to c. A load error is passed on and not cached. realm_id "" is for
 * what stands above realms. Without a cache in c->app each call loads.
 */
enum ab_err entity_get(struct ctx *c, enum entity_kind kind,
    const char *realm_id, const char *name,
    enum ab_err (*load)(struct ctx *c, const char *realm_id,
                        const char *name, void **ret_object),
    void (*free_fn)(void *object), const void **ret_object);

/* For load(): zeroed memory of an object whose parts live in *ret_a, its own
 * arena; entity_object_free() frees both (give it as free_fn). NULL: no
 * memory. */
void *entity_object_new(size_t size, struct arena **ret_a);
void entity_object_free(void *object);

/* Everything of a realm id; NULL: everything. Names of realms (entries
 * without a realm id) go with any of them. */
void entity_drop(struct entity_cache *e, const char *realm_id);

#endif
