/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cond_login.c - conditions on the login itself: scopes asked for, what was
 * proved with, which part of the flow ran (flows.md 4.3).
 */
#include "auth_steps.h"

#include "model/text_list.h"

#include <string.h>
#include <strings.h>

/* Does the `sep`-separated text hold this word. */
static bool
has_word(const char *text, const char *sep, const char *word)
{
    size_t       len = strlen(word), n = strlen(sep);
    const char  *at = text, *end;

    while (at != NULL) {
        end = strstr(at, sep);
        if ((end == NULL ? strlen(at) : (size_t) (end - at)) == len
            && memcmp(at, word, len) == 0)
        {
            return true;
        }
        at = end == NULL ? NULL : end + n;
    }
    return false;
}


static bool
is_true(const char *v)
{
    return v != NULL && strcasecmp(v, "true") == 0;
}


bool
cond_client_scope(struct flow_step *s)
{
    const char  *name = flow_step_config(s, "client_scope");
    const char  *asked = s->in->tab->scope;
    bool         holds = false;

    if (name != NULL) {
        holds = text_list_has(&s->in->client->default_scopes, name)
                || (text_list_has(&s->in->client->optional_scopes, name)
                    && asked != NULL && has_word(asked, " ", name));
    }
    return holds != is_true(flow_step_config(s, "negate"));
}


bool
cond_credential(struct flow_step *s)
{
    const char  *list = flow_step_config(s, "credentials");
    const char  *used = auth_note(s->in->tab->auth_notes,
                                  "credentials_used");
    bool         meets;

    meets = list != NULL && has_word(list, "##", used == NULL ? "none"
                                                              : used);
    return meets == is_true(flow_step_config(s, "included"));
}


static const struct execution *
find_sub_flow(const struct flow_doc *flow, const char *alias)
{
    const struct execution  *found;
    size_t                   i;

    for (i = 0; i < flow->n; i++) {
        if (flow->v[i].flow == NULL) {
            continue;
        }
        if (strcmp(flow->v[i].flow->alias, alias) == 0) {
            return &flow->v[i];
        }
        found = find_sub_flow(flow->v[i].flow, alias);
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}


bool
cond_sub_flow_executed(struct flow_step *s)
{
    const char              *alias = flow_step_config(s, "flow_to_check");
    const char              *result = flow_step_config(s, "check_result");
    const struct execution  *e;
    const char              *state = NULL;
    bool                     ran;

    e = alias == NULL ? NULL : find_sub_flow(s->flow, alias);
    if (e != NULL) {
        state = auth_note(s->in->tab->states, e->id);
    }
    ran = exec_state_by_name(state) == EXEC_SUCCESS;
    return ran != (result != NULL && strcmp(result, "not-executed") == 0);
}


/* Whether it holds cannot be told, so nobody may pass. */
bool
cond_not_built(struct flow_step *s)
{
    s->err = ctx_fail(s->c, AB_E_FLOW_UNSUPPORTED, "condition '%s'",
                      s->execution->authenticator);
    return true;
}
