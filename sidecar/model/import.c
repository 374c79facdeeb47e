/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import.c - one realm file into the store, once.
 *
 * ab:imported holds "file:DIGEST" -> realm name for what is done, and
 * "realm:NAME" -> "realm id, digest" for what is under way: whoever gets the
 * lease after a crash goes on under the same id. That entry goes before the
 * realm is published, so that no id is ever used for a second realm.
 */
#include "import_int.h"

#include "doc.h"
#include "entity.h"
#include "app.h"

#include "base/clock.h"
#include "base/random.h"
#include "store/keys.h"
#include "store/lock.h"

#include "ab_digest.h"

#include <stdio.h>
#include <time.h>

#define WAIT_MS      50
#define DIGEST_TEXT  (2 * AB_SHA256_LEN)

/* A file's names in ab:imported. */
struct record {
    char             digest[DIGEST_TEXT + 1];   /* empty: no file */
    struct ab_slice  key, file_field;
};


/* ---- check --------------------------------------------------------------- */

enum ab_err
import_check_texts(struct ctx *c, const char *name,
    const struct ab_slice *texts, size_t n)
{
    struct import  im = { .c = c, .file = name, .rid = "check",
                          .texts = texts, .n_texts = n };

    return import_build(&im);
}


enum ab_err
import_check(struct ctx *c, const char *name, struct ab_slice text)
{
    return import_check_texts(c, name, &text, 1);
}


/* ---- records ------------------------------------------------------------- */

static enum ab_err
record_make(struct ctx *c, const struct ab_slice *texts, size_t n,
    struct record *ret_r)
{
    uint8_t      h[AB_SHA256_LEN];
    size_t       i;
    const char  *field;

    if (!ab_sha256_parts(h, texts, n)) {
        return ctx_fail(c, AB_E_INTERNAL, "digest of a realm file");
    }
    for (i = 0; i < sizeof(h); i++) {
        snprintf(ret_r->digest + 2 * i, 3, "%02x", h[i]);
    }
    field = arena_printf(c->a, "file:%s", ret_r->digest);
    ret_r->key = key0(c, KEY_DIGESTS);
    ret_r->file_field = ab_slice_str(field);
    return field == NULL ? ctx_nomem(c) : AB_OK;
}


static enum ab_err
is_published(struct ctx *c, const char *name, bool *ret_is)
{
    struct ab_slice  id;
    enum ab_err      e = store_hget(c, key0(c, KEY_REALMS),
                                    ab_slice_str(name), &id);

    *ret_is = e == AB_OK;
    return e == AB_E_STORE_ABSENT ? AB_OK : e;
}


/* Whether this very file is in already; then it need not be parsed. */
static enum ab_err
is_recorded(struct ctx *c, const struct record *r,
    struct import_result *result, bool *ret_is)
{
    struct ab_slice  name;
    enum ab_err      e = store_hget(c, r->key, r->file_field, &name);

    *ret_is = false;
    if (e != AB_OK) {
        return e == AB_E_STORE_ABSENT ? AB_OK : e;
    }
    result->realm = name.p;
    result->is_skipped = true;
    return is_published(c, name.p, ret_is);
}


static struct ab_slice
progress_field(struct import *im)
{
    return ab_slice_str(arena_printf(im->c->a, "realm:%s", im->name));
}


/* The realm id to use: that of an earlier try with the same file, or the new
 * one, noted. */
static enum ab_err
choose_id(struct import *im, const struct record *r, bool *ret_changed)
{
    struct ab_slice  field = progress_field(im), old, id;
    size_t           n;
    const char      *text;
    enum ab_err      e;

    *ret_changed = false;
    if (field.p == NULL) {
        return ctx_nomem(im->c);
    }
    e = store_hget(im->c, r->key, field, &old);
    if (e == AB_OK) {
        n = ab_slice_find(old, ' ');
        id = ab_slice(old.p, n);
        if (n < old.len && ab_slice_eq_str(ab_slice(old.p + n + 1,
                                           old.len - n - 1), r->digest))
        {
            *ret_changed = !ab_slice_eq_str(id, im->rid);
            im->rid = arena_dup(im->c->a, id);
            return im->rid == NULL ? ctx_nomem(im->c) : AB_OK;
        }
    } else if (e != AB_E_STORE_ABSENT) {
        return e;
    }
    text = arena_printf(im->c->a, "%s %s", im->rid, r->digest);
    return text == NULL ? ctx_nomem(im->c)
           : store_hset(im->c, r->key, field, ab_slice_str(text));
}


/* ---- publish ------------------------------------------------------------- */

