/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * session_doc.c - the stored texts of a session's parts.
 *
 * `sso` is sealed as a whole: notes and the upstream token are secrets, the
 * rest is personal. Client sessions and codes are plain JSON, which scripts
 * read; they hold nothing that opens a door.
 */
#include "session_int.h"
#include "doc.h"

#include "base/autofree.h"

/* A member of a document that stands for a text member of a struct. */
struct member {
    const char  *name;
    const char  *value;
};

static enum ab_err put_all(struct ctx *c, json_t *doc,
    const struct member *m, size_t n);


enum ab_err
sso_seal(struct ctx *c, struct ab_slice key, const struct sign_in *in,
    const char *state_checker, struct ab_slice *ret_sealed)
{
    const struct member  members[] = {
        { "realm", in->realm->id },         { "user", in->user->id },
        { "username", in->user->username }, { "idp", in->idp },
        { "idp_id", in->idp_id },           { "ip", in->ip },
        { "idp_username", in->idp_username },
        { "broker_user", in->broker_user }, { "broker_sid", in->broker_sid },
        { "id_token", in->upstream_id_token },
        { "state_checker", state_checker },
    };
    autofree(json_unrefp) json_t  *doc = json_object();
    struct ab_slice                text;
    enum ab_err                    e;

    e = put_all(c, doc, members, sizeof(members) / sizeof(*members));
    if (e != AB_OK) {
        return e;
    }
    if (json_object_set_new(doc, "auth_time", json_integer(in->auth_time)) != 0
        || (in->notes != NULL
            && json_object_set_new(doc, "notes",
                                   json_deep_copy(in->notes)) != 0))
    {
        return ctx_nomem(c);
    }
    e = doc_text(c, doc, &text);
    return e == AB_OK ? store_seal(c, key, "sso", text, ret_sealed) : e;
}


/* Absent values leave no member. */
static enum ab_err
put_all(struct ctx *c, json_t *doc, const struct member *m, size_t n)
{
    size_t  i;

    if (doc == NULL) {
        return ctx_nomem(c);
    }
    for (i = 0; i < n; i++) {
        if (m[i].value == NULL) {
            continue;
        }
        if (!doc_put(doc, m[i].name, m[i].value)) {
            return ctx_nomem(c);
        }
    }
    return AB_OK;
}


enum ab_err
sso_open(struct ctx *c, struct ab_slice key, struct ab_slice sealed,
    const json_t **ret_doc)
{
    struct ab_slice  text;
    enum ab_err      e = store_unseal(c, key, "sso", sealed, &text);

    return e == AB_OK ? doc_parse_in(c, c->a, "sso", text, ret_doc) : e;
}


void
sso_view(const json_t *doc, const struct live *live, struct session *s)
{
    *s = (struct session) {
        .sid = s->sid,
        .realm_id = doc_str(doc, "realm"),
        .user_id = doc_str(doc, "user"),
        .username = doc_str(doc, "username"),
        .started = live->started,
        .auth_time = doc_int(doc, "auth_time", 0),
        .last = live->last,
        .idle_until = live->idle_until,
        .max_until = live->max_until,
        .remember = live->remember,
        .user_version = live->user_version,
        .idp = doc_str(doc, "idp"),
        .idp_id = doc_str(doc, "idp_id"),
        .idp_username = doc_str(doc, "idp_username"),
        .broker_user = doc_str(doc, "broker_user"),
        .broker_sid = doc_str(doc, "broker_sid"),
        .ip = doc_str(doc, "ip"),
        .notes = json_object_get(doc, "notes"),
        .state_checker = doc_str(doc, "state_checker"),
    };
}


enum ab_err
sign_in_text(struct ctx *c, const struct sign_in *in,
    struct ab_slice *ret_text)
{
    const struct member  members[] = {
        { "client", in->client->id }, { "client_id", in->client->client_id },
        { "redirect_uri", in->redirect_uri }, { "challenge", in->challenge },
        { "challenge_method", in->challenge_method },
        { "nonce", in->nonce }, { "scope", in->scope }, { "acr", in->acr },
    };
    autofree(json_unrefp) json_t  *doc = json_object();
    enum ab_err                    e;

    e = put_all(c, doc, members, sizeof(members) / sizeof(*members));
    if (e != AB_OK) {
        return e;
    }
    if (json_object_set_new(doc, "auth_time",
                            json_integer(in->auth_time)) != 0)
    {
        return ctx_nomem(c);
    }
    return doc_text(c, doc, ret_text);
}


enum ab_err
client_session_parse(struct ctx *c, const char *client_uuid,
    struct ab_slice text, struct client_session **ret_cs)
{
    struct client_session  *cs = arena_alloc(c->a, sizeof(*cs));
    const json_t           *doc;
    enum ab_err             e;

    if (cs == NULL) {
        return ctx_nomem(c);
    }
    e = doc_parse_in(c, c->a, "client session", text, &doc);
    if (e != AB_OK) {
        return e;
    }
    *cs = (struct client_session) {
        .client_uuid = client_uuid,
        .client_id = doc_str(doc, "client_id"),
        .scope = doc_str(doc, "scope"),
        .acr = doc_str(doc, "acr"),
        .started = doc_int(doc, "started", 0),
        .last = doc_int(doc, "last", 0),
        .auth_time = doc_int(doc, "auth_time", 0),
        .idle_until = doc_int(doc, "idle", 0),
        .max_until = doc_int(doc, "max", 0),
        .reuse_id = doc_filled(doc, "reuse"),
        .refresh_jti = doc_str(doc, "jti"),
        .version = (uint64_t) doc_int(doc, "version", 0),
    };
    *ret_cs = cs;
    return AB_OK;
}


enum ab_err
code_parse(struct ctx *c, struct ab_slice text, const struct code **ret_code,
    int64_t *ret_exp)
{
    struct code   *code = arena_alloc(c->a, sizeof(*code));
    const json_t  *doc;
    enum ab_err    e;

    if (code == NULL) {
        return ctx_nomem(c);
    }
    e = doc_parse_in(c, c->a, "code", text, &doc);
    if (e != AB_OK) {
        return e;
    }
    *code = (struct code) {
        .client_uuid = doc_str(doc, "client"),
        .client_id = doc_str(doc, "client_id"),
        .redirect_uri = doc_str(doc, "redirect_uri"),
        .challenge = doc_str(doc, "challenge"),
        .challenge_method = doc_str(doc, "challenge_method"),
        .nonce = doc_str(doc, "nonce"),
        .scope = doc_str(doc, "scope"),
        .acr = doc_str(doc, "acr"),
        .issued = doc_int(doc, "issued", 0),
        .auth_time = doc_int(doc, "auth_time", 0),
        .is_used = doc_bool(doc, "used", false),
    };
    *ret_exp = doc_int(doc, "exp", 0);
    *ret_code = code;
    return AB_OK;
}
