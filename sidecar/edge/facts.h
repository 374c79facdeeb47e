/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * facts.h - what every worker must know: the catalogue of realms, their
 * public keys, the edge's own keys; ready as wire fields.
 */
#ifndef EDGE_FACTS_H
#define EDGE_FACTS_H

#include "ab_buf.h"
#include "base/ctx.h"

struct realm_epoch {
    char      id[65];
    uint64_t  epoch;
};

struct facts {
    struct ab_buf        keys;          /* PUBLIC_KEY*, EDGE_KEY* */
    struct ab_buf        catalog;       /* REALM_ENTRY* */
    size_t               n_realms;
    struct realm_epoch  *realms;
};

/* Read all realms and their keys (blocking; makes missing keys). Gives. */
enum ab_err facts_build(struct ctx *c, struct facts **ret_facts);
void facts_free(struct facts *f);
/* Newest epoch known of a realm id; 0 when unknown. */
uint64_t facts_epoch(const struct facts *f, struct ab_slice realm_id);

#endif
