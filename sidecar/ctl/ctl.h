/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ctl.h - ctl.sock: the operator's questions to a running daemon.
 *
 * 0600; peers are root or the daemon's own user. One JSON object a line in,
 * one out, then the connection may go on. Commands are rows of
 * ctl_commands.c. One thread; a question may block on the store.
 */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include "model/app.h"
#include "store/store.h"

/* What other rooms know, filled by main's function. */
struct ctl_facts {
    char         position[48];
    bool         is_confirmed;
    int64_t      confirmed_ago_ms;
    size_t       n_workers;
    int          redis_pid;         /* 0: a Redis of the operator's */
    const char  *redis_warning;     /* static, or NULL */
    int64_t      started_s;
};

struct ctl_conf {
    const struct app         *app;
    const struct store_conf  *store;
    void                    (*facts)(void *arg, struct ctl_facts *ret_facts);
    void                     *arg;
};

struct ctl;

/* Takes fd (listening). */
enum ab_err ctl_start(struct fail *f, const struct ctl_conf *conf, int fd,
    struct ctl **ret_ctl);
void ctl_stop(struct ctl *ctl);     /* NULL does nothing */

#endif
