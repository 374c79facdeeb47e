/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_engine.c - the measured outcomes of flows.md 1.3 over simulated
 * authenticators.
 *
 * A flow is written as in the sheet: "R form, C [R if-conf, A otp]". Each
 * page is answered rightly; what happened is told as "page > page > end".
 */
#include "engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define EXECS_MAX  40

struct world {
    struct flow_doc     flows[EXECS_MAX];
    struct execution    execs[EXECS_MAX];
    enum exec_state     states[EXECS_MAX];
    char                names[EXECS_MAX][24];
    size_t              n_flows, n_execs;
    /* the user: what he has */
    bool                has_user, has_otp, has_rec, is_vip, has_sso;
    bool                is_denied;
    const char         *page;       /* the execution waiting */
    const struct execution *waiting;
    char                trace[400];
};


/* ---- reading a flow ---------------------------------------------------- */

static enum requirement
requirement_of(char c)
{
    return c == 'R' ? REQ_REQUIRED : c == 'A' ? REQ_ALTERNATIVE
           : c == 'C' ? REQ_CONDITIONAL : REQ_DISABLED;
}


static struct flow_doc *
read_level(struct world *w, const char **at)
{
    struct flow_doc   *f = &w->flows[w->n_flows++];
    struct execution   kids[8];
    size_t             n = 0, i, len;

    for ( ;; ) {
        struct execution  e = { 0 };

        *at += strspn(*at, " ,");
        if (**at == ']' || **at == '\0') {
            break;
        }
        e.requirement = requirement_of(**at);
        *at += 2;
        i = w->n_execs++;
        snprintf(w->names[i], sizeof(w->names[i]), "e%zu", i);
        e.id = w->names[i];
        if (**at == '[') {
            (*at)++;
            e.flow = read_level(w, at);
            (*at)++;
        } else {
            len = strcspn(*at, ",] ");
            e.authenticator = strndup(*at, len);
            *at += len;
        }
        kids[n++] = e;
    }
    f->alias = "f";
    f->id = "f";
    f->n = n;
    f->v = calloc(n + 1, sizeof(*f->v));
    memcpy(f->v, kids, n * sizeof(*f->v));
    return f;
}


static void
free_world(struct world *w)
{
    size_t  i, j;

    for (i = 0; i < w->n_flows; i++) {
        for (j = 0; j < w->flows[i].n; j++) {
            free((char *) (uintptr_t) w->flows[i].v[j].authenticator);
        }
        free(w->flows[i].v);
    }
}


/* ---- the simulated authenticators -------------------------------------- */

static size_t
index_of(const struct execution *e)
{
    return (size_t) atoi(e->id + 1);
}


static enum exec_state
sim_get(void *arg, const struct execution *e)
{
    return ((struct world *) arg)->states[index_of(e)];
}


static void
sim_set(void *arg, const struct execution *e, enum exec_state s)
{
    ((struct world *) arg)->states[index_of(e)] = s;
}


static bool
sim_is_condition(void *arg, const struct execution *e)
{
    (void) arg;
    return strncmp(e->authenticator, "if-", 3) == 0;
}


static bool
is(const struct execution *e, const char *name)
{
    return strcmp(e->authenticator, name) == 0;
}


static bool
is_configured(const struct world *w, const struct execution *e)
{
    return is(e, "otp") ? w->has_otp : is(e, "rec") ? w->has_rec : true;
}


static const struct flow_doc *
level_of(const struct world *w, const struct execution *e)
{
    size_t  i;

    for (i = 0; i < w->n_flows; i++) {
        if (e >= w->flows[i].v && e < w->flows[i].v + w->flows[i].n) {
            return &w->flows[i];
        }
    }
    return NULL;
}


