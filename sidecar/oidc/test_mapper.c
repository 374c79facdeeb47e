/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_mapper.c - the mapper table, paths of claims, and what happens when
 * memory or the store run out in the middle of a grant.
 */
#include "realm_fixture.h"

#include "base/fault.h"
#include "mapper.h"
#include "model/doc.h"
#include "oidc/authorize.h"

static struct realm_fixture  fx;

#define C  (&fx.st.c)


static int
set_up(void **state)
{
    (void) state;
    realm_fixture_start(&fx);
    return 0;
}


static int
tear_down(void **state)
{
    (void) state;
    realm_fixture_stop(&fx);
    return 0;
}


/* Every mapper of the scopes that a new realm gets has a row, but for the
 * one of organizations, which do not exist yet. */
static void
every_stock_mapper_has_a_row(void **state)
{
    const struct scope_table  *t;
    const char                *name;
    size_t                     i, j, n = 0;

    (void) state;
    realm_fixture_renew(&fx);
    assert_int_equal(scope_table_get(C, fx.realm, &t), AB_OK);
    for (i = 0; i < t->n; i++) {
        if (strcmp(t->v[i].protocol, "openid-connect") != 0) {
            continue;
        }
        for (j = 0; j < json_array_size(t->v[i].mappers); j++) {
            name = doc_str(json_array_get(t->v[i].mappers, j),
                           "protocolMapper");
            if (mapper_find(name) == NULL
                && strcmp(name, "oidc-organization-membership-mapper") != 0)
            {
                fail_msg("scope '%s': %s", t->v[i].name, name);
            }
            n++;
        }
    }
    assert_true(n > 20);
    assert_null(mapper_find("oidc-no-such-mapper"));
    assert_null(mapper_find(NULL));
}


static void
claims_go_where_their_path_says(void **state)
{
    static const struct {
        const char  *path, *value, *want;
    } rows[] = {
        { "a", "1", "{\"a\":1}" },
        { "a.b.c", "1", "{\"a\":{\"b\":{\"c\":1}}}" },
        { "a\\.b", "1", "{\"a.b\":1}" },
        { "a\\\\b", "1", "{\"a\\\\b\":1}" },
        { "a\\.b.c\\.d", "1", "{\"a.b\":{\"c.d\":1}}" },
        { "list", "[2,3]", "{\"list\":[1,2,3]}" },
        { "list", "4", "{\"list\":4}" },
        { "text.more", "1", "{\"text\":{\"more\":1}}" },
        { "iss", "1", "{}" }, { "exp", "1", "{}" }, { "jti", "1", "{}" },
        { "sid", "1", "{}" }, { "scope", "1", "{}" }, { "typ", "1", "{}" },
        { "sub", "1", "{\"sub\":1}" }, { "iss.x", "1", "{}" },
        { "a\\", "1", "{\"a\\\\\":1}" },
    };
    struct mapper_run  m = { .c = C };
    json_t            *value, *want, *got;
    size_t             i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        realm_fixture_renew(&fx);
        m.claims = json_object();
        if (strcmp(rows[i].path, "list") == 0) {
            json_object_set_new(m.claims, "list", json_pack("[i,i]", 1, 2));
        }
        if (strncmp(rows[i].path, "text", 4) == 0) {
            json_object_set_new(m.claims, "text", json_string("x"));
        }
        value = json_loads(rows[i].value, JSON_DECODE_ANY, NULL);
        want = json_loads(rows[i].want, 0, NULL);
        assert_int_equal(mapper_put(&m, rows[i].path, value), AB_OK);
        got = m.claims;
        CHECK_ROW(i, json_equal(got, want));
        json_decref(want);
        json_decref(got);
    }
}


static void
roles_keep_their_owner(void **state)
{
    struct token_roles  r = { 0 };
    size_t              i;

    (void) state;
    realm_fixture_renew(&fx);
    for (i = 0; i < 100; i++) {
        assert_int_equal(token_roles_add(C, &r, i % 2 ? "app" : NULL,
                                         arena_printf(C->a, "r%zu", i)),
                         AB_OK);
    }
    assert_int_equal(token_roles_add(C, &r, NULL, "r0"), AB_OK);
    assert_int_equal(r.n, 100);
    assert_true(token_roles_has(&r, NULL, "r0"));
    assert_false(token_roles_has(&r, "app", "r0"));
    assert_false(token_roles_remove(&r, "app", "r0"));
    assert_true(token_roles_remove(&r, "app", "r1"));
    assert_false(token_roles_has(&r, "app", "r1"));
    assert_int_equal(r.n, 99);
}


