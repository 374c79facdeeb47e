/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client_auth.c - who calls the token endpoint: client-secret by Basic
 * header or form, and public clients by name (RFC 6749 section 2.3).
 */
#include "grant_int.h"

#include "ab_base64.h"
#include "ab_ct.h"
#include "ab_uri.h"

#include <string.h>
#include <strings.h>

#define TEXT_BAD  "Invalid client or Invalid client credentials"
#define BASIC_MAX  (8 * 1024)       /* decoded header */

/* What was presented. A wrong header beside a right form is refused, not
 * overlooked: both have to be right. */
struct presented {
    const char  *basic_id, *basic_secret;
    const char  *form_id, *form_secret;
    bool         is_broken;     /* Basic parts with a bad percent pair */
};


/* RFC 6749 section 2.3.1: both parts are form-encoded before they are put
 * together. NULL: a bad percent pair. */
static const char *
decode_part(struct ctx *c, struct ab_slice part)
{
    char           *plain = arena_dup(c->a, part);
    const char     *out = NULL;
    struct ab_buf   b;
    size_t          i;

    for (i = 0; plain != NULL && i < part.len; i++) {
        if (plain[i] == '+') {
            plain[i] = ' ';
        }
    }
    ab_buf_init(&b, BASIC_MAX);
    if (plain != NULL
        && ab_uri_unescape(&b, ab_slice(plain, part.len)) == AB_OK
        && !b.failed)
    {
        out = arena_dup(c->a, ab_buf_slice(&b));
    }
    ab_buf_clear(&b);
    return out;
}


/* Anything that is no Basic header of ours names nobody. */
static void
read_basic(struct ctx *c, const char *header, struct presented *p)
{
    struct ab_slice  in;
    char            *raw;
    size_t           len, colon;

    if (header == NULL || strncasecmp(header, "Basic ", 6) != 0) {
        return;
    }
    in = ab_slice_str(header + 6);
    raw = arena_alloc(c->a, BASIC_MAX);
    if (raw == NULL || ab_b64_decode(raw, BASIC_MAX, in, &len) != AB_OK) {
        return;
    }
    colon = ab_slice_find(ab_slice(raw, len), ':');
    if (colon == len || memchr(raw, '\0', len) != NULL) {
        return;
    }
    p->basic_id = decode_part(c, ab_slice(raw, colon));
    p->basic_secret = decode_part(c, ab_slice(raw + colon + 1,
                                              len - colon - 1));
    p->is_broken = p->basic_id == NULL || p->basic_secret == NULL;
}


static enum ab_err
refuse(struct ctx *c, struct token_answer *ret, int status,
    const char *error, const char *description, enum ab_err reason)
{
    enum ab_err  e = grant_refuse(ret, c, status, error, description, reason);

    return e == AB_OK ? ctx_fail(c, reason, "%s: %s", error, description) : e;
}


static bool
secret_fits(const struct client *client, const char *secret)
{
    return client->secret != NULL && *client->secret != '\0'
           && ab_ct_slice_eq(ab_slice_str(client->secret),
                             ab_slice_str(secret));
}


/* Of what was presented, everything has to fit and something has to be
 * there. */
static bool
secrets_fit(const struct client *client, const struct presented *p)
{
    if (p->basic_secret != NULL && !secret_fits(client, p->basic_secret)) {
        return false;
    }
    if (p->form_secret != NULL && !secret_fits(client, p->form_secret)) {
        return false;
    }
    return p->basic_secret != NULL || p->form_secret != NULL;
}


static enum ab_err
check_secret(struct ctx *c, const struct client *client,
    const struct presented *p, struct token_answer *ret)
{
    if (client->authenticator != NULL
        && strcmp(client->authenticator, "client-secret") != 0)
    {
        return refuse(c, ret, 400, "invalid_client",
                      "Parameter client_assertion_type is missing",
                      AB_E_CLIENT_AUTH);
    }
    if (!secrets_fit(client, p)) {
        return refuse(c, ret, 401, "unauthorized_client", TEXT_BAD,
                      AB_E_CLIENT_AUTH);
    }
    return AB_OK;
}


static enum ab_err
find_client(struct ctx *c, const struct realm *realm, const char *id,
    const struct client **ret_client, struct token_answer *ret)
{
    const struct client  *client;
    enum ab_err           e;

    if (id == NULL || *id == '\0') {
        return refuse(c, ret, 401, "invalid_client", TEXT_BAD,
                      AB_E_CLIENT_UNKNOWN);
    }
    e = client_by_client_id(c, realm, id, &client);
    if (e == AB_E_CLIENT_ABSENT || (e == AB_OK && !client->enabled)) {
        fail_clear(&c->f);
        return refuse(c, ret, 401, "invalid_client", TEXT_BAD,
                      AB_E_CLIENT_UNKNOWN);
    }
    if (e == AB_OK) {
        *ret_client = client;
    }
    return e;
}


/* After it proved itself. */
static enum ab_err
check_kind(struct ctx *c, const struct client *client,
    struct token_answer *ret)
{
    if (client->bearer_only) {
        return refuse(c, ret, 400, "invalid_client",
                      "Bearer-only not allowed", AB_E_CLIENT_BEARER);
    }
    if (client->protocol != NULL
        && strcmp(client->protocol, "openid-connect") != 0)
    {
        return refuse(c, ret, 400, "invalid_client",
                      "Wrong client protocol.", AB_E_CLIENT_PROTOCOL);
    }
    return AB_OK;
}


static enum ab_err
read_presented(struct ctx *c, const struct token_request *in,
    struct presented *p)
{
    struct grant  g = { .c = c, .in = in };

    p->form_id = grant_param(&g, "client_id");
    p->form_secret = grant_param(&g, "client_secret");
    read_basic(c, in->authorization, p);
    return c->f.code;
}


static enum ab_err
authenticate(struct ctx *c, const struct token_request *in,
    const struct presented *p, const struct client **ret_client,
    struct token_answer *ret)
{
    const char           *id = p->form_id != NULL ? p->form_id : p->basic_id;
    const struct client  *client = NULL;
    enum ab_err           e;

    e = find_client(c, in->realm, id, &client, ret);
    if (e != AB_OK) {
        return e;
    }
    if (p->form_id != NULL && p->basic_id != NULL
        && strcmp(p->form_id, p->basic_id) != 0)
    {
        return refuse(c, ret, 401, "unauthorized_client", TEXT_BAD,
                      AB_E_CLIENT_AUTH);
    }
    if (!client->is_public && !client->bearer_only) {
        e = check_secret(c, client, p, ret);
    }
    if (e == AB_OK) {
        e = check_kind(c, client, ret);
    }
    if (e == AB_OK) {
        *ret_client = client;
    }
    return e;
}


enum ab_err
client_auth(struct ctx *c, const struct token_request *in,
    const struct client **ret_client, struct token_answer *ret)
{
    struct presented  p = { 0 };
    enum ab_err       e = read_presented(c, in, &p);

    if (e != AB_OK) {
        return e;
    }
    if (p.is_broken) {
        return refuse(c, ret, 400, "unauthorized_client",
                      "Unexpected error when authenticating client",
                      AB_E_CLIENT_AUTH);
    }
    return authenticate(c, in, &p, ret_client, ret);
}
