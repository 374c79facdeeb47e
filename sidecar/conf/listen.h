/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * listen.h - make a listening socket.
 */
#ifndef CONF_LISTEN_H
#define CONF_LISTEN_H

#include "base/fail.h"

#include <sys/types.h>

/*
 * A listening Unix socket at path with that mode; its folder is made 0755
 * when absent. A socket file nobody listens at is replaced; one that answers
 * is AB_E_OPTION ("in use"), as is a path over sun_path. Non-blocking,
 * close-on-exec.
 */
enum ab_err listen_unix(struct fail *f, const char *path, mode_t mode,
    int *ret_fd);
/* ADDR:PORT on loopback; AB_E_OPTION. */
enum ab_err listen_loopback(struct fail *f, const char *addr_port,
    int *ret_fd);

#endif
