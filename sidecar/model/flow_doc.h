/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * flow_doc.h - saved authentication flows as trees.
 */
#ifndef MODEL_FLOW_DOC_H
#define MODEL_FLOW_DOC_H

#include "model/realm.h"

enum requirement { REQ_DISABLED, REQ_REQUIRED, REQ_ALTERNATIVE,
                   REQ_CONDITIONAL };

struct flow_doc;

struct execution {
    const char             *id;             /* stable over restarts */
    enum requirement        requirement;
    int64_t                 priority;
    const char             *authenticator;  /* NULL for a sub-flow */
    const struct flow_doc  *flow;           /* NULL for an authenticator */
    const json_t           *config;         /* object of texts, or NULL */
};

struct flow_doc {
    const char        *id;
    const char        *alias;
    bool               top_level;
    size_t             n;
    struct execution  *v;                   /* in priority order */
};

/* By alias; AB_E_NOT_FOUND. The whole tree is resolved; a cycle or an
 * unknown sub-flow is AB_E_FLOW_UNSUPPORTED. */
enum ab_err flow_by_alias(struct ctx *c, const struct realm *realm,
    const char *alias, const struct flow_doc **ret_flow);
enum ab_err flow_by_id(struct ctx *c, const struct realm *realm,
    const char *id, const struct flow_doc **ret_flow);

#endif
