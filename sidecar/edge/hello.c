/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hello.c - the first question of a worker.
 */
#include "job.h"

#include "model/client.h"

#include <stdio.h>


/* Why a server of the worker could not sign anybody in; NULL: it could. */
static enum ab_err
why_missing(struct ctx *c, struct ab_slice server, const char **ret_why)
{
    const struct realm   *realm;
    const struct client  *client;
    const char           *name, *id, *uri;
    struct ab_slice       origin = ab_wire_get(server, AB_TAG_ORIGIN);
    enum ab_err           e;

    name = arena_dup(c->a, ab_wire_get(server, AB_TAG_REALM));
    id = arena_dup(c->a, ab_wire_get(server, AB_TAG_CLIENT));
    uri = arena_printf(c->a, "%.*s/.auth/callback", (int) origin.len,
                       origin.p);
    if (name == NULL || id == NULL || uri == NULL) {
        return ctx_nomem(c);
    }
    *ret_why = "no such realm";
    e = realm_by_name(c, name, &realm);
    if (e == AB_OK && *id != '\0') {
        *ret_why = "no such client";
        e = client_by_client_id(c, realm, id, &client);
        if (e == AB_OK) {
            *ret_why = "its redirect URIs lack ORIGIN/.auth/callback";
            e = client_redirect_ok(client, uri);
        }
    }
    if (e == AB_OK) {
        *ret_why = NULL;
    }
    if (e == AB_E_REALM_ABSENT || e == AB_E_CLIENT_ABSENT
        || e == AB_E_REDIRECT_URI)
    {
        fail_clear(&c->f);
        e = AB_OK;
    }
    return e;
}


static void
add_missing(struct ab_buf *out, struct ab_slice server, const char *why)
{
    size_t  at = ab_wire_nest(out, AB_TAG_MISSING);

    ab_wire_add(out, AB_TAG_REALM, ab_wire_get(server, AB_TAG_REALM));
    ab_wire_add(out, AB_TAG_CLIENT, ab_wire_get(server, AB_TAG_CLIENT));
    ab_wire_add(out, AB_TAG_ORIGIN, ab_wire_get(server, AB_TAG_ORIGIN));
    ab_wire_add(out, AB_TAG_REASON, ab_slice_str(why));
    ab_wire_nest_end(out, at);
}


enum ab_err
hello_run(struct ctx *c, struct edge_job *j)
{
    struct ab_slice  server;
    const char      *why = NULL;
    size_t           pos = 0;
    enum ab_err      e;

    if (ab_wire_get_u64(j->payload, AB_TAG_VERSION_MIN) > AB_WIRE_VERSION
        || ab_wire_get_u64(j->payload, AB_TAG_VERSION_MAX) < AB_WIRE_VERSION)
    {
        return ctx_fail(c, AB_E_UNSUPPORTED, "no common protocol version");
    }
    while (ab_wire_each(j->payload, AB_TAG_SERVER, &pos, &server)) {
        e = why_missing(c, server, &why);
        if (e != AB_OK) {
            return e;
        }
        if (why != NULL) {
            add_missing(&j->out, server, why);
        }
    }
    return AB_OK;
}


/*
 * On the loop: catalogue, keys, position and marks are all of one moment,
 * and pushes to this worker begin right behind this answer. A worker whose
 * position we cannot continue is reset first. TIME is that of the last
 * confirmation, so that the lease begins without waiting for the next.
 */
void
hello_finish(struct edge_job *j, struct edge_conn *conn)
{
    struct edge      *e = j->edge;
    struct ab_slice   since = ab_wire_get(j->payload, AB_TAG_POSITION);
    struct ab_buf     reset;
    char              mem[64];

    if (j->err != AB_OK) {
        return;
    }
    ab_wire_add_u64(&j->out, AB_TAG_VERSION_MIN, AB_WIRE_VERSION);
    ab_wire_add_u64(&j->out, AB_TAG_VERSION_MAX, AB_WIRE_VERSION);
    ab_buf_add(&j->out, ab_buf_slice(&e->facts->catalog));
    ab_buf_add(&j->out, ab_buf_slice(&e->facts->keys));
    if (since.len > 0 && !push_since(e, since, &j->out)) {
        ab_buf_init_fixed(&reset, mem, sizeof(mem));
        ab_wire_add(&reset, AB_TAG_POSITION, ab_slice_str(e->position));
        conn_send(conn, AB_MSG_RESET, 0, ab_buf_slice(&reset));
    }
    if (e->position_s > 0) {
        ab_wire_add_u64(&j->out, AB_TAG_TIME, (uint64_t) e->position_s);
    }
    memcpy(j->position, e->position, POSITION_MAX);
    if (j->out.failed) {
        ab_buf_reset(&j->out);
        j->err = AB_E_TOO_LARGE;
        return;
    }
    conn->is_greeted = true;
}
