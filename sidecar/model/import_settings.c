/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import_settings.c - the realm document: what the file says, without the
 * lists that are stored apart.
 */
#include "import_int.h"

#include "doc.h"

#include <strings.h>

/* Members with a hash of their own. */
static const char *const  apart[] = {
    "roles", "groups", "clientScopes", "clients", "scopeMappings",
    "clientScopeMappings", "authenticationFlows", "authenticatorConfig",
    "requiredActions", "identityProviders", "identityProviderMappers",
    "components", "users", "defaultRoles",
};

/* Old members of the realm that hold a key; a component has it instead. */
static const char *const  old_keys[] = {
    "privateKey", "publicKey", "certificate", "codeSecret",
};


/* The name stands in addresses, cookies' paths and issuers. */
static enum ab_err
check_name(struct import *im)
{
    const char  *name = doc_str(im->doc, "realm");

    if (strpbrk(name, "/\\?#%;:@&=+$,\"<>[]{}|^`*'!()") != NULL
        || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
    {
        return import_bad(im, "character that no realm name may have",
                          "realm");
    }
    im->name = name;
    im->is_master = strcmp(name, "master") == 0;
    return AB_OK;
}


static enum ab_err
check_words(struct import *im)
{
    static const char *const  words[] = { "none", "external", "all" };
    const char               *ssl = doc_str(im->doc, "sslRequired");
    size_t                    i;

    for (i = 0; ssl != NULL && i < 3; i++) {
        if (strcasecmp(ssl, words[i]) == 0) {
            return AB_OK;
        }
    }
    return ssl == NULL ? AB_OK
           : import_bad(im, "none, external or all is wanted", "sslRequired");
}


enum ab_err
import_settings(struct import *im)
{
    json_t       *s;
    const char   *id;
    size_t        i;
    enum ab_err   e = check_name(im);

    if (e == AB_OK) {
        e = check_words(im);
    }
    if (e != AB_OK) {
        return e;
    }
    s = im->settings = import_keep(im, doc_copy(im->doc));
    if (s == NULL) {
        return ctx_nomem(im->c);
    }
    for (i = 0; i < sizeof(apart) / sizeof(*apart); i++) {
        (void) json_object_del(s, apart[i]);
    }
    for (i = 0; i < sizeof(old_keys) / sizeof(*old_keys); i++) {
        (void) json_object_del(s, old_keys[i]);
    }
    /* The file's id stays what administrators see; keys are built from ours,
     * so that no id is ever used again (threat T-BR7). */
    id = doc_filled(im->doc, "id");
    if (!doc_put(s, "id", id == NULL ? im->rid : id)
        || json_object_set_new(s, "enabled", json_boolean(doc_bool(im->doc,
                               "enabled", false))) != 0)
    {
        return ctx_nomem(im->c);
    }
    return import_unmask(im, json_object_get(s, "smtpServer"), "password");
}
