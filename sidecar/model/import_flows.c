/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import_flows.c - authentication flows and required actions of a realm
 * file.
 *
 * The file names sub-flows and configs by alias; stored executions name them
 * by id, so that two flows' built-in parts cannot be taken for each other.
 */
#include "import_int.h"

#include "doc.h"

/* Bindings of the realm: a member that names no flow is refused. */
static const char *const  bindings[] = {
    "browserFlow", "directGrantFlow", "registrationFlow",
    "resetCredentialsFlow", "clientAuthenticationFlow",
    "firstBrokerLoginFlow", "dockerAuthenticationFlow",
};

static const char *const  requirements[] = {
    "REQUIRED", "ALTERNATIVE", "CONDITIONAL", "DISABLED", "OPTIONAL",
};


static json_t *
list_of(struct import *im, const char *name)
{
    json_t  *list = json_object_get(im->doc, name);

    if (list == NULL) {
        list = json_array();
        if (json_object_set_new(im->doc, name, list) != 0) {
            return NULL;
        }
    }
    return list;
}


/* ---- configs ------------------------------------------------------------- */

static enum ab_err
configs_add(struct import *im, json_t *configs, json_t *ids)
{
    json_t       *config;
    const char   *id, *alias;
    size_t        i;
    enum ab_err   e;

    json_array_foreach(configs, i, config) {
        alias = doc_str(config, "alias");
        id = import_own_id(im, config, "id", "flow config", alias, "");
        if (id == NULL || !doc_put(config, "id", id)
            || (json_object_get(config, "config") == NULL
                && json_object_set_new(config, "config", json_object()) != 0))
        {
            return ctx_nomem(im->c);
        }
        if (doc_str(ids, alias) != NULL) {
            return import_bad(im, "stands in the file twice",
                              "authenticatorConfig[%zu].alias", i);
        }
        e = import_put(im, PART_FLOW_CONFIGS, id, config,
                       "authenticatorConfig", i);
        if (e != AB_OK) {
            return e;
        }
        if (!doc_put(ids, alias, id)) {
            return ctx_nomem(im->c);
        }
    }
    return AB_OK;
}


/* ---- executions ---------------------------------------------------------- */

/* OPTIONAL is of before version 7, where a user decided; that is gone. */
static enum ab_err
check_requirement(struct import *im, json_t *x, size_t i, size_t j)
{
    const char  *word = doc_str(x, "requirement");
    size_t       k;

    for (k = 0; k < sizeof(requirements) / sizeof(*requirements); k++) {
        if (strcmp(word, requirements[k]) == 0) {
            return k < 4 || doc_put(x, "requirement", "DISABLED")
                   ? AB_OK : ctx_nomem(im->c);
        }
    }
    return import_bad(im, "unknown requirement",
        "authenticationFlows[%zu].authenticationExecutions[%zu].requirement",
        i, j);
}


static enum ab_err
resolve_flow(struct import *im, json_t *x, size_t i, size_t j)
{
    const char  *alias = doc_filled(x, "flowAlias");
    const char  *id = doc_filled(x, "builtInFlowId");

    if (id == NULL) {
        id = alias == NULL ? NULL : doc_str(im->flow_ids, alias);
    }
    if (id == NULL) {
        return import_bad(im, "no such flow",
            "authenticationFlows[%zu].authenticationExecutions[%zu].flowAlias",
            i, j);
    }
    return doc_put(x, "flowId", id) ? AB_OK : ctx_nomem(im->c);
}


/* `id` borrows from the flow; is_own: of the file, where builtInFlowId means
 * nothing. */
static enum ab_err
execution_add(struct import *im, const json_t *configs, json_t *x, size_t i,
    size_t j, const char *flow_id)
{
    const char   *config = doc_filled(x, "authenticatorConfig"), *id;
    char          number[24];
    bool          is_flow = doc_bool(x, "authenticatorFlow",
                                doc_bool(x, "autheticatorFlow", false));
    enum ab_err   e = check_requirement(im, x, i, j);

    snprintf(number, sizeof(number), "%zu", j);
    id = import_id(im, "execution", flow_id, number);
    if (e == AB_OK && (id == NULL || !doc_put(x, "id", id)
        || json_object_set_new(x, "authenticatorFlow",
                               json_boolean(is_flow)) != 0))
    {
        e = ctx_nomem(im->c);
    }
    if (e == AB_OK && is_flow) {
        e = resolve_flow(im, x, i, j);
    } else if (e == AB_OK && doc_filled(x, "authenticator") == NULL) {
        e = import_bad(im, "is missing",
            "authenticationFlows[%zu].authenticationExecutions[%zu]."
            "authenticator", i, j);
    }
    (void) json_object_del(x, "builtInFlowId");
    if (e != AB_OK || config == NULL) {
        return e;
    }
    id = doc_str(configs, config);
    if (id == NULL) {
        return import_bad(im, "no such config",
            "authenticationFlows[%zu].authenticationExecutions[%zu]."
            "authenticatorConfig", i, j);
    }
    return doc_put(x, "authenticationConfig", id) ? AB_OK : ctx_nomem(im->c);
}


