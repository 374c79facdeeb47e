/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pkce.c - proof key for code exchange (RFC 7636, tokens.md 2.5).
 */
#include "pkce.h"

#include "ab_base64.h"
#include "ab_ct.h"
#include "ab_digest.h"

#include <string.h>

#define LEN_MIN  43     /* RFC 7636 section 4.1 */
#define LEN_MAX  128


static bool
is_unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
           || (c >= '0' && c <= '9')
           || (c != '\0' && strchr("-._~", c) != NULL);
}


static bool
is_well_formed(const char *text)
{
    size_t  len = strlen(text), i;

    for (i = 0; i < len; i++) {
        if (!is_unreserved(text[i])) {
            return false;
        }
    }
    return len >= LEN_MIN && len <= LEN_MAX;
}


/* A method the client is bound to makes both parameters mandatory. */
static const char *
bound_fault(const char *want, const char *challenge, const char *method)
{
    if (method == NULL) {
        return "Missing parameter: code_challenge_method";
    }
    if (strcmp(method, want) != 0) {
        return "Invalid parameter: code challenge method is not matching "
               "the configured one";
    }
    if (challenge == NULL) {
        return "Missing parameter: code_challenge";
    }
    return is_well_formed(challenge) ? NULL
                                     : "Invalid parameter: code_challenge";
}


const char *
pkce_request_fault(const struct client *client, const char *challenge,
    const char *method)
{
    const char  *want = client_attribute(client,
                                         "pkce.code.challenge.method");

    if (want != NULL && *want != '\0') {
        return bound_fault(want, challenge, method);
    }
    if (challenge == NULL) {
        return method == NULL ? NULL : "Missing parameter: code_challenge";
    }
    if (method != NULL && strcmp(method, "S256") != 0
        && strcmp(method, "plain") != 0)
    {
        return "Invalid parameter: code_challenge_method";
    }
    return is_well_formed(challenge) ? NULL
                                     : "Invalid parameter: code_challenge";
}


static bool
verifier_fits(const char *challenge, const char *method,
    const char *verifier)
{
    uint8_t  hash[AB_SHA256_LEN];
    char     text[AB_B64URL_LEN(AB_SHA256_LEN)];

    if (method == NULL || strcmp(method, "S256") != 0) {
        return ab_ct_slice_eq(ab_slice_str(challenge),
                              ab_slice_str(verifier));
    }
    if (!ab_sha256(hash, ab_slice_str(verifier))) {
        return false;
    }
    ab_b64url_encode(text, ab_slice(hash, sizeof(hash)));
    return ab_ct_slice_eq(ab_slice_str(challenge),
                          ab_slice(text, sizeof(text)));
}


const char *
pkce_verifier_fault(const char *challenge, const char *method,
    const char *verifier)
{
    if (challenge == NULL) {
        return verifier == NULL ? NULL
            : "PKCE code verifier specified but challenge not present in "
              "authorization";
    }
    if (verifier == NULL) {
        return "PKCE code verifier not specified";
    }
    if (!is_well_formed(verifier)) {
        return "PKCE verification failed: Invalid code verifier";
    }
    return verifier_fits(challenge, method, verifier)
           ? NULL : "PKCE verification failed: Code mismatch";
}
