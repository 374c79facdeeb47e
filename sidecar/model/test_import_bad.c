/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_import_bad.c - realm files that are refused, and running out of
 * memory over one that is not. No store is touched.
 */
#include "import.h"

#include "base/fault.h"

#include "ab_buf.h"

#include "test_rows.h"

#define REALM(more)  "{\"realm\":\"r\"" more "}"

static const struct row {
    const char  *file;
    const char  *path;      /* part of the detail: path and reason */
} rows[] = {
    { "", "line 1" },
    { "{", "line 1, column 1" },
    { "[]", "$: one realm" },
    { "{\"realm\":\"a\",\"realm\":\"b\"}", "duplicate" },
    { "{\"realm\":\"a\\u0000\"}", "line 1" },
    { "{\"realm\":\"a\"} x", "line 1" },
    { "{}", "realm: is missing" },
    { "{\"realm\":null}", "realm: is missing" },
    { "{\"realm\":7}", "realm: a text is wanted" },
    { "{\"realm\":\"\"}", "realm: 1 to 255" },
    { "{\"realm\":\"a/b\"}", "realm: character" },
    { "{\"realm\":\"..\"}", "realm: character" },
    { "{\"realm\":\"a\\nb\"}", "realm: control character" },
    { REALM(",\"enabled\":\"maybe\""), "enabled: true or false" },
    { REALM(",\"accessTokenLifespan\":\"long\""), "accessTokenLifespan: a whole number" },
    { REALM(",\"sslRequired\":\"often\""), "sslRequired: none, external" },
    { REALM(",\"clients\":{}"), "clients: an array is wanted" },
    { REALM(",\"clients\":[7]"), "clients[0]: an object is wanted" },
    { REALM(",\"clients\":[{}]"), "clients[0].clientId: is missing" },
    { REALM(",\"clients\":[{\"clientId\":\"a\"},{\"clientId\":\"a\"}]"), "clients[1]: stands in the file twice" },
    { REALM(",\"clients\":[{\"clientId\":\"a\",\"id\":\"x\"},{\"clientId\":\"b\",\"id\":\"x\"}]"), "clients[1]: stands in the file twice" },
    { REALM(",\"clients\":[{\"clientId\":\"a\",\"id\":\"x.y\"}]"), "clients[0].id: 1 to 64" },
    { REALM(",\"clients\":[{\"clientId\":\"a\",\"redirectUris\":[\"x\",1]}]"), "clients[0].redirectUris[1]: a text" },
    { REALM(",\"clients\":[{\"clientId\":\"a\",\"attributes\":{\"k\":[]}}]"), "clients[0].attributes.k: a text" },
    { REALM(",\"clients\":[{\"clientId\":\"a\",\"protocolMappers\":[{\"name\":\"n\"}]}]"), "clients[0].protocolMappers[0].protocolMapper: is missing" },
    { REALM(",\"clientScopes\":[{\"name\":\"s\"},{\"name\":\"s\"}]"), "clientScopes[1].name: stands" },
    { REALM(",\"roles\":{\"realm\":[{\"name\":\"a\"},{\"name\":\"a\"}]}"), "roles.realm[1].name: stands" },
    { REALM(",\"roles\":{\"client\":{\"nobody\":[{\"name\":\"a\"}]}}"), "roles.client.nobody: no such client" },
    { REALM(",\"roles\":{\"realm\":[{\"name\":\"a\",\"composites\":{\"realm\":[\"b\"]}}]}"), "composite of a role" },
    { REALM(",\"groups\":[{\"name\":\"g\"},{\"name\":\"g\"}]"), "groups[1].name: stands" },
    { REALM(",\"groups\":[{\"name\":\"g\",\"subGroups\":[{\"name\":\"h\",\"clientRoles\":{\"nobody\":[\"r\"]}}]}]"), "groups[0].subGroups[0].clientRoles.nobody" },
    { REALM(",\"defaultGroups\":[\"/g\"]"), "defaultGroups[0]: no such group" },
    { REALM(",\"scopeMappings\":[{\"client\":\"nobody\",\"roles\":[]}]"), "scopeMappings[0]: no such client" },
    { REALM(",\"browserFlow\":\"mine\""), "browserFlow: no such flow" },
    { REALM(",\"authenticationFlows\":[{\"alias\":\"f\"},{\"alias\":\"f\"}]"), "authenticationFlows[1].alias: stands" },
    { REALM(",\"authenticationFlows\":[{\"alias\":\"f\",\"authenticationExecutions\":[{\"requirement\":\"MAYBE\"}]}]"), "authenticationFlows[0].authenticationExecutions[0].requirement: unknown" },
    { REALM(",\"authenticationFlows\":[{\"alias\":\"f\",\"authenticationExecutions\":[{\"requirement\":\"REQUIRED\"}]}]"), ".authenticator: is missing" },
    { REALM(",\"authenticationFlows\":[{\"alias\":\"f\",\"authenticationExecutions\":[{\"requirement\":\"REQUIRED\",\"authenticatorFlow\":true,\"flowAlias\":\"g\"}]}]"), ".flowAlias: no such flow" },
    { REALM(",\"authenticationFlows\":[{\"alias\":\"f\",\"authenticationExecutions\":[{\"requirement\":\"REQUIRED\",\"authenticator\":\"x\",\"authenticatorConfig\":\"c\"}]}]"), ".authenticatorConfig: no such config" },
    { REALM(",\"identityProviders\":[{\"alias\":\"a\"}]"), "identityProviders[0].providerId: is missing" },
    { REALM(",\"identityProviders\":[{\"alias\":\"a b\",\"providerId\":\"oidc\"}]"), "identityProviders[0].alias: character" },
    { REALM(",\"identityProviders\":[{\"alias\":\"a\",\"providerId\":\"oidc\"},{\"alias\":\"a\",\"providerId\":\"oidc\"}]"), "identityProviders[1]: stands" },
    { REALM(",\"identityProviders\":[{\"alias\":\"a\",\"providerId\":\"oidc\",\"firstBrokerLoginFlowAlias\":\"f\"}]"), "identityProviders[0].firstBrokerLoginFlowAlias: no such flow" },
    { REALM(",\"identityProviderMappers\":[{\"name\":\"m\",\"identityProviderAlias\":\"a\",\"identityProviderMapper\":\"x\"}]"), "identityProviderMappers[0]: no such identity provider" },
    { REALM(",\"components\":{\"t\":[{\"name\":\"c\"}]}"), "components.t[0].providerId: is missing" },
    { REALM(",\"users\":[{}]"), "users[0].username: is missing" },
    { REALM(",\"users\":[{\"username\":\"  \"}]"), "users[0].username: 1 to 255" },
    { REALM(",\"users\":[{\"username\":\"a\"},{\"username\":\"A\"}]"), "users[1].username: another user" },
    { REALM(",\"users\":[{\"username\":\"a\",\"email\":\"x@y\"},{\"username\":\"b\",\"email\":\"X@y\"}]"), "users[1].email: another user" },
    { REALM(",\"users\":[{\"username\":\"a\",\"id\":\"1\"},{\"username\":\"b\",\"id\":\"1\"}]"), "users[1].id: another user" },
    { REALM(",\"users\":[{\"username\":\"a\",\"groups\":[\"/g\"]}]"), "users[0].groups[0]: no such group" },
    { REALM(",\"users\":[{\"username\":\"a\",\"clientRoles\":{\"nobody\":[\"r\"]}}]"), "users[0].clientRoles.nobody: no such client" },
    { REALM(",\"users\":[{\"username\":\"a\",\"credentials\":[{\"value\":\"x\"}]}]"), "users[0].credentials[0].type: is missing" },
    { REALM(",\"users\":[{\"username\":\"a\",\"serviceAccountClientId\":\"x\"}]"), "users[0].serviceAccountClientId: no such client" },
    { REALM(",\"users\":[{\"username\":\"a\",\"federatedIdentities\":[{\"identityProvider\":\"i\",\"userId\":\"1\"},{\"identityProvider\":\"i\",\"userId\":\"2\"}]}]"), "users[0].federatedIdentities[1]: stands" },
    { REALM(",\"identityProviders\":[{\"alias\":\"i\",\"providerId\":\"oidc\"}],\"users\":[{\"username\":\"a\",\"federatedIdentities\":[{\"identityProvider\":\"i\",\"userId\":\"1\"}]},{\"username\":\"b\",\"federatedIdentities\":[{\"identityProvider\":\"i\",\"userId\":\"1\"}]}]"), "users[1].federatedIdentities: another user" },
};