/* ---- flows --------------------------------------------------------------- */

/* What a file may not say: members that only we write. */
static void
clean_execution(json_t *x)
{
    (void) json_object_del(x, "builtInFlowId");
    (void) json_object_del(x, "flowId");
    (void) json_object_del(x, "authenticationConfig");
}


/* Aliases of the file first; those of added flows only where free. */
static enum ab_err
flow_names(struct import *im, json_t *flows, size_t own)
{
    json_t      *flow, *x;
    const char  *alias, *id;
    size_t       i, j;

    json_array_foreach(flows, i, flow) {
        alias = doc_str(flow, "alias");
        id = import_own_id(im, flow, "id", "flow", alias, "");
        if (id == NULL || !doc_put(flow, "id", id)) {
            return ctx_nomem(im->c);
        }
        if (doc_str(im->flow_ids, alias) != NULL) {
            if (i < own) {
                return import_bad(im, "stands in the file twice",
                                  "authenticationFlows[%zu].alias", i);
            }
        } else if (!doc_put(im->flow_ids, alias, id)) {
            return ctx_nomem(im->c);
        }
        json_array_foreach(json_object_get(flow, "authenticationExecutions"),
                           j, x)
        {
            if (i < own) {
                clean_execution(x);
            }
        }
    }
    return AB_OK;
}


static enum ab_err
check_bindings(struct import *im)
{
    const char  *alias;
    size_t       i;

    for (i = 0; i < sizeof(bindings) / sizeof(*bindings); i++) {
        alias = doc_filled(im->doc, bindings[i]);
        if (alias != NULL && doc_str(im->flow_ids, alias) == NULL) {
            return import_bad(im, "no such flow", "%s", bindings[i]);
        }
    }
    return AB_OK;
}


static enum ab_err
flows_add(struct import *im, json_t *flows, const json_t *configs)
{
    json_t       *flow, *x;
    const char   *id;
    size_t        i, j;
    enum ab_err   e = AB_OK;

    json_array_foreach(flows, i, flow) {
        id = doc_str(flow, "id");
        json_array_foreach(json_object_get(flow, "authenticationExecutions"),
                           j, x)
        {
            if (e == AB_OK) {
                e = execution_add(im, configs, x, i, j, id);
            }
        }
        if (e == AB_OK) {
            e = import_put(im, PART_FLOWS, id, flow, "authenticationFlows",
                           i);
        }
    }
    return e;
}


enum ab_err
import_flows(struct import *im)
{
    json_t       *flows = list_of(im, "authenticationFlows");
    json_t       *configs = list_of(im, "authenticatorConfig");
    json_t       *config_ids = import_keep(im, json_object());
    size_t        own = json_array_size(flows);
    enum ab_err   e;

    if (flows == NULL || configs == NULL || config_ids == NULL
        || !import_default_flows(im, flows, configs))
    {
        return ctx_nomem(im->c);
    }
    e = flow_names(im, flows, own);
    if (e == AB_OK) {
        e = configs_add(im, configs, config_ids);
    }
    if (e == AB_OK) {
        e = flows_add(im, flows, config_ids);
    }
    return e == AB_OK ? check_bindings(im) : e;
}


/* ---- required actions ---------------------------------------------------- */

enum ab_err
import_actions(struct import *im)
{
    bool          is_own = json_object_get(im->doc, "requiredActions") != NULL;
    json_t       *actions = list_of(im, "requiredActions"), *action;
    const char   *alias;
    size_t        i;
    enum ab_err   e = AB_OK;

    if (actions == NULL || (!is_own && !import_default_actions(actions))) {
        return ctx_nomem(im->c);
    }
    json_array_foreach(actions, i, action) {
        alias = doc_str(action, "alias");
        if (doc_filled(action, "providerId") == NULL
            && !doc_put(action, "providerId", alias))
        {
            return ctx_nomem(im->c);
        }
        if (e == AB_OK) {
            e = import_put(im, PART_ACTIONS, alias, action, "requiredActions",
                           i);
        }
    }
    return e;
}
