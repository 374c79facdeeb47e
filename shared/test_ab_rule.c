/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ab_rule.c - tests of ab_rule.
 */
#include "ab_rule.h"
#include "test_rows.h"

#define NOW  1700000000

static char           bytes[4096];
static struct ab_buf  raw;


/* Somebody with everything a rule may ask for. */
static struct ab_identity
somebody(void)
{
    struct ab_identity  id = {
        .key = AB_S("0123456789abcdef0123456789abcdef"),
        .sid = AB_S("sid-1"), .sub = AB_S("sub-1"), .username = AB_S("ada"),
        .email = AB_S("Ada@Corp.example"), .name = AB_S("Ada L"),
        .acr = AB_S("gold"), .idp = AB_S("corp"), .realm_id = AB_S("r-1"),
        .issuer = AB_S("https://id/realms/acme"), .azp = AB_S("wiki"),
        .scope = AB_S("openid orders:read"), .auth_time = NOW - 100,
        .email_verified = true,
    };

    ab_buf_init_fixed(&raw, bytes, sizeof(bytes));
    ab_identity_write(&raw, &id);
    ab_wire_add(&raw, AB_TAG_ROLE, AB_S("editor"));
    ab_wire_add(&raw, AB_TAG_ROLE, AB_S("wiki:admin"));
    ab_wire_add(&raw, AB_TAG_GROUP, AB_S("/staff/eng"));
    ab_wire_add(&raw, AB_TAG_AUDIENCE, AB_S("https://api"));
    assert_int_equal(ab_identity_read(ab_buf_slice(&raw), &id), AB_OK);
    return id;
}


static enum ab_err
check(const struct ab_identity *id, const char *word, const char *client)
{
    struct ab_rule  rule;
    const char     *why = NULL;

    if (ab_rule_parse(ab_slice_str(word), &rule, &why) != AB_OK) {
        fail_msg("%s: %s", word, why);
    }
    return ab_rule_check(&rule, id, ab_slice_str(client), NOW);
}


static const struct {
    const char   *word;
    enum ab_err   want;
} rules[] = {
    { "role=editor",           AB_OK },
    { "role=admin,editor",     AB_OK },
    { "role=admin",            AB_E_RULE_ROLE },    /* T-CD6 */
    { "role=wiki:admin",       AB_OK },
    { "role=wiki:editor",      AB_E_RULE_ROLE },
    { "role=:admin",           AB_OK },             /* of client wiki */
    { "role=:editor",          AB_E_RULE_ROLE },
    { "role=pay:admin",        AB_E_RULE_ROLE },
    { "role=Editor",           AB_E_RULE_ROLE },
    { "role=!editor",          AB_E_RULE_ROLE },
    { "role=!guest",           AB_OK },
    { "role=!editor,wiki:admin", AB_OK },
    { "role=!:admin",          AB_E_RULE_ROLE },
    { "group=/staff/eng",      AB_OK },
    { "group=/staff",          AB_E_RULE_GROUP },
    { "group=/staff/eng/x",    AB_E_RULE_GROUP },
    { "group=!/contractors",   AB_OK },
    { "scope=orders:read",     AB_OK },
    { "scope=orders",          AB_E_RULE_SCOPE },
    { "acr=gold",              AB_OK },
    { "acr=silver,gold",       AB_OK },
    { "acr=silver",            AB_E_RULE_ACR },
    { "idp=corp",              AB_OK },
    { "idp=github",            AB_E_RULE_IDP },
    { "max_age=100",           AB_OK },
    { "max_age=99s",           AB_E_RULE_MAX_AGE },
    { "max_age=5m",            AB_OK },
    { "max_age=9223372036854775807", AB_OK },
    { "claim=sub:sub-1",       AB_OK },
    { "claim=sub:sub",         AB_E_RULE_CLAIM },
    { "claim=username:ada",    AB_OK },
    { "claim=email:Ada@Corp.example", AB_OK },
    { "claim=name:Ada L",      AB_OK },
    { "claim=azp:wiki,pay",    AB_OK },
    { "claim=aud:https://api", AB_OK },
    { "claim=aud:https",       AB_E_RULE_CLAIM },
    { "claim=iss:https://id/realms/acme", AB_OK },
    { "claim=acr:gold",        AB_OK },
    { "claim=idp:!github",     AB_OK },
    { "claim=sid:sid-1",       AB_OK },
    { "email=ada@corp.example", AB_OK },
    { "email=*@corp.example",  AB_OK },
    { "email=*@CORP.EXAMPLE",  AB_OK },
    { "email=*@orp.example",   AB_E_RULE_EMAIL },
    { "email=*@example",       AB_E_RULE_EMAIL },
    { "email=*@x.corp.example", AB_E_RULE_EMAIL },
    { "email=!*@corp.example", AB_E_RULE_EMAIL },
    { "email=!*@evil.example", AB_OK },
    { "email=bob@corp.example,*@corp.example", AB_OK },
};


static void
rules_are_checked(void **state)
{
    struct ab_identity  id = somebody();
    size_t              i;

    (void) state;
    for (i = 0; i < ROWS(rules); i++) {
        CHECK_ROW(i, check(&id, rules[i].word, "wiki") == rules[i].want);
    }
}


