/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_runner.c - whole logins over an imported realm: pages, answers,
 * sessions, providers, first sign-ins.
 */
#include "oidc/realm_fixture.h"

#include "base/fault.h"
#include "broker/context.h"
#include "broker/identity.h"
#include "flow/runner.h"
#include "model/doc.h"
#include "oidc/authorize.h"

static struct realm_fixture  fx;

#define C    (&fx.st.c)
#define IDP(alias, more)                                                     \
    "{\"alias\":\"" alias "\",\"providerId\":\"oidc\",\"enabled\":true"      \
    more ",\"config\":{\"clientId\":\"x\",\"clientSecret\":\"y\","           \
    "\"authorizationUrl\":\"https://up.test/auth\",\"tokenUrl\":"            \
    "\"https://up.test/token\""
#define FLOW(id, alias, executions)                                          \
    "{\"id\":\"" id "\",\"alias\":\"" alias "\",\"providerId\":"              \
    "\"basic-flow\",\"topLevel\":true,\"builtIn\":false,"                    \
    "\"authenticationExecutions\":[" executions "]}"
#define STEP(name, requirement, more)                                        \
    "{\"authenticator\":\"" name "\",\"requirement\":\"" requirement "\","   \
    "\"priority\":10,\"authenticatorFlow\":false" more "}"
#define USING(client, flow)                                                  \
    FIXTURE_CLIENT(client, ",\"authenticationFlowBindingOverrides\":"        \
                   "{\"browser\":\"" flow "\"}")

static const char  flows_realm[] =
    "{\"realm\":\"flows\",\"enabled\":true,\"sslRequired\":\"none\","
    "\"displayName\":\"Flows\",\"rememberMe\":true,"
    "\"identityProviders\":["
    IDP("up", ",\"displayName\":\"Upstream\"") ",\"guiOrder\":\"2\"}},"
    IDP("first", "") ",\"guiOrder\":\"1\"}},"
    IDP("hidden", ",\"hideOnLogin\":true") "}},"
    IDP("linkonly", ",\"linkOnly\":true") "}},"
    IDP("posted", ",\"hideOnLogin\":true,\"postBrokerLoginFlowAlias\":"
        "\"denying\"") "}},"
    IDP("quiet", ",\"hideOnLogin\":true")
        ",\"acceptsPromptNoneForwardFromClient\":\"true\"}},"
    "{\"alias\":\"off\",\"providerId\":\"oidc\",\"enabled\":false,"
    "\"config\":{}}],"
    "\"authenticationFlows\":["
    FLOW("flow-default", "def", STEP("auth-cookie", "ALTERNATIVE", "") ","
         STEP("identity-provider-redirector", "ALTERNATIVE",
              ",\"authenticatorConfig\":\"to up\"") ","
         STEP("auth-username-password-form", "ALTERNATIVE", "")) ","
    FLOW("flow-broken", "broken",
         STEP("auth-username-password-form", "REQUIRED", "") ","
         STEP("some-script-of-yours", "REQUIRED", "")) ","
    FLOW("flow-deny", "denying",
         STEP("auth-username-password-form", "REQUIRED", "") ","
         STEP("deny-access-authenticator", "REQUIRED", "")) ","
    FLOW("flow-allow", "allowing",
         STEP("allow-access-authenticator", "REQUIRED", "")) "],"
    "\"authenticatorConfig\":[{\"alias\":\"to up\",\"config\":"
    "{\"defaultProvider\":\"up\"}}],"
    "\"clients\":[" FIXTURE_CLIENT("app", "") "," USING("def", "flow-default")
    "," USING("broken", "flow-broken") "," USING("denying", "flow-deny") ","
    USING("allowing", "flow-allow") ","
    FIXTURE_CLIENT("consenting", ",\"consentRequired\":true") "],"
    "\"users\":["
    "{\"username\":\"alice\",\"enabled\":true,\"email\":\"alice@example.org\","
    "\"emailVerified\":true,\"credentials\":[{\"type\":\"password\","
    "\"value\":\"alice-pw\"}],\"federatedIdentities\":[{"
    "\"identityProvider\":\"up\",\"userId\":\"4711\",\"userName\":\"al\"}]},"
    "{\"username\":\"carol\",\"enabled\":false,\"credentials\":[{\"type\":"
    "\"password\",\"value\":\"carol-pw\"}]},"
    "{\"username\":\"dave\",\"enabled\":true,\"requiredActions\":"
    "[\"UPDATE_PASSWORD\"],\"credentials\":[{\"type\":\"password\","
    "\"value\":\"dave-pw\"}]},"
    "{\"username\":\"otto\",\"enabled\":true,\"credentials\":[{\"type\":"
    "\"password\",\"value\":\"otto-pw\"},{\"type\":\"otp\",\"secretData\":"
    "\"{\\\"value\\\":\\\"abcdefghij0123456789\\\"}\",\"credentialData\":"
    "\"{\\\"subType\\\":\\\"totp\\\",\\\"digits\\\":6,\\\"counter\\\":0,"
    "\\\"period\\\":30,\\\"algorithm\\\":\\\"HmacSHA1\\\"}\"}]}]}";

