/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * key_cert.c - the self-signed certificate of a realm's RSA key.
 *
 * It says nothing a verifier should trust: clients that want an x5c get one
 * (tokens.md 1.3).
 */
#include "key_material.h"

#include "base/random.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#define TEN_YEARS_DAYS  3652
#define CN_MAX          64          /* ub-common-name, RFC 5280 */


static size_t
cn_length(const char *cn)
{
    size_t  n = strlen(cn);

    if (n <= CN_MAX) {
        return n;
    }
    n = CN_MAX;
    while (n > 0 && ((unsigned char) cn[n] & 0xc0) == 0x80) {
        n--;                        /* never inside a character of UTF-8 */
    }
    return n;
}


static bool
set_name(X509 *cert, const char *cn)
{
    X509_NAME  *name = X509_NAME_new();
    bool        ok;

    ok = name != NULL
         && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                       (const unsigned char *) cn,
                                       (int) cn_length(cn), -1, 0) == 1
         && X509_set_subject_name(cert, name) == 1
         && X509_set_issuer_name(cert, name) == 1;
    X509_NAME_free(name);
    return ok;
}


static bool
set_serial(X509 *cert)
{
    uint64_t  serial;

    random_bytes(&serial, sizeof(serial));
    return ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial >> 1)
           == 1;
}


enum ab_err
material_certify(struct ctx *c, EVP_PKEY *pkey, const char *cn,
    struct ab_slice *ret_cert)
{
    X509           *cert = X509_new();
    unsigned char  *p;
    char           *der = NULL;
    int             n = 0;
    bool            ok;

    ok = cert != NULL && X509_set_version(cert, X509_VERSION_3) == 1
         && set_serial(cert) && set_name(cert, cn)
         && X509_gmtime_adj(X509_getm_notBefore(cert), 0) != NULL
         && X509_time_adj_ex(X509_getm_notAfter(cert), TEN_YEARS_DAYS, 0,
                             NULL) != NULL
         && X509_set_pubkey(cert, pkey) == 1
         && X509_sign(cert, pkey, EVP_sha256()) > 0;
    if (ok) {
        n = i2d_X509(cert, NULL);
        der = n > 0 ? arena_alloc(c->a, (size_t) n) : NULL;
        p = (unsigned char *) der;
        ok = der != NULL && i2d_X509(cert, &p) == n;
    }
    X509_free(cert);
    ERR_clear_error();
    if (!ok) {
        return ctx_fail(c, AB_E_INTERNAL, "certificate could not be made");
    }
    *ret_cert = ab_slice(der, (size_t) n);
    return AB_OK;
}
