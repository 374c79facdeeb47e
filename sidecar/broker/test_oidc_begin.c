/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_oidc_begin.c - the authorization request, parameter by parameter
 * (broker.md section 10), and the address for a logout.
 */
#include "test_side.h"

static struct test_provider  p;
static struct test_side      side;

/*
 * config: patch of the settings; notes: client notes of the login; wanted:
 * the query, sorted by name, with BASE for the provider and <x> for what is
 * random; NULL: AB_E_IDP_CONFIG.
 */
static const struct {
    const char  *config, *notes, *wanted;
} rows[] = {
    { NULL, NULL, "client_id=cid&nonce=<x>&redirect_uri=U&response_type=code&scope=openid email&state=S" },
    { "{\"defaultScope\":\"!\"}", NULL, "client_id=cid&nonce=<x>&redirect_uri=U&response_type=code&scope=openid&state=S" },
    { "{\"defaultScope\":\"email\"}", NULL, "client_id=cid&nonce=<x>&redirect_uri=U&response_type=code&scope=openid email&state=S" },
    { "{\"defaultScope\":\"openidx email\"}", NULL, "client_id=cid&nonce=<x>&redirect_uri=U&response_type=code&scope=openidx email&state=S" },
    { "{\"disableNonce\":\"true\"}", NULL, "client_id=cid&redirect_uri=U&response_type=code&scope=openid email&state=S" },
    { "{\"pkceEnabled\":\"true\",\"pkceMethod\":\"S256\"}", NULL, "client_id=cid&code_challenge=<x>&code_challenge_method=S256&nonce=<x>&redirect_uri=U&response_type=code&scope=openid email&state=S" },
    { "{\"pkceEnabled\":\"true\",\"pkceMethod\":\"plain\"}", NULL, "client_id=cid&code_challenge=<x>&code_challenge_method=plain&nonce=<x>&redirect_uri=U&response_type=code&scope=openid email&state=S" },
    { "{\"pkceEnabled\":\"true\"}", NULL, NULL },
    { "{\"pkceEnabled\":\"true\",\"pkceMethod\":\"s256\"}", NULL, NULL },
    { "{\"pkceEnabled\":\"false\",\"pkceMethod\":\"S256\"}", NULL, "client_id=cid&nonce=<x>&redirect_uri=U&response_type=code&scope=openid email&state=S" },
    { NULL, "{\"login_hint\":\"zoe\",\"max_age\":\"9\",\"ui_locales\":\"de\"}", "client_id=cid&nonce=<x>&redirect_uri=U&response_type=code&scope=openid email&state=S" },
    { "{\"loginHint\":\"true\"}", "{\"login_hint\":\"zoe@up.example\"}", "client_id=cid&login_hint=zoe@up.example&nonce=<x>&redirect_uri=U&response_type=code&scope=openid email&state=S" },
    { "{\"passMaxAge\":\"true\"}", "{\"max_age\":\"007\"}", "client_id=cid&max_age=7&nonce=<x>&redirect_uri=U&response_type=code&scope=openid email&state=S" },
    { "{\"passMaxAge\":\"true\"}", "{\"max_age\":\"x\"}", "client_id=cid&nonce=<x>&redirect_uri=U&response_type=code&scope=openid email&state=S" },
    { "{\"uiLocales\":\"true\"}", "{\"ui_locales\":\"xx de-AT\"}", "client_id=cid&nonce=<x>&redirect_uri=U&response_type=code&scope=openid email&state=S&ui_locales=de" },
    { "{\"uiLocales\":\"true\"}", "{\"accept_language\":\"xx;q=1, fr-CA;q=0.5, de\"}", "client_id=cid&nonce=<x>&redirect_uri=U&response_type=code&scope=openid email&state=S&ui_locales=fr" },
    { "{\"uiLocales\":\"true\"}", NULL, "client_id=cid&nonce=<x>&redirect_uri=U&response_type=code&scope=openid email&state=S&ui_locales=en" },
    { NULL, "{\"prompt\":\"login consent\"}", "client_id=cid&nonce=<x>&prompt=login consent&redirect_uri=U&response_type=code&scope=openid email&state=S" },
    { "{\"prompt\":\"login\"}", "{\"prompt\":\"consent\"}", "client_id=cid&nonce=<x>&prompt=login&redirect_uri=U&response_type=code&scope=openid email&state=S" },
    { "{\"prompt\":\"\"}", "{\"prompt\":\"consent\"}", "client_id=cid&nonce=<x>&prompt=consent&redirect_uri=U&response_type=code&scope=openid email&state=S" },
    { NULL, "{\"acr_values\":\"gold silver\"}", "acr_values=gold silver&client_id=cid&nonce=<x>&redirect_uri=U&response_type=code&scope=openid email&state=S" },
    { "{\"forwardParameters\":\"foo , bar\"}", "{\"acr_values\":\"gold\",\"client_request_param_foo\":\"a b&c\",\"client_request_param_baz\":\"9\",\"client_request_param_bar\":\"\"}", "client_id=cid&foo=a b&c&nonce=<x>&redirect_uri=U&response_type=code&scope=openid email&state=S" },
    /* ours are never sent twice (T-LG10) */
    { "{\"forwardParameters\":\"state,prompt,client_id,nonce\"}", "{\"prompt\":\"login\",\"client_request_param_state\":\"evil\",\"client_request_param_nonce\":\"evil\"}", "client_id=cid&nonce=<x>&prompt=login&redirect_uri=U&response_type=code&scope=openid email&state=S" },
    { "{\"authorizationUrl\":\"https://up.example/a?kept=1&x=y%20z\"}", NULL, "client_id=cid&kept=1&nonce=<x>&redirect_uri=U&response_type=code&scope=openid email&state=S&x=y z" },
    { "{\"authorizationUrl\":\"https://up.example/a?prompt=login\"}", "{\"prompt\":\"none\"}", "client_id=cid&nonce=<x>&prompt=login&redirect_uri=U&response_type=code&scope=openid email&state=S" },
    { "{\"authorizationUrl\":\"https://up.example/a?state=1\"}", NULL, NULL },
    { "{\"authorizationUrl\":\"https://up.example/a?st%61te=1\"}", NULL, NULL },
    { "{\"authorizationUrl\":\"https://up.example/a#f\"}", NULL, NULL },
    { "{\"authorizationUrl\":\"javascript:alert(1)\"}", NULL, NULL },
    { "{\"authorizationUrl\":\"https://u:p@up.example/\"}", NULL, NULL },
    { "{\"clientId\":\"!\"}", NULL, NULL },
    { "{\"issuer\":\"!\"}", NULL, NULL },
    { "{\"issuer\":\" , \"}", NULL, NULL },
    { "{\"tokenUrl\":\"x\"}", NULL, NULL },
};


