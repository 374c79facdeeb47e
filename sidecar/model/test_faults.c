/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_faults.c - the typed views and the writing of users, without memory
 * and without a store, at every step.
 */
#include "model_fixture.h"

#include "flow_doc.h"
#include "idp.h"
#include "required_action.h"
#include "scope.h"
#include "user.h"

#include "base/fault.h"

static struct model_fixture  m;
static struct app            bare;          /* no cache: each call loads */

static const char  text[] = "{\"realm\":\"faults\",\"enabled\":true,"
    "\"groups\":[{\"name\":\"g\",\"realmRoles\":[\"a\"]}],"
    "\"roles\":{\"realm\":[{\"name\":\"a\",\"composites\":{\"realm\":"
    "[\"b\"]}},{\"name\":\"b\"}]},\"clients\":[{\"clientId\":\"app\","
    "\"secret\":\"s\",\"redirectUris\":[\"/x\"],\"rootUrl\":\"http://r\"}],"
    "\"identityProviders\":[{\"alias\":\"i\",\"providerId\":\"oidc\","
    "\"config\":{\"clientSecret\":\"s\"}}],\"identityProviderMappers\":[{"
    "\"name\":\"m\",\"identityProviderAlias\":\"i\","
    "\"identityProviderMapper\":\"x\"}],\"users\":[{\"username\":\"u\","
    "\"email\":\"u@x\",\"enabled\":true,\"groups\":[\"/g\"],"
    "\"federatedIdentities\":[{\"identityProvider\":\"i\",\"userId\":\"1\"}]"
    "}]}";


static int
start(void **state)
{
    (void) state;
    model_start(&m);
    model_import(&m, text);
    bare = m.app;
    bare.cache = NULL;
    m.c->app = &bare;
    return 0;
}


static int
stop(void **state)
{
    (void) state;
    m.c->app = &m.app;
    model_stop(&m);
    return 0;
}


/* Everything that reads, one after the other. */
static enum ab_err
read_all(struct ctx *c)
{
    const struct realm                  *r;
    const struct client                 *cl;
    const struct idp                    *idp;
    const struct idp_list               *idps;
    const struct scope_table            *scopes;
    const struct flow_doc               *flow;
    const struct required_action_table  *actions;
    const struct user                   *u;
    const json_t                        *mappers;
    struct text_list                     sids;
    struct role_set                      set;
    enum ab_err                          e;

    if ((e = realm_by_name(c, "faults", &r)) != AB_OK
        || (e = client_by_client_id(c, r, "app", &cl)) != AB_OK
        || (e = client_by_id(c, r, cl->id, &cl)) != AB_OK
        || (e = idp_by_alias(c, r, "i", &idp)) != AB_OK
        || (e = idp_mappers(c, r, idp, &mappers)) != AB_OK
        || (e = idp_shown(c, r, &idps)) != AB_OK
        || (e = scope_table_get(c, r, &scopes)) != AB_OK
        || (e = flow_by_alias(c, r, "browser", &flow)) != AB_OK
        || (e = required_actions_get(c, r, &actions)) != AB_OK
        || (e = user_by_login(c, r, "u@x", &u)) != AB_OK
        || (e = user_by_username(c, r, "u", &u)) != AB_OK
        || (e = user_by_link(c, r, idp, "1", &u)) != AB_OK
        || (e = user_roles(c, r, u, &set)) != AB_OK
        || (e = user_sessions(c, u, &sids)) != AB_OK)
    {
        return e;
    }
    return role_set_has(&set, NULL, "b") ? AB_OK : AB_E_INTERNAL;
}


/* jansson is left out (no fault_install()): its parser of version 2.14 writes
 * behind its buffer when that cannot grow. */
static void
test_read_no_memory(void **state)
{
    struct ctx   c;
    long         n;
    bool         hit = true;
    enum ab_err  e;

    (void) state;
    for (n = 0; hit; n++) {
        model_renew(&m, 20000);
        c = *m.c;
        fault_alloc_at(n);
        e = read_all(&c);
        hit = fault_was_hit();
        fault_alloc_at(-1);
        if (e != (hit ? AB_E_NOMEM : AB_OK)) {
            fail_msg("allocation %ld: %s %s", n, ab_err_reason(e),
                     c.f.detail);
        }
    }
    assert_true(n > 50);
}


static void
test_read_no_store(void **state)
{
    struct ctx   c;
    long         n;
    bool         hit = true;
    enum ab_err  e;

    (void) state;
    for (n = 0; hit; n++) {
        model_renew(&m, 20000);
        c = *m.c;
        fault_store_at(n);
        e = read_all(&c);
        hit = fault_was_hit();
        fault_store_at(-1);
        CHECK_ROW(n, e == (hit ? AB_E_STORE_DOWN : AB_OK));
    }
    assert_true(n > 20);
}


static enum ab_err
create(struct ctx *c, long n, bool is_linked)
{
    const struct realm  *r;
    const struct idp    *idp;
    const struct user   *u;
    char                 name[32], mail[32];
    struct user_new      nu = { .username = name, .email = mail,
                                .enabled = true, .link_subject = name };
    enum ab_err          e;

    snprintf(name, sizeof(name), "f%ld-%d", n, is_linked);
    snprintf(mail, sizeof(mail), "f%ld-%d@x", n, is_linked);
    if ((e = realm_by_name(c, "faults", &r)) != AB_OK
        || (e = idp_by_alias(c, r, "i", &idp)) != AB_OK)
    {
        return e;
    }
    nu.link_idp = is_linked ? idp : NULL;
    return user_create(c, r, &nu, &u);
}


/* A question that fails leaves nothing that keeps the next try from working,
 * unless the user was complete by then. */
static void
test_create_no_store(void **state)
{
    struct ctx   c;
    long         n;
    bool         hit = true;
    enum ab_err  e, again;

    (void) state;
    for (n = 0; hit; n++) {
        model_renew(&m, 30000);
        c = *m.c;
        fault_store_at(n);
        e = create(&c, n, true);
        hit = fault_was_hit();
        fault_store_at(-1);
        c = *m.c;
        again = create(&c, n, true);
        CHECK_ROW(n, hit || e == AB_OK);
        if (e == AB_OK ? again != AB_E_USER_CLASH
                       : again != AB_OK && again != AB_E_USER_CLASH)
        {
            fail_msg("question %ld: %s, then %s %s", n, ab_err_reason(e),
                     ab_err_reason(again), c.f.detail);
        }
    }
    assert_true(n > 15);
}


static void
test_create_no_memory(void **state)
{
    struct ctx   c;
    long         n;
    bool         hit = true;
    enum ab_err  e, again;

    (void) state;
    for (n = 0; hit; n++) {
        model_renew(&m, 30000);
        c = *m.c;
        fault_alloc_at(n);
        e = create(&c, n, false);
        hit = fault_was_hit();
        fault_alloc_at(-1);
        c = *m.c;
        again = create(&c, n, false);
        if (again != AB_OK && again != AB_E_USER_CLASH) {
            fail_msg("allocation %ld: %s, then %s %s", n, ab_err_reason(e),
                     ab_err_reason(again), c.f.detail);
        }
    }
    assert_true(n > 10);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("views without memory fail as that", test_read_no_memory),
        TEST("views without a store fail as that", test_read_no_store),
        TEST("a creation that lost its store can be repeated",
             test_create_no_store),
        TEST("a creation that lost its memory can be repeated",
             test_create_no_memory),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