/* One browser's tab. */
static struct auth_root         root;
static struct auth_tab         *tab;
static const struct client     *client;
static struct flow_input        in;
static struct flow_result       res;
static struct ab_param          form[10];


static int
set_up(void **state)
{
    (void) state;
    realm_fixture_start(&fx);
    realm_fixture_import(&fx, flows_realm);
    return 0;
}


static int
tear_down(void **state)
{
    (void) state;
    realm_fixture_stop(&fx);
    return 0;
}


static void
open_tab(const char *client_id, const char *prompt)
{
    fixture_renew(&fx.st);
    C->deadline_ms = clock_mono_ms() + 60000;
    assert_int_equal(realm_by_name(C, "flows", &fx.realm), AB_OK);
    client = realm_fixture_client(&fx, client_id);
    assert_int_equal(auth_root_new(C, fx.realm, NULL, &root), AB_OK);
    assert_int_equal(auth_tab_new(C, fx.realm, &root, client, &tab), AB_OK);
    tab->redirect_uri = arena_printf(C->a, "https://%s.test/cb", client_id);
    tab->response_type = "code";
    tab->state = "s";
    tab->flow_path = "authenticate";
    tab->action = AUTH_ACTION_AUTHENTICATE;
    if (prompt != NULL) {
        assert_int_equal(auth_note_set(C, tab->client_notes, "prompt",
                                       prompt), AB_OK);
    }
    in = (struct flow_input) {
        .realm = fx.realm, .client = client, .tab = tab, .form = form
    };
}


static enum flow_next
run(void)
{
    enum ab_err  e;

    fail_clear(&C->f);
    memset(&res, 0, sizeof(res));
    e = flow_run(C, &in, &res);
    if (e != AB_OK) {
        fail_msg("flow_run: %s: %s", ab_err_reason(e), C->f.detail);
    }
    return res.next;
}


/* Post fields: pairs of name and value. */
static enum flow_next
answer(const char *username, const char *password)
{
    size_t  n = 0;

    if (username != NULL) {
        form[n++] = (struct ab_param) { AB_S("username"),
                                        ab_slice_str(username) };
    }
    if (password != NULL) {
        form[n++] = (struct ab_param) { AB_S("password"),
                                        ab_slice_str(password) };
    }
    in.n_form = n;
    in.is_action = true;
    in.execution = tab->execution;
    in.idp_hint = NULL;
    return run();
}


static const char *
member(const char *name)
{
    return json_string_value(json_object_get(res.data, name));
}


/* ---- the form ---------------------------------------------------------- */

static void
a_first_view_is_the_login_page(void **state)
{
    const json_t  *list;
    const char    *code, *prefix;

    (void) state;
    open_tab("app", NULL);
    assert_int_equal(run(), FLOW_PAGE);
    assert_string_equal(res.page, "login");
    assert_string_equal(member("realm"), "Flows");
    assert_string_equal(member("usernameLabel"), "Username or email");
    assert_null(member("username"));
    assert_null(json_object_get(res.data, "usernameHidden"));
    assert_null(json_object_get(res.data, "message"));
    assert_non_null(json_object_get(res.data, "rememberMe"));
    code = tab->code;
    prefix = arena_printf(C->a, FIXTURE_BASE "/realms/flows/login-actions/"
                          "authenticate?session_code=%s&execution=%s"
                          "&client_id=app&tab_id=%s&client_data=", code,
                          tab->execution, tab->tab_id);
    assert_int_equal(strncmp(member("loginAction"), prefix, strlen(prefix)),
                     0);
    list = json_object_get(res.data, "providers");
    assert_int_equal(json_array_size(list), 2);
    assert_string_equal(json_string_value(json_object_get(
        json_array_get(list, 0), "alias")), "first");
    assert_string_equal(json_string_value(json_object_get(
        json_array_get(list, 1), "displayName")), "Upstream");
    /* each rendered form has a code of its own */
    assert_int_equal(run(), FLOW_PAGE);
    assert_string_not_equal(tab->code, code);
}


