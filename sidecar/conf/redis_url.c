/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * redis_url.c - the address of a Redis as an operator writes it.
 */
#include "redis_url.h"

#include "ab_ct.h"
#include "ab_time.h"
#include "ab_uri.h"

#define DEFAULT_PORT  6379
#define V6_CHARS      "0123456789abcdefABCDEF:."
#define NAME_CHARS    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" \
                      "0123456789._-"

static enum ab_err parse_unix(struct fail *f, struct ab_slice path,
    struct redis_url *u);
static enum ab_err parse_tcp(struct fail *f, struct ab_slice rest,
    struct redis_url *u);
static bool split_user(struct ab_slice info, struct redis_url *u);
static bool split_host(struct ab_slice at, struct redis_url *u);
static bool put(char *out, size_t size, struct ab_slice in);
static bool put_unescaped(char *out, size_t size, struct ab_slice in);


enum ab_err
redis_url_parse(struct fail *f, const char *text, struct redis_url *ret_u)
{
    struct redis_url  u = { .port = DEFAULT_PORT };
    struct ab_slice   in = ab_slice_str(text);
    enum ab_err       e;

    if (ab_slice_starts(in, AB_S("unix:"))) {
        e = parse_unix(f, ab_slice(in.p + 5, in.len - 5), &u);
    } else if (ab_slice_starts(in, AB_S("redis://"))) {
        e = parse_tcp(f, ab_slice(in.p + 8, in.len - 8), &u);
    } else if (ab_slice_starts(in, AB_S("rediss://"))) {
        u.has_tls = true;
        e = parse_tcp(f, ab_slice(in.p + 9, in.len - 9), &u);
    } else {
        e = fail(f, AB_E_OPTION, "address of Redis: neither unix:PATH nor "
                 "redis://HOST:PORT");
    }
    if (e == AB_OK) {
        *ret_u = u;
    }
    redis_url_clear(&u);
    return e;
}


void
redis_url_clear(struct redis_url *u)
{
    ab_wipe(u, sizeof(*u));
}


static enum ab_err
parse_unix(struct fail *f, struct ab_slice path, struct redis_url *u)
{
    u->is_unix = true;
    if (path.len == 0 || path.p[0] != '/') {
        return fail(f, AB_E_OPTION, "socket of Redis: not an absolute path");
    }
    if (!put(u->path, sizeof(u->path), path)) {
        return fail(f, AB_E_OPTION, "socket of Redis: path of %zu bytes, the "
                    "system takes at most %zu", path.len,
                    sizeof(u->path) - 1);
    }
    return AB_OK;
}


/* [user[:password]@]host[:port][/[0]] */
static enum ab_err
parse_tcp(struct fail *f, struct ab_slice rest, struct redis_url *u)
{
    size_t           slash = ab_slice_find(rest, '/'), at;
    struct ab_slice  authority = ab_slice(rest.p, slash), db;

    db = ab_slice(rest.p + slash, rest.len - slash);
    if (db.len > 0 && !ab_slice_eq_str(db, "/") && !ab_slice_eq_str(db, "/0"))
    {
        return fail(f, AB_E_OPTION, "address of Redis: only database 0");
    }
    at = ab_slice_find(authority, '@');
    if (at < authority.len) {
        if (!split_user(ab_slice(authority.p, at), u)) {
            return fail(f, AB_E_OPTION,
                        "address of Redis: malformed user or password");
        }
        authority = ab_slice(authority.p + at + 1, authority.len - at - 1);
    }
    if (!split_host(authority, u)) {
        return fail(f, AB_E_OPTION, "address of Redis: malformed host or port");
    }
    return AB_OK;
}


static bool
split_user(struct ab_slice info, struct redis_url *u)
{
    size_t  colon = ab_slice_find(info, ':');

    if (colon == info.len) {
        return false;           /* a user without a password logs nobody in */
    }
    return put_unescaped(u->user, sizeof(u->user), ab_slice(info.p, colon))
           && put_unescaped(u->password, sizeof(u->password),
                            ab_slice(info.p + colon + 1,
                                     info.len - colon - 1))
           && u->password[0] != '\0';
}


static bool
split_host(struct ab_slice in, struct redis_url *u)
{
    bool             is_v6 = in.len > 0 && in.p[0] == '[';
    size_t           end = ab_slice_find(in, is_v6 ? ']' : ':');
    struct ab_slice  host = ab_slice(in.p, end), port;
    uint64_t         v;

    if (is_v6) {
        if (end == in.len) {
            return false;
        }
        host = ab_slice(in.p + 1, end - 1);
        end++;
    }
    if (host.len == 0 || !put(u->host, sizeof(u->host), host)
        || strspn(u->host, is_v6 ? V6_CHARS : NAME_CHARS) != host.len)
    {
        return false;
    }
    if (end == in.len) {
        return true;
    }
    port = ab_slice(in.p + end + 1, in.len - end - 1);
    if (in.p[end] != ':' || ab_parse_u64(port, &v) != AB_OK
        || v == 0 || v > UINT16_MAX)
    {
        return false;
    }
    u->port = (uint16_t) v;
    return true;
}


static bool
put(char *out, size_t size, struct ab_slice in)
{
    if (in.len >= size) {
        return false;
    }
    memcpy(out, in.p, in.len);
    out[in.len] = '\0';
    return true;
}


static bool
put_unescaped(char *out, size_t size, struct ab_slice in)
{
    struct ab_buf  b;

    ab_buf_init_fixed(&b, out, size - 1);
    if (ab_uri_unescape(&b, in) != AB_OK || b.failed) {
        return false;
    }
    out[b.len] = '\0';
    return true;
}
