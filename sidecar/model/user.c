/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * user.c - finding users and reading what they are.
 *
 * A reservation leads to a user; the user's own document says whether it is
 * the one meant.
 */
#include "user_int.h"

#include "doc.h"
#include "lower.h"
#include "reservation.h"
#include "text_list.h"

#include "base/clock.h"
#include "store/keys.h"
#include "store/store.h"

#include "ab_limits.h"
#include "ab_time.h"

#include <stdint.h>

const struct ab_slice  user_fields[USER_FIELD_N] = {
    [USER_V] = { "v", 1 },           [USER_STATE] = { "state", 5 },
    [USER_REALM] = { "realm", 5 },   [USER_DOC] = { "doc", 3 },
    [USER_CRED] = { "cred", 4 },     [USER_ROLES] = { "roles", 5 },
    [USER_GROUPS] = { "groups", 6 }, [USER_LINKS] = { "links", 5 },
};


/* ---- one user ------------------------------------------------------------ */

/* Credentials hold OTP seeds and hashes: the whole array is sealed. */
static enum ab_err
read_credentials(struct ctx *c, struct ab_slice key, struct ab_slice sealed,
    const json_t **ret_credentials)
{
    struct ab_slice  text = AB_S("[]");
    enum ab_err      e = AB_OK;

    if (sealed.len > 0) {
        e = store_unseal(c, key, "cred", sealed, &text);
    }
    return e == AB_OK ? doc_parse_in(c, c->a, "credentials", text,
                                     ret_credentials) : e;
}


static enum ab_err
read_arrays(struct ctx *c, const struct ab_slice *v, struct user *u)
{
    const json_t  **to[] = { &u->roles, &u->groups, &u->links };
    size_t          i;
    enum ab_err     e = AB_OK;

    for (i = 0; e == AB_OK && i < 3; i++) {
        e = doc_parse_in(c, c->a, "user",
                         v[USER_ROLES + i].p == NULL ? AB_S("[]")
                                                     : v[USER_ROLES + i],
                         to[i]);
    }
    return e;
}


static void
user_view(struct user *u)
{
    const json_t  *d = u->doc;

    u->username = doc_str(d, "username");
    u->email = doc_filled(d, "email");
    u->first_name = doc_str(d, "firstName");
    u->last_name = doc_str(d, "lastName");
    u->enabled = doc_bool(d, "enabled", false);
    u->email_verified = doc_bool(d, "emailVerified", false);
    u->not_before = doc_int(d, "notBefore", 0);
    u->service_client = doc_filled(d, "serviceAccountClientId");
    u->attributes = json_object_get(d, "attributes");
    u->required_actions = json_object_get(d, "requiredActions");
}


enum ab_err
user_read(struct ctx *c, const char *realm_id, const char *id,
    const struct user **ret_user)
{
    struct ab_slice   v[USER_FIELD_N], key;
    struct user      *u;
    enum ab_err       e;

    if (!doc_id_ok(id)) {
        return AB_E_USER_ABSENT;
    }
    key = key1(c, KEY_USER, id);
    e = store_hmget(c, key, user_fields, USER_FIELD_N, v);
    if (e != AB_OK) {
        return e;
    }
    if (!ab_slice_eq(v[USER_STATE], AB_S("active"))
        || !ab_slice_eq_str(v[USER_REALM], realm_id))
    {
        return AB_E_USER_ABSENT;
    }
    u = arena_alloc(c->a, sizeof(*u));
    if (u == NULL || (u->id = arena_str(c->a, id)) == NULL
        || (u->realm_id = arena_str(c->a, realm_id)) == NULL)
    {
        return ctx_nomem(c);
    }
    e = doc_parse_in(c, c->a, "user", v[USER_DOC], &u->doc);
    if (e == AB_OK) {
        e = read_credentials(c, key, v[USER_CRED], &u->credentials);
    }
    if (e == AB_OK) {
        e = read_arrays(c, v, u);
    }
    if (e != AB_OK) {
        return e;
    }
    user_view(u);
    if (ab_parse_u64(v[USER_V], &u->version) != AB_OK || u->username == NULL) {
        return ctx_fail(c, AB_E_STORE_REPLY, "user %s: damaged", id);
    }
    *ret_user = u;
    return AB_OK;
}