static void
a_wrong_answer_tells_nothing(void **state)
{
    static const struct {
        const char  *username, *password;
    } rows[] = {
        { "alice", "wrong" }, { "nobody", "wrong" }, { "", "" },
        { NULL, NULL }, { "alice", "" }, { "alice", NULL }, { "", "wrong" },
        { "carol", "wrong" },
    };
    const char  *text = ab_err_row(AB_E_CREDENTIALS)->text, *code;
    size_t       i;

    (void) state;
    open_tab("app", NULL);
    assert_int_equal(run(), FLOW_PAGE);
    for (i = 0; i < ROWS(rows); i++) {
        code = tab->code;
        CHECK_ROW(i, answer(rows[i].username, rows[i].password)
                     == FLOW_PAGE);
        CHECK_ROW(i, strcmp(member("usernameError"), text) == 0);
        CHECK_ROW(i, member("passwordError") == NULL);
        CHECK_ROW(i, strcmp(code, tab->code) != 0);
        CHECK_ROW(i, tab->user_id == NULL);
    }
    /* T-LG10: a field that comes twice was not sent */
    form[0] = form[1] = (struct ab_param) { AB_S("username"),
                                            AB_S("alice") };
    form[2] = (struct ab_param) { AB_S("password"), AB_S("alice-pw") };
    in.n_form = 3;
    assert_int_equal(run(), FLOW_PAGE);
    assert_string_equal(member("usernameError"), text);
}


static void
the_right_answer_signs_in(void **state)
{
    static const char *const  names[] = { "alice", " ALICE ",
                                          "Alice@Example.org" };
    size_t  i;

    (void) state;
    for (i = 0; i < ROWS(names); i++) {
        open_tab("app", NULL);
        run();
        CHECK_ROW(i, answer(names[i], "alice-pw") == FLOW_DONE);
        CHECK_ROW(i, strcmp(res.user->username, "alice") == 0);
        CHECK_ROW(i, strcmp(res.acr, "1") == 0);
        CHECK_ROW(i, res.sso == NULL);
    }
}


static void
who_may_not_in_hears_why(void **state)
{
    (void) state;
    open_tab("app", NULL);
    run();
    assert_int_equal(answer("carol", "carol-pw"), FLOW_PAGE);
    assert_null(member("usernameError"));
    assert_string_equal(json_string_value(json_object_get(
        json_object_get(res.data, "message"), "text")),
        ab_err_row(AB_E_USER_DISABLED)->text);
    assert_int_equal(answer("dave", "dave-pw"), FLOW_ERROR);
    assert_int_equal(C->f.code, AB_E_FLOW_UNSUPPORTED);
    open_tab("app", NULL);
    run();
    assert_int_equal(answer("otto", "otto-pw"), FLOW_ERROR);
    assert_int_equal(C->f.code, AB_E_FLOW_UNSUPPORTED);
    open_tab("consenting", NULL);
    run();
    assert_int_equal(answer("alice", "alice-pw"), FLOW_ERROR);
    assert_int_equal(C->f.code, AB_E_FLOW_UNSUPPORTED);
    open_tab("broken", NULL);
    run();
    assert_int_equal(answer("alice", "alice-pw"), FLOW_ERROR);
    assert_int_equal(C->f.code, AB_E_FLOW_UNSUPPORTED);
    open_tab("denying", NULL);
    run();
    assert_int_equal(answer("alice", "alice-pw"), FLOW_ERROR);
    assert_int_equal(C->f.code, AB_E_FLOW_DENIED);
    open_tab("allowing", NULL);
    assert_int_equal(run(), FLOW_ERROR);
    assert_int_equal(C->f.code, AB_E_FLOW_FAILED);
}


