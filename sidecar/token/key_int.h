/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * key_int.h - what the files of the realm's keys share.
 */
#ifndef TOKEN_KEY_INT_H
#define TOKEN_KEY_INT_H

#include "key.h"
#include "key_material.h"

/* One type of key component. */
struct key_provider {
    const char          *id;            /* providerId */
    enum material_kind   kind;
    const char          *use;
    const char          *alg;           /* NULL: by the curve */
    bool                 is_generated;
    size_t               size;          /* bits or bytes unless configured */
    const char          *size_name;     /* config members */
    const char          *curve_name;
    const char          *curve;         /* unless configured */
    const char          *alg_name;
    const char          *private_name;
};

const struct key_provider *key_provider_by_id(const char *id);

/* Names of the fields of a component in the components hash. */
const char *key_field(struct ctx *c, const char *id);       /* "ID:key" */

/*
 * The material of a component: imported, else stored under "ID:key", else
 * made now and put there (of two daemons the first wins). AB_E_STORE_ABSENT:
 * there is none and none is made; AB_E_FORMAT: unreadable.
 */
enum ab_err key_material_get(struct ctx *c, struct ab_slice components,
    const struct key_provider *p, const json_t *doc, const char *cn,
    struct material *ret_m);

#endif
