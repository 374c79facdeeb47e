/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * redirect.c - which redirect addresses and origins a client allows.
 *
 * Addresses are compared as strings, never by meaning: a browser and we
 * would not always agree on the meaning (threats T-RD4, T-RD6, T-RD7). What
 * a wildcard lets through is narrowed on top: no user-info, no step upwards
 * in whatever encoding, and no host but the registered one.
 */
#include "client.h"

#include "ab_limits.h"
#include "ab_uri.h"

#include <strings.h>

/* Members of an authorization response (tokens.md 2.7): a target that has
 * one already could pass it off as ours. */
static const char *const  reserved[] = {
    "code", "state", "session_state", "error", "iss", "id_token",
    "access_token", "token_type", "response", "kc_action_status",
};

/* Schemes that run code or show text of the link's author. */
static const char *const  banned[] = { "javascript", "data", "vbscript" };

/* A candidate, cut once. Slices of the caller's text. */
struct candidate {
    struct ab_slice  all;
    struct ab_slice  scheme;
    struct ab_slice  bare;      /* without query and fragment */
    struct ab_slice  tail;      /* query and fragment, with '?' or '#' */
    struct ab_slice  authority; /* p NULL when there is none */
    struct ab_slice  path;
    bool             is_http;   /* http or https */
    bool             may_wild;  /* a wildcard may match it */
};


/* ---- reading a candidate ------------------------------------------------- */

static int
hex(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = ab_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}


/* RFC 3986 section 2: the characters of an address, percent pairs whole. */
static bool
has_good_bytes(struct ab_slice s)
{
    static const char  bad[] = "\"<>\\^`{|}";
    size_t             i;

    for (i = 0; i < s.len; i++) {
        if (s.p[i] <= 0x20 || s.p[i] >= 0x7f
            || memchr(bad, s.p[i], sizeof(bad) - 1) != NULL)
        {
            return false;
        }
        if (s.p[i] == '%'
            && (s.len - i < 3 || hex(s.p[i + 1]) < 0 || hex(s.p[i + 2]) < 0))
        {
            return false;
        }
    }
    return true;
}


/* RFC 3986 section 3.1. */
static bool
take_scheme(struct ab_slice s, struct ab_slice *ret_scheme)
{
    size_t  i, n = ab_slice_find(s, ':');
    char    ch;

    for (i = 0; i < n; i++) {
        ch = ab_lower(s.p[i]);
        if (!(ch >= 'a' && ch <= 'z')
            && (i == 0 || !((ch >= '0' && ch <= '9') || ch == '+'
                            || ch == '-' || ch == '.')))
        {
            return false;
        }
    }
    *ret_scheme = ab_slice(s.p, n);
    return n > 0 && n < s.len;
}


/* One round of percent decoding, in place; a lone '%' stays. */
static size_t
decode_once(char *p, size_t n)
{
    size_t  i, out = 0;

    for (i = 0; i < n; i++, out++) {
        if (p[i] == '%' && n - i > 2 && hex(p[i + 1]) >= 0
            && hex(p[i + 2]) >= 0)
        {
            p[out] = (char) (hex(p[i + 1]) * 16 + hex(p[i + 2]));
            i += 2;
        } else {
            p[out] = p[i];
        }
    }
    return out;
}


/* A segment ".." (also "..;x", which some servers read as one). */
static bool
has_dot_dot(const char *p, size_t n)
{
    size_t  i;
    bool    starts, ends;

    for (i = 0; i + 1 < n; i++) {
        starts = i == 0 || p[i - 1] == '/' || p[i - 1] == '\\';
        ends = i + 2 == n || p[i + 2] == '/' || p[i + 2] == '\\'
               || p[i + 2] == ';';
        if (p[i] == '.' && p[i + 1] == '.' && starts && ends) {
            return true;
        }
    }
    return false;
}


/* Plain, encoded once or twice; a fourth look costs nothing. */
static bool
steps_upwards(struct ab_slice path)
{
    char    buf[AB_MAX_URI];
    size_t  n = path.len;
    int     round;

    if (n > sizeof(buf)) {
        return true;
    }
    if (n > 0) {
        memcpy(buf, path.p, n);
    }
    for (round = 0; round < 4; round++) {
        if (has_dot_dot(buf, n)) {
            return true;
        }
        n = decode_once(buf, n);
    }
    return false;
}


static void
cut_authority(struct candidate *cand)
{
    struct ab_slice  s = cand->bare;
    size_t           at = cand->scheme.len + 1, end;

    cand->path = ab_slice(s.p + at, s.len - at);
    if (!ab_slice_starts(cand->path, AB_S("//"))) {
        return;
    }
    s = ab_slice(cand->path.p + 2, cand->path.len - 2);
    end = ab_slice_find(s, '/');
    cand->authority = ab_slice(s.p, end);
    cand->path = ab_slice(s.p + end, s.len - end);
}


