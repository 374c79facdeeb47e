/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_uri.c - the parts of an address make up the address, and a return
 * path appended to an origin stays on it.
 */
#include "ab_uri.h"
#include "ab_limits.h"
#include "fuzz.h"


static void
check_parts(struct ab_slice in, const struct ab_uri *u)
{
    struct ab_uri  again;
    size_t         i;

    assert(fuzz_inside(in, u->host) && u->host.len > 0);
    assert(u->host.len <= AB_MAX_HOST && u->port > 0);
    assert(ab_slice_eq_nocase(u->scheme, u->is_https ? AB_S("https")
                                                     : AB_S("http")));
    assert(u->path.len == 0 || u->path.p[0] == '/');
    assert(u->path.p + u->path.len
           + (u->query.p != NULL ? u->query.len + 1 : 0)
           + (u->fragment.p != NULL ? u->fragment.len + 1 : 0)
           == in.p + in.len);
    for (i = 0; i < in.len; i++) {
        assert(in.p[i] > 0x20 && in.p[i] < 0x7f && in.p[i] != '\\');
    }
    assert(ab_uri_parse(in, &again) == AB_OK);
    assert(ab_uri_same_origin(u, &again));
    (void) ab_host_is_loopback(u->host);
}


static void
check_return_path(struct ab_slice path)
{
    struct ab_buf    b;
    struct ab_uri    base, whole;
    struct ab_slice  origin = AB_S("https://app.example");

    assert(path.p[0] == '/');
    assert(ab_slice_find(path, '#') == path.len);
    assert(!ab_slice_starts(path, AB_S("/.auth/")));
    assert(ab_uri_parse(origin, &base) == AB_OK);
    ab_buf_init(&b, 2 * AB_MAX_URI);
    ab_buf_add(&b, origin);
    ab_buf_add(&b, path);
    if (ab_uri_parse(ab_buf_slice(&b), &whole) == AB_OK) {
        assert(ab_uri_same_origin(&base, &whole) && !whole.has_userinfo);
    }
    ab_buf_clear(&b);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ab_slice  in = ab_slice(data, len);
    struct ab_uri    u;
    struct ab_buf    escaped, plain;

    if (ab_uri_parse(in, &u) == AB_OK) {
        check_parts(in, &u);
    }
    if (ab_return_path_ok(in)) {
        check_return_path(in);
    }
    (void) ab_host_is_loopback(in);
    ab_buf_init(&escaped, 3 * len + 10);
    ab_buf_init(&plain, len + 10);
    ab_uri_add_escaped(&escaped, in);
    assert(!escaped.failed);
    if (ab_slice_find(in, '\0') == in.len) {
        assert(ab_uri_unescape(&plain, ab_buf_slice(&escaped)) == AB_OK);
        assert(ab_slice_eq(ab_buf_slice(&plain), in));
    }
    ab_buf_reset(&plain);
    (void) ab_uri_unescape(&plain, in);
    assert(!plain.failed && plain.len <= len);
    ab_buf_clear(&escaped);
    ab_buf_clear(&plain);
    return 0;
}
