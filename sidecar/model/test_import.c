/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_import.c - realm files into a real store.
 */
#include "model_fixture.h"

#include "credential.h"
#include "flow_doc.h"
#include "idp.h"
#include "required_action.h"
#include "scope.h"
#include "user.h"

#include "base/autofree.h"
#include "store/keys.h"

static struct model_fixture  m;

#define REALMS  "t/keycloak/realms"


static int
start(void **state)
{
    (void) state;
    model_start(&m);
    return 0;
}


static int
stop(void **state)
{
    (void) state;
    model_stop(&m);
    return 0;
}


/* ---- the realms of the compatibility suite ------------------------------- */

struct count {
    size_t  files, users, skipped;
};


static void
count_one(void *arg, const struct import_result *r)
{
    struct count  *n = arg;

    n->files++;
    n->users += r->n_users;
    n->skipped += r->is_skipped;
}


static void
test_all_realms(void **state)
{
    struct count  n = { 0 };

    (void) state;
    model_renew(&m, 300000);
    if (import_folder(m.c, REALMS, true, NULL, NULL) != AB_OK
        || import_folder(m.c, REALMS, false, count_one, &n) != AB_OK)
    {
        fail_msg("import: %s", m.c->f.detail);
    }
    assert_true(n.files > 0 && n.users > 0);
    assert_int_equal(n.skipped, 0);
    n = (struct count) { 0 };
    assert_int_equal(import_folder(m.c, REALMS, false, count_one, &n), AB_OK);
    assert_int_equal(n.skipped, n.files);
}


/* ---- what a realm holds by itself ---------------------------------------- */

static void
test_built_in(void **state)
{
    static const char *const  ids[] = { "account", "account-console",
        "admin-cli", "broker", "realm-management", "security-admin-console" };
    const struct realm                  *r;
    const struct client                 *cl;
    const struct scope_table            *scopes;
    const struct required_action_table  *actions;
    const struct flow_doc               *flow;
    size_t                               i;

    (void) state;
    r = model_import(&m, "{\"realm\":\"Plain\",\"enabled\":true}");
    assert_true(r->enabled);
    assert_string_equal(r->display_name, "Plain");
    assert_int_equal(r->access_token_lifespan, 300);
    assert_int_equal(r->sso_idle, 1800);
    assert_int_equal(r->ssl_required, SSL_EXTERNAL);
    assert_true(r->login_with_email);
    assert_string_equal(r->signature_alg, "RS256");
    for (i = 0; i < ROWS(ids); i++) {
        CHECK_ROW(i, client_by_client_id(m.c, r, ids[i], &cl) == AB_OK);
        CHECK_ROW(i, cl->enabled && cl->secret == NULL);
    }
    assert_int_equal(cl->redirect_uris.n, 1);
    assert_string_equal(cl->redirect_uris.v[0],
                        "http://id.localhost:8080/admin/Plain/console/*");
    assert_int_equal(client_by_client_id(m.c, r, "master-realm", &cl),
                     AB_E_CLIENT_ABSENT);
    assert_int_equal(scope_table_get(m.c, r, &scopes), AB_OK);
    assert_int_equal(scopes->n, 15);
    assert_false(scope_find(scopes, "roles")->in_token);
    assert_true(scope_find(scopes, "profile")->in_token);
    assert_int_equal(json_array_size(scope_find(scopes, "profile")->mappers),
                     14);
    assert_int_equal(scope_find(scopes, "offline_access")->n_roles, 1);
    assert_int_equal(required_actions_get(m.c, r, &actions), AB_OK);
    assert_int_equal(actions->n, 14);
    assert_string_equal(actions->v[0].alias, "TERMS_AND_CONDITIONS");
    assert_int_equal(flow_by_alias(m.c, r, r->browser_flow, &flow), AB_OK);
    assert_int_equal(flow->n, 5);
    assert_int_equal(flow_by_alias(m.c, r, r->first_broker_flow, &flow),
                     AB_OK);
    assert_string_equal(json_string_value(json_object_get(flow->v[0].config,
                        "update.profile.on.first.login")), "missing");
}


