/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * option_checks.c - what the value of an option must look like.
 */
#include "option_checks.h"
#include "redis_url.h"

#include "ab_time.h"
#include "ab_uri.h"
#include "base/log.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/un.h>


const char *
option_check_redis(const char *value)
{
    struct redis_url  u;
    struct fail       f = { .code = AB_OK };

    if (redis_url_parse(&f, value, &u) != AB_OK) {
        return "neither unix:/PATH nor redis://[user:password@]HOST[:PORT], "
               "or a part of it is malformed or too long";
    }
    redis_url_clear(&u);
    return NULL;
}


const char *
option_check_fsync(const char *value)
{
    return strcmp(value, "everysec") == 0 || strcmp(value, "always") == 0
           ? NULL : "neither everysec nor always";
}


const char *
option_check_socket(const char *value)
{
    if (strlen(value) >= sizeof(((struct sockaddr_un *) NULL)->sun_path)) {
        return "path too long for a socket (at most 107 bytes)";
    }
    return NULL;
}


/* The listener is plain HTTP, so nobody else may reach it. */
const char *
option_check_listen(const char *value)
{
    struct ab_slice  in = ab_slice_str(value), host, port;
    size_t           colon = in.len;
    uint64_t         v;

    while (colon > 0 && in.p[colon - 1] != ':') {
        colon--;
    }
    if (colon == 0) {
        return "not ADDR:PORT";
    }
    port = ab_slice(in.p + colon, in.len - colon);
    host = ab_slice(in.p, colon - 1);
    if (host.len > 2 && host.p[0] == '[' && host.p[host.len - 1] == ']') {
        host = ab_slice(host.p + 1, host.len - 2);
    }
    if (ab_parse_u64(port, &v) != AB_OK || v == 0 || v > UINT16_MAX) {
        return "not ADDR:PORT";
    }
    return ab_host_is_loopback(host) ? NULL : "not a loopback address";
}


const char *
option_check_hostname(const char *value)
{
    struct ab_uri  u;

    if (ab_uri_parse(ab_slice_str(value), &u) != AB_OK || u.has_userinfo) {
        return "not an http or https address";
    }
    if (u.path.len > 1 || u.query.p != NULL || u.fragment.p != NULL) {
        return "a path, query or fragment has no place in it";
    }
    return NULL;
}


const char *
option_check_network(const char *value)
{
    char             addr[64], raw[16];
    struct ab_slice  in = ab_slice_str(value);
    size_t           slash = ab_slice_find(in, '/');
    uint64_t         bits = 0, max;

    if (slash >= sizeof(addr)) {
        return "not an address or network";
    }
    memcpy(addr, value, slash);
    addr[slash] = '\0';
    max = inet_pton(AF_INET, addr, raw) == 1 ? 32
          : inet_pton(AF_INET6, addr, raw) == 1 ? 128 : 0;
    if (max == 0
        || (slash < in.len
            && (ab_parse_u64(ab_slice(in.p + slash + 1, in.len - slash - 1),
                             &bits) != AB_OK || bits > max)))
    {
        return "not an address or network";
    }
    return NULL;
}


const char *
option_check_level(const char *value)
{
    enum ab_level  level;

    return log_parse_level(value, &level) ? NULL
           : "none of debug, info, warn, error";
}
