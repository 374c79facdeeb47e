/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * answer.c - from a worker's question to its answer.
 *
 * SESSION_GET is answered on the loop itself: one HMGET, no thread. The
 * others are jobs. The position that goes with an answer is the one known
 * before Redis was asked: a mark that comes later is newer than the answer,
 * and the worker sees that.
 */
#include "job.h"

#include "ab_identity.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "model/session.h"
#include "store/keys.h"

#include <stdio.h>
#include <stdlib.h>

#define LOOKUP_ARENA  (16 * 1024)

/*
 * type     question
 * metric   counted for each
 * needs    tags that must be there (0 ends)
 * run      NULL: answered by look_up()
 * ms       how long it may take in the pool
 */
static const struct question {
    enum ab_wire_msg     type;
    enum metric          metric;
    enum ab_wire_tag     needs[6];
    enum ab_err        (*run)(struct ctx *c, struct edge_job *j);
    void               (*finish)(struct edge_job *j, struct edge_conn *conn);
    int64_t              ms;
} questions[] = {
    { AB_MSG_HELLO,          METRIC_EDGE_CONNECTIONS, { 0 },
      hello_run, hello_finish, AB_ASK_TIMEOUT_MS },
    { AB_MSG_SESSION_GET,    METRIC_EDGE_SESSION_GET,
      { AB_TAG_KEY, AB_TAG_SID, AB_TAG_REALM_ID, 0 }, NULL, NULL, 0 },
    { AB_MSG_TOKEN_CHECK,    METRIC_EDGE_TOKEN_CHECK,
      { AB_TAG_KEY, AB_TAG_REALM_ID, AB_TAG_SUB, 0 }, token_check_run, NULL,
      AB_ASK_TIMEOUT_MS },
    { AB_MSG_LOGIN_COMPLETE, METRIC_EDGE_LOGIN,
      { AB_TAG_KEY, AB_TAG_REALM_ID, AB_TAG_CLIENT, AB_TAG_ORIGIN,
        AB_TAG_CODE, AB_TAG_VERIFIER }, login_complete_run, NULL,
      AB_LOGIN_TIMEOUT_MS },
    { AB_MSG_SESSION_END,    METRIC_EDGE_LOGOUT,
      { AB_TAG_KEY, AB_TAG_SID, AB_TAG_REALM_ID, 0 }, session_end_run, NULL,
      AB_ASK_TIMEOUT_MS },
    { AB_MSG_TOUCH,          METRIC_EDGE_SESSION_GET,
      { AB_TAG_KEY, AB_TAG_SID, AB_TAG_REALM_ID, 0 }, touch_run, NULL,
      AB_ASK_TIMEOUT_MS },
};


void
answer_send(struct edge *e, uint64_t serial, uint16_t type, uint64_t id,
    enum ab_err status, const uint8_t *key, const char *position,
    struct ab_slice fields)
{
    struct edge_conn  *conn = conn_find(e, serial);
    struct ab_buf      b;

    if (conn == NULL) {
        return;
    }
    ab_buf_init(&b, AB_MAX_FRAME_DOWN);
    ab_wire_add_u64(&b, AB_TAG_STATUS, status);
    if (key != NULL) {
        ab_wire_add(&b, AB_TAG_KEY, ab_slice(key, AB_SHA256_LEN));
    }
    ab_wire_add(&b, AB_TAG_POSITION, ab_slice_str(position));
    ab_buf_add(&b, fields);
    if (b.failed) {
        log_event(AB_LOG_ERROR, "edge_answer_lost", NULL);
    } else {
        conn_send(conn, type | AB_WIRE_ANSWER, id, ab_buf_slice(&b));
    }
    ab_buf_clear(&b);
}


/* A SESSION_GET between its HMGET and the reply; the frame is kept whole for
 * the job that rebuilds an outdated identity. */
struct lookup {
    struct edge      *edge;
    uint64_t          serial;
    struct ab_frame   frame;            /* payload is a copy */
    char              position[POSITION_MAX];
};


static void
lookup_free(struct lookup *l)
{
    free((void *) (uintptr_t) l->frame.payload.p);
    free(l);
}


static const uint8_t *
lookup_key(const struct lookup *l)
{
    return (const uint8_t *) ab_wire_get(l->frame.payload, AB_TAG_KEY).p;
}


/* Built before a role, a group or a flag changed. */
static bool
is_outdated(const struct edge *e, const struct ab_identity *id,
    uint64_t user_version)
{
    return id->user_version < user_version
           || id->realm_epoch < facts_epoch(e->facts, id->realm_id);
}


static enum ab_err
verdict(struct lookup *l, const struct reply *reply,
    struct ab_slice *ret_identity, uint64_t *ret_expiry, bool *ret_outdated)
{
    struct ab_identity  id;
    uint64_t            version;
    enum ab_err         e;

