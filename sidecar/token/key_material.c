/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * key_material.c - private parts: made, taken apart, put together.
 */
#include "key_material.h"
#include "alg.h"

#include "ab_base64.h"
#include "ab_limits.h"
#include "base/autofree.h"
#include "base/random.h"
#include "model/doc.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#define RSA_BITS_MIN     2048
#define RSA_BITS_MAX     8192
#define SECRET_MIN       16
#define SECRET_MAX       512
#define IMPORT_MAX       (64 * 1024)

static enum ab_err make_pkey(struct ctx *c, const struct material_spec *spec,
    struct material *ret_m);
static enum ab_err make_secret(struct ctx *c, size_t size,
    struct material *ret_m);
static enum ab_err own_pkey(struct ctx *c, EVP_PKEY *pkey,
    struct material *m);
static enum ab_err from_base64(struct ctx *c, const char *text,
    struct ab_slice *ret_raw);
static enum ab_err put_base64(struct ctx *c, json_t *doc, const char *name,
    struct ab_slice raw);
static enum ab_err pkey_from_der(struct ctx *c, struct ab_slice der,
    struct material *m);


enum ab_err
material_make(struct ctx *c, const struct material_spec *spec,
    struct material *ret_m)
{
    struct material  m = { NULL };
    enum ab_err      e;

    if (spec->kind == MATERIAL_SECRET) {
        return make_secret(c, spec->size, ret_m);
    }
    e = make_pkey(c, spec, &m);
    if (e == AB_OK && spec->kind == MATERIAL_RSA) {
        e = material_certify(c, m.pkey, spec->cn, &m.cert);
    }
    if (e == AB_OK) {
        *ret_m = m;
    }
    return e;
}


static enum ab_err
make_pkey(struct ctx *c, const struct material_spec *spec,
    struct material *ret_m)
{
    size_t     bits = spec->size < RSA_BITS_MIN ? RSA_BITS_MIN
                      : spec->size > RSA_BITS_MAX ? RSA_BITS_MAX : spec->size;
    bool       is_448 = strcmp(spec->curve == NULL ? "" : spec->curve,
                               "Ed448") == 0;
    EVP_PKEY  *pkey = NULL;

    if ((spec->kind == MATERIAL_EC && alg_by_curve(spec->curve) == NULL)
        || (spec->kind == MATERIAL_OKP && !is_448
            && strcmp(spec->curve, "Ed25519") != 0))
    {
        return AB_E_UNSUPPORTED;
    }
    switch (spec->kind) {
    case MATERIAL_RSA:
        pkey = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", bits);
        break;
    case MATERIAL_EC:
        pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", spec->curve);
        break;
    case MATERIAL_OKP:
        pkey = EVP_PKEY_Q_keygen(NULL, NULL, is_448 ? "ED448" : "ED25519");
        break;
    case MATERIAL_SECRET:
        break;
    }
    return own_pkey(c, pkey, ret_m);
}


static void
pkey_free(void *pkey)
{
    EVP_PKEY_free(pkey);
}


/* Takes pkey. */
static enum ab_err
own_pkey(struct ctx *c, EVP_PKEY *pkey, struct material *m)
{
    ERR_clear_error();
    if (pkey == NULL) {
        return ctx_fail(c, AB_E_INTERNAL, "a key could not be made or read");
    }
    if (!arena_own(c->a, pkey, pkey_free)) {
        return ctx_nomem(c);
    }
    m->pkey = pkey;
    return AB_OK;
}


static enum ab_err
make_secret(struct ctx *c, size_t size, struct material *ret_m)
{
    size_t   n = size < SECRET_MIN ? SECRET_MIN
                 : size > SECRET_MAX ? SECRET_MAX : size;
    char     uuid[37];
    char    *secret = arena_alloc(c->a, n);
    char    *kid;

    random_uuid(uuid);
    kid = arena_str(c->a, uuid);
    if (secret == NULL || kid == NULL) {
        return ctx_nomem(c);
    }
    random_bytes(secret, n);
    *ret_m = (struct material) { .secret = ab_slice(secret, n), .kid = kid };
    return AB_OK;
}


enum ab_err
material_text(struct ctx *c, const struct material *m,
    struct ab_slice *ret_text)
{
    autofree(json_unrefp) json_t  *doc = json_object();
    unsigned char                 *der = NULL;
    int                            n = 0;
    enum ab_err                    e;

    if (doc == NULL
        || (m->kid != NULL && !doc_put(doc, "kid", m->kid)))
    {
        return ctx_nomem(c);
    }
    if (m->pkey != NULL) {
        n = i2d_PrivateKey(m->pkey, &der);
        if (n <= 0) {
            return ctx_fail(c, AB_E_INTERNAL, "a key could not be written");
        }
    }
    e = put_base64(c, doc, "key", ab_slice(der, (size_t) n));
    OPENSSL_clear_free(der, (size_t) n);
    if (e == AB_OK) {
        e = put_base64(c, doc, "cert", m->cert);
    }
    if (e == AB_OK) {
        e = put_base64(c, doc, "secret", m->secret);
    }
    return e == AB_OK ? doc_text(c, doc, ret_text) : e;
}


