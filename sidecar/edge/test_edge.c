/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_edge.c - questions of a worker and their answers, over a real Redis:
 * what is right, each field wrong once, and bytes that are no questions.
 */
#include "edge_fixture.h"

static struct edge_fixture  x;

#define C  (&x.fx.st.c)


static int
set_up(void **state)
{
    (void) state;
    edge_fixture_start(&x);
    return 0;
}


static int
tear_down(void **state)
{
    (void) state;
    edge_fixture_stop(&x);
    return 0;
}


/* ---- HELLO --------------------------------------------------------------- */

static void
add_server(struct ab_buf *b, const char *realm, const char *client,
    const char *origin)
{
    size_t  at = ab_wire_nest(b, AB_TAG_SERVER);

    ab_wire_add(b, AB_TAG_REALM, ab_slice_str(realm));
    ab_wire_add(b, AB_TAG_CLIENT, ab_slice_str(client));
    ab_wire_add(b, AB_TAG_ORIGIN, ab_slice_str(origin));
    ab_wire_nest_end(b, at);
}


static void
hello_tells_all_a_worker_must_know(void **state)
{
    struct worker    w = worker_connect(&x);
    struct ab_buf    b = hello_fields(NULL);
    struct ab_slice  a, realm;
    size_t           pos = 0;
    bool             found = false;

    (void) state;
    realm_fixture_renew(&x.fx);
    a = worker_ask(&w, AB_MSG_HELLO, &b);
    assert_int_equal(status_in(a), AB_OK);
    assert_int_equal(ab_wire_get_u64(a, AB_TAG_VERSION_MAX), AB_WIRE_VERSION);
    assert_non_null(ab_wire_get(a, AB_TAG_PUBLIC_KEY).p);
    assert_non_null(ab_wire_get(a, AB_TAG_EDGE_KEY).p);
    assert_true(ab_wire_get(a, AB_TAG_POSITION).len > 0);
    assert_in_range(ab_wire_get_u64(a, AB_TAG_TIME), clock_now_s() - 5,
                    clock_now_s());
    assert_null(ab_wire_get(a, AB_TAG_MISSING).p);
    while (ab_wire_each(a, AB_TAG_REALM_ENTRY, &pos, &realm)) {
        found = found || (ab_slice_eq_str(ab_wire_get(realm, AB_TAG_REALM_ID),
                                          x.fx.realm->id)
                          && ab_slice_eq_str(ab_wire_get(realm,
                                 AB_TAG_ISSUER), FIXTURE_ISS));
    }
    assert_true(found);
    worker_close(&w);
}


/* A server that nobody could sign in at is told. */
static void
hello_names_servers_without_a_callback(void **state)
{
    static const struct {
        const char  *realm, *client, *origin;
        bool         is_missing;
    } rows[] = {
        { "acme", "app",     ORIGIN,                false },
        { "acme", "",        "https://api.test",    false },
        { "nope", "app",     ORIGIN,                true  },
        { "acme", "nope",    ORIGIN,                true  },
        { "acme", "app",     "https://evil.test",   true  },
        { "acme", "app",     "https://app.test.ev", true  },
        { "",     "",        "",                    true  },
    };
    struct worker    w = worker_connect(&x);
    struct ab_buf    b;
    struct ab_slice  a;
    size_t           i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        b = hello_fields(NULL);
        add_server(&b, rows[i].realm, rows[i].client, rows[i].origin);
        a = worker_ask(&w, AB_MSG_HELLO, &b);
        CHECK_ROW(i, status_in(a) == AB_OK);
        CHECK_ROW(i, (ab_wire_get(a, AB_TAG_MISSING).p != NULL)
                     == rows[i].is_missing);
    }
    worker_close(&w);
}


static void
hello_of_another_version_is_refused(void **state)
{
    static const uint64_t  rows[][2] = {
        { AB_WIRE_VERSION + 1, AB_WIRE_VERSION + 1 }, { 0, 0 },
        { UINT64_MAX, UINT64_MAX }, { 0, AB_WIRE_VERSION - 1 },
    };
    struct worker    w = worker_connect(&x);
    struct ab_slice  a;
    struct ab_buf    b;
    size_t           i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        ab_buf_init(&b, 1000);
        ab_wire_add_u64(&b, AB_TAG_VERSION_MIN, rows[i][0]);
        ab_wire_add_u64(&b, AB_TAG_VERSION_MAX, rows[i][1]);
        a = worker_ask(&w, AB_MSG_HELLO, &b);
        CHECK_ROW(i, status_in(a) == AB_E_UNSUPPORTED);
        CHECK_ROW(i, ab_wire_get(a, AB_TAG_EDGE_KEY).p == NULL);
    }
    worker_close(&w);
}


