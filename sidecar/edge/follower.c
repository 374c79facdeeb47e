/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * follower.c - reads the stream of ends and tells the loop.
 *
 * A read that succeeds confirms the position, also when nothing came: that
 * is the lease every verdict in every worker lives on. A read that fails
 * stops the confirmations and nothing else. A stream whose last id is behind
 * what was seen lost entries (failover, restored file): everybody starts
 * anew.
 */
#include "edge_int.h"

#include "base/clock.h"
#include "base/log.h"
#include "model/entity.h"
#include "model/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BATCH          1000
#define BLOCK_MS       1000
#define PAUSE_US       200000
#define PENDING_MAX    256
#define PENDING_MS     1000     /* an `ending` without its mark */
#define TRIM_EVERY_MS  600000
#define ROUND_MS       5000     /* deadline of one round, its wait included */
#define ROUND_ARENA    (16 * 1024 * 1024)

/* An `ending` whose mark has not come yet: a copy on the heap. */
struct pending {
    struct mark   mark;
    char         *text;
    int64_t       seen_ms;
};

struct follower {
    struct edge     *edge;
    struct store    *store;
    char             position[POSITION_MAX];    /* last entry read */
    char             last_mark[POSITION_MAX];
    struct pending   pending[PENDING_MAX];
    size_t           n_pending;
    bool             is_connected;
    bool             is_started;
    bool             is_torn;       /* something could not be told: RESET due */
    bool             facts_due;
    int64_t          asked_s;       /* the last read began */
    int64_t          trimmed_ms;
};


/* ---- telling the loop --------------------------------------------------- */

struct mark_task {
    struct edge_task  task;
    struct mark       mark;
    char              previous[POSITION_MAX];
    char              text[];
};


static void
run_mark(struct edge *e, struct edge_task *t)
{
    struct mark_task  *m = (struct mark_task *) t;

    push_mark(e, &m->mark, m->previous);
    free(m);
}


static struct ab_slice
move_text(char **at, struct ab_slice s)
{
    struct ab_slice  copy = { *at, s.len };

    if (s.len > 0) {
        memcpy(*at, s.p, s.len);
    }
    *at += s.len;
    return copy;
}


static size_t
mark_text_len(const struct mark *m)
{
    return m->realm_id.len + m->id.len + m->client.len + m->sid.len
           + m->position.len;
}


/* A copy of m whose texts lie behind each other at `mem`. */
static struct mark
mark_copy(const struct mark *m, char *mem)
{
    struct mark  copy = *m;

    copy.realm_id = move_text(&mem, m->realm_id);
    copy.id = move_text(&mem, m->id);
    copy.client = move_text(&mem, m->client);
    copy.sid = move_text(&mem, m->sid);
    copy.position = move_text(&mem, m->position);
    return copy;
}


static void
tell_mark(struct follower *f, const struct mark *m)
{
    struct mark_task  *t = malloc(sizeof(*t) + mark_text_len(m));

    if (t == NULL) {
        /* A mark that cannot be told must not be outlived by a lease. */
        f->is_torn = true;
        f->is_connected = false;
        return;
    }
    t->task.run = run_mark;
    t->mark = mark_copy(m, t->text);
    memcpy(t->previous, f->last_mark, POSITION_MAX);
    snprintf(f->last_mark, POSITION_MAX, "%.*s", (int) m->position.len,
             m->position.p);
    edge_post(f->edge, &t->task);
}


struct position_task {
    struct edge_task  task;
    char              position[POSITION_MAX];
    int64_t           time;
};


static void
run_position(struct edge *e, struct edge_task *t)
{
    struct position_task  *p = (struct position_task *) t;

    memcpy(e->position, p->position, POSITION_MAX);
    push_position(e, p->time);
    free(p);
}


static void
run_reset(struct edge *e, struct edge_task *t)
{
    struct position_task  *p = (struct position_task *) t;

    push_reset(e, p->position);
    free(p);
}


/*
 * When was it so? A process that was stopped reads old answers, and an old
 * answer must begin no new lease: it is not younger than its question and
 * the wait in it.
 */
static int64_t
confirmed_s(const struct follower *f)
{
    int64_t  now = clock_now_s(), limit = f->asked_s + BLOCK_MS / 1000;

    return now < limit ? now : limit;
}


static bool
tell_position(struct follower *f, void (*run)(struct edge *e,
    struct edge_task *t))
{
    struct position_task  *p = calloc(1, sizeof(*p));

