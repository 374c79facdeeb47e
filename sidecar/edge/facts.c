/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * facts.c - what every worker must know, ready as wire fields.
 */
#include "facts.h"

#include "ab_limits.h"
#include "ab_wire.h"
#include "model/app.h"
#include "model/realm.h"
#include "token/key.h"

#include <stdio.h>
#include <stdlib.h>


static void
add_text(struct ab_buf *out, enum ab_wire_tag tag, const char *text)
{
    ab_wire_add(out, tag, ab_slice_str(text));
}


static void
add_realm(struct ab_buf *out, struct ctx *c, const struct realm *realm)
{
    size_t  at = ab_wire_nest(out, AB_TAG_REALM_ENTRY);

    add_text(out, AB_TAG_REALM, realm->name);
    add_text(out, AB_TAG_REALM_ID, realm->id);
    add_text(out, AB_TAG_ISSUER, realm_issuer(c, realm));
    add_text(out, AB_TAG_AUTH_URL, realm_oidc_url(c, realm, "/auth"));
    ab_wire_add_u64(out, AB_TAG_EPOCH, realm->epoch);
    ab_wire_nest_end(out, at);
}


/* Signing keys that are enabled, with an algorithm workers can verify. */
static void
add_keys(struct ab_buf *out, const struct realm *realm,
    const struct realm_keys *keys)
{
    const struct realm_key  *k;
    size_t                   i, at;

    for (i = 0; i < keys->n; i++) {
        k = &keys->v[i];
        if (k->pkey == NULL || k->status == KEY_DISABLED
            || strcmp(k->use, "sig") != 0
            || ab_alg_by_name(ab_slice_str(k->alg)) == AB_ALG_NONE)
        {
            continue;
        }
        at = ab_wire_nest(out, AB_TAG_PUBLIC_KEY);
        add_text(out, AB_TAG_REALM_ID, realm->id);
        add_text(out, AB_TAG_KID, k->kid);
        add_text(out, AB_TAG_ALG, k->alg);
        ab_wire_add(out, AB_TAG_SPKI, k->spki);
        ab_wire_nest_end(out, at);
    }
}


static void
add_edge_keys(struct ab_buf *out, const struct keyring *ring)
{
    size_t  i, at;

    for (i = 0; i < ring->edge.n && i < ring->n_mac; i++) {
        at = ab_wire_nest(out, AB_TAG_EDGE_KEY);
        ab_wire_add_u64(out, AB_TAG_KEY_ID, ring->edge.keys[i].id);
        ab_wire_add(out, AB_TAG_SEAL_KEY,
                    ab_slice(ring->edge.keys[i].key, AB_SEAL_KEY_LEN));
        ab_wire_add(out, AB_TAG_MAC_KEY, ab_slice(ring->mac[i].key, 32));
        ab_wire_nest_end(out, at);
    }
}


static enum ab_err
add_one(struct ctx *c, struct facts *f, const struct realm_name *name)
{
    const struct realm       *realm;
    const struct realm_keys  *keys;
    struct realm_epoch       *epoch = &f->realms[f->n_realms];
    enum ab_err               e = realm_by_id(c, name->id, &realm);

    if (e == AB_E_REALM_ABSENT) {
        fail_clear(&c->f);
        return AB_OK;
    }
    if (e == AB_OK) {
        e = realm_keys_get(c, realm, &keys);
    }
    if (e != AB_OK) {
        return e;
    }
    add_realm(&f->catalog, c, realm);
    add_keys(&f->keys, realm, keys);
    snprintf(epoch->id, sizeof(epoch->id), "%s", realm->id);
    epoch->epoch = realm->epoch;
    f->n_realms++;
    return AB_OK;
}


static enum ab_err
fill(struct ctx *c, struct facts *f)
{
    struct realm_name  *list;
    size_t              i, n;
    enum ab_err         e = realm_list(c, &list, &n);

    if (e != AB_OK) {
        return e;
    }
    f->realms = calloc(n + 1, sizeof(*f->realms));
    if (f->realms == NULL) {
        return ctx_nomem(c);
    }
    for (i = 0; i < n && e == AB_OK; i++) {
        e = add_one(c, f, &list[i]);
    }
    add_edge_keys(&f->keys, c->app->keyring);
    if (e == AB_OK && (f->keys.failed || f->catalog.failed)) {
        return ctx_fail(c, AB_E_TOO_LARGE, "catalogue of %zu realms", n);
    }
    return e;
}


enum ab_err
facts_build(struct ctx *c, struct facts **ret_facts)
{
    struct facts  *f = calloc(1, sizeof(*f));
    enum ab_err    e;

    if (f == NULL) {
        return ctx_nomem(c);
    }
    ab_buf_init(&f->keys, AB_MAX_FRAME_DOWN / 2);
    ab_buf_init(&f->catalog, AB_MAX_FRAME_DOWN / 4);
    e = fill(c, f);
    if (e != AB_OK) {
        facts_free(f);
        return e;
    }
    *ret_facts = f;
    return AB_OK;
}


void
facts_free(struct facts *f)
{
    if (f == NULL) {
        return;
    }
    ab_buf_clear(&f->keys);
    ab_buf_clear(&f->catalog);
    free(f->realms);
    free(f);
}


uint64_t
facts_epoch(const struct facts *f, struct ab_slice realm_id)
{
    size_t  i;

    for (i = 0; f != NULL && i < f->n_realms; i++) {
        if (ab_slice_eq_str(realm_id, f->realms[i].id)) {
            return f->realms[i].epoch;
        }
    }
    return 0;
}
