/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_credential.c - password hashes against known answers.
 */
#include "credential.h"

#include "doc.h"
#include "password_hash.h"

#include "base/autofree.h"
#include "base/clock.h"

#include "test_rows.h"

#include <pthread.h>

#define SALT    "c2FsdA=="                  /* "salt" */
#define SALT_8  "c29tZXNhbHQ="              /* "somesalt" */
#define ARGON   "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc="
#define SHA1    "SwB5AbdlSJq+rUnZJvch0GWkKcE="
#define SHA256  "VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLxJypzM8Xm2RZkWZLOdd+8xfHG4RbHjC9UJESBB06GXgw=="
#define SHA512  "hn9wzxreAs/zdSWZo6U9xK80x6ZpgVrl1RNVThyM8lLALUcKKFoFAbrZmb/pQ8CPBQI119aLHaVeY/c7YKV/zg=="

static struct ctx  c;


static int
start(void **state)
{
    (void) state;
    c.a = arena_new(64 * 1024 * 1024);
    c.deadline_ms = clock_mono_ms() + 60000;
    return c.a == NULL;
}


static int
stop(void **state)
{
    (void) state;
    arena_free(c.a);
    return 0;
}


static json_t *
credential(const char *value, const char *salt, const char *data)
{
    char  secret[512];

    snprintf(secret, sizeof(secret), "{\"value\":\"%s\",\"salt\":\"%s\"}",
             value, salt);
    return json_pack("{s:s, s:s, s:s}", "type", "password", "secretData",
                     secret, "credentialData", data);
}


/* ---- known answers ------------------------------------------------------- */

static const struct known {
    const char  *value, *salt, *data, *password;
} known[] = {
    /* the reference implementation's own vector */
    { ARGON, SALT_8, "{\"hashIterations\":2,\"algorithm\":\"argon2\","
      "\"additionalParameters\":{\"memory\":[\"65536\"],\"type\":[\"id\"],"
      "\"version\":[\"1.3\"],\"parallelism\":[\"1\"],"
      "\"hashLength\":[\"32\"]}}", "password" },
    /* RFC 6070 */
    { SHA1, SALT, "{\"hashIterations\":4096,\"algorithm\":\"pbkdf2\"}",
      "password" },
    /* RFC 7914 section 11 */
    { SHA256, SALT, "{\"hashIterations\":1,\"algorithm\":\"pbkdf2-sha256\"}",
      "passwd" },
    { SHA512, SALT, "{\"hashIterations\":1,\"algorithm\":\"pbkdf2-sha512\"}",
      "password" },
};


static enum ab_err
check(const json_t *cred, const char *password)
{
    autofree(json_unrefp) json_t  *list = json_pack("[O]", cred);
    struct user                    u = { .credentials = list };

    return credential_check(&c, NULL, &u, ab_slice_str(password));
}


static void
test_known_answers(void **state)
{
    json_t  *cred;
    size_t   i;

    (void) state;
    for (i = 0; i < ROWS(known); i++) {
        cred = credential(known[i].value, known[i].salt, known[i].data);
        CHECK_ROW(i, check(cred, known[i].password) == AB_OK);
        CHECK_ROW(i, check(cred, "passworD") == AB_E_CREDENTIALS);
        CHECK_ROW(i, check(cred, "") == AB_E_CREDENTIALS);
        json_decref(cred);
    }
}


/* ---- unreadable ones ----------------------------------------------------- */

#define PBKDF2  "{\"hashIterations\":1,\"algorithm\":\"pbkdf2\"}"
#define ARGON2(more)                                                         \
    "{\"hashIterations\":2,\"algorithm\":\"argon2\","                        \
    "\"additionalParameters\":{" more "}}"

