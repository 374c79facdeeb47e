/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * job.c - a question that may block, on its way through the pool.
 */
#include "job.h"

#include "base/clock.h"
#include "base/log.h"
#include "model/realm.h"

#include <stdio.h>
#include <stdlib.h>

#define ARENA_MAX  (8 * 1024 * 1024)


static void
job_free(struct edge_job *j)
{
    ab_buf_clear(&j->out);
    free((void *) (uintptr_t) j->payload.p);
    free(j);
}


static const uint8_t *
job_key(const struct edge_job *j)
{
    return (const uint8_t *) ab_wire_get(j->payload, AB_TAG_KEY).p;
}


/* Back on the loop: the worker may be gone, then nobody waits. */
static void
job_done(struct edge *e, struct edge_task *t)
{
    struct edge_job   *j = (struct edge_job *) t;
    struct edge_conn  *conn = conn_find(e, j->serial);

    if (conn != NULL && j->finish != NULL) {
        j->finish(j, conn);
    }
    answer_send(e, j->serial, j->type, j->id, j->err, job_key(j),
                j->position, ab_buf_slice(&j->out));
    job_free(j);
}


static void
job_log(const struct edge_job *j, const struct fail *f)
{
    static const char  *names[] = {
#define AB_MSG(name, number, dir)  [number] = #name,
#include "ab_wire.def"
#undef AB_MSG
    };

    log_fail("edge_refused", f, "squestion", names[j->type], NULL);
}


static void
job_run(void *arg, void *own)
{
    struct edge_job  *j = arg;
    struct ctx        c = { .store = own };

    c.a = own == NULL ? NULL : arena_new(ARENA_MAX);
    c.app = j->edge->conf.app;
    c.base = c.app->base_url;
    c.deadline_ms = clock_mono_ms() + j->timeout_ms;
    j->err = c.a == NULL ? AB_E_NOMEM : j->run(&c, j);
    if (j->err != AB_OK) {
        ab_buf_reset(&j->out);
        c.f.code = j->err;
        job_log(j, &c.f);
    } else if (j->out.failed) {
        ab_buf_reset(&j->out);
        j->err = AB_E_TOO_LARGE;
    }
    arena_free(c.a);
    edge_post(j->edge, &j->task);
}


static struct edge_job *
job_new(const struct ab_frame *frame)
{
    struct edge_job  *j = calloc(1, sizeof(*j));
    char             *copy = malloc(frame->payload.len + 1);

    if (j == NULL || copy == NULL) {
        free(j);
        free(copy);
        return NULL;
    }
    if (frame->payload.len > 0) {
        memcpy(copy, frame->payload.p, frame->payload.len);
    }
    j->payload = ab_slice(copy, frame->payload.len);
    ab_buf_init(&j->out, AB_MAX_FRAME_DOWN - 4096);
    j->task.run = job_done;
    j->type = frame->type;
    j->id = frame->id;
    return j;
}


void
job_start(struct edge_conn *conn, const struct ab_frame *frame,
    enum ab_err (*run)(struct ctx *c, struct edge_job *j),
    void (*finish)(struct edge_job *j, struct edge_conn *conn),
    int64_t timeout_ms)
{
    struct edge      *e = conn->edge;
    struct edge_job  *j = job_new(frame);

    if (j != NULL) {
        j->edge = e;
        j->serial = conn->serial;
        j->run = run;
        j->finish = finish;
        j->timeout_ms = timeout_ms;
        snprintf(j->position, POSITION_MAX, "%s", e->position);
        if (pool_run(e->pool, job_run, j) == AB_OK) {
            return;
        }
        job_free(j);
    }
    answer_send(e, conn->serial, frame->type, frame->id, AB_E_BUSY,
                (const uint8_t *) ab_wire_get(frame->payload, AB_TAG_KEY).p,
                e->position, ab_slice(NULL, 0));
}


const char *
job_text(struct ctx *c, const struct edge_job *j, enum ab_wire_tag tag)
{
    struct ab_slice  v = ab_wire_get(j->payload, tag);

    return v.p == NULL || ab_slice_find(v, '\0') < v.len
           ? NULL : arena_dup(c->a, v);
}


enum ab_err
job_realm(struct ctx *c, const struct edge_job *j,
    const struct realm **ret_realm)
{
    const char    *id = job_text(c, j, AB_TAG_REALM_ID);
    enum ab_err    e;

    if (id == NULL) {
        return ctx_fail(c, AB_E_FORMAT, "no REALM_ID");
    }
    e = realm_by_id(c, id, ret_realm);
    if (e == AB_OK && !(*ret_realm)->enabled) {
        return ctx_fail(c, AB_E_REALM_DISABLED, "realm %s", id);
    }
    return e;
}
