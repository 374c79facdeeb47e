/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fetch.c - a provider's published documents, fetched once for all who wait.
 *
 * The bucket is kept as one number, the time at which it is full again: a
 * fetch moves it ten seconds on and is allowed while it is at most two such
 * steps ahead of now.
 */
#include "fetch.h"

#include "base/clock.h"

#include <stdlib.h>
#include <time.h>

#define BUCKET_N       3
#define BUCKET_MS      10000
#define RETRY_STALE_MS 60000    /* a stale document is tried again after */

/* A document somebody's ctx holds on to. */
struct pin {
    struct provider_state  *st;
    struct doc             *doc;
};

static enum ab_err get_locked(struct ctx *c, struct provider_state *st,
    const struct fetch *spec, uint64_t newer_than);
static bool slot_serves(const struct doc_slot *s, const struct fetch *spec,
    uint64_t newer_than);
static bool slot_has(const struct doc_slot *s, const char *url);
static bool bucket_take(struct doc_slot *s);
static enum ab_err fetch_once(struct ctx *c, struct provider_state *st,
    struct doc_slot *s, const struct fetch *spec);
static enum ab_err fetch_call(struct ctx *c, const struct fetch *spec,
    struct doc **ret_doc);
static enum ab_err slot_put(struct doc_slot *s, const char *url,
    struct doc *doc);
static enum ab_err wait_for(struct ctx *c, struct provider_state *st,
    struct doc_slot *s);
static enum ab_err pin_doc(struct ctx *c, struct provider_state *st,
    struct doc *doc);
static void unpin(void *ptr);


enum ab_err
fetch_get(struct ctx *c, struct provider_state *st, const struct fetch *spec,
    uint64_t newer_than, const void **ret_object, uint64_t *ret_generation)
{
    struct doc_slot  *s = &st->slots[spec->kind];
    struct doc       *doc = NULL;
    uint64_t          generation = 0;
    enum ab_err       err;

    pthread_mutex_lock(&st->lock);
    err = get_locked(c, st, spec, newer_than);
    if (err != AB_OK && newer_than == 0 && slot_has(s, spec->url)) {
        fail_clear(&c->f);              /* the old one serves on */
        s->retry_ms = clock_mono_ms() + RETRY_STALE_MS;
        err = AB_OK;
    }
    if (err == AB_OK) {
        doc = s->doc;
        doc->refs++;
        generation = s->generation;
    }
    pthread_mutex_unlock(&st->lock);
    if (err == AB_OK) {
        err = pin_doc(c, st, doc);
    }
    if (err == AB_OK) {
        *ret_object = doc->object;
        *ret_generation = generation;
    }
    return err;
}


/* Until the slot serves, by waiting for others or fetching ourselves. The
 * lock is held on entry and exit. */
static enum ab_err
get_locked(struct ctx *c, struct provider_state *st,
    const struct fetch *spec, uint64_t newer_than)
{
    struct doc_slot  *s = &st->slots[spec->kind];
    enum ab_err       err = AB_OK;

    while (err == AB_OK && !slot_serves(s, spec, newer_than)) {
        if (s->is_fetching) {
            err = wait_for(c, st, s);
        } else if (bucket_take(s)) {
            err = fetch_once(c, st, s, spec);
        } else if (s->last != AB_OK) {
            err = ctx_fail(c, s->last, "not fetched again so soon");
        } else {
            err = ctx_fail(c, AB_E_IDP_BUSY, "fetched too often lately");
        }
    }
    return err;
}


static bool
slot_serves(const struct doc_slot *s, const struct fetch *spec,
    uint64_t newer_than)
{
    int64_t  now = clock_mono_ms();

    if (!slot_has(s, spec->url)) {
        return false;
    }
    if (newer_than != 0) {
        return s->generation > newer_than;
    }
    return now - s->fetched_ms < spec->max_age_ms || now < s->retry_ms;
}


/* A changed configuration makes another document of it. */
static bool
slot_has(const struct doc_slot *s, const char *url)
{
    return s->doc != NULL && strcmp(s->url, url) == 0;
}


