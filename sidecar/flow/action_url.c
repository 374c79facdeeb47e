/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * action_url.c - addresses of the pages of a login under way.
 */
#include "runner.h"

#include "ab_limits.h"
#include "ab_uri.h"
#include "model/client_data.h"


const char *
flow_client_data(struct ctx *c, const struct auth_tab *tab)
{
    return client_data_text(c, tab);
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