enum ab_err
user_by_id(struct ctx *c, const struct realm *realm, const char *id,
    const struct user **ret_user)
{
    return user_read(c, realm->id, id, ret_user);
}


/* ---- by what is reserved ------------------------------------------------- */

static enum ab_err
user_by_claim(struct ctx *c, const struct claim *claim,
    const struct user **ret_user)
{
    const struct user  *u;
    const char         *id;
    enum ab_err         e = reservation_holder(c, claim, &id);

    if (e == AB_OK) {
        e = user_read(c, claim->realm_id, id, &u);
    }
    if (e != AB_OK) {
        return e == AB_E_STORE_ABSENT ? AB_E_USER_ABSENT : e;
    }
    if (!claim_is_carried(claim, u->doc, u->links)) {
        return AB_E_USER_ABSENT;
    }
    *ret_user = u;
    return AB_OK;
}


static enum ab_err
user_by_text(struct ctx *c, const struct realm *realm, enum claim_kind kind,
    const char *text, const struct user **ret_user)
{
    struct claim  claim = { .kind = kind, .realm_id = realm->id };

    claim.text = lower_text(c->a, text);
    if (claim.text == NULL) {
        return ctx_nomem(c);
    }
    if (*claim.text == '\0' || strlen(claim.text) > USER_NAME_MAX) {
        return AB_E_USER_ABSENT;
    }
    return user_by_claim(c, &claim, ret_user);
}


enum ab_err
user_by_username(struct ctx *c, const struct realm *realm,
    const char *username, const struct user **ret_user)
{
    return user_by_text(c, realm, CLAIM_NAME, username, ret_user);
}


/* Ids in the index of addresses, at most two: ZRANGEBYLEX between "MAIL NUL"
 * and "MAIL 0x01". */
static enum ab_err
mail_entries(struct ctx *c, const struct realm *realm, const char *mail,
    struct reply **ret_r)
{
    size_t           n = strlen(mail);
    char            *from = arena_alloc(c->a, n + 3);
    char            *to = arena_alloc(c->a, n + 3);
    struct ab_slice  argv[] = { AB_S("ZRANGEBYLEX"),
                                key1(c, KEY_USERS_EMAIL, realm->id),
                                { from, n + 2 }, { to, n + 2 },
                                AB_S("LIMIT"), AB_S("0"), AB_S("2") };

    if (from == NULL || to == NULL) {
        return ctx_nomem(c);
    }
    from[0] = '[';
    memcpy(from + 1, mail, n + 1);
    to[0] = '(';
    memcpy(to + 1, mail, n);
    to[n + 1] = 1;
    return store_call(c, 1, argv, 7, ret_r);
}


/* Where addresses may repeat nobody reserves them; one that two users have
 * stands for neither. */
static enum ab_err
user_by_shared_email(struct ctx *c, const struct realm *realm,
    const char *email, const struct user **ret_user)
{
    const char         *mail = lower_text(c->a, email);
    const struct user  *u;
    struct reply       *r;
    size_t              n;
    enum ab_err         e;

    if (mail == NULL) {
        return ctx_nomem(c);
    }
    if (*mail == '\0' || (n = strlen(mail)) > USER_NAME_MAX) {
        return AB_E_USER_ABSENT;
    }
    e = mail_entries(c, realm, mail, &r);
    if (e != AB_OK) {
        return e;
    }
    if (r->n != 1 || r->list[0].s.len < n + 2) {
        return AB_E_USER_ABSENT;
    }
    e = user_read(c, realm->id, r->list[0].s.p + n + 1, &u);
    if (e == AB_OK && (u->email == NULL || strcmp(u->email, mail) != 0)) {
        return AB_E_USER_ABSENT;
    }
    if (e == AB_OK) {
        *ret_user = u;
    }
    return e;
}


