/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * resolve_policy.c - which addresses may be called.
 *
 * Every address is looked at as 16 bytes of IPv6, IPv4 in its v4-mapped form,
 * so that one rule covers all spellings of one host. Forms that carry an IPv4
 * address inside (6to4, NAT64, v4-compatible) are judged by that address too:
 * a gateway would deliver there.
 */
#include "resolve_policy.h"

#include "ab_time.h"
#include "ab_uri.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#define V4_BITS   96            /* length of the v4-mapped prefix */
#define NETS_MAX  256

struct net {
    uint8_t   addr[16];
    unsigned  bits;
};

struct resolve_policy {
    size_t      n;
    struct net  nets[NETS_MAX];
};

enum net_kind { NET_NEVER, NET_LOCAL, NET_ODD };

/*
 * Networks that are not the public internet.
 * NEVER: cloud metadata services, whose answers are credentials; no option
 *        opens them. LOCAL: loopback, private, link-local. ODD: never a
 *        server somebody meant to name.
 */
static const struct {
    const char     *text;
    enum net_kind   kind;
} special[] = {
    { "169.254.169.254",     NET_NEVER },   /* AWS, Azure, GCP, OpenStack */
    { "169.254.170.2",       NET_NEVER },   /* AWS container credentials */
    { "169.254.170.23",      NET_NEVER },
    { "169.254.169.123",     NET_NEVER },
    { "168.63.129.16",       NET_NEVER },   /* Azure host */
    { "100.100.100.200",     NET_NEVER },   /* Alibaba */
    { "192.0.0.192",         NET_NEVER },   /* Oracle */
    { "fd00:ec2::254",       NET_NEVER },   /* AWS over IPv6 */
    { "fd00:ec2::23",        NET_NEVER },
    { "fd20:ce::254",        NET_NEVER },   /* GCP over IPv6 */
    { "127.0.0.0/8",         NET_LOCAL },
    { "::1",                 NET_LOCAL },
    { "10.0.0.0/8",          NET_LOCAL },
    { "172.16.0.0/12",       NET_LOCAL },
    { "192.168.0.0/16",      NET_LOCAL },
    { "169.254.0.0/16",      NET_LOCAL },
    { "fe80::/10",           NET_LOCAL },
    { "fec0::/10",           NET_LOCAL },
    { "fc00::/7",            NET_LOCAL },
    { "0.0.0.0/8",           NET_ODD },
    { "::",                  NET_ODD },
    { "100.64.0.0/10",       NET_ODD },     /* RFC 6598 */
    { "192.0.0.0/24",        NET_ODD },
    { "192.0.2.0/24",        NET_ODD },     /* RFC 5737 */
    { "198.51.100.0/24",     NET_ODD },
    { "203.0.113.0/24",      NET_ODD },
    { "198.18.0.0/15",       NET_ODD },     /* RFC 2544 */
    { "224.0.0.0/4",         NET_ODD },
    { "240.0.0.0/4",         NET_ODD },
    { "ff00::/8",            NET_ODD },
    { "100::/64",            NET_ODD },
    { "2001:db8::/32",       NET_ODD },
    { "2001::/32",           NET_ODD },     /* Teredo */
};

/* Prefixes with an IPv4 address inside, and where it starts. */
static const struct {
    const char  *text;
    size_t       at;
} carriers[] = {
    { "2002::/16",           2 },           /* 6to4 */
    { "64:ff9b::/96",       12 },           /* NAT64, RFC 6052 */
    { "64:ff9b:1::/48",     12 },
    { "::/96",              12 },           /* v4-compatible */
};

static const uint8_t  v4_mapped[12] = { [10] = 0xff, [11] = 0xff };

static enum ab_err policy_fill(struct fail *f, const struct app *app,
    struct resolve_policy *p);
static enum ab_err policy_add(struct fail *f, struct resolve_policy *p,
    const char *text);
static bool hostname_is_loopback(const struct app *app);
static bool net_parse(const char *text, struct net *ret_net);
static bool net_has(const struct net *net, const uint8_t addr[16]);
static bool addr_bytes(const struct sockaddr *addr, uint8_t ret[16]);
static bool bytes_allowed(const struct resolve_policy *p,
    const uint8_t addr[16]);
static bool inner_v4(const uint8_t addr[16], uint8_t ret[16]);
static bool find_special(const uint8_t addr[16], enum net_kind *ret_kind);


enum ab_err
resolve_policy_new(struct fail *f, const struct app *app,
    struct resolve_policy **ret_policy)
{
    struct resolve_policy  *p = calloc(1, sizeof(*p));
    enum ab_err             err;

    if (p == NULL) {
        return fail(f, AB_E_NOMEM, "out of memory");
    }
    err = policy_fill(f, app, p);
    if (err != AB_OK) {
        resolve_policy_free(p);
        return err;
    }
    *ret_policy = p;
    return AB_OK;
}


void
resolve_policy_free(struct resolve_policy *p)
{
    free(p);
}


bool
resolve_policy_allows(const struct resolve_policy *p,
    const struct sockaddr *addr)
{
    uint8_t  bytes[16], inner[16];

    if (!addr_bytes(addr, bytes) || !bytes_allowed(p, bytes)) {
        return false;
    }
    return !inner_v4(bytes, inner) || bytes_allowed(p, inner);
}


