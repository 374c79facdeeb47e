/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * password_hash.c - one stored password hash: its parameters, and computing
 * it again.
 */
#include "password_hash.h"

#include "doc.h"

#include "base/autofree.h"
#include "base/random.h"

#include "ab_base64.h"
#include "ab_ct.h"
#include "ab_time.h"

#include <argon2.h>
#include <openssl/evp.h>
#include <string.h>
#include <strings.h>

/* Keycloak's defaults (flows.md 8.3). */
#define NEW_ITERATIONS  5
#define NEW_MEMORY_KIB  7168
#define NEW_VALUE_LEN   32
#define NEW_SALT_LEN    16

/* name: as stored; max: iterations beyond which a hash is refused */
static const struct algorithm {
    const char               *name;
    enum password_algorithm   algorithm;
    uint32_t                  max;
} algorithms[] = {
    { "argon2",        PASSWORD_ARGON2,        64 },
    { "pbkdf2",        PASSWORD_PBKDF2_SHA1,   10000000 },
    { "pbkdf2-sha256", PASSWORD_PBKDF2_SHA256, 10000000 },
    { "pbkdf2-sha512", PASSWORD_PBKDF2_SHA512, 10000000 },
};


/* A parameter: the first text of the array, or the default. */
static bool
read_parameter(const json_t *parameters, const char *name, uint32_t fallback,
    uint32_t max, uint32_t *ret_v)
{
    const char  *text = doc_first(parameters, name);
    uint64_t     v = fallback;

    if (text != NULL && ab_parse_u64(ab_slice_str(text), &v) != AB_OK) {
        return false;
    }
    *ret_v = (uint32_t) v;
    return v >= 1 && v <= max;
}


/* Type and version of argon2 as words. */
static bool
read_words(const json_t *parameters, struct password_hash *h)
{
    const char  *type = doc_first(parameters, "type");
    const char  *version = doc_first(parameters, "version");

    if (type == NULL || strcasecmp(type, "id") == 0) {
        h->type = Argon2_id;
    } else if (strcasecmp(type, "i") == 0) {
        h->type = Argon2_i;
    } else if (strcasecmp(type, "d") == 0) {
        h->type = Argon2_d;
    } else {
        return false;
    }
    h->version = version != NULL && strcmp(version, "1.0") == 0
                 ? ARGON2_VERSION_10 : ARGON2_VERSION_13;
    return version == NULL || strcmp(version, "1.3") == 0
           || strcmp(version, "1.0") == 0;
}


static bool
read_data(const json_t *data, struct password_hash *h)
{
    const char    *name = doc_str(data, "algorithm");
    const json_t  *more = json_object_get(data, "additionalParameters");
    int64_t        n = doc_int(data, "hashIterations", 0);
    size_t         i;

    for (i = 0; i < sizeof(algorithms) / sizeof(*algorithms); i++) {
        if (name != NULL && strcmp(algorithms[i].name, name) == 0) {
            break;
        }
    }
    if (i == sizeof(algorithms) / sizeof(*algorithms) || n < 1
        || n > algorithms[i].max)
    {
        return false;
    }
    h->algorithm = algorithms[i].algorithm;
    h->iterations = (uint32_t) n;
    return h->algorithm != PASSWORD_ARGON2
           || (read_parameter(more, "memory", NEW_MEMORY_KIB, 256 * 1024,
                              &h->memory_kib)
               && read_parameter(more, "parallelism", 1, 16, &h->lanes)
               && read_words(more, h));
}


static bool
read_bytes(const json_t *secret, const char *name, uint8_t *out, size_t size,
    size_t *ret_len)
{
    const char  *text = doc_str(secret, name);

    return text != NULL
           && ab_b64_decode(out, size, ab_slice_str(text), ret_len) == AB_OK;
}


static json_t *
nested(const json_t *credential, const char *name)
{
    const char  *text = doc_str(credential, name);

    return text == NULL ? NULL : json_loads(text, JSON_REJECT_DUPLICATES,
                                            NULL);
}


