/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_broker.c - from a login's first redirect to a local user, over a real
 * Redis: T-LG6, T-BR4, T-BR5, T-BR6, T-BR8, T-BR17, T-BR18.
 */
#include "model/model_fixture.h"
#include "test_provider.h"

#include "broker/begin.h"
#include "broker/callback.h"
#include "broker/identity.h"
#include "broker/logout.h"

#define THREADS  24

static struct test_provider  p;
static struct model_fixture  m;
static struct options        opt;
static const struct realm   *realm;
static const struct client  *client;

#define IDP(alias, more, config)                                            \
    "{\"alias\":\"" alias "\",\"providerId\":\"oidc\"" more ",\"config\":{" \
    "\"clientId\":\"cid\",\"clientSecret\":\"s3cret\",\"issuer\":\"@\","    \
    "\"authorizationUrl\":\"@/auth\",\"tokenUrl\":\"@/token\","             \
    "\"userInfoUrl\":\"@/userinfo\",\"jwksUrl\":\"@/jwks\","                \
    "\"useJwksUrl\":\"true\",\"logoutUrl\":\"@/logout\"" config "}}"

/* '@' becomes the provider's address. */
static const char  realm_text[] =
    "{\"realm\":\"acme\",\"enabled\":true,\"sslRequired\":\"none\","
    "\"clients\":[{\"clientId\":\"app\",\"publicClient\":true,"
    "\"redirectUris\":[\"http://app.example/cb\"]},"
    "{\"clientId\":\"a-client-of-16-b\",\"publicClient\":true}],"
    "\"users\":[{\"username\":\"taken\",\"email\":\"taken{at}up.example\","
    "\"enabled\":true},"
    "{\"username\":\"mail{at}up.example\",\"enabled\":true},"
    "{\"username\":\"gone\",\"enabled\":false,\"federatedIdentities\":["
    "{\"identityProvider\":\"up\",\"userId\":\"sub-gone\","
    "\"userName\":\"gone\"}]}],"
    "\"identityProviders\":["
    IDP("up", "", "") ","
    IDP("trust", ",\"trustEmail\":true", "") ","
    IDP("force", ",\"trustEmail\":true", ",\"syncMode\":\"FORCE\"") ","
    IDP("import", "", ",\"syncMode\":\"IMPORT\"") ","
    IDP("off", ",\"enabled\":false", "") ","
    IDP("linkonly", ",\"linkOnly\":true", "") ","
    IDP("short", "", ",\"requiresShortStateParameter\":\"true\"") ","
    IDP("a", "", "") "," IDP("a_b", "", "") ","
    "{\"alias\":\"strange\",\"providerId\":\"saml\",\"config\":{}}]}";


static void
renew(void)
{
    model_renew(&m, 10000);
    assert_int_equal(realm_by_name(m.c, "acme", &realm), AB_OK);
    assert_int_equal(client_by_client_id(m.c, realm, "app", &client), AB_OK);
}


static const struct idp *
provider(const char *alias)
{
    const struct idp  *idp;

    assert_int_equal(idp_by_alias(m.c, realm, alias, &idp), AB_OK);
    return idp;
}


static struct auth_tab *
new_tab(struct auth_root *root)
{
    struct auth_tab  *tab;

    assert_int_equal(auth_root_new(m.c, realm, NULL, root), AB_OK);
    assert_int_equal(auth_tab_new(m.c, realm, root, client, &tab), AB_OK);
    tab->redirect_uri = "http://app.example/cb";
    tab->response_type = "code";
    tab->state = "s1";
    tab->flow_path = "authenticate";
    tab->action = AUTH_ACTION_AUTHENTICATE;
    return tab;
}


