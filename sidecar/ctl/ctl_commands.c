/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ctl_commands.c - the table of commands, and one question's way through it.
 */
#include "ctl_commands.h"

#include "base/autofree.h"
#include "base/clock.h"
#include "base/log.h"

#define DEADLINE_MS  10000
#define ARENA_MAX    (64UL * 1024 * 1024)
#define ARGS_MAX     4

/* name: member "command" of the question; run: the work, may block on the
 * store; args: names of the members it knows, each optional to the table */
static const struct row {
    const char   *name;
    ctl_run       run;
    const char   *args[ARGS_MAX];
} rows[] = {
    { "status",         cmd_status,         { NULL } },
    { "session list",   cmd_session_list,   { "realm", "user", NULL } },
    { "session revoke", cmd_session_revoke, { "realm", "user", "sid", NULL } },
};

static enum ab_err run_question(struct ctl_call *call, const json_t *question,
    json_t **ret_result);
static const struct row *find_row(const json_t *question);
static enum ab_err check_args(struct ctx *c, const struct row *row,
    const json_t *question);
static bool row_knows(const struct row *row, const char *name);
static char *answer_text(struct ctx *c, enum ab_err e, json_t *result);


char *
ctl_answer(const struct ctl_conf *conf, struct store *store, uid_t uid,
    struct ab_slice text)
{
    autofree(json_unrefp) json_t  *question = NULL;
    json_t                        *result = NULL;
    struct ctx                     c = {
        .store = store, .app = conf->app,
        .base = conf->app->base_url,
        .deadline_ms = clock_mono_ms() + DEADLINE_MS
    };
    struct ctl_call                call = { &c, conf, NULL, uid };
    json_error_t                   je;
    enum ab_err                    e;
    char                          *answer;

    c.a = arena_new(ARENA_MAX);
    if (c.a == NULL) {
        return NULL;
    }
    question = json_loadb(text.p, text.len, JSON_REJECT_DUPLICATES, &je);
    if (!json_is_object(question)) {
        e = ctx_fail(&c, AB_E_JSON, "not a JSON object in one line");
    } else {
        e = run_question(&call, question, &result);
    }
    answer = answer_text(&c, e, result);
    arena_free(c.a);
    return answer;
}


static enum ab_err
run_question(struct ctl_call *call, const json_t *question,
    json_t **ret_result)
{
    const struct row  *row = find_row(question);
    enum ab_err        e;

    if (row == NULL) {
        return ctx_fail(call->c, AB_E_UNSUPPORTED, "no such command");
    }
    e = check_args(call->c, row, question);
    if (e != AB_OK) {
        return e;
    }
    call->args = question;
    e = row->run(call, ret_result);
    if (e != AB_OK && call->c->f.code != AB_OK) {
        log_fail("ctl", &call->c->f, "scommand", row->name, "iuid",
                 (int64_t) call->uid, NULL);
    }
    return e;
}


static const struct row *
find_row(const json_t *question)
{
    const char  *name = json_string_value(json_object_get(question,
                                                          "command"));
    size_t       i;

    for (i = 0; name != NULL && i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}


/* An argument that is not known is refused: a mistyped --user must not turn
 * "of this user" into something wider. */
static enum ab_err
check_args(struct ctx *c, const struct row *row, const json_t *question)
{
    const char  *name;
    json_t      *value;

    json_object_foreach((json_t *) (uintptr_t) question, name, value) {
        if (!json_is_string(value) || json_string_length(value) == 0
            || json_string_length(value) > CTL_ARG_MAX)
        {
            return ctx_fail(c, AB_E_BAD_REQUEST, "%.64s: not a text of 1 to "
                            "%d bytes", name, CTL_ARG_MAX);
        }
        if (strcmp(name, "command") != 0 && !row_knows(row, name)) {
            return ctx_fail(c, AB_E_BAD_REQUEST, "%.64s: unknown argument",
                            name);
        }
    }
    return AB_OK;
}


static bool
row_knows(const struct row *row, const char *name)
{
    size_t  i;

    for (i = 0; row->args[i] != NULL; i++) {
        if (strcmp(row->args[i], name) == 0) {
            return true;
        }
    }
    return false;
}


const char *
ctl_arg(const struct ctl_call *call, const char *name)
{
    return json_string_value(json_object_get(call->args, name));
}


/* Takes result. Some refusals are answers without a recorded detail; then
 * the row's own text says it. */
static char *
answer_text(struct ctx *c, enum ab_err e, json_t *result)
{
    autofree(json_unrefp) json_t  *answer = NULL;
    json_t                        *detail;

    if (e == AB_OK) {
        answer = json_pack("{s:b, s:o}", "ok", 1, "result", result);
    } else {
        detail = c->f.code == AB_OK ? NULL : json_string(c->f.detail);
        if (detail == NULL) {       /* or cut inside a character */
            detail = json_string(ab_err_row(e)->text);
        }
        answer = json_pack("{s:b, s:s, s:o}", "ok", 0, "reason",
                           ab_err_reason(e), "detail", detail);
    }
    return answer == NULL ? NULL
           : json_dumps(answer, JSON_COMPACT | JSON_ENSURE_ASCII);
}
