/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ctl_commands.h - what can be asked at ctl.sock.
 */
#ifndef CTL_CTL_COMMANDS_H
#define CTL_CTL_COMMANDS_H

#include "ctl.h"

#include <jansson.h>

#define CTL_ARG_MAX  255        /* bytes of one argument */

/* One question. args: an object of texts, only those of the command's row. */
struct ctl_call {
    struct ctx             *c;
    const struct ctl_conf  *conf;
    const json_t           *args;
    uid_t                   uid;        /* who asks, for the log */
};

/* The member or NULL. */
const char *ctl_arg(const struct ctl_call *call, const char *name);

/* Gives *ret_result on AB_OK. */
typedef enum ab_err (*ctl_run)(struct ctl_call *call, json_t **ret_result);

/* A question's text (one JSON object) to the answer's (gives, NULL: no
 * memory): {"ok": true, "result": …} or {"ok": false, "reason": …,
 * "detail": …}. */
char *ctl_answer(const struct ctl_conf *conf, struct store *store, uid_t uid,
    struct ab_slice question);

/* one file each */
enum ab_err cmd_status(struct ctl_call *call, json_t **ret_result);
enum ab_err cmd_session_list(struct ctl_call *call, json_t **ret_result);
enum ab_err cmd_session_revoke(struct ctl_call *call, json_t **ret_result);

#endif
