/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ab_identity.c - tests of ab_identity.
 */
#include "ab_identity.h"
#include "test_rows.h"

static const char  key[] = "0123456789abcdef0123456789abcdef";


static struct ab_identity
sample(void)
{
    return (struct ab_identity) {
        .key = ab_slice(key, 32), .sid = AB_S("sid"), .sub = AB_S("sub"),
        .username = AB_S("ada"), .email = AB_S("ada@a.example"),
        .name = AB_S("Ada L"), .acr = AB_S("gold"), .idp = AB_S("corp"),
        .realm = AB_S("acme"), .realm_id = AB_S("r-1"),
        .client = AB_S("wiki"), .origin = AB_S("https://wiki"),
        .issuer = AB_S("https://id/realms/acme"), .azp = AB_S("wiki"),
        .scope = AB_S("openid email"), .method = AB_S("session"),
        .auth_time = 1700000000, .as_of = 1700000001, .user_version = 3,
        .realm_epoch = 4, .email_verified = true,
    };
}


static void
goes_round(void **state)
{
    struct ab_identity  want = sample(), got;
    struct ab_buf       b, again;

    (void) state;
    ab_buf_init(&b, AB_MAX_IDENTITY);
    ab_buf_init(&again, AB_MAX_IDENTITY);
    ab_identity_write(&b, &want);
    assert_int_equal(ab_wire_check(ab_buf_slice(&b)), AB_OK);
    assert_int_equal(ab_identity_read(ab_buf_slice(&b), &got), AB_OK);
    ab_identity_write(&again, &got);
    assert_true(ab_slice_eq(ab_buf_slice(&b), ab_buf_slice(&again)));
    assert_true(ab_slice_eq(got.realm_id, want.realm_id));
    assert_true(got.auth_time == want.auth_time && got.email_verified);
    assert_true(ab_slice_eq(got.raw, ab_buf_slice(&b)));
    ab_buf_clear(&b);
    ab_buf_clear(&again);
}


/* Lists need not stand together: other fields lie between their entries. */
static void
moves_with_its_bytes(void **state)
{
    struct ab_identity  want = sample(), got;
    struct ab_buf       b, again;
    struct ab_slice     v;
    char                copy[1000];
    size_t              len, pos = 0;

    (void) state;
    ab_buf_init(&b, AB_MAX_IDENTITY);
    ab_buf_init(&again, AB_MAX_IDENTITY);
    ab_wire_add(&b, AB_TAG_ROLE, AB_S("one"));
    ab_wire_add(&b, AB_TAG_GROUP, AB_S("/staff"));
    ab_identity_write(&b, &want);
    ab_wire_add(&b, AB_TAG_ROLE, AB_S("two"));
    assert_int_equal(ab_identity_read(ab_buf_slice(&b), &got), AB_OK);
    len = b.len;
    assert_true(len <= sizeof(copy));
    memcpy(copy, b.p, len);
    memset(b.p, 0, len);
    ab_identity_move(&got, copy);

    assert_true(got.raw.p == copy && got.raw.len == len);
    assert_true(ab_slice_eq(got.sid, want.sid));
    assert_true(ab_slice_eq(got.method, want.method));
    ab_buf_reset(&b);
    ab_identity_write(&b, &want);
    ab_identity_write(&again, &got);
    assert_true(ab_slice_eq(ab_buf_slice(&b), ab_buf_slice(&again)));
    assert_true(ab_identity_each(&got, AB_TAG_ROLE, &pos, &v));
    assert_true(ab_slice_eq_str(v, "one"));
    assert_true(ab_identity_each(&got, AB_TAG_ROLE, &pos, &v));
    assert_true(ab_slice_eq_str(v, "two"));
    assert_false(ab_identity_each(&got, AB_TAG_ROLE, &pos, &v));
    assert_true(ab_identity_has(&got, AB_TAG_GROUP, AB_S("/staff")));
    assert_false(ab_identity_has(&got, AB_TAG_AUDIENCE, AB_S("/staff")));
    ab_buf_clear(&b);
    ab_buf_clear(&again);
}


