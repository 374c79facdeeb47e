/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * session_end.c - ends of a session, of a client's part, of an app host's.
 *
 * One order everywhere: `ending` into the stream, the thing itself ended by
 * one script, its mark into the stream, only then success. Whoever dies
 * between leaves an `ending` that a follower completes (session_end_finish).
 */
#include "session_int.h"
#include "doc.h"

#include "base/autofree.h"
#include "base/clock.h"
#include "store/keys.h"

/* The whole session's end under way. */
struct end {
    const char       *realm_id, *sid;
    int64_t           tomb_s;
    const char       *landing, *client_id;      /* or NULL */
    struct ab_slice   key;
    const json_t     *doc;          /* opened sso; NULL: nothing is left */
    bool              is_ended;     /* a tombstone stands there */
    bool              is_marked;    /* and its mark is in the stream */
};

/* A tombstone for a realm that is gone; its sessions are refused anyway. */
#define TOMB_ORPHAN_S  86400

static enum ab_err end_look(struct ctx *c, struct end *end);
static enum ab_err end_replace(struct ctx *c, const struct end *end);
static enum ab_err end_finish(struct ctx *c, const struct end *end);
static enum ab_err x_seal(struct ctx *c, const struct end *end,
    struct ab_slice *ret_sealed);
static enum ab_err drop_field(struct ctx *c, const struct mark *m);
static enum ab_err end_part(struct ctx *c, const struct mark *m);


enum ab_err
session_end(struct ctx *c, const struct realm *realm, const char *sid,
    const char *landing, const char *client_id)
{
    struct mark  ending = {
        .kind = AB_MARK_SID, .realm_id = ab_slice_str(realm->id),
        .id = ab_slice_str(sid),
    };
    struct end   end = {
        .realm_id = realm->id, .sid = sid, .landing = landing,
        .client_id = client_id,
    };
    struct life  life;
    enum ab_err  e;

    if (!sid_is_formed(sid)) {
        return AB_E_SESSION_UNKNOWN;
    }
    life_of(realm, NULL, &life);
    end.tomb_s = life.tomb_s;
    end.key = key1(c, KEY_SESSION, sid);
    e = end_look(c, &end);
    if (e != AB_OK || end.is_marked) {
        return e;
    }
    if (!end.is_ended) {
        e = mark_ending(c, &ending);
        if (e == AB_OK) {
            e = end_replace(c, &end);
        }
    }
    return e == AB_OK ? end_finish(c, &end) : e;
}


/* What stands there now. A session of another realm is refused before
 * anything is written. */
static enum ab_err
end_look(struct ctx *c, struct end *end)
{
    const struct ab_slice  fields[] = { AB_S("sso"), AB_S("tomb") };
    struct ab_slice        got[2];
    const char            *realm;
    enum ab_err            e = store_hmget(c, end->key, fields, 2, got);

    if (e == AB_OK && got[0].p != NULL) {
        e = sso_open(c, end->key, got[0], &end->doc);
    }
    if (e != AB_OK) {
        return e;
    }
    end->is_ended = got[1].p != NULL;
    end->is_marked = ab_slice_eq(got[1], AB_S("2"));
    realm = doc_str(end->doc, "realm");
    if (end->doc != NULL
        && (realm == NULL || strcmp(realm, end->realm_id) != 0))
    {
        return AB_E_SESSION_OTHER;
    }
    return AB_OK;
}


static enum ab_err
end_replace(struct ctx *c, const struct end *end)
{
    struct step          step = step_new(c);
    const struct reply  *r;
    struct ab_slice      x;
    enum ab_err          e = x_seal(c, end, &x);

    if (e != AB_OK) {
        return e;
    }
    step_num(&step, end->tomb_s);
    step_slice(&step, x);
    step_num(&step, AB_TOMB_X_TTL_S);
    return step_run_durable(&step, SCRIPT_session_end, end->key, 0, &r);
}


/* The mark; only then may anybody be told that it ended. */
static enum ab_err
end_finish(struct ctx *c, const struct end *end)
{
    struct mark          m = {
        .kind = AB_MARK_SID, .realm_id = ab_slice_str(end->realm_id),
        .id = ab_slice_str(end->sid),
    };
    struct step          step = step_new(c);
    const struct reply  *r;
    enum ab_err          e = mark_append(c, &m, NULL);

    if (e == AB_OK) {
        e = step_run(&step, SCRIPT_session_marked, end->key, 0, &r);
    }
    if (e == AB_OK && end->doc != NULL) {
        session_index_drop(c, end->sid, end->doc);
    }
    return e;
}


/* The members of :x, sealed for its key. */
static enum ab_err
x_seal(struct ctx *c, const struct end *end, struct ab_slice *ret_sealed)
{
    const char  *members[][2] = {
        { "realm", end->realm_id },
        { "idp", doc_str(end->doc, "idp") },
        { "id_token", doc_str(end->doc, "id_token") },
        { "user", doc_str(end->doc, "user") },
        { "landing", end->landing },
        { "client", end->client_id },
    };
    autofree(json_unrefp) json_t  *doc = json_object();
    struct ab_slice                text;
    size_t                         i;
    enum ab_err                    e;

    for (i = 0; i < sizeof(members) / sizeof(*members); i++) {
        if (members[i][1] != NULL
            && !doc_put(doc, members[i][0], members[i][1]))
        {
            return ctx_nomem(c);
        }
    }
    e = doc_text(c, doc, &text);
    return e == AB_OK ? store_seal(c, key1(c, KEY_SESSION_X, end->sid), "x",
                                   text, ret_sealed) : e;
}


