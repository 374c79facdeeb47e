/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * text_list.c - arrays of texts in documents as typed lists.
 */
#include "text_list.h"


bool
text_list_read(struct arena *a, const json_t *array,
    struct text_list *ret_list)
{
    size_t         i, n = json_array_size(array);
    const char   **v = arena_array(a, n == 0 ? 1 : n, sizeof(*v));
    const json_t  *item;

    if (v == NULL) {
        return false;
    }
    *ret_list = (struct text_list) { .v = v };
    json_array_foreach(array, i, item) {
        if (json_is_string(item)) {
            v[ret_list->n++] = json_string_value(item);
        }
    }
    return true;
}


bool
text_list_has(const struct text_list *list, const char *text)
{
    size_t  i;

    for (i = 0; i < list->n; i++) {
        if (strcmp(list->v[i], text) == 0) {
            return true;
        }
    }
    return false;
}
