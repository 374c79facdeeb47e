/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reservation.c - unique things of users: a link, a user name, an address.
 */
#include "reservation.h"

#include "doc.h"
#include "scratch.h"
#include "step.h"

#include "base/clock.h"
#include "base/random.h"
#include "store/keys.h"

#include "ab_base64.h"
#include "ab_time.h"

#include <time.h>

#define WAIT_MS     10          /* between looks at an owner under way */
#define TOKEN_RAW   16

/* A stored value, cut. */
struct held {
    struct ab_slice  all;
    const char      *user_id;
    int64_t          deadline_ms;
};

/* What stands behind a reservation that is not free. */
enum standing { STANDING_FIRM, STANDING_LOOSE, STANDING_VOID };


static struct ab_slice
claim_key(struct ctx *c, const struct claim *claim)
{
    switch (claim->kind) {
    case CLAIM_LINK:
        return key3(c, KEY_LINK, claim->realm_id, claim->idp_id, claim->text);
    case CLAIM_NAME:
        return key2(c, KEY_NAME, claim->realm_id, claim->text);
    case CLAIM_MAIL:
        return key2(c, KEY_MAIL, claim->realm_id, claim->text);
    }
    return ab_slice(NULL, 0);
}


bool
claim_is_carried(const struct claim *claim, const json_t *doc,
    const json_t *links)
{
    const char    *idp, *subject, *text;
    const json_t  *link;
    size_t         i;

    if (claim->kind != CLAIM_LINK) {
        text = doc_str(doc, claim->kind == CLAIM_NAME ? "username" : "email");
        return text != NULL && strcmp(text, claim->text) == 0;
    }
    json_array_foreach(links, i, link) {
        idp = doc_str(link, "idpId");
        subject = doc_str(link, "userId");
        if (idp != NULL && subject != NULL && strcmp(idp, claim->idp_id) == 0
            && strcmp(subject, claim->text) == 0)
        {
            return true;
        }
    }
    return false;
}


/* ---- values -------------------------------------------------------------- */

static struct ab_slice
value_new(struct ctx *c, const char *user_id)
{
    char  token[AB_B64URL_LEN(TOKEN_RAW) + 1];

    random_text(token, TOKEN_RAW);
    return ab_slice_str(arena_printf(c->a, "%s:%s:%lld", user_id, token,
                        (long long) (clock_now_ms() + RESERVATION_MS)));
}


static enum ab_err
value_read(struct ctx *c, struct ab_slice value, struct held *ret_held)
{
    size_t            id = ab_slice_find(value, ':'), token;
    struct ab_slice   rest;

    ret_held->all = value;
    if (id < value.len) {
        rest = ab_slice(value.p + id + 1, value.len - id - 1);
        token = ab_slice_find(rest, ':');
        ret_held->user_id = arena_dup(c->a, ab_slice(value.p, id));
        if (ret_held->user_id == NULL) {
            return ctx_nomem(c);
        }
        if (token < rest.len && doc_id_ok(ret_held->user_id)
            && ab_parse_i64(ab_slice(rest.p + token + 1,
                                     rest.len - token - 1),
                            &ret_held->deadline_ms) == AB_OK)
        {
            return AB_OK;
        }
    }
    return ctx_fail(c, AB_E_STORE_REPLY, "reservation: malformed value");
}


static enum ab_err
swap(struct ctx *c, struct ab_slice key, struct ab_slice old,
    struct ab_slice new_value)
{
    struct step          s = step_new(c);
    const struct reply  *r;

    step_slice(&s, old);
    step_slice(&s, new_value);
    return step_run(&s, SCRIPT_reservation_swap, key, 0, &r);
}


/* ---- who stands behind it ------------------------------------------------ */

static enum ab_err
standing_of(struct ctx *c, const struct claim *claim, const char *user_id,
    enum standing *ret_standing)
{
    static const struct ab_slice  fields[] = {
        { "state", 5 }, { "realm", 5 }, { "doc", 3 }, { "links", 5 }
    };
    struct ab_slice   v[4];
    const json_t     *doc, *links;
    enum ab_err       e;

    e = store_hmget(c, key1(c, KEY_USER, user_id), fields, 4, v);
    if (e != AB_OK) {
        return e;
    }
    *ret_standing = ab_slice_eq(v[0], AB_S("void")) ? STANDING_VOID
                                                    : STANDING_LOOSE;
    if (!ab_slice_eq(v[0], AB_S("active"))
        || !ab_slice_eq_str(v[1], claim->realm_id))
    {
        return AB_OK;
    }
    e = doc_parse_in(c, c->a, "user", v[2], &doc);
    if (e == AB_OK) {
        e = doc_parse_in(c, c->a, "links", v[3], &links);
    }
    if (e == AB_OK && claim_is_carried(claim, doc, links)) {
        *ret_standing = STANDING_FIRM;
    }
    return e;
}


