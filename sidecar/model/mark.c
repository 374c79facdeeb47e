/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mark.c - entries of the stream of ends, written and read.
 */
#include "mark.h"
#include "session.h"
#include "step.h"

#include "ab_limits.h"
#include "ab_time.h"
#include "base/clock.h"
#include "store/keys.h"

#define MARK_PAIRS_MAX  7

static enum ab_err append(struct ctx *c, const struct mark *m, bool is_ending,
    struct ab_slice *ret_position);
static bool read_time(const struct stream_entry *e, struct mark *m);
static struct ab_slice field(const struct stream_entry *e, const char *name);
static enum ab_err tell_sessions(struct ctx *c, const char *user_id,
    uint64_t version);


enum ab_err
mark_ending(struct ctx *c, const struct mark *m)
{
    struct ab_slice  position;

    return append(c, m, true, &position);
}


enum ab_err
mark_append(struct ctx *c, const struct mark *m,
    struct ab_slice *ret_position)
{
    struct ab_slice  position;
    enum ab_err      e = append(c, m, false, &position);

    if (e == AB_OK) {
        e = step_wait(c, key0(c, KEY_REV));
    }
    if (e == AB_OK && ret_position != NULL) {
        *ret_position = position;
    }
    return e;
}


static void
add(struct ab_slice *pairs, size_t *n, const char *name, struct ab_slice v)
{
    if (v.len > 0) {
        pairs[2 * *n] = ab_slice_str(name);
        pairs[2 * *n + 1] = v;
        *n += 1;
    }
}


static enum ab_err
append(struct ctx *c, const struct mark *m, bool is_ending,
    struct ab_slice *ret_position)
{
    struct ab_slice   pairs[2 * MARK_PAIRS_MAX];
    const char       *kind, *time;
    size_t            n = 0;

    kind = arena_printf(c->a, "%d", (int) m->kind);
    time = arena_printf(c->a, "%lld", (long long) m->time);
    if (kind == NULL || time == NULL) {
        return ctx_nomem(c);
    }
    add(pairs, &n, "what", is_ending ? AB_S("ending") : AB_S("mark"));
    add(pairs, &n, "kind", ab_slice_str(kind));
    add(pairs, &n, "realm", m->realm_id);
    add(pairs, &n, "id", m->id);
    add(pairs, &n, "client", m->client);
    add(pairs, &n, "sid", m->sid);
    add(pairs, &n, "time", m->time == 0 ? AB_S("") : ab_slice_str(time));
    return stream_append(c, pairs, n, ret_position);
}


enum ab_err
mark_read(const struct stream_entry *e, struct mark *ret_m)
{
    struct ab_slice  what = field(e, "what");
    struct mark      m = {
        .is_ending = ab_slice_eq_str(what, "ending"),
        .realm_id = field(e, "realm"), .id = field(e, "id"),
        .client = field(e, "client"), .sid = field(e, "sid"),
        .position = e->id,
    };
    uint64_t         kind;

    if (!m.is_ending && !ab_slice_eq_str(what, "mark")) {
        return AB_E_FORMAT;
    }
    if (ab_parse_u64(field(e, "kind"), &kind) != AB_OK
        || kind < AB_MARK_SID || kind > AB_MARK_REALM_EPOCH
        || m.realm_id.len == 0 || !read_time(e, &m))
    {
        return AB_E_FORMAT;
    }
    m.kind = (enum ab_mark_kind) kind;
    *ret_m = m;
    return AB_OK;
}


/* Where an entry names no time its own id does: "ms-seq" of the append. */
static bool
read_time(const struct stream_entry *e, struct mark *m)
{
    struct ab_slice  text = field(e, "time");
    uint64_t         ms;

    if (text.len > 0) {
        return ab_parse_i64(text, &m->time) == AB_OK;
    }
    if (ab_parse_u64(ab_slice(e->id.p, ab_slice_find(e->id, '-')), &ms)
        != AB_OK)
    {
        return false;
    }
    m->time = (int64_t) (ms / 1000);
    return true;
}


static struct ab_slice
field(const struct stream_entry *e, const char *name)
{
    size_t  i;

    for (i = 0; i < e->n; i++) {
        if (ab_slice_eq_str(e->pairs[2 * i], name)) {
            return e->pairs[2 * i + 1];
        }
    }
    return (struct ab_slice) { NULL, 0 };
}


enum ab_err
mark_user_epoch(struct ctx *c, const char *realm_id, const char *user_id,
    uint64_t version)
{
    struct mark  m = {
        .kind = AB_MARK_USER_EPOCH, .realm_id = ab_slice_str(realm_id),
        .id = ab_slice_str(user_id),
    };
    enum ab_err  e = tell_sessions(c, user_id, version);

    return e == AB_OK ? mark_append(c, &m, NULL) : e;
}


/* The stream forgets, so each session must know by itself that what was
 * built from an older version is stale. */
static enum ab_err
tell_sessions(struct ctx *c, const char *user_id, uint64_t version)
{
    struct ab_slice   argv[] = {
        AB_S("ZRANGE"), key1(c, KEY_USER_SESSIONS, user_id), AB_S("0"),
        AB_S("-1")
    };
    struct reply     *r;
    size_t            i;
    enum ab_err       e = store_call(c, 1, argv, 4, &r);

    if (e == AB_OK && r->type != REPLY_LIST) {
        e = ctx_fail(c, AB_E_STORE_REPLY, "sessions of a user: no list");
    }
    for (i = 0; e == AB_OK && i < r->n; i++) {
        e = session_user_version(c, r->list[i].s.p, version);
    }
    return e;
}


enum ab_err
mark_realm_epoch(struct ctx *c, const char *realm_id)
{
    struct mark  m = {
        .kind = AB_MARK_REALM_EPOCH, .realm_id = ab_slice_str(realm_id),
    };

    return mark_append(c, &m, NULL);
}
