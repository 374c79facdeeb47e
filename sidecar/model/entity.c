/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * entity.c - cached documents of a realm: immutable, counted, dropped when
 * the follower says so.
 *
 * `lock` guards the table, the list and the counters of generations; the
 * count of users of an object is atomic, so that a request lets go without
 * it. A load notes the generation of its realm first and is kept only if no
 * drop came meanwhile. Two requests that miss at once both load: the second
 * finds the first one's object in place and keeps its own to itself.
 */
#include "entity.h"

#include "app.h"
#include "scratch.h"

#include "base/fault.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

#define BUCKETS  4096           /* powers of two, both */
#define REALMS   256

struct entry {
    struct entry     *chain;            /* same bucket */
    struct entry     *newer, *older;    /* by last use */
    atomic_size_t     users;            /* requests, and the table */
    enum entity_kind  kind;
    uint32_t          hash;
    void             *object;
    void            (*free_fn)(void *);
    const char       *name;             /* inside key, behind its NUL */
    char              key[];            /* realm id */
};

struct entity_cache {
    pthread_mutex_t   lock;
    struct entry     *bucket[BUCKETS];
    struct entry     *newest, *oldest;
    size_t            n, max;
    /* Realms are counted by hash: a drop of one may cost another a load. */
    uint64_t          generation[REALMS];
};

/* Where the parts of an object live. */
struct object_head {
    struct arena  *a;
    _Alignas(max_align_t) char  object[];
};


struct entity_cache *
entity_cache_new(size_t max_entries)
{
    struct entity_cache  *e = calloc(1, sizeof(*e));

    if (e == NULL) {
        return NULL;
    }
    e->max = max_entries == 0 ? 1 : max_entries;
    if (pthread_mutex_init(&e->lock, NULL) != 0) {
        free(e);
        return NULL;
    }
    return e;
}


void *
entity_object_new(size_t size, struct arena **ret_a)
{
    struct arena        *a = arena_new(SCRATCH_MAX);
    struct object_head  *h;

    h = a == NULL ? NULL : arena_alloc(a, sizeof(*h) + size);
    if (h == NULL) {
        arena_free(a);
        return NULL;
    }
    h->a = a;
    *ret_a = a;
    return h->object;
}


void
entity_object_free(void *object)
{
    struct object_head  *h;

    if (object != NULL) {
        h = (struct object_head *) ((char *) object
                                    - offsetof(struct object_head, object));
        arena_free(h->a);
    }
}


/* FNV-1a: keys come from documents and addresses, the table is bounded. */
static uint32_t
hash_text(uint32_t h, const char *s)
{
    for (; *s != '\0'; s++) {
        h = (h ^ (unsigned char) *s) * 16777619u;
    }
    return (h ^ 0xffu) * 16777619u;
}


static uint32_t
hash_key(enum entity_kind kind, const char *realm_id, const char *name)
{
    return hash_text(hash_text(2166136261u ^ (uint32_t) kind, realm_id),
                     name);
}


static uint64_t *
generation_of(struct entity_cache *e, const char *realm_id)
{
    return &e->generation[hash_text(2166136261u, realm_id) & (REALMS - 1)];
}


static struct entry *
entry_new(enum entity_kind kind, const char *realm_id, const char *name)
{
    size_t         r = strlen(realm_id) + 1, n = strlen(name) + 1;
    struct entry  *t = fault_malloc(sizeof(*t) + r + n);

    if (t != NULL) {
        *t = (struct entry) { .kind = kind, .name = t->key + r,
                              .hash = hash_key(kind, realm_id, name) };
        atomic_init(&t->users, 1);
        memcpy(t->key, realm_id, r);
        memcpy(t->key + r, name, n);
    }
    return t;
}


static void
entry_unref(void *arg)
{
    struct entry  *t = arg;

    if (t != NULL && atomic_fetch_sub(&t->users, 1) == 1) {
        if (t->free_fn != NULL && t->object != NULL) {
            t->free_fn(t->object);
        }
        free(t);
    }
}


/* ---- under the lock ------------------------------------------------------ */

static void
list_add(struct entity_cache *e, struct entry *t)
{
    t->newer = NULL;
    t->older = e->newest;
    if (e->newest != NULL) {
        e->newest->newer = t;
    }
    e->newest = t;
    if (e->oldest == NULL) {
        e->oldest = t;
    }
}


static void
list_cut(struct entity_cache *e, struct entry *t)
{
    *(t->newer != NULL ? &t->newer->older : &e->newest) = t->older;
    *(t->older != NULL ? &t->older->newer : &e->oldest) = t->newer;
}


static struct entry *
table_find(struct entity_cache *e, const struct entry *key)
{
    struct entry  *t = e->bucket[key->hash & (BUCKETS - 1)];

    while (t != NULL
           && (t->hash != key->hash || t->kind != key->kind
               || strcmp(t->key, key->key) != 0
               || strcmp(t->name, key->name) != 0))
    {
        t = t->chain;
    }
    return t;
}