static void
a_form_answers_only_what_waits(void **state)
{
    (void) state;
    open_tab("app", NULL);
    run();
    in.execution = "no-such-execution";
    in.is_action = true;
    assert_int_equal(run(), FLOW_ERROR);
    assert_int_equal(C->f.code, AB_E_PAGE_EXPIRED);
    open_tab("app", NULL);
    run();
    form[0] = (struct ab_param) { AB_S("cancel"), AB_S("1") };
    in.n_form = 1;
    in.is_action = true;
    assert_int_equal(run(), FLOW_CLIENT_ERROR);
    assert_string_equal(res.error, "access_denied");
}


/* T-LG9: after a restart nothing that was proven before counts. */
static void
a_restart_asks_everything_again(void **state)
{
    (void) state;
    open_tab("denying", NULL);
    run();
    answer("alice", "alice-pw");
    assert_non_null(tab->user_id);
    auth_tab_reset(tab);
    in.is_action = false;
    in.execution = NULL;
    in.n_form = 0;
    assert_int_equal(run(), FLOW_PAGE);
    assert_null(tab->user_id);
    assert_null(json_object_get(res.data, "usernameHidden"));
    assert_int_equal(answer("alice", "wrong"), FLOW_PAGE);
}


static void
a_kept_tab_goes_on_in_the_next_request(void **state)
{
    struct auth_tab  *again;

    (void) state;
    open_tab("app", NULL);
    run();
    assert_int_equal(auth_tab_load(C, &root, tab->tab_id, &again), AB_OK);
    assert_string_equal(again->execution, tab->execution);
    assert_string_equal(again->code, tab->code);
    in.tab = tab = again;
    assert_int_equal(answer("alice", "alice-pw"), FLOW_DONE);
}


/* ---- sessions ---------------------------------------------------------- */

static void
give_session(const char *name)
{
    struct signed_in       out;
    const struct session  *s;
    struct sign_in         si = {
        .realm = fx.realm, .user = realm_fixture_user(&fx, name),
        .client = client, .auth_time = clock_now_s(), .acr = "1",
        .scope = "openid", .redirect_uri = tab->redirect_uri
    };

    assert_int_equal(session_sign_in(C, &si, &out), AB_OK);
    assert_int_equal(session_load(C, fx.realm, out.sid, &s), AB_OK);
    in.sso = s;
    in.sso_user = si.user;
}


static void
a_session_signs_in_by_itself(void **state)
{
    (void) state;
    open_tab("app", NULL);
    give_session("alice");
    in.idp_hint = "up";             /* a session wins over a hint */
    assert_int_equal(run(), FLOW_DONE);
    assert_string_equal(res.acr, "0");
    assert_ptr_equal(res.sso, in.sso);
    open_tab("app", NULL);
    give_session("dave");
    assert_int_equal(run(), FLOW_ERROR);
    open_tab("app", NULL);
    give_session("dave");
    in.is_passive = true;
    assert_int_equal(run(), FLOW_CLIENT_ERROR);
    assert_string_equal(res.error, "interaction_required");
}


static void
signing_in_again_keeps_the_user(void **state)
{
    const json_t  *list;

    (void) state;
    open_tab("app", "login");
    give_session("alice");
    assert_int_equal(run(), FLOW_PAGE);
    assert_true(json_is_true(json_object_get(res.data, "usernameHidden")));
    assert_string_equal(member("username"), "alice");
    list = json_object_get(res.data, "providers");
    assert_int_equal(json_array_size(list), 1);     /* linked ones only */
    assert_int_equal(answer("carol", "carol-pw"), FLOW_PAGE);
    assert_non_null(member("passwordError"));
    assert_null(member("usernameError"));
    assert_int_equal(answer("carol", "alice-pw"), FLOW_DONE);
    assert_string_equal(res.user->username, "alice");
    assert_string_equal(res.acr, "1");
    assert_ptr_equal(res.sso, in.sso);
}


static void
another_users_session_is_not_taken_over(void **state)
{
    (void) state;
    open_tab("app", NULL);
    run();
    give_session("dave");           /* in another tab meanwhile */
    assert_int_equal(answer("alice", "alice-pw"), FLOW_ERROR);
    assert_int_equal(C->f.code, AB_E_USER_OTHER);
}


