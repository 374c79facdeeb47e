/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * key_provider.c - the types of key components, and where the material of one
 * comes from.
 */
#include "key_int.h"
#include "alg.h"

#include "model/doc.h"
#include "model/secret.h"

#include <openssl/evp.h>
#include <stdlib.h>

#define MASKED  "**********"

/*
 * id, kind, use, alg, is_generated, size, size_name, curve_name, curve,
 * alg_name, private_name: as in struct key_provider
 */
static const struct key_provider  providers[] = {
    { "rsa-generated",     MATERIAL_RSA,    "sig", "RS256",    true,  2048, "keySize",    NULL, NULL, "algorithm", "privateKey" },
    { "rsa-enc-generated", MATERIAL_RSA,    "enc", "RSA-OAEP", true,  2048, "keySize",    NULL, NULL, "algorithm", "privateKey" },
    { "rsa",               MATERIAL_RSA,    "sig", "RS256",    false, 0,    NULL,         NULL, NULL, "algorithm", "privateKey" },
    { "rsa-enc",           MATERIAL_RSA,    "enc", "RSA-OAEP", false, 0,    NULL,         NULL, NULL, "algorithm", "privateKey" },
    { "ecdsa-generated",   MATERIAL_EC,     "sig", NULL,       true,  0,    NULL, "ecdsaEllipticCurveKey", "P-256", NULL, "ecdsaPrivateKey" },
    { "ecdh-generated",    MATERIAL_EC,     "enc", "ECDH-ES",  true,  0,    NULL, "ecdhEllipticCurveKey",  "P-256", "ecdhAlgorithm", "ecdhPrivateKey" },
    { "eddsa-generated",   MATERIAL_OKP,    "sig", "EdDSA",    true,  0,    NULL, "eddsaEllipticCurveKey", "Ed25519", NULL, "eddsaPrivateKey" },
    { "hmac-generated",    MATERIAL_SECRET, "sig", "HS512",    true,  64,   "secretSize", NULL, NULL, "algorithm", "secret" },
    { "aes-generated",     MATERIAL_SECRET, "enc", "AES",      true,  16,   "secretSize", NULL, NULL, NULL, "secret" },
};

static enum ab_err config_text(struct ctx *c, struct ab_slice components,
    const json_t *doc, const char *name, const char **ret_text);
static enum ab_err stored(struct ctx *c, struct ab_slice components,
    const char *field, struct material *ret_m);
static enum ab_err put_first(struct ctx *c, struct ab_slice components,
    const char *field, const struct material *m);
static enum ab_err make_first(struct ctx *c, struct ab_slice components,
    const char *field, const struct material_spec *spec,
    struct material *ret_m);
static enum ab_err certify_first(struct ctx *c, struct ab_slice components,
    const char *field, const char *cn, struct material *m);


const struct key_provider *
key_provider_by_id(const char *id)
{
    size_t  i;

    for (i = 0; id != NULL && i < sizeof(providers) / sizeof(*providers);
         i++)
    {
        if (strcmp(providers[i].id, id) == 0) {
            return &providers[i];
        }
    }
    return NULL;
}


const char *
key_field(struct ctx *c, const char *id)
{
    return arena_printf(c->a, "%s:key", id);
}


enum ab_err
key_material_get(struct ctx *c, struct ab_slice components,
    const struct key_provider *p, const json_t *doc, const char *cn,
    struct material *ret_m)
{
    const json_t          *config = json_object_get(doc, "config");
    const char            *field = key_field(c, doc_str(doc, "id"));
    const char            *text, *cert = doc_first(config, "certificate");
    const char            *size = p->size_name == NULL
                                  ? NULL : doc_first(config, p->size_name);
    const char            *curve = p->curve_name == NULL
                                   ? NULL : doc_first(config, p->curve_name);
    struct material_spec   spec = {
        .kind = p->kind, .cn = cn, .curve = curve == NULL ? p->curve : curve,
        .size = size == NULL ? p->size : (size_t) strtoul(size, NULL, 10),
    };
    enum ab_err            e;

    if (field == NULL) {
        return ctx_nomem(c);
    }
    e = config_text(c, components, doc, p->private_name, &text);
    if (e != AB_OK) {
        return e;
    }
    if (text != NULL && p->kind == MATERIAL_SECRET) {
        return material_import_secret(c, text, doc_first(config, "kid"),
                                      ret_m);
    }
    if (text != NULL) {
        e = material_import_key(c, text, cert, ret_m);
        if (e == AB_OK && ret_m->cert.len == 0
            && EVP_PKEY_is_a(ret_m->pkey, "RSA"))
        {
            e = certify_first(c, components, field, cn, ret_m);
        }
        return e;
    }
    e = stored(c, components, field, ret_m);
    if (e != AB_E_STORE_ABSENT || !p->is_generated) {
        return e;
    }
    return make_first(c, components, field, &spec, ret_m);
}


/* A secret member of the config, opened; NULL when absent or masked. */
static enum ab_err
config_text(struct ctx *c, struct ab_slice components, const json_t *doc,
    const char *name, const char **ret_text)
{
    const char  *text = doc_first(json_object_get(doc, "config"), name);
    const char  *field;

    if (text == NULL || *text == '\0' || strcmp(text, MASKED) == 0) {
        *ret_text = NULL;
        return AB_OK;
    }
    field = arena_printf(c->a, "%s:%s", doc_str(doc, "id"), name);
    if (field == NULL) {
        return ctx_nomem(c);
    }
    return secret_open(c, components, field, text, ret_text);
}


static enum ab_err
stored(struct ctx *c, struct ab_slice components, const char *field,
    struct material *ret_m)
{
    struct ab_slice  sealed, text;
    enum ab_err      e = store_hget(c, components, ab_slice_str(field),
                                    &sealed);

    if (e == AB_OK) {
        e = store_unseal(c, components, field, sealed, &text);
    }
    return e == AB_OK ? material_parse(c, text, ret_m) : e;
}


/* Who puts the field first decides; the others take what stands there. */
static enum ab_err
make_first(struct ctx *c, struct ab_slice components, const char *field,
    const struct material_spec *spec, struct material *ret_m)
{
    struct material  m;
    enum ab_err      e = material_make(c, spec, &m);

    if (e == AB_OK) {
        e = put_first(c, components, field, &m);
    }
    return e == AB_OK ? stored(c, components, field, ret_m) : e;
}


static enum ab_err
put_first(struct ctx *c, struct ab_slice components, const char *field,
    const struct material *m)
{
    struct ab_slice   argv[] = {
        AB_S("HSETNX"), components, ab_slice_str(field), { NULL, 0 }
    };
    struct ab_slice   text;
    struct reply     *r;
    enum ab_err       e = material_text(c, m, &text);

    if (e == AB_OK) {
        e = store_seal(c, components, field, text, &argv[3]);
    }
    return e == AB_OK ? store_call(c, 1, argv, 4, &r) : e;
}


/* An imported key without certificate: one is made, once for all daemons. */
static enum ab_err
certify_first(struct ctx *c, struct ab_slice components, const char *field,
    const char *cn, struct material *m)
{
    struct material  fresh = { NULL }, first;
    enum ab_err      e = stored(c, components, field, &first);

    if (e == AB_E_STORE_ABSENT) {
        e = material_certify(c, m->pkey, cn, &fresh.cert);
        if (e == AB_OK) {
            e = put_first(c, components, field, &fresh);
        }
        if (e == AB_OK) {
            e = stored(c, components, field, &first);
        }
    }
    if (e == AB_OK) {
        m->cert = first.cert;
    }
    return e;
}