static const struct bad {
    const char  *value, *salt, *data;
} bad[] = {
    { "", SALT, PBKDF2 },
    { "AAAA", SALT, PBKDF2 },                       /* matches too easily */
    { "!!!!", SALT, PBKDF2 },
    { SHA1, "%%%", PBKDF2 },
    { SHA1, SALT, "" },
    { SHA1, SALT, "[]" },
    { SHA1, SALT, "{}" },
    { SHA1, SALT, "{\"hashIterations\":0,\"algorithm\":\"pbkdf2\"}" },
    { SHA1, SALT, "{\"hashIterations\":-1,\"algorithm\":\"pbkdf2\"}" },
    { SHA1, SALT, "{\"hashIterations\":10000001,\"algorithm\":\"pbkdf2\"}" },
    { SHA1, SALT, "{\"hashIterations\":1,\"algorithm\":\"md5\"}" },
    { SHA1, SALT, "{\"hashIterations\":1,\"hashIterations\":2,"
                  "\"algorithm\":\"pbkdf2\"}" },
    { ARGON, SALT, ARGON2("") },                    /* salt too short */
    { ARGON, SALT_8, ARGON2("\"memory\":[\"1048576\"]") },
    { ARGON, SALT_8, ARGON2("\"memory\":[\"x\"]") },
    { ARGON, SALT_8, ARGON2("\"type\":[\"x\"]") },
    { ARGON, SALT_8, ARGON2("\"version\":[\"1.4\"]") },
    { ARGON, SALT_8, ARGON2("\"parallelism\":[\"0\"]") },
    { ARGON, SALT_8, ARGON2("\"parallelism\":[\"17\"]") },
    { ARGON, SALT_8, "{\"hashIterations\":65,\"algorithm\":\"argon2\"}" },
};


static void
test_unreadable(void **state)
{
    struct password_hash  h;
    json_t               *cred;
    size_t                i;

    (void) state;
    for (i = 0; i < ROWS(bad); i++) {
        cred = credential(bad[i].value, bad[i].salt, bad[i].data);
        CHECK_ROW(i, password_hash_read(cred, &h) == AB_E_FORMAT);
        CHECK_ROW(i, check(cred, "password") == AB_E_CREDENTIALS);
        json_decref(cred);
    }
    cred = json_object();
    assert_int_equal(password_hash_read(cred, &h), AB_E_FORMAT);
    json_decref(cred);
}


/* ---- the same time for everybody ----------------------------------------- */

static int64_t
fastest_us(const struct user *u, const char *password)
{
    struct timespec  from, to;
    int64_t          us, best = INT64_MAX;
    int              i;

    for (i = 0; i < 5; i++) {
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
        assert_int_equal(credential_check(&c, NULL, u, ab_slice_str(password)),
                         AB_E_CREDENTIALS);
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
        us = (to.tv_sec - from.tv_sec) * 1000000
             + (to.tv_nsec - from.tv_nsec) / 1000;
        best = us < best ? us : best;
    }
    return best;
}


/* CPU time of this thread, so that a busy machine does not matter. */
static void
test_time(void **state)
{
    json_t       *hash, *list, *none = json_array();
    struct user   with, without = { .credentials = none };
    int64_t       wrong, unknown, empty;

    (void) state;
    assert_int_equal(credential_hash(&c, AB_S("secret"), &hash), AB_OK);
    list = json_pack("[o]", hash);
    with = (struct user) { .credentials = list };
    wrong = fastest_us(&with, "wrong");
    unknown = fastest_us(NULL, "wrong");
    empty = fastest_us(&without, "wrong");
    assert_true(unknown > wrong / 2 && unknown < wrong * 2);
    assert_true(empty > wrong / 2 && empty < wrong * 2);
    json_decref(list);
    json_decref(none);
}


/* ---- the gate ------------------------------------------------------------ */

static void *
check_one(void *arg)
{
    struct ctx  own = { .deadline_ms = clock_mono_ms() + 60000 };

    own.a = arena_new(65536);
    *(enum ab_err *) arg = credential_check(&own, NULL, NULL, AB_S("x"));
    arena_free(own.a);
    return NULL;
}


static void
test_gate(void **state)
{
    struct ctx    late = c;
    pthread_t     t[16];
    enum ab_err   e[16], busy = AB_E_CREDENTIALS;
    int           i, tries;

    (void) state;
    for (i = 0; i < 16; i++) {
        assert_int_equal(pthread_create(&t[i], NULL, check_one, &e[i]), 0);
    }
    for (tries = 0; busy != AB_E_BUSY && tries < 50; tries++) {
        late.deadline_ms = clock_mono_ms() - 1;
        fail_clear(&late.f);
        busy = credential_check(&late, NULL, NULL, AB_S("x"));
    }
    for (i = 0; i < 16; i++) {
        pthread_join(t[i], NULL);
        CHECK_ROW(i, e[i] == AB_E_CREDENTIALS);
    }
    assert_int_equal(busy, AB_E_BUSY);
}


/* ---- import -------------------------------------------------------------- */