/* What its owner may still write fails from here on. */
static enum ab_err
overtake(struct ctx *c, const struct held *held, struct ab_slice key,
    struct ab_slice mine)
{
    struct step          s = step_new(c);
    const struct reply  *r;
    enum ab_err          e;

    e = step_run(&s, SCRIPT_user_void, key1(c, KEY_USER, held->user_id), 0,
                 &r);
    return e == AB_OK ? swap(c, key, held->all, mine) : e;
}


/* One try. AB_E_CONFLICT: look again; AB_E_BUSY: wait, then look again. */
static enum ab_err
take_once(struct ctx *c, const struct claim *claim, const char *user_id,
    struct ab_slice key, struct ab_slice mine)
{
    struct held      held;
    struct ab_slice  value;
    enum standing    standing;
    bool             won, is_own;
    enum ab_err      e = store_set_nx(c, key, mine, 0, &won);

    if (e != AB_OK || won) {
        return e;
    }
    e = store_get(c, key, &value);
    if (e != AB_OK) {
        return e == AB_E_STORE_ABSENT ? AB_E_CONFLICT : e;
    }
    e = value_read(c, value, &held);
    if (e == AB_OK) {
        e = standing_of(c, claim, held.user_id, &standing);
    }
    if (e != AB_OK) {
        return e;
    }
    is_own = strcmp(held.user_id, user_id) == 0;
    if (standing == STANDING_FIRM) {
        return AB_E_USER_CLASH;
    }
    if (standing == STANDING_LOOSE && !is_own
        && clock_now_ms() < held.deadline_ms)
    {
        return AB_E_BUSY;
    }
    return overtake(c, &held, key, mine);
}


static void
sleep_ms(long ms)
{
    struct timespec  t = { .tv_nsec = ms * 1000000 };

    nanosleep(&t, NULL);
}


enum ab_err
reservation_take(struct ctx *c, const struct claim *claim,
    const char *user_id, struct reservation *ret_r)
{
    struct reservation  r = { .claim = *claim, .user_id = user_id };
    struct ctx          s;
    enum ab_err         e;

    r.key = claim_key(c, claim);
    if (r.key.len == 0) {
        return c->f.code == AB_OK ? ctx_nomem(c) : c->f.code;
    }
    for ( ;; ) {
        r.value = value_new(c, user_id);
        if (r.value.len == 0) {
            return ctx_nomem(c);
        }
        e = scratch_open(c, &s);            /* looks may be many */
        if (e == AB_OK) {
            e = take_once(&s, claim, user_id, r.key, r.value);
            e = scratch_close(c, &s, e);
        }
        if (e != AB_E_BUSY && e != AB_E_CONFLICT) {
            break;
        }
        if (clock_left_ms(c->deadline_ms) <= WAIT_MS) {
            return ctx_fail(c, AB_E_TIMEOUT, "another request holds the name");
        }
        sleep_ms(e == AB_E_BUSY ? WAIT_MS : 0);
    }
    if (e == AB_OK) {
        *ret_r = r;
    }
    return e;
}


enum ab_err
reservation_confirm(struct ctx *c, struct reservation *r)
{
    struct ab_slice  value = value_new(c, r->user_id);
    enum ab_err      e;

    if (value.len == 0) {
        return ctx_nomem(c);
    }
    e = swap(c, r->key, r->value, value);
    if (e == AB_OK) {
        r->value = value;
    }
    return e;
}


void
reservation_release(struct ctx *c, const struct reservation *r)
{
    struct ctx  s = *c;         /* the fault that led here is the one to tell */

    fail_clear(&s.f);
    (void) swap(&s, r->key, r->value, AB_S(""));
}


void
reservation_forget(struct ctx *c, const struct claim *claim,
    const char *user_id)
{
    struct ctx       s = *c;
    struct ab_slice  key = claim_key(&s, claim), value;
    struct held      held;

    fail_clear(&s.f);
    if (store_get(&s, key, &value) == AB_OK
        && value_read(&s, value, &held) == AB_OK
        && strcmp(held.user_id, user_id) == 0)
    {
        (void) swap(&s, key, value, AB_S(""));
    }
}


enum ab_err
reservation_holder(struct ctx *c, const struct claim *claim,
    const char **ret_user_id)
{
    struct ab_slice  value;
    struct held      held;
    enum ab_err      e = store_get(c, claim_key(c, claim), &value);

    if (e == AB_OK) {
        e = value_read(c, value, &held);
    }
    if (e == AB_OK) {
        *ret_user_id = held.user_id;
    }
    return e;
}
