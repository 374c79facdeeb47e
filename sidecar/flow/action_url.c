/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * action_url.c - addresses of the pages of a login under way.
 */
#include "runner.h"

#include "ab_base64.h"
#include "ab_limits.h"
#include "ab_uri.h"
#include "model/doc.h"

/* One member of client_data when it has a value. */
static bool
set_text(json_t *o, const char *name, const char *value)
{
    return value == NULL || json_object_set_new(o, name,
                                                json_string(value)) == 0;
}


const char *
flow_client_data(struct ctx *c, const struct auth_tab *tab)
{
    json_t          *o = doc_own(c, json_object());
    struct ab_slice  text;
    char            *out;

    if (o == NULL
        || !set_text(o, "ru", tab->redirect_uri)
        || !set_text(o, "rt", tab->response_type)
        || !set_text(o, "rm", tab->response_mode)
        || !set_text(o, "st", tab->state)
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


const char *
flow_action_url(struct ctx *c, const struct realm *realm,
    const struct client *client, const struct auth_tab *tab,
    const char *path, const char *code, const char *execution)
{
    const char     *issuer = realm_issuer(c, realm);
    const char     *data = flow_client_data(c, tab);
    const char     *url = NULL;
    struct ab_buf   b;

    if (issuer == NULL || data == NULL) {
        return NULL;
    }
    ab_buf_init(&b, 4 * AB_MAX_URI);
    ab_buf_addf(&b, "%s/login-actions/%s", issuer, path);
    if (code != NULL) {
        ab_uri_add_param(&b, "session_code", ab_slice_str(code));
    }
    if (execution != NULL) {
        ab_uri_add_param(&b, "execution", ab_slice_str(execution));
    }
    ab_uri_add_param(&b, "client_id", ab_slice_str(client->client_id));
    ab_uri_add_param(&b, "tab_id", ab_slice_str(tab->tab_id));
    ab_uri_add_param(&b, "client_data", ab_slice_str(data));
    if (!b.failed) {
        url = arena_dup(c->a, ab_buf_slice(&b));
    }
    ab_buf_clear(&b);
    return url;
}
