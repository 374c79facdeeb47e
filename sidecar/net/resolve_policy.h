/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * resolve_policy.h - which addresses may be called.
 */
#ifndef NET_RESOLVE_POLICY_H
#define NET_RESOLVE_POLICY_H

#include "model/app.h"

#include <sys/socket.h>

struct resolve_policy;

/* From --outbound-allow (addresses, CIDR networks, "loopback"); loopback is
 * allowed when the hostname is loopback and the list is empty. AB_E_OPTION:
 * an entry that is none. */
enum ab_err resolve_policy_new(struct fail *f, const struct app *app,
    struct resolve_policy **ret_policy);
void resolve_policy_free(struct resolve_policy *p);
/* 127/8, ::1, 10/8, 172.16/12, 192.168/16, 169.254/16, fe80::/10, fc00::/7,
 * 0/8, 100.64/10, multicast, v4-mapped forms …: refused unless allowed.
 * 169.254.169.254, fd00:ec2::254 and the like: always refused. */
bool resolve_policy_allows(const struct resolve_policy *p,
    const struct sockaddr *addr);
/* Loopback, private or link-local: where a realm with sslRequired=external
 * lets plain http go. */
bool resolve_policy_is_local(const struct sockaddr *addr);

#endif
