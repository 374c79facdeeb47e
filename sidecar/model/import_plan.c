/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import_plan.c - from a file's bytes to the plan of an import, in memory.
 */
#include "import_int.h"

#include "doc.h"
#include "secret.h"

#include "ab_digest.h"
#include "ab_limits.h"

#include <stdarg.h>

/* In this order, as later ones refer to what earlier ones made. */
static enum ab_err (*const builders[])(struct import *) = {
    import_shape, import_settings, import_scopes, import_clients,
    import_roles, import_groups, import_mappings, import_flows,
    import_actions, import_idps, import_components, import_users,
};


/* ---- helpers ------------------------------------------------------------- */

enum ab_err
import_bad(struct import *im, const char *reason, const char *path, ...)
{
    char     text[224];
    va_list  args;

    va_start(args, path);
    vsnprintf(text, sizeof(text), path, args);
    va_end(args);
    return ctx_fail(im->c, AB_E_IMPORT, "%.64s: %s: %s", im->file, text,
                    reason);
}


json_t *
import_keep(struct import *im, json_t *value)
{
    return value != NULL && arena_own(im->c->a, value, doc_unref) ? value
                                                                  : NULL;
}


/* A UUID of version 8 (RFC 9562 section 5.8) over realm, kind and names. */
const char *
import_id(struct import *im, const char *kind, const char *a, const char *b)
{
    const struct ab_slice  parts[] = {
        ab_slice_str(im->rid), ab_slice_str(kind), ab_slice_str(a),
        ab_slice_str(b)
    };
    uint8_t                h[AB_SHA256_LEN];

    if (!ab_sha256_parts(h, parts, 4)) {
        return NULL;
    }
    h[6] = (uint8_t) ((h[6] & 0x0f) | 0x80);
    h[8] = (uint8_t) ((h[8] & 0x3f) | 0x80);
    return arena_printf(im->c->a, "%02x%02x%02x%02x-%02x%02x-%02x%02x-"
                        "%02x%02x-%02x%02x%02x%02x%02x%02x", h[0], h[1], h[2],
                        h[3], h[4], h[5], h[6], h[7], h[8], h[9], h[10],
                        h[11], h[12], h[13], h[14], h[15]);
}


const char *
import_own_id(struct import *im, const json_t *doc, const char *name,
    const char *kind, const char *a, const char *b)
{
    const char  *own = doc_filled(doc, name);

    /* A copy: the member is about to be written over. */
    return own != NULL ? arena_str(im->c->a, own)
                       : import_id(im, kind, a, b);
}


enum ab_err
import_put(struct import *im, enum import_part part, const char *field,
    json_t *doc, const char *path, size_t i)
{
    if (json_object_get(im->part[part], field) != NULL) {
        return import_bad(im, "stands in the file twice", "%s[%zu]", path, i);
    }
    return json_object_set(im->part[part], field, doc) == 0
           ? AB_OK : ctx_nomem(im->c);
}


enum ab_err
import_unmask(struct import *im, json_t *doc, const char *name)
{
    const char  *text = doc_str(doc, name);
    char         random[33];

    if (text == NULL || strcmp(text, IMPORT_MASK) != 0) {
        return AB_OK;
    }
    secret_random(random, 32);
    im->n_masked++;
    return doc_put(doc, name, random) ? AB_OK : ctx_nomem(im->c);
}


/* ---- build --------------------------------------------------------------- */

static enum ab_err
parse(struct import *im, struct ab_slice text, json_t **ret_doc)
{
    json_error_t  je;
    json_t       *doc;

    if (text.len > AB_MAX_REALM_FILE) {
        return import_bad(im, "is too large", "$");
    }
    doc = json_loadb(text.p == NULL ? "" : text.p, text.len,
                     JSON_REJECT_DUPLICATES, &je);
    if (doc == NULL) {
        return doc_ran_out(&je) ? ctx_nomem(im->c)
               : import_bad(im, je.text, "line %d, column %d", je.line,
                            je.column);
    }
    *ret_doc = import_keep(im, doc);
    return *ret_doc == NULL ? ctx_nomem(im->c) : AB_OK;
}


/* The users of a further file of the same export. */
static enum ab_err
parse_users(struct import *im, struct ab_slice text)
{
    json_t       *more, *users = json_object_get(im->doc, "users"), *add;
    const char   *realm;
    enum ab_err   e = parse(im, text, &more);

    if (e != AB_OK) {
        return e;
    }
    realm = doc_str(more, "realm");
    add = json_object_get(more, "users");
    if (realm == NULL || !json_is_array(add)
        || doc_str(im->doc, "realm") == NULL
        || strcmp(realm, doc_str(im->doc, "realm")) != 0)
    {
        return import_bad(im, "a file of users is not of this realm", "realm");
    }
    if (users == NULL) {
        return json_object_set(im->doc, "users", add) == 0
               ? AB_OK : ctx_nomem(im->c);
    }
    return json_array_extend(users, add) == 0
           ? AB_OK : import_bad(im, "an array is wanted", "users");
}


static enum ab_err
parse_all(struct import *im)
{
    size_t       i;
    enum ab_err  e = parse(im, im->texts[0], &im->doc);

    for (i = 1; e == AB_OK && i < im->n_texts; i++) {
        e = parse_users(im, im->texts[i]);
    }
    return e;
}


static bool
make_objects(struct import *im)
{
    size_t  i;
    bool    ok = true;

    for (i = 0; ok && i < PART_N; i++) {
        im->part[i] = import_keep(im, json_object());
        ok = im->part[i] != NULL;
    }
    im->realm_roles = ok ? import_keep(im, json_object()) : NULL;
    im->client_roles = ok ? import_keep(im, json_object()) : NULL;
    im->paths = ok ? import_keep(im, json_object()) : NULL;
    im->flow_ids = ok ? import_keep(im, json_object()) : NULL;
    im->users = ok ? import_keep(im, json_array()) : NULL;
    return im->realm_roles != NULL && im->client_roles != NULL
           && im->paths != NULL && im->flow_ids != NULL && im->users != NULL;
}


enum ab_err
import_build(struct import *im)
{
    size_t       i;
    enum ab_err  e = make_objects(im) ? AB_OK : ctx_nomem(im->c);

    if (e == AB_OK) {
        e = parse_all(im);
    }
    for (i = 0; e == AB_OK && i < sizeof(builders) / sizeof(*builders); i++) {
        e = builders[i](im);
    }
    return e;
}
