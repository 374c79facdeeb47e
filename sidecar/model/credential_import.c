/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * credential_import.c - credentials of a realm file as the store keeps them.
 */
#include "credential.h"

#include "doc.h"

#include "base/autofree.h"
#include "base/clock.h"
#include "base/random.h"

/* Members of a plain or an old credential that do not survive it. */
static const char *const  dropped[] = {
    "value", "temporary", "hashedSaltedValue", "salt", "hashIterations",
    "algorithm", "counter", "digits", "period", "device", "config",
};


static bool
is_type(const json_t *cred, const char *type)
{
    const char  *t = doc_str(cred, "type");

    return t != NULL && strcmp(t, type) == 0;
}


/* id and createdDate where the file has none. */
static bool
complete(json_t *cred)
{
    char  id[37];

    random_uuid(id);
    return (doc_filled(cred, "id") != NULL || doc_put(cred, "id", id))
           && (json_object_get(cred, "createdDate") != NULL
               || json_object_set_new(cred, "createdDate",
                                      json_integer(clock_now_ms())) == 0);
}


/* A JSON text as a member; takes value. */
static bool
put_nested(json_t *cred, const char *name, json_t *value)
{
    char  *text = value == NULL ? NULL : json_dumps(value, JSON_COMPACT);
    bool   ok = text != NULL && doc_put(cred, name, text);

    free(text);
    json_decref(value);
    return ok;
}


/* Exports before 4.0 have everything at the top (flows.md 8.3). */
static bool
convert_old(json_t *cred)
{
    const char  *value = doc_str(cred, "hashedSaltedValue");
    const char  *salt = doc_str(cred, "salt");
    const char  *algorithm = doc_filled(cred, "algorithm");
    const char  *type = doc_str(cred, "type");

    if (is_type(cred, "totp") || is_type(cred, "hotp")) {
        return put_nested(cred, "secretData", json_pack("{s:s}", "value",
                                                        value))
               && put_nested(cred, "credentialData", json_pack(
                      "{s:s, s:I, s:I, s:I, s:s}", "subType", type,
                      "digits", (json_int_t) doc_int(cred, "digits", 6),
                      "counter", (json_int_t) doc_int(cred, "counter", 0),
                      "period", (json_int_t) doc_int(cred, "period", 30),
                      "algorithm", algorithm == NULL ? "HmacSHA1"
                                                     : algorithm))
               && doc_put(cred, "type", "otp");
    }
    return put_nested(cred, "secretData", json_pack("{s:s, s:s}", "value",
                      value, "salt", salt == NULL ? "" : salt))
           && put_nested(cred, "credentialData", json_pack("{s:I, s:s}",
                  "hashIterations",
                  (json_int_t) doc_int(cred, "hashIterations", 1),
                  "algorithm", algorithm == NULL ? "pbkdf2" : algorithm));
}


static void
drop_members(json_t *cred)
{
    size_t  i;

    for (i = 0; i < sizeof(dropped) / sizeof(*dropped); i++) {
        (void) json_object_del(cred, dropped[i]);
    }
}


/* A plain password becomes a hash; what the file says beside it stays. */
static enum ab_err
import_plain(struct ctx *c, json_t *cred, json_t *actions)
{
    autofree(json_unrefp) json_t  *hash = NULL;
    const char                    *plain = doc_str(cred, "value");
    enum ab_err                    e;

    e = credential_hash(c, ab_slice_str(plain), &hash);
    if (e != AB_OK) {
        return e;
    }
    if (doc_bool(cred, "temporary", false)
        && json_array_append_new(actions, json_string("UPDATE_PASSWORD")) != 0)
    {
        return ctx_nomem(c);
    }
    drop_members(cred);
    return json_object_update(hash, cred) == 0
           && json_object_update(cred, hash) == 0 ? AB_OK : ctx_nomem(c);
}


static enum ab_err
import_one(struct ctx *c, json_t *cred, json_t *actions)
{
    if (is_type(cred, "password") && doc_str(cred, "value") != NULL) {
        return import_plain(c, cred, actions);
    }
    if (doc_str(cred, "secretData") == NULL
        && doc_str(cred, "hashedSaltedValue") != NULL)
    {
        if (!convert_old(cred)) {
            return ctx_nomem(c);
        }
        drop_members(cred);
    }
    return complete(cred) ? AB_OK : ctx_nomem(c);
}


enum ab_err
credential_import(struct ctx *c, const json_t *credentials,
    json_t *required_actions, json_t **ret_credentials)
{
    autofree(json_unrefp) json_t  *list = json_array();
    json_t                        *cred;
    const json_t                  *from;
    size_t                         i;
    enum ab_err                    e;

    if (list == NULL) {
        return ctx_nomem(c);
    }
    json_array_foreach(credentials, i, from) {
        cred = doc_deep_copy(from);
        if (cred == NULL || json_array_append_new(list, cred) != 0) {
            return ctx_nomem(c);
        }
        e = import_one(c, cred, required_actions);
        if (e != AB_OK) {
            return e;
        }
    }
    *ret_credentials = take_ptr(&list);
    return AB_OK;
}
