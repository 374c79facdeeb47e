/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * session_code.c - authorization codes: take apart, read, spend.
 *
 * A code names its session, so that taking it is one step on the session's
 * own key. Redis holds its hash.
 */
#include "session_int.h"
#include "doc.h"

#include "ab_base64.h"
#include "ab_digest.h"
#include "base/clock.h"
#include "store/keys.h"

#define UUID_TEXT  36

static bool uuid_is_formed(struct ab_slice s);
static enum ab_err code_state(struct ctx *c, struct ab_slice text,
    const struct code **ret_code);


enum ab_err
session_code_parse(struct ctx *c, const char *code, const char **ret_sid,
    const char **ret_client_uuid, struct ab_slice *ret_hash)
{
    struct ab_slice  all = ab_slice_str(code);
    size_t           sid_at = UUID_TEXT + 1;
    size_t           client_at = sid_at + AB_SID_TEXT + 1;
    uint8_t          raw[AB_SHA256_LEN];
    const char      *sid, *client;
    char            *hash;

    if (all.len <= client_at || all.len > client_at + 64
        || code[UUID_TEXT] != '.' || code[client_at - 1] != '.'
        || !uuid_is_formed(ab_slice(code, UUID_TEXT)))
    {
        return AB_E_CODE_INVALID;
    }
    sid = arena_dup(c->a, ab_slice(code + sid_at, AB_SID_TEXT));
    client = arena_str(c->a, code + client_at);
    hash = arena_alloc(c->a, AB_B64URL_LEN(sizeof(raw)) + 1);
    if (sid == NULL || client == NULL || hash == NULL
        || !ab_sha256(raw, all))
    {
        return ctx_nomem(c);
    }
    if (!sid_is_formed(sid) || !doc_id_ok(client)) {
        return AB_E_CODE_INVALID;
    }
    *ret_hash = ab_slice(hash, ab_b64url_encode(hash, ab_slice(raw,
                                                               sizeof(raw))));
    *ret_sid = sid;
    *ret_client_uuid = client;
    return AB_OK;
}


static bool
uuid_is_formed(struct ab_slice s)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (s.p[i] != '-') {
                return false;
            }
        } else if (strchr("0123456789abcdef", s.p[i]) == NULL) {
            return false;
        }
    }
    return true;
}


enum ab_err
session_code_peek(struct ctx *c, const struct realm *realm, const char *code,
    const struct session **ret_session, const struct code **ret_code)
{
    const struct session  *s;
    const struct code     *found;
    struct ab_slice        hash, text, field;
    const char            *sid, *client;
    enum ab_err            e;

    e = session_code_parse(c, code, &sid, &client, &hash);
    if (e == AB_OK) {
        e = session_load(c, realm, sid, &s);
    }
    switch (e) {
    case AB_OK:
        break;
    case AB_E_SESSION_UNKNOWN: case AB_E_SESSION_ENDED:
    case AB_E_SESSION_IDLE:    case AB_E_SESSION_EXPIRED:
    case AB_E_SESSION_OTHER:
        return AB_E_CODE_INVALID;
    default:
        return e;
    }
    field = session_field(c, "k:", hash);
    if (field.p == NULL) {
        return ctx_nomem(c);
    }
    e = store_hget(c, key1(c, KEY_SESSION, sid), field, &text);
    if (e == AB_OK) {
        e = code_state(c, text, &found);
    }
    /* Of a used one too: the caller ends what it led to. */
    if (e == AB_OK || e == AB_E_CODE_USED) {
        *ret_session = s;
        *ret_code = found;
    }
    return e == AB_E_STORE_ABSENT ? AB_E_CODE_INVALID : e;
}


static enum ab_err
code_state(struct ctx *c, struct ab_slice text, const struct code **ret_code)
{
    const struct code  *code;
    int64_t             exp;
    enum ab_err         e = code_parse(c, text, &code, &exp);

    if (e != AB_OK) {
        return e;
    }
    *ret_code = code;
    if (code->is_used) {
        return AB_E_CODE_USED;
    }
    return clock_now_s() >= exp ? AB_E_CODE_INVALID : AB_OK;
}


enum ab_err
session_code_spend(struct ctx *c, const char *code)
{
    struct step          step = step_new(c);
    const struct reply  *r;
    struct ab_slice      hash;
    const char          *sid, *client;
    enum ab_err          e;

    e = session_code_parse(c, code, &sid, &client, &hash);
    if (e != AB_OK) {
        return e;
    }
    step_slice(&step, hash);
    return step_run(&step, SCRIPT_session_spend, key1(c, KEY_SESSION, sid), 0,
                    &r);
}