enum ab_err
user_by_email(struct ctx *c, const struct realm *realm, const char *email,
    const struct user **ret_user)
{
    return realm->duplicate_emails
           ? user_by_shared_email(c, realm, email, ret_user)
           : user_by_text(c, realm, CLAIM_MAIL, email, ret_user);
}


enum ab_err
user_by_login(struct ctx *c, const struct realm *realm, const char *login,
    const struct user **ret_user)
{
    enum ab_err  e = AB_E_USER_ABSENT;

    if (realm->login_with_email && strchr(login, '@') != NULL) {
        e = user_by_email(c, realm, login, ret_user);
    }
    return e == AB_E_USER_ABSENT ? user_by_username(c, realm, login, ret_user)
                                 : e;
}


enum ab_err
user_by_link(struct ctx *c, const struct realm *realm, const struct idp *idp,
    const char *subject, const struct user **ret_user)
{
    const struct claim  claim = {
        .kind = CLAIM_LINK, .realm_id = realm->id, .idp_id = idp->id,
        .text = subject,
    };

    return *subject == '\0' ? AB_E_USER_ABSENT
                            : user_by_claim(c, &claim, ret_user);
}


/* ---- what a user is ------------------------------------------------------ */

enum ab_err
user_roles(struct ctx *c, const struct realm *realm, const struct user *user,
    struct role_set *ret_set)
{
    const struct role_table   *roles;
    const struct group_table  *groups;
    const json_t              *id;
    size_t                     i;
    enum ab_err                e = role_table_get(c, realm, &roles);

    if (e == AB_OK) {
        e = group_table_get(c, realm, &groups);
    }
    if (e == AB_OK) {
        e = role_set_new(c, roles, ret_set);
    }
    if (e != AB_OK) {
        return e;
    }
    json_array_foreach(user->roles, i, id) {
        role_set_add(ret_set, role_find(roles, json_string_value(id)));
    }
    json_array_foreach(user->groups, i, id) {
        role_set_add_group(ret_set, groups,
                           group_find(groups, json_string_value(id)));
    }
    return AB_OK;
}


const char *
user_attribute(const struct user *user, const char *name)
{
    static const char *const  own[] = { "username", "email", "firstName",
                                        "lastName" };
    const json_t             *v;
    size_t                    i;

    for (i = 0; i < 4; i++) {
        if (strcmp(name, own[i]) == 0) {
            return doc_filled(user->doc, name);
        }
    }
    v = json_object_get(user->attributes, name);
    return json_is_array(v) ? json_string_value(json_array_get(v, 0))
                            : json_string_value(v);
}


/* Entries of the past go; the rest may be stale too (the index is written
 * first and removed last), which who reads the session finds. */
enum ab_err
user_sessions(struct ctx *c, const struct user *user,
    struct text_list *ret_sids)
{
    struct ab_slice   key = key1(c, KEY_USER_SESSIONS, user->id);
    struct ab_slice   now = ab_slice_str(arena_printf(c->a, "%lld",
                                         (long long) clock_now_s()));
    struct ab_slice   old[] = { AB_S("ZREMRANGEBYSCORE"), key, AB_S("-inf"),
                                now };
    struct ab_slice   all[] = { AB_S("ZRANGE"), key, AB_S("0"), AB_S("-1") };
    struct reply     *r;
    size_t            i;
    enum ab_err       e;

    if (now.len == 0) {
        return ctx_nomem(c);
    }
    e = store_call(c, 1, old, 4, &r);
    if (e == AB_OK) {
        e = store_call(c, 1, all, 4, &r);
    }
    if (e != AB_OK) {
        return e;
    }
    ret_sids->n = r->n;
    ret_sids->v = arena_array(c->a, r->n + 1, sizeof(*ret_sids->v));
    if (ret_sids->v == NULL) {
        return ctx_nomem(c);
    }
    for (i = 0; i < r->n; i++) {
        ret_sids->v[i] = r->list[i].s.p;
    }
    return AB_OK;
}
