/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_pkce.c - challenges and verifiers, row by row (tokens.md 2.5).
 */
#include "pkce.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* RFC 7636 appendix B */
#define VERIFIER   "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE  "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

#define METHOD_MISSING   "Missing parameter: code_challenge_method"
#define METHOD_BAD       "Invalid parameter: code_challenge_method"
#define METHOD_OTHER     "Invalid parameter: code challenge method is not " \
                         "matching the configured one"
#define CHALLENGE_MISSING "Missing parameter: code_challenge"
#define CHALLENGE_BAD    "Invalid parameter: code_challenge"


static bool
same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}


static void
requests(void **state)
{
    static const struct {
        const char  *bound, *challenge, *method, *want;
    } rows[] = {
        { NULL, NULL, NULL, NULL },
        { NULL, CHALLENGE, "S256", NULL },
        { NULL, CHALLENGE, "plain", NULL },
        { NULL, CHALLENGE, NULL, NULL },
        { NULL, NULL, "S256", CHALLENGE_MISSING },
        { NULL, CHALLENGE, "s256", METHOD_BAD },
        { NULL, CHALLENGE, "", METHOD_BAD },
        { NULL, CHALLENGE, "S512", METHOD_BAD },
        { NULL, "", NULL, CHALLENGE_BAD },
        { NULL, "short", "S256", CHALLENGE_BAD },
        { NULL, CHALLENGE "=", "S256", CHALLENGE_BAD },
        { NULL, CHALLENGE "+", "S256", CHALLENGE_BAD },
        { NULL, CHALLENGE CHALLENGE CHALLENGE, "S256", CHALLENGE_BAD },
        { "S256", NULL, NULL, METHOD_MISSING },
        { "S256", CHALLENGE, NULL, METHOD_MISSING },
        { "S256", CHALLENGE, "plain", METHOD_OTHER },
        { "S256", NULL, "S256", CHALLENGE_MISSING },
        { "S256", "short", "S256", CHALLENGE_BAD },
        { "S256", CHALLENGE, "S256", NULL },
        { "plain", CHALLENGE, "S256", METHOD_OTHER },
        { "plain", CHALLENGE, "plain", NULL },
        { "", CHALLENGE, NULL, NULL },
    };
    struct client  client = { 0 };
    const char    *got;
    json_t        *doc;
    size_t         i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        doc = json_pack("{s:{s:s*}}", "attributes",
                        "pkce.code.challenge.method", rows[i].bound);
        client.doc = doc;
        got = pkce_request_fault(&client, rows[i].challenge, rows[i].method);
        if (!same(got, rows[i].want)) {
            fail_msg("row %zu: %s", i, got == NULL ? "fine" : got);
        }
        json_decref(doc);
    }
}


static void
verifiers(void **state)
{
    static const struct {
        const char  *challenge, *method, *verifier, *want;
    } rows[] = {
        { NULL, NULL, NULL, NULL },
        { CHALLENGE, "S256", VERIFIER, NULL },
        { VERIFIER, "plain", VERIFIER, NULL },
        { VERIFIER, NULL, VERIFIER, NULL },
        { CHALLENGE, "S256", NULL, "PKCE code verifier not specified" },
        { NULL, NULL, VERIFIER, "PKCE code verifier specified but challenge "
          "not present in authorization" },
        { CHALLENGE, "S256", "short",
          "PKCE verification failed: Invalid code verifier" },
        { CHALLENGE, "S256", "", "PKCE verification failed: Invalid code "
          "verifier" },
        { CHALLENGE, "S256", CHALLENGE, "PKCE verification failed: Code "
          "mismatch" },
        { CHALLENGE, "plain", VERIFIER, "PKCE verification failed: Code "
          "mismatch" },
        { CHALLENGE, NULL, VERIFIER, "PKCE verification failed: Code "
          "mismatch" },
    };
    const char  *got;
    size_t       i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        got = pkce_verifier_fault(rows[i].challenge, rows[i].method,
                                  rows[i].verifier);
        if (!same(got, rows[i].want)) {
            fail_msg("row %zu: %s", i, got == NULL ? "fits" : got);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(requests),
        cmocka_unit_test(verifiers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