static void
test_built_in_roles(void **state)
{
    static const struct held {
        const char  *client, *name;
        bool         held;
    } rows[] = {
        { NULL, "default-roles-plain", true }, { NULL, "offline_access", true },
        { NULL, "uma_authorization", true }, { "account", "view-profile", true },
        { "account", "manage-account", true },
        { "account", "manage-account-links", true },
        { "account", "view-groups", false },
        { "realm-management", "realm-admin", false },
    };
    const struct realm       *r;
    const struct role_table  *t;
    struct role_set           set;
    size_t                    i;

    (void) state;
    model_renew(&m, 10000);
    assert_int_equal(realm_by_name(m.c, "Plain", &r), AB_OK);
    assert_int_equal(role_table_get(m.c, r, &t), AB_OK);
    assert_int_equal(role_set_new(m.c, t, &set), AB_OK);
    role_set_add(&set, role_find(t, r->default_role_id));
    for (i = 0; i < ROWS(rows); i++) {
        CHECK_ROW(i, role_find_name(t, rows[i].client, rows[i].name)
                     != SIZE_MAX);
        CHECK_ROW(i, role_set_has(&set, rows[i].client, rows[i].name)
                     == rows[i].held);
    }
    role_set_add(&set, role_find_name(t, "realm-management", "realm-admin"));
    assert_true(role_set_has(&set, "realm-management", "view-users"));
    assert_true(role_set_has(&set, "realm-management", "query-groups"));
    assert_false(role_set_has(&set, "nobody", "x"));
    assert_int_equal(role_find(t, "nothing"), SIZE_MAX);
}


/* ---- clients and their secrets ------------------------------------------- */

static const char  clients_text[] = "{\"realm\":\"clients\",\"enabled\":true,"
    "\"clients\":["
    "{\"clientId\":\"app\",\"secret\":\"app-secret-text\",\"mine\":{\"x\":1},"
    "\"rootUrl\":\"http://app.example/\",\"redirectUris\":[\"/a\","
    "\"http://longest.example/one\"],\"attributes\":{\"n\":5,\"b\":true}},"
    "{\"clientId\":\"masked\",\"secret\":\"**********\"},"
    "{\"clientId\":\"none\",\"serviceAccountsEnabled\":true},"
    "{\"clientId\":\"pub\",\"publicClient\":true,\"consentRequired\":true},"
    "{\"clientId\":\"lists\",\"defaultClientScopes\":[\"email\",\"gone\"]}],"
    "\"identityProviders\":[{\"alias\":\"i\",\"providerId\":\"oidc\","
    "\"config\":{\"clientSecret\":\"idp-secret-text\",\"empty\":\"\"}}],"
    "\"components\":{\"org.keycloak.keys.KeyProvider\":[{\"providerId\":"
    "\"rsa\",\"name\":\"own\",\"config\":{\"privateKey\":"
    "[\"key-secret-text\"]}}]},\"smtpServer\":{\"password\":"
    "\"smtp-secret-text\"},\"users\":[{\"username\":\"u\",\"enabled\":true,"
    "\"credentials\":[{\"type\":\"otp\",\"secretData\":"
    "\"otp-secret-text\",\"credentialData\":\"{}\"}]}]}";


static void
test_clients(void **state)
{
    const struct realm   *r;
    const struct client  *cl, *same;

    (void) state;
    r = model_import(&m, clients_text);
    assert_int_equal(client_by_client_id(m.c, r, "app", &cl), AB_OK);
    assert_string_equal(cl->secret, "app-secret-text");
    assert_true(cl->standard_flow && cl->full_scope && !cl->direct_access);
    assert_int_equal(cl->default_scopes.n, 6);
    assert_int_equal(cl->optional_scopes.n, 5);
    assert_string_equal(cl->redirect_uris.v[0], "http://longest.example/one");
    assert_string_equal(cl->redirect_uris.v[1], "http://app.example/a");
    assert_string_equal(client_attribute(cl, "n"), "5");
    assert_true(client_attribute_true(cl, "b"));
    assert_int_equal(client_attribute_number(cl, "n", 7), 5);
    assert_int_equal(client_attribute_number(cl, "absent", 7), 7);
    assert_string_equal(client_attribute(cl, "post.logout.redirect.uris"),
                        "+");
    assert_true(json_is_integer(json_object_get(json_object_get(cl->doc,
                                "mine"), "x")));
    assert_int_equal(client_by_id(m.c, r, cl->id, &same), AB_OK);
    assert_string_equal(same->client_id, "app");
    assert_int_equal(client_by_client_id(m.c, r, "pub", &cl), AB_OK);
    assert_true(cl->is_public && cl->secret == NULL && !cl->full_scope);
    assert_int_equal(client_by_client_id(m.c, r, "lists", &cl), AB_OK);
    assert_int_equal(cl->default_scopes.n, 1);
    assert_int_equal(cl->optional_scopes.n, 0);
}