static struct brokered
person(const struct idp *idp, const char *sub, const char *username,
    const char *email)
{
    struct brokered  b = {
        .alias = idp->alias, .idp_id = idp->id, .id = sub,
        .username = username, .email = email, .first_name = "Ann",
        .last_name = "Up", .email_verified = -1,
        .broker_user = arena_printf(m.c->a, "%s.%s", idp->alias, sub),
        .broker_sid = "x.sid", .id_token = "tok", .auth_time = 1700000000,
    };

    b.attributes = json_object();
    b.notes = json_pack("{s:s}", "FEDERATED_TOKEN_EXPIRATION", "17");
    arena_own(m.c->a, b.attributes, (void (*)(void *)) json_decref);
    arena_own(m.c->a, b.notes, (void (*)(void *)) json_decref);
    return b;
}


/* ---- there and back -------------------------------------------------------- */

/* One value of a query, decoded. */
static const char *
query_value(const char *url, const char *name)
{
    static struct ab_param   params[32];
    const struct ab_param   *hit;
    const char              *query = strchr(url, '?') + 1;
    char                    *mem = arena_alloc(m.c->a, strlen(query) + 1);
    size_t                   n;

    assert_int_equal(ab_form_parse(ab_slice_str(query), mem, params, 32, &n),
                     AB_OK);
    hit = ab_form_find(params, n, name, NULL);
    return hit == NULL ? NULL : arena_dup(m.c->a, hit->value);
}


static enum ab_err
answer(const char *alias, struct auth_tab *tab, struct broker_answer *ret)
{
    struct ab_param  code = { AB_S("code"), AB_S("c1") };

    return broker_callback(m.c, realm, provider(alias), client, tab, &code, 1,
                           ret);
}


static void
a_login_goes_there_and_back(void **state)
{
    struct auth_root      root;
    struct auth_tab      *tab;
    struct broker_state   s;
    struct broker_answer  a;
    const struct user    *user;
    const char           *url, *text;

    (void) state;
    renew();
    tp_reset(&p);
    tab = new_tab(&root);
    assert_int_equal(broker_begin(m.c, realm, provider("up"), client, tab,
                                  "zoe", &url), AB_OK);
    text = query_value(url, "state");
    assert_int_equal(broker_state_parse(m.c, realm, text, &s), AB_OK);
    assert_string_equal(s.client->client_id, "app");
    assert_non_null(s.client_data);
    assert_int_equal(strlen(s.code), 43);
    assert_string_equal(query_value(url, "redirect_uri"),
        "http://id.localhost:8080/realms/acme/broker/up/endpoint");
    /* what was saved is what comes back */
    assert_int_equal(auth_tab_load(m.c, &root, s.tab_id, &tab), AB_OK);
    assert_string_equal(auth_note(tab->client_notes, "login_hint"), "zoe");
    json_object_set_new(p.claims, "nonce", json_string(query_value(url,
                                                                   "nonce")));
    assert_int_equal(auth_tab_take_code(m.c, tab, s.code), AB_OK);
    assert_int_equal(answer("up", tab, &a), AB_OK);
    assert_int_equal(a.next, BROKER_IDENTITY);
    assert_int_equal(broker_identify(m.c, realm, provider("up"), tab, &a.who,
                                     &user), AB_OK);
    assert_null(user);
    assert_string_equal(tab->flow_path, "first-broker-login");
    /* the state was taken: not a second time (T-BR6) */
    assert_int_equal(auth_tab_take_code(m.c, tab, s.code),
                     AB_E_PAGE_EXPIRED);
}


static void
a_state_counts_for_its_provider_only(void **state)
{
    struct auth_root      root;
    struct auth_tab      *tab;
    struct broker_answer  a;
    const char           *url;
    int                   hits = atomic_load(&p.n_token);

    (void) state;
    renew();
    tab = new_tab(&root);
    assert_int_equal(broker_begin(m.c, realm, provider("up"), client, tab,
                                  NULL, &url), AB_OK);
    assert_int_equal(answer("trust", tab, &a), AB_E_IDP_STATE);
    assert_int_equal(atomic_load(&p.n_token), hits);
}


static void
only_usable_providers_are_sent_to(void **state)
{
    static const char *const  aliases[] = { "off", "linkonly", "strange" };
    struct auth_root          root;
    struct auth_tab          *tab;
    const char               *url;
    size_t                    i;

    (void) state;
    renew();
    tab = new_tab(&root);
    for (i = 0; i < 3; i++) {
        fail_clear(&m.c->f);
        CHECK_ROW(i, broker_begin(m.c, realm, provider(aliases[i]), client,
                                  tab, NULL, &url) == AB_E_IDP_REFUSED);
    }
}


