/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * session_index.c - from a user, or an upstream subject or sid, to sessions.
 *
 * Written before and dropped after the session: always a superset.
 */
#include "session_int.h"
#include "doc.h"

#include "store/keys.h"

/* What is indexed about a session. */
struct indexed {
    const char  *realm_id, *user_id, *idp_id, *broker_user, *broker_sid;
};

#define INDEXES_N  3

static enum ab_err add_one(struct ctx *c, struct ab_slice key,
    const char *sid, int64_t until);


/* Keys of the indexes a session stands in; returns how many. */
static size_t
index_keys(struct ctx *c, const struct indexed *x,
    struct ab_slice keys[INDEXES_N])
{
    const struct ab_slice  subject[] = {
        ab_slice_str(x->realm_id), ab_slice_str(x->idp_id), AB_S("sub"),
        ab_slice_str(x->broker_user)
    };
    const struct ab_slice  upstream_sid[] = {
        ab_slice_str(x->realm_id), ab_slice_str(x->idp_id), AB_S("sid"),
        ab_slice_str(x->broker_sid)
    };
    size_t                 n = 0;

    keys[n++] = key1(c, KEY_USER_SESSIONS, x->user_id);
    if (x->idp_id != NULL && x->broker_user != NULL) {
        keys[n++] = key_build(c, KEY_IDP_INDEX, subject, 4);
    }
    if (x->idp_id != NULL && x->broker_sid != NULL) {
        keys[n++] = key_build(c, KEY_IDP_INDEX, upstream_sid, 4);
    }
    return n;
}


enum ab_err
session_index_add(struct ctx *c, const char *sid, const struct sign_in *in,
    int64_t until)
{
    const struct indexed  x = {
        .realm_id = in->realm->id, .user_id = in->user->id,
        .idp_id = in->idp_id, .broker_user = in->broker_user,
        .broker_sid = in->broker_sid,
    };
    struct ab_slice       keys[INDEXES_N];
    size_t                n = index_keys(c, &x, keys), i;
    enum ab_err           e = AB_OK;

    for (i = 0; e == AB_OK && i < n; i++) {
        e = add_one(c, keys[i], sid, until);
    }
    return e;
}


static enum ab_err
add_one(struct ctx *c, struct ab_slice key, const char *sid, int64_t until)
{
    struct step          step = step_new(c);
    const struct reply  *r;

    step_text(&step, sid);
    step_num(&step, until);
    return step_run(&step, SCRIPT_index_add, key, 0, &r);
}


void
session_index_drop(struct ctx *c, const char *sid, const json_t *doc)
{
    const struct indexed  x = {
        .realm_id = doc_str(doc, "realm"), .user_id = doc_str(doc, "user"),
        .idp_id = doc_str(doc, "idp_id"),
        .broker_user = doc_str(doc, "broker_user"),
        .broker_sid = doc_str(doc, "broker_sid"),
    };
    struct ab_slice       keys[INDEXES_N];
    struct ctx            own = *c;
    struct reply         *r;
    size_t                n, i;

    if (x.realm_id == NULL || x.user_id == NULL) {
        return;
    }
    n = index_keys(&own, &x, keys);
    for (i = 0; i < n; i++) {
        struct ab_slice  argv[] = {
            AB_S("ZREM"), keys[i], ab_slice_str(sid)
        };

        (void) store_call(&own, 1, argv, 3, &r);
    }
}