static void
test_secrets_made(void **state)
{
    const struct realm   *r;
    const struct client  *masked, *none;

    (void) state;
    model_renew(&m, 10000);
    assert_int_equal(realm_by_name(m.c, "clients", &r), AB_OK);
    assert_int_equal(client_by_client_id(m.c, r, "masked", &masked), AB_OK);
    assert_int_equal(client_by_client_id(m.c, r, "none", &none), AB_OK);
    assert_int_equal(strlen(masked->secret), 32);
    assert_int_equal(strlen(none->secret), 32);
    assert_string_not_equal(masked->secret, none->secret);
    assert_null(strchr(masked->secret, '*'));
}


/* Nothing in Redis holds a secret of the file in the open. */
static void
test_sealed(void **state)
{
    struct ab_slice     argv[] = { AB_S("KEYS"), AB_S("ab:*") };
    struct ab_slice     dump[] = { AB_S("DUMP"), { NULL, 0 } };
    /* compressed, a dump would hide texts */
    struct ab_slice     plain[] = { AB_S("CONFIG"), AB_S("SET"),
                                    AB_S("rdbcompression"), AB_S("no") };
    struct reply       *keys, *value;
    const struct idp   *idp;
    const struct realm *r;
    size_t              i, seen = 0;

    (void) state;
    model_renew(&m, 20000);
    assert_int_equal(realm_by_name(m.c, "clients", &r), AB_OK);
    assert_int_equal(idp_by_alias(m.c, r, "i", &idp), AB_OK);
    assert_string_equal(idp_config(idp, "clientSecret"), "idp-secret-text");
    assert_null(idp_config(idp, "empty"));
    assert_int_equal(store_call(m.c, 2, plain, 4, &value), AB_OK);
    assert_int_equal(store_call(m.c, 1, argv, 2, &keys), AB_OK);
    assert_true(keys->n > 20);
    for (i = 0; i < keys->n; i++) {
        dump[1] = keys->list[i].s;
        assert_int_equal(store_call(m.c, 1, dump, 2, &value), AB_OK);
        if (memmem(value->s.p, value->s.len, "secret-text", 11) != NULL) {
            fail_msg("in the open: %s", keys->list[i].s.p);
        }
        seen += memmem(value->s.p, value->s.len, "app.example", 11) != NULL;
    }
    assert_true(seen > 0);          /* what is no secret is found this way */
}


static void
test_service_account(void **state)
{
    const struct realm  *r;
    const struct user   *u;
    struct role_set      set;

    (void) state;
    model_renew(&m, 10000);
    assert_int_equal(realm_by_name(m.c, "clients", &r), AB_OK);
    assert_int_equal(user_by_username(m.c, r, "service-account-none", &u),
                     AB_OK);
    assert_string_equal(u->service_client, "none");
    assert_int_equal(user_roles(m.c, r, u, &set), AB_OK);
    assert_true(role_set_has(&set, NULL, "offline_access"));
    /* users of a file hold what it says, no more */
    assert_int_equal(user_by_username(m.c, r, "u", &u), AB_OK);
    assert_int_equal(json_array_size(u->roles), 0);
    assert_int_equal(json_array_size(u->credentials), 1);
}


static void
test_own_scopes(void **state)
{
    const struct realm        *r;
    const struct client       *cl;
    const struct scope_table  *t;

    (void) state;
    r = model_import(&m, "{\"realm\":\"own-scopes\",\"clientScopes\":"
                         "[{\"name\":\"payroll\"}],\"clients\":"
                         "[{\"clientId\":\"c\"}]}");
    assert_false(r->enabled);
    assert_int_equal(scope_table_get(m.c, r, &t), AB_OK);
    assert_int_equal(t->n, 2);
    assert_non_null(scope_find(t, "offline_access"));
    assert_int_equal(client_by_client_id(m.c, r, "c", &cl), AB_OK);
    assert_int_equal(cl->default_scopes.n, 0);
    assert_int_equal(cl->optional_scopes.n, 1);
}


/* ---- roles and groups of users ------------------------------------------- */