static json_t *
import(const char *text, json_t *actions)
{
    autofree(json_unrefp) json_t  *in = json_loads(text, 0, NULL);
    json_t                        *out = NULL;

    assert_non_null(in);
    assert_int_equal(credential_import(&c, in, actions, &out), AB_OK);
    return out;
}


static void
test_import_plain(void **state)
{
    json_t        *actions = json_array(), *out;
    const json_t  *cred;

    (void) state;
    out = import("[{\"type\":\"password\",\"value\":\"pw\","
                 "\"temporary\":true,\"userLabel\":\"l\"}]", actions);
    cred = json_array_get(out, 0);
    assert_int_equal(check(cred, "pw"), AB_OK);
    assert_null(json_object_get(cred, "value"));
    assert_null(json_object_get(cred, "temporary"));
    assert_string_equal(doc_str(cred, "userLabel"), "l");
    assert_string_equal(json_string_value(json_array_get(actions, 0)),
                        "UPDATE_PASSWORD");
    json_decref(out);
    json_decref(actions);
}


/* Kept to the byte, whatever the texts hold. */
static void
test_import_hashed(void **state)
{
    static const char  data[] = "{ \"algorithm\" : \"pbkdf2\",\"x\":1}";
    json_t            *actions = json_array(), *in, *out;

    (void) state;
    in = json_pack("[{s:s, s:s, s:s, s:s}]", "id", "cred-1", "type",
                   "password", "secretData", "{ }", "credentialData", data);
    assert_int_equal(credential_import(&c, in, actions, &out), AB_OK);
    assert_string_equal(doc_str(json_array_get(out, 0), "credentialData"),
                        data);
    assert_string_equal(doc_str(json_array_get(out, 0), "secretData"), "{ }");
    assert_string_equal(doc_str(json_array_get(out, 0), "id"), "cred-1");
    assert_int_equal(json_array_size(actions), 0);
    json_decref(in);
    json_decref(out);
    json_decref(actions);
}


static void
test_import_old(void **state)
{
    json_t        *actions = json_array(), *out;
    const json_t  *otp;

    (void) state;
    out = import("[{\"type\":\"password\",\"hashedSaltedValue\":\"" SHA1
                 "\",\"salt\":\"" SALT "\",\"hashIterations\":4096,"
                 "\"counter\":0,\"algorithm\":\"pbkdf2\"},"
                 "{\"type\":\"totp\",\"hashedSaltedValue\":\"seed\","
                 "\"digits\":6,\"period\":30,\"algorithm\":\"HmacSHA1\"}]",
                 actions);
    assert_int_equal(check(json_array_get(out, 0), "password"), AB_OK);
    otp = json_array_get(out, 1);
    assert_string_equal(doc_str(otp, "type"), "otp");
    assert_string_equal(doc_str(otp, "secretData"), "{\"value\":\"seed\"}");
    assert_string_equal(doc_str(otp, "credentialData"),
                        "{\"subType\":\"totp\",\"digits\":6,\"counter\":0,"
                        "\"period\":30,\"algorithm\":\"HmacSHA1\"}");
    json_decref(out);
    json_decref(actions);
}


/* The member order of the reference: imports of ours elsewhere compare. */
static void
test_written_form(void **state)
{
    json_t  *cred;

    (void) state;
    assert_int_equal(credential_hash(&c, AB_S("pw"), &cred), AB_OK);
    assert_string_equal(doc_str(cred, "credentialData"),
        "{\"hashIterations\":5,\"algorithm\":\"argon2\","
        "\"additionalParameters\":{\"hashLength\":[\"32\"],"
        "\"memory\":[\"7168\"],\"type\":[\"id\"],\"version\":[\"1.3\"],"
        "\"parallelism\":[\"1\"]}}");
    assert_int_equal(strncmp(doc_str(cred, "secretData"), "{\"value\":\"",
                             10), 0);
    assert_int_equal(check(cred, "pw"), AB_OK);
    json_decref(cred);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("published vectors verify, other passwords do not",
             test_known_answers),
        TEST("an unreadable or costly hash matches nothing",
             test_unreadable),
        TEST("unknown user, no password, wrong password cost the same",
             test_time),
        TEST("who cannot start a hash in time is told so", test_gate),
        TEST("a plain password is hashed on import", test_import_plain),
        TEST("a hashed one is kept to the byte", test_import_hashed),
        TEST("credentials of before version 4 are converted",
             test_import_old),
        TEST("a new hash is written as the reference writes it",
             test_written_form),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
