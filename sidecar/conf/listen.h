/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * listen.h - make a listening socket.
 */
#ifndef CONF_LISTEN_H
#define CONF_LISTEN_H

#include "peer.h"

#include <sys/types.h>

/*
 * A listening Unix socket at path with that mode. When run by root, socket
 * and folder (made 0750 when absent) belong to the group of the first user
 * of `peers` that is not root, so that NGINX's workers reach them; peers may
 * be NULL. A socket file nobody listens at is replaced; one that answers
 * is AB_E_OPTION ("in use"), as is a path over sun_path. Non-blocking,
 * close-on-exec.
 */
enum ab_err listen_unix(struct fail *f, const char *path, mode_t mode,
    const struct peer_list *peers, int *ret_fd);
/* ADDR:PORT on loopback; AB_E_OPTION. */
enum ab_err listen_loopback(struct fail *f, const char *addr_port,
    int *ret_fd);

#endif