enum ab_err
session_x_load(struct ctx *c, const char *sid, struct session_x *ret_x)
{
    struct ab_slice  key, sealed, text;
    const json_t    *doc;
    enum ab_err      e;

    if (!sid_is_formed(sid)) {
        return AB_E_STORE_ABSENT;
    }
    key = key1(c, KEY_SESSION_X, sid);
    e = store_get(c, key, &sealed);
    if (e == AB_OK) {
        e = store_unseal(c, key, "x", sealed, &text);
    }
    if (e == AB_OK) {
        e = doc_parse_in(c, c->a, "logout", text, &doc);
    }
    if (e != AB_OK) {
        return e;
    }
    *ret_x = (struct session_x) {
        .realm_id = doc_str(doc, "realm"), .idp = doc_str(doc, "idp"),
        .id_token = doc_str(doc, "id_token"),
        .landing = doc_str(doc, "landing"),
        .client_id = doc_str(doc, "client"), .user_id = doc_str(doc, "user"),
    };
    return AB_OK;
}


/*
 * Only a client session that is there is ended: a used code can be shown any
 * number of times, and each must not cost two entries of the stream.
 */
enum ab_err
session_end_client(struct ctx *c, const struct realm *realm, const char *sid,
    const struct client *client)
{
    struct mark      m = {
        .kind = AB_MARK_CLIENT_SESSION, .realm_id = ab_slice_str(realm->id),
        .id = ab_slice_str(sid), .client = ab_slice_str(client->client_id),
    };
    struct ab_slice  field, text;
    enum ab_err      e;

    if (!sid_is_formed(sid)) {
        return AB_E_SESSION_UNKNOWN;
    }
    field = session_field(c, "c:", ab_slice_str(client->id));
    if (field.p == NULL) {
        return ctx_nomem(c);
    }
    e = store_hget(c, key1(c, KEY_SESSION, sid), field, &text);
    if (e == AB_E_STORE_ABSENT) {
        return AB_OK;
    }
    return e == AB_OK ? end_part(c, &m) : e;
}


enum ab_err
session_end_edge(struct ctx *c, const struct realm *realm, const char *sid,
    const uint8_t *edge_key)
{
    struct mark  m = {
        .kind = AB_MARK_EDGE, .realm_id = ab_slice_str(realm->id),
        .id = ab_slice(edge_key, AB_SHA256_LEN), .sid = ab_slice_str(sid),
    };

    return sid_is_formed(sid) ? end_part(c, &m) : AB_E_SESSION_UNKNOWN;
}


static enum ab_err
end_part(struct ctx *c, const struct mark *m)
{
    enum ab_err  e = mark_ending(c, m);

    if (e == AB_OK) {
        e = drop_field(c, m);
    }
    return e == AB_OK ? mark_append(c, m, NULL) : e;
}


/* The script that ends what a mark of a part names. */
static enum ab_err
drop_field(struct ctx *c, const struct mark *m)
{
    bool                 is_edge = m->kind == AB_MARK_EDGE;
    struct step          step = step_new(c);
    const struct reply  *r;
    const char          *sid = arena_dup(c->a, is_edge ? m->sid : m->id);

    if (sid == NULL) {
        return ctx_nomem(c);
    }
    if (!sid_is_formed(sid)) {
        return AB_E_SESSION_UNKNOWN;
    }
    if (!is_edge) {
        step_slice(&step, m->client);
    } else if (m->id.len == AB_SHA256_LEN) {
        step_slice(&step, edge_hex(c, (const uint8_t *) m->id.p));
    } else {
        return ctx_fail(c, AB_E_FORMAT, "mark of an edge session: key");
    }
    return step_run_durable(&step, is_edge ? SCRIPT_session_end_edge
                                           : SCRIPT_session_end_client,
                            key1(c, KEY_SESSION, sid), 0, &r);
}


/* ---- what a follower completes ------------------------------------------ */

static enum ab_err
finish_session(struct ctx *c, const struct mark *ending)
{
    const struct realm  *realm;
    struct life          life = { .tomb_s = TOMB_ORPHAN_S };
    struct end           end = {
        .realm_id = arena_dup(c->a, ending->realm_id),
        .sid = arena_dup(c->a, ending->id),
    };
    enum ab_err          e;

    if (end.realm_id == NULL || end.sid == NULL) {
        return ctx_nomem(c);
    }
    if (!sid_is_formed(end.sid)) {
        return ctx_fail(c, AB_E_FORMAT, "ending of a session: sid");
    }
    e = realm_by_id(c, end.realm_id, &realm);
    if (e == AB_OK) {
        life_of(realm, NULL, &life);
    } else if (e != AB_E_REALM_ABSENT) {
        return e;
    }
    end.tomb_s = life.tomb_s;
    end.key = key1(c, KEY_SESSION, end.sid);
    e = end_look(c, &end);
    if (e == AB_OK && !end.is_ended) {
        e = end_replace(c, &end);
    }
    /* The mark again even where one was written: it may have been lost. */
    return e == AB_OK ? end_finish(c, &end) : e;
}


enum ab_err
session_end_finish(struct ctx *c, const struct mark *ending)
{
    struct mark  m = *ending;
    enum ab_err  e;

    switch (ending->kind) {
    case AB_MARK_SID:
        return finish_session(c, ending);
    case AB_MARK_CLIENT_SESSION:
    case AB_MARK_EDGE:
        m.time = 0;
        e = drop_field(c, &m);
        return e == AB_OK ? mark_append(c, &m, NULL) : e;
    default:
        return AB_OK;
    }
}
