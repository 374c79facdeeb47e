/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import_write.c - the plan of an import into the store, all but the
 * publishing.
 *
 * Nothing here can be seen before ab:realms names the realm id, so each hash
 * is simply dropped and written; after a crash it is dropped and written
 * again.
 */
#include "import_int.h"

#include "doc.h"
#include "idp_int.h"
#include "scratch.h"
#include "secret.h"

#include "base/clock.h"
#include "store/keys.h"
#include "store/lock.h"

/* One HSET: this many fields and, about, bytes. */
#define BATCH_N      200
#define BATCH_BYTES  (256 * 1024)
/* Between two extensions of the lease. */
#define EXTEND_MS    2000

static const enum store_key  part_keys[PART_N] = {
    [PART_SCOPES] = KEY_SCOPES,         [PART_CLIENTS] = KEY_CLIENTS,
    [PART_CLIENTS_BY] = KEY_CLIENTS_BY, [PART_ROLES] = KEY_ROLES,
    [PART_GROUPS] = KEY_GROUPS,         [PART_FLOWS] = KEY_FLOWS,
    [PART_FLOW_CONFIGS] = KEY_FLOW_CONFIGS, [PART_ACTIONS] = KEY_ACTIONS,
    [PART_IDPS] = KEY_IDPS,             [PART_IDPS_BY] = KEY_IDPS_BY,
    [PART_IDP_MAPPERS] = KEY_IDP_MAPPERS, [PART_COMPONENTS] = KEY_COMPONENTS,
};

/* Members of component configs that are secret. */
static const char *const  component_secrets[] = {
    "privateKey", "ecdsaPrivateKey", "ecdhPrivateKey", "eddsaPrivateKey",
    "secret", "bindCredential", "keystorePassword", "keyPassword",
};


/* ---- secrets ------------------------------------------------------------- */

static enum ab_err
seal_component(struct ctx *c, struct ab_slice key, const char *id,
    json_t *doc)
{
    json_t       *config = json_object_get(doc, "config");
    const char   *plain, *field, *name, *text;
    size_t        i;
    enum ab_err   e;

    for (i = 0; i < sizeof(component_secrets) / sizeof(char *); i++) {
        name = component_secrets[i];
        plain = doc_first(config, name);
        if (plain == NULL || *plain == '\0') {
            continue;
        }
        field = arena_printf(c->a, "%s:%s", id, name);
        if (field == NULL) {
            return ctx_nomem(c);
        }
        e = secret_text(c, key, field, plain, &text);
        if (e != AB_OK) {
            return e;
        }
        if (json_object_set_new(config, name, json_pack("[s]", text)) != 0) {
            return ctx_nomem(c);
        }
    }
    return AB_OK;
}


/* A document on its way: its secrets sealed, in a copy. */
static enum ab_err
seal_doc(struct ctx *c, enum import_part part, struct ab_slice key,
    const char *id, json_t *doc)
{
    const char  *name = part == PART_CLIENTS ? "secret" : "clientSecret";
    const char  *field = arena_printf(c->a, "%s:%s", id, name);

    if (field == NULL) {
        return ctx_nomem(c);
    }
    switch (part) {
    case PART_CLIENTS:
        return secret_seal(c, key, field, doc, name);
    case PART_IDPS:
        return secret_seal(c, key, field, json_object_get(doc, "config"),
                           name);
    case PART_COMPONENTS:
        return seal_component(c, key, id, doc);
    default:
        return AB_OK;
    }
}


static enum ab_err
stored_text(struct ctx *c, enum import_part part, struct ab_slice key,
    const char *id, const json_t *doc, struct ab_slice *ret_text)
{
    json_t       *copy;
    enum ab_err   e;

    if (json_is_string(doc)) {
        *ret_text = ab_slice(json_string_value(doc), json_string_length(doc));
        return AB_OK;
    }
    copy = doc_deep_copy(doc);
    if (copy == NULL) {
        return ctx_nomem(c);
    }
    e = seal_doc(c, part, key, id, copy);
    if (e == AB_OK) {
        e = doc_text(c, copy, ret_text);
    }
    json_decref(copy);
    return e;
}


/* ---- hashes -------------------------------------------------------------- */

struct batch {
    struct ctx        s;            /* its texts live here */
    struct ab_slice   argv[2 + 2 * BATCH_N];
    size_t            n, bytes;
};


