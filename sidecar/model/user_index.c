/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * user_index.c - the sorted sets that list a realm's users.
 *
 * Written before and cleaned after the documents they point to: always a
 * superset.
 */
#include "user_int.h"

#include "doc.h"
#include "lower.h"

#include "store/keys.h"
#include "store/store.h"

/* Sorted sets of a realm's users and the member each is about. */
static const struct user_index {
    enum store_key  key;
    const char     *member;
} indexes[] = {
    { KEY_USERS, "username" }, { KEY_USERS_EMAIL, "email" },
    { KEY_USERS_FIRST, "firstName" }, { KEY_USERS_LAST, "lastName" },
};


/* "lower case value NUL id"; empty when the document has no such member. */
static enum ab_err
index_member(struct ctx *c, const json_t *doc, const char *member,
    const char *id, struct ab_slice *ret_member)
{
    const char  *text = doc_filled(doc, member);
    size_t       n, m = strlen(id);
    char        *low, *out;

    *ret_member = ab_slice(NULL, 0);
    if (text == NULL) {
        return AB_OK;
    }
    low = lower_text(c->a, text);
    n = low == NULL ? 0 : strlen(low);
    out = low == NULL ? NULL : arena_alloc(c->a, n + m + 2);
    if (out == NULL) {
        return ctx_nomem(c);
    }
    memcpy(out, low, n);
    memcpy(out + n + 1, id, m);
    *ret_member = ab_slice(out, n + 1 + m);
    return AB_OK;
}


enum ab_err
user_index_write(struct ctx *c, const char *realm_id, const char *id,
    const json_t *doc)
{
    struct ab_slice   argv[4] = { AB_S("ZADD"), { NULL, 0 }, AB_S("0") };
    struct reply     *r;
    size_t            i;
    enum ab_err       e = AB_OK;

    for (i = 0; e == AB_OK && i < sizeof(indexes) / sizeof(*indexes); i++) {
        e = index_member(c, doc, indexes[i].member, id, &argv[3]);
        if (e == AB_OK && argv[3].len > 0) {
            argv[1] = key1(c, indexes[i].key, realm_id);
            e = store_call(c, 1, argv, 4, &r);
        }
    }
    return e;
}


void
user_index_remove(struct ctx *c, const char *realm_id, const char *id,
    const json_t *doc, const json_t *keep)
{
    struct ab_slice   argv[3] = { AB_S("ZREM") }, kept;
    struct ctx        s = *c;
    struct reply     *r;
    size_t            i;

    fail_clear(&s.f);
    for (i = 0; i < sizeof(indexes) / sizeof(*indexes); i++) {
        if (index_member(&s, doc, indexes[i].member, id, &argv[2]) != AB_OK
            || index_member(&s, keep, indexes[i].member, id, &kept) != AB_OK)
        {
            return;
        }
        if (argv[2].len > 0 && !ab_slice_eq(argv[2], kept)) {
            argv[1] = key1(&s, indexes[i].key, realm_id);
            (void) store_call(&s, 1, argv, 3, &r);
        }
    }
}