static bool
candidate_read(const char *uri, struct candidate *ret_cand)
{
    struct candidate  cand = { .all = ab_slice_str(uri) };
    struct ab_uri     parsed;
    size_t            i, q;

    if (cand.all.len == 0 || cand.all.len > AB_MAX_URI
        || !has_good_bytes(cand.all) || !take_scheme(cand.all, &cand.scheme))
    {
        return false;
    }
    for (i = 0; i < sizeof(banned) / sizeof(banned[0]); i++) {
        if (ab_slice_eq_nocase(cand.scheme, ab_slice_str(banned[i]))) {
            return false;
        }
    }
    q = strcspn(uri, "?#");
    cand.bare = ab_slice(uri, q);
    cand.tail = ab_slice(uri + q, cand.all.len - q);
    cut_authority(&cand);
    cand.is_http = ab_slice_eq_nocase(cand.scheme, AB_S("http"))
                   || ab_slice_eq_nocase(cand.scheme, AB_S("https"));
    if (cand.is_http && ab_uri_parse(cand.all, &parsed) != AB_OK) {
        return false;
    }
    cand.may_wild = ab_slice_find(cand.authority, '@') == cand.authority.len
                    && !steps_upwards(cand.path);
    *ret_cand = cand;
    return true;
}


/* ---- reserved parameters ------------------------------------------------- */

static bool
is_reserved(struct ab_slice name)
{
    char    buf[64];
    size_t  i, n = name.len;

    if (n > sizeof(buf)) {          /* no reserved name is that long, even
                                       when all of it is encoded */
        return false;
    }
    if (n > 0) {
        memcpy(buf, name.p, n);
    }
    n = decode_once(buf, n);
    for (i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        if (ab_slice_eq_nocase(ab_slice(buf, n), ab_slice_str(reserved[i]))) {
            return true;
        }
    }
    return false;
}


static bool
has_reserved(struct ab_slice tail)
{
    size_t           i, start = 1;
    struct ab_slice  piece;

    for (i = 1; i <= tail.len; i++) {
        if (i < tail.len && strchr("&#;", tail.p[i]) == NULL) {
            continue;
        }
        piece = ab_slice(tail.p + start, i - start);
        piece.len = ab_slice_find(piece, '=');
        if (is_reserved(piece)) {
            return true;
        }
        start = i + 1;
    }
    return false;
}


/* ---- one registered entry ------------------------------------------------ */

/*
 * The prefix of a wildcard entry, or false when its '*' is none: only a last
 * '*' counts, and not one behind '?'. A '*' that would widen the host stands
 * for "/" and what follows; "http://" and "https://" alone stay as they are.
 */
static bool
wildcard_prefix(struct ab_slice entry, struct ab_slice *ret_prefix,
    bool *ret_needs_slash)
{
    struct ab_slice  s, rest;
    size_t           colon;

    if (entry.len == 0 || entry.p[entry.len - 1] != '*'
        || ab_slice_find(entry, '?') != entry.len)
    {
        return false;
    }
    s = ab_slice(entry.p, entry.len - 1);
    *ret_prefix = s;
    *ret_needs_slash = false;
    colon = ab_slice_find(s, ':');
    rest = ab_slice(s.p + colon, s.len - colon);
    if (ab_slice_starts(rest, AB_S("://")) && rest.len > 3) {
        rest = ab_slice(rest.p + 3, rest.len - 3);
        *ret_needs_slash = ab_slice_find(rest, '/') == rest.len;
        rest.len = ab_slice_find(rest, '/');
        return ab_slice_find(rest, '*') == rest.len;
    }
    return true;
}


static bool
wildcard_matches(struct ab_slice entry, struct ab_slice bare)
{
    struct ab_slice  prefix;
    bool             needs_slash;

    if (!wildcard_prefix(entry, &prefix, &needs_slash)) {
        return false;
    }
    if (ab_slice_starts(bare, prefix)) {
        return !needs_slash || bare.len == prefix.len
               || bare.p[prefix.len] == '/';
    }
    return prefix.len > 0 && prefix.p[prefix.len - 1] == '/'
           && ab_slice_eq(bare, ab_slice(prefix.p, prefix.len - 1));
}


static bool
entry_matches(const char *entry, const struct candidate *cand,
    struct ab_slice all, struct ab_slice bare)
{
    struct ab_slice  e = ab_slice_str(entry);

    if (ab_slice_eq(e, all)) {
        return true;
    }
    if (!cand->may_wild) {
        return false;
    }
    if (ab_slice_eq(e, AB_S("*"))) {
        return cand->is_http;
    }
    /* The entry's own scheme: a custom one must be listed (rule 7). */
    return ab_slice_starts(e, ab_slice(cand->all.p, cand->scheme.len + 1))
           && wildcard_matches(e, bare);
}


static bool
list_matches(const struct text_list *list, const struct candidate *cand,
    struct ab_slice all, struct ab_slice bare)
{
    size_t  i;

