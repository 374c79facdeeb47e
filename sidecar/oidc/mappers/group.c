/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * group.c - the mapper that lists the groups a user is directly in.
 */
#include "mapper.h"

#include "model/doc.h"


enum ab_err
mapper_group(struct mapper_run *m)
{
    const struct group_table  *t;
    const json_t  *ids = m->in->user->groups;
    bool           full = doc_bool(m->config, "full.path", true);
    size_t         i, g, n = 0, max = json_array_size(ids);
    const char   **names = arena_array(m->c->a, max + 1, sizeof(*names));
    const char    *id;
    enum ab_err    e = group_table_get(m->c, m->in->realm, &t);

    if (e != AB_OK || names == NULL) {
        return e != AB_OK ? e : ctx_nomem(m->c);
    }
    for (i = 0; i < max; i++) {
        id = json_string_value(json_array_get(ids, i));
        g = id == NULL ? SIZE_MAX : group_find(t, id);
        if (g != SIZE_MAX) {
            names[n++] = full ? t->v[g].path : t->v[g].name;
        }
    }
    return mapper_put_texts(m, names, n, true);
}