static void
a_level_asked_for_is_proved_anew(void **state)
{
    (void) state;
    open_tab("app", NULL);
    give_session("alice");
    assert_int_equal(auth_note_set(C, tab->client_notes, "acr_values", "1"),
                     AB_OK);
    assert_int_equal(run(), FLOW_PAGE);
    open_tab("app", NULL);
    assert_int_equal(auth_note_set(C, tab->client_notes, "claims",
        "{\"id_token\":{\"acr\":{\"essential\":true,\"values\":[\"2\"]}}}"),
        AB_OK);
    run();
    assert_int_equal(answer("alice", "alice-pw"), FLOW_CLIENT_ERROR);
    assert_string_equal(res.error, "unmet_authentication_requirements");
}


/* ---- identity providers (broker.md 6.2, 6.4) --------------------------- */

static void
hints_and_defaults(void **state)
{
    static const struct {
        const char      *client, *hint, *message;
        bool             is_passive;
        enum flow_next   want;
        const char      *alias;
    } rows[] = {
        { "app", NULL, NULL, false, FLOW_PAGE, NULL },
        { "app", "up", NULL, false, FLOW_REDIRECT, "up" },
        { "app", "hidden", NULL, false, FLOW_REDIRECT, "hidden" },
        { "app", "linkonly", NULL, false, FLOW_REDIRECT, "linkonly" },
        { "app", "UP", NULL, false, FLOW_PAGE, NULL },
        { "app", " up", NULL, false, FLOW_PAGE, NULL },
        { "app", "off", NULL, false, FLOW_PAGE, NULL },
        { "app", "nope", NULL, false, FLOW_PAGE, NULL },
        { "app", "", NULL, false, FLOW_PAGE, NULL },
        { "def", NULL, NULL, false, FLOW_REDIRECT, "up" },
        { "def", "first", NULL, false, FLOW_REDIRECT, "first" },
        { "def", "", NULL, false, FLOW_PAGE, NULL },
        { "def", "nope", NULL, false, FLOW_PAGE, NULL },
        { "def", "off", NULL, false, FLOW_PAGE, NULL },
        { "def", NULL, "It went wrong.", false, FLOW_PAGE, NULL },
        { "app", NULL, NULL, true, FLOW_CLIENT_ERROR, NULL },
        { "app", "up", NULL, true, FLOW_CLIENT_ERROR, NULL },
        { "app", "nope", NULL, true, FLOW_CLIENT_ERROR, NULL },
        { "app", "quiet", NULL, true, FLOW_REDIRECT, "quiet" },
        { "def", NULL, NULL, true, FLOW_CLIENT_ERROR, NULL },
    };
    const char  *want;
    size_t       i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        open_tab(rows[i].client, NULL);
        in.idp_hint = rows[i].hint;
        in.message = rows[i].message;
        in.is_passive = rows[i].is_passive;
        CHECK_ROW(i, run() == rows[i].want);
        if (rows[i].want == FLOW_CLIENT_ERROR) {
            CHECK_ROW(i, strcmp(res.error, "login_required") == 0);
        }
        if (rows[i].want != FLOW_REDIRECT) {
            continue;
        }
        want = arena_printf(C->a, FIXTURE_BASE "/realms/flows/broker/%s/login"
                            "?session_code=%s&client_id=%s&tab_id=%s",
                            rows[i].alias, tab->code, rows[i].client,
                            tab->tab_id);
        CHECK_ROW(i, strncmp(res.url, want, strlen(want)) == 0);
        CHECK_ROW(i, (auth_note(tab->auth_notes, "FORWARDED_PASSIVE_LOGIN")
                      != NULL) == rows[i].is_passive);
    }
}


static void
after_an_upstream_error_the_form_comes(void **state)
{
    (void) state;
    open_tab("def", NULL);
    assert_int_equal(run(), FLOW_REDIRECT);
    in.message = "Access denied when authenticating with Upstream";
    assert_int_equal(run(), FLOW_PAGE);
    assert_string_equal(json_string_value(json_object_get(
        json_object_get(res.data, "message"), "type")), "error");
    in.message = NULL;
    assert_int_equal(answer("alice", "alice-pw"), FLOW_DONE);
}


