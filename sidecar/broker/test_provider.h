/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_provider.h - an OpenID Connect provider inside a test that lies on
 * command: keys made at run time, claims and answers patched row by row.
 *
 * For tests only, hence all in the header.
 */
#ifndef BROKER_TEST_PROVIDER_H
#define BROKER_TEST_PROVIDER_H

#include "ab_base64.h"
#include "ab_claims.h"
#include "base/clock.h"
#include "net/http.h"
#include "net/test_server.h"
#include "broker/jwks.h"
#include "broker/provider.h"

#include "test_rows.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

enum tp_key { TP_RSA, TP_EC, TP_ED, TP_ALIEN, TP_KEYS_N };

/* How a token is spoilt after or while it is signed. */
#define TP_BAD_SIG      1       /* last bit flipped */
#define TP_NO_SIG       2       /* signature part empty */
#define TP_ALIEN_KEY    4       /* signed by a key nobody published */
#define TP_HS_PUBLIC    8       /* HMAC under the public key's PEM */
#define TP_HS_SECRET    16      /* HMAC under the client secret */
#define TP_TWICE        32      /* "sub" twice in the payload */
#define TP_NUL          64      /* a NUL inside "sub" */
#define TP_FIVE_PARTS   128
#define TP_ARRAY        256     /* the payload is an array */
#define TP_TRAILING     512     /* a byte behind the payload's JSON */
#define TP_USERINFO_JWT 1024    /* userinfo as a signed JWT */
#define TP_USERINFO_BAD 2048    /* … with a bad signature */
#define TP_DEEP         4096    /* a claim nested 5000 deep */

struct test_provider {
    struct test_server   server;
    char                 base[64];
    EVP_PKEY            *keys[TP_KEYS_N];
    pthread_mutex_t      lock;          /* guards all below */
    json_t              *claims, *header, *response, *userinfo, *discovery;
    json_t              *jwks_patch;    /* NULL: the real set */
    int                  flags;
    const char          *raw_response, *raw_userinfo, *raw_jwks;
    int                  token_status, userinfo_status, jwks_status;
    const char          *token_type, *userinfo_type;    /* content types */
    long                 delay_ms;      /* before the token answer */
    char                 token_request[TS_REQUEST_MAX];
    char                 userinfo_request[TS_REQUEST_MAX];
    atomic_int           n_token, n_userinfo, n_jwks, n_discovery;
};


/* ---- patches: JSON text merged into an object; "@+60" is now + 60 --------- */

static inline json_t *
tp_value(const json_t *v)
{
    const char  *s = json_string_value(v);

    if (s != NULL && s[0] == '@') {
        return json_integer(clock_now_s() + strtol(s + 1, NULL, 10));
    }
    return json_deep_copy(v);
}


/* A member whose value is "!" is removed. NULL patch: nothing. */
static inline void
tp_patch(json_t *object, const char *patch)
{
    const char  *name, *s;
    json_t      *o, *v;

    if (patch == NULL) {
        return;
    }
    o = json_loads(patch, 0, NULL);
    assert_non_null(o);
    json_object_foreach(o, name, v) {
        s = json_string_value(v);
        if (s != NULL && strcmp(s, "!") == 0) {
            json_object_del(object, name);
        } else {
            json_object_set_new(object, name, tp_value(v));
        }
    }
    json_decref(o);
}


/* ---- keys and signatures -------------------------------------------------- */

static inline void
tp_b64(char *out, const void *p, size_t n)
{
    out[ab_b64url_encode(out, ab_slice(p, n))] = '\0';
}


static inline void
tp_put_number(json_t *jwk, const char *name, EVP_PKEY *key,
    const char *param, int width)
{
    BIGNUM         *n = NULL;
    unsigned char   raw[1024];
    char            text[2048];

    assert_int_equal(EVP_PKEY_get_bn_param(key, param, &n), 1);
    if (width == 0) {
        width = BN_num_bytes(n);
    }
    BN_bn2binpad(n, raw, width);
    tp_b64(text, raw, (size_t) width);
    json_object_set_new(jwk, name, json_string(text));
    BN_free(n);
}