bool
resolve_policy_is_local(const struct sockaddr *addr)
{
    uint8_t        bytes[16];
    enum net_kind  kind;

    return addr_bytes(addr, bytes) && find_special(bytes, &kind)
           && kind == NET_LOCAL;
}


static enum ab_err
policy_fill(struct fail *f, const struct app *app, struct resolve_policy *p)
{
    const struct option_list  *list = &app->opt->outbound_allow;
    enum ab_err                err = AB_OK;
    size_t                     i;

    if (list->n == 0) {
        return hostname_is_loopback(app) ? policy_add(f, p, "loopback")
                                         : AB_OK;
    }
    for (i = 0; i < list->n && err == AB_OK; i++) {
        err = policy_add(f, p, list->v[i]);
    }
    return err;
}


static enum ab_err
policy_add(struct fail *f, struct resolve_policy *p, const char *text)
{
    if (p->n + 2 > NETS_MAX) {
        return fail(f, AB_E_OPTION, "--outbound-allow: more than %d networks",
                    NETS_MAX);
    }
    if (strcmp(text, "loopback") == 0) {
        (void) net_parse("127.0.0.0/8", &p->nets[p->n++]);
        (void) net_parse("::1", &p->nets[p->n++]);
        return AB_OK;
    }
    if (!net_parse(text, &p->nets[p->n])) {
        return fail(f, AB_E_OPTION, "--outbound-allow: '%.64s' is neither an "
                    "address nor a network nor \"loopback\"", text);
    }
    p->n++;
    return AB_OK;
}


static bool
hostname_is_loopback(const struct app *app)
{
    struct ab_uri  u;

    return ab_uri_parse(ab_slice_str(app->base_url), &u) == AB_OK
           && ab_host_is_loopback(u.host);
}


/* "ADDRESS" or "ADDRESS/BITS"; false when it is neither. */
static bool
net_parse(const char *text, struct net *ret_net)
{
    struct ab_slice  all = ab_slice_str(text);
    size_t           cut = ab_slice_find(all, '/');
    struct net       net = { .bits = 128 };
    char             host[INET6_ADDRSTRLEN + 1];
    uint64_t         bits;
    unsigned         base = 0;

    if (cut >= sizeof(host)) {
        return false;
    }
    memcpy(host, text, cut);
    host[cut] = '\0';
    if (inet_pton(AF_INET, host, net.addr + 12) == 1) {
        memcpy(net.addr, v4_mapped, sizeof(v4_mapped));
        base = V4_BITS;
    } else if (inet_pton(AF_INET6, host, net.addr) != 1) {
        return false;
    }
    if (cut < all.len) {
        if (ab_parse_u64(ab_slice(text + cut + 1, all.len - cut - 1), &bits)
            != AB_OK || bits > 128 - base)
        {
            return false;
        }
        net.bits = base + (unsigned) bits;
    }
    *ret_net = net;
    return true;
}


static bool
net_has(const struct net *net, const uint8_t addr[16])
{
    unsigned  whole = net->bits / 8, rest = net->bits % 8;
    uint8_t   mask = (uint8_t) (0xff00u >> rest);

    return memcmp(net->addr, addr, whole) == 0
           && (rest == 0 || ((net->addr[whole] ^ addr[whole]) & mask) == 0);
}


/* False for families other than IPv4 and IPv6. */
static bool
addr_bytes(const struct sockaddr *addr, uint8_t ret[16])
{
    if (addr->sa_family == AF_INET) {
        memcpy(ret, v4_mapped, sizeof(v4_mapped));
        memcpy(ret + 12, &((const struct sockaddr_in *) (const void *) addr)
               ->sin_addr, 4);
        return true;
    }
    if (addr->sa_family == AF_INET6) {
        memcpy(ret, &((const struct sockaddr_in6 *) (const void *) addr)
               ->sin6_addr, 16);
        return true;
    }
    return false;
}


static bool
bytes_allowed(const struct resolve_policy *p, const uint8_t addr[16])
{
    enum net_kind  kind;
    size_t         i;

    if (!find_special(addr, &kind)) {
        return true;
    }
    for (i = 0; i < p->n && kind != NET_NEVER; i++) {
        if (net_has(&p->nets[i], addr)) {
            return true;
        }
    }
    return false;
}


/* The IPv4 address that an IPv6 one carries, v4-mapped; false when none. */
static bool
inner_v4(const uint8_t addr[16], uint8_t ret[16])
{
    static const uint8_t  zero[15];
    struct net            net;
    size_t                i;

    if (memcmp(addr, zero, sizeof(zero)) == 0) {
        return false;           /* :: and ::1 are rows of their own */
    }
    for (i = 0; i < sizeof(carriers) / sizeof(carriers[0]); i++) {
        if (net_parse(carriers[i].text, &net) && net_has(&net, addr)) {
            memcpy(ret, v4_mapped, sizeof(v4_mapped));
            memcpy(ret + 12, addr + carriers[i].at, 4);
            return true;
        }
    }
    return false;
}


/* The first row that covers addr, NEVER rows being first. */
static bool
find_special(const uint8_t addr[16], enum net_kind *ret_kind)
{
    struct net  net;
    size_t      i;

    for (i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
        if (net_parse(special[i].text, &net) && net_has(&net, addr)) {
            *ret_kind = special[i].kind;
            return true;
        }
    }
    return false;
}