/* An empty value leaves no member. */
static enum ab_err
put_base64(struct ctx *c, json_t *doc, const char *name, struct ab_slice raw)
{
    char  *text;

    if (raw.len == 0) {
        return AB_OK;
    }
    text = arena_alloc(c->a, AB_B64_LEN(raw.len) + 1);
    if (text == NULL) {
        return ctx_nomem(c);
    }
    ab_b64_encode(text, raw);
    return doc_put(doc, name, text) ? AB_OK : ctx_nomem(c);
}


enum ab_err
material_parse(struct ctx *c, struct ab_slice text, struct material *ret_m)
{
    struct material  m = { NULL };
    struct ab_slice  der = { NULL, 0 };
    const json_t    *doc;
    enum ab_err      e = doc_parse_in(c, c->a, "key", text, &doc);

    if (e == AB_OK) {
        m.kid = doc_str(doc, "kid");
        e = from_base64(c, doc_str(doc, "key"), &der);
    }
    if (e == AB_OK) {
        e = from_base64(c, doc_str(doc, "cert"), &m.cert);
    }
    if (e == AB_OK) {
        e = from_base64(c, doc_str(doc, "secret"), &m.secret);
    }
    if (e == AB_OK && der.len > 0) {
        e = pkey_from_der(c, der, &m);
    }
    if (e == AB_OK) {
        *ret_m = m;
    }
    return e;
}


static enum ab_err
pkey_from_der(struct ctx *c, struct ab_slice der, struct material *m)
{
    const unsigned char  *p = (const unsigned char *) der.p;

    return own_pkey(c, d2i_AutoPrivateKey(NULL, &p, (long) der.len), m);
}


/* Base64 in any layout: lines, PEM's armour, padding missing. NULL and "" are
 * empty. */
static enum ab_err
from_base64(struct ctx *c, const char *text, struct ab_slice *ret_raw)
{
    size_t       n = text == NULL ? 0 : strlen(text), k = 0, len;
    const char  *p = text;
    char        *digits, *raw;

    if (n == 0) {
        *ret_raw = ab_slice(NULL, 0);
        return AB_OK;
    }
    digits = arena_alloc(c->a, n + 4);
    raw = arena_alloc(c->a, AB_B64_DECODED_MAX(n));
    if (n > IMPORT_MAX || digits == NULL || raw == NULL) {
        return n > IMPORT_MAX ? ctx_fail(c, AB_E_FORMAT, "key: too long")
                              : ctx_nomem(c);
    }
    while (*p != '\0') {
        if (strncmp(p, "-----", 5) == 0) {      /* armour: to its end */
            p = strstr(p + 5, "-----");
            if (p == NULL) {
                return ctx_fail(c, AB_E_FORMAT, "key: armour");
            }
            p += 5;
        } else {
            if (strchr(" \t\r\n=", *p) == NULL) {
                digits[k++] = *p == '-' ? '+' : *p == '_' ? '/' : *p;
            }
            p++;
        }
    }
    while (k % 4 != 0) {
        digits[k++] = '=';
    }
    if (ab_b64_decode(raw, AB_B64_DECODED_MAX(n), ab_slice(digits, k), &len)
        != AB_OK)
    {
        return ctx_fail(c, AB_E_FORMAT, "key: base64");
    }
    *ret_raw = ab_slice(raw, len);
    return AB_OK;
}


enum ab_err
material_import_key(struct ctx *c, const char *key, const char *cert,
    struct material *ret_m)
{
    struct material  m = { NULL };
    struct ab_slice  der;
    enum ab_err      e = from_base64(c, key, &der);

    if (e == AB_OK) {
        e = pkey_from_der(c, der, &m);
        e = e == AB_E_INTERNAL ? AB_E_FORMAT : e;
    }
    if (e == AB_OK) {
        e = from_base64(c, cert, &m.cert);
    }
    if (e == AB_OK) {
        *ret_m = m;
    }
    return e;
}


enum ab_err
material_import_secret(struct ctx *c, const char *secret, const char *kid,
    struct material *ret_m)
{
    struct material  m = { .kid = kid };
    enum ab_err      e = from_base64(c, secret, &m.secret);

    if (e != AB_OK) {
        return e;
    }
    /* A short secret is no key (RFC 7518 section 3.2). */
    if (m.secret.len < SECRET_MIN || kid == NULL) {
        return ctx_fail(c, AB_E_FORMAT, "secret: short or without kid");
    }
    *ret_m = m;
    return AB_OK;
}