/* ---- SESSION_GET, TOUCH -------------------------------------------------- */

static void
check_identity(struct ab_slice a, const struct seat *s)
{
    struct ab_identity  id;

    assert_int_equal(status_in(a), AB_OK);
    assert_int_equal(ab_identity_read(ab_wire_get(a, AB_TAG_IDENTITY), &id),
                     AB_OK);
    assert_true(ab_slice_eq(id.key, ab_slice(s->key, sizeof(s->key))));
    assert_true(ab_slice_eq_str(id.sid, s->sid));
    assert_true(ab_slice_eq_str(id.username, "alice"));
    assert_true(ab_slice_eq_str(id.client, "app"));
    assert_true(ab_slice_eq_str(id.origin, ORIGIN));
    assert_true(ab_slice_eq_str(id.realm_id, x.fx.realm->id));
    assert_true(ab_wire_get_u64(a, AB_TAG_EXPIRY)
                > (uint64_t) clock_now_s());
}


static void
a_session_is_found_by_its_key_alone(void **state)
{
    static const struct {
        const char   *sid, *realm_id;   /* NULL: the right one */
        int           flip;             /* byte of the key, -1 none */
        enum ab_err   want;
    } rows[] = {
        { NULL, NULL, -1, AB_OK },
        { NULL, NULL, 0, AB_E_SESSION_UNKNOWN },
        { NULL, NULL, 31, AB_E_SESSION_UNKNOWN },
        { "AAAAAAAAAAAAAAAAAAAAAAAA", NULL, -1, AB_E_SESSION_UNKNOWN },
        { "", NULL, -1, AB_E_SESSION_UNKNOWN },
        { "}{*", NULL, -1, AB_E_SESSION_UNKNOWN },
        { NULL, "other-realm", -1, AB_E_EDGE_MISMATCH },
        { NULL, "", -1, AB_E_EDGE_MISMATCH },
    };
    struct worker    w = worker_new(&x);
    struct seat      s, asked;
    struct ab_slice  a;
    struct ab_buf    b;
    size_t           i;

    (void) state;
    realm_fixture_renew(&x.fx);
    s = sign_in(&x, &w);
    for (i = 0; i < ROWS(rows); i++) {
        asked = s;
        if (rows[i].flip >= 0) {
            asked.key[rows[i].flip] ^= 1;
        }
        ab_buf_init(&b, 1000);
        ab_wire_add(&b, AB_TAG_KEY, ab_slice(asked.key, AB_SHA256_LEN));
        ab_wire_add(&b, AB_TAG_SID, ab_slice_str(rows[i].sid == NULL
                                                 ? s.sid : rows[i].sid));
        ab_wire_add(&b, AB_TAG_REALM_ID,
                    ab_slice_str(rows[i].realm_id == NULL
                                 ? x.fx.realm->id : rows[i].realm_id));
        a = worker_ask(&w, AB_MSG_SESSION_GET, &b);
        CHECK_ROW(i, status_in(a) == rows[i].want);
        CHECK_ROW(i, (ab_wire_get(a, AB_TAG_IDENTITY).p != NULL)
                     == (rows[i].want == AB_OK));
        CHECK_ROW(i, ab_slice_eq(ab_wire_get(a, AB_TAG_KEY),
                                 ab_slice(asked.key, AB_SHA256_LEN)));
    }
    check_identity(seat_ask(&x, &w, AB_MSG_SESSION_GET, &s), &s);
    check_identity(seat_ask(&x, &w, AB_MSG_TOUCH, &s), &s);
    worker_close(&w);
}


