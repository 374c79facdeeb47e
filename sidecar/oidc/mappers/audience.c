/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * audience.c - mappers that say whom a token is for.
 */
#include "mapper.h"

#include "ab_uri.h"

#include <string.h>


enum ab_err
mapper_audience(struct mapper_run *m)
{
    const char  *aud = mapper_config(m, "included.client.audience");

    if (aud == NULL) {
        aud = mapper_config(m, "included.custom.audience");
    }
    return aud == NULL ? AB_OK : mapper_add_aud(m, aud);
}


/* Every other client of which the token holds a role; never its own. */
enum ab_err
mapper_audience_resolve(struct mapper_run *m)
{
    const char   *client;
    size_t        i;
    enum ab_err   e = AB_OK;

    for (i = 0; e == AB_OK && i < m->roles->n; i++) {
        client = m->roles->v[i].client;
        if (client != NULL && strcmp(client, m->in->client->client_id) != 0) {
            e = mapper_add_aud(m, client);
        }
    }
    return e;
}


/* ---- allowed-origins --------------------------------------------------- */

/* "scheme://host[:port]" of an address, as far as it stands there; NULL for
 * other kinds of addresses. */
static json_t *
origin_of(const char *text)
{
    struct ab_slice   in = ab_slice_str(text);
    struct ab_uri     uri;
    size_t            end;

    if (ab_uri_parse(in, &uri) != AB_OK || uri.has_userinfo) {
        return NULL;
    }
    end = uri.scheme.len + strlen("://");
    end += strcspn(text + end, "/?#");
    return json_stringn(text, end);
}


static bool
list_add(json_t *list, json_t *text)
{
    size_t  i;

    for (i = 0; text != NULL && i < json_array_size(list); i++) {
        if (json_equal(json_array_get(list, i), text)) {
            json_decref(text);
            return true;
        }
    }
    return text == NULL || json_array_append_new(list, text) == 0;
}


/* "+" stands for the origins of the redirect addresses; a relative one is
 * below the root address. */
static bool
add_redirect_origins(const struct client *client, json_t *list)
{
    const char  *uri;
    size_t       i;

    for (i = 0; i < client->redirect_uris.n; i++) {
        uri = client->redirect_uris.v[i];
        if (*uri == '/') {
            uri = client->root_url;
        }
        if (uri != NULL && !list_add(list, origin_of(uri))) {
            return false;
        }
    }
    return true;
}


enum ab_err
mapper_allowed_origins(struct mapper_run *m)
{
    const struct client  *client = m->in->client;
    json_t               *list = json_array();
    bool                  ok = list != NULL;
    size_t                i;

    for (i = 0; ok && i < client->web_origins.n; i++) {
        ok = strcmp(client->web_origins.v[i], "+") == 0
             ? add_redirect_origins(client, list)
             : list_add(list, json_string(client->web_origins.v[i]));
    }
    if (!ok || client->web_origins.n == 0) {
        json_decref(list);
        return ok ? AB_OK : ctx_nomem(m->c);
    }
    return mapper_put(m, "allowed-origins", list);
}