static inline json_t *
tp_jwk(const struct test_provider *p, enum tp_key k)
{
    EVP_PKEY       *key = p->keys[k];
    unsigned char   raw[64];
    size_t          n = sizeof(raw);
    char            text[128];
    json_t         *jwk;

    if (k == TP_EC) {
        jwk = json_pack("{s:s, s:s, s:s, s:s}", "kty", "EC", "crv", "P-256",
                        "kid", "ec", "use", "sig");
        tp_put_number(jwk, "x", key, OSSL_PKEY_PARAM_EC_PUB_X, 32);
        tp_put_number(jwk, "y", key, OSSL_PKEY_PARAM_EC_PUB_Y, 32);
        return jwk;
    }
    if (k == TP_ED) {
        EVP_PKEY_get_raw_public_key(key, raw, &n);
        tp_b64(text, raw, n);
        return json_pack("{s:s, s:s, s:s, s:s}", "kty", "OKP", "crv",
                         "Ed25519", "kid", "ed", "x", text);
    }
    jwk = json_pack("{s:s, s:s, s:s}", "kty", "RSA", "kid",
                    k == TP_RSA ? "rsa" : "alien", "use", "sig");
    tp_put_number(jwk, "n", key, OSSL_PKEY_PARAM_RSA_N, 0);
    tp_put_number(jwk, "e", key, OSSL_PKEY_PARAM_RSA_E, 0);
    return jwk;
}


static inline char *
tp_jwks(const struct test_provider *p)
{
    json_t  *set = json_pack("{s:[o, {s:s}, o, o]}", "keys", tp_jwk(p, TP_RSA),
                             "kty", "nonsense", tp_jwk(p, TP_EC),
                             tp_jwk(p, TP_ED));
    char    *text;

    if (p->jwks_patch != NULL) {
        json_decref(set);
        set = json_deep_copy(p->jwks_patch);
    }
    text = json_dumps(set, JSON_COMPACT);
    json_decref(set);
    return text;
}


/* The PEM of the RSA key's public part; free() it. */
static inline char *
tp_pem(const struct test_provider *p, enum tp_key k)
{
    BIO   *b = BIO_new(BIO_s_mem());
    char  *mem, *out;
    long   n;

    PEM_write_bio_PUBKEY(b, p->keys[k]);
    n = BIO_get_mem_data(b, &mem);
    out = strndup(mem, (size_t) n);
    BIO_free(b);
    return out;
}


/* r and s in 32 bytes each (RFC 7518 section 3.4). */
static inline size_t
tp_ec_raw(unsigned char *sig, size_t n)
{
    const unsigned char  *der = sig;
    ECDSA_SIG            *e = d2i_ECDSA_SIG(NULL, &der, (long) n);
    unsigned char         raw[64];

    BN_bn2binpad(ECDSA_SIG_get0_r(e), raw, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(e), raw + 32, 32);
    memcpy(sig, raw, sizeof(raw));
    ECDSA_SIG_free(e);
    return sizeof(raw);
}


static inline size_t
tp_hmac(struct test_provider *p, const char *in, int flags,
    unsigned char *sig)
{
    char      *pem = tp_pem(p, TP_RSA);
    const char *key = flags & TP_HS_PUBLIC ? pem : "s3cret";
    unsigned   n = 0;

    HMAC(EVP_sha256(), key, (int) strlen(key), (const unsigned char *) in,
         strlen(in), sig, &n);
    free(pem);
    return n;
}


static inline size_t
tp_signature(struct test_provider *p, const char *alg, const char *in,
    int flags, unsigned char *sig, size_t size)
{
    EVP_PKEY      *key = p->keys[flags & TP_ALIEN_KEY ? TP_ALIEN
                                 : alg[0] == 'E' ? (alg[1] == 'd' ? TP_ED
                                                                  : TP_EC)
                                 : TP_RSA];
    EVP_MD_CTX    *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX  *pctx = NULL;
    const EVP_MD  *md = strstr(alg, "512") != NULL ? EVP_sha512()
                        : strstr(alg, "384") != NULL ? EVP_sha384()
                        : EVP_sha256();
    size_t         n = size;

    if (flags & (TP_HS_PUBLIC | TP_HS_SECRET)) {
        EVP_MD_CTX_free(ctx);
        return tp_hmac(p, in, flags, sig);
    }
    EVP_DigestSignInit(ctx, &pctx, strcmp(alg, "EdDSA") == 0 ? NULL : md,
                       NULL, key);
    if (alg[0] == 'P') {
        EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST);
    }
    if (EVP_DigestSign(ctx, sig, &n, (const unsigned char *) in, strlen(in))
        != 1)
    {
        n = 0;
    }
    EVP_MD_CTX_free(ctx);
    return strcmp(alg, "ES256") == 0 && n > 0 ? tp_ec_raw(sig, n) : n;
}


