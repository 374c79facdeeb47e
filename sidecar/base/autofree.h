/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * autofree.h - free a local when its scope ends.
 */
#ifndef BASE_AUTOFREE_H
#define BASE_AUTOFREE_H

#include <jansson.h>
#include <stdlib.h>

#define autofree(fn)  __attribute__((cleanup(fn)))

static inline void json_unrefp(json_t **p) { json_decref(*p); }
static inline void freep(void *p) { free(*(void **) p); }

/* Hand over the pointer in a local: the local becomes NULL. */
#define take_ptr(p)                                                          \
    (__extension__ ({ __typeof__(*(p)) taken_ = *(p); *(p) = NULL; taken_; }))

#endif
