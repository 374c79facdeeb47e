/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * text_list.h - arrays of texts in documents as typed lists.
 */
#ifndef MODEL_TEXT_LIST_H
#define MODEL_TEXT_LIST_H

#include "client.h"

/* The texts of an array (NULL: none), in a; the texts are borrowed from it.
 * Other members are left out. False: no memory. */
bool text_list_read(struct arena *a, const json_t *array,
    struct text_list *ret_list);
bool text_list_has(const struct text_list *list, const char *text);

#endif