enum ab_err
password_hash_read(const json_t *credential, struct password_hash *ret_h)
{
    autofree(json_unrefp) json_t  *secret = nested(credential, "secretData");
    autofree(json_unrefp) json_t  *data = nested(credential, "credentialData");
    struct password_hash           h = { .salt_len = 0 };
    bool                           ok;

    ok = read_data(data, &h)
         && read_bytes(secret, "salt", h.salt, sizeof(h.salt), &h.salt_len)
         && read_bytes(secret, "value", h.value, sizeof(h.value),
                       &h.value_len)
         && h.value_len >= 16
         && (h.algorithm != PASSWORD_ARGON2
             || h.salt_len >= ARGON2_MIN_SALT_LENGTH);
    if (ok) {
        *ret_h = h;
    }
    ab_wipe(&h, sizeof(h));
    return ok ? AB_OK : AB_E_FORMAT;
}


void
password_hash_init(struct password_hash *h)
{
    *h = (struct password_hash) {
        .algorithm = PASSWORD_ARGON2, .iterations = NEW_ITERATIONS,
        .memory_kib = NEW_MEMORY_KIB, .lanes = 1, .type = Argon2_id,
        .version = ARGON2_VERSION_13, .salt_len = NEW_SALT_LEN,
        .value_len = NEW_VALUE_LEN,
    };
    random_bytes(h->salt, h->salt_len);
}


static const EVP_MD *
digest_of(enum password_algorithm a)
{
    return a == PASSWORD_PBKDF2_SHA512 ? EVP_sha512()
           : a == PASSWORD_PBKDF2_SHA256 ? EVP_sha256() : EVP_sha1();
}


/*
 * Short passwords are padded with NUL by the reference; HMAC pads its key
 * just so, hence nothing is to be done (flows.md 8.3).
 */
bool
password_hash_compute(const struct password_hash *h, struct ab_slice password,
    uint8_t out[PASSWORD_VALUE_MAX])
{
    const char  *p = password.len == 0 ? "" : password.p;

    if (h->algorithm == PASSWORD_ARGON2) {
        return argon2_hash(h->iterations, h->memory_kib, h->lanes, p,
                           password.len, h->salt, h->salt_len, out,
                           h->value_len, NULL, 0, (argon2_type) h->type,
                           h->version) == ARGON2_OK;
    }
    return PKCS5_PBKDF2_HMAC(p, (int) password.len, h->salt,
                             (int) h->salt_len, (int) h->iterations,
                             digest_of(h->algorithm), (int) h->value_len,
                             out) == 1;
}


bool
password_hash_write(const struct password_hash *h, json_t *credential)
{
    char   value[AB_B64_LEN(PASSWORD_VALUE_MAX) + 1];
    char   salt[AB_B64_LEN(PASSWORD_SALT_MAX) + 1];
    char   secret[sizeof(value) + sizeof(salt) + 64], data[256];
    bool   ok;

    value[ab_b64_encode(value, ab_slice(h->value, h->value_len))] = '\0';
    salt[ab_b64_encode(salt, ab_slice(h->salt, h->salt_len))] = '\0';
    snprintf(secret, sizeof(secret), "{\"value\":\"%s\",\"salt\":\"%s\","
             "\"additionalParameters\":{}}", value, salt);
    snprintf(data, sizeof(data), "{\"hashIterations\":%u,"
             "\"algorithm\":\"argon2\",\"additionalParameters\":{"
             "\"hashLength\":[\"%zu\"],\"memory\":[\"%u\"],\"type\":[\"id\"],"
             "\"version\":[\"1.3\"],\"parallelism\":[\"%u\"]}}",
             h->iterations, h->value_len, h->memory_kib, h->lanes);
    ok = doc_put(credential, "secretData", secret)
         && doc_put(credential, "credentialData", data);
    ab_wipe(value, sizeof(value));
    ab_wipe(secret, sizeof(secret));
    return ok;
}