/* A SID with a NUL is not the SID before it. */
static void
a_nul_ends_no_text(void **state)
{
    struct worker  w = worker_new(&x);
    struct seat    s;
    struct ab_buf  b;
    char           sid[AB_SID_TEXT + 2];
    uint16_t       types[] = { AB_MSG_SESSION_GET, AB_MSG_TOUCH,
                               AB_MSG_SESSION_END };
    size_t         i;

    (void) state;
    realm_fixture_renew(&x.fx);
    s = sign_in(&x, &w);
    memcpy(sid, s.sid, AB_SID_TEXT);
    memcpy(sid + AB_SID_TEXT, "\0x", 2);
    for (i = 0; i < ROWS(types); i++) {
        ab_buf_init(&b, 1000);
        ab_wire_add(&b, AB_TAG_KEY, ab_slice(s.key, AB_SHA256_LEN));
        ab_wire_add(&b, AB_TAG_SID, ab_slice(sid, sizeof(sid)));
        ab_wire_add(&b, AB_TAG_REALM_ID, ab_slice_str(x.fx.realm->id));
        CHECK_ROW(i, status_in(worker_ask(&w, types[i], &b)) != AB_OK);
    }
    check_identity(seat_ask(&x, &w, AB_MSG_SESSION_GET, &s), &s);
    worker_close(&w);
}


/* The stored bytes are older than the user: both questions build them anew. */
static void
an_outdated_identity_is_rebuilt(void **state)
{
    static const uint16_t  types[] = { AB_MSG_SESSION_GET, AB_MSG_TOUCH };
    struct worker          w = worker_new(&x);
    struct user_change     change = { 0 };
    const struct user     *u;
    struct ab_slice        a, name;
    struct seat            s;
    size_t                 i;

    (void) state;
    realm_fixture_renew(&x.fx);
    s = sign_in(&x, &w);
    for (i = 0; i < ROWS(types); i++) {
        change.first_name = i == 0 ? "Renamed" : "Again";
        u = realm_fixture_user(&x.fx, "alice");
        assert_int_equal(user_update(C, x.fx.realm, u, &change, &u), AB_OK);
        a = seat_ask(&x, &w, types[i], &s);
        check_identity(a, &s);
        name = ab_wire_get(ab_wire_get(a, AB_TAG_IDENTITY), AB_TAG_NAME);
        CHECK_ROW(i, ab_slice_eq_str(name, i == 0 ? "Renamed Test"
                                                  : "Again Test"));
    }
    worker_close(&w);
}


/* ---- LOGIN_COMPLETE ------------------------------------------------------ */

/* One field of a good question set to a value (NULL: left out). */
static const struct {
    enum ab_wire_tag  tag;
    struct ab_slice   value;
    enum ab_err       want;
} login_rows[] = {
    { AB_TAG_REALM_ID, S("nope"),               AB_E_REALM_ABSENT   },
    { AB_TAG_REALM_ID, S(""),                   AB_E_REALM_ABSENT   },
    { AB_TAG_REALM_ID, S("a\0b"),               AB_E_FORMAT         },
    { AB_TAG_CLIENT,   S("nope"),               AB_E_CLIENT_ABSENT  },
    { AB_TAG_CLIENT,   S("off"),                AB_E_CLIENT_DISABLED },
    { AB_TAG_CLIENT,   S("other"),              AB_E_CODE_OTHER     },
    { AB_TAG_CLIENT,   S("app\0"),              AB_E_FORMAT         },
    { AB_TAG_ORIGIN,   S("https://other.test"), AB_E_REDIRECT_URI   },
    { AB_TAG_ORIGIN,   S("http://app.test"),    AB_E_REDIRECT_URI   },
    { AB_TAG_ORIGIN,   S("https://app.test/"),  AB_E_REDIRECT_URI   },
    { AB_TAG_ORIGIN,   S(""),                   AB_E_REDIRECT_URI   },
    { AB_TAG_CODE,     S("nope"),               AB_E_CODE_INVALID   },
    { AB_TAG_CODE,     S(""),                   AB_E_CODE_INVALID   },
    { AB_TAG_CODE,     S("a.b.c"),              AB_E_CODE_INVALID   },
    { AB_TAG_CODE,     S("a\0b"),               AB_E_FORMAT         },
    { AB_TAG_VERIFIER, S("nope"),               AB_E_CODE_VERIFIER  },
    { AB_TAG_VERIFIER, S(""),                   AB_E_CODE_VERIFIER  },
    { AB_TAG_VERIFIER, S(CHALLENGE),            AB_E_CODE_VERIFIER  },
    { AB_TAG_VERIFIER, S(VERIFIER "\0"),        AB_E_FORMAT         },
    { AB_TAG_NONCE,    S("nope"),               AB_E_TOKEN_NONCE    },
    { AB_TAG_NONCE,    S(""),                   AB_E_TOKEN_NONCE    },
    { AB_TAG_NONCE,    S(NONCE "\0"),           AB_E_TOKEN_NONCE    },
    { AB_TAG_NONCE,    { NULL, 0 },             AB_E_TOKEN_NONCE    },
};