static void
a_login_hint_fills_in_and_goes_along(void **state)
{
    (void) state;
    open_tab("app", NULL);
    auth_note_set(C, tab->client_notes, "login_hint", "bob smith");
    run();
    assert_string_equal(member("username"), "bob smith");
    open_tab("app", NULL);
    auth_note_set(C, tab->client_notes, "login_hint", "bob smith");
    in.idp_hint = "up";
    assert_int_equal(run(), FLOW_REDIRECT);
    assert_non_null(strstr(res.url, "&login_hint=bob%20smith"));
    open_tab("app", NULL);
    in.remember = "carol";
    run();
    assert_string_equal(member("username"), "carol");
    assert_true(json_is_true(json_object_get(
        json_object_get(res.data, "rememberMe"), "checked")));
}


/* ---- first sign-ins ---------------------------------------------------- */

static void
come_from(const char *id, const char *username, const char *email)
{
    const struct idp  *idp;
    struct brokered    who = {
        .alias = "up", .id = id, .username = username, .email = email,
        .first_name = "New", .last_name = "Comer", .email_verified = 1
    };

    open_tab("app", NULL);
    tab->flow_path = "first-broker-login";
    assert_int_equal(idp_by_alias(C, fx.realm, "up", &idp), AB_OK);
    who.idp_id = idp->id;
    who.broker_user = arena_printf(C->a, "up.%s", id);
    who.attributes = doc_own(C, json_object());
    who.notes = doc_own(C, json_object());
    who.claims = who.notes;
    if (context_save(C, tab, &who) != AB_OK) {
        fail_msg("context: %s", C->f.detail);
    }
}


static void
somebody_new_gets_a_user(void **state)
{
    const struct idp   *idp;
    const struct user  *user;

    (void) state;
    come_from("new-1", "newbie", "newbie@example.org");
    if (run() != FLOW_DONE) {
        fail_msg("%d: %s", (int) C->f.code, C->f.detail);
    }
    assert_string_equal(res.user->username, "newbie");
    assert_int_equal(idp_by_alias(C, fx.realm, "up", &idp), AB_OK);
    assert_int_equal(user_by_link(C, fx.realm, idp, "new-1", &user), AB_OK);
    assert_string_equal(user->id, res.user->id);
}


static void
a_clash_shows_what_is_taken_and_changes_nothing(void **state)
{
    static const struct {
        const char  *id, *username, *email, *member, *value;
    } rows[] = {
        { "c-1", "newname", "alice@example.org", "isEmail",
          "alice@example.org" },
        { "c-2", "alice", "other@example.org", "isUsername", "alice" },
        { "c-3", "alice", "alice@example.org", "isEmail",
          "alice@example.org" },
    };
    const struct idp   *idp;
    const struct user  *user;
    size_t              i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        come_from(rows[i].id, rows[i].username, rows[i].email);
        CHECK_ROW(i, run() == FLOW_ERROR);
        CHECK_ROW(i, C->f.code == AB_E_USER_CLASH);
        CHECK_ROW(i, strcmp(res.page, "idp-clash") == 0);
        CHECK_ROW(i, strcmp(member("provider"), "Upstream") == 0);
        CHECK_ROW(i, json_is_true(json_object_get(res.data,
                                                  rows[i].member)));
        CHECK_ROW(i, strcmp(member("value"), rows[i].value) == 0);
        CHECK_ROW(i, member("restartUrl") != NULL);
        fail_clear(&C->f);
        assert_int_equal(idp_by_alias(C, fx.realm, "up", &idp), AB_OK);
        CHECK_ROW(i, user_by_link(C, fx.realm, idp, rows[i].id, &user)
                     == AB_E_USER_ABSENT);
        fail_clear(&C->f);
        CHECK_ROW(i, user_by_username(C, fx.realm, "newname", &user)
                     == AB_E_USER_ABSENT);
    }
}


/* Who was sent on with prompt=none meets no page. */
static void
a_passive_first_sign_in_asks_nothing(void **state)
{
    (void) state;
    come_from("p-1", "alice", "x@example.org");
    assert_int_equal(auth_note_set(C, tab->auth_notes,
                                   "FORWARDED_PASSIVE_LOGIN", "true"),
                     AB_OK);
    assert_int_equal(run(), FLOW_CLIENT_ERROR);
    assert_string_equal(res.error, "interaction_required");
}


