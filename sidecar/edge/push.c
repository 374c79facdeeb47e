/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * push.c - what the daemon tells all workers unasked, and what it keeps of
 * it for workers that come back.
 */
#include "edge_int.h"

#include "base/log.h"
#include "base/metric.h"

#include <stdio.h>
#include <stdlib.h>

#define PAYLOAD_MAX  1024
/* Beside a catalogue and keys of full size (facts.c) in one frame. */
#define SINCE_MAX    (AB_MAX_FRAME_DOWN / 8)


void
push_all(struct edge *e, uint16_t type, struct ab_slice payload)
{
    struct edge_conn  *conn;

    TAILQ_FOREACH(conn, &e->conns, link) {
        if (conn->is_greeted) {
            conn_send(conn, type, 0, payload);
        }
    }
}


void
push_position(struct edge *e, int64_t time)
{
    struct ab_buf  b;
    char           mem[PAYLOAD_MAX];

    e->position_s = time;
    ab_buf_init_fixed(&b, mem, sizeof(mem));
    ab_wire_add(&b, AB_TAG_POSITION, ab_slice_str(e->position));
    ab_wire_add_u64(&b, AB_TAG_TIME, (uint64_t) e->position_s);
    push_all(e, AB_MSG_POSITION, ab_buf_slice(&b));
}


void
push_facts(struct edge *e)
{
    push_all(e, AB_MSG_CATALOG, ab_buf_slice(&e->facts->catalog));
    push_all(e, AB_MSG_KEYS, ab_buf_slice(&e->facts->keys));
}


static struct kept_mark *
mark_at(const struct edge *e, size_t i)
{
    return &e->marks[(e->marks_first + i) % e->marks_cap];
}


static void
drop_oldest(struct edge *e)
{
    struct kept_mark  *m = mark_at(e, 0);

    memcpy(e->marks_before, m->position, POSITION_MAX);
    free(m->payload);
    m->payload = NULL;
    e->marks_first = (e->marks_first + 1) % e->marks_cap;
    e->marks_n--;
}


/* Twice the room; the ring starts at 0 again. */
static bool
grow(struct edge *e)
{
    size_t             i, cap = e->marks_cap == 0 ? 64 : e->marks_cap * 2;
    struct kept_mark  *more = calloc(cap, sizeof(*more));

    if (more == NULL) {
        return false;
    }
    for (i = 0; i < e->marks_n; i++) {
        more[i] = *mark_at(e, i);
    }
    free(e->marks);
    e->marks = more;
    e->marks_cap = cap;
    e->marks_first = 0;
    return true;
}


/* A mark that cannot be kept makes all older ones useless too: whoever comes
 * back from before it starts anew. */
static void
keep(struct edge *e, const char *position, int64_t time,
    struct ab_slice payload)
{
    struct kept_mark  *m;
    char              *copy = malloc(payload.len);

    while (e->marks_n > 0 && (e->marks_n >= AB_MAX_MARKS_N
           || mark_at(e, 0)->time < time - AB_MARK_KEEP_S))
    {
        drop_oldest(e);
    }
    if (copy == NULL || (e->marks_n == e->marks_cap && !grow(e))) {
        free(copy);
        while (e->marks_n > 0) {
            drop_oldest(e);
        }
        snprintf(e->marks_before, POSITION_MAX, "%s", position);
        return;
    }
    memcpy(copy, payload.p, payload.len);
    e->marks_n++;
    m = mark_at(e, e->marks_n - 1);
    m->payload = copy;
    m->len = payload.len;
    m->time = time;
    snprintf(m->position, POSITION_MAX, "%s", position);
}


void
push_mark(struct edge *e, const struct mark *m, const char *previous)
{
    struct ab_buf  b;
    char           mem[PAYLOAD_MAX];

    ab_buf_init_fixed(&b, mem, sizeof(mem));
    ab_wire_add(&b, AB_TAG_POSITION, m->position);
    ab_wire_add(&b, AB_TAG_PREVIOUS, ab_slice_str(previous));
    ab_wire_add_u64(&b, AB_TAG_MARK_KIND, m->kind);
    ab_wire_add(&b, AB_TAG_MARK_REALM, m->realm_id);
    ab_wire_add(&b, AB_TAG_MARK_ID, m->id);
    ab_wire_add(&b, AB_TAG_MARK_CLIENT, m->client);
    ab_wire_add_u64(&b, AB_TAG_TIME, (uint64_t) m->time);
    if (b.failed || m->position.len >= POSITION_MAX) {
        log_event(AB_LOG_ERROR, "edge_mark_too_large", NULL);
        push_reset(e, previous);
        return;
    }
    metric_add(METRIC_MARKS, 1);
    snprintf(e->position, POSITION_MAX, "%.*s", (int) m->position.len,
             m->position.p);
    keep(e, e->position, m->time, ab_buf_slice(&b));
    push_all(e, AB_MSG_MARK, ab_buf_slice(&b));
}


void
push_reset(struct edge *e, const char *position)
{
    struct ab_buf  b;
    char           mem[PAYLOAD_MAX];

    while (e->marks_n > 0) {
        drop_oldest(e);
    }
    snprintf(e->marks_before, POSITION_MAX, "%s", position);
    snprintf(e->position, POSITION_MAX, "%s", position);
    e->position_s = 0;
    ab_buf_init_fixed(&b, mem, sizeof(mem));
    ab_wire_add(&b, AB_TAG_POSITION, ab_slice_str(position));
    push_all(e, AB_MSG_RESET, ab_buf_slice(&b));
}


/* The first kept mark after `position`; they are in order. */
static size_t
first_after(const struct edge *e, struct ab_slice position)
{
    size_t  i = e->marks_n;

    while (i > 0 && ab_position_cmp(ab_slice_str(mark_at(e, i - 1)->position),
                                    position) > 0)
    {
        i--;
    }
    return i;
}


bool
push_since(struct edge *e, struct ab_slice position, struct ab_buf *out)
{
    size_t  i, first, size = 0;

    if (ab_position_cmp(position, ab_slice_str(e->marks_before)) < 0
        || ab_position_cmp(position, ab_slice_str(e->position)) > 0)
    {
        return false;
    }
    first = first_after(e, position);
    for (i = first; i < e->marks_n; i++) {
        size += AB_WIRE_FIELD + mark_at(e, i)->len;
    }
    if (size > SINCE_MAX) {
        return false;           /* more than a frame holds */
    }
    for (i = first; i < e->marks_n; i++) {
        ab_wire_add(out, AB_TAG_MARK_ENTRY, ab_slice(mark_at(e, i)->payload,
                                                     mark_at(e, i)->len));
    }
    return true;
}