static void
bad_words_are_refused(void **state)
{
    static const char *const  words[] = {
        "", "role", "role=", "=x", "Role=x", "roles=x", "role =x", "role=a,",
        "role=,a", "role=a,,b", "role=!", "role=a,!", "role=!a,!b", "role=*",
        "role=a*", "role=:", "role=a:", "group=staff", "group=!staff",
        "group=/a,b", "scope=", "acr=*", "idp=", "max_age=", "max_age=0",
        "max_age=-5", "max_age=5x", "max_age=5m,6m", "max_age=!5m",
        "max_age=99999999999999999999", "claim=", "claim=sub", "claim=sub:",
        "claim=:x", "claim=groups:x", "claim=sub :x", "claim=sub:a,",
        "email=x", "email=@x", "email=a@", "email=*@", "email=*", "email=a@b@c",
        "email=*@*", "email=*@a,*", "email=**@a", "email=!*", "email=a*@b",
        "email=*@@a", "$var", "error=403",
    };
    struct ab_rule  rule;
    const char     *why;
    size_t          i;

    (void) state;
    for (i = 0; i < ROWS(words); i++) {
        why = NULL;
        CHECK_ROW(i, ab_rule_parse(ab_slice_str(words[i]), &rule, &why)
                     == AB_E_FORMAT);
        CHECK_ROW(i, why != NULL);
    }
}


static void
nobody_passes(void **state)
{
    static const struct {
        const char   *word;
        enum ab_err   want;
    } rows[] = {
        { "role=a", AB_E_RULE_ROLE }, { "role=:a", AB_E_RULE_ROLE },
        { "role=!:a", AB_E_RULE_ROLE }, { "role=x,!:a", AB_E_RULE_ROLE },
        { "group=/a", AB_E_RULE_GROUP }, { "scope=a", AB_E_RULE_SCOPE },
        { "acr=a", AB_E_RULE_ACR }, { "idp=a", AB_E_RULE_IDP },
        { "max_age=1d", AB_E_RULE_MAX_AGE },
        { "claim=username:a", AB_E_RULE_CLAIM },
        { "claim=email:!a@b", AB_E_RULE_CLAIM },
        { "claim=aud:a", AB_E_RULE_CLAIM }, { "email=*@a", AB_E_RULE_EMAIL },
        { "email=!*@a", AB_E_RULE_EMAIL },
    };
    struct ab_identity  id = { .sub = AB_S("s") };
    size_t              i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        CHECK_ROW(i, check(&id, rows[i].word, "") == rows[i].want);
    }
}


static void
mail_counts_when_verified(void **state)
{
    static const struct {
        const char  *mail;
        bool         verified;
        bool         want;
    } rows[] = {
        { "a@company.com", true, true },
        { "a@company.com", false, false },
        { "a@evil.com@company.com", true, false },
        { "a@company.com@evil.com", true, false },
        { "@company.com", true, false },
        { "a@", true, false },
        { "a", true, false },
        { "", true, false },
        { "a@company.com.evil.com", true, false },
        { "a@evilcompany.com", true, false },
        { "a@sub.company.com", true, false },
        { "a@company.com.", true, false },
        { "a@company.com ", true, false },
        { "\"a@b\"@company.com", true, false },
    };
    struct ab_identity  id = { .sub = AB_S("s") };
    size_t              i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        id.email = ab_slice_str(rows[i].mail);
        id.email_verified = rows[i].verified;
        CHECK_ROW(i, (check(&id, "email=*@company.com", "") == AB_OK)
                     == rows[i].want);
    }
    id.email = ab_slice("a@company.com\0x", 15);
    assert_int_equal(check(&id, "email=*@company.com", ""), AB_E_RULE_EMAIL);
}


static void
times_do_not_wrap(void **state)
{
    static const struct {
        uint64_t  auth_time;
        bool      want;         /* within 60 s of NOW */
    } rows[] = {
        { NOW, true }, { NOW - 60, true }, { NOW - 61, false }, { 0, false },
        { 1, false }, { NOW + 5, true }, { NOW + 6, false },
        { INT32_MAX, false }, { INT64_MAX, false }, { UINT64_MAX, false },
    };
    struct ab_identity  id = { .sub = AB_S("s") };
    size_t              i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        id.auth_time = rows[i].auth_time;
        CHECK_ROW(i, (check(&id, "max_age=1m", "") == AB_OK) == rows[i].want);
    }
}


static void
client_roles_are_whole(void **state)
{
    struct ab_identity  id = somebody();

    (void) state;
    assert_int_equal(check(&id, "role=:admin", "wik"), AB_E_RULE_ROLE);
    assert_int_equal(check(&id, "role=:admin", "wiki:"), AB_E_RULE_ROLE);
    assert_int_equal(check(&id, "role=:admin", "xwiki"), AB_E_RULE_ROLE);
    assert_int_equal(check(&id, "role=:admin", ""), AB_E_RULE_ROLE);
    assert_int_equal(check(&id, "role=:admin", "wiki"), AB_OK);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("T-CD6: each rule says yes or names its reason",
             rules_are_checked),
        TEST("T-LG12: a word that cannot work is an error",
             bad_words_are_refused),
        TEST("an identity without the fact does not pass", nobody_passes),
        TEST("T-LG11: a mail has one '@', is verified, and its whole domain "
             "counts", mail_counts_when_verified),
        TEST("T-SE11: max_age holds near the ends of time",
             times_do_not_wrap),
        TEST("T-CD6: a client role is compared in whole parts",
             client_roles_are_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