static void
a_provider_that_always_expires_is_asked_thrice(void **state)
{
    struct ab_param       params[] = {
        { AB_S("error"), AB_S("temporarily_unavailable") },
        { AB_S("error_description"), AB_S("authentication_expired") },
    };
    struct auth_root      root;
    struct auth_tab      *tab;
    struct broker_answer  a;
    const char           *url;
    int                   i;

    (void) state;
    renew();
    tab = new_tab(&root);
    assert_int_equal(broker_begin(m.c, realm, provider("up"), client, tab,
                                  NULL, &url), AB_OK);
    for (i = 0; i < 4; i++) {
        assert_int_equal(broker_callback(m.c, realm, provider("up"), client,
                                         tab, params, 2, &a), AB_OK);
        CHECK_ROW(i, a.next == (i < 3 ? BROKER_RETRY : BROKER_FORM));
    }
}


static void
login_urls_name_the_login(void **state)
{
    struct auth_root   root;
    struct auth_tab   *tab;
    const char        *url;

    (void) state;
    renew();
    tab = new_tab(&root);
    assert_int_equal(auth_tab_new_code(m.c, tab), AB_OK);
    url = broker_login_url(m.c, realm, provider("up"), client, tab);
    assert_int_equal(strncmp(url, "http://id.localhost:8080/realms/acme/"
                             "broker/up/login?", 53), 0);
    assert_string_equal(query_value(url, "session_code"), tab->code);
    assert_string_equal(query_value(url, "tab_id"), tab->tab_id);
    assert_string_equal(query_value(url, "client_id"), "app");
    assert_non_null(query_value(url, "client_data"));
}


static const struct {
    const char   *state;
    enum ab_err   err;
} states[] = {
    { "", AB_E_BAD_REQUEST },
    { "abc", AB_E_BAD_REQUEST },
    { "abc.def", AB_E_BAD_REQUEST },
    { "..", AB_E_BAD_REQUEST },
    { "a.b.", AB_E_BAD_REQUEST },
    { "a.b.YXBw.", AB_E_BAD_REQUEST },
    { "a.b.YXBw.x.y", AB_E_BAD_REQUEST },
    { "a.b.Y.x", AB_E_BAD_REQUEST },
    { "a b.c.YXBw", AB_E_BAD_REQUEST },
    { "a.b.YX%42w", AB_E_BAD_REQUEST },
    { "a.b.bm9ib2R5", AB_E_CLIENT_ABSENT },     /* nobody */
    { "a.b.YXBwAA", AB_E_CLIENT_ABSENT },       /* "app" and a NUL */
    { "a.b.AAAAAAAAAAAAAAAAAAAAAA", AB_E_CLIENT_ABSENT },
    { "a.b.YXBw", AB_OK },                      /* app */
    { "a.b.YXBw.e30", AB_OK },
    { "a.b.YS1jbGllbnQtb2YtMTYtYg", AB_OK },    /* a-client-of-16-b */
};


static void
states_are_taken_apart_strictly(void **state)
{
    struct broker_state  s;
    size_t               i;

    (void) state;
    renew();
    for (i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        fail_clear(&m.c->f);
        CHECK_ROW(i, broker_state_parse(m.c, realm, states[i].state, &s)
                     == states[i].err);
    }
}


static void
a_short_state_has_three_parts(void **state)
{
    struct auth_root   root;
    const char        *url, *text;

    (void) state;
    renew();
    assert_int_equal(broker_begin(m.c, realm, provider("short"), client,
                                  new_tab(&root), NULL, &url), AB_OK);
    text = query_value(url, "state");
    assert_int_equal(strlen(text), 43 + 1 + 11 + 1 + 22);
}


/* ---- first sign-in ---------------------------------------------------------- */

