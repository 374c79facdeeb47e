/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client_data.c - where an error goes when a login is gone: the
 * `client_data` parameter.
 */
#include "client_data.h"

#include "ab_base64.h"
#include "model/doc.h"

/* One member when it has a value. */
static bool
put_text(json_t *o, const char *name, const char *value)
{
    return value == NULL || doc_put(o, name, value);
}


const char *
client_data_text(struct ctx *c, const struct auth_tab *tab)
{
    json_t          *o = doc_own(c, json_object());
    struct ab_slice  text;
    char            *out;

    if (o == NULL
        || !put_text(o, "ru", tab->redirect_uri)
        || !put_text(o, "rt", tab->response_type)
        || !put_text(o, "rm", tab->response_mode)
        || !put_text(o, "st", tab->state)
        || doc_text(c, o, &text) != AB_OK)
    {
        return NULL;
    }
    out = arena_alloc(c->a, AB_B64URL_LEN(text.len) + 1);
    if (out != NULL) {
        ab_b64url_encode(out, text);
    }
    return out;
}