static int
by_name(const void *a, const void *b)
{
    const struct ab_param  *x = a, *y = b;
    size_t                  n = x->name.len < y->name.len ? x->name.len
                                                          : y->name.len;
    int                     d = memcmp(x->name.p, y->name.p, n);

    return d != 0 ? d : (x->name.len > y->name.len)
                        - (x->name.len < y->name.len);
}


/* The query sorted, random values as <x>. */
static void
shape(const char *url, char *out, size_t size)
{
    struct ab_param  params[32];
    const char      *query = strchr(url, '?') + 1;
    static char      mem[8192];
    size_t           i, n, len = 0;

    assert_int_equal(ab_form_parse(ab_slice_str(query), mem, params, 32, &n),
                     AB_OK);
    qsort(params, n, sizeof(params[0]), by_name);
    for (i = 0; i < n; i++) {
        bool  is_random = ab_slice_eq_str(params[i].name, "nonce")
                          || ab_slice_eq_str(params[i].name,
                                             "code_challenge");

        len += (size_t) snprintf(out + len, size - len, "%s%.*s=%.*s",
            i == 0 ? "" : "&", (int) params[i].name.len, params[i].name.p,
            is_random ? 3 : (int) params[i].value.len,
            is_random ? "<x>" : params[i].value.p);
    }
}


static enum ab_err
begin(const char *config, const char *notes, const char **ret_url)
{
    struct provider_begin  in = {
        .realm = &side.realm, .idp = &side.idp, .tab = &side.tab,
        .state = "S", .redirect_uri = "U",
    };

    side_config(&side, &p, config);
    side_renew(&side);
    tp_patch(side.tab.client_notes, notes);
    return provider_find("oidc")->begin(&side.c, &in, ret_url);
}


static void
requests_are_as_the_settings_say(void **state)
{
    const char  *url;
    char         got[8192];
    enum ab_err  err;
    size_t       i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        err = begin(rows[i].config, rows[i].notes, &url);
        if (rows[i].wanted == NULL) {
            CHECK_ROW(i, err == AB_E_IDP_CONFIG);
            continue;
        }
        if (err != AB_OK) {
            fail_msg("row %zu: %s", i, side.c.f.detail);
        }
        shape(url, got, sizeof(got));
        if (strcmp(got, rows[i].wanted) != 0) {
            fail_msg("row %zu:\n%s\n%s", i, got, rows[i].wanted);
        }
    }
}


