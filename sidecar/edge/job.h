/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * job.h - a question that may block, on its way through the pool.
 */
#ifndef EDGE_JOB_H
#define EDGE_JOB_H

#include "edge_int.h"
#include "model/realm.h"

/* Written by the loop, then owned by one pool thread, then by the loop. */
struct edge_job {
    struct edge_task   task;
    struct edge       *edge;
    uint64_t           serial, id;
    uint16_t           type;
    char               position[POSITION_MAX];  /* before anything was read */
    struct ab_slice    payload;         /* a copy, checked */
    struct ab_buf      out;             /* fields of the answer */
    enum ab_err        err;
    enum ab_err      (*run)(struct ctx *c, struct edge_job *j);
    /* On the loop, before the answer goes out; may add to it. NULL: none. */
    void             (*finish)(struct edge_job *j, struct edge_conn *conn);
    int64_t            timeout_ms;
};

/* Queue it; on failure the answer is BUSY. */
void job_start(struct edge_conn *conn, const struct ab_frame *frame,
    enum ab_err (*run)(struct ctx *c, struct edge_job *j),
    void (*finish)(struct edge_job *j, struct edge_conn *conn),
    int64_t timeout_ms);

/* Text of a field as a C string in c; NULL when absent or with a NUL. */
const char *job_text(struct ctx *c, const struct edge_job *j,
    enum ab_wire_tag tag);
/* The realm that REALM_ID names. */
enum ab_err job_realm(struct ctx *c, const struct edge_job *j,
    const struct realm **ret_realm);

/* Handlers, one file each. */
enum ab_err hello_run(struct ctx *c, struct edge_job *j);
void hello_finish(struct edge_job *j, struct edge_conn *conn);
enum ab_err login_complete_run(struct ctx *c, struct edge_job *j);
enum ab_err session_end_run(struct ctx *c, struct edge_job *j);
enum ab_err token_check_run(struct ctx *c, struct edge_job *j);
enum ab_err touch_run(struct ctx *c, struct edge_job *j);
/* SESSION_GET whose stored identity is older than an epoch. */
enum ab_err rebuild_run(struct ctx *c, struct edge_job *j);

#endif
