/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_redirect.c - redirect addresses as a browser sends them.
 *
 * Input: a registered entry, a NUL, a candidate. Properties: what is allowed
 * has no byte outside printable ASCII, no blank and no backslash, is no code
 * to run, and, for an entry without a wildcard or a port to leave out, is
 * that entry.
 */
#include "client.h"

#include "ab_uri.h"

#include <assert.h>
#include <stdint.h>

#define MAX  4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


static void
check_allowed(const char *entry, const char *uri)
{
    struct ab_uri  u;
    const char    *p;

    for (p = uri; *p != '\0'; p++) {
        assert(*p > 0x20 && *p < 0x7f && *p != '\\');
    }
    assert(strncmp(uri, "javascript:", 11) != 0);
    if (strchr(entry, '*') == NULL && strncmp(uri, "http://", 7) != 0) {
        assert(strcmp(entry, uri) == 0);
    }
    if (strncmp(uri, "http://", 7) == 0 || strncmp(uri, "https://", 8) == 0) {
        assert(ab_uri_parse(ab_slice_str(uri), &u) == AB_OK);
        assert(!u.has_userinfo || strcmp(entry, uri) == 0);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char           mem[MAX + 2] = "";
    const char    *entry = mem, *uri;
    struct client  cl = { .redirect_uris = { 1, &entry } };

    if (len > MAX) {
        return 0;
    }
    if (len > 0) {
        memcpy(mem, data, len);
    }
    uri = entry + strlen(entry) + 1;        /* mem ends with two NUL */
    if (client_redirect_ok(&cl, uri) == AB_OK) {
        check_allowed(entry, uri);
    }
    (void) client_post_logout_ok(&cl, uri);
    cl.web_origins = cl.redirect_uris;
    (void) client_origin_ok(&cl, uri);
    return 0;
}