static const char  people_text[] = "{\"realm\":\"people\",\"enabled\":true,"
    "\"clients\":[{\"clientId\":\"app\"}],\"roles\":{\"realm\":["
    "{\"name\":\"lead\",\"composites\":{\"realm\":[\"worker\"],\"client\":"
    "{\"app\":[\"edit\"]}}},{\"name\":\"worker\"},{\"name\":\"a\","
    "\"composites\":{\"realm\":[\"b\"]}},{\"name\":\"b\",\"composites\":"
    "{\"realm\":[\"a\"]}}],\"client\":{\"app\":[{\"name\":\"edit\"},"
    "{\"name\":\"view\"}]}},\"groups\":[{\"name\":\"dept\",\"realmRoles\":"
    "[\"worker\"],\"attributes\":{\"k\":[\"v\"]},\"subGroups\":[{\"name\":"
    "\"eng\",\"clientRoles\":{\"app\":[\"view\"]}}]}],\"scopeMappings\":"
    "[{\"client\":\"app\",\"roles\":[\"lead\"]}],\"users\":["
    "{\"username\":\"Direct\",\"enabled\":true,\"realmRoles\":[\"lead\","
    "\"made-here\"],\"attributes\":{\"nick\":[\"dd\"],\"old\":\"text\"}},"
    "{\"username\":\"member\",\"enabled\":true,\"groups\":[\"/dept/eng\"]},"
    "{\"username\":\"ring\",\"enabled\":true,\"realmRoles\":[\"a\"]}]}";


static void
check_roles(const struct realm *r, const char *name, const char *wanted)
{
    const struct user  *u;
    struct role_set     set;
    char                got[256] = "";
    size_t              i, at;

    assert_int_equal(user_by_username(m.c, r, name, &u), AB_OK);
    assert_int_equal(user_roles(m.c, r, u, &set), AB_OK);
    for (i = 0; i < set.table->n; i++) {
        at = set.table->by_name[i];
        if (set.bits[at]) {
            snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s%s ",
                     set.table->v[at].client == NULL ? ""
                         : set.table->v[at].client,
                     set.table->v[at].client == NULL ? "" : ":",
                     set.table->v[at].name);
        }
    }
    assert_string_equal(got, wanted);
}


static void
test_people(void **state)
{
    const struct realm        *r;
    const struct group_table  *g;
    const struct client       *cl;
    const struct role_table   *t;
    const struct user         *u;
    struct role_set            set;
    size_t                     i;

    (void) state;
    r = model_import(&m, people_text);
    check_roles(r, "direct", "lead made-here worker app:edit ");
    check_roles(r, "member", "worker app:view ");
    check_roles(r, "ring", "a b ");
    assert_int_equal(group_table_get(m.c, r, &g), AB_OK);
    assert_int_equal(g->n, 2);
    for (i = 0; i < 2; i++) {
        CHECK_ROW(i, g->v[i].parent == SIZE_MAX
                     ? strcmp(g->v[i].path, "/dept") == 0
                     : strcmp(g->v[i].path, "/dept/eng") == 0);
    }
    assert_int_equal(role_table_get(m.c, r, &t), AB_OK);
    assert_int_equal(role_set_new(m.c, t, &set), AB_OK);
    assert_int_equal(client_by_client_id(m.c, r, "app", &cl), AB_OK);
    assert_int_equal(client_scope_roles(m.c, r, cl, &set), AB_OK);
    assert_true(role_set_has(&set, NULL, "worker"));
    assert_int_equal(user_by_username(m.c, r, "direct", &u), AB_OK);
    assert_string_equal(user_attribute(u, "nick"), "dd");
    assert_string_equal(user_attribute(u, "old"), "text");
    assert_string_equal(user_attribute(u, "username"), "direct");
    assert_null(user_attribute(u, "email"));
}


/* ---- identity providers -------------------------------------------------- */

static const char  idps_text[] = "{\"realm\":\"idps\",\"enabled\":true,"
    "\"identityProviders\":["
    "{\"alias\":\"zeta\",\"providerId\":\"oidc\",\"config\":{\"guiOrder\":\"1\"}},"
    "{\"alias\":\"beta\",\"providerId\":\"oidc\"},"
    "{\"alias\":\"alpha\",\"providerId\":\"oidc\",\"displayName\":\"\"},"
    "{\"alias\":\"five\",\"providerId\":\"oidc\",\"config\":{\"guiOrder\":\"05\"}},"
    "{\"alias\":\"minus\",\"providerId\":\"oidc\",\"config\":{\"guiOrder\":\"-3\"}},"
    "{\"alias\":\"words\",\"providerId\":\"google\",\"config\":{\"guiOrder\":\"1x\"}},"
    "{\"alias\":\"off\",\"providerId\":\"oidc\",\"enabled\":false},"
    "{\"alias\":\"link\",\"providerId\":\"oidc\",\"linkOnly\":true},"
    "{\"alias\":\"hid\",\"providerId\":\"oidc\",\"config\":{\"hideOnLoginPage\":\"true\"}},"
    "{\"alias\":\"kube\",\"providerId\":\"kubernetes\"}],"
    "\"identityProviderMappers\":[{\"name\":\"m\",\"identityProviderAlias\":"
    "\"beta\",\"identityProviderMapper\":\"x\"}]}";