static void
replace(struct ab_buf *b, enum ab_wire_tag tag, struct ab_slice value)
{
    struct ab_buf     out;
    struct ab_fields  f = ab_fields(ab_buf_slice(b));
    struct ab_slice   v;
    uint16_t          t;

    ab_buf_init(&out, AB_MAX_FRAME_UP);
    while (ab_fields_next(&f, &t, &v)) {
        v = t == tag ? value : v;
        if (v.p != NULL) {
            ab_wire_add(&out, (enum ab_wire_tag) t, v);
        }
    }
    ab_buf_clear(b);
    *b = out;
}


static void
each_field_of_a_login_counts(void **state)
{
    struct worker    w = worker_new(&x);
    struct ab_slice  a;
    struct ab_buf    b;
    uint8_t          key[AB_SHA256_LEN];
    const char      *code;
    size_t           i;

    (void) state;
    for (i = 0; i < ROWS(login_rows); i++) {
        realm_fixture_renew(&x.fx);
        code = code_make(&x, NULL).code;
        code_key(&x, code, key);
        b = login_fields(&x, code);
        replace(&b, login_rows[i].tag, login_rows[i].value);
        a = worker_ask(&w, AB_MSG_LOGIN_COMPLETE, &b);
        if (status_in(a) != login_rows[i].want) {
            print_error("%s\n", ab_err_reason(status_in(a)));
        }
        CHECK_ROW(i, status_in(a) == login_rows[i].want);
        CHECK_ROW(i, ab_wire_get(a, AB_TAG_COOKIE).p == NULL);
        CHECK_ROW(i, ab_wire_get(a, AB_TAG_IDENTITY).p == NULL);
        CHECK_ROW(i, ab_slice_eq(ab_wire_get(a, AB_TAG_KEY),
                                 ab_slice(key, sizeof(key))));
    }
    worker_close(&w);
}


static void
a_code_makes_one_session(void **state)
{
    struct worker    w = worker_new(&x);
    struct ab_slice  a;
    struct ab_buf    b;
    const char      *code;
    struct seat      s;

    (void) state;
    realm_fixture_renew(&x.fx);
    code = code_make(&x, NULL).code;
    b = login_fields(&x, code);
    a = worker_ask(&w, AB_MSG_LOGIN_COMPLETE, &b);
    s = seat_of(&x, a);
    check_identity(a, &s);
    b = login_fields(&x, code);
    a = worker_ask(&w, AB_MSG_LOGIN_COMPLETE, &b);
    assert_int_equal(status_in(a), AB_E_CODE_USED);
    assert_null(ab_wire_get(a, AB_TAG_COOKIE).p);
    /* a code that was used ends nothing here (a back button) */
    check_identity(seat_ask(&x, &w, AB_MSG_SESSION_GET, &s), &s);
    worker_close(&w);
}


/* A second login at the host ends only the app-host session before it. */
/* A worker that comes now is told of that app-host session's end. */
static bool
is_marked(const uint8_t *key)
{
    struct worker    w = worker_connect(&x);
    struct ab_buf    b = hello_fields("0-0");
    struct ab_slice  a = worker_ask(&w, AB_MSG_HELLO, &b), mark;
    size_t           pos = 0;
    bool             found = false;

    while (ab_wire_each(a, AB_TAG_MARK_ENTRY, &pos, &mark)) {
        found |= ab_slice_eq(ab_wire_get(mark, AB_TAG_MARK_ID),
                             ab_slice(key, AB_SHA256_LEN))
                 && ab_wire_get_u64(mark, AB_TAG_MARK_KIND) == AB_MARK_EDGE;
    }
    worker_close(&w);
    return found;
}