/* The payload's bytes with what no JSON library would write. */
static inline char *
tp_payload(const json_t *claims, int flags)
{
    char    *text = json_dumps(claims, JSON_COMPACT);
    char    *out = NULL;
    char     nest[10002];

    if (flags & TP_TWICE) {
        assert_true(asprintf(&out, "{\"sub\":\"other\",%s", text + 1) > 0);
    } else if (flags & TP_NUL) {
        assert_true(asprintf(&out, "{\"acr\":\"a\\u0000b\",%s", text + 1) > 0);
    } else if (flags & TP_ARRAY) {
        assert_true(asprintf(&out, "[%s]", text) > 0);
    } else if (flags & TP_TRAILING) {
        assert_true(asprintf(&out, "%sx", text) > 0);
    } else if (flags & TP_DEEP) {
        memset(nest, '[', 5000);
        memset(nest + 5000, ']', 5000);
        nest[10000] = '\0';
        assert_true(asprintf(&out, "{\"x\":%s,%s", nest, text + 1) > 0);
    } else {
        return text;
    }
    free(text);
    return out;
}


/* A compact JWS; free() it. */
static inline char *
tp_sign(struct test_provider *p, const json_t *claims, const json_t *header,
    int flags)
{
    const char     *alg = json_string_value(json_object_get(header, "alg"));
    char           *head = json_dumps(header, JSON_COMPACT);
    char           *payload = tp_payload(claims, flags);
    size_t          size = 2 * (strlen(head) + strlen(payload)) + 4096;
    char           *out = calloc(1, size);
    unsigned char   sig[1024];
    size_t          n;

    tp_b64(out, head, strlen(head));
    strcat(out, ".");
    tp_b64(out + strlen(out), payload, strlen(payload));
    n = tp_signature(p, alg == NULL ? "RS256" : alg, out, flags, sig,
                     sizeof(sig));
    if (flags & TP_BAD_SIG) {
        sig[n - 1] ^= 1;
    }
    strcat(out, ".");
    if (!(flags & TP_NO_SIG)) {
        tp_b64(out + strlen(out), sig, n);
    }
    if (flags & TP_FIVE_PARTS) {
        strcat(out, ".AAAA.AAAA");
    }
    free(head);
    free(payload);
    return out;
}


/* ---- the endpoints --------------------------------------------------------- */

static inline void
tp_serve_token(struct test_provider *p, struct ts_conn *conn)
{
    char    *jws = tp_sign(p, p->claims, p->header, p->flags);
    json_t  *o = json_deep_copy(p->response);
    char    *text;

    if (json_object_get(o, "id_token") == NULL
        && json_object_get(o, "no_id_token") == NULL)
    {
        json_object_set_new(o, "id_token", json_string(jws));
    }
    text = p->raw_response != NULL ? strdup(p->raw_response)
                                   : json_dumps(o, JSON_COMPACT);
    ts_answer(conn, p->token_status, p->token_type, text);
    json_decref(o);
    free(text);
    free(jws);
}


static inline void
tp_serve_userinfo(struct test_provider *p, struct ts_conn *conn)
{
    json_t  *header = json_pack("{s:s, s:s}", "alg", "RS256", "kid", "rsa");
    char    *text;

    if (p->raw_userinfo != NULL) {
        text = strdup(p->raw_userinfo);
    } else if (p->flags & TP_USERINFO_JWT) {
        text = tp_sign(p, p->userinfo, header,
                       p->flags & TP_USERINFO_BAD ? TP_BAD_SIG : 0);
    } else {
        text = json_dumps(p->userinfo, JSON_COMPACT);
    }
    ts_answer(conn, p->userinfo_status, p->userinfo_type, text);
    json_decref(header);
    free(text);
}