    for (i = 0; i < list->n; i++) {
        if (entry_matches(list->v[i], cand, all, bare)) {
            return true;
        }
    }
    return false;
}


/* The address of a native app without its port (rule 6, RFC 8252 7.3): into
 * buf; false when it is none. */
static bool
loopback_without_port(const struct candidate *cand, char buf[AB_MAX_URI],
    struct ab_slice *ret_all, struct ab_slice *ret_bare)
{
    static const char *const  hosts[] = { "localhost", "127.0.0.1", "[::1]" };
    struct ab_slice           au = cand->authority, host, rest;
    size_t                    i, cut;

    if (!ab_slice_eq(cand->scheme, AB_S("http"))) {
        return false;
    }
    for (i = 0; i < 3; i++) {
        host = ab_slice_str(hosts[i]);
        if (au.len > host.len && ab_slice_starts(au, host)
            && au.p[host.len] == ':')
        {
            cut = (size_t) (au.p + host.len - cand->all.p);
            rest = ab_slice_between(au.p + au.len,
                                    cand->all.p + cand->all.len);
            memcpy(buf, cand->all.p, cut);
            memcpy(buf + cut, rest.p, rest.len);
            *ret_all = ab_slice(buf, cut + rest.len);
            *ret_bare = ab_slice(buf, cut + rest.len - cand->tail.len);
            return true;
        }
    }
    return false;
}


static bool
list_allows(const struct text_list *list, const struct candidate *cand)
{
    struct ab_slice  all, bare;
    char             buf[AB_MAX_URI];

    return list_matches(list, cand, cand->all, cand->bare)
           || (loopback_without_port(cand, buf, &all, &bare)
               && list_matches(list, cand, all, bare));
}


/* ---- what callers ask ---------------------------------------------------- */

enum ab_err
client_redirect_ok(const struct client *client, const char *uri)
{
    struct candidate  cand;

    if (!candidate_read(uri, &cand)
        || (has_reserved(cand.tail)
            && !client_attribute_true(client,
                                      "allow.oidc.params.in.redirect.uris"))
        || !list_allows(&client->redirect_uris, &cand))
    {
        return AB_E_REDIRECT_URI;
    }
    return AB_OK;
}


/* One part of the attribute, "##" between them. */
static bool
take_part(const char **at, char buf[AB_MAX_URI + 1])
{
    const char  *end = strstr(*at, "##");
    size_t       n = end == NULL ? strlen(*at) : (size_t) (end - *at);

    if (n > AB_MAX_URI) {
        n = 0;                      /* matches nothing */
    }
    memcpy(buf, *at, n);
    buf[n] = '\0';
    *at = end == NULL ? NULL : end + 2;
    return n > 0;
}


enum ab_err
client_post_logout_ok(const struct client *client, const char *uri)
{
    const char        *at = client_attribute(client,
                                             "post.logout.redirect.uris");
    struct candidate   cand;
    struct text_list   one;
    char               part[AB_MAX_URI + 1];
    const char        *v[1] = { part };

    if (!candidate_read(uri, &cand)) {
        return AB_E_REDIRECT_URI;
    }
    if (at == NULL || *at == '\0') {
        at = "+";
    }
    if (strcmp(at, "-") == 0) {
        return AB_E_REDIRECT_URI;
    }
    while (at != NULL) {
        if (!take_part(&at, part)) {
            continue;
        }
        one = (struct text_list) { 1, v };
        if (list_allows(strcmp(part, "+") == 0 ? &client->redirect_uris
                                               : &one, &cand))
        {
            return AB_OK;
        }
    }
    return AB_E_REDIRECT_URI;
}


/* The origin of an http(s) address as text: what stands before its path. */
static bool
origin_is(const char *uri, const char *origin)
{
    struct ab_slice  scheme, s = ab_slice_str(uri);
    size_t           n;

    if (!take_scheme(s, &scheme)
        || (!ab_slice_eq(scheme, AB_S("http"))
            && !ab_slice_eq(scheme, AB_S("https")))
        || strncmp(uri + scheme.len, "://", 3) != 0)
    {
        return false;
    }
    n = scheme.len + 3;
    n += strcspn(uri + n, "/?#*");
    return ab_slice_eq(ab_slice(uri, n), ab_slice_str(origin));
}


bool
client_origin_ok(const struct client *client, const char *origin)
{
    size_t  i, j;

    for (i = 0; i < client->web_origins.n; i++) {
        if (strcmp(client->web_origins.v[i], "*") == 0
            || strcmp(client->web_origins.v[i], origin) == 0)
        {
            return true;
        }
        if (strcmp(client->web_origins.v[i], "+") != 0) {
            continue;
        }
        for (j = 0; j < client->redirect_uris.n; j++) {
            if (origin_is(client->redirect_uris.v[j], origin)) {
                return true;
            }
        }
    }
    return false;
}
