/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ab_uri.h - absolute http(s) addresses and same-site return paths
 * (RFC 3986, nothing looser).
 */
#ifndef AB_URI_H
#define AB_URI_H

#include "ab_buf.h"
#include "ab_error.h"

struct ab_uri {
    struct ab_slice  scheme;    /* as written, compared without case */
    struct ab_slice  host;      /* without brackets for IPv6 */
    struct ab_slice  path;      /* may be empty; raw, not decoded */
    struct ab_slice  query;     /* without '?'; p NULL when absent */
    struct ab_slice  fragment;  /* without '#'; p NULL when absent */
    uint16_t         port;      /* explicit or the scheme's default */
    bool             has_port;
    bool             has_userinfo;
    bool             is_ipv6;
    bool             is_https;
};

/*
 * Parse an absolute http or https address. Refused (AB_E_URI): other schemes,
 * backslash, blanks, controls, non-ASCII, bad percent sequences, empty host,
 * port 0 or above 65535, more than AB_MAX_URI bytes. Userinfo is reported by
 * has_userinfo and left to the caller to refuse.
 */
enum ab_err ab_uri_parse(struct ab_slice in, struct ab_uri *ret_uri);

/* Same scheme (no case), host (no case) and effective port. */
bool ab_uri_same_origin(const struct ab_uri *a, const struct ab_uri *b);

/* localhost, *.localhost, 127/8, ::1; without port, any case. */
bool ab_host_is_loopback(struct ab_slice host);

/*
 * True for a path that a browser keeps on the origin it is on: starts with
 * one '/', second byte neither '/' nor '\', no backslash before the query,
 * no byte 0x00-0x20, 0x7f or above, not the reserved prefix "/.auth/" or
 * "/.auth" (also percent-encoded), no segment "." or "..", and after decoding
 * its first two characters once still no "//" or "/\". Query allowed,
 * fragment not. In ab_return_path.c.
 */
bool ab_return_path_ok(struct ab_slice path);

/* The byte of the percent sequence at s.p[i], -1 when there is none. */
int ab_uri_hex(struct ab_slice s, size_t i);
/* Percent-encode all but unreserved characters (RFC 3986 section 2.3). */
void ab_uri_add_escaped(struct ab_buf *out, struct ab_slice in);
/* Append "name=value" with '?' or '&' before it as the text so far needs;
 * both are escaped. For out holding an address without fragment. */
void ab_uri_add_param(struct ab_buf *out, const char *name,
    struct ab_slice value);
/* Decode percent sequences ('+' stays); AB_E_URI on bad ones or NUL, out is
 * then as before. Whether it all fitted, out->failed tells. */
enum ab_err ab_uri_unescape(struct ab_buf *out, struct ab_slice in);

#endif