static void
the_context_comes_back_as_it_was_kept(void **state)
{
    struct auth_root    root;
    struct auth_tab    *tab;
    struct brokered     who, back;
    const struct user  *user;

    (void) state;
    renew();
    tab = new_tab(&root);
    assert_int_equal(broker_context_load(m.c, tab, &back), AB_E_NOT_FOUND);
    fail_clear(&m.c->f);
    who = person(provider("up"), "sub-ctx", "ctx", "ctx@up.example");
    assert_int_equal(auth_note_set(m.c, tab->auth_notes,
                                   "FORWARDED_PASSIVE_LOGIN", "true"), AB_OK);
    assert_int_equal(broker_identify(m.c, realm, provider("up"), tab, &who,
                                     &user), AB_OK);
    assert_null(user);
    assert_int_equal(auth_tab_load(m.c, &root, tab->tab_id, &tab), AB_OK);
    assert_string_equal(auth_note(tab->auth_notes, "ATTEMPTED_USERNAME"),
                        "ctx");
    assert_string_equal(auth_note(tab->auth_notes,
                                  "FORWARDED_PASSIVE_LOGIN"), "true");
    assert_int_equal(broker_context_load(m.c, tab, &back), AB_OK);
    assert_string_equal(back.alias, "up");
    assert_string_equal(back.idp_id, provider("up")->id);
    assert_string_equal(back.id, "sub-ctx");
    assert_string_equal(back.username, "ctx");
    assert_string_equal(back.email, "ctx@up.example");
    assert_string_equal(back.first_name, "Ann");
    assert_string_equal(back.last_name, "Up");
    assert_string_equal(back.broker_user, "up.sub-ctx");
    assert_string_equal(back.id_token, "tok");
    assert_null(back.local_username);
    assert_int_equal(back.email_verified, -1);
    assert_int_equal(back.auth_time, 1700000000);
    assert_string_equal(auth_note(back.notes, "FEDERATED_TOKEN_EXPIRATION"),
                        "17");
}


/* alias; name and mail at the provider; its word on the mail; then the local
 * user, NULL: a clash */
static const struct {
    const char  *alias, *sub, *username, *email;
    int          said;
    const char  *local;
    bool         verified;
} newcomers[] = {
    { "up",    "n1", "ann",    "ann@up.example",  1,  "ann",   false },
    { "trust", "n2", "bea",    "bea@up.example",  -1, "bea",   true },
    { "trust", "n3", "cleo",   "cleo@up.example", 1,  "cleo",  true },
    { "trust", "n4", "dora",   "dora@up.example", 0,  "dora",  false },
    { "trust", "n5", "edna",   NULL,              1,  "edna",  false },
    { "up",    "n6", " fay ",  NULL,              -1, "fay",   false },
    { "up",    "n7", "Gina",   NULL,              -1, "gina",  false },
    { "up",    "n8", "  ",     NULL,              -1, "up.n8", false },
    { "up",    "x1", "taken",  NULL,              -1, NULL,    false },
    { "up",    "x2", "TAKEN",  NULL,              -1, NULL,    false },
    { "up",    "x3", "hana",   "taken@up.example", 1, NULL,    false },
    { "trust", "x4", "hana",   "Taken@Up.example", 1, NULL,    false },
    { "trust", "x5", "hana",   "mail@up.example", 1,  NULL,    false },
    { "up",    "x6", "taken@up.example", NULL,    -1, NULL,    false },
};