    if (p == NULL) {
        return false;
    }
    p->task.run = run;
    p->time = confirmed_s(f);
    memcpy(p->position, f->position, POSITION_MAX);
    edge_post(f->edge, &p->task);
    return true;
}


/* Everybody starts anew from here. */
static void
tell_reset(struct follower *f)
{
    memcpy(f->last_mark, f->position, POSITION_MAX);
    entity_drop(f->edge->conf.app->cache, NULL);
    f->facts_due = true;
    f->is_torn = !tell_position(f, run_reset);
    f->is_connected = f->is_connected && !f->is_torn;
}


struct facts_task {
    struct edge_task   task;
    struct facts      *facts;
};


static void
run_facts(struct edge *e, struct edge_task *t)
{
    struct facts_task  *p = (struct facts_task *) t;

    facts_free(e->facts);
    e->facts = p->facts;
    push_facts(e);
    free(p);
}


static enum ab_err
tell_facts(struct follower *f, struct ctx *c)
{
    struct facts_task  *p = calloc(1, sizeof(*p));
    enum ab_err         e = p == NULL ? ctx_nomem(c)
                                      : facts_build(c, &p->facts);

    if (e != AB_OK) {
        free(p);
        return e;
    }
    p->task.run = run_facts;
    edge_post(f->edge, &p->task);
    return AB_OK;
}


/* Position and freshness for status pages; wakes edge_start() once. */
static void
confirm(struct follower *f, bool is_confirmed)
{
    struct edge  *e = f->edge;

    pthread_mutex_lock(&e->lock);
    e->status.is_confirmed = is_confirmed;
    if (is_confirmed) {
        e->confirmed_ms = clock_mono_ms();
        memcpy(e->status.position, f->position, POSITION_MAX);
        e->is_caught_up = true;
        pthread_cond_signal(&e->caught_up);
    }
    pthread_mutex_unlock(&e->lock);
}


/* ---- endings without a mark --------------------------------------------- */

static void
pending_drop(struct follower *f, size_t i)
{
    free(f->pending[i].text);
    f->pending[i] = f->pending[--f->n_pending];
}


static bool
same_end(const struct mark *a, const struct mark *b)
{
    return a->kind == b->kind && ab_slice_eq(a->realm_id, b->realm_id)
           && ab_slice_eq(a->id, b->id) && ab_slice_eq(a->client, b->client);
}


static void
pending_add(struct follower *f, const struct mark *m)
{
    struct pending  *p = &f->pending[f->n_pending];

    if (f->n_pending == PENDING_MAX) {
        log_event(AB_LOG_WARN, "endings_pending", NULL);
        return;
    }
    p->text = malloc(mark_text_len(m) + 1);
    if (p->text == NULL) {
        return;
    }
    p->mark = mark_copy(m, p->text);
    p->seen_ms = clock_mono_ms();
    f->n_pending++;
}


static void
pending_done(struct follower *f, const struct mark *m)
{
    size_t  i;

    for (i = f->n_pending; i > 0; i--) {
        if (same_end(&f->pending[i - 1].mark, m)) {
            pending_drop(f, i - 1);
        }
    }
}


/* Whoever began that end did not finish it: do it here. Idempotent, so all
 * daemons may. */
static void
pending_finish(struct follower *f, struct ctx *c)
{
    int64_t      now = clock_mono_ms();
    size_t       i;
    enum ab_err  e;

    for (i = f->n_pending; i > 0; i--) {
        if (now - f->pending[i - 1].seen_ms < PENDING_MS) {
            continue;
        }
        e = session_end_finish(c, &f->pending[i - 1].mark);
        if (e != AB_OK) {
            log_fail("end_unfinished", &c->f, NULL);
            fail_clear(&c->f);
        }
        if (ab_err_row(e)->status < 500) {      /* done, or malformed */
            pending_drop(f, i - 1);
        }
    }
}


/* ---- reading ------------------------------------------------------------ */

static void
follow_mark(struct follower *f, const struct mark *m)
{
    char  *realm;

    if (m->is_ending) {
        pending_add(f, m);
        return;
    }
    pending_done(f, m);
    if (m->kind == AB_MARK_REALM_EPOCH || m->kind == AB_MARK_CLIENT
        || m->kind == AB_MARK_REALM)
    {
        realm = strndup(m->realm_id.p, m->realm_id.len);
        if (f->edge->conf.app->cache != NULL) {
            entity_drop(f->edge->conf.app->cache, realm);
        }
        free(realm);
        f->facts_due = true;
    }
    tell_mark(f, m);
}