static void
test_refused(void **state)
{
    struct ctx   c;
    size_t       i;
    enum ab_err  e;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        c = (struct ctx) { .a = arena_new(64 * 1024 * 1024) };
        e = import_check(&c, "bad.json", ab_slice_str(rows[i].file));
        if (e != AB_E_IMPORT || strstr(c.f.detail, rows[i].path) == NULL
            || strncmp(c.f.detail, "bad.json: ", 10) != 0)
        {
            fail_msg("row %zu: %s '%s'", i, ab_err_reason(e), c.f.detail);
        }
        arena_free(c.a);
    }
}


static void
test_nesting(void **state)
{
    struct ctx     c = { .a = arena_new(64 * 1024 * 1024) };
    struct ab_buf  b;
    int           i;

    (void) state;
    ab_buf_init(&b, 1024 * 1024);
    ab_buf_add_str(&b, "{\"realm\":\"r\",\"groups\":[");
    for (i = 0; i < 40; i++) {
        ab_buf_addf(&b, "{\"name\":\"g\",\"subGroups\":[");
    }
    for (i = 0; i < 40; i++) {
        ab_buf_add_str(&b, "]}");
    }
    ab_buf_add_str(&b, "]}");
    assert_int_equal(import_check(&c, "deep.json", ab_buf_slice(&b)),
                     AB_E_IMPORT);
    assert_non_null(strstr(c.f.detail, "nested too deep"));
    ab_buf_clear(&b);
    arena_free(c.a);
}


