/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * private_redis.h - the daemon's own redis-server, a child process.
 *
 * On a Unix socket in the state folder, append-only file, noeviction, no
 * TCP; forked from the main thread with PDEATHSIG=SIGTERM and an inherited
 * lock on the folder (never two on one file); restarted with back-off when
 * it dies.
 */
#ifndef STORE_PRIVATE_REDIS_H
#define STORE_PRIVATE_REDIS_H

#include "base/fail.h"

#include <stdbool.h>
#include <sys/types.h>

struct private_redis;

/* Start and wait until it answers (10 s, longer while it reads its file).
 * Main thread only: the child is to end with the thread that forked it.
 * state_dir is made when absent. AB_E_STORE_DOWN: no redis-server, folder
 * locked by another daemon, or it did not come up (its last log lines stand
 * in the detail). AB_E_OPTION: path too long for a socket, folder not ours. */
enum ab_err private_redis_start(struct fail *f, const char *state_dir,
    const char *fsync, struct private_redis **ret_r);
/* "unix:PATH" for store_conf. */
const char *private_redis_url(const struct private_redis *r);
/* From the main loop when SIGCHLD came or every second: reaps and restarts.
 * Returns true when it was restarted. */
bool private_redis_tend(struct private_redis *r);
pid_t private_redis_pid(const struct private_redis *r);
/* SIGTERM, waits (Redis writes its file), SIGKILL after 10 s. */
void private_redis_stop(struct private_redis *r);

#endif