static void
a_newcomer_becomes_a_user_or_clashes(void **state)
{
    const struct user  *user;
    struct brokered     who;
    enum ab_err         err;
    size_t              i;

    (void) state;
    for (i = 0; i < sizeof(newcomers) / sizeof(newcomers[0]); i++) {
        renew();
        who = person(provider(newcomers[i].alias), newcomers[i].sub,
                     newcomers[i].username, newcomers[i].email);
        who.email_verified = newcomers[i].said;
        err = broker_create_user(m.c, realm, provider(newcomers[i].alias),
                                 &who, &user);
        if (newcomers[i].local == NULL) {
            CHECK_ROW(i, err == AB_E_USER_CLASH);
            /* nothing was changed: nobody is linked */
            fail_clear(&m.c->f);
            CHECK_ROW(i, user_by_link(m.c, realm,
                                      provider(newcomers[i].alias), who.id,
                                      &user) == AB_E_USER_ABSENT);
            continue;
        }
        if (err != AB_OK) {
            fail_msg("row %zu: %s", i, m.c->f.detail);
        }
        CHECK_ROW(i, strcmp(user->username, newcomers[i].local) == 0);
        CHECK_ROW(i, user->email_verified == newcomers[i].verified);
        CHECK_ROW(i, user->enabled && json_array_size(user->roles) == 1);
        CHECK_ROW(i, user_by_link(m.c, realm, provider(newcomers[i].alias),
                                  who.id, &user) == AB_OK);
    }
}


/* T-BR5, T-BR18: switched off, or deleted and made again, in between. */
static void
a_provider_replaced_meanwhile_makes_no_user(void **state)
{
    const struct user  *user;
    struct brokered     who;
    struct idp          idp;

    (void) state;
    renew();
    who = person(provider("up"), "r1", "rae", NULL);
    idp = *provider("up");
    idp.enabled = false;
    assert_int_equal(broker_create_user(m.c, realm, &idp, &who, &user),
                     AB_E_IDP_REFUSED);
    fail_clear(&m.c->f);
    idp = *provider("up");
    idp.id = "another";
    assert_int_equal(broker_create_user(m.c, realm, &idp, &who, &user),
                     AB_E_IDP_REFUSED);
}


/* T-BR17: alias and subject never run together. */
static void
links_are_of_one_provider(void **state)
{
    const struct user  *user;
    struct brokered     who;

    (void) state;
    renew();
    who = person(provider("a_b"), "c", "first", NULL);
    assert_int_equal(broker_create_user(m.c, realm, provider("a_b"), &who,
                                        &user), AB_OK);
    assert_int_equal(user_by_link(m.c, realm, provider("a"), "b_c", &user),
                     AB_E_USER_ABSENT);
    assert_int_equal(user_by_link(m.c, realm, provider("a"), "c", &user),
                     AB_E_USER_ABSENT);
    assert_int_equal(user_by_link(m.c, realm, provider("a_b"), "C", &user),
                     AB_E_USER_ABSENT);
    assert_int_equal(user_by_link(m.c, realm, provider("a_b"), "c", &user),
                     AB_OK);
}


static void *
newcomer_thread(void *arg)
{
    struct ctx           c = m.fx.c;
    const struct realm  *r;
    const struct idp    *idp;
    const struct user   *user = NULL;
    struct brokered      who = {
        .alias = "up", .id = "sub-race", .username = "racer",
        .email = "racer@up.example", .email_verified = 1,
    };
    char                *id = NULL;

    (void) arg;
    c.a = arena_new(16 * 1024 * 1024);
    c.store = store_new(&m.fx.conf);
    c.deadline_ms = clock_mono_ms() + 20000;
    fail_clear(&c.f);
    if (realm_by_name(&c, "acme", &r) == AB_OK
        && idp_by_alias(&c, r, "up", &idp) == AB_OK)
    {
        who.idp_id = idp->id;
        who.attributes = json_object();
        if (broker_create_user(&c, r, idp, &who, &user) == AB_OK) {
            id = strdup(user->id);
        } else {
            print_error("%s: %s\n", ab_err_reason(c.f.code), c.f.detail);
        }
        json_decref(who.attributes);
    }
    store_free(c.store);
    arena_free(c.a);
    return id;
}


/* T-BR8 */
static void
parallel_first_logins_make_one_user(void **state)
{
    pthread_t  threads[THREADS];
    char      *ids[THREADS];
    int        i;

    (void) state;
    renew();
    for (i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, newcomer_thread, NULL);
    }
    for (i = 0; i < THREADS; i++) {
        void  *id;

        pthread_join(threads[i], &id);
        ids[i] = id;
    }
    for (i = 0; i < THREADS; i++) {
        CHECK_ROW(i, ids[i] != NULL && ids[0] != NULL
                     && strcmp(ids[i], ids[0]) == 0);
    }
    for (i = 0; i < THREADS; i++) {
        free(ids[i]);
    }
}