static void
empty_members_are_left_out(void **state)
{
    struct ab_identity  want = {
        .key = ab_slice(key, 32), .sub = AB_S("s"), .realm_id = AB_S("r"),
    }, got;
    struct ab_buf       b;

    (void) state;
    ab_buf_init(&b, 1000);
    ab_identity_write(&b, &want);
    assert_int_equal(b.len, 3 * 6 + 32 + 1 + 1);
    assert_int_equal(ab_identity_read(ab_buf_slice(&b), &got), AB_OK);
    assert_true(got.email.len == 0 && got.auth_time == 0);
    assert_false(got.email_verified);
    ab_buf_clear(&b);
}


/* Add one field to a good identity: is it still good? */
static enum ab_err
read_with(enum ab_wire_tag tag, struct ab_slice v, int times)
{
    struct ab_identity  id = {
        .key = ab_slice(key, 32), .sub = AB_S("s"), .realm_id = AB_S("r"),
    };
    struct ab_buf       b;
    enum ab_err         e;

    ab_buf_init(&b, 1024 * 1024);
    ab_identity_write(&b, &id);
    while (times-- > 0) {
        ab_wire_add(&b, tag, v);
    }
    e = b.failed ? AB_E_NOMEM : ab_identity_read(ab_buf_slice(&b), &id);
    ab_buf_clear(&b);
    return e;
}


static void
bad_bytes_are_refused(void **state)
{
    static char          large[AB_MAX_IDENTITY_TEXT + 1];
    struct ab_slice      eight = AB_S("12345678");
    struct ab_identity   id = { .sub = AB_S("s"), .realm_id = AB_S("r") };
    const struct {
        enum ab_wire_tag  tag;
        struct ab_slice   v;
        int               times;
        enum ab_err       want;
    } rows[] = {
        { AB_TAG_SID, { "x", 1 }, 1, AB_OK },
        { AB_TAG_SID, { "x", 1 }, 2, AB_E_FORMAT },
        { AB_TAG_SUB, { "x", 1 }, 1, AB_E_FORMAT },
        { AB_TAG_ID_KEY, { key, 32 }, 1, AB_E_FORMAT },
        { AB_TAG_AUTH_TIME, eight, 1, AB_OK },
        { AB_TAG_AUTH_TIME, eight, 2, AB_E_FORMAT },
        { AB_TAG_AUTH_TIME, { "1", 1 }, 1, AB_E_FORMAT },
        { AB_TAG_EMAIL_VERIFIED, { "1", 1 }, 1, AB_E_FORMAT },
        { AB_TAG_NAME, { large, AB_MAX_IDENTITY_TEXT }, 1, AB_OK },
        { AB_TAG_NAME, { large, AB_MAX_IDENTITY_TEXT + 1 }, 1, AB_E_FORMAT },
        { AB_TAG_ROLE, { large, AB_MAX_IDENTITY_TEXT + 1 }, 1, AB_E_FORMAT },
        { AB_TAG_ROLE, { "r", 1 }, AB_MAX_IDENTITY_LIST_N, AB_OK },
        { AB_TAG_ROLE, { "r", 1 }, AB_MAX_IDENTITY_LIST_N + 1, AB_E_FORMAT },
        { AB_TAG_GROUP, { "g", 1 }, AB_MAX_IDENTITY_LIST_N + 1, AB_E_FORMAT },
        { AB_TAG_AUDIENCE, { "a", 1 }, AB_MAX_IDENTITY_LIST_N, AB_OK },
        { AB_TAG_GROUP, { large, 2000 }, 25, AB_E_FORMAT },  /* all too long */
        { (enum ab_wire_tag) 999, { "later", 5 }, 2, AB_OK },
        { (enum ab_wire_tag) 200, { "later", 5 }, 2, AB_OK },
    };
    struct ab_buf  b;
    size_t         i;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        CHECK_ROW(i, read_with(rows[i].tag, rows[i].v, rows[i].times)
                     == rows[i].want);
    }
    ab_buf_init(&b, 1000);
    ab_identity_write(&b, &id);                     /* no key */
    assert_int_equal(ab_identity_read(ab_buf_slice(&b), &id), AB_E_FORMAT);
    ab_buf_reset(&b);
    id = sample();
    ab_identity_write(&b, &id);
    for (i = 0; i < b.len; i++) {                   /* cut */
        enum ab_err  e = ab_identity_read(ab_slice(b.p, i), &id);

        CHECK_ROW(i, e == AB_E_FORMAT || e == AB_OK);
        CHECK_ROW(i, e == AB_E_FORMAT || i > 100);
    }
    ab_buf_clear(&b);
}