static void
the_old_app_session_ends(void **state)
{
    struct worker    w = worker_new(&x);
    struct seat      old, seat;
    struct ab_slice  a;
    struct ab_buf    b;
    int              i;

    (void) state;
    realm_fixture_renew(&x.fx);
    old = sign_in(&x, &w);
    b = login_fields(&x, code_make(&x, old.sid).code);
    ab_wire_add(&b, AB_TAG_OLD_KEY, ab_slice(old.key, AB_SHA256_LEN));
    ab_wire_add(&b, AB_TAG_OLD_SID, ab_slice_str(old.sid));
    assert_true(worker_put(&w, AB_MSG_LOGIN_COMPLETE, &b));
    a = worker_answer(&w, AB_MSG_LOGIN_COMPLETE, w.id);
    seat = seat_of(&x, a);
    assert_string_equal(seat.sid, old.sid);
    assert_int_equal(status_in(seat_ask(&x, &w, AB_MSG_SESSION_GET, &old)),
                     AB_E_SESSION_UNKNOWN);
    check_identity(seat_ask(&x, &w, AB_MSG_SESSION_GET, &seat), &seat);
    worker_close(&w);
    /* The follower learns of it a moment later. */
    for (i = 0; i < 100 && !is_marked(old.key); i++) {
        usleep(20 * 1000);
    }
    assert_true(is_marked(old.key));
}


/* ---- SESSION_END --------------------------------------------------------- */

static void
an_ended_session_stays_ended(void **state)
{
    struct worker    w = worker_new(&x);
    struct seat      s;
    struct ab_slice  a;
    struct ab_buf    b;

    (void) state;
    realm_fixture_renew(&x.fx);
    s = sign_in(&x, &w);
    b = seat_fields(&x, &s);
    replace(&b, AB_TAG_REALM_ID, AB_S("nope"));
    assert_int_equal(status_in(worker_ask(&w, AB_MSG_SESSION_END, &b)),
                     AB_E_REALM_ABSENT);
    check_identity(seat_ask(&x, &w, AB_MSG_SESSION_GET, &s), &s);

    a = seat_ask(&x, &w, AB_MSG_SESSION_END, &s);
    assert_int_equal(status_in(a), AB_OK);
    a = ab_wire_get(a, AB_TAG_URL);
    assert_true(a.len > sizeof(FIXTURE_ISS)
                && memcmp(a.p, FIXTURE_ISS, sizeof(FIXTURE_ISS) - 1) == 0);
    assert_int_equal(status_in(seat_ask(&x, &w, AB_MSG_SESSION_GET, &s)),
                     AB_E_SESSION_ENDED);
    assert_int_equal(status_in(seat_ask(&x, &w, AB_MSG_TOUCH, &s)),
                     AB_E_SESSION_ENDED);
    assert_int_equal(status_in(seat_ask(&x, &w, AB_MSG_SESSION_END, &s)),
                     AB_OK);
    worker_close(&w);
}


/* ---- TOKEN_CHECK --------------------------------------------------------- */

/* A token's facts: NULL stands for the signed-in ones, "-" for none. */
static const struct {
    const char   *sub, *sid, *client;
    uint64_t      iat;          /* 0: now */
    enum ab_err   want;
} token_rows[] = {
    { NULL,   NULL,   "app",   0, AB_OK },
    { NULL,   "-",    "app",   0, AB_OK },
    { NULL,   NULL,   "other", 0, AB_E_TOKEN_REVOKED },
    { NULL,   NULL,   "off",   0, AB_E_TOKEN_REVOKED },
    { NULL,   NULL,   "nope",  0, AB_E_TOKEN_REVOKED },
    { "nope", NULL,   "app",   0, AB_E_SESSION_OTHER },
    { "nope", "-",    "app",   0, AB_E_TOKEN_REVOKED },
    { "",     "-",    "app",   0, AB_E_TOKEN_REVOKED },
    { NULL,   "AAAAAAAAAAAAAAAAAAAAAAAA", "app", 0, AB_E_SESSION_UNKNOWN },
};