static void
a_realm_without_languages_says_en(void **state)
{
    const char  *url;
    char         got[8192];

    (void) state;
    json_object_clear(side.realm_doc);
    assert_int_equal(begin("{\"uiLocales\":\"true\"}",
                           "{\"ui_locales\":\"de\"}", &url), AB_OK);
    shape(url, got, sizeof(got));
    assert_non_null(strstr(got, "&ui_locales=en"));
}


/* The challenge is the S256 of the kept verifier; the nonce is kept as it
 * was sent; both are new each time. */
static void
secrets_are_fresh_and_kept(void **state)
{
    const char  *url, *verifier, *nonce;
    char         first[128], digest[32], text[64], part[128];
    int          i;

    (void) state;
    for (i = 0; i < 2; i++) {
        assert_int_equal(begin("{\"pkceEnabled\":\"true\",\"pkceMethod\":"
                               "\"S256\"}", NULL, &url), AB_OK);
        verifier = auth_note(side.tab.client_notes, OIDC_NOTE_VERIFIER);
        nonce = auth_note(side.tab.client_notes, OIDC_NOTE_NONCE);
        assert_int_equal(strlen(verifier), 86);
        assert_int_equal(strlen(nonce), 22);
        EVP_Digest(verifier, strlen(verifier), (unsigned char *) digest, NULL,
                   EVP_sha256(), NULL);
        tp_b64(text, digest, sizeof(digest));
        snprintf(part, sizeof(part), "code_challenge=%s", text);
        assert_non_null(strstr(url, part));
        snprintf(part, sizeof(part), "nonce=%s", nonce);
        assert_non_null(strstr(url, part));
        if (i == 1) {
            assert_string_not_equal(first, verifier);
        }
        snprintf(first, sizeof(first), "%s", verifier);
    }
}


/* Endpoints that are missing come from discovery. */
static const struct {
    const char   *config, *discovery;
    enum ab_err   err;
} discoveries[] = {
    { "{\"authorizationUrl\":\"!\"}", NULL, AB_OK },
    { "{\"authorizationUrl\":\"!\",\"tokenUrl\":\"!\",\"jwksUrl\":\"!\"}", NULL, AB_OK },
    { "{\"authorizationUrl\":\"!\",\"issuer\":\"!\"}", NULL, AB_E_IDP_CONFIG },
    { "{\"authorizationUrl\":\"!\",\"issuer\":\"a,b\"}", NULL, AB_E_IDP_CONFIG },
    { "{\"authorizationUrl\":\"!\"}", "{\"issuer\":\"https://evil.example\"}", AB_E_IDP_ISSUER },
    { "{\"authorizationUrl\":\"!\"}", "{\"issuer\":\"!\"}", AB_E_IDP_ISSUER },
    { "{\"authorizationUrl\":\"!\"}", "{\"token_endpoint\":\"!\"}", AB_E_IDP_REPLY },
    { "{\"authorizationUrl\":\"!\"}", "{\"jwks_uri\":\"!\"}", AB_E_IDP_REPLY },
    { "{\"authorizationUrl\":\"!\"}", "{\"jwks_uri\":7}", AB_E_IDP_REPLY },
    { "{\"authorizationUrl\":\"!\"}", "{\"authorization_endpoint\":\"javascript:x\"}", AB_E_IDP_REPLY },
    { "{\"authorizationUrl\":\"!\"}", "{\"token_endpoint\":\"http://u:p@h/\"}", AB_E_IDP_REPLY },
    { "{\"authorizationUrl\":\"!\"}", "{\"userinfo_endpoint\":\"!\"}", AB_OK },
    { "{\"authorizationUrl\":\"!\"}", "{\"userinfo_endpoint\":[]}", AB_E_IDP_REPLY },
    /* nothing missing: nobody is asked */
    { NULL, "{\"issuer\":\"https://evil.example\"}", AB_OK },
};


static void
discovery_fills_what_is_missing(void **state)
{
    const char  *url;
    char         wanted[128];
    enum ab_err  err;
    size_t       i;

    (void) state;
    snprintf(wanted, sizeof(wanted), "%s/auth?", p.base);
    for (i = 0; i < sizeof(discoveries) / sizeof(discoveries[0]); i++) {
        tp_reset(&p);
        tp_patch(p.discovery, discoveries[i].discovery);
        side_forget(&side);
        err = begin(discoveries[i].config, NULL, &url);
        if (err != discoveries[i].err
            || (err == AB_OK && strncmp(url, wanted, strlen(wanted)) != 0))
        {
            fail_msg("row %zu: %s: %s", i, ab_err_reason(err),
                     side.c.f.detail);
        }
    }
}