static struct ab_identity
with_lists(struct ab_buf *b)
{
    struct ab_identity  id = sample();

    id.scope = AB_S("openid  orders:read ");
    ab_wire_add(b, AB_TAG_ROLE, AB_S("admin"));
    ab_identity_write(b, &id);
    ab_wire_add(b, AB_TAG_ROLE, AB_S("wiki:editor"));
    ab_wire_add(b, AB_TAG_GROUP, AB_S("/a,b%"));
    ab_wire_add(b, AB_TAG_GROUP, AB_S("/gr\xc3\xbcn"));
    ab_wire_add(b, AB_TAG_AUDIENCE, ab_slice("aud\0x", 5));
    assert_int_equal(ab_identity_read(ab_buf_slice(b), &id), AB_OK);
    return id;
}


static void
lists_hold_exact_values(void **state)
{
    struct ab_buf       b;
    struct ab_identity  id;

    (void) state;
    ab_buf_init(&b, 10000);
    id = with_lists(&b);
    assert_true(ab_identity_has(&id, AB_TAG_ROLE, AB_S("admin")));
    assert_true(ab_identity_has(&id, AB_TAG_ROLE, AB_S("wiki:editor")));
    assert_false(ab_identity_has(&id, AB_TAG_ROLE, AB_S("editor")));
    assert_false(ab_identity_has(&id, AB_TAG_ROLE, AB_S("Admin")));
    assert_false(ab_identity_has(&id, AB_TAG_ROLE, AB_S("admi")));
    assert_false(ab_identity_has(&id, AB_TAG_ROLE, AB_S("")));
    assert_false(ab_identity_has(&id, AB_TAG_GROUP, AB_S("admin")));
    assert_false(ab_identity_has(&id, AB_TAG_AUDIENCE, AB_S("aud")));
    assert_true(ab_identity_has_scope(&id, AB_S("orders:read")));
    assert_true(ab_identity_has_scope(&id, AB_S("openid")));
    assert_false(ab_identity_has_scope(&id, AB_S("orders")));
    assert_false(ab_identity_has_scope(&id, AB_S("openid  orders:read")));
    assert_false(ab_identity_has_scope(&id, AB_S("")));
    ab_buf_clear(&b);
}


static void
roles_have_one_reading(void **state)
{
    static const struct {
        const char  *client;
        const char  *role;
        const char  *want;      /* NULL: left out */
    } rows[] = {
        { NULL, "admin", "admin" }, { "pay", "admin", "pay:admin" },
        { "https://a", "x", "https://a:x" }, { "", "x", ":x" },
        { NULL, "pay:admin", NULL }, { "a", "b:c", NULL }, { "a", "", NULL },
        { NULL, ":", NULL }, { NULL, "", NULL },
    };
    struct ab_buf    b;
    struct ab_slice  v;
    size_t           i;
    bool             added;

    (void) state;
    ab_buf_init(&b, 1000);
    for (i = 0; i < ROWS(rows); i++) {
        ab_buf_reset(&b);
        added = ab_identity_add_role(&b, ab_slice_str(rows[i].client),
                                     ab_slice_str(rows[i].role));
        v = ab_wire_get(ab_buf_slice(&b), AB_TAG_ROLE);
        CHECK_ROW(i, added == (rows[i].want != NULL));
        CHECK_ROW(i, added ? ab_slice_eq_str(v, rows[i].want) : b.len == 0);
    }
    ab_buf_clear(&b);
}