static inline void
tp_serve(struct ts_conn *conn)
{
    struct test_provider  *p = conn->server->arg;
    char                  *text;
    long                   delay;

    pthread_mutex_lock(&p->lock);
    delay = p->delay_ms;
    pthread_mutex_unlock(&p->lock);
    if (ts_asks(conn, "POST /token")) {
        ts_sleep_ms(conn, delay);
    }
    pthread_mutex_lock(&p->lock);
    if (ts_asks(conn, "POST /token")) {
        p->n_token++;
        snprintf(p->token_request, sizeof(p->token_request), "%s",
                 conn->request);
        tp_serve_token(p, conn);
    } else if (ts_asks(conn, "GET /userinfo")) {
        p->n_userinfo++;
        snprintf(p->userinfo_request, sizeof(p->userinfo_request), "%s",
                 conn->request);
        tp_serve_userinfo(p, conn);
    } else if (ts_asks(conn, "GET /jwks")) {
        p->n_jwks++;
        text = p->raw_jwks != NULL ? strdup(p->raw_jwks) : tp_jwks(p);
        ts_answer(conn, p->jwks_status, "application/json", text);
        free(text);
    } else if (ts_asks(conn, "GET /.well-known/openid-configuration")) {
        p->n_discovery++;
        text = json_dumps(p->discovery, JSON_COMPACT);
        ts_answer(conn, 200, "application/json", text);
        free(text);
    } else {
        ts_answer(conn, 404, "text/plain", "");
    }
    pthread_mutex_unlock(&p->lock);
}


/* ---- life ------------------------------------------------------------------ */

/* Honest again: what a row patched is forgotten. */
static inline void
tp_reset(struct test_provider *p)
{
    char  url[5][128];
    int   i;
    static const char *const  tails[5] = { "/auth", "/token", "/userinfo",
                                           "/jwks", "/logout" };

    for (i = 0; i < 5; i++) {
        snprintf(url[i], sizeof(url[i]), "%s%s", p->base, tails[i]);
    }
    pthread_mutex_lock(&p->lock);
    json_decref(p->claims);
    json_decref(p->header);
    json_decref(p->response);
    json_decref(p->userinfo);
    json_decref(p->discovery);
    json_decref(p->jwks_patch);
    p->jwks_patch = NULL;
    p->header = json_pack("{s:s, s:s, s:s}", "alg", "RS256", "kid", "rsa",
                          "typ", "JWT");
    p->claims = json_pack("{s:s, s:s, s:s, s:I, s:I, s:s, s:s, s:b, s:s}",
        "iss", p->base, "sub", "sub-1", "aud", "cid",
        "exp", (json_int_t) clock_now_s() + 300,
        "iat", (json_int_t) clock_now_s(), "nonce", "nonce-1",
        "email", "Ann@Up.example", "email_verified", 1, "sid", "up-sid");
    p->response = json_pack("{s:s, s:s, s:i}", "access_token", "at-1",
                            "token_type", "Bearer", "expires_in", 300);
    p->userinfo = json_pack("{s:s, s:s, s:s, s:s, s:s}", "sub", "sub-1",
        "preferred_username", "Ann", "given_name", "Ann", "family_name",
        "Up", "email", "Ann@Up.example");
    p->discovery = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "issuer",
        p->base, "authorization_endpoint", url[0], "token_endpoint", url[1],
        "userinfo_endpoint", url[2], "jwks_uri", url[3],
        "end_session_endpoint", url[4]);
    p->flags = 0;
    p->raw_response = p->raw_userinfo = p->raw_jwks = NULL;
    p->token_status = p->userinfo_status = p->jwks_status = 200;
    p->token_type = "application/json;charset=utf-8";
    p->userinfo_type = "application/json";
    p->delay_ms = 0;
    pthread_mutex_unlock(&p->lock);
}


static inline void
tp_start(struct test_provider *p)
{
    memset(p, 0, sizeof(*p));
    pthread_mutex_init(&p->lock, NULL);
    p->keys[TP_RSA] = EVP_RSA_gen(2048);
    p->keys[TP_ALIEN] = EVP_RSA_gen(2048);
    p->keys[TP_EC] = EVP_EC_gen("P-256");
    p->keys[TP_ED] = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    assert_true(ts_start(&p->server, false, tp_serve, p));
    snprintf(p->base, sizeof(p->base), "http://127.0.0.1:%d",
             p->server.port);
    tp_reset(p);
}


static inline void
tp_stop(struct test_provider *p)
{
    int  i;

    ts_stop(&p->server);
    tp_reset(p);
    json_decref(p->claims);
    json_decref(p->header);
    json_decref(p->response);
    json_decref(p->userinfo);
    json_decref(p->discovery);
    for (i = 0; i < TP_KEYS_N; i++) {
        EVP_PKEY_free(p->keys[i]);
    }
    pthread_mutex_destroy(&p->lock);
}

#endif