static enum ab_err
batch_send(struct import *im, struct batch *b)
{
    struct reply  *r;
    enum ab_err    e = AB_OK;

    if (b->n > 0) {
        e = store_call(&b->s, 1, b->argv, 2 + 2 * b->n, &r);
    }
    b->n = 0;
    b->bytes = 0;
    e = scratch_close(im->c, &b->s, e);
    return e == AB_OK ? scratch_open(im->c, &b->s) : e;
}


static enum ab_err
part_write(struct import *im, enum import_part part)
{
    struct batch     b = { .argv = { AB_S("HSET"),
                           key1(im->c, part_keys[part], im->rid) } };
    struct ab_slice  text;
    const char      *field;
    json_t          *doc;
    enum ab_err      e = store_del(im->c, b.argv[1]);

    if (e == AB_OK) {
        e = scratch_open(im->c, &b.s);
    }
    if (e != AB_OK) {
        return e;
    }
    json_object_foreach(im->part[part], field, doc) {
        e = stored_text(&b.s, part, b.argv[1], field, doc, &text);
        if (e != AB_OK) {
            return scratch_close(im->c, &b.s, e);
        }
        b.argv[2 + 2 * b.n] = ab_slice_str(field);
        b.argv[3 + 2 * b.n] = text;
        b.n++;
        b.bytes += text.len;
        if (b.n == BATCH_N || b.bytes >= BATCH_BYTES) {
            e = batch_send(im, &b);
            if (e != AB_OK) {
                return e;
            }
        }
    }
    e = batch_send(im, &b);
    return e == AB_OK ? scratch_close(im->c, &b.s, AB_OK) : e;
}


/* What the login page lists; see idp_int.h. */
static enum ab_err
shown_write(struct import *im)
{
    struct ab_slice   argv[4] = { AB_S("ZADD"),
                                  key1(im->c, KEY_IDPS_LIST, im->rid) };
    struct ctx        s;
    struct reply     *r;
    const char       *id;
    json_t           *idp;
    enum ab_err       e = store_del(im->c, argv[1]);

    json_object_foreach(im->part[PART_IDPS], id, idp) {
        if (e != AB_OK || !idp_doc_is_shown(idp)) {
            continue;
        }
        e = scratch_open(im->c, &s);
        if (e != AB_OK) {
            return e;
        }
        argv[2] = ab_slice_str(arena_printf(s.a, "%lld",
                               (long long) idp_doc_order(idp)));
        argv[3] = idp_doc_member(&s, idp);
        e = argv[2].p == NULL || argv[3].p == NULL ? ctx_nomem(&s)
            : store_call(&s, 1, argv, 4, &r);
        e = scratch_close(im->c, &s, e);
    }
    return e;
}


static enum ab_err
realm_write(struct import *im)
{
    struct ab_slice   key = key1(im->c, KEY_REALM, im->rid);
    struct ab_slice   argv[] = { AB_S("HSET"), key, AB_S("v"), AB_S("1"),
                                 AB_S("doc"), { NULL, 0 } };
    json_t           *copy = import_keep(im, doc_deep_copy(im->settings));
    struct reply     *r;
    enum ab_err       e;

    if (copy == NULL) {
        return ctx_nomem(im->c);
    }
    e = secret_seal(im->c, key, "smtp:password",
                    json_object_get(copy, "smtpServer"), "password");
    if (e == AB_OK) {
        e = doc_text(im->c, copy, &argv[5]);
    }
    return e == AB_OK ? store_call(im->c, 1, argv, 6, &r) : e;
}


enum ab_err
import_hold(struct import *im, const char *lease)
{
    if (clock_mono_ms() < im->extend_at_ms) {
        return AB_OK;
    }
    im->extend_at_ms = clock_mono_ms() + EXTEND_MS;
    return lock_extend(im->c, key1(im->c, KEY_IMPORT_LEASE, im->name),
                       IMPORT_LEASE_S, lease);
}


enum ab_err
import_write(struct import *im, const char *lease)
{
    size_t       part;
    enum ab_err  e = AB_OK;

    for (part = 0; e == AB_OK && part < PART_N; part++) {
        e = import_hold(im, lease);
        if (e == AB_OK) {
            e = part_write(im, (enum import_part) part);
        }
    }
    if (e == AB_OK) {
        e = shown_write(im);
    }
    if (e == AB_OK) {
        e = import_write_users(im, lease);
    }
    return e == AB_OK ? realm_write(im) : e;
}