static void
lists_are_joined_for_a_header(void **state)
{
    static const char   bad[] = "\r\n\t\0\x7f\x1f";
    struct ab_buf       b, out;
    struct ab_identity  id;
    char                large[AB_MAX_IDENTITY_TEXT];
    size_t              i, j;

    (void) state;
    ab_buf_init(&b, 100000);
    ab_buf_init(&out, 100000);
    id = with_lists(&b);
    ab_buf_add_str(&out, "X: ");
    assert_int_equal(ab_identity_join(&id, AB_TAG_ROLE, &out), AB_OK);
    assert_true(ab_slice_eq_str(ab_buf_slice(&out), "X: admin,wiki:editor"));
    ab_buf_reset(&out);
    assert_int_equal(ab_identity_join(&id, AB_TAG_GROUP, &out), AB_OK);
    assert_true(ab_slice_eq_str(ab_buf_slice(&out),
                                "/a%2Cb%25,/gr\xc3\xbcn"));
    ab_buf_reset(&out);
    assert_int_equal(ab_identity_join(&id, AB_TAG_AUDIENCE, &out),
                     AB_E_HEADER_VALUE);
    assert_int_equal(out.len, 0);

    for (i = 0; i < sizeof(bad) - 1; i++) {
        ab_buf_reset(&b);
        id = with_lists(&b);
        memset(large, 'x', sizeof(large));
        large[1] = bad[i];
        ab_wire_add(&b, AB_TAG_GROUP, ab_slice(large, 3));
        assert_int_equal(ab_identity_read(ab_buf_slice(&b), &id), AB_OK);
        CHECK_ROW(i, ab_identity_join(&id, AB_TAG_GROUP, &out)
                     == AB_E_HEADER_VALUE && out.len == 0);
    }
    /* 8 KB pass, nothing more, and never a cut list. */
    for (j = 0; j < 2; j++) {
        ab_buf_reset(&b);
        id = sample();
        ab_identity_write(&b, &id);
        memset(large, 'x', sizeof(large));
        for (i = 0; i < 4; i++) {
            ab_wire_add(&b, AB_TAG_ROLE,
                        ab_slice(large, sizeof(large) - (i > 0)));
        }
        if (j == 1) {
            ab_wire_add(&b, AB_TAG_ROLE, AB_S(""));
        }
        assert_int_equal(ab_identity_read(ab_buf_slice(&b), &id), AB_OK);
        ab_buf_reset(&out);
        CHECK_ROW(j, ab_identity_join(&id, AB_TAG_ROLE, &out)
                     == (j == 0 ? AB_OK : AB_E_HEADER_VALUE));
        CHECK_ROW(j, out.len == (j == 0 ? AB_MAX_IDENTITY_HEADER : 0));
    }
    ab_buf_clear(&b);
    ab_buf_clear(&out);
}


static void
keys_differ_by_kind(void **state)
{
    static const char *const  rows[][3] = {
        { AB_CRED_SESSION, "r1", "x" }, { AB_CRED_BEARER, "r1", "x" },
        { AB_CRED_CODE, "r1", "x" }, { AB_CRED_SESSION, "r2", "x" },
        { AB_CRED_SESSION, "r1x", "" }, { AB_CRED_SESSION, "", "r1x" },
    };
    uint8_t  keys[ROWS(rows)][AB_SHA256_LEN];
    size_t   i, j;

    (void) state;
    for (i = 0; i < ROWS(rows); i++) {
        CHECK_ROW(i, ab_credential_key(keys[i], rows[i][0],
                                       ab_slice_str(rows[i][1]),
                                       ab_slice_str(rows[i][2])));
        for (j = 0; j < i; j++) {
            CHECK_ROW(i, memcmp(keys[i], keys[j], AB_SHA256_LEN) != 0);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST("an identity comes back whole", goes_round),
        TEST("a view moves with its bytes", moves_with_its_bytes),
        TEST("empty members are left out", empty_members_are_left_out),
        TEST("malformed, doubled and overlong facts are refused",
             bad_bytes_are_refused),
        TEST("T-BE6: lists hold exact values, NUL included",
             lists_hold_exact_values),
        TEST("T-CD6: no role reads as another's", roles_have_one_reading),
        TEST("T-HD6, T-HD14: a joined list is escaped, clean and whole",
             lists_are_joined_for_a_header),
        TEST("T-CD1: a credential of one kind, realm or text is no other",
             keys_differ_by_kind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
