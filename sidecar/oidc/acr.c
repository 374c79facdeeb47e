/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * acr.c - names of authentication levels (attribute acr.loa.map).
 */
#include "acr.h"

#include "ab_claims.h"
#include "ab_time.h"
#include "model/auth_session.h"
#include "model/doc.h"

#include <limits.h>
#include <string.h>

#define MAP_ATTRIBUTE  "acr.loa.map"


/* Object name -> level, or NULL. A map that cannot be read counts as none. */
static enum ab_err
level_map(struct ctx *c, const struct realm *realm,
    const struct client *client, const json_t **ret_map)
{
    const char   *text = client == NULL
                         ? NULL : client_attribute(client, MAP_ATTRIBUTE);
    json_t       *map = NULL;
    enum ab_err   e;

    *ret_map = NULL;
    if (text == NULL) {
        text = doc_filled(json_object_get(realm->doc, "attributes"),
                          MAP_ATTRIBUTE);
    }
    if (text == NULL) {
        return AB_OK;
    }
    e = ab_claims_parse(ab_slice_str(text), &map);
    if (e == AB_E_NOMEM) {
        return ctx_nomem(c);
    }
    if (e == AB_OK) {
        *ret_map = doc_own(c, map);
        return *ret_map == NULL ? AB_E_NOMEM : AB_OK;
    }
    return AB_OK;
}


enum ab_err
acr_name(struct ctx *c, const struct realm *realm,
    const struct client *client, int level, const char **ret_name)
{
    const json_t  *map;
    const char    *name;
    json_t        *value;
    enum ab_err    e = level_map(c, realm, client, &map);

    if (e != AB_OK) {
        return e;
    }
    /* jansson's iterators want a non-const object and do not change it */
    json_object_foreach((json_t *) (uintptr_t) map, name, value) {
        if (doc_int(map, name, -1) == level) {
            *ret_name = name;
            return AB_OK;
        }
    }
    *ret_name = arena_printf(c->a, "%d", level);
    return *ret_name == NULL ? ctx_nomem(c) : AB_OK;
}


enum ab_err
acr_names(struct ctx *c, const struct realm *realm, json_t *list)
{
    const json_t  *map;
    const char    *name;
    json_t        *value;
    enum ab_err    e = level_map(c, realm, NULL, &map);

    if (e != AB_OK) {
        return e;
    }
    json_object_foreach((json_t *) (uintptr_t) map, name, value) {
        if (json_array_append_new(list, json_string(name)) != 0) {
            return ctx_nomem(c);
        }
    }
    return AB_OK;
}


enum ab_err
acr_level(struct ctx *c, const struct realm *realm,
    const struct client *client, const char *name, int *ret_level)
{
    const json_t  *map;
    uint64_t       number;
    int64_t        level;
    enum ab_err    e = level_map(c, realm, client, &map);

    if (e != AB_OK) {
        return e;
    }
    level = doc_int(map, name, -1);
    if (level < 0 && ab_parse_u64(ab_slice_str(name), &number) == AB_OK
        && number <= INT_MAX)
    {
        level = (int64_t) number;
    }
    *ret_level = level > INT_MAX ? -1 : (int) level;
    return AB_OK;
}


enum ab_err
acr_essential(struct ctx *c, const char *claims, const json_t **ret_values)
{
    const json_t  *acr, *values;
    json_t        *doc = NULL, *one;
    enum ab_err    e;

    *ret_values = NULL;
    e = claims == NULL ? AB_E_JSON
                       : ab_claims_parse(ab_slice_str(claims), &doc);
    if (e != AB_OK) {
        return e == AB_E_NOMEM ? ctx_nomem(c) : AB_OK;
    }
    if (doc_own(c, doc) == NULL) {
        return AB_E_NOMEM;
    }
    acr = json_object_get(json_object_get(doc, "id_token"), "acr");
    if (!json_is_true(json_object_get(acr, "essential"))) {
        return AB_OK;
    }
    values = json_object_get(acr, "values");
    if (values == NULL && json_object_get(acr, "value") != NULL) {
        one = doc_own(c, json_pack("[O]", json_object_get(acr, "value")));
        if (one == NULL) {
            return AB_E_NOMEM;
        }
        values = one;
    }
    *ret_values = json_is_array(values) ? values : NULL;
    return AB_OK;
}


bool
acr_is_asked(const struct client *client, const json_t *notes)
{
    const char  *asked = auth_note(notes, "acr_values");
    const char  *preset = client_attribute(client, "default.acr.values");

    return (asked != NULL && *asked != '\0')
           || (preset != NULL && *preset != '\0')
           || auth_note(notes, "essential_acr") != NULL;
}