static void
a_token_lives_no_longer_than_its_session(void **state)
{
    struct worker       w = worker_new(&x);
    const struct user  *u;
    struct ab_slice     a, role;
    struct ab_buf       b;
    struct seat         s;
    size_t              i, pos;

    (void) state;
    realm_fixture_renew(&x.fx);
    s = sign_in(&x, &w);
    u = realm_fixture_user(&x.fx, "alice");
    for (i = 0; i < ROWS(token_rows); i++) {
        ab_buf_init(&b, 1000);
        ab_wire_add(&b, AB_TAG_KEY, ab_slice(s.key, AB_SHA256_LEN));
        ab_wire_add(&b, AB_TAG_REALM_ID, ab_slice_str(x.fx.realm->id));
        ab_wire_add(&b, AB_TAG_SUB, ab_slice_str(token_rows[i].sub == NULL
                                                 ? u->id
                                                 : token_rows[i].sub));
        if (token_rows[i].sid == NULL || token_rows[i].sid[0] != '-') {
            ab_wire_add(&b, AB_TAG_SID, ab_slice_str(token_rows[i].sid == NULL
                                                     ? s.sid
                                                     : token_rows[i].sid));
        }
        ab_wire_add(&b, AB_TAG_CLIENT, ab_slice_str(token_rows[i].client));
        ab_wire_add_u64(&b, AB_TAG_IAT, (uint64_t) clock_now_s());
        ab_wire_add(&b, AB_TAG_ROLE, AB_S("admin"));
        ab_wire_add(&b, AB_TAG_ROLE, AB_S("app:editor"));
        ab_wire_add(&b, AB_TAG_ROLE, AB_S("app:admin"));
        a = worker_ask(&w, AB_MSG_TOKEN_CHECK, &b);
        if (status_in(a) != token_rows[i].want) {
            print_error("%s\n", ab_err_reason(status_in(a)));
        }
        CHECK_ROW(i, status_in(a) == token_rows[i].want);
        a = ab_wire_get(a, AB_TAG_IDENTITY);
        CHECK_ROW(i, (a.p != NULL) == (token_rows[i].want == AB_OK));
        if (a.p == NULL) {
            continue;
        }
        /* of the token's roles those that alice holds, and no other */
        pos = 0;
        CHECK_ROW(i, ab_wire_each(a, AB_TAG_ROLE, &pos, &role)
                     && ab_slice_eq_str(role, "app:editor"));
        CHECK_ROW(i, !ab_wire_each(a, AB_TAG_ROLE, &pos, &role));
    }
    worker_close(&w);
}


/* ---- bytes --------------------------------------------------------------- */

#define HEAD(len, type, flags)  len type flags "\1\0\0\0\0\0\0\0"

static const struct ab_slice  malformed[] = {
    S(HEAD("\0\0\0\0", "\x63\0", "\0\0")),          /* unknown type */
    S(HEAD("\0\0\0\0", "\0\0", "\0\0")),
    S(HEAD("\0\0\0\0", "\7\0", "\0\0")),            /* UPSTREAM_TOKEN */
    S(HEAD("\0\0\0\0", "\x20\0", "\0\0")),          /* a push */
    S(HEAD("\0\0\0\0", "\1\x80", "\0\0")),          /* an answer */
    S(HEAD("\0\0\0\0", "\1\0", "\1\0")),            /* flags */
    S(HEAD("\1\0\4\0", "\1\0", "\0\0")),            /* > 256 KiB */
    S(HEAD("\xff\xff\xff\xff", "\1\0", "\0\0")),
    S(HEAD("\0\0\0\0", "\2\0", "\0\0")),            /* no KEY */
    S(HEAD("\5\0\0\0", "\1\0", "\0\0") "\1\0\0\0\0"),
    S(HEAD("\6\0\0\0", "\1\0", "\0\0") "\1\0\1\0\0\0"),     /* no byte */
    S(HEAD("\6\0\0\0", "\1\0", "\0\0") "\3\0\xff\xff\xff\xff"),
    S(HEAD("\12\0\0\0", "\1\0", "\0\0") "\12\0\4\0\0\0\1\0\0\0"),   /* u64 */
    S(HEAD("\7\0\0\0", "\2\0", "\0\0") "\2\0\1\0\0\0k"),    /* KEY of 1 */
    S(HEAD("\14\0\0\0", "\1\0", "\0\0") "\3\0\0\0\0\0\3\0\0\0\0\0"),
    S(HEAD("\7\0\0\0", "\1\0", "\0\0") "\40\0\1\0\0\0x"),   /* bad nest */
};


static bool
is_closed(struct worker *w)
{
    struct ab_frame  f;
    int              rc;

    while ((rc = worker_next(w, WAIT_MS, &f)) == 1) {
        /* what was under way */
    }
    return rc < 0;
}