static bool
bucket_take(struct doc_slot *s)
{
    int64_t  now = clock_mono_ms();
    int64_t  full = s->bucket_ms > now ? s->bucket_ms : now;

    if (full - now > (BUCKET_N - 1) * BUCKET_MS) {
        return false;
    }
    s->bucket_ms = full + BUCKET_MS;
    return true;
}


/* The lock is let go while the provider is asked. */
static enum ab_err
fetch_once(struct ctx *c, struct provider_state *st, struct doc_slot *s,
    const struct fetch *spec)
{
    struct doc   *doc = NULL;
    enum ab_err   err;

    s->is_fetching = true;
    pthread_mutex_unlock(&st->lock);
    err = fetch_call(c, spec, &doc);
    pthread_mutex_lock(&st->lock);
    s->is_fetching = false;
    if (err == AB_OK && slot_put(s, spec->url, doc) != AB_OK) {
        provider_state_doc_unref(doc);
        err = ctx_nomem(c);
    }
    s->last = err;
    s->tries++;
    pthread_cond_broadcast(&st->fetched);
    return err;
}


static enum ab_err
fetch_call(struct ctx *c, const struct fetch *spec, struct doc **ret_doc)
{
    const struct http_header   accept = { "Accept", "application/json" };
    const struct http_request  req = {
        .method = "GET", .url = spec->url, .headers = &accept,
        .n_headers = 1, .reply_max = spec->reply_max, .ssl = spec->ssl,
    };
    struct http_reply  reply;
    struct doc        *doc;
    enum ab_err        err = http_call(c, &req, &reply);

    if (err != AB_OK) {
        return err;
    }
    if (reply.status != 200) {
        return ctx_fail(c, AB_E_IDP_REPLY, "status %d from %.200s",
                        reply.status, spec->url);
    }
    doc = calloc(1, sizeof(*doc));
    if (doc == NULL) {
        return ctx_nomem(c);
    }
    err = spec->parse(c, spec, reply.body, &doc->object);
    if (err != AB_OK) {
        free(doc);
        return err;
    }
    doc->refs = 1;
    doc->free_fn = spec->free_fn;
    *ret_doc = doc;
    return AB_OK;
}


/* Takes doc on success. */
static enum ab_err
slot_put(struct doc_slot *s, const char *url, struct doc *doc)
{
    char  *copy = strdup(url);

    if (copy == NULL) {
        return AB_E_NOMEM;
    }
    provider_state_doc_unref(s->doc);
    free(s->url);
    s->url = copy;
    s->doc = doc;
    s->generation++;
    s->fetched_ms = clock_mono_ms();
    s->retry_ms = 0;
    return AB_OK;
}


/* Until the fetch under way ended: its failure is ours too, so that a
 * provider that is down is asked once and not once a login. */
static enum ab_err
wait_for(struct ctx *c, struct provider_state *st, struct doc_slot *s)
{
    uint64_t         before = s->tries;
    struct timespec  until = {
        .tv_sec = c->deadline_ms / 1000,
        .tv_nsec = c->deadline_ms % 1000 * 1000000,
    };
    int              rc = 0;

    while (s->tries == before && rc == 0) {
        rc = pthread_cond_timedwait(&st->fetched, &st->lock, &until);
    }
    if (s->tries == before) {
        return ctx_fail(c, AB_E_IDP_TIMEOUT, "waited for another's fetch");
    }
    return s->last == AB_OK ? AB_OK
                            : ctx_fail(c, s->last, "another's fetch failed");
}


static enum ab_err
pin_doc(struct ctx *c, struct provider_state *st, struct doc *doc)
{
    struct pin  *pin = arena_alloc(c->a, sizeof(*pin));

    if (pin == NULL) {
        pthread_mutex_lock(&st->lock);
        provider_state_doc_unref(doc);
        pthread_mutex_unlock(&st->lock);
        return ctx_nomem(c);
    }
    pin->st = st;
    pin->doc = doc;
    return arena_own(c->a, pin, unpin) ? AB_OK : ctx_nomem(c);
}


/* Clean-ups run newest first: the state, pinned before, is still there. */
static void
unpin(void *ptr)
{
    struct pin              *pin = ptr;
    struct provider_state   *st = pin->st;

    pthread_mutex_lock(&st->lock);
    provider_state_doc_unref(pin->doc);
    pthread_mutex_unlock(&st->lock);
}
