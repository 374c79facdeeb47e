/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * user_insert.c - one user into the store, its names unique.
 *
 * The order of steps is what makes names unique and crashes harmless
 * (DESIGN section 6, Users): reservations, index, pending document, the
 * reservations confirmed, active. Whoever overtakes a late owner bumps its
 * document first, so that the last step fails.
 */
#include "user_int.h"

#include "doc.h"
#include "reservation.h"
#include "step.h"

#include "store/keys.h"


/* ---- reservations of a row ----------------------------------------------- */

struct held_set {
    size_t               n;
    struct reservation  *v;
};


static enum ab_err
take(struct ctx *c, const struct claim *claim, const char *id,
    struct held_set *set)
{
    enum ab_err  e = reservation_take(c, claim, id, &set->v[set->n]);

    set->n += e == AB_OK;
    return e;
}


/* Links, name, mail, in that order for everybody: no two wait for each
 * other. */
static enum ab_err
take_all(struct ctx *c, const struct realm *realm, const struct user_row *row,
    struct held_set *set)
{
    struct claim   claim = { .kind = CLAIM_LINK, .realm_id = realm->id };
    const json_t  *link;
    size_t         i;
    enum ab_err    e = AB_OK;

    set->n = 0;
    set->v = arena_array(c->a, json_array_size(row->links) + 2,
                         sizeof(*set->v));
    if (set->v == NULL) {
        return ctx_nomem(c);
    }
    json_array_foreach(row->links, i, link) {
        claim.idp_id = doc_filled(link, "idpId");
        claim.text = doc_filled(link, "userId");
        if (claim.idp_id != NULL && claim.text != NULL && e == AB_OK) {
            e = take(c, &claim, row->id, set);
        }
    }
    claim = (struct claim) { .kind = CLAIM_NAME, .realm_id = realm->id,
                             .text = row->username };
    if (e == AB_OK) {
        e = take(c, &claim, row->id, set);
    }
    if (e == AB_OK && row->email != NULL && !realm->duplicate_emails) {
        claim.kind = CLAIM_MAIL;
        claim.text = row->email;
        e = take(c, &claim, row->id, set);
    }
    return e;
}


static void
release_all(struct ctx *c, const struct held_set *set)
{
    size_t  i;

    for (i = set->n; i > 0; i--) {
        reservation_release(c, &set->v[i - 1]);
    }
}


/* ---- insert -------------------------------------------------------------- */

static void
step_pair(struct step *s, enum user_field field, struct ab_slice value)
{
    step_slice(s, user_fields[field]);
    step_slice(s, value);
}


static enum ab_err
write_pending(struct ctx *c, const struct realm *realm,
    const struct user_row *row, int64_t *ret_version)
{
    const json_t        *parts[] = { row->doc, row->credentials, row->roles,
                                     row->groups, row->links };
    struct ab_slice      text[5], key = key1(c, KEY_USER, row->id);
    struct step          s = step_new(c);
    const struct reply  *r;
    size_t               i;
    enum ab_err          e = AB_OK;

    for (i = 0; e == AB_OK && i < 5; i++) {
        e = doc_text(c, parts[i], &text[i]);
    }
    if (e == AB_OK) {
        e = store_seal(c, key, "cred", text[1], &text[1]);
    }
    if (e != AB_OK) {
        return e;
    }
    step_text(&s, row->may_resume ? "1" : "");
    step_pair(&s, USER_REALM, ab_slice_str(realm->id));
    for (i = 0; i < 5; i++) {
        step_pair(&s, (enum user_field) (USER_DOC + i), text[i]);
    }
    e = step_run(&s, SCRIPT_user_new, key, 1, &r);
    if (e == AB_OK) {
        *ret_version = step_result(r, 1);
    }
    return e;
}


static enum ab_err
run_on_version(struct ctx *c, enum script script, const char *id,
    int64_t version, size_t results)
{
    struct step          s = step_new(c);
    const struct reply  *r;

    step_num(&s, version);
    return step_run(&s, script, key1(c, KEY_USER, id), results, &r);
}


static enum ab_err
confirm_and_activate(struct ctx *c, const struct user_row *row,
    struct held_set *set, int64_t version)
{
    size_t       i;
    enum ab_err  e = AB_OK;

    for (i = 0; e == AB_OK && i < set->n; i++) {
        e = reservation_confirm(c, &set->v[i]);
    }
    return e == AB_OK ? run_on_version(c, SCRIPT_user_activate, row->id,
                                       version, 1) : e;
}


enum ab_err
user_insert(struct ctx *c, const struct realm *realm,
    const struct user_row *row)
{
    struct held_set  set;
    struct ctx       quiet;
    int64_t          version = 0;
    enum ab_err      e = take_all(c, realm, row, &set);

    if (e != AB_OK) {
        release_all(c, &set);
        return e;
    }
    e = user_index_write(c, realm->id, row->id, row->doc);
    if (e == AB_OK) {
        e = write_pending(c, realm, row, &version);
    }
    if (e == AB_OK) {
        e = confirm_and_activate(c, row, &set, version);
    }
    if (e != AB_OK) {
        quiet = *c;             /* the fault that led here is the one to tell */
        if (version > 0) {
            (void) run_on_version(&quiet, SCRIPT_user_drop, row->id, version,
                                  0);
        }
        user_index_remove(c, realm->id, row->id, row->doc, NULL);
        release_all(c, &set);
    }
    return e;
}