static void
test_idps(void **state)
{
    static const char *const   wanted[] = { "minus", "zeta", "five", "alpha",
                                            "beta", "words" };
    const struct realm        *r;
    const struct idp_list     *list;
    const struct idp          *idp;
    const json_t              *mappers;
    size_t                     i;

    (void) state;
    r = model_import(&m, idps_text);
    assert_int_equal(idp_shown(m.c, r, &list), AB_OK);
    assert_int_equal(list->n, ROWS(wanted));
    for (i = 0; i < ROWS(wanted); i++) {
        CHECK_ROW(i, strcmp(list->v[i]->alias, wanted[i]) == 0);
    }
    assert_string_equal(list->v[3]->display_name, "alpha");
    assert_string_equal(list->v[5]->display_name, "Google");
    assert_int_equal(idp_by_alias(m.c, r, "hid", &idp), AB_OK);
    assert_true(idp->hide_on_login);
    assert_null(idp_config(idp, "hideOnLoginPage"));
    assert_int_equal(idp_by_alias(m.c, r, "off", &idp), AB_OK);
    assert_false(idp->enabled);
    assert_int_equal(idp_by_alias(m.c, r, "Beta", &idp), AB_E_IDP_ABSENT);
    assert_int_equal(idp_by_alias(m.c, r, "beta", &idp), AB_OK);
    assert_int_equal(idp_mappers(m.c, r, idp, &mappers), AB_OK);
    assert_int_equal(json_array_size(mappers), 1);
    assert_int_equal(idp_by_alias(m.c, r, "zeta", &idp), AB_OK);
    assert_int_equal(idp_mappers(m.c, r, idp, &mappers), AB_OK);
    assert_int_equal(json_array_size(mappers), 0);
}


/* ---- realms -------------------------------------------------------------- */

static void
test_realms(void **state)
{
    const struct realm  *r, *same;
    struct realm_name   *list;
    size_t               n;

    (void) state;
    r = model_import(&m, "{\"id\":\"public-id\",\"realm\":\"my realm\","
                         "\"duplicateEmailsAllowed\":true,\"mine\":[1]}");
    assert_string_not_equal(r->id, "public-id");
    assert_string_equal(json_string_value(json_object_get(r->doc, "id")),
                        "public-id");
    assert_true(json_is_array(json_object_get(r->doc, "mine")));
    assert_false(r->login_with_email);
    assert_string_equal(realm_issuer(m.c, r),
                        "http://id.localhost:8080/realms/my%20realm");
    assert_int_equal(realm_by_id(m.c, r->id, &same), AB_OK);
    assert_ptr_equal(r, same);
    assert_int_equal(realm_by_id(m.c, "no such", &same), AB_E_REALM_ABSENT);
    assert_int_equal(realm_by_name(m.c, "MY REALM", &same),
                     AB_E_REALM_ABSENT);
    assert_int_equal(realm_list(m.c, &list, &n), AB_OK);
    assert_true(n >= 5);
    /* what ab:realms does not name is refused, document or not */
    entity_drop(m.app.cache, NULL);
    assert_int_equal(store_hset(m.c, key0(m.c, KEY_REALMS),
                                AB_S("my realm"), AB_S("another")), AB_OK);
    assert_int_equal(realm_by_id(m.c, r->id, &same), AB_E_REALM_ABSENT);
    assert_int_equal(realm_by_name(m.c, "my realm", &same),
                     AB_E_REALM_ABSENT);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("every realm of the compatibility suite is imported once",
             test_all_realms),
        TEST("a realm has the reference's own clients, scopes, flows",
             test_built_in),
        TEST("the default role holds what the reference's does",
             test_built_in_roles),
        TEST("clients are typed, with the reference's defaults",
             test_clients),
        TEST("T-BR20: a missing or masked secret is a random one",
             test_secrets_made),
        TEST("no secret lies in the store in the open", test_sealed),
        TEST("a service account is made where the file has none",
             test_service_account),
        TEST("a file with client scopes gets only those", test_own_scopes),
        TEST("users hold roles directly, by groups and by composites",
             test_people),
        TEST("the login page's list is in the reference's order", test_idps),
        TEST("a realm counts only while ab:realms names it", test_realms),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