static bool
configured(const struct world *w, const struct flow_doc *f)
{
    bool    required = false, alternative = false, any = false;
    size_t  i;

    for (i = 0; i < f->n; i++) {
        const struct execution  *e = &f->v[i];

        if (e->flow != NULL || strncmp(e->authenticator, "if-", 3) == 0) {
            continue;
        }
        if (e->requirement == REQ_REQUIRED) {
            required = true;
            if (!is_configured(w, e)) {
                return false;
            }
        } else if (e->requirement == REQ_ALTERNATIVE) {
            alternative = true;
            any = any || is_configured(w, e);
        }
    }
    return required || !alternative || any;
}


static bool
sim_condition(void *arg, const struct execution *e)
{
    struct world  *w = arg;

    if (is(e, "if-conf")) {
        return !w->has_user || configured(w, level_of(w, e));
    }
    return w->has_user && w->is_vip;        /* if-role */
}


static enum exec_state
page(struct world *w, const struct execution *e, bool *ret_gave_page)
{
    w->waiting = e;
    w->page = e->authenticator;
    *ret_gave_page = true;
    return EXEC_CHALLENGED;
}


static enum exec_state
sim_run(void *arg, const struct execution *e, bool *ret_gave_page)
{
    struct world  *w = arg;

    if (is(e, "allow")) {
        return EXEC_SUCCESS;
    }
    if (is(e, "deny")) {
        w->is_denied = true;
        *ret_gave_page = true;
        return EXEC_FAILED;
    }
    if (is(e, "cookie")) {
        w->has_user = w->has_user || w->has_sso;
        return w->has_sso ? EXEC_SUCCESS : EXEC_ATTEMPTED;
    }
    if (is(e, "absent")) {
        return EXEC_ATTEMPTED;
    }
    if (!is(e, "otp") && !is(e, "rec")) {
        return page(w, e, ret_gave_page);
    }
    if (!w->has_user) {
        return EXEC_FAILED;
    }
    if (!is_configured(w, e)) {
        return e->requirement == REQ_REQUIRED ? EXEC_SETUP_REQUIRED
                                              : EXEC_FAILED;
    }
    return page(w, e, ret_gave_page);
}


static void
tell(struct world *w, const char *what)
{
    size_t  len = strlen(w->trace);

    snprintf(w->trace + len, sizeof(w->trace) - len, "%s%s",
             len > 0 ? " > " : "", what);
}


static void
drive(struct world *w, const struct flow_doc *f)
{
    const struct engine_env  env = {
        .arg = w, .run = sim_run, .condition = sim_condition, .get = sim_get,
        .set = sim_set, .is_condition = sim_is_condition
    };
    enum engine_verdict      v;
    unsigned                 i;

    for (i = 0; i < 12; i++) {
        v = engine_run(f, &env);
        if (v != ENGINE_WAIT) {
            tell(w, v == ENGINE_SUCCESS && w->has_user ? "in" : "400");
            return;
        }
        if (w->is_denied) {
            tell(w, "401");
            return;
        }
        tell(w, w->page);
        w->has_user = true;
        sim_set(w, w->waiting, EXEC_SUCCESS);
        engine_answered(f, &env, w->waiting);
    }
    tell(w, "loop");
}


/* user: letters of what he has: o OTP, r recovery codes, v role vip, s a
 * live session */