/* T-LG9: a flow that a provider wants afterwards is never passed over. */
static void
a_flow_wanted_afterwards_is_not_skipped(void **state)
{
    (void) state;
    open_tab("app", NULL);
    auth_note_set(C, tab->user_notes, NOTE_IDP, "up");
    assert_int_equal(flow_finish(C, &in, realm_fixture_user(&fx, "alice"),
                                 &res), AB_OK);
    assert_int_equal(res.next, FLOW_DONE);
    auth_note_set(C, tab->user_notes, NOTE_IDP, "posted");
    assert_int_equal(flow_finish(C, &in, realm_fixture_user(&fx, "alice"),
                                 &res), AB_OK);
    assert_int_equal(res.next, FLOW_ERROR);
    assert_int_equal(C->f.code, AB_E_FLOW_UNSUPPORTED);
}


static void
a_first_sign_in_needs_an_identity(void **state)
{
    (void) state;
    open_tab("app", NULL);
    tab->flow_path = "first-broker-login";
    fail_clear(&C->f);
    assert_true(flow_run(C, &in, &res) != AB_OK || res.next == FLOW_ERROR);
    assert_int_not_equal(C->f.code, AB_OK);
}


/* Whatever fails in the middle: never a sign-in, never half a page. */
static void
a_fault_anywhere_lets_nobody_in(void **state)
{
    void        (*const  arm[])(long n) = { fault_alloc_at, fault_store_at };
    enum ab_err   e;
    size_t        k, faults = 0;
    long          n;
    bool          hit;

    (void) state;
    for (k = 0; k < ROWS(arm); k++) {
        for (n = 0, hit = true; hit && n < 3000; n++) {
            open_tab("app", "login");
            give_session("alice");
            memset(&res, 0, sizeof(res));
            arm[k](n);
            e = flow_run(C, &in, &res);
            hit = fault_was_hit();
            arm[k](-1);
            if (e == AB_OK && res.next != FLOW_PAGE
                && res.next != FLOW_ERROR)
            {
                fail_msg("fault %ld: %d", n, (int) res.next);
            }
            assert_true(e != AB_OK || res.next != FLOW_PAGE
                        || member("loginAction") != NULL);
            faults += hit;
        }
    }
    assert_true(faults > 3);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("a first view is the login page",
             a_first_view_is_the_login_page),
        TEST("T-LG10: a wrong answer tells nothing",
             a_wrong_answer_tells_nothing),
        TEST("the right answer signs in", the_right_answer_signs_in),
        TEST("who may not in hears why", who_may_not_in_hears_why),
        TEST("a form answers only what waits",
             a_form_answers_only_what_waits),
        TEST("T-LG9: a restart asks everything again",
             a_restart_asks_everything_again),
        TEST("a kept tab goes on in the next request",
             a_kept_tab_goes_on_in_the_next_request),
        TEST("a session signs in by itself", a_session_signs_in_by_itself),
        TEST("signing in again keeps the user",
             signing_in_again_keeps_the_user),
        TEST("another user's session is not taken over",
             another_users_session_is_not_taken_over),
        TEST("a level asked for is proved anew",
             a_level_asked_for_is_proved_anew),
        TEST("hints and defaults", hints_and_defaults),
        TEST("after an upstream error the form comes",
             after_an_upstream_error_the_form_comes),
        TEST("a login hint fills in and goes along",
             a_login_hint_fills_in_and_goes_along),
        TEST("somebody new gets a user", somebody_new_gets_a_user),
        TEST("a clash shows what is taken and changes nothing",
             a_clash_shows_what_is_taken_and_changes_nothing),
        TEST("a passive first sign-in asks nothing",
             a_passive_first_sign_in_asks_nothing),
        TEST("T-LG9: a flow wanted afterwards is not skipped",
             a_flow_wanted_afterwards_is_not_skipped),
        TEST("a first sign-in needs an identity",
             a_first_sign_in_needs_an_identity),
        TEST("a fault anywhere lets nobody in",
             a_fault_anywhere_lets_nobody_in),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