static void
a_metadata_address_alone_is_enough(void **state)
{
    char         config[512];
    const char  *url;

    (void) state;
    tp_reset(&p);
    tp_patch(p.discovery, "{\"code_challenge_methods_supported\":[\"plain\","
             "\"S256\"]}");
    side_forget(&side);
    snprintf(config, sizeof(config), "{\"authorizationUrl\":\"!\","
             "\"tokenUrl\":\"!\",\"jwksUrl\":\"!\",\"issuer\":\"!\","
             "\"discoveryEndpoint\":\"%s/.well-known/openid-configuration\"}",
             p.base);
    assert_int_equal(begin(config, NULL, &url), AB_OK);
    /* PKCE, as the provider offers it and nobody decided */
    assert_non_null(strstr(url, "code_challenge_method=S256"));
    /* asked once, then remembered */
    p.n_discovery = 0;
    assert_int_equal(begin(config, NULL, &url), AB_OK);
    assert_int_equal(p.n_discovery, 0);
    /* a document that speaks for another issuer than its place says */
    tp_patch(p.discovery, "{\"issuer\":\"https://evil.example\"}");
    side_forget(&side);
    assert_int_equal(begin(config, NULL, &url), AB_E_IDP_ISSUER);
}


static void
logout_goes_to_the_provider_as_configured(void **state)
{
    static const struct {
        const char  *config, *id_token, *has, *has_not;
    } table[] = {
        { NULL, "tok", "&id_token_hint=tok&post_logout_redirect_uri=https%3A%2F%2Fid.example.com%2Frealms%2Facme%2Fbroker%2Fup%2Fendpoint%2Flogout_response", "client_id" },
        { NULL, "tok", "/logout?state=SID&", "client_id" },
        { NULL, NULL, "state=SID&post_logout_redirect_uri", "id_token_hint" },
        { "{\"sendIdTokenOnLogout\":\"false\"}", "tok", "state=SID", "tok&" },
        { "{\"sendIdTokenOnLogout\":\"false\",\"sendClientIdOnLogout\":\"true\"}", "tok", "client_id=cid", "id_token_hint" },
        { "{\"logoutUrl\":\"https://up.example/out?a=b\"}", "tok", "https://up.example/out?a=b&state=SID", "client_id" },
    };
    const char  *url;
    size_t       i;

    (void) state;
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        side_config(&side, &p, table[i].config);
        side_renew(&side);
        assert_int_equal(provider_find("oidc")->logout(&side.c, &side.realm,
            &side.idp, "SID", table[i].id_token, &url), AB_OK);
        CHECK_ROW(i, url != NULL && strstr(url, table[i].has) != NULL
                     && strstr(url, table[i].has_not) == NULL);
    }
}


static void
a_provider_without_logout_gets_none(void **state)
{
    static const char *const  configs[] = {
        "{\"logoutUrl\":\"!\"}",
        "{\"logoutUrl\":\"!\",\"tokenUrl\":\"!\",\"issuer\":\"!\"}",
        "{\"backchannelSupported\":\"true\"}",
    };
    const char  *url;
    int          hits = atomic_load(&p.server.hits);
    size_t       i;

    (void) state;
    for (i = 0; i < 3; i++) {
        side_config(&side, &p, configs[i]);
        side_renew(&side);
        assert_int_equal(provider_find("oidc")->logout(&side.c, &side.realm,
            &side.idp, "SID", "tok", &url), AB_OK);
        CHECK_ROW(i, url == NULL);
    }
    /* the last one was told from here */
    assert_int_equal(atomic_load(&p.server.hits), hits + 1);
}


static int
start(void **state)
{
    (void) state;
    tp_start(&p);
    side_start(&side, &p);
    tp_patch(side.realm_doc, "{\"internationalizationEnabled\":true,"
             "\"supportedLocales\":[\"en\",\"de\",\"fr\"],"
             "\"defaultLocale\":\"en\"}");
    return 0;
}


static int
stop(void **state)
{
    (void) state;
    side_stop(&side);
    tp_stop(&p);
    return 0;
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(requests_are_as_the_settings_say),
        cmocka_unit_test(a_realm_without_languages_says_en),
        cmocka_unit_test(secrets_are_fresh_and_kept),
        cmocka_unit_test(discovery_fills_what_is_missing),
        cmocka_unit_test(a_metadata_address_alone_is_enough),
        cmocka_unit_test(logout_goes_to_the_provider_as_configured),
        cmocka_unit_test(a_provider_without_logout_gets_none),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
