/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_request.c - any target, headers and body become a request with one
 * spelling of its path, whole texts and a base URL of ours, or are refused
 * with an answer.
 *
 * Input: flags byte, target up to a newline, "Name: value" lines up to an
 * empty one, the body.
 */
#include "request.h"

#include "ab_limits.h"
#include "ab_uri.h"
#include "fuzz.h"

#include <stdlib.h>

#define HEADERS_MAX  16
#define COOKIES_MAX  4


static const char *
take_text(struct ctx *c, struct ab_slice *in, char end)
{
    struct ab_slice  s = fuzz_take(in, end);
    size_t           nul = ab_slice_find(s, '\0');

    return arena_dup(c->a, ab_slice(s.p, nul));
}


static void
take_headers(struct req *r, struct ab_slice *in)
{
    struct ab_slice  line, rest;

    while (in->len > 0 && r->n_headers < HEADERS_MAX) {
        line = fuzz_take(in, '\n');
        if (line.len == 0) {
            return;
        }
        rest = line;
        r->headers[r->n_headers].name = take_text(&r->c, &rest, ':');
        r->headers[r->n_headers].value = take_text(&r->c, &rest, '\n');
        r->n_headers++;
    }
}


static void
check_params(const struct ab_param *params, size_t n)
{
    size_t  i;

    assert(n <= AB_MAX_PARAMS_N);
    for (i = 0; i < n; i++) {
        assert(strlen(params[i].name.p) == params[i].name.len);
        assert(strlen(params[i].value.p) == params[i].value.len);
    }
}


static void
check_cookies(struct req *r)
{
    const char  *list[COOKIES_MAX];
    size_t       i, n = req_cookies(r, "KEYCLOAK_IDENTITY", list,
                                    COOKIES_MAX);

    assert(n <= COOKIES_MAX);
    for (i = 0; i < n; i++) {
        assert(strlen(list[i]) <= AB_MAX_COOKIE_VALUE);
        assert(strchr(list[i], ';') == NULL);
    }
}


static void
check_request(struct req *r)
{
    char           *path = arena_dup(r->c.a, r->path);
    struct ab_uri   base;

    assert(path[0] == '/' && strlen(path) == r->path.len);
    assert(strstr(path, "//") == NULL && strstr(path, "/..") == NULL);
    assert(strpbrk(path, ";#?") == NULL);
    assert(ab_uri_parse(ab_slice_str(r->c.base), &base) == AB_OK);
    assert(!base.has_userinfo && base.query.p == NULL);
    assert(r->c.app->has_hostname ? r->c.base == r->c.app->base_url
                                  : ab_host_is_loopback(base.host));
    assert(r->is_trusted || r->ip[0] == '\0');
    check_params(r->query, r->n_query);
    check_params(r->form, r->n_form);
    check_cookies(r);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ab_slice    in = ab_slice(data, len);
    uint8_t            flags = len > 0 ? data[0] : 0;
    struct req_header  headers[HEADERS_MAX];
    struct app         app = {
        .base_url = "https://id.example.com",
        .has_hostname = flags & 1, .is_https = flags & 1
    };
    struct req         r = {
        .c = { .a = arena_new(1 << 22), .app = &app }, .method = "POST",
        .headers = headers, .is_trusted = (flags & 2) != 0
    };

    assert(r.c.a != NULL);
    if (in.len > 0) {
        in = ab_slice(in.p + 1, in.len - 1);
    }
    r.target = take_text(&r.c, &in, '\n');
    take_headers(&r, &in);
    if (r.target != NULL && request_prepare(&r, in)) {
        check_request(&r);
    } else if (r.target != NULL && r.c.f.code != AB_E_NOMEM) {
        assert(r.reply.status == 400);
    }
    arena_free(r.c.a);
    return 0;
}