/* ---- no memory ----------------------------------------------------------- */

static const char  full[] = REALM(
    ",\"enabled\":true,\"smtpServer\":{\"password\":\"**********\"},"
    "\"clients\":[{\"clientId\":\"app\",\"secret\":\"**********\","
    "\"serviceAccountsEnabled\":true,\"redirectUris\":[\"/x\"],"
    "\"protocolMappers\":[{\"name\":\"m\",\"protocolMapper\":\"x\"}]}],"
    "\"roles\":{\"realm\":[{\"name\":\"a\",\"composites\":{\"client\":"
    "{\"app\":[\"b\"]}}}],\"client\":{\"app\":[{\"name\":\"b\"}]}},"
    "\"groups\":[{\"name\":\"g\",\"realmRoles\":[\"a\"],\"subGroups\":"
    "[{\"name\":\"h\"}]}],\"scopeMappings\":[{\"client\":\"app\","
    "\"roles\":[\"a\"]}],\"identityProviders\":[{\"alias\":\"i\","
    "\"providerId\":\"oidc\",\"config\":{\"clientSecret\":\"s\","
    "\"hideOnLoginPage\":true}}],\"identityProviderMappers\":[{\"name\":"
    "\"m\",\"identityProviderAlias\":\"i\",\"identityProviderMapper\":\"x\""
    "}],\"users\":[{\"username\":\"U\",\"email\":\"E@x\",\"groups\":[\"/g\"]"
    ",\"realmRoles\":[\"new\"],\"federatedIdentities\":[{"
    "\"identityProvider\":\"i\",\"userId\":\"1\"}],\"credentials\":[{"
    "\"type\":\"password\",\"value\":\"p\"}]}]");


static long  counted;

static void *
count_malloc(size_t n)
{
    counted++;
    return malloc(n);
}


/* How many allocations jansson makes over the text alone. */
static long
parse_allocations(void)
{
    json_set_alloc_funcs(count_malloc, free);
    counted = 0;
    json_decref(json_loadb(full, sizeof(full) - 1, 0, NULL));
    return counted;
}


/*
 * The n-th allocation fails, before the text is parsed and after it.
 * jansson 2.14's parser itself is passed over: it writes behind its buffer
 * when that cannot grow.
 */
static void
test_no_memory(void **state)
{
    long         parse = parse_allocations() + 200, n;
    struct ctx   c;
    bool         hit = true;
    enum ab_err  e;

    (void) state;
    fault_install();
    for (n = 0; hit; n += n < 2000 ? 1 : 7) {
        n = n == 30 ? parse : n;
        fault_alloc_at(n);
        c = (struct ctx) { .a = arena_new(64 * 1024 * 1024) };
        e = c.a == NULL ? AB_E_NOMEM
            : import_check(&c, "full.json", AB_S(full));
        hit = fault_was_hit();
        fault_alloc_at(-1);
        arena_free(c.a);
        if (e != (hit ? AB_E_NOMEM : AB_OK)) {
            fail_msg("allocation %ld: %s %s", n, ab_err_reason(e),
                     c.f.detail);
        }
    }
    assert_true(n > parse + 1000);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("a malformed file is refused with file, path and reason",
             test_refused),
        TEST("groups nested too deep are refused", test_nesting),
        TEST("running out of memory is told as that, at every allocation",
             test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