static const struct {
    const char  *flow, *user, *want;
} rows[] = {
    { "R form", "", "form > in" },
    { "A form", "", "form > in" },
    { "", "", "400" },
    { "A absent, A form", "", "form > in" },
    { "R absent, R form", "", "400" },
    /* alternatives beside something required do not exist */
    { "R form, A otp", "o", "form > in" },
    { "R form, A [R otp]", "o", "form > in" },
    { "R username, A password", "", "username > in" },
    { "A username, A password", "", "username > in" },
    { "A form, C [R if-conf, R otp]", "o", "400" },
    { "A form, C []", "", "400" },
    { "R form, A []", "", "form > in" },
    { "R form, A deny", "", "form > in" },
    /* what has no user yet, or stands in the wrong place */
    { "A otp, A form", "o", "form > in" },
    { "R otp", "o", "400" },
    { "A form, R otp", "o", "400" },
    { "A [R otp], A form", "o", "form > in" },
    /* decisions without asking */
    { "A deny, A form", "", "401" },
    { "A form, A deny", "", "form > in" },
    { "R form, R [A otp, A deny]", "", "form > 401" },
    { "R form, R [A otp, A deny]", "o", "form > otp > in" },
    { "A allow, A form", "", "400" },
    { "R allow", "", "400" },
    { "R allow, R form", "", "form > in" },
    /* empty levels */
    { "R [], R form", "", "400" },
    { "R form, R []", "", "form > 400" },
    { "A [], A form", "", "form > in" },
    { "R form, C []", "", "form > in" },
    /* second factors */
    { "R form, R otp", "", "form > in" },
    { "R form, R otp", "o", "form > otp > in" },
    { "R form, R [A otp, A rec]", "", "form > 400" },
    { "R form, R [A [R otp], A [R rec]]", "", "form > in" },
    { "R form, R [R otp, A rec]", "r", "form > in" },
    { "R form, C [R if-conf, A otp, A rec]", "", "form > in" },
    { "R form, C [R if-conf, A otp, A rec]", "o", "form > otp > in" },
    { "R form, C [R if-conf, A otp, A rec]", "r", "form > rec > in" },
    { "R form, C [R if-conf, R otp, R rec]", "o", "form > in" },
    { "R form, C [R if-conf, R otp, R rec]", "or", "form > otp > rec > in" },
    { "R form, C [R if-conf, R otp, A rec]", "r", "form > in" },
    { "R form, C [R if-conf, R otp, A rec]", "o", "form > otp > in" },
    { "R form, C [R if-conf, R [A otp, A rec]]", "", "form > 400" },
    { "R form, C [R if-conf, A [R otp], A [R rec]]", "", "form > in" },
    /* conditions */
    { "R form, C [R if-role]", "v", "form > 400" },
    { "R form, C [R if-role]", "", "form > in" },
    { "R form, C [R otp]", "o", "form > in" },
    { "R form, C [R if-role, A otp]", "v", "form > 400" },
    { "R form, C [R if-role, R otp]", "v", "form > in" },
    { "R form, C [R if-role, R otp]", "vo", "form > otp > in" },
    { "R form, C [R if-role, R if-conf, R otp]", "v", "form > in" },
    { "R form, C [R if-role, C [R if-conf, R otp]]", "v", "form > 400" },
    { "R form, C [R if-role, R allow, C [R if-conf, R otp]]", "v",
      "form > in" },
    { "R form, R [C [R if-role, R otp]]", "", "form > 400" },
    { "R form, R [C [R if-role, R otp], R allow]", "", "form > in" },
    { "R form, R [C [R if-role, R otp], A allow]", "", "form > 400" },
    { "C [R if-role, R otp], R form", "vo", "form > otp > in" },
    { "C [R if-role, R otp], R form", "o", "form > in" },
    { "C [R if-conf, R form]", "", "form > in" },
    { "C [R if-role, R form]", "v", "400" },
    { "R form, C [A if-conf, R otp]", "o", "form > otp > in" },
    { "R form, C [D if-conf, R otp]", "o", "form > in" },
    { "R form, C [R otp, R if-conf]", "o", "form > otp > in" },
    { "R if-role, R form", "", "form > in" },
    /* asked twice */
    { "R form, R form", "", "form > form > in" },
    { "R form, R otp, R otp", "o", "form > otp > otp > in" },
    /* sessions */
    { "A cookie, R form", "s", "form > in" },
    { "A cookie, A form", "s", "in" },
    { "A cookie, A form", "", "form > in" },
    { "R [A cookie, A form], R otp", "so", "otp > in" },
    { "A [R cookie, R otp], A form", "so", "otp > in" },
    { "A [R cookie, R otp], A form", "o", "form > in" },
    /* the stock browser flow */
    { "A cookie, D form, A absent, A [C [R if-conf, A absent]], "
      "A [R form, C [R if-conf, A otp, D rec]]", "", "form > in" },
    { "A cookie, D form, A absent, A [C [R if-conf, A absent]], "
      "A [R form, C [R if-conf, A otp, D rec]]", "o", "form > otp > in" },
};