/* ---- somebody known ---------------------------------------------------------- */

static void
a_known_user_is_found_and_noted(void **state)
{
    struct auth_root    root;
    struct auth_tab    *tab;
    struct brokered     who;
    const struct user  *user;

    (void) state;
    renew();
    tab = new_tab(&root);
    who = person(provider("up"), "k1", "kim", "kim@up.example");
    assert_int_equal(broker_create_user(m.c, realm, provider("up"), &who,
                                        &user), AB_OK);
    assert_int_equal(broker_identify(m.c, realm, provider("up"), tab, &who,
                                     &user), AB_OK);
    assert_string_equal(user->username, "kim");
    assert_int_equal(broker_notes(m.c, tab, provider("up"), &who), AB_OK);
    assert_string_equal(auth_note(tab->user_notes, NOTE_IDP), "up");
    assert_string_equal(auth_note(tab->user_notes, NOTE_IDP_IDENTITY),
                        "kim");
    assert_string_equal(auth_note(tab->user_notes,
                                  "FEDERATED_TOKEN_EXPIRATION"), "17");
    assert_string_equal(auth_note(tab->auth_notes, NOTE_IDP_ID),
                        provider("up")->id);
    assert_string_equal(auth_note(tab->auth_notes, NOTE_BROKER_USER),
                        "up.k1");
    assert_string_equal(auth_note(tab->auth_notes, NOTE_BROKER_SID),
                        "x.sid");
    assert_string_equal(auth_note(tab->auth_notes, NOTE_BROKER_ID_TOKEN),
                        "tok");
}


static void
a_disabled_user_stays_out(void **state)
{
    struct auth_root    root;
    struct auth_tab    *tab;
    struct brokered     who;
    const struct user  *user;

    (void) state;
    renew();
    tab = new_tab(&root);
    who = person(provider("up"), "sub-gone", "gone", NULL);
    assert_int_equal(broker_identify(m.c, realm, provider("up"), tab, &who,
                                     &user), AB_E_USER_DISABLED);
}


/* broker.md section 19: what a second login changes. */
static const struct {
    const char  *alias, *sub;
    const char  *first, *last, *email, *username;   /* of the second login */
    const char  *want_first, *want_email;
    enum ab_err  err;
} updates[] = {
    { "import", "u1", "New", "Up", "u1-new@up.example", "u1x", "Ann", "u1@up.example", AB_OK },
    { "force",  "u2", "New", "Up", "u2-new@up.example", "u2x", "New", "u2-new@up.example", AB_OK },
    { "force",  "u3", NULL,  NULL, NULL,                "u3",  "Ann", "u3@up.example", AB_OK },
    { "force",  "u4", "Ann", "Up", "U4@UP.example",     "u4",  "Ann", "u4@up.example", AB_OK },
    { "force",  "u5", "New", "Up", "taken@up.example",  "u5",  NULL, NULL, AB_E_USER_CLASH },
    { "up",     "u6", "New", "Up", "u6-new@up.example", "u6",  "Ann", "u6@up.example", AB_OK },
};


static void
sync_modes_update_as_they_say(void **state)
{
    struct auth_root    root;
    struct brokered     who;
    const struct user  *user;
    const struct idp   *idp;
    char                mail[64];
    size_t              i;

    (void) state;
    for (i = 0; i < sizeof(updates) / sizeof(updates[0]); i++) {
        renew();
        idp = provider(updates[i].alias);
        snprintf(mail, sizeof(mail), "%s@up.example", updates[i].sub);
        who = person(idp, updates[i].sub, updates[i].sub, mail);
        assert_int_equal(broker_create_user(m.c, realm, idp, &who, &user),
                         AB_OK);
        who.first_name = updates[i].first;
        who.last_name = updates[i].last;
        who.email = updates[i].email;
        who.username = updates[i].username;
        if (broker_identify(m.c, realm, idp, new_tab(&root), &who, &user)
            != updates[i].err)
        {
            fail_msg("row %zu: %s", i, m.c->f.detail);
        }
        if (updates[i].err != AB_OK) {
            continue;
        }
        assert_int_equal(user_by_id(m.c, realm, user->id, &user), AB_OK);
        CHECK_ROW(i, strcmp(user->first_name, updates[i].want_first) == 0);
        CHECK_ROW(i, strcmp(user->email, updates[i].want_email) == 0);
        CHECK_ROW(i, strcmp(user->username, updates[i].sub) == 0);
    }
}