static void
a_malformed_frame_closes_its_connection(void **state)
{
    struct worker  w, other = worker_new(&x);
    struct seat    s;
    size_t         i;

    (void) state;
    realm_fixture_renew(&x.fx);
    s = sign_in(&x, &other);
    for (i = 0; i < ROWS(malformed); i++) {
        w = worker_new(&x);
        CHECK_ROW(i, worker_send(&w, malformed[i].p, malformed[i].len));
        CHECK_ROW(i, is_closed(&w));
        worker_close(&w);
    }
    check_identity(seat_ask(&x, &other, AB_MSG_SESSION_GET, &s), &s);
    worker_close(&other);
}


static void
noise_harms_nobody(void **state)
{
    struct worker  w, other = worker_new(&x);
    struct seat    s;
    char           noise[600];
    size_t         i;

    (void) state;
    realm_fixture_renew(&x.fx);
    s = sign_in(&x, &other);
    for (i = 0; i < 200; i++) {
        w = worker_connect(&x);
        random_bytes(noise, sizeof(noise));
        if (i % 2 == 0) {       /* a header that promises what comes */
            memcpy(noise, "\x48\2\0\0\1\0\0\0", 8);
            noise[4] = (char) (1 + i / 2 % 6);
        }
        (void) worker_send(&w, noise, sizeof(noise));
        worker_close(&w);
    }
    check_identity(seat_ask(&x, &other, AB_MSG_SESSION_GET, &s), &s);
    worker_close(&other);
}


static void
frames_may_come_in_any_pieces(void **state)
{
    struct worker  w = worker_new(&x);
    struct ab_buf  b, all;
    struct seat    s;
    size_t         at, i;

    (void) state;
    realm_fixture_renew(&x.fx);
    s = sign_in(&x, &w);
    ab_buf_init(&all, 1024 * 1024);
    for (i = 0; i < 500; i++) {
        b = seat_fields(&x, &s);
        at = ab_frame_begin(&all, AB_MSG_SESSION_GET, 1000 + i);
        ab_buf_add(&all, ab_buf_slice(&b));
        assert_true(ab_frame_end(&all, at));
        ab_buf_clear(&b);
    }
    for (i = 0; i < 400; i++) {         /* byte by byte, then the rest */
        assert_true(worker_send(&w, all.p + i, 1));
    }
    assert_true(worker_send(&w, all.p + i, all.len - i));
    for (i = 0; i < 500; i++) {
        check_identity(worker_answer(&w, AB_MSG_SESSION_GET, 1000 + i), &s);
    }
    ab_buf_clear(&all);
    worker_close(&w);
}


/* A worker that asks and does not read is closed; others are served. */
static void
a_worker_that_does_not_read_is_closed(void **state)
{
    struct worker  w = worker_new(&x), other = worker_new(&x);
    struct seat    s;
    struct ab_buf  b;
    size_t         i;

    (void) state;
    realm_fixture_renew(&x.fx);
    s = sign_in(&x, &other);
    for (i = 0; i < 20000; i++) {
        b = hello_fields(NULL);
        if (!worker_put(&w, AB_MSG_HELLO, &b)) {
            break;
        }
    }
    assert_true(i < 20000 || is_closed(&w));
    check_identity(seat_ask(&x, &other, AB_MSG_SESSION_GET, &s), &s);
    worker_close(&w);
    worker_close(&other);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("HELLO tells all a worker must know",
             hello_tells_all_a_worker_must_know),
        TEST("HELLO names servers without a callback",
             hello_names_servers_without_a_callback),
        TEST("HELLO of another version is refused",
             hello_of_another_version_is_refused),
        TEST("a session is found by its key alone (T-SE13)",
             a_session_is_found_by_its_key_alone),
        TEST("a NUL ends no text (T-BE6)", a_nul_ends_no_text),
        TEST("an outdated identity is rebuilt",
             an_outdated_identity_is_rebuilt),
        TEST("each field of a login counts (T-LG6)",
             each_field_of_a_login_counts),
        TEST("a code makes one session", a_code_makes_one_session),
        TEST("the old app-host session ends (T-SE3)",
             the_old_app_session_ends),
        TEST("an ended session stays ended (T-SE4)",
             an_ended_session_stays_ended),
        TEST("a token lives no longer than its session (T-BE16)",
             a_token_lives_no_longer_than_its_session),
        TEST("a malformed frame closes its connection",
             a_malformed_frame_closes_its_connection),
        TEST("noise harms nobody", noise_harms_nobody),
        TEST("frames may come in any pieces", frames_may_come_in_any_pieces),
        TEST("a worker that does not read is closed",
             a_worker_that_does_not_read_is_closed),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
