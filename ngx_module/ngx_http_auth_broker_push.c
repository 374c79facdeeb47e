/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ngx_http_auth_broker_push.c - what the daemon says unasked.
 */
#include "ngx_http_auth_broker_conn.h"
#include "ngx_http_auth_broker_marks.h"
#include "ngx_http_auth_broker_meta.h"

typedef void (*push_pt)(ngx_http_auth_broker_main_conf_t *mcf,
    struct ab_slice payload);

/*
 * type
 * in_order: has its place in the stream of ends, so it means something only
 *           after HELLO's answer has told what came before
 * handler:  NULL: GOAWAY
 */
static const struct {
    uint16_t   type;
    unsigned   in_order;
    push_pt    handler;
} pushes[] = {
    { AB_MSG_MARK,     1, ngx_http_auth_broker_marks_add      },
    { AB_MSG_POSITION, 1, ngx_http_auth_broker_marks_position },
    { AB_MSG_KEYS,     0, ngx_http_auth_broker_marks_keys     },
    { AB_MSG_CATALOG,  0, ngx_http_auth_broker_marks_catalog  },
    { AB_MSG_RESET,    0, ngx_http_auth_broker_marks_reset    },
    { AB_MSG_GOAWAY,   0, NULL                                },
};


/* Another worker died while it wrote the ninth zone: it was emptied and has
 * neither keys nor position. A new HELLO brings both. */
static ngx_int_t
zone_was_lost(ngx_http_auth_broker_conn_t *conn)
{
    ngx_http_auth_broker_meta_t  *meta;

    meta = ngx_http_auth_broker_meta(conn->worker->mcf);
    return meta != NULL && meta->born != conn->born;
}


ngx_int_t
ngx_http_auth_broker_push(ngx_http_auth_broker_conn_t *conn,
    const struct ab_frame *frame)
{
    ngx_uint_t  i;

    for (i = 0; i < sizeof(pushes) / sizeof(pushes[0]); i++) {
        if (pushes[i].type != frame->type) {
            continue;
        }
        if (pushes[i].handler == NULL) {
            ngx_http_auth_broker_conn_goaway(conn);
            return NGX_OK;
        }
        if (pushes[i].in_order && (!conn->ready || zone_was_lost(conn))) {
            return NGX_ERROR;
        }
        pushes[i].handler(conn->worker->mcf, frame->payload);
        return NGX_OK;
    }
    return NGX_ERROR;
}


/* The fields of one set alone, so that equal sets have equal bytes. */
static void
push_set(ngx_http_auth_broker_main_conf_t *mcf, struct ab_slice payload,
    const enum ab_wire_tag *tags, size_t n, push_pt handler)
{
    struct ab_buf    set;
    struct ab_slice  nest;
    size_t           i, pos;

    ab_buf_init(&set, AB_MAX_FRAME_DOWN);
    for (i = 0; i < n; i++) {
        pos = 0;
        while (ab_wire_each(payload, tags[i], &pos, &nest)) {
            ab_wire_add(&set, tags[i], nest);
        }
    }
    if (!set.failed && set.len != 0) {
        handler(mcf, ab_buf_slice(&set));
    }
    ab_buf_clear(&set);
}


void
ngx_http_auth_broker_push_sets(ngx_http_auth_broker_main_conf_t *mcf,
    struct ab_slice payload)
{
    static const enum ab_wire_tag  keys[] = {
        AB_TAG_PUBLIC_KEY, AB_TAG_EDGE_KEY,
    };
    static const enum ab_wire_tag  realms[] = { AB_TAG_REALM_ENTRY };

    push_set(mcf, payload, keys, 2, ngx_http_auth_broker_marks_keys);
    push_set(mcf, payload, realms, 1, ngx_http_auth_broker_marks_catalog);
}