    if (reply->type != REPLY_LIST || reply->n != 3) {
        return AB_E_STORE_REPLY;
    }
    e = session_edge_verdict(reply->list[0].s, reply->list[1].s,
                             reply->list[2].s, lookup_key(l), clock_now_s(),
                             ret_identity, ret_expiry, &version);
    if (e != AB_OK) {
        return e;
    }
    if (ab_identity_read(*ret_identity, &id) != AB_OK
        || !ab_slice_eq(id.realm_id, ab_wire_get(l->frame.payload,
                                                 AB_TAG_REALM_ID))
        || !ab_slice_eq(id.sid, ab_wire_get(l->frame.payload, AB_TAG_SID)))
    {
        return AB_E_EDGE_MISMATCH;
    }
    *ret_outdated = is_outdated(l->edge, &id, version);
    return AB_OK;
}


static void
send_identity(struct lookup *l, struct ab_slice identity, uint64_t expiry)
{
    struct ab_buf  b;

    ab_buf_init(&b, AB_MAX_IDENTITY + 256);
    ab_wire_add_u64(&b, AB_TAG_EXPIRY, expiry);
    ab_wire_add(&b, AB_TAG_IDENTITY, identity);
    answer_send(l->edge, l->serial, l->frame.type, l->frame.id,
                b.failed ? AB_E_NOMEM : AB_OK, lookup_key(l), l->position,
                ab_buf_slice(&b));
    ab_buf_clear(&b);
}


static void
looked_up(void *arg, enum ab_err e, const struct reply *reply)
{
    struct lookup     *l = arg;
    struct edge_conn  *conn = conn_find(l->edge, l->serial);
    struct ab_slice    identity = { NULL, 0 };
    uint64_t           expiry = 0;
    bool               outdated = false;

    if (e == AB_OK) {
        e = verdict(l, reply, &identity, &expiry, &outdated);
    }
    if (e != AB_OK) {
        answer_send(l->edge, l->serial, l->frame.type, l->frame.id, e,
                    lookup_key(l), l->position, ab_slice(NULL, 0));
    } else if (outdated && conn != NULL) {
        job_start(conn, &l->frame, rebuild_run, NULL, AB_ASK_TIMEOUT_MS);
    } else {
        send_identity(l, identity, expiry);
    }
    lookup_free(l);
}


static enum ab_err
ask_store(struct lookup *l, struct ctx *c)
{
    const char       *sid;
    struct ab_slice   argv[5];

    sid = arena_dup(c->a, ab_wire_get(l->frame.payload, AB_TAG_SID));
    argv[0] = AB_S("HMGET");
    argv[1] = sid == NULL ? ab_slice(NULL, 0) : key1(c, KEY_SESSION, sid);
    argv[2] = AB_S("live");
    argv[3] = AB_S("tomb");
    argv[4] = session_edge_field(c, lookup_key(l));
    if (argv[1].len == 0 || argv[4].len == 0) {
        return c->f.code == AB_OK ? AB_E_NOMEM : AB_E_SESSION_UNKNOWN;
    }
    return store_async_call(l->edge->store, 1, argv, 5, looked_up, l);
}


static struct lookup *
lookup_new(struct edge_conn *conn, const struct ab_frame *frame)
{
    struct lookup  *l = calloc(1, sizeof(*l));
    char           *copy = malloc(frame->payload.len + 1);

    if (l == NULL || copy == NULL) {
        free(l);
        free(copy);
        return NULL;
    }
    memcpy(copy, frame->payload.p, frame->payload.len);
    l->edge = conn->edge;
    l->serial = conn->serial;
    l->frame = *frame;
    l->frame.payload.p = copy;
    memcpy(l->position, conn->edge->position, POSITION_MAX);
    return l;
}


static void
look_up(struct edge_conn *conn, const struct ab_frame *frame)
{
    struct ctx      c = { .a = arena_new(LOOKUP_ARENA) };
    struct lookup  *l = lookup_new(conn, frame);
    enum ab_err     e = AB_E_NOMEM;

    if (l != NULL && c.a != NULL) {
        e = ask_store(l, &c);
    }
    if (e != AB_OK) {
        answer_send(conn->edge, conn->serial, frame->type, frame->id, e,
                    (const uint8_t *) ab_wire_get(frame->payload,
                                                  AB_TAG_KEY).p,
                    conn->edge->position, ab_slice(NULL, 0));
    }
    if (e != AB_OK && l != NULL) {
        lookup_free(l);
    }
    arena_free(c.a);
}


static bool
has_all(const struct question *q, struct ab_slice payload)
{
    size_t  i;

    for (i = 0; i < sizeof(q->needs) / sizeof(q->needs[0])
         && q->needs[i] != 0; i++)
    {
        if (ab_wire_get(payload, q->needs[i]).p == NULL) {
            return false;
        }
    }
    return true;
}


bool
answer_question(struct edge_conn *conn, const struct ab_frame *frame)
{
    const struct question  *q;
    size_t                  i;

    for (i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
        q = &questions[i];
        if (q->type != frame->type) {
            continue;
        }
        if (!has_all(q, frame->payload)) {
            return false;
        }
        if (q->metric != METRIC_EDGE_CONNECTIONS) {
            metric_add(q->metric, 1);
        }
        if (q->run == NULL) {
            look_up(conn, frame);
        } else {
            job_start(conn, frame, q->run, q->finish, q->ms);
        }
        return true;
    }
    return false;
}
