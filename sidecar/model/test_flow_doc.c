/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_flow_doc.c - saved flows as trees, and damaged ones.
 */
#include "model_fixture.h"

#include "flow_doc.h"

#include "base/autofree.h"
#include "store/keys.h"

static struct model_fixture  m;
static char                  realm_id[64];

/* Own flows: a tree in mixed order, a ring, a chain of one ring above. */
static const char  text[] = "{\"realm\":\"flows\",\"browserFlow\":\"mine\","
    "\"authenticationFlows\":["
    "{\"id\":\"flow-id-1\",\"alias\":\"mine\",\"topLevel\":true,"
    "\"authenticationExecutions\":["
    "{\"authenticator\":\"c\",\"requirement\":\"ALTERNATIVE\",\"priority\":30},"
    "{\"authenticator\":\"a\",\"requirement\":\"OPTIONAL\",\"priority\":10,"
    "\"authenticatorConfig\":\"conf\"},"
    "{\"autheticatorFlow\":true,\"flowAlias\":\"forms\",\"requirement\":"
    "\"CONDITIONAL\",\"priority\":20},"
    "{\"authenticator\":\"b\",\"requirement\":\"REQUIRED\",\"priority\":10}]},"
    "{\"alias\":\"forms\",\"authenticationExecutions\":[{\"authenticator\":"
    "\"own\",\"requirement\":\"REQUIRED\",\"priority\":1}]},"
    "{\"alias\":\"ring\",\"topLevel\":true,\"authenticationExecutions\":[{"
    "\"authenticatorFlow\":true,\"flowAlias\":\"ring2\",\"requirement\":"
    "\"REQUIRED\",\"priority\":1}]},"
    "{\"alias\":\"ring2\",\"authenticationExecutions\":[{"
    "\"authenticatorFlow\":true,\"flowAlias\":\"ring\",\"requirement\":"
    "\"REQUIRED\",\"priority\":1}]},"
    "{\"alias\":\"above\",\"topLevel\":true,\"authenticationExecutions\":[{"
    "\"authenticatorFlow\":true,\"flowAlias\":\"ring\",\"requirement\":"
    "\"DISABLED\",\"priority\":1}]}],"
    "\"authenticatorConfig\":[{\"alias\":\"conf\",\"config\":{\"k\":7}}]}";


static int
start(void **state)
{
    (void) state;
    model_start(&m);
    snprintf(realm_id, sizeof(realm_id), "%s",
             model_import(&m, text)->id);
    return 0;
}


static int
stop(void **state)
{
    (void) state;
    model_stop(&m);
    return 0;
}


static const struct realm *
renew(void)
{
    const struct realm  *r = NULL;

    model_renew(&m, 10000);
    assert_int_equal(realm_by_id(m.c, realm_id, &r), AB_OK);
    return r;
}


static void
test_tree(void **state)
{
    static const struct wanted {
        const char        *authenticator;
        enum requirement   requirement;
    } wanted[] = {
        { "a", REQ_DISABLED }, { "b", REQ_REQUIRED },
        { NULL, REQ_CONDITIONAL }, { "c", REQ_ALTERNATIVE },
    };
    const struct realm     *r = renew();
    const struct flow_doc  *f, *same;
    size_t                  i;

    (void) state;
    assert_string_equal(r->browser_flow, "mine");
    assert_int_equal(flow_by_alias(m.c, r, "mine", &f), AB_OK);
    assert_int_equal(flow_by_id(m.c, r, "flow-id-1", &same), AB_OK);
    assert_ptr_equal(f, same);
    assert_int_equal(f->n, ROWS(wanted));
    for (i = 0; i < f->n; i++) {
        CHECK_ROW(i, f->v[i].requirement == wanted[i].requirement);
        CHECK_ROW(i, wanted[i].authenticator == NULL
                     ? f->v[i].authenticator == NULL
                     : strcmp(f->v[i].authenticator,
                              wanted[i].authenticator) == 0);
    }
    assert_string_equal(json_string_value(json_object_get(f->v[0].config,
                        "k")), "7");
    assert_null(f->v[1].config);
    assert_string_equal(f->v[2].flow->v[0].authenticator, "own");
}


/* The built-in browser flow's "forms" is not the file's "forms". */
static void
test_names_apart(void **state)
{
    const struct realm     *r = renew();
    const struct flow_doc  *f;

    (void) state;
    assert_int_equal(flow_by_alias(m.c, r, "browser", &f), AB_OK);
    assert_string_equal(f->v[4].flow->alias, "forms");
    assert_string_equal(f->v[4].flow->v[0].authenticator,
                        "auth-username-password-form");
}


static void
test_damaged(void **state)
{
    static const char *const  broken[] = { "ring", "above" };
    const struct realm       *r = renew();
    const struct flow_doc    *f;
    size_t                    i;

    (void) state;
    for (i = 0; i < ROWS(broken); i++) {
        fail_clear(&m.c->f);
        CHECK_ROW(i, flow_by_alias(m.c, r, broken[i], &f)
                     == AB_E_FLOW_UNSUPPORTED);
    }
    fail_clear(&m.c->f);
    assert_int_equal(flow_by_alias(m.c, r, "nothing", &f), AB_E_NOT_FOUND);
}


/* Documents that a later version or a hand has written. */
static void
test_unreadable(void **state)
{
    static const char *const  docs[] = {
        "{\"id\":\"x\",\"alias\":\"x\",\"authenticationExecutions\":[{\"id\":"
        "\"1\",\"authenticator\":\"a\",\"requirement\":\"SOMETIMES\"}]}",
        "{\"id\":\"x\",\"alias\":\"x\",\"authenticationExecutions\":[{\"id\":"
        "\"1\",\"authenticatorFlow\":true,\"flowId\":\"gone\","
        "\"requirement\":\"REQUIRED\"}]}",
        "{\"id\":\"x\",\"alias\":\"x\",\"authenticationExecutions\":[{\"id\":"
        "\"1\",\"authenticator\":\"a\",\"authenticationConfig\":\"gone\","
        "\"requirement\":\"REQUIRED\"}]}",
        "{\"id\":\"x\",\"alias\":\"x\",\"authenticationExecutions\":[{\"id\":"
        "\"1\",\"requirement\":\"REQUIRED\"}]}",
    };
    const struct realm       *r;
    const struct flow_doc    *f;
    size_t                    i;

    (void) state;
    for (i = 0; i < ROWS(docs); i++) {
        r = renew();
        assert_int_equal(store_hset(m.c, key1(m.c, KEY_FLOWS, realm_id),
                         AB_S("x"), ab_slice_str(docs[i])), AB_OK);
        entity_drop(m.app.cache, realm_id);
        CHECK_ROW(i, flow_by_id(m.c, r, "x", &f) == AB_E_FLOW_UNSUPPORTED);
        fail_clear(&m.c->f);
        CHECK_ROW(i, flow_by_alias(m.c, r, "mine", &f) == AB_OK);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("a flow is a tree in priority order", test_tree),
        TEST("built-in sub-flows and the file's do not mix",
             test_names_apart),
        TEST("a ring, and what leads to it, is refused", test_damaged),
        TEST("an unreadable execution refuses its flow alone",
             test_unreadable),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