static void
a_link_only_provider_identifies_nobody(void **state)
{
    struct auth_root    root;
    struct brokered     who;
    const struct user  *user;

    (void) state;
    renew();
    who = person(provider("linkonly"), "l1", "lou", NULL);
    assert_int_equal(broker_identify(m.c, realm, provider("linkonly"),
                                     new_tab(&root), &who, &user),
                     AB_E_IDP_LINK_ONLY);
}


static void
a_logout_tells_the_provider_of_the_session(void **state)
{
    static const struct {
        const char  *idp;
        bool         wanted;
    } table[] = {
        { "up", true }, { NULL, false }, { "off", false },
        { "no-more", false }, { "strange", false },
    };
    struct session_x  x = { .id_token = "tok" };
    const char       *url;
    size_t            i;

    (void) state;
    renew();
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        x.idp = table[i].idp;
        assert_int_equal(broker_logout_url(m.c, realm, "SID", &x, &url),
                         AB_OK);
        CHECK_ROW(i, (url != NULL) == table[i].wanted);
    }
}


/* ---- start ------------------------------------------------------------------- */

/* '@' to the provider's address, "{at}" to '@'. */
static char *
realm_of(const char *base)
{
    size_t       size = sizeof(realm_text) + 200 * strlen(base), n = 0;
    char        *out = calloc(1, size);
    const char  *s;

    for (s = realm_text; *s != '\0'; s++) {
        if (strncmp(s, "{at}", 4) == 0) {
            out[n++] = '@';
            s += 3;
        } else if (*s == '@') {
            n += (size_t) snprintf(out + n, size - n, "%s", base);
        } else {
            out[n++] = *s;
        }
    }
    return out;
}


static int
start(void **state)
{
    struct fail  f = { .code = AB_OK };
    char        *text;

    (void) state;
    tp_start(&p);
    model_start(&m);
    m.app.opt = &opt;
    m.app.jwks = jwks_cache_new();
    if (http_client_new(&f, &m.app, &m.app.http) != AB_OK) {
        return -1;
    }
    text = realm_of(p.base);
    model_import(&m, text);
    free(text);
    return 0;
}


static int
stop(void **state)
{
    (void) state;
    arena_free(m.c->a);
    m.c->a = NULL;
    jwks_cache_free(m.app.jwks);
    http_client_free(m.app.http);
    model_stop(&m);
    tp_stop(&p);
    return 0;
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(a_login_goes_there_and_back),
        cmocka_unit_test(a_state_counts_for_its_provider_only),
        cmocka_unit_test(only_usable_providers_are_sent_to),
        cmocka_unit_test(a_provider_that_always_expires_is_asked_thrice),
        cmocka_unit_test(login_urls_name_the_login),
        cmocka_unit_test(states_are_taken_apart_strictly),
        cmocka_unit_test(a_short_state_has_three_parts),
        cmocka_unit_test(the_context_comes_back_as_it_was_kept),
        cmocka_unit_test(a_newcomer_becomes_a_user_or_clashes),
        cmocka_unit_test(a_provider_replaced_meanwhile_makes_no_user),
        cmocka_unit_test(links_are_of_one_provider),
        cmocka_unit_test(parallel_first_logins_make_one_user),
        cmocka_unit_test(a_known_user_is_found_and_noted),
        cmocka_unit_test(a_disabled_user_stays_out),
        cmocka_unit_test(sync_modes_update_as_they_say),
        cmocka_unit_test(a_link_only_provider_identifies_nobody),
        cmocka_unit_test(a_logout_tells_the_provider_of_the_session),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
