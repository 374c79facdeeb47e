/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pem.c - a public key or certificate as text.
 *
 * The label is not believed: what the DER is, decides.
 */
#include "pem.h"

#include "ab_base64.h"

#include <openssl/err.h>
#include <openssl/x509.h>

#define PEM_MAX  (16 * 1024)

static bool body_of(const char *text, struct ab_buf *out);
static struct ab_slice strip_frame(const char *text);
static EVP_PKEY *key_of(const unsigned char *der, size_t len);
static enum ab_err encode(struct ctx *c, EVP_PKEY *pkey,
    struct ab_slice *ret_spki);


enum ab_err
pem_spki(struct ctx *c, const char *text, struct ab_slice *ret_spki)
{
    struct ab_buf   body;
    EVP_PKEY       *pkey = NULL;
    unsigned char  *der;
    size_t          len;
    enum ab_err     err = AB_E_FORMAT;

    ab_buf_init(&body, PEM_MAX);
    der = arena_alloc(c->a, AB_B64_DECODED_MAX(PEM_MAX));
    if (der == NULL) {
        err = ctx_nomem(c);
    } else if (body_of(text, &body)
               && ab_b64_decode(der, AB_B64_DECODED_MAX(PEM_MAX),
                                ab_buf_slice(&body), &len) == AB_OK)
    {
        pkey = key_of(der, len);
    }
    if (pkey != NULL) {
        err = encode(c, pkey, ret_spki);
        EVP_PKEY_free(pkey);
    }
    ab_buf_clear(&body);
    return err;
}


/* The base64 between the frames, without line breaks. */
static bool
body_of(const char *text, struct ab_buf *out)
{
    struct ab_slice  s = strip_frame(text);
    size_t           i;

    for (i = 0; i < s.len; i++) {
        if (strchr(" \t\r\n", s.p[i]) == NULL) {
            ab_buf_add_byte(out, (uint8_t) s.p[i]);
        }
    }
    return s.p != NULL && !out->failed && out->len > 0;
}


/* p NULL: a frame that does not end. */
static struct ab_slice
strip_frame(const char *text)
{
    const char  *begin = strstr(text, "-----BEGIN ");
    const char  *start, *end;

    if (begin == NULL) {
        return ab_slice_str(text);
    }
    start = strstr(begin + 11, "-----");
    end = start == NULL ? NULL : strstr(start + 5, "-----END ");
    return end == NULL ? ab_slice(NULL, 0)
                       : ab_slice_between(start + 5, end);
}


static EVP_PKEY *
key_of(const unsigned char *der, size_t len)
{
    const unsigned char  *p = der;
    EVP_PKEY             *pkey = d2i_PUBKEY(NULL, &p, (long) len);
    X509                 *cert;

    if (pkey != NULL && p == der + len) {
        return pkey;
    }
    EVP_PKEY_free(pkey);
    pkey = NULL;
    p = der;
    cert = d2i_X509(NULL, &p, (long) len);
    if (cert != NULL && p == der + len) {
        pkey = X509_get_pubkey(cert);
    }
    X509_free(cert);
    ERR_clear_error();
    return pkey;
}


static enum ab_err
encode(struct ctx *c, EVP_PKEY *pkey, struct ab_slice *ret_spki)
{
    unsigned char  *der = NULL;
    int             len = i2d_PUBKEY(pkey, &der);

    if (len <= 0) {
        return AB_E_FORMAT;
    }
    ret_spki->p = arena_dup(c->a, ab_slice(der, (size_t) len));
    ret_spki->len = (size_t) len;
    OPENSSL_free(der);
    return ret_spki->p == NULL ? ctx_nomem(c) : AB_OK;
}
