/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * address.h - a host name's addresses, found without blocking who asks.
 *
 * The system's resolver blocks for as long as it likes, so it runs on a
 * thread of its own that owns copies of all it needs; the answer comes over
 * a descriptor, on which the asker may wait with poll() or an event.
 */
#ifndef STORE_ADDRESS_H
#define STORE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#define ADDRESS_N  8

struct address_list {
    size_t  n;
    char    ip[ADDRESS_N][46];      /* text form */
};

/* A descriptor that gets readable when the answer is there; -1: no thread,
 * no descriptors. An IP address is answered too. */
int address_ask(const char *host);
/* Reads the answer and closes fd. False: unknown name. */
bool address_take(int fd, struct address_list *ret_list);

#endif
