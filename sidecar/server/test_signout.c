/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_signout.c - logout by the browser: who is asked, whose answer counts,
 * what is over afterwards.
 */
#include "browser_fixture.h"

#include "model/session.h"

#define LOGOUT   "/realms/acme/protocol/openid-connect/logout"
#define CONFIRM  LOGOUT "/logout-confirm"
#define BYE      "post_logout_redirect_uri=https%3A%2F%2Fapp.test%2Fbye"

static char  answer_body[256];      /* of the last question */


static void
signed_in(struct jar *j)
{
    open_form(j);
    assert_int_equal(sign_in(j), 302);
    assert_true(has_code());
}


static bool
is_signed_in(struct jar *j)
{
    int  status = ask(j, "GET", AUTH, NULL);

    return status == 302 && has_code();
}


/* The question; its answer stands in answer_body. */
static void
be_asked(struct jar *j, const char *target)
{
    const char  *html, *p;

    assert_int_equal(ask(j, "GET", target, NULL), 200);
    assert_string_equal(action, CONFIRM);
    html = arena_dup(r.c.a, r.reply.body);
    p = strstr(html, "name=\"session_code\" value=\"");
    assert_non_null(p);
    p += strlen("name=\"session_code\" value=\"");
    snprintf(answer_body, sizeof(answer_body),
             "session_code=%.*s&confirmLogout=1", (int) strcspn(p, "\""), p);
}


/* ---- tests -------------------------------------------------------------------- */

static void
a_link_alone_ends_nothing(void **state)         /* T-LO4 */
{
    static const char *const  rows[] = {
        LOGOUT, LOGOUT "?client_id=app", LOGOUT "?client_id=nosuch",
        LOGOUT "?client_id=app&" BYE, LOGOUT "?state=x",
        LOGOUT "?id_token_hint=", LOGOUT "?initiating_idp=up",
    };
    size_t                    i;

    (void) state;
    signed_in(&mine);
    for (i = 0; i < ROWS(rows); i++) {
        be_asked(&mine, rows[i]);
        CHECK_ROW(i, set_line(SSO) == NULL);
        CHECK_ROW(i, is_signed_in(&mine));
    }
}


static void
the_answer_ends_the_session(void **state)
{
    char  identity[4096];

    (void) state;
    signed_in(&mine);
    snprintf(identity, sizeof(identity), "%s", jar_value(&mine, SSO));
    be_asked(&mine, LOGOUT);
    assert_int_equal(ask(&mine, "POST", CONFIRM, answer_body), 200);
    assert_non_null(strstr(set_line(SSO), "Max-Age=0"));
    assert_false(is_signed_in(&mine));
    jar_put(&mine, SSO, identity);              /* a copy is dead as well */
    assert_false(is_signed_in(&mine));
}


static void
the_answer_leads_where_the_question_said(void **state)
{
    (void) state;
    signed_in(&mine);
    be_asked(&mine, LOGOUT "?client_id=app&state=a%26b&" BYE);
    assert_int_equal(ask(&mine, "POST", CONFIRM, answer_body), 302);
    assert_string_equal(reply_header(&r, "Location"),
                        "https://app.test/bye?state=a%26b");
}


static void
a_question_is_answered_once(void **state)
{
    (void) state;
    signed_in(&mine);
    be_asked(&mine, LOGOUT);
    assert_int_equal(ask(&mine, "POST", CONFIRM, answer_body), 200);
    signed_in(&mine);
    assert_int_equal(ask(&mine, "POST", CONFIRM, answer_body), 400);
    assert_true(is_signed_in(&mine));
}


/* An attacker's question, answered in the victim's browser by a form on his
 * page: the victim stays signed in. */
static void
an_answer_to_somebody_else_s_question_ends_nothing(void **state) /* T-LO4 */
{
    size_t  i;

    (void) state;
    for (i = 0; i < 2; i++) {
        memset(&other, 0, sizeof(other));
        if (i == 1) {
            signed_in(&other);
        }
        be_asked(&other, LOGOUT);
        signed_in(&mine);
        CHECK_ROW(i, ask(&mine, "POST", CONFIRM, answer_body) == 400);
        CHECK_ROW(i, set_line(SSO) == NULL);
        CHECK_ROW(i, is_signed_in(&mine));
    }
}


static void
answers_that_name_no_question_are_refused(void **state)
{
    static const char *const  rows[] = {
        "", "session_code=", "session_code=x", "confirmLogout=1",
        "session_code=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "session_code=a&session_code=b",
    };
    size_t                    i;

    (void) state;
    signed_in(&mine);
    for (i = 0; i < ROWS(rows); i++) {
        CHECK_ROW(i, ask(&mine, "POST", CONFIRM, rows[i]) == 400);
        CHECK_ROW(i, is_signed_in(&mine));
    }
    assert_int_equal(ask(&mine, "GET", CONFIRM, NULL), 400);
}


static void
foreign_addresses_are_refused(void **state)     /* T-RD7 */
{
    static const char *const  rows[] = {
        "https%3A%2F%2Fevil.test%2F", "https%3A%2F%2Fapp.test.evil.test%2F",
        "https%3A%2F%2Fapp.test%40evil.test%2F", "%2F%2Fevil.test",
        "https%3A%2F%2Fapp.test%5C.evil.test", "javascript%3Aalert(1)",
        "https%3A%2F%2Fapp.test%2F..%2Fx",
    };
    char                      target[256];
    size_t                    i;

    (void) state;
    signed_in(&mine);
    for (i = 0; i < ROWS(rows); i++) {
        snprintf(target, sizeof(target), LOGOUT "?client_id=app&"
                 "post_logout_redirect_uri=%s", rows[i]);
        CHECK_ROW(i, ask(&mine, "GET", target, NULL) == 400);
        CHECK_ROW(i, reply_header(&r, "Location") == NULL);
        CHECK_ROW(i, is_signed_in(&mine));
    }
}


static void
nobody_signed_in_lands_at_once(void **state)
{
    (void) state;
    memset(&mine, 0, sizeof(mine));
    assert_int_equal(ask(&mine, "GET", LOGOUT "?client_id=app&" BYE, NULL),
                     302);
    assert_string_equal(reply_header(&r, "Location"),
                        "https://app.test/bye");
}


static void
a_provider_s_return_needs_a_logout(void **state)
{
    static const char *const  rows[] = {
        "/realms/acme/broker/nosuch/endpoint/logout_response?state=x",
        "/realms/acme/broker/nosuch/endpoint/logout_response",
    };
    size_t                    i;

    (void) state;
    signed_in(&mine);
    for (i = 0; i < ROWS(rows); i++) {
        CHECK_ROW(i, ask(&mine, "GET", rows[i], NULL) == 404);
        CHECK_ROW(i, is_signed_in(&mine));
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("a link alone ends nothing (T-LO4)", a_link_alone_ends_nothing),
        TEST("the answer ends the session", the_answer_ends_the_session),
        TEST("the answer leads where the question said",
             the_answer_leads_where_the_question_said),
        TEST("a question is answered once", a_question_is_answered_once),
        TEST("an answer to somebody else's question ends nothing (T-LO4)",
             an_answer_to_somebody_else_s_question_ends_nothing),
        TEST("answers that name no question are refused",
             answers_that_name_no_question_are_refused),
        TEST("foreign addresses are refused (T-RD7)",
             foreign_addresses_are_refused),
        TEST("nobody signed in lands at once",
             nobody_signed_in_lands_at_once),
        TEST("a provider's return needs a logout",
             a_provider_s_return_needs_a_logout),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
