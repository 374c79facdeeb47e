/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * state.c - the `state` of an authorization request to a provider.
 *
 * CLIENT is the 16 bytes of the client's UUID, else its client_id, base64url.
 * Nothing in a state is believed: the code is compared in the store, the tab
 * belongs to the browser's cookie, client_data only says where an error may
 * go and is checked again there (CVE-2026-7571).
 */
#include "state.h"

#include "ab_base64.h"
#include "ab_limits.h"
#include "model/client_data.h"

#define PARTS_MAX   4
#define CODE_MAX    64
#define TAB_MAX     32
#define CLIENT_MAX  (AB_B64URL_LEN(AB_MAX_IDP_TEXT) + 4)
#define UUID_RAW    16

static size_t split(struct ab_slice state, struct ab_slice *parts);
static bool is_b64url(struct ab_slice s, size_t max);
static enum ab_err find_client(struct ctx *c, const struct realm *realm,
    struct ab_slice part, const struct client **ret_client);
static const char *client_part(struct ctx *c, const struct client *client);
static bool uuid_read(const char *text, uint8_t out[UUID_RAW]);
static void uuid_write(const uint8_t in[UUID_RAW], char out[37]);


const char *
broker_state_text(struct ctx *c, const struct idp *idp,
    const struct client *client, const struct auth_tab *tab)
{
    const char  *part = client_part(c, client);
    const char  *data;

    if (part == NULL) {
        return NULL;
    }
    if (idp_config_true(idp, "requiresShortStateParameter")) {
        return arena_printf(c->a, "%s.%s.%s", tab->code, tab->tab_id, part);
    }
    data = client_data_text(c, tab);
    return data == NULL ? NULL
           : arena_printf(c->a, "%s.%s.%s.%s", tab->code, tab->tab_id, part,
                          data);
}


enum ab_err
broker_state_parse(struct ctx *c, const struct realm *realm,
    const char *state, struct broker_state *ret_state)
{
    struct ab_slice      parts[PARTS_MAX];
    size_t               n = split(ab_slice_str(state), parts);
    struct broker_state  s = { .client_data = NULL };
    enum ab_err          err;

    if (n < 3 || n > PARTS_MAX || !is_b64url(parts[0], CODE_MAX)
        || !is_b64url(parts[1], TAB_MAX) || !is_b64url(parts[2], CLIENT_MAX)
        || (n == 4 && !is_b64url(parts[3], 4 * AB_MAX_URI)))
    {
        return ctx_fail(c, AB_E_BAD_REQUEST, "state of %zu parts", n);
    }
    err = find_client(c, realm, parts[2], &s.client);
    if (err != AB_OK) {
        return err;
    }
    s.code = arena_dup(c->a, parts[0]);
    s.tab_id = arena_dup(c->a, parts[1]);
    if (n == 4) {
        s.client_data = arena_dup(c->a, parts[3]);
    }
    if (s.code == NULL || s.tab_id == NULL
        || (n == 4 && s.client_data == NULL))
    {
        return ctx_nomem(c);
    }
    *ret_state = s;
    return AB_OK;
}


/* The number of parts, counted on beyond what fits. */
static size_t
split(struct ab_slice state, struct ab_slice *parts)
{
    size_t  n = 0, cut;

    for ( ;; ) {
        cut = ab_slice_find(state, '.');
        if (n < PARTS_MAX) {
            parts[n] = ab_slice(state.p, cut);
        }
        n++;
        if (cut == state.len) {
            return n;
        }
        state = ab_slice(state.p + cut + 1, state.len - cut - 1);
    }
}


static bool
is_b64url(struct ab_slice s, size_t max)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        if (!((s.p[i] >= 'A' && s.p[i] <= 'Z')
              || (s.p[i] >= 'a' && s.p[i] <= 'z')
              || (s.p[i] >= '0' && s.p[i] <= '9')
              || s.p[i] == '-' || s.p[i] == '_'))
        {
            return false;
        }
    }
    return s.len > 0 && s.len <= max;
}


/* 16 bytes may be a UUID or a client_id of that length: the former first. */
static enum ab_err
find_client(struct ctx *c, const struct realm *realm, struct ab_slice part,
    const struct client **ret_client)
{
    uint8_t      raw[AB_B64_DECODED_MAX(CLIENT_MAX)];
    char         uuid[37];
    size_t       len;
    enum ab_err  err;
    const char  *client_id;

    if (ab_b64url_decode(raw, sizeof(raw), part, &len) != AB_OK) {
        return ctx_fail(c, AB_E_BAD_REQUEST, "client part of a state");
    }
    if (len == UUID_RAW) {
        uuid_write(raw, uuid);
        err = client_by_id(c, realm, uuid, ret_client);
        if (err != AB_E_CLIENT_ABSENT) {
            return err;
        }
        fail_clear(&c->f);
    }
    client_id = arena_dup(c->a, ab_slice(raw, len));
    if (client_id == NULL) {
        return ctx_nomem(c);
    }
    err = strlen(client_id) == len
          ? client_by_client_id(c, realm, client_id, ret_client)
          : AB_E_CLIENT_ABSENT;
    return err == AB_E_CLIENT_ABSENT
           ? ctx_fail(c, err, "client of a state") : err;
}


static const char *
client_part(struct ctx *c, const struct client *client)
{
    uint8_t          raw[UUID_RAW];
    struct ab_slice  bytes = ab_slice_str(client->client_id);
    char            *out;

    if (uuid_read(client->id, raw)) {
        bytes = ab_slice(raw, sizeof(raw));
    }
    out = arena_alloc(c->a, AB_B64URL_LEN(bytes.len) + 1);
    if (out != NULL) {
        ab_b64url_encode(out, bytes);
    }
    return out;
}


/* Lower case only: the way back writes it so. */
static bool
uuid_read(const char *text, uint8_t out[UUID_RAW])
{
    static const char  hex[] = "0123456789abcdef";
    const char        *hi, *lo;
    size_t             i, n = 0;

    if (strlen(text) != 36) {
        return false;
    }
    for (i = 0; i < 36; i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (text[i] != '-') {
                return false;
            }
            continue;
        }
        hi = strchr(hex, text[i]);
        lo = strchr(hex, text[i + 1]);
        if (hi == NULL || lo == NULL || text[i + 1] == '\0') {
            return false;
        }
        out[n++] = (uint8_t) ((hi - hex) << 4 | (lo - hex));
        i++;
    }
    return n == UUID_RAW;
}


static void
uuid_write(const uint8_t in[UUID_RAW], char out[37])
{
    static const char  hex[] = "0123456789abcdef";
    size_t             i, n = 0;

    for (i = 0; i < UUID_RAW; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            out[n++] = '-';
        }
        out[n++] = hex[in[i] >> 4];
        out[n++] = hex[in[i] & 15];
    }
    out[n] = '\0';
}