static enum ab_err
publish(struct import *im, const struct record *r)
{
    struct ab_slice   del[] = { AB_S("HDEL"), r->key, progress_field(im) };
    struct ab_slice   set[] = { AB_S("HSETNX"), key0(im->c, KEY_REALMS),
                                ab_slice_str(im->name),
                                ab_slice_str(im->rid) };
    struct reply     *reply;
    enum ab_err       e;

    if (del[2].p == NULL) {
        return ctx_nomem(im->c);
    }
    e = store_call(im->c, 1, del, 3, &reply);
    if (e == AB_OK) {
        e = store_call(im->c, 1, set, 4, &reply);
    }
    if (e == AB_OK && reply->i != 1) {
        e = ctx_fail(im->c, AB_E_CONFLICT, "realm %.64s appeared meanwhile",
                     im->name);
    }
    return e;
}


static enum ab_err
record_done(struct import *im, const struct record *r)
{
    return r->digest[0] == '\0' ? AB_OK
           : store_hset(im->c, r->key, r->file_field,
                        ab_slice_str(im->name));
}


/* ---- one realm under its lease ------------------------------------------- */

/* Another's id needs another plan: built-in ids follow from it. */
static enum ab_err
build_again(struct import *im)
{
    struct import  again = { .c = im->c, .file = im->file, .rid = im->rid,
                             .texts = im->texts, .n_texts = im->n_texts };
    enum ab_err    e = import_build(&again);

    if (e == AB_OK) {
        *im = again;
    }
    return e;
}


static enum ab_err
import_leased(struct import *im, const struct record *r, const char *lease,
    struct import_result *result)
{
    bool         published, changed;
    enum ab_err  e = is_published(im->c, im->name, &published);

    if (e == AB_OK && published) {
        result->is_skipped = true;
        return record_done(im, r);
    }
    if (e == AB_OK) {
        e = choose_id(im, r, &changed);
    }
    if (e == AB_OK && changed) {
        e = build_again(im);
    }
    if (e == AB_OK) {
        e = import_write(im, lease);
    }
    if (e == AB_OK) {
        e = publish(im, r);
    }
    if (e == AB_OK) {
        e = record_done(im, r);
    }
    if (e == AB_OK) {
        result->n_users = json_array_size(im->users);
        result->n_clients = json_object_size(im->part[PART_CLIENTS]);
        result->n_idps = json_object_size(im->part[PART_IDPS]);
        result->n_masked = im->n_masked;
    }
    return e;
}


/* Another daemon at the same file: wait for it, then look what it left. */
static enum ab_err
lease_wait(struct ctx *c, struct ab_slice key, char lease[44])
{
    struct timespec  pause = { .tv_nsec = WAIT_MS * 1000000L };
    enum ab_err      e = lock_take(c, key, IMPORT_LEASE_S, lease);

    while (e == AB_E_CONFLICT && clock_left_ms(c->deadline_ms) > WAIT_MS) {
        nanosleep(&pause, NULL);
        e = lock_take(c, key, IMPORT_LEASE_S, lease);
    }
    return e == AB_E_CONFLICT
           ? ctx_fail(c, AB_E_BUSY, "another daemon imports this realm") : e;
}


static enum ab_err
import_plan(struct import *im, const struct record *r,
    struct import_result *result)
{
    struct ab_slice  key = key1(im->c, KEY_IMPORT_LEASE, im->name);
    char             lease[44];
    enum ab_err      e = lease_wait(im->c, key, lease);
    struct ctx       quiet;

    if (e != AB_OK) {
        return e;
    }
    e = import_leased(im, r, lease, result);
    quiet = *im->c;             /* the fault so far is the one to tell */
    fail_clear(&quiet.f);
    (void) lock_release(&quiet, key, lease);
    if (e == AB_OK && !result->is_skipped && im->c->app != NULL
        && im->c->app->cache != NULL)
    {
        entity_drop(im->c->app->cache, im->rid);
    }
    return e;
}


static enum ab_err
new_id(struct ctx *c, const char **ret_id)
{
    char  id[37];

    random_uuid(id);
    *ret_id = arena_str(c->a, id);
    return *ret_id == NULL ? ctx_nomem(c) : AB_OK;
}


enum ab_err
import_texts(struct ctx *c, const char *name, const struct ab_slice *texts,
    size_t n, struct import_result *ret_result)
{
    struct import         im = { .c = c, .file = name, .texts = texts,
                                 .n_texts = n };
    struct import_result  result = { .realm = NULL };
    struct record         r;
    bool                  done;
    enum ab_err           e = record_make(c, texts, n, &r);

    if (e == AB_OK) {
        e = is_recorded(c, &r, &result, &done);
    }
    if (e == AB_OK && done) {
        *ret_result = result;
        return AB_OK;
    }
    result = (struct import_result) { .realm = NULL };
    if (e == AB_OK) {
        e = new_id(c, &im.rid);
    }
    if (e == AB_OK) {
        e = import_build(&im);
    }
    if (e == AB_OK) {
        result.realm = im.name;
        e = import_plan(&im, &r, &result);
    }
    if (e == AB_OK) {
        *ret_result = result;
    }
    return e;
}


enum ab_err
import_realm(struct ctx *c, const char *name, struct ab_slice text,
    struct import_result *ret_result)
{
    return import_texts(c, name, &text, 1, ret_result);
}