/* Out of the table; the caller lets go of the table's reference. */
static void
table_cut(struct entity_cache *e, struct entry *t)
{
    struct entry  **at = &e->bucket[t->hash & (BUCKETS - 1)];

    while (*at != t) {
        at = &(*at)->chain;
    }
    *at = t->chain;
    list_cut(e, t);
    e->n--;
}


static void
table_add(struct entity_cache *e, struct entry *t)
{
    struct entry  **at = &e->bucket[t->hash & (BUCKETS - 1)];

    t->chain = *at;
    *at = t;
    list_add(e, t);
    e->n++;
}


/* ---- get and drop -------------------------------------------------------- */

/* A referenced entry, or NULL and the generation before the load. */
static struct entry *
cache_take(struct entity_cache *e, const struct entry *key,
    uint64_t *ret_generation)
{
    struct entry  *t;

    pthread_mutex_lock(&e->lock);
    t = table_find(e, key);
    if (t != NULL) {
        atomic_fetch_add(&t->users, 1);
        list_cut(e, t);
        list_add(e, t);
    }
    *ret_generation = *generation_of(e, key->key);
    pthread_mutex_unlock(&e->lock);
    return t;
}


/* Keep a loaded entry unless a drop or another load came first. */
static void
cache_keep(struct entity_cache *e, struct entry *t, uint64_t generation)
{
    struct entry  *old = NULL;

    pthread_mutex_lock(&e->lock);
    if (*generation_of(e, t->key) == generation && table_find(e, t) == NULL) {
        atomic_fetch_add(&t->users, 1);
        table_add(e, t);
        if (e->n > e->max) {
            old = e->oldest;
            table_cut(e, old);
        }
    }
    pthread_mutex_unlock(&e->lock);
    entry_unref(old);
}


/* Fill t from the store. */
static enum ab_err
entry_load(struct ctx *c, struct entry *t,
    enum ab_err (*load)(struct ctx *, const char *, const char *, void **),
    void (*free_fn)(void *))
{
    struct ctx   s;
    enum ab_err  e = scratch_open(c, &s);

    if (e != AB_OK) {
        return e;
    }
    e = load(&s, t->key, t->name, &t->object);
    t->free_fn = free_fn;
    if (e != AB_OK) {
        t->object = NULL;
    }
    return scratch_close(c, &s, e);
}


enum ab_err
entity_get(struct ctx *c, enum entity_kind kind, const char *realm_id,
    const char *name,
    enum ab_err (*load)(struct ctx *c, const char *realm_id,
                        const char *name, void **ret_object),
    void (*free_fn)(void *object), const void **ret_object)
{
    struct entity_cache  *cache = c->app == NULL ? NULL : c->app->cache;
    struct entry         *t = entry_new(kind, realm_id, name), *found;
    uint64_t              generation = 0;
    enum ab_err           e;

    if (t == NULL) {
        return ctx_nomem(c);
    }
    found = cache == NULL ? NULL : cache_take(cache, t, &generation);
    if (found != NULL) {
        entry_unref(t);
        t = found;
    } else {
        e = entry_load(c, t, load, free_fn);
        if (e != AB_OK) {
            entry_unref(t);
            return e;
        }
        if (cache != NULL) {
            cache_keep(cache, t, generation);
        }
    }
    if (!arena_own(c->a, t, entry_unref)) {
        return ctx_nomem(c);
    }
    *ret_object = t->object;
    return AB_OK;
}


static bool
is_dropped(const struct entry *t, const char *realm_id)
{
    return realm_id == NULL || t->key[0] == '\0'
           || strcmp(t->key, realm_id) == 0;
}


void
entity_drop(struct entity_cache *e, const char *realm_id)
{
    struct entry  *t, *older, *gone = NULL;
    size_t         i;

    pthread_mutex_lock(&e->lock);
    for (i = 0; i < REALMS; i++) {
        e->generation[i] += realm_id == NULL;
    }
    (*generation_of(e, ""))++;
    (*generation_of(e, realm_id == NULL ? "" : realm_id))++;
    for (t = e->newest; t != NULL; t = older) {
        older = t->older;
        if (is_dropped(t, realm_id)) {
            table_cut(e, t);
            t->chain = gone;
            gone = t;
        }
    }
    pthread_mutex_unlock(&e->lock);
    for (t = gone; t != NULL; t = older) {
        older = t->chain;
        entry_unref(t);
    }
}


void
entity_cache_free(struct entity_cache *e)
{
    if (e == NULL) {
        return;
    }
    entity_drop(e, NULL);
    pthread_mutex_destroy(&e->lock);
    free(e);
}