static void
test_measured_outcomes(void **state)
{
    struct world           *w;
    const struct flow_doc  *f;
    const char             *at;
    size_t                  i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        w = calloc(1, sizeof(*w));
        assert_non_null(w);
        at = rows[i].flow;
        f = read_level(w, &at);
        w->has_otp = strchr(rows[i].user, 'o') != NULL;
        w->has_rec = strchr(rows[i].user, 'r') != NULL;
        w->is_vip = strchr(rows[i].user, 'v') != NULL;
        w->has_sso = strchr(rows[i].user, 's') != NULL;
        drive(w, f);
        if (strcmp(w->trace, rows[i].want) != 0) {
            fail_msg("row %zu: %s (%s): %s, not %s", i, rows[i].flow,
                     rows[i].user, w->trace, rows[i].want);
        }
        free_world(w);
        free(w);
    }
}


/* Once true and entered, a sub-flow stays what it was although its answer
 * made its condition false. */
static void
test_a_condition_is_not_asked_again_after_its_answer(void **state)
{
    struct world           *w = calloc(1, sizeof(*w));
    const char             *at = "R form, C [R if-role, R extra]";
    const struct flow_doc  *f = read_level(w, &at);
    const struct engine_env env = {
        .arg = w, .run = sim_run, .condition = sim_condition, .get = sim_get,
        .set = sim_set, .is_condition = sim_is_condition
    };

    (void) state;
    w->is_vip = true;
    assert_int_equal(engine_run(f, &env), ENGINE_WAIT);
    w->has_user = true;
    sim_set(w, w->waiting, EXEC_SUCCESS);
    engine_answered(f, &env, w->waiting);
    assert_int_equal(engine_run(f, &env), ENGINE_WAIT);
    assert_string_equal(w->page, "extra");
    w->is_vip = false;
    sim_set(w, w->waiting, EXEC_SUCCESS);
    engine_answered(f, &env, w->waiting);
    assert_int_equal(engine_run(f, &env), ENGINE_SUCCESS);
    assert_int_equal(sim_get(w, &f->v[1]), EXEC_SUCCESS);
    free_world(w);
    free(w);
}


static void
test_state_names_go_both_ways(void **state)
{
    int  s;

    (void) state;
    for (s = EXEC_SUCCESS; s <= EXEC_FALSE; s++) {
        assert_int_equal(exec_state_by_name(exec_state_name(s)), s);
    }
    assert_int_equal(exec_state_by_name("nothing"), EXEC_NONE);
    assert_int_equal(exec_state_by_name(NULL), EXEC_NONE);
    assert_string_equal(exec_state_name((enum exec_state) 99), "");
}


static void
test_an_execution_is_found_at_any_depth(void **state)
{
    struct world           *w = calloc(1, sizeof(*w));
    const char             *at = "R form, R [A otp, A [R rec]]";
    const struct flow_doc  *f = read_level(w, &at);

    (void) state;
    assert_string_equal(engine_find(f, "e4")->authenticator, "rec");
    assert_null(engine_find(f, "e9"));
    assert_null(engine_find(f, NULL));
    free_world(w);
    free(w);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_measured_outcomes),
        cmocka_unit_test(test_a_condition_is_not_asked_again_after_its_answer),
        cmocka_unit_test(test_state_names_go_both_ways),
        cmocka_unit_test(test_an_execution_is_found_at_any_depth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
