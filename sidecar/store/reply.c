/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reply.c - hiredis replies as ours.
 */
#include "reply.h"

static enum ab_err convert(struct arena *a, const redisReply *r, bool copy,
    struct reply *ret_reply);
static enum ab_err convert_text(struct arena *a, const redisReply *r,
    bool copy, struct reply *out);
static enum ab_err convert_list(struct arena *a, const redisReply *r,
    bool copy, struct reply *out);


enum ab_err
reply_copy(struct arena *a, const redisReply *r, struct reply *ret_reply)
{
    return convert(a, r, true, ret_reply);
}


enum ab_err
reply_view(struct arena *a, const redisReply *r, struct reply *ret_reply)
{
    return convert(a, r, false, ret_reply);
}


/* Recursion is bounded: hiredis reads at most seven lists inside others. */
static enum ab_err
convert(struct arena *a, const redisReply *r, bool copy,
    struct reply *ret_reply)
{
    struct reply  out = { .type = REPLY_NIL };
    enum ab_err   e = AB_OK;

    switch (r->type) {
    case REDIS_REPLY_NIL:
        break;
    case REDIS_REPLY_INTEGER:
        out.type = REPLY_INT;
        out.i = r->integer;
        break;
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_STRING:
        out.type = r->type == REDIS_REPLY_STRING ? REPLY_TEXT : REPLY_STATUS;
        e = convert_text(a, r, copy, &out);
        break;
    case REDIS_REPLY_ARRAY:
        out.type = REPLY_LIST;
        e = convert_list(a, r, copy, &out);
        break;
    default:
        e = AB_E_STORE_REPLY;
    }
    if (e == AB_OK) {
        *ret_reply = out;
    }
    return e;
}


static enum ab_err
convert_text(struct arena *a, const redisReply *r, bool copy,
    struct reply *out)
{
    out->s = ab_slice(r->str, r->len);
    if (copy) {
        out->s.p = arena_dup(a, out->s);
    }
    return out->s.p == NULL ? AB_E_NOMEM : AB_OK;
}


static enum ab_err
convert_list(struct arena *a, const redisReply *r, bool copy,
    struct reply *out)
{
    size_t       i;
    enum ab_err  e = AB_OK;

    out->n = r->elements;
    out->list = arena_array(a, out->n, sizeof(*out->list));
    if (out->list == NULL) {
        return AB_E_NOMEM;
    }
    for (i = 0; i < out->n && e == AB_OK; i++) {
        e = convert(a, r->element[i], copy, &out->list[i]);
    }
    return e;
}
