/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import_write_users.c - the users of an import into the store.
 *
 * The long part: each plain password is a hash to compute. A user that an
 * earlier try of this import already made active is passed over.
 */
#include "import_int.h"

#include "credential.h"
#include "doc.h"
#include "realm_int.h"
#include "scratch.h"
#include "user_int.h"

#include "store/keys.h"
#include "store/store.h"


/* State of the user under that id: ours already, nobody's, or another's. */
enum found { FOUND_NONE, FOUND_OURS, FOUND_OTHER };

static enum ab_err
find(struct ctx *c, struct import *im, const char *id, enum found *ret_found)
{
    static const struct ab_slice  fields[] = { { "state", 5 }, { "realm", 5 } };
    struct ab_slice               v[2];
    enum ab_err                   e;

    e = store_hmget(c, key1(c, KEY_USER, id), fields, 2, v);
    if (e != AB_OK) {
        return e;
    }
    *ret_found = !ab_slice_eq(v[0], AB_S("active")) ? FOUND_NONE
                 : ab_slice_eq_str(v[1], im->rid) ? FOUND_OURS : FOUND_OTHER;
    return AB_OK;
}


/* A user of a realm id that was never published, or is gone, is in nobody's
 * way: an earlier version of the file left it. */
static enum ab_err
clear_dead(struct ctx *c, struct import *im, const char *id, size_t at)
{
    struct ab_slice   key = key1(c, KEY_USER, id), realm;
    struct reply     *all;
    size_t            i;
    enum ab_err       e = store_hget(c, key, AB_S("realm"), &realm);

    if (e == AB_OK) {
        e = store_hgetall(c, key0(c, KEY_REALMS), &all);
    }
    if (e != AB_OK) {
        return e == AB_E_STORE_ABSENT ? AB_OK : e;
    }
    for (i = 1; i < all->n; i += 2) {
        if (ab_slice_eq(all->list[i].s, realm)) {
            return import_bad(im, "a user of another realm has it",
                              "users[%zu].id", at);
        }
    }
    return store_del(c, key);
}


static enum ab_err
row_insert(struct ctx *c, const struct realm *realm, const json_t *row)
{
    json_t           *doc = doc_copy(json_object_get(row, "doc"));
    json_t           *actions, *cred = NULL;
    struct user_row   r = {
        .id = doc_str(row, "id"), .may_resume = true,
        .username = doc_str(row, "username"), .email = doc_str(row, "email"),
        .doc = doc, .roles = json_object_get(row, "roles"),
        .groups = json_object_get(row, "groups"),
        .links = json_object_get(row, "links"),
    };
    enum ab_err       e;

    actions = doc_copy(json_object_get(doc, "requiredActions"));
    if (!arena_own(c->a, doc, doc_unref)
        || json_object_set_new(doc, "requiredActions", actions) != 0)
    {
        return ctx_nomem(c);
    }
    e = credential_import(c, json_object_get(row, "credentials"), actions,
                          &cred);
    if (e != AB_OK) {
        return e;
    }
    if (!arena_own(c->a, cred, doc_unref)) {
        return ctx_nomem(c);
    }
    r.credentials = cred;
    return user_insert(c, realm, &r);
}


static enum ab_err
row_write(struct import *im, const struct realm *realm, const json_t *row,
    size_t at)
{
    const char   *id = doc_str(row, "id");
    enum found    found;
    struct ctx    s;
    enum ab_err   e = scratch_open(im->c, &s);

    if (e != AB_OK) {
        return e;
    }
    e = find(&s, im, id, &found);
    if (e == AB_OK && found == FOUND_OTHER) {
        e = clear_dead(&s, im, id, at);
    }
    if (e == AB_OK && found != FOUND_OURS) {
        e = row_insert(&s, realm, row);
    }
    if (e == AB_E_USER_CLASH) {
        e = import_bad(im, "another user has its name, e-mail or link",
                       "users[%zu]", at);
    }
    return scratch_close(im->c, &s, e);
}


enum ab_err
import_write_users(struct import *im, const char *lease)
{
    const json_t   *row;
    struct realm    realm;
    size_t          i;
    enum ab_err     e = AB_OK;

    realm_view(&realm, im->rid, 1, im->settings);
    json_array_foreach(im->users, i, row) {
        e = import_hold(im, lease);
        if (e == AB_OK) {
            e = row_write(im, &realm, row, i);
        }
        if (e != AB_OK) {
            return e;
        }
    }
    return AB_OK;
}