/* ---- faults ------------------------------------------------------------ */

static enum ab_err
one_refresh(const char *token, struct token_answer *ret)
{
    struct ab_param       form[] = {
        { AB_S("grant_type"), AB_S("refresh_token") },
        { AB_S("client_id"), AB_S("app") },
        { AB_S("client_secret"), AB_S("app-secret") },
        { AB_S("refresh_token"), ab_slice_str(token) },
    };
    struct token_request  in = {
        .realm = fx.realm, .form = form, .n_form = ROWS(form)
    };

    return grant_post(C, &in, ret);
}


/*
 * Whatever fails, the answer is tokens or an error, never half of one. Only
 * arenas and the store are made to fail: jansson 2.14's lexer loses bytes
 * when its buffer cannot grow and then aborts by itself.
 */
static void
a_fault_anywhere_gives_no_tokens(void **state)
{
    void               (*const  arm[])(long n) = {
        fault_alloc_at, fault_store_at
    };
    struct token_answer  a;
    char                *token;
    enum ab_err          e;
    size_t               k, faults = 0;
    long                 n;
    bool                 hit;

    (void) state;
    realm_fixture_renew(&fx);
    a = realm_fixture_post(&fx, "client_id=app&client_secret=app-secret"
                           "&grant_type=password&username=alice"
                           "&password=alice-pw&scope=openid", NULL, NULL);
    token = strdup(json_string_value(json_object_get(a.body,
                                                     "refresh_token")));
    for (k = 0; k < ROWS(arm); k++) {
        for (n = 0, hit = true; hit && n < 5000; n++) {
            realm_fixture_renew(&fx);
            memset(&a, 0, sizeof(a));
            arm[k](n);
            e = one_refresh(token, &a);
            hit = fault_was_hit();
            arm[k](-1);
            if (hit ? e == AB_OK && a.status == 200
                      && json_object_get(a.body, "access_token") == NULL
                    : e != AB_OK || a.status != 200)
            {
                fail_msg("%s %ld: %s", k == 0 ? "allocation" : "store", n,
                         ab_err_reason(e));
            }
            faults += hit;
        }
    }
    assert_true(faults > 10);
    free(token);
}


static void
a_fault_in_a_request_is_no_answer(void **state)
{
    static const char        query[] = "client_id=app&response_type=code"
        "&redirect_uri=https://app.test/cb&state=s&scope=openid+nothing";
    struct authorize_answer  a;
    struct auth_params       p;
    const struct client     *client;
    struct ab_param          list[10];
    char                     mem[sizeof(query)];
    size_t                   n_form;
    enum ab_err              e;
    long                     n;
    bool                     hit;

    (void) state;
    assert_int_equal(ab_form_parse(ab_slice_str(query), mem, list, 10,
                                   &n_form), AB_OK);
    for (n = 0, hit = true; hit && n < 5000; n++) {
        realm_fixture_renew(&fx);
        a = (struct authorize_answer) { 0 };
        fault_alloc_at(n);
        e = auth_params_parse(C, list, n_form, &p);
        if (e == AB_OK) {
            e = authorize_check(C, fx.realm, &p, &client, &a);
        }
        hit = fault_was_hit();
        fault_alloc_at(-1);
        assert_int_not_equal(e, AB_OK);
        assert_true(hit || e == AB_E_INVALID_SCOPE);
        assert_true(hit || a.url != NULL);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("every stock mapper has a row", every_stock_mapper_has_a_row),
        TEST("claims go where their path says",
             claims_go_where_their_path_says),
        TEST("roles keep their owner", roles_keep_their_owner),
        TEST("a fault anywhere gives no tokens",
             a_fault_anywhere_gives_no_tokens),
        TEST("a fault in a request is no answer",
             a_fault_in_a_request_is_no_answer),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
