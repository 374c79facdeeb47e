/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * secret.c - secrets inside stored documents, sealed as text.
 */
#include "secret.h"

#include "base/random.h"

#include "ab_base64.h"
#include "ab_ct.h"

#define SEALED  "sealed:"


enum ab_err
secret_text(struct ctx *c, struct ab_slice key, const char *field,
    const char *plain, const char **ret_text)
{
    struct ab_slice   sealed;
    size_t            n = sizeof(SEALED) - 1;
    enum ab_err       e;
    char             *text;

    e = store_seal(c, key, field, ab_slice_str(plain), &sealed);
    if (e != AB_OK) {
        return e;
    }
    text = arena_alloc(c->a, n + AB_B64URL_LEN(sealed.len) + 1);
    if (text == NULL) {
        return ctx_nomem(c);
    }
    memcpy(text, SEALED, n);
    ab_b64url_encode(text + n, sealed);
    *ret_text = text;
    return AB_OK;
}


enum ab_err
secret_seal(struct ctx *c, struct ab_slice key, const char *field,
    json_t *doc, const char *name)
{
    const char   *plain = json_string_value(json_object_get(doc, name));
    const char   *text;
    enum ab_err   e;

    if (plain == NULL || *plain == '\0') {
        return AB_OK;
    }
    e = secret_text(c, key, field, plain, &text);
    if (e != AB_OK) {
        return e;
    }
    return json_object_set_new(doc, name, json_string(text)) == 0
           ? AB_OK : ctx_nomem(c);
}


enum ab_err
secret_open(struct ctx *c, struct ab_slice key, const char *field,
    const char *sealed, const char **ret_plain)
{
    struct ab_slice  in = ab_slice_str(sealed), plain;
    size_t           n = sizeof(SEALED) - 1, len;
    enum ab_err      e;
    char            *raw;

    if (in.len == 0) {
        *ret_plain = NULL;
        return AB_OK;
    }
    if (!ab_slice_starts(in, AB_S(SEALED))) {
        return ctx_fail(c, AB_E_SEAL, "%s: not sealed", field);
    }
    raw = arena_alloc(c->a, AB_B64_DECODED_MAX(in.len));
    if (raw == NULL) {
        return ctx_nomem(c);
    }
    if (ab_b64url_decode(raw, AB_B64_DECODED_MAX(in.len),
                         ab_slice(in.p + n, in.len - n), &len) != AB_OK)
    {
        return ctx_fail(c, AB_E_SEAL, "%s: damaged", field);
    }
    e = store_unseal(c, key, field, ab_slice(raw, len), &plain);
    if (e != AB_OK) {
        return e;
    }
    *ret_plain = arena_dup(c->a, plain);
    return *ret_plain == NULL ? ctx_nomem(c) : AB_OK;
}


void
secret_random(char *out, size_t n)
{
    static const char  set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "abcdefghijklmnopqrstuvwxyz0123456789";
    unsigned char      b;
    size_t             i = 0;

    while (i < n) {
        random_bytes(&b, 1);
        if (b < 248) {              /* 4 * 62: no character is likelier */
            out[i++] = set[b % 62];
        }
    }
    out[n] = '\0';
    ab_wipe(&b, sizeof(b));
}