/* An entry that cannot be read, a newer daemon's for instance, ends one
 * cannot tell what. */
static enum ab_err
read_batch(struct follower *f, struct ctx *c, int64_t block_ms,
    size_t *ret_n)
{
    struct stream_entry  *entries;
    struct mark           m;
    size_t                i;
    enum ab_err           e;

    f->asked_s = clock_now_s();
    e = stream_read(c, ab_slice_str(f->position), BATCH, block_ms, &entries,
                    ret_n);
    for (i = 0; e == AB_OK && i < *ret_n; i++) {
        snprintf(f->position, POSITION_MAX, "%.*s", (int) entries[i].id.len,
                 entries[i].id.p);
        if (mark_read(&entries[i], &m) == AB_OK) {
            follow_mark(f, &m);
        } else {
            log_event(AB_LOG_WARN, "stream_entry_unknown", "sid",
                      f->position, NULL);
            tell_reset(f);
        }
    }
    return e;
}


/* First thing on a connection: is the stream still the one we know, and was
 * all of it told. */
static enum ab_err
check_stream(struct follower *f, struct ctx *c)
{
    struct ab_slice  last;
    enum ab_err      e = stream_last(c, &last);

    if (e != AB_OK) {
        return e;
    }
    f->is_connected = true;
    if (ab_position_cmp(last, ab_slice_str(f->position)) < 0) {
        log_event(AB_LOG_WARN, "stream_went_back", "sseen", f->position,
                  NULL);
        snprintf(f->position, POSITION_MAX, "%.*s", (int) last.len, last.p);
        f->is_torn = true;
    }
    if (f->is_torn) {
        tell_reset(f);
    }
    return f->is_connected ? AB_OK : AB_E_NOMEM;
}


static void
trim(struct follower *f, struct ctx *c)
{
    int64_t  now = clock_mono_ms();

    if (now - f->trimmed_ms < TRIM_EVERY_MS) {
        return;
    }
    f->trimmed_ms = now;
    if (stream_trim(c, (int64_t) AB_MARK_KEEP_S * 1000) != AB_OK) {
        fail_clear(&c->f);
    }
}


/* One batch. Nothing is confirmed before the last one (*ret_more). */
static enum ab_err
round_of(struct follower *f, struct ctx *c, bool *ret_more)
{
    size_t        n = 0;
    enum ab_err   e = f->is_connected ? AB_OK : check_stream(f, c);

    if (e == AB_OK) {
        e = read_batch(f, c, f->is_started ? BLOCK_MS : 0, &n);
    }
    *ret_more = n == BATCH;
    if (e != AB_OK || *ret_more) {
        return e;
    }
    if (f->facts_due) {
        e = tell_facts(f, c);
        f->facts_due = e != AB_OK;
    }
    if (e == AB_OK) {
        pending_finish(f, c);
        trim(f, c);
    }
    return f->is_connected ? e : AB_E_STORE_DOWN;
}


static void
round_done(struct follower *f)
{
    f->is_started = true;
    (void) tell_position(f, run_position);
    confirm(f, true);
}


static void
round_failed(struct follower *f, const struct fail *why)
{
    if (f->is_connected || !f->is_started) {
        log_fail("follower", why, NULL);
    }
    f->is_connected = false;
    confirm(f, false);
    usleep(PAUSE_US);
}


static void
one_round(struct follower *f)
{
    struct ctx   c = { .store = f->store };
    bool         more = false;
    enum ab_err  e = AB_E_NOMEM;

    c.a = arena_new(ROUND_ARENA);
    c.app = f->edge->conf.app;
    c.base = c.app->base_url;
    c.deadline_ms = clock_mono_ms() + ROUND_MS;
    if (c.a != NULL) {
        e = round_of(f, &c, &more);
    }
    if (e != AB_OK) {
        round_failed(f, &c.f);
    } else if (!more) {
        round_done(f);
    }
    arena_free(c.a);
}


void *
follower_main(void *arg)
{
    struct follower  *f = calloc(1, sizeof(*f));

    if (f == NULL) {
        return NULL;
    }
    f->edge = arg;
    f->facts_due = true;
    f->store = store_new(f->edge->conf.store);
    snprintf(f->position, POSITION_MAX, "0-0");
    snprintf(f->last_mark, POSITION_MAX, "0-0");
    while (f->store != NULL && !f->edge->is_stopping) {
        one_round(f);
    }
    while (f->n_pending > 0) {
        pending_drop(f, 0);
    }
    store_free(f->store);
    free(f);
    return NULL;
}
