/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * context.h - keep a brokered identity on a tab.
 */
#ifndef BROKER_CONTEXT_H
#define BROKER_CONTEXT_H

#include "broker/provider.h"

/* Set on the tab, saved with it. Read back by broker_context_load(). */
enum ab_err context_save(struct ctx *c, struct auth_tab *tab,
    const struct brokered *who);

#endif
